"""What every row must hold, checked as rows stream by, split by split; the counts go into the card."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import Any

from ip_bench.cues.gates import broken
from ip_bench.design import Prompt

from .message import ARMS, MISTAKEN, NONE, OWN, SHOWN
from .shares import THOUSAND
from .statements import OPTIONS, statements

#: Of four splits by people and items, two pairs share people and two others share items.
PAIRS = 2
_OF_THE_ARM = frozenset({"given"})


class PersonasGates:
    """Check the rows of any config and count them; a violation raises ContentError with item and arm.

    Two splits share people or items, never both, and no more than two pairs of splits share either.
    """

    def __init__(self) -> None:
        self._checked: Counter[str] = Counter()
        self._sizes: dict[str, Counter[str]] = defaultdict(Counter)
        self._splits: list[tuple[set[str], set[str]]] = []
        self._shared: Counter[str] = Counter()
        self._texts = {one.item_id: one.text for one in statements()}
        self._scales = {one.item_id: one.scale for one in statements()}

    def checked(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts of a split after checking them."""
        people: set[str] = set()
        items: set[str] = set()
        last: Prompt | None = None
        for row in self.rows(prompts):
            people.add(row.realization_id)
            items.add(row.item_id)
            self._check(row)
            sizes = self._sizes[row.arm]
            sizes["rows"] += 1
            sizes["chars"] += len(row.prompt)
            last = row
            yield row
        if last is not None:
            self._check_split(people, items, last)
        self._checked["people or groups"] = len(set[str]().union(*(others for others, _ in self._splits)))

    def rows(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts after what only this config asks of them."""
        for row in prompts:
            if row.prompt != self._texts[row.item_id]:
                raise broken(row, "is not its statement")
            yield row

    def _check(self, row: Prompt) -> None:
        if row.extra["scale"] != self._scales[row.item_id] or row.choices != OPTIONS[row.extra["scale"]]:
            raise broken(row, f"has the options {row.choices}, on the scale {row.extra['scale']}")
        if row.gold is None or not 0 <= row.gold < len(row.choices):
            raise broken(row, f"has the answer {row.gold}")
        if row.edits or row.system:
            raise broken(row, "has edits or a system message")
        self._checked["rows"] += 1
        self._checked[f"rows {row.extra['scale']}"] += 1

    def _check_split(self, people: set[str], items: set[str], last: Prompt) -> None:
        for others, asked in self._splits:
            both = {"people": bool(people & others), "items": bool(items & asked)}
            self._shared.update({what: int(shared) for what, shared in both.items()})
            if all(both.values()) or max(self._shared.values()) > PAIRS:
                raise broken(last, f"is of a split that shares people and items with others: {dict(self._shared)}")
        self._splits.append((people, items))

    def report(self) -> dict[str, Any]:
        """Return the counts, which pairs of splits share what, and the mean length of each arm's prompts."""
        return {
            "checked": dict(sorted(self._checked.items())),
            "pairs_of_splits_that_share": dict(sorted(self._shared.items())),
            "balance": {arm: {"rows": one["rows"], "mean_chars": one["chars"] // one["rows"]}
                        for arm, one in self._sizes.items()},
        }  # fmt: skip


class CohortGates(PersonasGates):
    """Check the rows of `cohorts`: shares that sum up, and a description that names no answer."""

    def rows(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts after what only this config asks of them."""
        for row in super().rows(prompts):
            shares, described = row.extra["shares"], row.extra["description"].lower()
            if sum(shares) != THOUSAND or len(shares) != len(row.choices) or shares[row.gold] != max(shares):
                raise broken(row, f"has the shares {shares} and the answer {row.gold}")
            if row.prompt.lower().rstrip(".") in described or "agree" in described:
                raise broken(row, "has an answer in its description")
            self._checked["answers"] += row.extra["answers"]
            yield row


class SteeringGates(PersonasGates):
    """Check the rows of `steering`: arms differ in what is told alone, and nothing that is told is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[str, set[str]] = defaultdict(set)
        self._told: dict[str, set[str]] = defaultdict(set)

    def rows(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts, subject by subject, after comparing each arm with the one that tells nothing."""
        for _, group in groupby(prompts, key=lambda row: (row.item_id, row.realization_id)):
            rows = list(group)
            if [row.arm for row in rows] != [arm.name for arm in ARMS]:
                raise broken(rows[0], f"has other arms beside it than declared: {[row.arm for row in rows]}")
            self._asked[rows[0].realization_id].add(rows[0].item_id)
            for row in rows:
                self._check_arm(row, rows[0])
            soft = [row.extra["given"] for row in rows if row.family == "soft"]
            if any(more[: len(less)] != less or len(more) <= len(less) for less, more in pairwise(soft)):
                raise broken(rows[0], "has soft prompts that do not go on where those of fewer answers end")
            self._checked[f"targets {rows[0].stratum}"] += 1
            yield from rows

    def _check_arm(self, row: Prompt, reference: Prompt) -> None:
        begin, end = reference.prompt.split("\n\n", 1)
        same = row.prompt == reference.prompt
        if same != (row.arm == NONE or row.family == "soft"):
            raise broken(row, "must ask what the arm that tells nothing asks" if not same else "tells nothing")
        if not row.prompt.startswith(begin) or not row.prompt.endswith(end):
            raise broken(row, "asks in other words than the arm that tells nothing")
        if asked_of(row) != asked_of(reference):
            raise broken(row, "asks something else than the arm that tells nothing")
        if row.prompt.count(f'"{self._texts[row.item_id]}"') != 1:
            raise broken(row, "does not hold its statement once")
        self._check_given(row)

    def _check_given(self, row: Prompt) -> None:
        given, who = row.extra["given"], row.realization_id
        ids = {one["item"] for one in given}
        self._told[who] |= ids
        if len(ids) != len(given) or row.dose != len(given) or self._told[who] & self._asked[who]:
            raise broken(
                row, f"is given answers twice, or answers that are asked for: {sorted(ids & self._asked[who])}"
            )
        if row.arm in {OWN, MISTAKEN} and len(given) != SHOWN:
            raise broken(row, f"tells {len(given)} own answers")
        for one in given if row.arm in {OWN, MISTAKEN} else ():
            line = f'- "{self._texts[one["item"]]}" {one["answer"]}'
            ended = f"{line} (most people: " if row.arm == MISTAKEN else f"{line}\n"
            if ended not in row.prompt or f"{line} (most people: {one['answer']})" in row.prompt:
                raise broken(row, f"does not tell the given answer {one}")


def asked_of(row: Prompt) -> tuple[object, ...]:
    """Return all that a row asks and how it is read: the same in every arm."""
    own = {name: value for name, value in row.extra.items() if name not in _OF_THE_ARM}
    return row.choices, row.gold, row.accepted, row.outcome, row.topic, own
