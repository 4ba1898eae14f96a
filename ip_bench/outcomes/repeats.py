"""What came of asking the same prompt again."""

from __future__ import annotations

from typing import Any

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
    note = ""
    if pairs and not texts and not found.samples.choice:
        note = (
            f"none of {len(pairs)} repeats differs from its first response: the backend decodes greedily or reuses one "
            "seed, so there is no noise floor"
        )
    return {
        "pairs": len(pairs),
        "texts_differ": texts,
        "answers_differ": flips,
        "temperature": run.get("generation", {}).get("temperature") if not found.samples.choice else None,
        "note": note,
    }
