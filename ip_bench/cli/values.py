"""What a shell completes as the values of options; nothing here loads a model's libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import typer

# Listed here, because help and completion must load nothing heavy; tests hold them to `ip_bench.cues.families.FAMILIES`
# and `ip_bench.harness.suites.SUITES`.
CUE_FAMILIES = (
    "spelling", "vocabulary", "format", "units", "dialect", "transfer", "noise", "names", "greeting", "city", "clock",
    "holiday", "slang", "stated", "register", "contraction", "politeness", "emoji", "matched", "typo", "spacing",
    "synonym", "signoff",
)  # fmt: skip
DEVICES = ("cpu", "cuda", "cuda:0", "mps")
FORMATS = ("wide", "long", "polis", "opinionqa")
JUDGES = ("rules", "file:", "classifier:", "causal:", "https://")
SUITES = ("mini", "full")
REFERENCES = ("tiny", "null", "simulated")

Completer = Callable[[str], list[str]]


def among(values: Iterable[str] | Callable[[], Iterable[str]]) -> Completer:
    """Return a completer of one of some values, which may be made when they are asked for."""

    def complete(incomplete: str) -> list[str]:
        return [value for value in (values() if callable(values) else values) if value.startswith(incomplete)]

    return complete


def datasets() -> Iterable[str]:
    """Return the shipped datasets."""
    from ip_bench.release.recipes import DATASETS

    return DATASETS


def backends() -> Iterable[str]:
    """Return the names that `--model` may have."""
    from lm_eval.models import MODEL_MAPPING

    return sorted({*MODEL_MAPPING, "simulated", "ip-steered"})


def crosses() -> Iterable[str]:
    """Return DATASET and DATASET/CONFIG of what `cross` writes."""
    from ip_bench.release.recipes import CROSSED, recipe

    return [each for name in CROSSED for each in (name, *(f"{name}/{config}" for config in recipe(name).CONFIGS))]


def mitigations() -> Iterable[str]:
    """Return the conditions of `ip-bench mitigate conditions`."""
    from ip_bench.mitigation.conditions import shipped

    return shipped()


def policies() -> Iterable[str]:
    """Return the ids of the shipped policies, and the policy files of this folder."""
    from ip_bench.bounds.policy import shipped

    return [*shipped(), *(str(file) for file in sorted(Path().glob("*.yaml")))]


def tasks(context: typer.Context, incomplete: str) -> list[str]:
    """Return tasks and groups, of the dataset that is named before where one is."""
    from ip_bench import catalog

    asked = context.params.get("dataset")
    known = {name: one.dataset for name, one in catalog.tasks().items()}
    known |= {name: known[members[0]] for name, members in catalog.groups().items()}
    return [
        name
        for name, dataset in known.items()
        if name.startswith(incomplete) and (dataset == asked or asked not in known.values())
    ]


def levels(context: typer.Context, incomplete: str) -> list[str]:
    """Return the levels of the cue family that is named before."""
    from ip_bench.cues.families import FAMILIES

    return [level for level in FAMILIES.get(str(context.params.get("family")), ()) if level.startswith(incomplete)]
