"""Which variants a row meets: every variant meets equally many rows, in whatever order the rows come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ip_bench.judging.perturb import Variant
from ip_bench.judging.rows import Row


class Dealt(NamedTuple):
    """A row, by its place, and a variant that it meets."""

    place: int
    variant: Variant


def dealt(rows: Sequence[Row], variants: Sequence[Variant], each: int) -> Iterator[Dealt]:
    """Yield `each` variants of every row, all of them where there are fewer; variants are dealt in turn.

    Rows are dealt to in order of a digest of their content.
    """
    order = sorted(range(len(rows)), key=lambda place: rows[place].key)
    many = min(each, len(variants))
    for turn, place in enumerate(order):
        for step in range(many):
            yield Dealt(place, variants[(turn * many + step) % len(variants)])
