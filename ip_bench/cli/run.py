"""The command from a model to its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ip_bench.cli import config_file, values
from ip_bench.cli.asking import asked, dataset_folder, estimated
from ip_bench.cli.options import (
    ANALYSIS,
    ASKED,
    MODEL,
    TEMPLATE,
    AllowCode,
    Alpha,
    AsJson,
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
    Tasks,
    Template,
)
from ip_bench.cli.output import result
from ip_bench.cli.values import among
from ip_bench.errors import IpBenchError

KEPT, COST = "Kept answers", "What it would cost"


def run(
    context: typer.Context,
    model: Model,
    model_args: ModelArgs = "",
    dataset: Dataset = "ip-cues",
    suite: Suite = "full",
    task: Tasks = None,
    out: Out = Path("runs/latest"),
    batch_size: BatchSize = "1",
    device: Device = None,
    chat_template: Template = None,
    log_likelihood: Annotated[
        bool | None,
        typer.Option(
            "--log-likelihood/--no-log-likelihood",
            help="Also run the multiple-choice twins; default: where the backend can.",
            rich_help_panel=TEMPLATE,
        ),
    ] = None,
    max_gen_toks: Annotated[
        int | None,
        typer.Option(
            "--max-gen-toks",
            min=1,
            help="Tokens a response may have; raise it for models that think aloud.",
            rich_help_panel=MODEL,
        ),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option("--temperature", min=0, help="Sampling temperature; default 0.7.", rich_help_panel=MODEL),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=1,
            help="First rows only: to try things out; such a run is not analyzed.",
            rich_help_panel=ASKED,
        ),
    ] = None,
    seed: Seed = 1234,
    margin: Margin = 0.05,
    alpha: Alpha = 0.05,
    sequential: Annotated[
        bool,
        typer.Option(
            "--sequential",
            help="Look at the primary contrast, minus placebo, on the way; stop when it is decided.",
            rich_help_panel=ANALYSIS,
        ),
    ] = False,
    allow_code: AllowCode = False,
    judge: Judge = "rules",
    mitigation: Annotated[
        str | None,
        typer.Option(
            "--mitigation",
            help="Ask ip-tradeoff under a condition: ignore_identity, strip_identity...",
            autocompletion=among(values.mitigations),
            rich_help_panel=ASKED,
        ),
    ] = None,
    rewrites: Annotated[
        Path | None,
        typer.Option(
            "--rewrites", help="For rewrite_identity: messages that were rewritten before.", rich_help_panel=ASKED
        ),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            help="File that keeps answers as they come; default: OUT.answers.sqlite beside OUT.",
            rich_help_panel=KEPT,
        ),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Ask again what this model answered before, in place of its kept answers.",
            rich_help_panel=KEPT,
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what the run would cost and stop.", rich_help_panel=COST)
    ] = False,
    probe: Annotated[
        int | None,
        typer.Option(
            "--probe",
            min=1,
            help="With --dry-run: ask the first rows of each task, and say how long it takes.",
            rich_help_panel=COST,
        ),
    ] = None,
    price: Annotated[
        str | None,
        typer.Option(
            "--price",
            help="With --dry-run: what a million tokens in and out cost, as 0.15,0.60.",
            rich_help_panel=COST,
        ),
    ] = None,
    config: config_file.Config = None,  # noqa: ARG001  (read before the other options, whose defaults it sets)
    as_json: AsJson = False,
) -> None:
    """Run the tasks on a model, analyze the samples, and write a report.

    A run that was killed is started again by the same command, and asks nothing twice.
    What was asked is in OUT/config.yaml.
    """
    from ip_bench.harness.plan import LOOKS, Plan, generation_of, parse_model_args
    from ip_bench.outcomes.refusal.names import checked_name
    from ip_bench.own import registered

    checked_name(judge)
    if (probe or price) and not dry_run:
        raise IpBenchError(f"{'--probe' if probe else '--price'} is for --dry-run")
    if fresh and dry_run:
        raise IpBenchError("--fresh is for a run, not for --dry-run")
    with result(as_json=as_json) as give, dataset_folder(dataset) as name:
        plan = Plan(
            model=model, model_args=parse_model_args(config_file.given_again(context, model_args)),
            dataset=registered(name), suite=suite, tasks=tuple(task or ()), log_likelihood=log_likelihood,
            chat_template=chat_template, batch_size=batch_size, device=device,
            generation=generation_of(max_gen_toks, temperature), limit=limit, seed=seed, margin=margin, alpha=alpha,
            looks=LOOKS if sequential else None, mitigation=mitigation, rewrites=rewrites,
        )  # fmt: skip
        config_file.check_same(context, plan)
        if dry_run:
            found = estimated(plan, out, answers, probe, price, show=not as_json)
        else:
            found = asked(
                context, plan, out, answers, fresh=fresh, allow_code=allow_code, judge=judge, show=not as_json
            )
        if as_json and found:
            give(found)
