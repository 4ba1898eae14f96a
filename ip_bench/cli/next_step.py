"""What `ip-bench` alone says: where the user stands, and the commands that lead on from there."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import typer

LATEST = Path("runs/latest")
_MODEL = "ip-bench run --model hf --model-args pretrained=ORG/MODEL --suite mini --task ip_cues_cultural_mini"


class Next(NamedTuple):
    """Where the user stands, in a sentence, and what can be done: a command and what it is for."""

    state: str
    words: str
    commands: tuple[tuple[str, str], ...]


def next_of(folder: Path = LATEST) -> Next:
    """Return what to do next, by what lies in a run's folder and beside it."""
    from ip_bench.run_config import config_beside

    config = folder.with_name(config_beside(folder).name)
    if config.is_file():
        return Next(
            "interrupted",
            f"A run into {folder} was interrupted; what was answered is kept.",
            ((f"ip-bench run --config {config}", "go on: only the rest is asked"),),
        )
    if (folder / "analysis.json").is_file():
        return _finished(folder)
    if any(folder.glob("**/samples_ip_*.jsonl")):
        return Next(
            "samples", f"{folder} has samples without an analysis.",
            (
                (f"ip-bench analyze {folder}", "the effects, without the model"),
                (f"ip-bench report {folder}", "then, as a page"),
            ),
        )  # fmt: skip
    first = (("ip-bench run --model simulated --suite mini", "try it without any model, in a minute"),)
    endpoint = ("ip-bench run --help", "an endpoint, a GPU, a dataset: examples")
    check = ("ip-bench doctor", "is all there that a run needs?")
    if find_spec("torch") is None or find_spec("transformers") is None:
        install = ("pip install 'ip-bench[eval]'", "for models on this machine")
        said = "No run yet, and torch is not installed: endpoints can be asked, models of this machine not."
        return Next("bare", said, (*first, install, endpoint, check))
    return Next("new", "No run yet.", (*first, (_MODEL, "an open model, one task"), endpoint, check))


def _finished(folder: Path) -> Next:
    from ip_bench.files import read_record

    run = read_record(folder / "run.json") if (folder / "run.json").is_file() else {}
    data: Mapping[str, Any] = run.get("dataset") or {}
    said = f"{run.get('model', 'a model')} on {data.get('name', 'a dataset')} {data.get('version', '')}".rstrip()
    page = folder / "report.html"
    report = [] if page.is_file() else [(f"ip-bench report {folder}", "the page")]
    again = []
    if (folder / "config.yaml").is_file():
        again = [(f"ip-bench run --config {folder}/config.yaml --out runs/second", "the same again, elsewhere")]
    return Next(
        "finished",
        f"{folder} is finished: {said}." + (f" Open {page} in a browser." if page.is_file() else ""),
        (
            *report,
            (f"ip-bench samples {folder}", "single prompts and responses"),
            (f"ip-bench analyze {folder} --margin 0.03", "another margin, without the model"),
            *again,
        ),
    )


def say_next(*, as_json: bool) -> None:
    """Print what to do next."""
    from ip_bench.cli.output import print_json
    from ip_bench.report.words import visible

    found = next_of()
    if as_json:
        commands = [{"command": command, "words": words} for command, words in found.commands]
        print_json({"state": found.state, "words": found.words, "next": commands})
        return
    typer.echo(f"{visible(found.words)}\n")
    for command, words in found.commands:
        typer.echo(f"  {command}\n      {words}")
    typer.echo("\nAll commands: ip-bench --help")
