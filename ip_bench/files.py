"""Writes that are seen whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# A lone surrogate (a broken emoji in model output) has no UTF-8; as \udXXX it is valid JSON and reads back the same.
_JSON_ERRORS = "backslashreplace"


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Yield a path to write to; it takes the place of `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.chmod(0o644)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder; it takes the place of `path` when the block ends without an error.

    The previous folder stays whole until the new one is complete. Between two renames a reader can find
    no folder for an instant, but never a mixed one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.new-", dir=path.parent))
    old = draft.with_name(draft.name.replace(".new-", ".old-"))
    try:
        yield draft
        draft.chmod(0o755)
        if path.exists():
            path.rename(old)
        try:
            draft.rename(path)
        except OSError:
            if old.exists():  # somebody else's folder took the place, or the rename failed: put ours back
                old.rename(path)
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with replacing_file(path) as draft:
        draft.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write indented UTF-8 JSON atomically; NaN is written as null, because JSON has none."""
    text = json.dumps(nan_to_none(value), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    with replacing_file(path) as draft:
        draft.write_text(text, encoding="utf-8", errors=_JSON_ERRORS)


def read_json(path: Path) -> Any:
    """Read UTF-8 JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_jsonl(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield (line number from 1, record) of a JSONL file, one line at a time; empty lines are skipped."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, json.loads(line)


def write_jsonl(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write records as JSONL atomically."""
    with replacing_file(path) as draft, draft.open("w", encoding="utf-8", errors=_JSON_ERRORS) as out:
        for record in records:
            out.write(json.dumps(record, ensure_ascii=False) + "\n")


def nan_to_none(value: Any) -> Any:
    """Return a copy of a JSON-like value in which every NaN or infinity is None."""
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None  # noqa: PLR0124
    if isinstance(value, Mapping):
        return {key: nan_to_none(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [nan_to_none(item) for item in value]
    return value
