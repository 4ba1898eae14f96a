"""What came of asking the same prompt again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ip_bench.effects.effect import Effect
from ip_bench.outcomes.outcome import Measured
from ip_bench.outcomes.samples import TaskOutcomes


def repeats(found: TaskOutcomes, run: dict[str, Any]) -> dict[str, Any]:
    """Return how often the repeat of a prompt came out otherwise: the noise of decoding, or a check of determinism."""
    by_cell: dict[tuple[str, str, str], dict[str, Measured]] = {}
    for one in found.outcomes:
        if one.arm in {"reference", "repeat"}:
            by_cell.setdefault((one.item_id, one.realization_id, one.template_id), {})[one.arm] = one
    pairs = [cell for cell in by_cell.values() if len(cell) == 2]
    texts = sum(found.responses[cell["reference"].row_id] != found.responses[cell["repeat"].row_id] for cell in pairs)
    flips = sum(cell["reference"].answer != cell["repeat"].answer for cell in pairs)
    return {
        "pairs": len(pairs),
        "texts_differ": texts,
        "answers_differ": flips,
        "temperature": run.get("generation", {}).get("temperature") if not found.samples.choice else None,
        "note": "" if found.samples.choice else no_noise_floor(len(pairs), texts),
    }


def no_noise_floor(pairs: int, differing: int) -> str:
    """Return why repeats say nothing of the noise where none of them differs from its first response, else nothing."""
    if not pairs or differing:
        return ""
    return (
        f"none of {pairs} repeats differs from its first response: the backend decodes greedily or reuses one "
        "seed, so there is no noise floor"
    )


def without_noise_floor(effects: Sequence[Effect], note: str) -> list[Effect]:
    """Return effects with nan for that of the repeats where the note says that there is no noise floor."""
    nan = float("nan")
    none: dict[str, Any] = {
        "estimate": nan, "se": nan, "ci": (nan, nan), "ci_simultaneous": (nan, nan), "p": nan, "p_adjusted": nan,
        "verdict": "undecided", "note": note,
    }  # fmt: skip
    return [replace(one, **none) if note and one.arm == "repeat" else one for one in effects]
