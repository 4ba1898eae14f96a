"""Which cell an item is asked in, where each has one: none whose texts contain one of its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

from ip_bench.cues.wordwise import names_answer
from ip_bench.design import Cell, Item, rotate
from ip_bench.errors import ContentError

from .asked import SPLITS, differs
from .content import load


class Dealt(NamedTuple):
    """An item with its cell, and how many cells it passed on because a text of theirs contains an answer."""

    item: Item
    cell: Cell
    passed: int


def deal(
    items: Iterable[Item], cells: Callable[[int], Cell], said: Callable[[Cell], str], most: int
) -> Iterator[Dealt]:
    """Yield each item with the first cell not yet dealt whose texts contain none of its answers.

    `cells(k)` is the k-th cell, which is that of the k-th item where no item passes one on; `said(cell)` holds all that
    its implicit arms say beside the question. A cell that is passed on goes to the next item, so cells stay as balanced
    as their order is.

    Raises:
        ContentError: where each of `most` cells contains an answer of an item.
    """
    waiting: list[Cell] = []
    upcoming = map(cells, count())
    for item in items:
        for passed in range(most):
            if passed == len(waiting):
                waiting.append(next(upcoming))
            if not names_answer(said(waiting[passed]), item.accepted):
                yield Dealt(item, waiting.pop(passed), passed)
                break
        else:
            raise ContentError(f"item {item.item_id}: each of {most} cells has a text that contains one of its answers")


def turn(position: int, realizations: Sequence[str], templates: Sequence[str]) -> Cell:
    """Return the cell at a position, which skips one a lap.

    So topics, which come round with a fixed period, do not keep meeting the same few realizations.
    """
    return rotate(position + position // len(realizations), realizations, templates, 1)[0]


def left_out(plan: Callable[[str], Iterable[Dealt]]) -> dict[str, int]:
    """Return how many items are not asked because their answers do not differ, and how often a cell was passed on."""
    dealt = [one for split in SPLITS for one in plan(split)]
    return {
        "items_without_two_answers": sum(not differs(item) for item in load().items),
        "items_moved_to_a_cell_without_answers": sum(one.passed > 0 for one in dealt),
        "cells_passed_on": sum(one.passed for one in dealt),
    }
