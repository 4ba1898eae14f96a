"""Which files a filter leaves: one on the run, model or task alone is answered without reading a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl


def may_hold(predicate: pl.Expr | None, known: Mapping[str, str]) -> bool:
    """Return whether rows can pass a filter, given the columns whose value they share.

    Each part of a conjunction that asks for known columns alone is tried on them; what else there is may be true.
    """
    if predicate is None:
        return True
    parts = [part for part in conjuncts(predicate) if set(part.meta.root_names()) <= set(known)]
    return not parts or pl.DataFrame([dict(known)]).filter(parts).height > 0


def conjuncts(predicate: pl.Expr) -> Iterator[pl.Expr]:
    """Yield the parts of a conjunction, the whole where it is none."""
    inner = predicate.meta.pop()
    if len(inner) == 2 and predicate.meta.eq(inner[1] & inner[0]):
        yield from conjuncts(inner[1])
        yield from conjuncts(inner[0])
    else:
        yield predicate
