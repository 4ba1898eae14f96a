"""Options that several commands of the command line share, and what is refused as their values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from ip_bench.errors import IpBenchError

Out = Annotated[Path, typer.Option("--out", help="Folder to write.")]
Model = Annotated[
    str,
    typer.Option("--model", help="An lm-eval backend (hf, vllm, local-chat-completions...) or simulated."),
]
ModelArgs = Annotated[str, typer.Option("--model-args", help="Arguments of the backend: name=value,name=value.")]
Dataset = Annotated[str, typer.Option("--dataset", help="ip-cues, ip-education, ip-echo, ip-tradeoff or ip-bounds.")]
Suite = Annotated[str, typer.Option("--suite", help="mini or full.")]
Device = Annotated[str | None, typer.Option("--device", help="cpu, cuda, cuda:0, mps...")]
Template = Annotated[
    bool | None,
    typer.Option("--chat-template/--no-chat-template", help="Default: used where the tokenizer has one."),
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


Margin = Annotated[
    float,
    typer.Option("--margin", callback=checked_margin, help="Equivalence margin, a share, declared before the run."),
]
Alpha = Annotated[float, typer.Option("--alpha", callback=checked_alpha, help="Error level of tests and intervals.")]
BatchSize = Annotated[str, typer.Option("--batch-size", callback=checked_batch_size, help="A number, or auto.")]
AllowCode = Annotated[
    bool, typer.Option("--allow-code", help="Run code that the model wrote, confined; else it is counted as not run.")
]
Judge = Annotated[
    str, typer.Option("--judge", help="What tells refusals of ip-tradeoff: rules, or a judge as in ip-bench refusals.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**32 - 1, help="Seed of sampling.")]
