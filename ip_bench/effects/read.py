"""Tables of anyone's data as scores: CSV, parquet and JSON lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ip_bench.effects.table import Scores
from ip_bench.errors import IpBenchError, UnknownNameError

if TYPE_CHECKING:
    import polars as pl

FORMATS = (".csv", ".parquet", ".jsonl")
LARGEST = 1e100  # of a score; squares of larger ones overflow
_TWICE = "_duplicated_0"  # what polars adds to the second column of a name


class Columns(NamedTuple):
    """The names of a table's columns."""

    item: str
    arm: str
    outcome: str
    realization: str | None = None
    template: str | None = None


def read_scores(path: Path, columns: Columns, say: Callable[[str], None] | None = None) -> Scores:
    """Return a table's scores; an empty outcome is a row without one.

    Rows of one cell and arm are repeats: they are averaged, and `say` is told how many there are.

    Raises:
        IpBenchError: for a file that cannot be read, two columns of one name, an empty label, or an outcome that is no
            number within 1e100, with the count and the first row.
        UnknownNameError: for a format or a column that is not there.
    """
    return scores_of(_read(path), columns, name=path.name, say=say)


def scores_of(
    frame: pl.DataFrame, columns: Columns, *, name: str = "the table", say: Callable[[str], None] | None = None
) -> Scores:
    """Return the scores of a polars frame, as `read_scores` does of a file; errors call it by `name`."""
    import polars as pl

    named = {field: own for field, own in columns._asdict().items() if own is not None}
    for own in named.values():
        if own not in frame.columns:
            raise UnknownNameError(f"column in {name}:", own, frame.columns)
    for own in named.values():
        if frame.schema[own].is_nested():
            raise IpBenchError(f"{name}: column {own} holds {frame.schema[own]}; plain values are needed")
    labels = [field for field in named if field != "outcome"]
    table = frame.select(
        *(pl.col(named[field]).cast(pl.String).alias(field) for field in labels),
        _number(frame, name, named["outcome"]).alias("value"),
    )
    for field in labels:
        if empty := table[field].null_count():
            row = table[field].is_null().arg_true()[0] + 1
            raise IpBenchError(f"{name}: column {named[field]} is empty in {empty} rows, first in row {row}")
    cells = table.group_by(labels, maintain_order=True).agg(pl.col("value").mean())
    if say and (repeats := len(table) - len(cells)):
        lost = table["value"].null_count() - cells["value"].null_count()
        say(
            f"{repeats:,} of {len(table):,} rows repeat a cell of their arm: cells are averaged"
            + (f", without the {lost:,} repeats that have no outcome" if lost else "")
        )
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

    if (suffix := path.suffix.lower()) not in FORMATS:
        raise UnknownNameError("table format", path.suffix or path.name, FORMATS)
    if not path.is_file():
        raise IpBenchError(f"there is no file {path}")
    try:
        if suffix == ".csv":
            frame = pl.read_csv(path, infer_schema=False)  # labels stay text: 007 and 7 are two items
        else:
            frame = pl.read_parquet(path) if suffix == ".parquet" else pl.read_ndjson(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise IpBenchError(f"{path.name} cannot be read: {str(error).splitlines()[0]}") from error
    if twice := [name.removesuffix(_TWICE) for name in frame.columns if name.endswith(_TWICE)]:
        raise IpBenchError(f"{path.name} has two columns {', '.join(twice)}; rename one")
    return frame


def _number(frame: pl.DataFrame, table: str, name: str) -> pl.Series:
    import polars as pl

    raw = frame[name]
    if raw.dtype == pl.String:
        text = raw.str.strip_chars()
        raw = text.replace({"": None, "true": "1", "True": "1", "false": "0", "False": "0"})
    numbers = raw.cast(pl.Float64, strict=False)
    bad = (numbers.is_null() & raw.is_not_null()) | (numbers.abs() > LARGEST).fill_null(value=False)
    if raw.dtype == pl.String or raw.dtype.is_float():
        bad = bad | numbers.is_nan().fill_null(value=False)
    if bad.any():
        row = bad.arg_true()[0]
        raise IpBenchError(
            f"{table}: {bad.sum()} of {len(raw)} outcomes in column {name} are no finite numbers (or beyond "
            f"{LARGEST:g}), first in row {row + 1}: {raw[int(row)]!r}; leave a row's outcome empty where there is none"
        )
    return numbers
