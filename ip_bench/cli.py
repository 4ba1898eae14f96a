"""The command line: each step alone, and all of them in one run."""

from __future__ import annotations

import json
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
    cli_run,
    cli_samples,
    cli_statistics,
    cli_steer,
)
from ip_bench._version import __version__
from ip_bench.errors import IpBenchError
from ip_bench.hub import commands as hub

EXIT_BAD_INPUT = 2
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


@app.callback(invoke_without_command=True)
def _main(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def build(
    datasets: Annotated[
        list[str] | None,
        typer.Argument(
            help="ip-cues (the default), ip-education, ip-echo, ip-tradeoff, ip-bounds, ip-personas, or all."
        ),
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


@contextmanager
def _status(what: str) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows progress on a terminal's standard error, and nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status(what) as status:
        yield lambda text: status.update(f"{what}: {text}")


for _command in (
    cli_run.run, cli_run.analyze, cli_run.report, cli_run.selfcheck, cli_samples.samples, cli_cross.cross,
    cli_statistics.effects, cli_statistics.plan, cli_statistics.reproduce, hub.publish, hub.diff,
    cli_leaderboard.submit, cli_leaderboard.withdraw, cli_leaderboard.leaderboard, cli_probe.probe,
    cli_judges.judge_audit, cli_refusals.refusals,
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
    except OSError as error:  # a disk that is full, a folder that is not ours; a broken pipe ends within `app`
        from ip_bench.release.calls import disk_words
        from ip_bench.report.words import visible

        if not error.strerror:  # a library's own, which tells no more
            raise
        sys.stderr.write(f"ip-bench: {visible(disk_words(error))}\n")
        sys.exit(EXIT_BAD_INPUT)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"accelerate", "lm_eval", "torch", "transformers"}:
            raise
        sys.stderr.write(f"ip-bench: {error.name} is not installed; pip install 'ip-bench[eval]'\n")
        sys.exit(EXIT_BAD_INPUT)


if __name__ == "__main__":
    main()
