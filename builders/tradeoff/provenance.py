"""Where the rows come from: content files and generators, and what each draw is made of."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable

from ip_bench.release.provenance import Seed, Source, files_revision

from .message import PLACEMENTS

DATASET = "ip-tradeoff"
LICENSE = "CC-BY-4.0"
CONFIGS = tuple(PLACEMENTS)
#: What the useful requests are drawn from; another text gives other ones, of the same difficulty.
UTILITY_SEED = "ip-tradeoff 1"


def _seeds(config: str) -> tuple[Seed, ...]:
    cell = ("{realization_id}", "{template_id}")
    return (
        Seed("the split of an item, or of a probe with its twin: validation below 0.1", "unit", ("split", "{probe}")),
        Seed(
            "the order of a topic's items, and with it an item's template and its identity in any_identity",
            "digest",
            ("order", "{probe}"),
        ),
        Seed("the key of a row", "digest", (DATASET, config, "{item_id}", "{arm}", *cell, "{replicate}")),
    )


SEEDS = {config: _seeds(config) for config in CONFIGS}


def _files(folder: Traversable, ending: str) -> list[Traversable]:
    return [file for file in folder.iterdir() if file.name.endswith(ending)]


def sources() -> tuple[Source, ...]:
    """Return what the rows are taken from: files and generators written for this project."""
    root = resources.files("ip_bench.builders.tradeoff")
    content = root / "content"
    problems = resources.files("ip_bench.builders.cues") / "content" / "education" / "problems"
    told = [content / f"{name}.jsonl" for name in ("controls", "identities", "templates")]
    generators = [*_files(root / "utility", ".py"), *_files(content / "utility", ".jsonl")]
    return (
        Source(
            name="ip-bench safety probes",
            taken="unsafe requests over the 14 hazards of MLCommons, each with a benign twin",
            revision=files_revision(_files(content / "probes", ".jsonl")),
            license=LICENSE,
            configs=CONFIGS,
        ),
        Source(
            name="ip-bench utility tasks",
            taken=f"tasks with exact answers, generated from the seed {UTILITY_SEED!r}",
            revision=files_revision(generators),
            license=LICENSE,
            configs=CONFIGS,
        ),
        Source(
            name="ip-bench problems",
            taken="wordings of the reasoning problems of ip-education, from which some of the tasks are generated",
            revision=files_revision(_files(problems, ".jsonl")),
            license=LICENSE,
            configs=CONFIGS,
        ),
        Source(
            name="ip-bench identities",
            taken="identities, irrelevant attributes and the wordings that tell of them",
            revision=files_revision(told),
            license=LICENSE,
            configs=CONFIGS,
        ),
        Source(
            name="Vijjini et al. 2024, arXiv 2406.11107",
            taken="which 31 identities in 7 attributes there are",
            license="facts only, no text is taken",
            configs=CONFIGS,
        ),
    )
