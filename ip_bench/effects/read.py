"""Tables of anyone's data as scores: CSV, parquet and JSON lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ip_bench.effects.table import Scores
from ip_bench.errors import IpBenchError, UnknownNameError

if TYPE_CHECKING:
    import polars as pl

FORMATS = (".csv", ".parquet", ".jsonl")


class Columns(NamedTuple):
    """The names of a table's columns."""

    item: str
    arm: str
    outcome: str
    realization: str | None = None
    template: str | None = None


def read_scores(path: Path, columns: Columns) -> Scores:
    """Return a table's scores; repeats of a cell in an arm are averaged, an empty outcome is a row without one.

    Raises:
        IpBenchError: for a file that cannot be read, an empty label, or an outcome that is no finite number, with the
            count and the first row.
        UnknownNameError: for a format or a column that is not there.
    """
    import polars as pl

    frame = _read(path)
    named = {field: name for field, name in columns._asdict().items() if name is not None}
    for name in named.values():
        if name not in frame.columns:
            raise UnknownNameError(f"column in {path.name}:", name, frame.columns)
    labels = [field for field in named if field != "outcome"]
    table = frame.select(
        *(pl.col(named[field]).cast(pl.String).alias(field) for field in labels),
        _number(frame, path, named["outcome"]).alias("value"),
    )
    for field in labels:
        if empty := table[field].null_count():
            row = table[field].is_null().arg_true()[0] + 1
            raise IpBenchError(f"{path.name}: column {named[field]} is empty in {empty} rows, first in row {row}")
    # A cell of several rows is their mean; it has none where no row has (the lost rows of a cell are not seen then).
    cells = table.group_by(labels, maintain_order=True).agg(pl.col("value").mean())
    given = {field: cells[field].to_numpy() for field in labels}
    return Scores.of(
        item=given["item"],
        arm=given["arm"],
        realization=given.get("realization"),
        template=given.get("template"),
        value=cells["value"].fill_null(np.nan).to_numpy(),
    )


def _read(path: Path) -> pl.DataFrame:
    import polars as pl

    if path.suffix not in FORMATS:
        raise UnknownNameError("table format", path.suffix or path.name, FORMATS)
    if not path.is_file():
        raise IpBenchError(f"there is no file {path}")
    try:
        if path.suffix == ".csv":
            return pl.read_csv(path, infer_schema=False)  # labels stay text: 007 and 7 are two items
        return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_ndjson(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise IpBenchError(f"{path.name} cannot be read: {str(error).splitlines()[0]}") from error


def _number(frame: pl.DataFrame, path: Path, name: str) -> pl.Series:
    import polars as pl

    raw = frame[name]
    if raw.dtype == pl.String:
        text = raw.str.strip_chars()
        raw = text.replace({"": None, "true": "1", "True": "1", "false": "0", "False": "0"})
    numbers = raw.cast(pl.Float64, strict=False)
    bad = (numbers.is_null() & raw.is_not_null()) | numbers.is_infinite().fill_null(value=False)
    if raw.dtype == pl.String or raw.dtype.is_float():
        bad = bad | numbers.is_nan().fill_null(value=False)
    if bad.any():
        row = bad.arg_true()[0]
        raise IpBenchError(
            f"{path.name}: {bad.sum()} of {len(raw)} outcomes in column {name} are no finite numbers, first in row "
            f"{row + 1}: {raw[int(row)]!r}; leave a row's outcome empty where there is none"
        )
    return numbers
