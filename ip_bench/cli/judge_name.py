"""How a command line names a refusal judge, and what a classifier's own labels mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from ip_bench.cli.values import JUDGES, among
from ip_bench.errors import IpBenchError

JudgeName = Annotated[
    str,
    typer.Option(
        help="rules, file:PATH (from --save), classifier:MODEL, causal:MODEL, or https://HOST/v1#MODEL.",
        autocompletion=among(JUDGES),
    ),
]
Meaning = Annotated[
    list[str] | None, typer.Option(help="What a classifier's label means: LABEL=full_refusal (repeat the option).")
]


def meanings(given: Sequence[str] | None) -> dict[str, str]:
    """Return the label that each of a classifier's own labels means.

    Raises:
        IpBenchError: for a pair without "=".
    """
    pairs = [one.partition("=") for one in given or ()]
    if wrong := [own for own, sign, _ in pairs if not sign]:
        raise IpBenchError(f"--meaning {wrong[0]!r} has no '='; write LABEL=full_refusal")
    return {own: label for own, _, label in pairs}
