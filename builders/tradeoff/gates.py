"""What every row must hold, checked as rows stream by; the counts go into the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from ip_bench.cues.balance import SIZES, Balance, sizes
from ip_bench.cues.edits import undo_edits
from ip_bench.cues.gates import UNCUED, broken
from ip_bench.design import Arm, Edit, Prompt
from ip_bench.outcomes.answers import named_choices

from .arms import ARMS, BARE
from .identities import identity, terms
from .items import left_out

#: Of the row's own columns, those in which arms of an item differ.
_OF_THE_ARM = frozenset({"identity", "system_edits"})


class Spread:
    """Sums of the sizes of what is told on two sides, from which their standardized difference follows."""

    def __init__(self) -> None:
        self._sums: dict[str, dict[str, list[float]]] = {name: {} for name in SIZES}

    def add(self, side: str, measured: Sequence[float]) -> None:
        """Add the sizes of a text to a side."""
        for held, value in zip(self._sums.values(), measured, strict=True):
            sums = held.setdefault(side, [0.0, 0.0, 0.0])
            sums[0] += 1
            sums[1] += value
            sums[2] += value * value

    def smd(self, side: str, other: str) -> dict[str, int]:
        """Return the standardized difference of two sides in each size, in thousandths, 0 where nothing varies."""
        found = {}
        for name, sums in self._sums.items():
            (mean, spread), (base, base_spread) = (_moments(sums[key]) for key in (side, other))
            pooled = ((spread + base_spread) / 2) ** 0.5
            found[f"{name}_smd_x1000"] = round(1000 * (mean - base) / pooled) if pooled > 0 else 0
        return found

    def sides(self) -> list[str]:
        """Return the sides that were added, sorted."""
        return sorted(self._sums["chars"])


def _moments(sums: Sequence[float]) -> tuple[float, float]:
    count, total, squares = sums
    return total / count, max(0.0, squares / count - (total / count) ** 2)


class TradeoffGates:
    """Check the rows of one config and count what was checked; a violation raises ContentError with item and arm."""

    def __init__(self, config: str, arms: Sequence[Arm] = ARMS) -> None:
        self.config, self._arms = config, [arm.name for arm in arms]
        self._checked: Counter[str] = Counter()
        self._balance = Balance(SIZES)
        self._told = Spread()

    def checked(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts, item and cell by item and cell, after checking them against their reference row."""
        for _, group in groupby(prompts, key=lambda row: (row.item_id, row.realization_id, row.template_id)):
            rows = list(group)
            if [row.arm for row in rows] != self._arms:
                present = {row.arm for row in rows}
                lacking = [arm for arm in self._arms if arm not in present]
                raise broken(rows[0], f"has other arms beside it than declared; missing: {lacking}, in all {len(rows)}")
            reference = rows[0]
            self.check_item(reference)
            carriers, said = set(), []
            base, asked = sizes(reference.system, reference.prompt), asked_of(reference)
            for row in rows:
                edits = self._check(row, reference, asked)
                if row.extra["identity"]:
                    carriers.add(_carrier(row, edits[0]))
                    said.append(edits[0].after)
                    self._measure(row, edits[0].after)
                self._checked["rows"] += 1
                self._checked[f"rows {row.role}"] += 1
                self._balance.add(row.arm, len(edits), sizes(row.system, row.prompt), base)
            if len(carriers) != 1:
                raise broken(reference, f"has arms that differ in more than who is told of: {sorted(carriers)}")
            self._check_answers(reference, said)
            yield from rows

    def check_item(self, row: Prompt) -> None:
        """Check what is asked: it speaks of no identity, and is of a kind."""
        check_unnamed(row)
        kind = str(row.extra["kind"])
        if (kind == "utility") == bool(row.extra["twin"]) or (kind == "utility") == bool(row.extra["hazard"]):
            raise broken(row, f"is of kind {kind} with hazard {row.extra['hazard']!r} and twin {row.extra['twin']!r}")
        self._checked[f"items {kind}"] += 1

    def _check(self, row: Prompt, reference: Prompt, asked: tuple[object, ...]) -> tuple[Edit, ...]:
        """Check a row against its reference row, which asks `asked`, and return its edits, of both turns."""
        system_edits = tuple(Edit(**edit) for edit in row.extra["system_edits"])
        try:
            undone = undo_edits(row.system, system_edits), undo_edits(row.prompt, row.edits)
        except ValueError as error:
            raise broken(row, f"does not undo ({error})") from error
        if undone != (reference.system, reference.prompt):
            raise broken(row, "does not undo to its reference row")
        if asked_of(row) != asked:
            raise broken(row, "asks something else than its reference row")
        if not row.prompt.endswith(row.extra["request"]):
            raise broken(row, "does not end with its request")
        edits = (*system_edits, *row.edits)
        if len(edits) != (0 if row.role in UNCUED else 1):
            raise broken(row, f"has {len(edits)} edits")
        if bool(row.extra["identity"]) == (row.role in UNCUED or row.arm == BARE):
            raise broken(row, f"has the identity {row.extra['identity']!r}")
        if row.arm == BARE and (row.system, row.prompt) != ("", row.extra["request"]):
            raise broken(row, "holds more than the request")
        return edits

    def _check_answers(self, reference: Prompt, said: Sequence[str]) -> None:
        if reference.accepted and (named := named_choices("\n".join(said), reference.accepted)):
            raise broken(reference, f"has an answer in what is told: {[reference.accepted[k] for k in sorted(named)]}")
        self._checked["items whose answer is in nothing that is told"] += 1

    def _measure(self, row: Prompt, said: str) -> None:
        measured = self._balance.measured(said)
        self._told.add(row.family, measured)
        if row.role == "treatment" and row.family != "any":
            self._told.add("identities", measured)

    def left_out(self) -> dict[str, int]:
        """Return what is not asked, with counts."""
        return {"useful requests that name an identity": len(left_out())}

    def report(self) -> dict[str, Any]:
        """Return the counts, the sizes of each arm's messages, and how what is told differs from the placebos in size.

        `told` holds standardized differences of attributes, and of all identities, from the irrelevant attributes, in
        thousandths.
        """
        sides = [side for side in self._told.sides() if side != "irrelevant"]
        return {
            "checked": dict(sorted(self._checked.items())),
            "left_out": self.left_out(),
            "balance": self._balance.report(),
            "told": {side: self._told.smd(side, "irrelevant") for side in sides},
        }


def check_unnamed(row: Prompt) -> None:
    """Raise ContentError where what is asked, or an answer of it, names an identity."""
    forms = [form for held in row.accepted for form in held]
    for text in (str(row.extra["request"]), *forms):
        if found := terms().search(text):
            raise broken(row, f"names an identity in what is asked or answered: {found.group(0)!r}")


def _carrier(row: Prompt, edit: Edit) -> str:
    """Return what is told with the identity's words taken out."""
    phrase = identity(str(row.extra["identity"])).phrase
    if edit.after.count(phrase) != 1:
        raise broken(row, f"does not say {phrase!r} once")
    return edit.after.replace(phrase, "{identity}")


def asked_of(row: Prompt) -> tuple[object, ...]:
    """Return all that a row asks and how it is read: the same in every arm of an item."""
    own = {name: value for name, value in row.extra.items() if name not in _OF_THE_ARM}
    return row.choices, row.gold, row.accepted, row.outcome, row.topic, own
