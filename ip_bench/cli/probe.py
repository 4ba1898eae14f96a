"""The command that looks into an open model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ip_bench.cli.options import MODEL, Alpha, AsJson, Device, Margin, ModelArgs, Suite, Template
from ip_bench.cli.output import print_json
from ip_bench.errors import IpBenchError, UnknownNameError

if TYPE_CHECKING:
    from ip_bench.whitebox.probe import Probed


def probe(
    model: Annotated[
        str, typer.Option(help="hf: a model of transformers, whose states can be read.", rich_help_panel=MODEL)
    ] = "hf",
    model_args: ModelArgs = "",
    suite: Suite = "full",
    arm: Annotated[str, typer.Option(help="The arm to tell from the reference: uk, au, ca, ie, nz, in or za.")] = "uk",
    reference: Annotated[str, typer.Option(help="The arm to tell it from.")] = "us",
    batch_size: Annotated[int, typer.Option(min=1, help="Prompts at a time.", rich_help_panel=MODEL)] = 16,
    device: Device = None,
    chat_template: Template = None,
    margin: Margin = 0.05,
    alpha: Alpha = 0.05,
    out: Annotated[Path | None, typer.Option(help="Also write the record to this file, as JSON.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look into an open model: which layers hold the cue, and whether moving them does what the cue does."""
    from ip_bench.files import nan_to_none, write_json
    from ip_bench.harness.plan import Plan, parse_model_args
    from ip_bench.whitebox.run import probe_model

    if model != "hf":
        raise UnknownNameError("backend whose states can be read", model, ["hf"])
    plan = Plan(
        model=model, model_args=parse_model_args(model_args), suite=suite, chat_template=chat_template,
        batch_size=batch_size, device=device,
    )  # fmt: skip
    try:
        found = probe_model(
            plan, arm=arm, reference=reference, margin=margin, alpha=alpha,
            say=lambda text: typer.echo(text, err=True),
        )  # fmt: skip
    except ValueError as error:
        raise IpBenchError(str(error)) from error
    record: Any = nan_to_none(found.to_dict())
    if out is not None:
        write_json(out, record)
    if as_json:
        print_json(record)
    else:
        _show(found)


def _show(found: Probed) -> None:
    import sys

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ip_bench.report.words import interval, points

    console = Console(width=None if sys.stdout.isatty() else 120)
    read = Table(title=f"Telling {found.arm} from {found.reference} by the states (chance: 50)", title_justify="left")
    for column in ("after layer", "right, %", "interval", "two placebos, %", "interval"):
        read.add_column(column, justify="right")
    for one in found.layers:
        shown = [(f"{100 * each.estimate:.1f}", _percent(each.ci)) for each in (one.accuracy, one.placebo)]
        read.add_row(f"{one.layer + 1}{' (moved)' if one.layer == found.moved else ''}", *shown[0], *shown[1])
    console.print(read)
    effects = Table(title=f"Share of the {found.arm} answer, effects in points", title_justify="left")
    for column in ("contrast", "effect", "simultaneous interval", "verdict"):
        effects.add_column(column, justify="right" if column == "effect" else "left")
    for effect in found.effects:
        name = f"{effect.arm} against {effect.reference}"
        effects.add_row(name, points(effect.estimate), escape(interval(list(effect.ci_simultaneous))), effect.verdict)
    console.print(effects)


def _percent(ends: tuple[float, float]) -> str:
    return f"{100 * ends[0]:.1f} to {100 * ends[1]:.1f}"
