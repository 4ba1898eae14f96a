"""What every row of a design of one's own must hold, checked as rows stream by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from ip_bench.cues.balance import SIZES, Balance
from ip_bench.cues.gates import UNCUED, broken, check_edits
from ip_bench.cues.wordwise import names_answer
from ip_bench.design import Prompt


class OwnGates:
    """Check the rows of a design and count what was checked; a violation raises ContentError with item and arm."""

    def __init__(self) -> None:
        self._checked: Counter[str] = Counter()
        self._balance = Balance(SIZES)

    def checked(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts, cell by cell, after checking them against their reference row.

        An edit that can be undone is all that a row differs in, a cue changes something in every row, and what says
        who asks names no answer that the reference does not name.
        """
        for _, group in groupby(prompts, key=lambda row: (row.item_id, row.realization_id, row.template_id)):
            rows = list(group)
            reference = rows[0]
            base = self._balance.measured(reference.prompt)
            for row in rows:
                check_edits(row, reference)
                if row.role not in UNCUED and row.prompt == reference.prompt:
                    raise broken(row, "reads as its reference row does, so it carries no cue")
                added = " ".join(edit.after for edit in row.edits)
                taken = " ".join(edit.before for edit in row.edits)
                if row.role not in UNCUED and names_answer(added, row.accepted) > names_answer(taken, row.accepted):
                    raise broken(row, f"gives an answer away: {added!r} names one of {list(row.choices)}")
                self._checked["rows"] += 1
                self._checked[f"rows {row.role}"] += 1
                self._balance.add(row.arm, len(row.edits), self._balance.measured(row.prompt), base)
            yield from rows

    def report(self) -> dict[str, Any]:
        """Return the counts, and per arm the mean size with its standardized difference (`Balance.report`)."""
        return {"checked": dict(sorted(self._checked.items())), "balance": self._balance.report()}
