"""Commands of the statistics: effects of any table, planning, and what was published."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ip_bench.cli.options import AsJson
from ip_bench.cli.output import print_json
from ip_bench.cli.values import among
from ip_bench.errors import IpBenchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ip_bench.effects.effect import Effect


def effects(
    table: Annotated[Path, typer.Argument(help="A .csv, .parquet or .jsonl file: a row for each scored response.")],
    item: Annotated[str, typer.Option(help="Column of the item: what is asked, the same in every arm.")],
    arm: Annotated[str, typer.Option(help="Column of the arm: who seems to ask.")],
    outcome: Annotated[str, typer.Option(help="Column of the score; empty where a response gave none.")],
    realization: Annotated[
        str | None, typer.Option(help="Column of the realization: which name, word list or sentence.")
    ] = None,
    template: Annotated[str | None, typer.Option(help="Column of a second crossed factor.")] = None,
    reference: Annotated[
        str | None, typer.Option(help="Arm to compare with; default: one named reference, control or baseline.")
    ] = None,
    placebo: Annotated[
        list[str] | None, typer.Option(help="Arm that should change nothing (repeat the option).")
    ] = None,
    margin: Annotated[float, typer.Option(help="Equivalence margin in units of the outcome.")] = 0.05,
    alpha: Annotated[float, typer.Option(help="Error level of tests and intervals.")] = 0.05,
    family: Annotated[
        str, typer.Option(help="How contrasts are adjusted for each other: holm, or max-t for correlated ones.")
    ] = "holm",
    as_json: AsJson = False,
) -> None:
    """Compute every contrast of anyone's table, with placebos, verdicts and simultaneous intervals."""
    from ip_bench.effects.contrasts import every_contrast
    from ip_bench.effects.read import Columns, read_scores

    scores = read_scores(
        table, Columns(item, arm, outcome, realization, template), say=lambda text: typer.echo(text, err=True)
    )
    try:
        found = every_contrast(
            scores, outcome=outcome, reference=reference, placebos=placebo or (), margin=margin, alpha=alpha,
            family=family,
        )  # fmt: skip
    except ValueError as error:
        raise IpBenchError(str(error)) from error
    if as_json:
        print_json([one.to_dict() for one in found])
        return
    _print(found, realization is not None)


def plan(
    effect: Annotated[float, typer.Option(help="The effect to find, a share: 0.03 is three points.")],
    power: Annotated[float, typer.Option(help="The probability with which it is to be found.")] = 0.8,
    alpha: Annotated[float, typer.Option(help="Error level.")] = 0.05,
    source: Annotated[
        Path | None, typer.Option("--from", help="A pilot: a folder of ip-bench run or of lm-eval --log_samples.")
    ] = None,
    item_sd: Annotated[float | None, typer.Option(help="SD of the true difference between items.")] = None,
    row_sd: Annotated[float | None, typer.Option(help="SD of one row around its probability.")] = None,
    realization_sd: Annotated[float | None, typer.Option(help="SD of the difference between realizations.")] = None,
    cell_sd: Annotated[float | None, typer.Option(help="SD of the difference in one item x realization.")] = None,
    realizations: Annotated[
        int | None,
        typer.Option(min=2, help="Realizations of the cue; default: chosen, the pilot's or 40 at most."),
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=1, help="Realizations that an item meets; default: the pilot's, or 2.")
    ] = None,
    repeats: Annotated[
        int | None, typer.Option(min=1, help="Responses to each prompt; default: the number that costs least.")
    ] = None,
    items: Annotated[int | None, typer.Option(min=2, help="So many items there are at most.")] = None,
    missing: Annotated[
        float | None, typer.Option(help="Share of rows without a complete pair; default: the pilot's, or 0.")
    ] = None,
    discordant: Annotated[
        float | None,
        typer.Option(help="Share of items that tell the arms apart; default: at least what the components imply."),
    ] = None,
    cost_ratio: Annotated[float, typer.Option(help="What an item costs beyond its calls, in calls.")] = 0.0,
    contrasts: Annotated[int, typer.Option(min=1, help="Contrasts that share alpha.")] = 1,
    budget: Annotated[
        list[int] | None, typer.Option(help="Also say what so many items find (repeat the option).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many items, realizations and repeats find an effect, and where no number of items does."""
    from ip_bench.harness.suites import MINI_COMPONENTS
    from ip_bench.pilot import plan_run

    given = {"item": item_sd, "row": row_sd, "realization": realization_sd, "cell": cell_sd}
    stated = {name: value for name, value in given.items() if value is not None}
    if source is None and len(stated) < len(given) and not as_json:
        typer.echo("components that are not stated are those the mini suite is sized with; a pilot is better (--from)")
    planned = plan_run(
        effect, power=power, alpha=alpha, source=source, stated=stated, usual=MINI_COMPONENTS,
        realizations=realizations, rows_per_item=rows, repeats=repeats, missing=missing, discordant=discordant,
        cost_ratio=cost_ratio, family=contrasts, budgets=budget or (), most_items=items,
    )  # fmt: skip
    if as_json:
        print_json(planned.record)
    else:
        typer.echo(planned.text)


def reproduce(
    study: Annotated[str, typer.Argument(help="jin2024.", autocompletion=among(["jin2024"]))],
    data: Annotated[Path, typer.Option("--data", help="Folder with the study's published responses.")],
    as_json: AsJson = False,
) -> None:
    """Print a study's published statistics from its own responses, with ours on the same data."""
    from rich.console import Console

    from ip_bench.reproduce import as_dicts, show
    from ip_bench.reproduce import reproduce as compute

    found = compute(study, data)
    if as_json:
        for note in found.notes:
            typer.echo(note, err=True)
        print_json(list(as_dicts(found)))
    else:
        show(found, Console(width=None if sys.stdout.isatty() else 120))


def _print(found: Sequence[Effect], realizations: bool) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=f"Effects on {found[0].outcome}, margin {found[0].margin:g}", title_justify="left")
    for name in ("contrast", "effect", "interval", "simultaneous", "adjusted p", "items", "realizations", "verdict"):
        table.add_column(name, justify="right" if name in {"effect", "adjusted p", "items", "realizations"} else "left")
    for one in found:
        low_high = [f"[{low:.3g}, {high:.3g}]" for low, high in (one.ci, one.ci_simultaneous)]
        table.add_row(
            escape(f"{one.arm} against {one.reference}"), f"{one.estimate:.3g}", *map(escape, low_high),
            f"{one.p_adjusted:.2g}", str(one.n_items), str(one.n_realizations or "-"),
            escape(one.verdict + (f" ({one.note})" if one.note else "")),
        )  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 140).print(table)
    if not realizations:
        typer.echo("No --realization column: the intervals hold for these very wordings, not for others of their kind.")
