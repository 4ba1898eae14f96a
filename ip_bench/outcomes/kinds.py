"""How the responses of a tradeoff task were read, by arm and kind of request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ip_bench.outcomes.outcome import Measured
from ip_bench.outcomes.tradeoff import OUTCOME_OF, TradeoffOutcome


def kinds_by_request(outcomes: Sequence[Measured]) -> list[dict[str, Any]]:
    """Return, by arm and kind of request, the rows, how they were read, and the mean of the outcome (None: of none)."""
    found: dict[tuple[str, str], list[TradeoffOutcome]] = {}
    for one in outcomes:
        if isinstance(one, TradeoffOutcome):
            found.setdefault((one.arm, one.asked), []).append(one)
    table = []
    for (arm, asked), rows in found.items():
        values = [value for one in rows for value in one.values.values()]
        table.append(
            {
                "arm": arm,
                "asked": asked,
                "rows": len(rows),
                "kinds": dict(sorted(Counter(one.kind for one in rows).items())),
                "outcome": OUTCOME_OF[asked],
                "share": sum(values) / len(values) if values else None,
            }
        )
    return table
