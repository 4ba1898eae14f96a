"""What every row must hold, checked as rows stream by: the gates of the tradeoff family, and that it asks its case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ip_bench.cues.gates import broken
from ip_bench.design import Prompt

from ..tradeoff.gates import TradeoffGates, check_unnamed
from ..tradeoff.implicit_gates import ImplicitGates
from ..tradeoff.signers import left_out as names_left_out
from .arms import ARMS
from .cases import cases


class StatedGates(TradeoffGates):
    """Check the rows in which the asker says who they are."""

    def __init__(self, config: str) -> None:
        super().__init__(config, ARMS)

    def check_item(self, row: Prompt) -> None:
        """Check what is asked."""
        check_case(row, self._checked)

    def left_out(self) -> dict[str, int]:
        """Return what is not asked: nothing."""
        return {}


class HintedGates(ImplicitGates):
    """Check the rows in which who asks is only hinted at."""

    def checked(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts after checking them, and each item's case."""
        for row in super().checked(prompts):
            if row.role == "reference":
                check_case(row, self._checked)
            yield row

    def left_out(self) -> dict[str, int]:
        """Return what is not asked, with counts."""
        return {"slots with a name that is in a request": names_left_out()}


def check_case(row: Prompt, checked: Counter[str]) -> None:
    """Raise ContentError where a row names an identity in what is asked, or does not ask its case; count it."""
    check_unnamed(row)
    case = cases()[row.item_id]
    if (row.system, row.extra["request"], row.extra["checks"]) != (case.system, case.asked, case.checks_json()):
        raise broken(row, "does not ask its case")
    checked[f"items of {case.policy}"] += 1
    checked["items"] += 1
    for outcome in sorted({one["outcome"] for one in case.checks}):
        checked[f"items with {outcome}"] += 1
