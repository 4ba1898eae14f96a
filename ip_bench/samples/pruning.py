"""Which files a filter leaves: one on the run, model or task alone is answered without reading a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl


def may_hold(predicate: pl.Expr | None, known: Mapping[str, str]) -> bool:
    """Return whether rows can pass a filter, given the columns whose value they share.

    Each part of a conjunction that asks for known columns alone is tried on them; what else there is may be true. So
    may a part that is not row by row (a count, a rank): it says of two such rows something else than of one.
    """
    if predicate is None:
        return True
    one, two = pl.DataFrame([dict(known)]), pl.DataFrame([dict(known)] * 2)
    for part in conjuncts(predicate):
        if (names := set(part.meta.root_names())) and names <= set(known):
            alone = one.select(part).rows()
            if len(alone) == 1 and not all(alone[0]) and two.select(part).rows() == alone * 2:
                return False
    return True


def conjuncts(predicate: pl.Expr) -> Iterator[pl.Expr]:
    """Yield the parts of a conjunction, the whole where it is none."""
    inner = predicate.meta.pop()
    if len(inner) == 2 and predicate.meta.eq(inner[1] & inner[0]):
        yield from conjuncts(inner[1])
        yield from conjuncts(inner[0])
    else:
        yield predicate
