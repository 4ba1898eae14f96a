"""Where the rows come from: content files and the latent model, and what each draw is made of."""

from __future__ import annotations

from importlib import resources

from ip_bench.release.provenance import Seed, Source, files_revision

DATASET = "ip-personas"
LICENSE = "CC-BY-4.0"
CONFIGS = ("opinions", "cohorts", "steering")
STATEMENTS = "ip-bench opinion statements"
POPULATION_SEED = "ip-personas 1"

_ROWS = (
    Seed("whether a person is unseen: below 0.2", "unit", ("split", "{person}")),
    Seed("which two statements of a topic are unseen: the smallest", "digest", ("split", "{item_id}")),
    Seed("the order of a topic's statements", "digest", ("order", "{item_id}")),
    Seed("what is drawn of the population: places, habits, answers...", "generator",
         ("population", POPULATION_SEED, "{what}")),
)  # fmt: skip
_STEERING = (
    Seed("whose answers are asked for: the first of those who gave enough", "digest", ("subject", "{person}")),
    Seed("which answers are asked for, and in which order the others are given", "digest",
         ("answer", "{subject}", "{item_id}")),
)  # fmt: skip


def _seeds(config: str) -> tuple[Seed, ...]:
    key = Seed(
        "the key of a row", "digest",
        (DATASET, config, "{item_id}", "{arm}", "{realization_id}", "{template_id}", "{replicate}"),
    )  # fmt: skip
    return (*_ROWS, *(_STEERING if config == "steering" else ()), key)


SEEDS = {config: _seeds(config) for config in CONFIGS}


def sources() -> tuple[Source, ...]:
    """Return what the rows are taken from, all of it written for this project."""
    root = resources.files("ip_bench.builders.personas")
    content = root / "content"
    latent = [content / "cohorts.jsonl", content / "demographics.jsonl", root / "planted.py", root / "population.py"]
    return (
        Source(
            name=STATEMENTS,
            taken="statements with the axes of opinion that they are about",
            revision=files_revision((content / "statements").iterdir()),
            license=LICENSE,
            configs=CONFIGS,
        ),
        Source(
            name="ip-bench synthetic population",
            taken=f"people and their answers, drawn by a latent model from the seed {POPULATION_SEED!r}",
            revision=files_revision(latent),
            license=LICENSE,
            configs=CONFIGS,
        ),
    )
