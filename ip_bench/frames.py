"""Rows as a frame of polars or pandas, with the same columns and types whatever the rows hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from ip_bench.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Kind = Literal["polars", "pandas"]
KINDS = ("polars", "pandas")


@overload
def framed(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, type], kind: Literal["polars"] = ...
) -> pl.DataFrame: ...
@overload
def framed(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, type], kind: Literal["pandas"]) -> pd.DataFrame: ...
@overload
def framed(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, type], kind: Kind
) -> pl.DataFrame | pd.DataFrame: ...
def framed(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, type], kind: Kind = "polars"
) -> pl.DataFrame | pd.DataFrame:
    """Return rows as a frame with the columns and types named, in their order; no value is null (NaN in pandas).

    Raises:
        UnknownNameError: for a kind that is none of `KINDS`.
    """
    if kind not in KINDS:
        raise UnknownNameError("frame", kind, KINDS)
    import polars as pl

    frame = pl.DataFrame([{name: row[name] for name in columns} for row in rows], schema=dict(columns))
    return frame if kind == "polars" else frame.to_pandas()
