"""The content hash of a dataset: what its rows say, independent of file format, order and library versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring as _string
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ip_bench.design import CORE_COLUMNS, Prompt

if TYPE_CHECKING:
    import pyarrow as pa

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: A text of more characters is looked up by identity before it is written; arms of an item share the long ones.
_LONG = 64
_SCALARS = frozenset({str, int, bool, type(None)})


def row_digest(row: Mapping[str, Any]) -> bytes:
    """Return blake2b-256 of a row as canonical JSON: columns in published order, UTF-8 as is, null is not empty.

    Raises:
        TypeError: for a float or any type outside str, int, bool, None, list and dict; floats have no canonical text.
    """
    _refuse_floats(row, row.get("row_id"))
    return _digest(_encode(list(row.items())))


def prompt_digest(prompt: Prompt) -> bytes:
    """Return `row_digest(prompt.to_row())` in a fraction of its time; raises TypeError as that does."""
    return prompt_digests((prompt,))[0]


def prompt_digests(prompts: Sequence[Prompt]) -> list[bytes]:
    """Return the digest of each prompt; what several of them hold as one and the same object is written once.

    Raises:
        TypeError: as `row_digest`.
    """
    written: dict[int, str] = {}  # by identity, which stands for a value as long as the prompts are held
    return [_prompt_digest(prompt, written) for prompt in prompts]


def content_hash(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the hex blake2b-256 over the row digests sorted by `row_id`; raises ValueError on a duplicate id."""
    digests: dict[str, bytes] = {}
    for row in rows:
        if (name := str(row["row_id"])) in digests:
            raise ValueError(f"two rows have row_id {name}")
        digests[name] = row_digest(row)
    return combine(digests)


def table_hash(batches: Iterable[pa.RecordBatch]) -> str:
    """Return the `content_hash` of a table, column by column, in a fraction of its time; raises as that does."""
    digests: dict[str, bytes] = {}
    for batch in batches:
        for name, digest in zip(map(str, batch["row_id"].to_pylist()), batch_digests(batch), strict=True):
            if name in digests:
                raise ValueError(f"two rows have row_id {name}")
            digests[name] = digest
    return combine(digests)


def batch_digests(batch: pa.RecordBatch) -> list[bytes]:
    """Return the `row_digest` of each row; a text that several rows of the batch hold is written once."""
    try:
        cells = [_column(name, values) for name, values in zip(batch.schema.names, batch.columns, strict=True)]
    except TypeError:  # the slow way names the row and the value
        return [row_digest(row) for row in batch.to_pylist()]
    return [_digest(f"[{','.join(row)}]") for row in zip(*cells, strict=True)]


def _column(name: str, values: pa.Array) -> list[str]:
    """Return a column's part of the text of each row; equal values are written once."""
    import pyarrow as pa

    opened = f"[{_string(name)},"
    if pa.types.is_nested(values.type):
        known: dict[str, str] = {}
        rows = [(repr(value), value) for value in values.to_pylist()]
        return [known.get(said) or known.setdefault(said, f"{opened}{_any(value)}]") for said, value in rows]
    coded = values.dictionary_encode(null_encoding="encode")
    texts = [f"{opened}{_any(value)}]" for value in coded.dictionary.to_pylist()]
    return [texts[code] for code in coded.indices.to_pylist()]


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


def _prompt_digest(prompt: Prompt, written: dict[int, str]) -> bytes:
    def shared(value: object) -> str:
        text = written.get(id(value))
        if text is None:
            text = written[id(value)] = _string(value) if type(value) is str else _any(value)
        return text

    extra = prompt.extra
    try:
        own = [(write or shared)(value) for write, value in zip(_WRITERS, _values(prompt), strict=True)]
        more = [
            f"{_opened(name)}{_string(value) if type(value) is str and len(value) <= _LONG else shared(value)}]"
            for name, value in extra.items()
        ]
    except TypeError:  # the slow way names the row and the value
        return row_digest(prompt.to_row())
    if not extra.keys().isdisjoint(CORE_COLUMNS):
        return row_digest(prompt.to_row())
    return _digest(f"[{_FRAME % tuple(own)}{''.join(more)}]")


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=32).digest()


def _refuse_floats(value: object, where: object) -> None:
    """Raise TypeError, naming the row, for a value without canonical text, however deep."""
    if type(value) in _SCALARS:
        return
    if isinstance(value, Mapping):
        inner: Iterable[object] = value.values()
    elif isinstance(value, (list, tuple)):
        inner = value
    elif value is None or isinstance(value, (str, int)):
        return
    else:
        raise TypeError(f"row {where} holds {value!r}, a {type(value).__name__}; rows hold no floats")
    if not set(map(type, inner)) <= _SCALARS:
        for item in inner:
            _refuse_floats(item, where)


@lru_cache(maxsize=1 << 10)
def _opened(name: str) -> str:
    return f",[{_string(name)},"


def _any(value: object) -> str:
    _refuse_floats(value, None)
    return _encode(value)


def _number(value: object) -> str:
    return repr(value) if type(value) is int else _any(value)


def _edits(edits: Iterable[tuple[int, int, str, str, str]]) -> str:
    texts = [
        f'{{"start":{_number(start)},"end":{_number(end)},"before":{_string(before)},"after":{_string(after)},'
        f'"rule":{_string(rule)}}}'
        for start, end, before, after, rule in edits
    ]
    return f"[{','.join(texts)}]"


_values = attrgetter(*CORE_COLUMNS)
_FRAME = ",".join(f'["{name}",%s]' for name in CORE_COLUMNS)
#: How each column of every row is written; None: as a value that the arms of an item share.
_OWN: dict[str, Callable[[Any], str] | None] = {
    **dict.fromkeys(("replicate", "dose", "gold"), _number),
    **dict.fromkeys(("system", "choices", "accepted"), None),
    "edits": _edits,
}
_WRITERS = tuple(_OWN.get(name, _string) for name in CORE_COLUMNS)
