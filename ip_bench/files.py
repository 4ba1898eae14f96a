"""Writes that are seen whole or not at all."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ip_bench.errors import IpBenchError

# A lone surrogate (a broken emoji in model output) has no UTF-8; as \udXXX it is valid JSON and reads back the same.
_JSON_ERRORS = "backslashreplace"


def check_replaceable(path: Path, marker: str) -> None:
    """Raise IpBenchError where a folder written to `path` would replace what this program did not write.

    Asked before long work starts. A folder may be replaced where it is empty or holds the file `marker`.
    """
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IpBenchError(f"{path} cannot be made ({error.strerror}); name another folder with --out") from error
    if not os.access(path.parent, os.W_OK):
        raise IpBenchError(f"{path.parent} is not writable; name another folder with --out")
    if path.exists() and not path.is_dir():
        raise IpBenchError(f"{path} is a file; name a folder with --out")
    if path.is_dir() and any(path.iterdir()) and not (path / marker).is_file():
        raise IpBenchError(f"{path} has other files and no {marker}; name a new or empty folder with --out")


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
    path = path.resolve()
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


def read_record(path: Path) -> dict[str, Any]:
    """Read a JSON object that a user may have changed; raises IpBenchError where the file does not hold one."""
    try:
        record = read_json(path)
    except (ValueError, RecursionError) as error:
        raise IpBenchError(f"{path} is not readable JSON ({error})") from error
    if not isinstance(record, dict):
        raise IpBenchError(f"{path} holds a {type(record).__name__}; it must hold a JSON object")
    return record


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
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: nan_to_none(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [nan_to_none(item) for item in value]
    return value
