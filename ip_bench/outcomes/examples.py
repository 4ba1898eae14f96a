"""Pairs of responses to read side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ip_bench.design import Contrast
from ip_bench.outcomes.outcome import Measured
from ip_bench.outcomes.samples import TaskOutcomes

EXAMPLES = 8


def side_by_side(found: TaskOutcomes, contrasts: Sequence[Contrast]) -> list[dict[str, Any]]:
    """Return a few pairs of the primary contrast, those that moved first: what the report shows side by side."""
    primary = next((contrast for contrast in contrasts if contrast.primary), contrasts[0])
    cells: dict[tuple[str, str, str], dict[str, Measured]] = {}
    for one in found.outcomes:
        if one.arm in {primary.arm, primary.reference}:
            cells.setdefault((one.item_id, one.realization_id, one.template_id), {})[one.arm] = one
    pairs = [(key, cell) for key, cell in sorted(cells.items()) if len(cell) == 2]
    pairs.sort(key=lambda entry: entry[1][primary.arm].answer == entry[1][primary.reference].answer)

    def side(one: Measured) -> dict[str, str]:
        return {
            "arm": one.arm,
            "row_id": one.row_id,
            "response": found.responses[one.row_id][:2000],
            "kind": one.kind,
        }

    return [
        {
            "item_id": key[0],
            "cell": list(key[1:]),
            "treatment": side(cell[primary.arm]),
            "reference": side(cell[primary.reference]),
        }
        for key, cell in pairs[:EXAMPLES]
    ]
