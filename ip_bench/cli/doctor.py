"""The command that looks whether everything is here that a run needs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ip_bench.cli import values
from ip_bench.cli.exits import NO, extra_of
from ip_bench.cli.options import AsJson, Dataset, Device, ModelArgs, Out, Template
from ip_bench.cli.output import result
from ip_bench.cli.values import among
from ip_bench.progress import progress

if TYPE_CHECKING:
    from ip_bench.doctor import Finding

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    model: Annotated[
        str | None,
        typer.Option(
            "--model", help="Also look at this backend, as in ip-bench run.", autocompletion=among(values.backends)
        ),
    ] = None,
    model_args: ModelArgs = "",
    dataset: Dataset = "ip-cues",
    out: Out = Path("runs/latest"),
    device: Device = None,
    chat_template: Template = None,
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Code of the model is to be run: fail where it cannot be confined.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look whether everything is here that a run needs; each line that is not ok has its fix.

    An endpoint is asked one small request. Exit code 1 where something fails.
    """
    from ip_bench.own import registered

    logging.disable(logging.WARNING)  # what libraries would say, the findings say
    with result(as_json=as_json) as give:
        name = registered(dataset)
        found = []
        with progress():  # without the bars of libraries
            for one in _findings(model, model_args, name, out, device, chat_template, allow_code=allow_code):
                found.append(one)
                if not as_json:
                    _show(one)
        failed = any(one.state == "fail" for one in found)
        if as_json:
            give({"ok": not failed, "findings": [one._asdict() for one in found]})
    logging.disable(logging.NOTSET)
    if failed:
        raise typer.Exit(NO.code)


def _findings(
    model: str | None,
    model_args: str,
    dataset: str,
    out: Path,
    device: str | None,
    chat_template: bool | None,
    *,
    allow_code: bool,
) -> Iterator[Finding]:
    from ip_bench import doctor as checks

    local = model is not None and model.startswith(("hf", "vllm"))
    yield from checks.machine(extra_of("vllm" if model == "vllm" else "torch") if local else None)
    if model is not None:
        from ip_bench import doctor_model
        from ip_bench.harness.plan import Plan, parse_model_args

        yield from doctor_model.asked(
            Plan(model=model, model_args=parse_model_args(model_args), dataset=dataset, device=device,
                 chat_template=chat_template)
        )  # fmt: skip
    yield checks.dataset(dataset)
    yield from checks.places(out)
    yield checks.hub_token()
    yield checks.sandbox(needed=allow_code)


def _show(one: Finding) -> None:
    from rich.console import Console
    from rich.text import Text

    from ip_bench.report.words import visible

    console = Console()
    line = Text.assemble((f"{one.state:<5}", _STYLES[one.state]), f"{one.check:<14}", visible(one.found))
    console.print(line, soft_wrap=True)
    if one.fix:
        console.print(Text(f"{'':<19}fix: {visible(one.fix)}"), soft_wrap=True)
