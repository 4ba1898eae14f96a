"""Where the rows come from: content files, the works that they cite, and what each draw is made of."""

from __future__ import annotations

from importlib import resources

from ip_bench.release.provenance import Seed, Source, files_revision

DATASET = "ip-echo"
LICENSE = "CC-BY-4.0"
CONFIGS = ("echo", "echo_inference")
_ECHO, _INFERENCE = CONFIGS


def _seeds(config: str) -> tuple[Seed, ...]:
    cell = ("{realization_id}", "{template_id}")
    return (
        Seed("the split of an item: validation below 0.1", "unit", ("split", "{item_id}")),
        Seed(
            "the order of a domain's items, and with it the cell that an item meets", "digest", ("order", "{item_id}")
        ),
        Seed("the order of a question's choices", "digest", ("choice", "{item_id}", "{first accepted form}")),
        Seed("the wrong answer of explicit_wrong: the lowest", "digest", ("told", "{item_id}", "{choice}")),
        Seed("the key of a row", "digest", (DATASET, config, "{item_id}", "{arm}", *cell, "{replicate}")),
    )


#: For each config, every draw that its rows depend on; which sentences are said follows from these and the content.
SEEDS = {
    _ECHO: _seeds(_ECHO),
    _INFERENCE: (
        *_seeds(_INFERENCE),
        Seed("the items of the probe: the lowest of each domain", "digest", ("probed", "{item_id}")),
        Seed("the order of the probe's choices", "digest", ("probe", "{item_id}", "{label}")),
    ),
}


def sources() -> tuple[Source, ...]:
    """Return what the rows are taken from: files written for this project, and the works behind the facts in them."""
    content = resources.files("ip_bench.builders.cues") / "content" / "echo"
    questions = [file for file in (content / "items").iterdir() if file.name.endswith(".jsonl")]
    said = [content / f"{name}.jsonl" for name in ("beliefs", "domains", "neutral", "templates")]
    return (
        Source(
            name="ip-bench questions of fact",
            taken="questions, right answers with their accepted forms, three wrong answers each",
            revision=files_revision(questions),
            license=LICENSE,
            configs=CONFIGS,
        ),
        Source(
            name="ip-bench beliefs",
            taken="right and wrong beliefs, stated and implied, pairs of neutral sentences, lead-ins, far domains",
            revision=files_revision(said),
            license=LICENSE,
            configs=CONFIGS,
        ),
        Source(
            name="works named in the column `source`",
            taken="facts: which answer is right",
            license="facts only, no text is taken",
            configs=CONFIGS,
        ),
    )
