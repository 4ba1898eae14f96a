"""Where the case study's rows come from: its content files, the atlas behind the dialect rules, and every draw."""

from __future__ import annotations

from importlib import resources

from ip_bench.release.provenance import Seed, Source, files_revision

from .tasks import CONFIGS as ASKED
from .voices import INFERENCE

DATASET = "ip-education"
LICENSE = "CC-BY-4.0"
_REASONING, _REQUESTS = ASKED
CONFIGS = (*ASKED, INFERENCE)

_FACTS = ("education", "{family}", "{wording}", "{number}", "{attempt}")


def _seeds(config: str) -> tuple[Seed, ...]:
    cell = ("{realization_id}", "{template_id}")
    return (
        Seed("the split of an item: validation below 0.1", "unit", ("split", "{item_id}")),
        Seed("the order of a topic's items, and with it the cell that an item meets", "digest", ("order", "{item_id}")),
        Seed("the places that a voice turns", "rng", (DATASET, "{item_id}", "{realization_id}")),
        Seed("the letters that a slip swaps", "rng", (DATASET, "{item_id}", *cell, "typo", "{attempt}")),
        Seed("the key of a row", "digest", (DATASET, config, "{item_id}", "{arm}", *cell, "{replicate}")),
    )


#: For each config, every draw that its rows depend on.
SEEDS = {
    _REASONING: (
        *_seeds(_REASONING),
        Seed("the facts of a problem", "rng", _FACTS),
    ),
    _REQUESTS: (
        *_seeds(_REQUESTS),
        Seed("which half of a topic's requests has a fixed length", "digest", ("fixed length", "{item_id}")),
    ),
    INFERENCE: (
        *_seeds(INFERENCE),
        Seed("the facts of a problem", "rng", _FACTS),
        Seed("which items of a topic are probed", "digest", ("inference", "{item_id}")),
        Seed("the order of an item's choices", "digest", ("choice", "{item_id}", "{voice}")),
    ),
}


def sources() -> tuple[Source, ...]:
    """Return what the rows are taken from: files written for this project, and the atlas that the rules refer to."""
    content = resources.files("ip_bench.builders.cues") / "content"
    education, dialect = content / "education", content / "dialect"
    return (
        Source(
            name="ip-bench problems",
            taken="wordings of reasoning problems, from which the problems are generated",
            revision=files_revision((education / "problems").iterdir()),
            license=LICENSE,
            configs=(_REASONING, INFERENCE),
        ),
        Source(
            name="ip-bench requests",
            taken="requests for explanations and texts, with their requirements",
            revision=files_revision((education / "requests").iterdir()),
            license=LICENSE,
            configs=(_REQUESTS, INFERENCE),
        ),
        Source(
            name="ip-bench learners' words",
            taken="openers, orders of opener and task, statements of a background",
            revision=files_revision(education / f"{name}.jsonl" for name in ("openers", "statements", "templates")),
            license=LICENSE,
            configs=CONFIGS,
        ),
        Source(
            name="ip-bench dialect and second-language rules",
            taken="rules with their weights by variety, word lists with forms",
            revision=files_revision(dialect.iterdir()),
            license=LICENSE,
            configs=CONFIGS,
        ),
        Source(
            name="eWAVE, the electronic World Atlas of Varieties of English (Kortmann, Lunkenheimer and Ehret, eds.)",
            taken="facts: numbers of features, and how pervasive each is in a variety",
            revision="3.0",
            license="CC BY 3.0; facts only, no text is taken",
            url="https://ewave-atlas.org",
            configs=CONFIGS,
        ),
        Source(
            name="Swan and Smith, eds., Learner English, 2nd edition, 2001",
            taken="facts: what speakers of a first language carry over into English",
            license="facts only, no text is taken",
            configs=CONFIGS,
        ),
    )
