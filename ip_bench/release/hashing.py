"""The content hash of a dataset: what its rows say, independent of file format, order and library versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def row_digest(row: Mapping[str, Any]) -> bytes:
    """Return blake2b-256 of a row as canonical JSON: columns in published order, UTF-8 as is, null is not empty.

    Raises:
        TypeError: for a float or any type outside str, int, bool, None, list and dict; floats have no canonical text.
    """
    _refuse_floats(row, str(row.get("row_id")))
    text = json.dumps(list(row.items()), ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8"), digest_size=32).digest()


def content_hash(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the hex blake2b-256 over the row digests sorted by `row_id`; raises ValueError on a duplicate id."""
    digests: dict[str, bytes] = {}
    for row in rows:
        if (name := str(row["row_id"])) in digests:
            raise ValueError(f"two rows have row_id {name}")
        digests[name] = row_digest(row)
    return combine(digests)


def combine(digests: Mapping[str, bytes]) -> str:
    """Return the hex blake2b-256 over digests sorted by their key."""
    total = hashlib.blake2b(digest_size=32)
    for _, digest in sorted(digests.items()):
        total.update(digest)
    return total.hexdigest()


def file_sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _refuse_floats(value: object, where: str) -> None:
    if value is None or isinstance(value, (str, int)):  # most values, so asked first
        return
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item, where)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_floats(item, where)
    else:
        raise TypeError(f"row {where} holds {value!r}, a {type(value).__name__}; rows hold no floats")
