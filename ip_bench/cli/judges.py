"""The command that measures a judge."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from ip_bench.cli.judge_name import JudgeName, Meaning, meanings
from ip_bench.cli.options import AsJson
from ip_bench.cli.output import print_json
from ip_bench.errors import IpBenchError


def judge_audit(
    data: Annotated[
        Path, typer.Option("--data", help='JSONL of {"id", "prompt", "completion", "model", "label"} ("arm" if known).')
    ],
    judge: JudgeName = "rules",
    meaning: Meaning = None,
    repeats: Annotated[int, typer.Option(min=2, help="Times that each row is asked as it is.")] = 3,
    variants: Annotated[int, typer.Option(min=1, help="Forms of each perturbation that a row is asked in.")] = 1,
    perturbation: Annotated[
        list[str] | None, typer.Option(help="Ask this perturbation only (repeat the option); default: all.")
    ] = None,
    margin: Annotated[float, typer.Option(help="A push of verdicts up to this share is negligible.")] = 0.02,
    alpha: Annotated[float, typer.Option(help="Error level of tests and intervals.")] = 0.05,
    out: Annotated[Path | None, typer.Option(help="Also write the record to this file, as JSON.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a refusal judge: agreement with labels, consistency over repeats, robustness to what must not matter."""
    from rich.console import Console

    from ip_bench.files import write_json
    from ip_bench.judging.audit import audit
    from ip_bench.judging.rows import read_rows
    from ip_bench.judging.table import show
    from ip_bench.outcomes.refusal import judge_by_name

    if out is not None and out.is_dir():
        raise IpBenchError(f"{out.name} is a folder; name a file with --out")
    record: dict[str, Any] = audit(
        read_rows(data), judge_by_name(judge, labels=meanings(meaning)), name=public_name(judge),
        repeats=repeats, each=variants, perturbations=perturbation, alpha=alpha, margin=margin,
        say=lambda text: typer.echo(text, err=True),
    )  # fmt: skip
    if out is not None:
        write_json(out, record)
    if as_json:
        print_json(record)
    else:
        show(record, Console(width=None if sys.stdout.isatty() else 160))


def public_name(judge: str) -> str:
    """Return the name of a judge without folders of this machine, and without users or keys in an address."""
    kind, _, rest = judge.partition(":")
    if kind in ("http", "https"):
        address, _, model = judge.rpartition("#")
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
        return f"{kind}://{parts.hostname}{port}{parts.path}#{model}"
    if rest and (kind == "file" or Path(rest).exists() or Path(rest).is_absolute()):
        return f"{kind}:{Path(rest).resolve().name}"
    return judge
