"""The command that holds several runs against the first one of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ip_bench.cli.options import AllowCode, AsJson, Formats, Judge, checked_alpha, checked_margin
from ip_bench.cli.output import print_json
from ip_bench.progress import progress

if TYPE_CHECKING:
    from ip_bench.report.sheet import Sheet


def _margin(value: float | None) -> float | None:
    return None if value is None else checked_margin(value)


def _alpha(value: float | None) -> float | None:
    return None if value is None else checked_alpha(value)


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs on the same rows, the baseline first.")],
    formats: Formats = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File of a single format, or folder of several; default: comparison.* here."),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            "--margin", callback=_margin, help="Equivalence margin, a share; default: what the runs declared."
        ),
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option("--alpha", callback=_alpha, help="Error level; default: what the runs declared."),
    ] = None,
    allow_code: AllowCode = False,
    judge: Judge = "rules",
    as_json: AsJson = False,
) -> None:
    """Compare models or checkpoints on the same rows: how their effects differ, with a verdict for each contrast.

    Without --format or --out the tables are printed.
    """
    from ip_bench.comparison import compared
    from ip_bench.outcomes.refusal.names import checked_name
    from ip_bench.report.compared import sheet, texts
    from ip_bench.report.compared_findings import answer
    from ip_bench.report.formats import formats_named, write_formats
    from ip_bench.report.words import visible

    checked_name(judge)
    asked = formats_named(formats or ())
    with progress() as at:
        at.step(f"comparing {len(runs)} runs")
        record = compared(runs, margin=margin, alpha=alpha, allow_code=allow_code, judge=judge)
    written = write_formats(texts(record), asked, Path(), "comparison", out) if formats or out else []
    if as_json:
        print_json({**record, "answer": answer(record), "files": written})
        return
    said = sheet(record)
    if not written:
        _print(said)
    for line in said.answer:
        typer.echo(visible(line))
    for path in written:
        typer.echo(str(path))


def _print(said: Sheet) -> None:
    """Print the tables of a sheet that are not folded, and what is known of them."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ip_bench.report.cells import one_line

    console = Console(width=None if sys.stdout.isatty() else 150)
    for own in said.tables:
        if own.folded:
            continue
        table = Table(title=escape(one_line(own.title)), title_justify="left")
        for place, head in enumerate(own.heads):
            table.add_column(head, justify="right" if place in own.right else "left")
        for row in own.rows:
            table.add_row(*(escape(one_line(cell)) for cell in row))
        console.print(table)
    for line in said.about:
        typer.echo(one_line(line))
