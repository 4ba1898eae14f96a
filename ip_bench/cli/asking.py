"""What `ip-bench run` does with a plan: its cost, or its samples, effects and report."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ip_bench.cli import config_file, values
from ip_bench.errors import IpBenchError
from ip_bench.progress import Progress, progress

if TYPE_CHECKING:
    from ip_bench.harness.plan import Plan


def estimated(
    plan: Plan, out: Path, answers: Path | None, probe: int | None, price: str | None, *, show: bool
) -> dict[str, Any]:
    """Return, and with `show` print, what a run would cost."""
    from ip_bench.harness import runner
    from ip_bench.harness.cost import Prices
    from ip_bench.harness.kept import kept_beside

    prices = Prices.parse(price) if price else None
    names, cost = runner.estimate(plan)
    said = {"money": cost.money(prices)} if prices else {}
    if show:
        typer.echo(f"{', '.join(names)}\n{cost.describe()}")
    if probe:
        said["time"] = cost.time(runner.measured_pace(plan, probe, answers or kept_beside(out)))
    for words in said.values() if show else ():
        typer.echo(words)
    return {"tasks": names, "cost": asdict(cost)} | said


def asked(
    context: typer.Context,
    plan: Plan,
    out: Path,
    answers: Path | None,
    *,
    fresh: bool,
    allow_code: bool,
    judge: str,
    show: bool,
) -> dict[str, Any]:
    """Run a plan and analyze it; returns, and with `show` prints, what came of it.

    What was asked is in a file beside the run's folder until it is finished, and then in it.
    """
    from ip_bench.files import check_replaceable
    from ip_bench.harness import runner
    from ip_bench.harness.kept import kept_beside
    from ip_bench.run_config import FILE, config_beside, write_config

    check_replaceable(out, "run.json")
    options, data = config_file.options_of(context), config_file.asked_dataset(plan)
    write_config(config_beside(out), options, data)
    with progress(typer.echo) as at, _forgotten(config_beside(out), answers or kept_beside(out)):
        record = runner.run(plan, out, answers=answers, fresh=fresh, announce=at.say, watch=at)
        if not record:
            return {}  # another process of the same run writes and analyzes
        write_config(out / FILE, options, data, {key: record[key] for key in ("tasks", "chat_template", "device")})
        config_beside(out).unlink(missing_ok=True)
        if plan.limit is not None:
            at.say(f"samples in {out}; a run with --limit lacks rows, so no effect is computed")
            return {"out": str(out), "run": record}
        return {"out": str(out), "run": record} | _analyze_and_report(
            out, plan, at, allow_code=allow_code, judge=judge, show=show
        )


@contextmanager
def _forgotten(config: Path, answers: Path) -> Iterator[None]:
    """Remove the configuration of a run that failed before it had an answer: there is nothing to go on with."""
    from ip_bench.harness.kept import holds_answers

    try:
        yield
    except BaseException:
        if not holds_answers(answers):
            config.unlink(missing_ok=True)
        raise


@contextmanager
def dataset_folder(named: str) -> Iterator[str]:
    """Yield the name of a dataset; of one that is named by the folder of a build, whose rows are asked meanwhile.

    Raises:
        IpBenchError: for a folder that no build wrote.
    """
    from ip_bench.files import read_record

    folder = Path(named)
    if os.sep in named and not folder.exists():
        names = ", ".join(values.datasets())
        raise IpBenchError(f"--dataset {named}: there is no such folder or file; datasets are: {names}")
    if not folder.is_dir() or named in values.datasets():
        yield named
        return
    if not (folder / "manifest.json").is_file():
        raise IpBenchError(f"--dataset {named} is a folder without manifest.json; name one that `ip-bench build` wrote")
    before = os.environ.get("IP_BENCH_DATA")
    os.environ["IP_BENCH_DATA"] = str(folder.resolve())
    try:
        yield str(read_record(folder / "manifest.json").get("name"))
    finally:
        del os.environ["IP_BENCH_DATA"]
        if before is not None:
            os.environ["IP_BENCH_DATA"] = before


def _analyze_and_report(
    folder: Path, plan: Plan, at: Progress, *, allow_code: bool, judge: str, show: bool
) -> dict[str, Any]:
    from ip_bench.analysis import analyze as compute
    from ip_bench.estimation import ALPHA, MARGIN
    from ip_bench.report.page import answer, write_report
    from ip_bench.report.words import visible

    analysis = compute(
        folder, margin=plan.margin or MARGIN, alpha=plan.alpha or ALPHA, allow_code=allow_code, judge=judge, watch=at
    )
    at.step("writing the report")
    path = write_report(folder)
    said = answer(analysis)
    if show:
        at.pause()
        print_effects(analysis)
        for sentence in said:
            typer.echo(visible(sentence))
        typer.echo(f"report: {path.resolve()}")
    effects = {task: entry["effects"] for task, entry in analysis["tasks"].items()}
    return {"answer": list(said), "effects": effects, "report": str(path.resolve())}


def print_effects(analysis: dict[str, Any]) -> None:
    from rich.console import Console

    from ip_bench.report.terminal import tables

    console = Console(width=None if sys.stdout.isatty() else 120)
    for table in tables(analysis):
        console.print(table)
    if looked := analysis.get("sequential"):
        typer.echo(looked["text"])
