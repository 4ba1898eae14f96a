"""What every row of `names` and `places` must hold, checked as rows stream by; the counts go into the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from ip_bench.cues.asker.kept import not_kept
from ip_bench.cues.balance import SIZES, Balance
from ip_bench.cues.edits import Cued
from ip_bench.cues.formats.values import stated_values
from ip_bench.cues.gates import UNCUED, broken, check_edits, group_named
from ip_bench.cues.wordwise import names_answer
from ip_bench.design import Arm, Edit, Prompt
from ip_bench.outcomes.answers import named_choices

from .content import load


class AskedGates:
    """Check the rows of one config and count what was checked; a violation raises ContentError with item and arm.

    `left_out` are counts for the report; `equal` are the arms whose prompts have as many characters as the reference.
    """

    def __init__(self, arms: Sequence[Arm], left_out: Mapping[str, int], equal: Collection[str] = ()) -> None:
        self._arms = [arm.name for arm in arms]
        self._left_out = dict(left_out)
        self._equal = frozenset(equal)
        self._questions = {item.item_id: item.question for item in load().items}
        self._checked: Counter[str] = Counter()
        self._balance = Balance(SIZES)

    def checked(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts, item by item, after checking them against their reference row."""
        for _, group in groupby(prompts, key=lambda row: (row.item_id, row.realization_id, row.template_id)):
            rows = list(group)
            by_arm = {row.arm: row for row in rows}
            if missing := [name for name in self._arms if name not in by_arm]:
                raise broken(rows[0], f"has no {' and no '.join(missing)} row beside it")
            us, uk, reference = by_arm["us"], by_arm["uk"], by_arm["reference"]
            if us.prompt == uk.prompt or us.family != uk.family:
                raise broken(uk, "reads the same as the us row or is of another family, so the pair has no cue")
            if None in {us.gold, uk.gold} or us.gold == uk.gold:
                raise broken(uk, "has no answer that differs from that of the us row")
            base = self._reference(reference)
            for row in rows:
                if row is not reference:
                    self._check(row, reference)
                self._checked["rows"] += 1
                self._checked[f"rows {row.role}"] += 1
                self._checked["edits"] += len(row.edits)
                self._balance.add(row.arm, len(row.edits), self._balance.measured(row.prompt), base)
            self._checked[f"items {us.family}"] += 1
            yield from rows

    def _reference(self, row: Prompt) -> tuple[float, ...]:
        """Check a reference row, all of it, and return its sizes."""
        check_edits(row, row)
        if row.prompt.count(self._questions[row.item_id]) != 1:
            raise broken(row, "does not ask the question of its item once")
        if names_answer(row.prompt, row.accepted):
            raise broken(row, f"contains an answer: {_answers(row.prompt, row)}")
        if found := group_named(row.prompt):
            raise broken(row, f"names a group: {found!r}")
        return self._balance.measured(row.prompt)

    def _check(self, row: Prompt, reference: Prompt) -> None:
        """Check a row against its reference row: it differs in one edit outside the question, which tells no more."""
        check_edits(row, reference)
        if (row.choices, row.accepted, row.system) != (reference.choices, reference.accepted, reference.system):
            raise broken(row, "asks something else than its reference row")
        if row.role in UNCUED:
            return
        if len(row.edits) != 1:
            raise broken(row, f"has {len(row.edits)} edits, not one")
        edit, question = row.edits[0], self._questions[row.item_id]
        start = reference.prompt.index(question)
        if edit.start < start + len(question) and start < edit.end:
            raise broken(row, "changes the question")
        if told := _tells(edit.before) + _tells(edit.after, states=row.role == "explicit"):
            raise broken(row, f"takes away or adds what it must not: {', '.join(told)}")
        if row.role != "explicit" and names_answer(edit.after, row.accepted):
            raise broken(row, f"adds an answer: {_answers(edit.after, row)}")
        if row.arm in self._equal and len(row.prompt) != len(reference.prompt):
            raise broken(row, f"has {len(row.prompt)} characters, its reference row {len(reference.prompt)}")
        self._checked[f"edits that {'state a country' if row.role == 'explicit' else 'tell none'}"] += 1

    def report(self) -> dict[str, Any]:
        """Return the counts, and per arm the mean size with its standardized difference (`Balance.report`)."""
        return {
            "checked": dict(sorted(self._checked.items())),
            "left_out": self._left_out,
            "balance": self._balance.report(),
        }


def _answers(text: str, row: Prompt) -> list[tuple[str, ...]]:
    return [row.accepted[index] for index in sorted(named_choices(text, row.accepted))]


@lru_cache(maxsize=16384)
def _tells(text: str, *, states: bool = False) -> tuple[str, ...]:
    """Return what a text that is put in or taken out tells: a number, negation or date, or a group it does not state.

    The question stands as it was, so what an edit holds is all that can differ.
    """
    told = not_kept("", Cued(text, (Edit(0, 0, "", text, "added"),)), states=states)
    return (*told, "values") if stated_values(text) else told
