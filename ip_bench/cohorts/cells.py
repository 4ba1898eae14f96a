"""Observed cells in the two orders that a fit walks through, and sums over them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
from scipy.sparse import csr_array

from ip_bench.cohorts.answers import Answers, Floats, Ints


class Rows(NamedTuple):
    """The cells of some people in their order: cell `c` of person `i` has `ends[i] <= c < ends[i + 1]`."""

    ends: Ints
    item: Ints
    answer: Ints

    @property
    def who(self) -> Ints:
        """Return the person of each cell, counted from the first of these people."""
        return np.repeat(np.arange(len(self.ends) - 1), np.diff(self.ends))


class Columns(NamedTuple):
    """Cells in the order of (item, answer); runs are cells of the same item and answer.

    `ends` (items + 1,) and `runs` (runs + 1,) bound items and runs; `run_item` and `run_answer` (runs,) name a run.
    """

    person: Ints
    item: Ints
    answer: Ints
    ends: Ints
    runs: Ints
    run_item: Ints
    run_answer: Ints

    @classmethod
    def of(cls, answers: Answers) -> Self:
        """Return the cells of answers by item."""
        width = int(answers.options.max())
        key = answers.item * width + answers.answer
        order = np.argsort(key, kind="stable")
        key = key[order]
        runs = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, dtype=np.int64)
        item = answers.item[order]
        ends = np.searchsorted(item, np.arange(len(answers.items) + 1))
        return cls(
            answers.person[order], item, answers.answer[order], ends,
            np.append(runs, len(key)), key[runs] // width, key[runs] % width,
        )  # fmt: skip


def chunks(answers: Answers, size: int) -> Iterator[tuple[int, int, Rows]]:
    """Yield (first person, last person + 1, their cells), each of about `size` cells."""
    ends = np.searchsorted(answers.person, np.arange(len(answers.people) + 1))
    first = 0
    while first < len(answers.people):
        last = max(int(np.searchsorted(ends, ends[first] + size, side="right")) - 1, first + 1)
        cells = slice(ends[first], ends[last])
        yield first, last, Rows(ends[first : last + 1] - ends[first], answers.item[cells], answers.answer[cells])
        first = last


def summed(ends: Ints, index: Ints, weights: Floats, table: Floats) -> Floats:
    """Return sums of `weights[c] * table[index[c]]` over the cells of each run that `ends` bounds (runs, columns)."""
    return np.asarray(csr_array((weights, index, ends), shape=(len(ends) - 1, len(table))) @ table)


def squares(rows: Floats) -> Floats:
    """Return the upper triangle of x x' of each row, as a row."""
    one, other = np.triu_indices(rows.shape[1])
    return np.asarray(rows[:, one] * rows[:, other])


def symmetric(packed: Floats, size: int) -> Floats:
    """Return the matrices (..., size, size) of which `packed` (..., triangle) are the upper triangles."""
    one, other = np.triu_indices(size)
    full = np.empty((*packed.shape[:-1], size, size))
    full[..., one, other] = packed
    full[..., other, one] = packed
    return full
