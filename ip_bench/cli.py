"""The command line: each step alone, and all of them in one run."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ip_bench import (
    cli_bounds,
    cli_cohorts,
    cli_cross,
    cli_judges,
    cli_leaderboard,
    cli_mitigate,
    cli_probe,
    cli_refusals,
    cli_samples,
    cli_statistics,
    cli_steer,
)
from ip_bench._version import __version__
from ip_bench.errors import IpBenchError
from ip_bench.hub import commands as hub

EXIT_BAD_INPUT = 2
EXIT_NOT_RECOVERED = 1
# Listed here, because the help must not load the cues; a test holds it to `ip_bench.cues.families.FAMILIES`.
_CUE_FAMILIES = (
    "spelling", "vocabulary", "format", "units", "dialect", "transfer", "noise", "names", "greeting", "city", "clock",
    "holiday", "slang", "stated", "register", "contraction", "politeness", "emoji", "matched", "typo", "spacing",
    "synonym", "signoff",
)  # fmt: skip

app = typer.Typer(
    name="ip-bench",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Does a language model answer differently because of who seems to ask? Try `make demo`, or: "
    "ip-bench run --model hf --model-args pretrained=ORG/MODEL",
)
cue_app = typer.Typer(no_args_is_help=True, help="Turn any text with a cue.")
app.add_typer(cue_app, name="cue")
tasks_app = typer.Typer(no_args_is_help=True, help="The lm-eval tasks as plain YAML.")
tasks_app.command("export")(cli_leaderboard.tasks_export)
app.add_typer(tasks_app, name="tasks")
app.add_typer(cli_mitigate.app, name="mitigate")
app.add_typer(cli_cohorts.app, name="cohorts")
app.add_typer(cli_steer.app, name="steer")
app.add_typer(cli_bounds.app, name="bounds")


Out = Annotated[Path, typer.Option("--out", help="Folder to write.")]
Model = Annotated[
    str,
    typer.Option("--model", help="An lm-eval backend (hf, vllm, local-chat-completions...) or simulated."),
]
ModelArgs = Annotated[str, typer.Option("--model-args", help="Arguments of the backend: name=value,name=value.")]
Dataset = Annotated[str, typer.Option("--dataset", help="ip-cues, ip-education, ip-echo or ip-tradeoff.")]
Suite = Annotated[str, typer.Option("--suite", help="mini or full.")]
Device = Annotated[str | None, typer.Option("--device", help="cpu, cuda, cuda:0, mps...")]
Template = Annotated[
    bool | None,
    typer.Option("--chat-template/--no-chat-template", help="Default: used where the tokenizer has one."),
]


def _checked_margin(value: float) -> float:
    if not 0 < value < 1:
        raise IpBenchError(f"--margin is {value}; it must be a share between 0 and 1, declared before the run")
    return value


def _checked_alpha(value: float) -> float:
    if not 0 < value < 0.5:
        raise IpBenchError(f"--alpha is {value}; it must be between 0 and 0.5")
    return value


def _checked_batch_size(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d*|auto(:[1-9]\d*)?", value):
        raise IpBenchError(f"--batch-size is {value!r}; it must be a number of 1 or more, auto or auto:N")
    return value


Margin = Annotated[
    float,
    typer.Option("--margin", callback=_checked_margin, help="Equivalence margin, a share, declared before the run."),
]
Alpha = Annotated[float, typer.Option("--alpha", callback=_checked_alpha, help="Error level of tests and intervals.")]
BatchSize = Annotated[str, typer.Option("--batch-size", callback=_checked_batch_size, help="A number, or auto.")]
AllowCode = Annotated[
    bool, typer.Option("--allow-code", help="Run code that the model wrote, confined; else it is counted as not run.")
]
Judge = Annotated[
    str, typer.Option("--judge", help="What tells refusals of ip-tradeoff: rules, or a judge as in ip-bench refusals.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**32 - 1, help="Seed of sampling.")]


@app.callback(invoke_without_command=True)
def _main(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def build(
    datasets: Annotated[
        list[str] | None,
        typer.Argument(help="ip-cues (the default), ip-education, ip-echo, ip-tradeoff, ip-personas, several, or all."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write, of one dataset; default: data/DATASET.")
    ] = None,
    workers: cli_cross.Workers = None,
    engine: cli_cross.Engine = "local",
    address: cli_cross.Address = None,
) -> None:
    """Build datasets, each into a folder that datasets.load_dataset reads."""
    from ip_bench.files import check_replaceable
    from ip_bench.release.build import build_all
    from ip_bench.release.recipes import DATASETS, recipe

    asked = datasets or ["ip-cues"]
    names = DATASETS if "all" in asked else tuple(dict.fromkeys(asked))
    if out and len(names) > 1:
        raise IpBenchError(f"--out {out} is for one dataset, not for {', '.join(names)}; leave it out, or name one")
    folders = {name: out or Path("data") / recipe(name).DATASET for name in names}
    for folder in folders.values():
        check_replaceable(folder, "manifest.json")
    with _status("building") as say:
        manifests = build_all(folders, progress=say, workers=workers, engine=engine, address=address)
    for name, manifest in manifests.items():
        for config, entry in manifest["configs"].items():
            for split, described in entry["splits"].items():
                size = f"{described['rows']:,} rows of {described['items']} items"
                typer.echo(f"{config}/{split}: {size}, content {described['content_hash'][:16]}")
        typer.echo(f"{name} {manifest['version']} in {folders[name]}")


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command("tasks-path")
def tasks_path() -> None:
    """Print the folder for lm-eval's --include_path."""
    from ip_bench.harness.plan import tasks_folder

    typer.echo(str(tasks_folder()))


@cue_app.command("apply")
def cue_apply(
    level: Annotated[
        str,
        typer.Option(
            help="A locale (us, uk, au...), a group, or for placebos a number of edits; a wrong one lists all."
        ),
    ],
    family: Annotated[str | None, typer.Option(help=f"One of {', '.join(_CUE_FAMILIES)}.")] = None,
    lexicon: Annotated[
        Path | None, typer.Option(help="Instead of --family: a YAML file that declares a lexicon (docs/lexicons.md).")
    ] = None,
    source: Annotated[str | None, typer.Option("--from", help="Turn words of this locale or level only.")] = None,
) -> None:
    """Turn records {"id", "text"} on standard input into {"id", "text", "edits"} on standard output."""
    from ip_bench.cues.declared import declared
    from ip_bench.cues.families import cue, lexicon_cue
    from ip_bench.seeds import rng

    if lexicon is not None and family is None:
        turn = lexicon_cue(declared(lexicon), level, source=source)
    elif family is not None and lexicon is None:
        turn = cue(family, level, source=source)
    else:
        raise IpBenchError("name one of --family and --lexicon")
    for number, line in _lines():
        record = _record(line, number)
        text, edits = turn(record["text"], rng("cue apply", record["id"], turn.family, level))
        written = {"id": record["id"], "text": text, "edits": [edit._asdict() for edit in edits]}
        sys.stdout.write(json.dumps(written, ensure_ascii=False) + "\n")


def _lines() -> Iterator[tuple[int, str]]:
    number = 0
    try:
        for number, line in enumerate(sys.stdin, 1):
            if line.strip():
                yield number, line
    except UnicodeDecodeError as error:
        raise IpBenchError(f"standard input is not UTF-8 after line {number} ({error.reason})") from error


def _record(line: str, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise IpBenchError(f"line {number} holds a lone surrogate, which is no text: {line[:80]!r}") from error
    except (ValueError, RecursionError) as error:
        raise IpBenchError(f"line {number} is not JSON ({error}): {line[:80]!r}") from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str) or "id" not in record:
        raise IpBenchError(f'line {number} must be an object with "id" and "text" (a string): {line[:80]!r}')
    return record


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


@contextmanager
def _status(what: str) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows progress on a terminal's standard error, and nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status(what) as status:
        yield lambda text: status.update(f"{what}: {text}")


for _command in (
    cli_statistics.effects, cli_statistics.plan, cli_statistics.reproduce, hub.publish, hub.diff,
    cli_leaderboard.submit, cli_leaderboard.withdraw, cli_leaderboard.leaderboard, cli_probe.probe,
    cli_judges.judge_audit, cli_refusals.refusals, cli_samples.samples, cli_cross.cross,
):  # fmt: skip
    app.command()(_command)


def main() -> None:
    """Run the command line; an error that a user can mend is one line and exit code 2."""
    try:
        app()
    except IpBenchError as error:
        from ip_bench.report.words import visible

        sys.stderr.write(f"ip-bench: {visible(str(error))}\n")
        sys.exit(EXIT_BAD_INPUT)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"accelerate", "lm_eval", "torch", "transformers"}:
            raise
        sys.stderr.write(f"ip-bench: {error.name} is not installed; pip install 'ip-bench[eval]'\n")
        sys.exit(EXIT_BAD_INPUT)


if __name__ == "__main__":
    main()
