"""Which people and items a map learns from, and which it never sees."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ip_bench.cohorts.answers import Answers, Ints, Mask
from ip_bench.errors import IpBenchError
from ip_bench.seeds import generator, unit

FEW = (1, 5, 10, 20)
CHECK = 0.1  # of the people who may be learned from, for early stopping
ASKED = 0.2  # of an unseen person's answers to seen items, held out to be asked


class Parts(NamedTuple):
    """Codes of people (`learn`, `check` for early stopping, `unseen`) and of items (`seen`, `unseen_items`)."""

    learn: Ints
    check: Ints
    unseen: Ints
    seen: Ints
    unseen_items: Ints


class Cells(NamedTuple):
    """Of some people: what they are known to have answered, and the cells that are asked; disjoint."""

    known: Answers
    asked: Answers


def parts_of(answers: Answers, people: float = 0.2, items: float = 0.2, seed: int = 0) -> Parts:
    """Return a division in which a person's or item's part follows from its key alone.

    Raises:
        IpBenchError: where a share is not between 0 and 1, or a part is empty.
    """
    for name, share in (("people", people), ("items", items)):
        if not 0 < share < 1:
            raise IpBenchError(f"the share of unseen {name} is {share}; it must be between 0 and 1")
    of_person = [unit("steering person", key, seed) < people for key in answers.people]
    of_item = [unit("steering item", each.item_id, seed) < items for each in answers.items]
    return divided(answers, np.array(of_person), np.array(of_item), seed)


def divided(answers: Answers, new_people: Mask, new_items: Mask, seed: int = 0) -> Parts:
    """Return the division with these unseen people and items; people for early stopping follow from their keys.

    Raises:
        IpBenchError: where a part is empty.
    """
    stops = np.array([unit("early stopping", key, seed) < CHECK for key in answers.people])
    made = Parts(
        np.flatnonzero(~new_people & ~stops), np.flatnonzero(~new_people & stops), np.flatnonzero(new_people),
        np.flatnonzero(~new_items), np.flatnonzero(new_items),
    )  # fmt: skip
    if empty := [name for name, codes in zip(made._fields, made, strict=True) if not len(codes)]:
        raise IpBenchError(
            f"{len(answers.people)} people and {len(answers.items)} items leave nothing for: {', '.join(empty)}"
        )
    return made


def on_items(answers: Answers, items: Ints) -> Answers:
    """Return the answers to some items."""
    return answers.where(np.isin(answers.item, items))


def few(known: Answers, number: int | None, *seed: object) -> Answers:
    """Return so many answers of each person, drawn from the seed and the person's key; None: all of them."""
    if number is None:
        return known
    order = np.concatenate(
        [np.zeros(0, dtype=np.int64)]
        + [
            generator("few answers", known.people[int(person)], *seed).permutation(count)
            for person, count in zip(*np.unique(known.person, return_counts=True), strict=True)
        ]
    )
    return known.where(order < number)


def cells_of(
    answers: Answers, people: Ints, parts: Parts, seed: int = 0, most: int | None = None
) -> tuple[Cells, Cells]:
    """Return the cells of people for (seen items, unseen items); both know the same answers, to seen items alone.

    `most` limits how many cells of each kind are asked of a person.
    """
    some = answers.of_people(people)
    seen = on_items(some, parts.seen)
    ask = np.array([
        unit("asked", some.people[int(person)], some.items[int(item)].item_id, seed) < ASKED
        for person, item in zip(seen.person, seen.item, strict=True)
    ], dtype=bool)  # fmt: skip
    known = seen.where(~ask)
    asked, other = (few(part, most, "asked", seed) for part in (seen.where(ask), on_items(some, parts.unseen_items)))
    return Cells(known, asked), Cells(known, other)
