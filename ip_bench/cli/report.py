"""The commands from samples to a report, without the model: analyze and report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ip_bench.cli.asking import print_effects
from ip_bench.cli.options import AllowCode, Alpha, AsJson, Formats, Judge, Margin
from ip_bench.cli.output import print_json
from ip_bench.progress import progress


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
    as_json: AsJson = False,
) -> None:
    """Compute the effects of logged samples again, without the model."""
    from ip_bench.analysis import analyze as compute
    from ip_bench.report.page import answer
    from ip_bench.report.words import visible

    with progress() as at:
        analysis = compute(
            folder, margin=margin, alpha=alpha, allow_code=allow_code, judge=judge, audit=judge_audit, watch=at
        )
    if as_json:
        print_json({task: entry["effects"] for task, entry in analysis["tasks"].items()})
        return
    print_effects(analysis)
    for sentence in answer(analysis):
        typer.echo(visible(sentence))


def report(
    folder: Annotated[Path, typer.Argument(help="A folder with analysis.json.")],
    formats: Formats = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File of a single format, or folder of several; default: report.* in the folder."),
    ] = None,
    plots: Annotated[
        bool, typer.Option("--plots", help="Also write the pictures, each as PNG and SVG, into a folder plots.")
    ] = False,
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
    as_json: AsJson = False,
) -> None:
    """Write a report of an analysis: a page, Markdown, JSON, CSV or TeX, and pictures."""
    from ip_bench.report.formats import folder_of, formats_named, read_analysis, texts, write_formats
    from ip_bench.report.page import answer, page

    asked, analysis, claims = formats_named(formats or ()), read_analysis(folder), None
    if leaky is not None:
        from ip_bench.leaky import leaky_claims

        claims = leaky_claims(folder, share=leaky)
    made = {"html": lambda: page(folder, leaky=claims, appraisals=appraisals)}
    written = write_formats(made | texts(analysis), asked, folder, "report", out)
    if plots:
        from ip_bench.report.plots import write_plots

        written += write_plots(analysis, folder_of(folder, out) / "plots")
    if as_json:
        claimed = {task: effect.to_dict() for task, effect in (claims or {}).items()}
        print_json({"files": written, "answer": answer(analysis)} | ({"leaky": claimed} if claims else {}))
        return
    _print_claims(claims or {})
    for path in written:
        typer.echo(str(path))


def _print_claims(claims: dict[str, Any]) -> None:
    from ip_bench.report.words import interval, points

    for task, effect in claims.items():
        said = f"{points(effect.estimate)} points {interval([*effect.ci])}"
        typer.echo(f"{task}: a leaky design would have claimed {said}: {effect.estimand}")
