"""Labeled rows that a judge is measured on, as read from a JSONL file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.outcomes.refusal.detector import LABELS
from ip_bench.seeds import digest


class Row(NamedTuple):
    """A completion with what people said of it: `label` is one of `LABELS`, None where nobody labeled it.

    `arm` is the group of arms that the row stands for, empty where none is given. `thinking` says that the request
    opened the thinking, `finish_reason` is what a server reported.
    """

    row_id: str
    prompt: str
    completion: str
    model: str = ""
    label: str | None = None
    arm: str = ""
    thinking: bool = False
    finish_reason: str = ""

    @property
    def key(self) -> str:
        """A digest of the whole row; any text has one."""
        return digest("judge audit", json.dumps(self))


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a JSONL file of {"id", "prompt", "completion", "model", "label"}.

    Other fields that are read: "arm", "thinking", "finish_reason". A missing or null label says that nobody labeled the
    row.

    Raises:
        IpBenchError: for a file or record that cannot be read, two records of one id, model and arm, or no label at
            all.
        UnknownNameError: for a label that is none of `LABELS`.
    """
    found: dict[tuple[str, str, str], int] = {}
    rows = []
    for number, record in _records(path):
        row = _row(record, f"line {number} of {path.name}")
        first = found.setdefault((row.row_id, row.model, row.arm), number)
        if first != number:
            raise IpBenchError(
                f"lines {first} and {number} of {path.name} have one id, model and arm ({record['id']!r}, "
                f"{row.model!r}, {row.arm!r}); a row that counts twice makes intervals too narrow"
            )
        rows.append(row)
    check_labeled(rows, path.name)
    return rows


def check_labeled(rows: Sequence[Row], where: str) -> None:
    """Check that some rows have a label.

    Raises:
        IpBenchError: where none has.
    """
    if not any(row.label for row in rows):
        raise IpBenchError(
            f"none of the {len(rows)} rows of {where} has a label; a judge is measured on labels, each one of "
            f"{', '.join(LABELS)}"
        )


def _records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, _object(line, f"line {number} of {path.name}")
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise IpBenchError(f"{path.name} cannot be read ({cause}); name a JSONL file of labeled rows") from error


def _object(line: str, where: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise IpBenchError(f"{where} is not JSON; one object a line is needed") from error
    if not isinstance(record, dict):
        raise IpBenchError(f"{where} holds a {type(record).__name__}; it must hold a JSON object")
    return record


def _row(record: Mapping[str, Any], where: str) -> Row:
    if "id" not in record:
        raise IpBenchError(f"{where} has no 'id'; each record needs id, prompt, completion, model and label")
    texts = {name: _text(record, name, where) for name in ("prompt", "completion", "model")}
    label = record.get("label")
    if label is not None and label not in LABELS:
        raise UnknownNameError("label", label, LABELS, where)
    return Row(
        json.dumps(record["id"]), texts["prompt"], texts["completion"], texts["model"], label,
        str(record.get("arm") or ""), record.get("thinking") is True, str(record.get("finish_reason") or ""),
    )  # fmt: skip


def _text(record: Mapping[str, Any], name: str, where: str) -> str:
    value = record.get(name, "" if name == "model" else None)
    if not isinstance(value, str):
        raise IpBenchError(f"{where} has no text {name!r}; each record needs id, prompt, completion, model and label")
    return value
