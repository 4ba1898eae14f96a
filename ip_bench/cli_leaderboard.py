"""Commands of the leaderboard: submit a run, withdraw it, write the pages, export the tasks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ip_bench.errors import IpBenchError

Results = Annotated[Path, typer.Option("--results", help="Folder of `ip-bench run`, analyzed.")]
ModelId = Annotated[str, typer.Option("--model-id", help="The model's repository on the hub: ORG/MODEL.")]
ResultsRepo = Annotated[
    str, typer.Option("--results-repo", help="The dataset repository for results and samples: ORG/NAME.")
]
PullRequest = Annotated[bool, typer.Option("--pr", help="Open pull requests; change nothing by yourself.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")]


def submit(
    results: Results,
    model_id: ModelId,
    results_repo: ResultsRepo,
    dataset_repo: Annotated[
        str | None,
        typer.Option("--dataset-repo", help="The published dataset; default: $IP_BENCH_NAMESPACE/ip-cues."),
    ] = None,
    selfcheck: Annotated[
        Path | None,
        typer.Option(
            "--selfcheck", help="Folder of `ip-bench selfcheck`; default: the run's, or selfcheck/ beside it."
        ),
    ] = None,
    pr: PullRequest = False,
    dry_run: DryRun = False,
    keep: Annotated[Path | None, typer.Option("--keep", help="Also write what is sent into this folder.")] = None,
) -> None:
    """Send a run's results to the hub, after checking what they claim and that they hold nothing private."""
    from ip_bench.leaderboard.submit import submit as send

    for url in send(
        results, model_id=model_id, dataset_repo=dataset_repo or _dataset_repo(), results_repo=results_repo, pr=pr,
        dry_run=dry_run, selfcheck=selfcheck, keep=keep, say=typer.echo,
    ):  # fmt: skip
        typer.echo(url)


def withdraw(
    model_id: ModelId,
    results_repo: ResultsRepo,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays public.")],
    suite: Annotated[str, typer.Option("--suite", help="mini or full.")] = "full",
    version: Annotated[str | None, typer.Option("--version", help="Of the dataset; default: the present one.")] = None,
    pr: PullRequest = False,
    dry_run: DryRun = False,
) -> None:
    """Take a submission back: its files and entries go, and a record stays that says so."""
    from ip_bench.leaderboard.withdraw import withdraw as take_back

    for url in take_back(
        model_id, results_repo=results_repo, reason=reason, suite=suite, version=version, pr=pr, dry_run=dry_run,
        say=typer.echo,
    ):  # fmt: skip
        typer.echo(url)


def leaderboard(
    results: Annotated[
        list[Path], typer.Argument(help="Folders of `ip-bench run`, or a copy of a results repository.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")] = Path("site"),
) -> None:
    """Write the leaderboard as pages that need no server."""
    from ip_bench.leaderboard.site import leaderboard as write

    typer.echo(str(write(results, out).resolve()))


def tasks_export(
    namespace: Annotated[str, typer.Option("--namespace", help="The hub organization that publishes the dataset.")],
    out: Annotated[Path, typer.Option("--out", help="Folder in which the folder ip_cues is written.")],
    version: Annotated[str | None, typer.Option("--version", help="Of the dataset; default: the present one.")] = None,
) -> None:
    """Write the tasks as plain YAML, in the layout of lm-eval's own tasks folder."""
    from ip_bench.harness.export import export

    for file in export(namespace, out, version):
        typer.echo(str(file))


def _dataset_repo() -> str:
    namespace = os.environ.get("IP_BENCH_NAMESPACE")
    if not namespace:
        raise IpBenchError("name the published dataset: --dataset-repo ORG/ip-cues, or set IP_BENCH_NAMESPACE")
    return f"{namespace}/ip-cues"
