"""The commands that find cohorts in opinions."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ip_bench.cli.options import AsJson
from ip_bench.cli.output import print_json
from ip_bench.cli.values import FORMATS, among
from ip_bench.errors import IpBenchError

if TYPE_CHECKING:
    from ip_bench.cohorts.compare import Mean
    from ip_bench.cohorts.survey import Survey

app = typer.Typer(no_args_is_help=True, help="Groups of people with like opinions, found in their answers.")


@app.callback()
def _main() -> None:
    """Keep `fit` a command by its name, though it is the only one."""


@app.command()
def fit(
    path: Annotated[
        str,
        typer.Argument(
            help="A Polis or OpinionQA folder, a CSV or parquet table, or hub:ORG/NAME@COMMIT.", metavar="PATH"
        ),
    ],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="polis or opinionqa (folders), wide (a row a person) or long (columns user, item, answer).",
            autocompletion=among(FORMATS),
        ),
    ],
    holdout: Annotated[float, typer.Option(help="Share of the answers that is held out.")] = 0.1,
    seeds: Annotated[int, typer.Option(help="How often answers are held out.")] = 5,
    items: Annotated[
        str, typer.Option(help="The items, by column or id, with commas between; default: all that can be.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Also write the record to this file, as JSON.")] = None,
    html: Annotated[
        Path | None, typer.Option(help="Also write a page to this file: a map of people, what cohorts answer, tables.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit people and items, choose the cohorts, and hold every method to answers it has not seen."""
    from ip_bench.cohorts.read import read
    from ip_bench.cohorts.survey import survey
    from ip_bench.files import nan_to_none, write_json

    for file in (out, html):
        if file is not None and (file.is_dir() or file.parent.is_file()):
            raise IpBenchError(f"{file} is a folder or lies below a file; name a file to write")
    answers = read(path, form, [name.strip() for name in items.split(",") if name.strip()])
    found = survey(answers, holdout=holdout, seeds=seeds, say=lambda text: typer.echo(text, err=True))
    record = nan_to_none(found.to_dict())
    if out is not None:
        write_json(out, record)
    if html is not None:
        from ip_bench.report.cohorts import write_cohorts

        write_cohorts(html, found, Path(path).resolve().name)
    if as_json:
        print_json(record)
    else:
        _show(found)


def _show(found: Survey) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ip_bench.report.words import visible

    console = Console(width=None if sys.stdout.isatty() else 120)
    size = f"{len(found.answers.people):,} people, {len(found.answers.items):,} items, {len(found.answers):,} answers"
    title = f"{size}; {100 * found.holdout:g}% held out, " + (f"{found.seeds} times" if found.seeds > 1 else "once")
    table = Table(title=title, title_justify="left")
    for column in ("method", "accuracy, %", "interval", "log-loss", "interval"):
        table.add_column(column, justify="left" if column == "method" else "right")
    for each in found.methods:
        table.add_row(each.method, _number(100 * each.accuracy.estimate, 1), _ends(each.accuracy.within(0, 1), 100, 1),
                      _number(each.log_loss.estimate), _ends(each.log_loss, 1, 3))  # fmt: skip
    console.print(table)
    for each in found.methods:
        if each.reason:
            typer.echo(f"{each.method}: {each.reason}")
    for why, count in found.answers.set_aside.items():
        typer.echo(f"set aside: {count} {visible(why)}")
    record = found.to_dict()["cohorts"]
    typer.echo(f"{record['answer']}{': ' if record['sizes'] else ''}{', '.join(map(str, record['sizes']))}")
    gains = Table(title="Held-out log-likelihood gained over the items' shares", title_justify="left")
    for column in ("division", "groups", "gain, nats an answer", "interval", "cohorts gain more", "interval"):
        gains.add_column(column, justify="left" if column == "division" else "right")
    for gain in found.coherence:
        more = ("", "") if gain.less is None else (f"{gain.less.estimate:.4f}", _ends(gain.less, 1, 4))
        gains.add_row(
            escape(visible(gain.division)), str(gain.groups), f"{gain.gain.estimate:.4f}", _ends(gain.gain, 1, 4), *more
        )
    console.print(gains)
    for label in found.labels:
        shares = f"{100 * label.share:.0f}% against {100 * label.rest:.0f}%"
        typer.echo(visible(f"cohort {label.cohort + 1}: {label.option} ({shares}): {label.text or label.item_id}"))


def _number(value: float, digits: int = 3) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _ends(mean: Mean, scale: float, digits: int) -> str:
    if mean.low != mean.low:
        return "-"
    return f"{scale * mean.low:.{digits}f} to {scale * mean.high:.{digits}f}"
