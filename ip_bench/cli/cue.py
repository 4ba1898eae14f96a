"""The command that turns any text with a cue."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ip_bench.cli import values
from ip_bench.cli.options import AsJsonLines
from ip_bench.cli.output import say_waiting
from ip_bench.cli.values import CUE_FAMILIES, among
from ip_bench.errors import IpBenchError

app = typer.Typer(no_args_is_help=True, help="Turn any text with a cue.")


@app.callback()
def _main() -> None:
    """Keep `apply` a command by its name, though it is the only one."""


@app.command("apply")
def apply(
    level: Annotated[
        str,
        typer.Option(
            help="A locale (us, uk, au...), a group, or for placebos a number of edits; a wrong one lists all.",
            autocompletion=values.levels,
        ),
    ],
    family: Annotated[
        str | None, typer.Option(help=f"One of {', '.join(CUE_FAMILIES)}.", autocompletion=among(CUE_FAMILIES))
    ] = None,
    lexicon: Annotated[
        Path | None, typer.Option(help="Instead of --family: a YAML file that declares a lexicon (docs/lexicons.md).")
    ] = None,
    source: Annotated[str | None, typer.Option("--from", help="Turn words of this locale or level only.")] = None,
    as_json: AsJsonLines = False,  # noqa: ARG001  (what is printed is JSON lines in any case)
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
    say_waiting()
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
