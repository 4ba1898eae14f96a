"""Options that several commands of the command line share, and what is refused as their values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from ip_bench.cli import values
from ip_bench.cli.values import among
from ip_bench.errors import IpBenchError

# The panels of `--help` that options stand in: each has columns of its own, so that words have room.
ASKED, MODEL, TEMPLATE, ANALYSIS = "What is asked", "The model", "Templates and likelihoods", "The analysis"

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output, and nothing else there.")
]
AsJsonLines = Annotated[bool, typer.Option("--json", help="JSON lines, which is what is printed in any case.")]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", help="html (the default), md, json, csv or tex; several by commas, or repeat the option."),
]
Out = Annotated[Path, typer.Option("--out", help="Folder to write.")]
Model = Annotated[
    str,
    typer.Option(
        "--model",
        help="An lm-eval backend (hf, vllm, local-chat-completions...) or simulated.",
        autocompletion=among(values.backends),
        rich_help_panel=MODEL,
    ),
]
ModelArgs = Annotated[
    str,
    typer.Option("--model-args", help="Arguments of the backend: name=value,name=value.", rich_help_panel=MODEL),
]
Dataset = Annotated[
    str,
    typer.Option(
        "--dataset",
        help="ip-cues, ip-education, ip-echo, ip-tradeoff or ip-bounds; the folder of a build of one; or the YAML file "
        "of a design of your own.",
        autocompletion=among(values.datasets),
        rich_help_panel=ASKED,
    ),
]
Tasks = Annotated[
    list[str] | None,
    typer.Option(
        "--task",
        help="These tasks or groups only (repeat the option).",
        autocompletion=values.tasks,
        rich_help_panel=ASKED,
    ),
]
Suite = Annotated[
    str,
    typer.Option("--suite", help="mini or full.", autocompletion=among(values.SUITES), rich_help_panel=ASKED),
]
Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        help="cpu, cuda, cuda:0, mps...",
        autocompletion=among(values.DEVICES),
        rich_help_panel=MODEL,
    ),
]
Template = Annotated[
    bool | None,
    typer.Option(
        "--chat-template/--no-chat-template",
        help="Default: used where the tokenizer has one.",
        rich_help_panel=TEMPLATE,
    ),
]


def checked_margin(value: float) -> float:
    """Return an equivalence margin; raises IpBenchError for one that is no share."""
    if not 0 < value < 1:
        raise IpBenchError(f"--margin is {value}; it must be a share between 0 and 1, declared before the run")
    return value


def checked_alpha(value: float) -> float:
    """Return an error level; raises IpBenchError for one that is none."""
    if not 0 < value < 0.5:
        raise IpBenchError(f"--alpha is {value}; it must be between 0 and 0.5")
    return value


def checked_batch_size(value: str) -> str:
    """Return a batch size; raises IpBenchError for what is no number and not auto."""
    if not re.fullmatch(r"[1-9]\d*|auto(:[1-9]\d*)?", value):
        raise IpBenchError(f"--batch-size is {value!r}; it must be a number of 1 or more, auto or auto:N")
    return value


def checked_seed(value: int) -> int:
    """Return a seed; raises IpBenchError for one that numpy does not take."""
    if not 0 <= value < 2**32:
        raise IpBenchError(f"--seed is {value}; it must be a number from 0 to {2**32 - 1}")
    return value


Margin = Annotated[
    float,
    typer.Option(
        "--margin",
        callback=checked_margin,
        help="Equivalence margin, a share, declared before the run.",
        rich_help_panel=ANALYSIS,
    ),
]
Alpha = Annotated[
    float,
    typer.Option(
        "--alpha", callback=checked_alpha, help="Error level of tests and intervals.", rich_help_panel=ANALYSIS
    ),
]
BatchSize = Annotated[
    str,
    typer.Option("--batch-size", callback=checked_batch_size, help="A number, or auto.", rich_help_panel=MODEL),
]
AllowCode = Annotated[
    bool,
    typer.Option(
        "--allow-code",
        help="Run code that the model wrote, confined; else it is counted as not run.",
        rich_help_panel=ANALYSIS,
    ),
]
Judge = Annotated[
    str,
    typer.Option(
        "--judge",
        help="What tells refusals of ip-tradeoff: rules, or a judge as in ip-bench refusals.",
        autocompletion=among(values.JUDGES),
        rich_help_panel=ANALYSIS,
    ),
]
Seed = Annotated[int, typer.Option("--seed", callback=checked_seed, help="Seed of sampling.", rich_help_panel=MODEL)]
