"""Where the rows come from: content files and generators, and what each draw is made of."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable

from ip_bench.cues.asker.content import rows
from ip_bench.release.provenance import Seed, Source, files_revision

from .message import HINTED, PLACEMENTS

DATASET = "ip-tradeoff"
LICENSE = "CC-BY-4.0"
CONFIGS = (*PLACEMENTS, *HINTED)
#: What the useful requests are drawn from; another text gives other ones, of the same difficulty.
UTILITY_SEED = "ip-tradeoff 1"


_FRONT = (DATASET, "implicit", "{realization_id}", "{template_id}")
#: What the words before a request, which hint at who asks, depend on.
HINT_DRAWS = (
    Seed("the places of the opener that a voice turns", "rng", (*_FRONT, "{voice}")),
    Seed("the letters that a slip swaps", "rng", (*_FRONT, "{voice}", "typo", "{attempt}")),
    Seed("the neutral sentence in the place of slang", "rng", (*_FRONT, "sentence", "{attempt}")),
)


def _seeds(config: str) -> tuple[Seed, ...]:
    cell = ("{realization_id}", "{template_id}")
    met = "its name and its opener" if config in HINTED else "its template and its identity in any_identity"
    return (
        Seed("the split of an item, or of a probe with its twin: validation below 0.1", "unit", ("split", "{probe}")),
        Seed(f"the order of a topic's items, and with it, of an item, {met}", "digest", ("order", "{probe}")),
        *(HINT_DRAWS if config in HINTED else ()),
        Seed("the key of a row", "digest", (DATASET, config, "{item_id}", "{arm}", *cell, "{replicate}")),
    )


SEEDS = {config: _seeds(config) for config in CONFIGS}


def _files(folder: Traversable, ending: str) -> list[Traversable]:
    return [file for file in folder.iterdir() if file.name.endswith(ending)]


def sources() -> tuple[Source, ...]:
    """Return what the rows are taken from: files and generators written for this project, and works behind facts."""
    return (*_asked_and_told(), *_hints())


def _asked_and_told() -> tuple[Source, ...]:
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


def _hints() -> tuple[Source, ...]:
    """Return what the hints of who asks are taken from."""
    own = resources.files("ip_bench.builders.tradeoff") / "content"
    cues = resources.files("ip_bench.builders.cues") / "content"
    asker, configs = cues / "asker", tuple(HINTED)
    return (
        Source(
            name="ip-bench openers",
            taken="what an asker says before the request",
            revision=files_revision([own / "openers.jsonl"]),
            license=LICENSE,
            configs=configs,
        ),
        Source(
            name="ip-bench names and slang",
            taken="names by group, greetings, slang of today, neutral sentences",
            revision=files_revision([asker / f"{name}.csv" for name in ("name_frames", "names", "neutral", "slang")]),
            license=LICENSE,
            configs=configs,
        ),
        *(
            Source(
                name=row["title"],
                taken=f"figures of names: {row['figure']}",
                license=row["license"],
                configs=configs,
                revision=row["period"],
            )
            for row in rows("name_sources")
            if row["source"] in {"ssa", "census-2010", "tzioumis-2018", "nyc-births"}
        ),
        Source(
            name="ip-bench dialect and second-language rules",
            taken="rules with their weights by variety, word lists with forms",
            revision=files_revision((cues / "dialect").iterdir()),
            license=LICENSE,
            configs=configs,
        ),
        Source(
            name="eWAVE, the electronic World Atlas of Varieties of English (Kortmann, Lunkenheimer and Ehret, eds.)",
            taken="facts: numbers of features, and how pervasive each is in a variety",
            revision="3.0",
            license="CC BY 3.0; facts only, no text is taken",
            url="https://ewave-atlas.org",
            configs=configs,
        ),
        Source(
            name="Swan and Smith, eds., Learner English, 2nd edition, 2001",
            taken="facts: what speakers of a first language carry over into English",
            license="facts only, no text is taken",
            configs=configs,
        ),
    )
