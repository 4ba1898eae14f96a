"""The one table of docs/benchmarks.md: a row is our figure beside a peer's of the same run.

A module of benchmarks measures once, in `result()`, and makes both of what it found: the text of its section and its
rows of the table. Its `report()` is `result().text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One comparison. `ratio` is how many times better ours is, so above 1 whether more or less of the unit is good."""

    what: str
    #: Our figure with its unit, as "122,483 rows/s" or "4.1 s"; "-" where it could not be had.
    ours: str
    #: Whom it is beside, "" where there is nobody; and the figure of that peer, or why there is none.
    peer: str = ""
    theirs: str = "-"
    ratio: float | None = None
    #: The target in words, "" where there is none; and whether it is met, None where nothing was measured.
    target: str = ""
    met: bool | None = None


class Result(NamedTuple):
    """What a module found: the text of its section, without a heading, and its rows of the table."""

    text: str
    rows: list[Row]


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| what | ip-bench | peer | its figure | times better | target | met |",
        "|---|---:|---|---:|---:|---|---|",
    ]
    for row in rows:
        met = "-" if row.met is None or not row.target else "yes" if row.met else "**no**"
        lines.append(
            f"| {row.what} | {row.ours} | {row.peer or '-'} | {row.theirs} | {_times(row.ratio)} "
            f"| {row.target or '-'} | {met} |"
        )
    return "\n".join(lines)


def figures(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table of a name and its figures, a row each."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (heads, *rows)]
    return "\n".join([lines[0], "|---|" + "---:|" * (len(heads) - 1), *lines[1:]])


def _times(ratio: float | None) -> str:
    if ratio is None:
        return "-"
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"
