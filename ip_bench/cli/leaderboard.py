"""Commands of the leaderboard: submit a run, withdraw it, write the pages, export the tasks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ip_bench.cli import values
from ip_bench.cli.options import AsJson, Suite
from ip_bench.cli.output import print_json
from ip_bench.cli.values import among
from ip_bench.errors import IpBenchError

tasks_app = typer.Typer(no_args_is_help=True, help="The lm-eval tasks as plain YAML.")

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
        typer.Option("--dataset-repo", help="The published dataset; default: that of the run, in $IP_BENCH_NAMESPACE."),
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
    as_json: AsJson = False,
) -> None:
    """Send a run's results to the hub, after checking what they claim and that they hold nothing private."""
    from ip_bench.leaderboard.submit import submit as send

    said: list[str] = []
    urls = send(
        results, model_id=model_id, dataset_repo=dataset_repo or _dataset_repo(results), results_repo=results_repo,
        pr=pr, dry_run=dry_run, selfcheck=selfcheck, keep=keep, say=said.append if as_json else typer.echo,
    )  # fmt: skip
    _show(urls, said, as_json=as_json)


def withdraw(
    model_id: ModelId,
    results_repo: ResultsRepo,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays public.")],
    dataset: Annotated[
        str,
        typer.Option("--dataset", help="Of the run that was submitted.", autocompletion=among(values.datasets)),
    ] = "ip-cues",
    suite: Suite = "full",
    version: Annotated[str | None, typer.Option("--version", help="Of the dataset; default: the present one.")] = None,
    pr: PullRequest = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a submission back: its files and entries go, and a record stays that says so."""
    from ip_bench.leaderboard.withdraw import withdraw as take_back

    said: list[str] = []
    urls = take_back(
        model_id, results_repo=results_repo, reason=reason, dataset=dataset, suite=suite, version=version, pr=pr,
        dry_run=dry_run, say=said.append if as_json else typer.echo,
    )  # fmt: skip
    _show(urls, said, as_json=as_json)


def leaderboard(
    results: Annotated[
        list[Path], typer.Argument(help="Folders of `ip-bench run`, or a copy of a results repository.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")] = Path("site"),
    as_json: AsJson = False,
) -> None:
    """Write the leaderboard as pages that need no server."""
    from ip_bench.leaderboard.site import leaderboard as write

    page = str(write(results, out).resolve())
    if as_json:
        print_json({"page": page})
    else:
        typer.echo(page)


@tasks_app.callback()
def _main() -> None:
    """Keep `export` a command by its name, though it is the only one."""


@tasks_app.command("export")
def tasks_export(
    namespace: Annotated[str, typer.Option("--namespace", help="The hub organization that publishes the dataset.")],
    out: Annotated[Path, typer.Option("--out", help="Folder in which the folder of tasks is written.")],
    dataset: Annotated[
        str,
        typer.Option(
            "--dataset", help="Of which dataset: ip-cues, ip-tradeoff...", autocompletion=among(values.datasets)
        ),
    ] = "ip-cues",
    version: Annotated[str | None, typer.Option("--version", help="Of the dataset; default: the present one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the tasks as plain YAML, in the layout of lm-eval's own tasks folder."""
    from ip_bench.harness.export import export

    files = [str(file) for file in export(namespace, out, version, dataset=dataset)]
    if as_json:
        print_json({"files": files})
    else:
        typer.echo("\n".join(files))


def _show(urls: Sequence[str], said: Sequence[str], *, as_json: bool) -> None:
    """Print where what was sent can be seen."""
    if as_json:
        print_json({"urls": urls, "said": said})
        return
    for url in urls:
        typer.echo(url)


def _dataset_repo(results: Path) -> str:
    from ip_bench.files import read_record

    run = read_record(results / "run.json") if (results / "run.json").is_file() else {}
    name = run.get("dataset", {}).get("name", "ip-cues")
    namespace = os.environ.get("IP_BENCH_NAMESPACE")
    if not namespace:
        raise IpBenchError(f"name the published dataset: --dataset-repo ORG/{name}, or set IP_BENCH_NAMESPACE")
    return f"{namespace}/{name}"
