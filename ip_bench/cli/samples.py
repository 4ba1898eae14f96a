"""The command that shows the samples of many runs as one table."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ip_bench.cli.options import AsJson
from ip_bench.cli.output import print_json
from ip_bench.errors import IpBenchError

if TYPE_CHECKING:
    import polars as pl

_SHOWN = ("run", "task", "item_id", "arm", "kind", "response")
_WIDEST = 60  # characters of a cell on the terminal


def samples(
    folders: Annotated[list[Path], typer.Argument(help="Folders with runs in or below them.")],
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="column=value: rows that have it (repeat: either, or of other columns also); column= for none, or an "
            "empty text."
        ),
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Columns, by commas; a wrong one lists all. With --by: the outcomes to average.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Columns, by commas: rows, faults and mean outcomes of each of their values.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write, .parquet or .csv; without it the first rows are printed.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows to print without --out or --by.")] = 20,
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Run code that the model wrote, confined; else it has no outcome.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show every sample of many runs as one table, scored again as it is read, at constant memory."""
    from ip_bench.samples.runs import find_runs
    from ip_bench.samples.scan import table_of
    from ip_bench.samples.selecting import condition, known_columns, outcomes_left, summary

    if out is not None:
        _check_out(out)
    found = find_runs(folders)
    table = table_of(found, allow_code=allow_code)
    schema = table.collect_schema()
    asked = condition(where or (), schema, found)
    outcomes = outcomes_left(found, asked)
    if asked is not None:
        table = table.filter(asked)
    named = known_columns(_names(columns), schema) if columns is not None else None
    keys = known_columns(_names(by), schema) if by is not None else []
    if keys:
        if unknown := [name for name in named or () if name not in outcomes]:
            raise IpBenchError(f"--by averages outcomes, and {unknown[0]} is none of {', '.join(outcomes)}")
        table = summary(table, keys, [name for name in named or outcomes if name not in keys])
    elif named:
        table = table.select(named)
    elif out is None:
        table = table.select(*_SHOWN, *outcomes[:1])
    else:
        table = table.drop(name for name in outcomes_left(found, None) if name not in outcomes)
    if out is not None:
        _write(table, out)
        _say_written(out, as_json=as_json)
        return
    shown = (table if keys else table.head(rows)).collect(engine="streaming")
    if as_json:
        print_json(shown.to_dicts())
    elif shown.is_empty():
        typer.echo(f"no row has {' and '.join(where)}" if where else "no rows")
    else:
        _print(shown, keys)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _check_out(out: Path) -> None:
    """Raise IpBenchError where a file cannot be written; asked before the samples are read."""
    if out.suffix not in {".parquet", ".csv"}:
        raise IpBenchError(f"--out {out} must end in .parquet or .csv")
    if out.is_dir():
        raise IpBenchError(f"--out {out} is a folder; name a file")
    there = next(folder for folder in out.absolute().parents if os.path.lexists(folder))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise IpBenchError(f"--out {out} cannot be written: {there} is no folder that you may write to")


def _say_written(out: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({"out": str(out)})
    else:
        typer.echo(f"wrote {out}")


def _write(table: pl.LazyFrame, out: Path) -> None:
    """Write a table as it streams; the file takes its place when it is whole."""
    from ip_bench.files import replacing_file
    from ip_bench.samples.selecting import plain_lists

    with replacing_file(out) as draft:
        if out.suffix == ".csv":
            plain_lists(table).sink_csv(draft)
        else:
            table.sink_parquet(draft)


def _print(frame: pl.DataFrame, keys: Sequence[str]) -> None:
    """Print a table; cells of the keys of groups are not cut, for two groups can begin alike."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ip_bench.report.words import visible

    table = Table()
    for name, dtype in frame.schema.items():
        table.add_column(
            name, justify="right" if dtype.is_numeric() else "left", overflow="fold" if name in keys else "ellipsis"
        )
    for row in frame.iter_rows(named=True):
        table.add_row(*(escape(visible(_cell(value, whole=name in keys))) for name, value in row.items()))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _cell(value: object, *, whole: bool) -> str:
    if value is None:
        return ""
    text = f"{value:.3f}" if isinstance(value, float) and not whole else str(value)
    return text if whole or len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
