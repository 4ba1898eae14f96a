"""People's answers to opinion items, as the cells that were observed; what nobody answered is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.seeds import generator

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Scale = Literal["binary", "ordinal", "categorical"]
SCALES: tuple[Scale, ...] = ("binary", "ordinal", "categorical")


@dataclass(frozen=True, slots=True)
class Item:
    """A statement or question; `options` are its answers, in order where the scale is ordinal."""

    item_id: str
    text: str
    options: tuple[str, ...]
    scale: Scale = "ordinal"

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise UnknownNameError("scale", self.scale, SCALES, f"item {self.item_id}")
        if len(set(self.options)) != len(self.options) or len(self.options) < 2:
            raise IpBenchError(f"item {self.item_id} has options {self.options}; it needs two or more, all different")
        if self.scale == "binary" and len(self.options) != 2:
            raise IpBenchError(f"item {self.item_id} is binary and has {len(self.options)} options; it needs two")


@dataclass(frozen=True, slots=True)
class Group:
    """A division of the people that was not found in their answers: a demographic column, or groups of a platform.

    `codes` (people,) index `levels`; -1 is unknown.
    """

    name: str
    levels: tuple[str, ...]
    codes: Ints


@dataclass(frozen=True, eq=False)
class Answers:
    """Observed cells, sorted by person and then item.

    `person`, `item` and `answer` (cells,) are codes into `people`, `items` and the item's options. `people` are keys
    that say nothing of who they are. `set_aside` counts what was left out when the table was read or cleaned, by
    reason; `groups` divide the same people in other ways.
    """

    person: Ints
    item: Ints
    answer: Ints
    people: Sequence[str]
    items: tuple[Item, ...]
    groups: tuple[Group, ...] = ()
    set_aside: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        person: NDArray[np.integer],
        item: NDArray[np.integer],
        answer: NDArray[np.integer],
        items: Sequence[Item],
        people: Sequence[str] | int,
        groups: Sequence[Group] = (),
    ) -> Answers:
        """Return answers from codes in any order.

        Raises:
            IpBenchError: where a code is outside its range, or a person answered an item twice.
        """
        names = _keys(people) if isinstance(people, int) else people
        options = np.array([len(each.options) for each in items], dtype=np.int64)
        for what, codes, limit in (("person", person, len(names)), ("item", item, len(items))):
            _check_range(what, codes, limit)
        wrong = (answer < 0) | (answer >= options[item])
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise IpBenchError(
                f"unknown answer code {int(answer[at])} of item {items[int(item[at])].item_id} ({int(wrong.sum())} "
                f"such cells); its codes are 0 to {int(options[item[at]]) - 1}"
            )
        key = person.astype(np.int64) * len(items) + item
        order = np.argsort(key, kind="stable")
        twice = int((np.diff(key[order]) == 0).sum())
        if twice:
            raise IpBenchError(f"{twice} cells (person, item) occur twice; give each once")
        one, two, three = (np.asarray(each, dtype=np.int64)[order] for each in (person, item, answer))
        return cls(one, two, three, names, tuple(items), tuple(groups))

    def __len__(self) -> int:
        return len(self.answer)

    @property
    def options(self) -> Ints:
        """Return how many options each item has (items,)."""
        return np.array([len(each.options) for each in self.items], dtype=np.int64)

    def counts(self) -> Ints:
        """Return how often each option of each item was given (items, most options)."""
        width = int(self.options.max())
        flat = np.bincount(self.item * width + self.answer, minlength=len(self.items) * width)
        return flat.reshape(len(self.items), width)

    def where(self, cells: Mask) -> Answers:
        """Return the answers of these cells, with the same people and items."""
        return replace(self, person=self.person[cells], item=self.item[cells], answer=self.answer[cells])

    def of_people(self, chosen: Ints) -> Answers:
        """Return the answers of these people, in this order; their keys stay theirs."""
        place = np.full(len(self.people), -1, dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        kept = place[self.person] >= 0
        person, item, answer = place[self.person[kept]], self.item[kept], self.answer[kept]
        order = np.argsort(person, kind="stable")
        groups = tuple(replace(each, codes=each.codes[chosen]) for each in self.groups)
        people = [self.people[int(each)] for each in chosen]
        return replace(
            self, person=person[order], item=item[order], answer=answer[order], people=people, groups=groups
        )  # fmt: skip

    def split(self, share: float, *seed: object) -> tuple[Answers, Answers]:
        """Return (kept, held out): each cell is held out with probability `share`, drawn from the seed alone."""
        out = generator("held-out cells", len(self), *seed).random(len(self)) < share
        return self.where(~out), self.where(out)


def _keys(people: int) -> list[str]:
    width = len(str(people))
    return [f"p{number:0{width}d}" for number in range(1, people + 1)]


def _check_range(what: str, codes: NDArray[np.integer], limit: int) -> None:
    if len(codes) and (codes.min() < 0 or codes.max() >= limit):
        raise IpBenchError(f"{what} codes are {codes.min()} to {codes.max()}; they must be 0 to {limit - 1}")
