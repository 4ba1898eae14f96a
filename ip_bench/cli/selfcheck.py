"""The command that asks a reference model, whose effects are known."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ip_bench.cli.exits import NO
from ip_bench.cli.options import AsJson, BatchSize, Dataset, Device, Model, ModelArgs, Out, Seed, Suite, Template
from ip_bench.cli.output import result
from ip_bench.cli.values import REFERENCES, among, tasks
from ip_bench.progress import progress


def selfcheck(
    model: Model = "hf",
    model_args: ModelArgs = "",
    reference: Annotated[
        str,
        typer.Option(help="tiny (planted effects), null (none) or simulated.", autocompletion=among(REFERENCES)),
    ] = "tiny",
    dataset: Dataset = "ip-cues",
    suite: Suite = "mini",
    task: Annotated[
        list[str] | None,
        typer.Option(
            "--task",
            help="Ask these tasks only (repeat the option); default: all whose truth is known.",
            autocompletion=tasks,
        ),
    ] = None,
    out: Out = Path("runs/selfcheck"),
    batch_size: BatchSize = "128",
    device: Device = None,
    chat_template: Template = None,
    seed: Seed = 1234,
    as_json: AsJson = False,
) -> None:
    """Run a reference model through a backend and say whether its planted effects come back."""
    from ip_bench import selfcheck as checks
    from ip_bench.files import read_json, write_json
    from ip_bench.harness.plan import Plan, parse_model_args
    from ip_bench.leaderboard.reference_check import selfcheck_record
    from ip_bench.report.page import write_report

    plan = Plan(
        model="simulated" if reference == "simulated" else model, model_args=parse_model_args(model_args),
        dataset=dataset, suite=suite, tasks=tuple(task or ()), log_likelihood=False, batch_size=batch_size,
        device=device, chat_template=chat_template, seed=seed,
    )  # fmt: skip
    with result(as_json=as_json) as give:
        with progress(typer.echo) as at:
            found = checks.selfcheck(out, reference=reference, plan=plan, announce=at.say, watch=at)
            record = selfcheck_record(read_json(out / "run.json"), reference, found)
            write_json(out / "selfcheck.json", record)
            at.step("writing the report")
            path = write_report(out, truth=checks.truths(reference) if reference != "simulated" else None)
        if as_json:
            give(record | {"report": str(path.resolve())})
        else:
            _print_checks(reference, found)
            typer.echo(f"report: {path.resolve()}")
    if not all(check.recovered for check in found):
        missed = ", ".join(f"{check.task} {check.contrast}" for check in found if not check.recovered)
        typer.echo(f"not recovered: {missed}", err=True)
        raise typer.Exit(NO.code)


def _print_checks(reference: str, checks: list[Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ip_bench import catalog
    from ip_bench.report.words import contrast_name, interval, points

    table = Table(title=f"Reference model {reference}: planted effects, in points", title_justify="left")
    for column in ("task", "contrast", "truth", "estimate", "simultaneous interval", "verdict", "recovered"):
        table.add_column(column, justify="right" if column in {"truth", "estimate"} else "left")
    for check in checks:
        config = catalog.task(check.task).config
        name = contrast_name({"arm": check.contrast, "reference": check.reference}, config)
        table.add_row(
            check.task, name, points(check.truth), points(check.estimate), escape(interval([check.low, check.high])),
            check.verdict, "yes" if check.recovered else "NO",
        )  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 150).print(table)
