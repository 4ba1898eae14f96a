"""The commands from a model to its report: run, analyze, report and selfcheck."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ip_bench.cli_options import (
    AllowCode,
    Alpha,
    BatchSize,
    Dataset,
    Device,
    Judge,
    Margin,
    Model,
    ModelArgs,
    Out,
    Seed,
    Suite,
    Template,
)
from ip_bench.errors import IpBenchError

EXIT_NOT_RECOVERED = 1


def run(
    model: Model,
    model_args: ModelArgs = "",
    dataset: Dataset = "ip-cues",
    suite: Suite = "full",
    task: Annotated[
        list[str] | None, typer.Option("--task", help="Run these tasks or groups only (repeat the option).")
    ] = None,
    out: Out = Path("runs/latest"),
    batch_size: BatchSize = "1",
    device: Device = None,
    chat_template: Template = None,
    log_likelihood: Annotated[
        bool | None,
        typer.Option(
            "--log-likelihood/--no-log-likelihood",
            help="Also run the multiple-choice twins; default: where the backend can.",
        ),
    ] = None,
    max_gen_toks: Annotated[
        int | None,
        typer.Option("--max-gen-toks", min=1, help="Tokens a response may have; raise it for models that think aloud."),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", min=0, help="Sampling temperature; default 0.7.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="First rows only: to try things out; such a run is not analyzed."),
    ] = None,
    seed: Seed = 1234,
    margin: Margin = 0.05,
    alpha: Alpha = 0.05,
    sequential: Annotated[
        bool,
        typer.Option(
            "--sequential", help="Look at the primary contrast, minus placebo, on the way; stop when it is decided."
        ),
    ] = False,
    allow_code: AllowCode = False,
    judge: Judge = "rules",
    mitigation: Annotated[
        str | None,
        typer.Option("--mitigation", help="Ask ip-tradeoff under a condition: ignore_identity, strip_identity..."),
    ] = None,
    rewrites: Annotated[
        Path | None, typer.Option("--rewrites", help="For rewrite_identity: messages that were rewritten before.")
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", help="File that keeps answers as they come; default: OUT.answers.sqlite beside OUT."),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask again what this model answered before, in place of its kept answers.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what the run would cost and stop.")] = False,
    probe: Annotated[
        int | None,
        typer.Option(
            "--probe", min=1, help="With --dry-run: ask the first rows of each task, and say how long it takes."
        ),
    ] = None,
    price: Annotated[
        str | None,
        typer.Option("--price", help="With --dry-run: what a million tokens in and out cost, as 0.15,0.60."),
    ] = None,
) -> None:
    """Run the tasks on a model, analyze the samples, and write a report.

    A run that was killed is started again by the same command, and asks nothing twice.
    """
    from ip_bench.harness import runner
    from ip_bench.harness.cost import Prices
    from ip_bench.harness.kept import kept_beside
    from ip_bench.harness.plan import LOOKS, Plan, parse_model_args
    from ip_bench.outcomes.refusal.names import checked_name

    checked_name(judge)
    generation: dict[str, Any] = {}
    if max_gen_toks is not None:
        generation["max_gen_toks"] = max_gen_toks
    if temperature is not None:
        generation |= {"temperature": temperature, "do_sample": temperature > 0}
    if (probe or price) and not dry_run:
        raise IpBenchError(f"{'--probe' if probe else '--price'} is for --dry-run")
    if fresh and dry_run:
        raise IpBenchError("--fresh is for a run, not for --dry-run")
    prices = Prices.parse(price) if price else None
    plan = Plan(
        model=model, model_args=parse_model_args(model_args), dataset=dataset, suite=suite, tasks=tuple(task or ()),
        log_likelihood=log_likelihood, chat_template=chat_template, batch_size=batch_size, device=device,
        generation=generation, limit=limit, seed=seed, margin=margin, alpha=alpha,
        looks=LOOKS if sequential else None, mitigation=mitigation, rewrites=rewrites,
    )  # fmt: skip
    if dry_run:
        names, cost = runner.estimate(plan)
        typer.echo(f"{', '.join(names)}\n{cost.describe()}")
        if prices:
            typer.echo(cost.money(prices))
        if probe:
            typer.echo(cost.time(runner.measured_pace(plan, probe, answers or kept_beside(out))))
        return
    if not runner.run(plan, out, answers=answers, fresh=fresh, announce=typer.echo):
        return  # another process of the same run writes and analyzes
    if limit is not None:
        typer.echo(f"samples in {out}; a run with --limit lacks rows, so no effect is computed")
        return
    _analyze_and_report(out, margin, alpha, allow_code=allow_code, judge=judge)


def analyze(
    folder: Annotated[
        Path,
        typer.Argument(help="A folder with samples_*.jsonl, of ip-bench run or of lm-eval --log_samples."),
    ],
    margin: Margin = 0.05,
    alpha: Alpha = 0.05,
    allow_code: AllowCode = False,
    judge: Judge = "rules",
    judge_audit: Annotated[
        Path | None, typer.Option("--judge-audit", help="What judge-audit --out wrote: carry the judge's errors along.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the effects as JSON.")] = False,
) -> None:
    """Compute the effects of logged samples again, without the model."""
    from ip_bench.analysis import analyze as compute
    from ip_bench.files import nan_to_none

    analysis = compute(folder, margin=margin, alpha=alpha, allow_code=allow_code, judge=judge, audit=judge_audit)
    if as_json:
        effects = {task: entry["effects"] for task, entry in analysis["tasks"].items()}
        typer.echo(json.dumps(nan_to_none(effects), ensure_ascii=False, indent=2))
    else:
        _print_effects(analysis)


def report(
    folder: Annotated[Path, typer.Argument(help="A folder with analysis.json.")],
    leaky: Annotated[
        float | None,
        typer.Option("--leaky", help="Add what ip-echo would claim if this share of statements named the answer: 1."),
    ] = None,
    appraisals: Annotated[
        Path | None,
        typer.Option(
            "--appraisals", help="Your own appraisals and taxonomy items (YAML), in place of the shipped ones."
        ),
    ] = None,
) -> None:
    """Write report.html from an analysis."""
    from ip_bench.report.page import write_report

    if not (folder / "analysis.json").exists():
        raise IpBenchError(f"{folder} has no analysis.json; run `ip-bench analyze {folder}` first")
    claims = None
    if leaky is not None:
        from ip_bench.leaky import leaky_claims

        claims = leaky_claims(folder, share=leaky)
        _print_claims(claims)
    typer.echo(str(write_report(folder, leaky=claims, appraisals=appraisals)))


def selfcheck(
    model: Model = "hf",
    model_args: ModelArgs = "",
    reference: Annotated[str, typer.Option(help="tiny (planted effects), null (none) or simulated.")] = "tiny",
    dataset: Dataset = "ip-cues",
    suite: Suite = "mini",
    task: Annotated[
        list[str] | None,
        typer.Option("--task", help="Ask these tasks only (repeat the option); default: all whose truth is known."),
    ] = None,
    out: Out = Path("runs/selfcheck"),
    batch_size: BatchSize = "128",
    device: Device = None,
    chat_template: Template = None,
    seed: Seed = 1234,
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
    found = checks.selfcheck(out, reference=reference, plan=plan, announce=typer.echo)
    write_json(out / "selfcheck.json", selfcheck_record(read_json(out / "run.json"), reference, found))
    truth = checks.truths(reference) if reference != "simulated" else None
    path = write_report(out, truth=truth)
    _print_checks(reference, found)
    typer.echo(f"report: {path.resolve()}")
    if not all(check.recovered for check in found):
        missed = ", ".join(f"{check.task} {check.contrast}" for check in found if not check.recovered)
        typer.echo(f"not recovered: {missed}", err=True)
        raise typer.Exit(EXIT_NOT_RECOVERED)


def _analyze_and_report(folder: Path, margin: float, alpha: float, *, allow_code: bool, judge: str) -> None:
    from ip_bench.analysis import analyze as compute
    from ip_bench.report.page import answer, write_report

    analysis = compute(folder, margin=margin, alpha=alpha, allow_code=allow_code, judge=judge)
    path = write_report(folder)
    _print_effects(analysis)
    for sentence in answer(analysis):
        typer.echo(sentence)
    typer.echo(f"report: {path.resolve()}")


def _print_effects(analysis: dict[str, Any]) -> None:
    from rich.console import Console

    from ip_bench.report.terminal import tables

    console = Console(width=None if sys.stdout.isatty() else 120)
    for table in tables(analysis):
        console.print(table)
    if looked := analysis.get("sequential"):
        typer.echo(looked["text"])


def _print_claims(claims: dict[str, Any]) -> None:
    from ip_bench.report.words import interval, points

    for task, effect in claims.items():
        said = f"{points(effect.estimate)} points {interval([*effect.ci])}"
        typer.echo(f"{task}: a leaky design would have claimed {said}: {effect.estimand}")


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
