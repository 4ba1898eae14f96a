"""A table of theirs and ours for a terminal, each column explained below it, and how its cells are written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ip_bench.report.words import visible
from ip_bench.reproduce.interval import Estimate


class Column(NamedTuple):
    """A column's heading and what it means; theirs and ours have a color each."""

    heading: str
    meaning: str
    style: str = ""


THEIRS, OURS = "cyan", "green"
ROOMY = 120  # columns of a terminal from which two spaces part the columns of a table


def theirs(heading: str, meaning: str) -> Column:
    """Return a column of the authors' own statistic."""
    return Column(f"theirs:\n{heading}", meaning, THEIRS)


def ours(heading: str, meaning: str) -> Column:
    """Return a column of ours."""
    return Column(f"ours:\n{heading}", meaning, OURS)


def show_table(console: Console, title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print a table and, below it, what its columns mean; nothing where there are no rows."""
    if not rows:
        return
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False,
        collapse_padding=True, padding=(0, 1 if console.width >= ROOMY else 0),
    )  # fmt: skip
    for column in columns:
        # Only the first column may fold: a broken interval is hard to read.
        first = column is columns[0]
        table.add_column(
            column.heading,
            justify="right" if column.style else "left",
            header_style=column.style or None,
            vertical="top",
            no_wrap=not first,
            min_width=10 if first else None,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(escape(visible(cell)) for cell in row))
    console.print(table)
    for column in columns:
        if column.meaning:
            name = " ".join(column.heading.split())
            console.print(f"  [{column.style or 'bold'}]{escape(name)}[/]  {escape(column.meaning)}", highlight=False)
    console.print()


def decimal(value: float, digits: int = 3, *, signed: bool = False) -> str:
    """Return a number; one of three digits without the zero before its point, so that the tables stay narrow."""
    if math.isnan(value):
        return "n/a"
    text = f"{round(value, digits) + 0.0:{'+' if signed else ''}.{digits}f}"  # + 0.0: no -0.0
    return text.replace("0.", ".", 1) if digits == 3 and abs(value) < 0.9995 else text


def p_value(p: float) -> str:
    """Return a p-value, one that would round to 0 as <.001."""
    return "<.001" if p < 0.0005 else decimal(p)


def ends(estimate: Estimate, *, signed: bool = False, digits: int = 3) -> str:
    """Return the interval of an estimate."""
    if math.isnan(estimate.low):
        return "no interval"
    low, high = (decimal(end, digits, signed=signed) for end in (estimate.low, estimate.high))
    return f"[{low}, {high}]"


def flat(estimate: Estimate, *, signed: bool = False) -> str:
    """Return an estimate and its interval on one line."""
    return f"{decimal(estimate.value, signed=signed)} {ends(estimate, signed=signed)}"


def stacked(estimate: Estimate, after: str = "", *, signed: bool = False, digits: int = 3) -> str:
    """Return an estimate with its interval below it."""
    return f"{decimal(estimate.value, digits, signed=signed)}{after}\n{ends(estimate, signed=signed, digits=digits)}"
