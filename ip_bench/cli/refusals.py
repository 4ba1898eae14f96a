"""The command that reads logs for refusals."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ip_bench.cli.judge_name import JudgeName, Meaning, meanings
from ip_bench.cli.options import AsJsonLines
from ip_bench.cli.output import say_waiting
from ip_bench.errors import IpBenchError

if TYPE_CHECKING:
    from ip_bench.outcomes.refusal.detector import Labeled


def refusals(
    judge: JudgeName = "rules",
    meaning: Meaning = None,
    fit: Annotated[
        Path | None, typer.Option(help="JSONL of prompt, completion, label: learn from it, write --save, and stop.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="File for what was learned, as JSON.")] = None,
    as_json: AsJsonLines = False,  # noqa: ARG001  (what is printed is JSON lines in any case)
) -> None:
    """Read {"id", "prompt", "completion", "model"} lines, write {"id", "label", "p_refusal", "status"} lines.

    A completion that is empty, never leaves its thinking, breaks off in its first sentence or is not in English has no
    label, and its status says so. Counts by model go to standard error.
    """
    from ip_bench.outcomes.refusal import Detector, judge_by_name

    if (fit is None) != (save is None):
        raise IpBenchError("--fit and --save go together: the labeled rows, and the file for what was learned")
    if fit is not None and save is not None:
        Detector.fit(_labeled(fit)).save(save)
        typer.echo(f"wrote {save}; use it with --judge file:{save}", err=True)
        return
    verdict_of = judge_by_name(judge, labels=meanings(meaning))
    counts: Counter[tuple[str, str]] = Counter()
    say_waiting()
    for number, record in _records(sys.stdin, "standard input"):
        prompt, completion = (_text(record, key, f"line {number}") for key in ("prompt", "completion"))
        found = verdict_of(
            prompt,
            completion,
            thinking=record.get("thinking") is True,
            finish_reason=str(record.get("finish_reason") or ""),
        )
        p = None if found.p_refusal is None else round(found.p_refusal, 6)
        line = {"id": record.get("id"), "label": found.label, "p_refusal": p, "status": found.status}
        typer.echo(_written(line, number))
        model = str(record.get("model") or "")
        counts[model, found.label or found.status] += 1
        counts[model, "truncated"] += found.status == "truncated"
    for (model, what), count in sorted(counts.items()):
        if count:
            typer.echo(f"{model or '(no model)'}: {what} {count}", err=True)


def _records(lines: Iterable[str], where: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise IpBenchError(f"line {number} of {where} is not JSON; one object a line is needed") from error
        if not isinstance(record, dict):
            raise IpBenchError(f"line {number} of {where} holds a {type(record).__name__}; it must hold a JSON object")
        yield number, record


def _written(line: Mapping[str, Any], number: int) -> str:
    try:
        return json.dumps(line, ensure_ascii=True, allow_nan=False)
    except ValueError as error:
        raise IpBenchError(f"line {number} has the id {line['id']!r}, which JSON does not have; use text") from error


def _text(record: Mapping[str, Any], key: str, where: str) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        raise IpBenchError(f"{where} has no text {key!r}; each record needs id, prompt, completion and model")
    return value


def _labeled(path: Path) -> list[Labeled]:
    from ip_bench.outcomes.refusal import Labeled

    try:
        with path.open(encoding="utf-8") as lines:
            return [
                Labeled(*(_text(record, key, f"line {number} of {path}") for key in ("prompt", "completion", "label")))
                for number, record in _records(lines, str(path))
            ]
    except (OSError, UnicodeDecodeError) as error:
        raise IpBenchError(f"{path} cannot be read; --fit names a JSONL file of labeled completions") from error
