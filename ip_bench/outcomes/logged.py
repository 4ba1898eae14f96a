"""The lines of a samples file, each with the dataset's row that it is a response to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench.errors import SamplesError
from ip_bench.release.hashing import row_digest

# A record as the harness writes it: the row comes second, and the key of the row first.
_HEAD = re.compile(rb'\{"doc_id": ?\d+, ?"doc": ?(?=\{"row_id": ?"([^"\\]*)")')
_TAIL = re.compile(rb', ?(?=")')
_decode = json.JSONDecoder().raw_decode


class Logged(NamedTuple):
    """One line of a samples file.

    `doc` is the dataset's row, or where the line is `foreign`, of no row of this dataset version, what the line says.
    `record` is the rest of the record, `line` its number from 1.
    """

    line: int
    doc: Mapping[str, Any]
    foreign: bool
    record: Mapping[str, Any]


class Rows:
    """The rows of a config by `row_id`, and how each was last seen in a file.

    A logged row is compared with the dataset's by digest, once; the same text in another line, or in the file of
    another run, is known again by its hash and not parsed. So it takes a hundred bytes a row of the dataset, whatever
    the number of samples.
    """

    def __init__(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        self.rows = rows
        self._seen: dict[str, tuple[int, bytes]] = {}
        self._digests: dict[str, bytes] = {}

    def logged(self, file: Path) -> Iterator[Logged]:
        """Yield the lines of a samples file; empty ones are skipped.

        Raises:
            SamplesError: for a line that is no JSON, or no logged sample; its number is named.
        """
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.isspace():
                    continue
                try:
                    found = self._again(line, number) or self._first(line, number)
                except (ValueError, RecursionError) as error:
                    said = error.msg if isinstance(error, json.JSONDecodeError) else error
                    raise SamplesError(f"{file.name}:{number}: not JSON ({said})") from error
                if found is None:
                    raise SamplesError(f"{file.name}:{number}: not a logged sample of an ip-bench task")
                yield found

    def _again(self, line: bytes, number: int) -> Logged | None:
        """Return the line where its row has the text that it was seen with before, None where it is to be parsed."""
        if (head := _HEAD.match(line)) is None:
            return None
        name = head[1].decode("utf-8", "replace")
        length, seen = self._seen.get(name, (0, b""))
        start, end = head.end(), head.end() + length
        if not length or _hash(line[start:end]) != seen or (tail := _TAIL.match(line, end)) is None:
            return None
        record = json.loads("{" + line[tail.end() :].decode("utf-8"))
        return None if "doc" in record else Logged(number, self.rows[name], False, record)

    def _first(self, line: bytes, number: int) -> Logged | None:
        """Return a line that is parsed as a whole, None where it is no sample."""
        record = json.loads(line.decode("utf-8"))
        doc = record.get("doc") if isinstance(record, dict) else None
        if not isinstance(doc, dict) or not isinstance(doc.get("row_id"), str):
            return None
        name = doc["row_id"]
        if not self._same(doc, name):
            return Logged(number, doc, True, record)
        head = _HEAD.match(line)
        if head is not None and head[1] == name.encode("utf-8", "replace"):
            text = line[head.end() :].decode("utf-8")
            first, end = _decode(text)
            if repr(first) == repr(doc):  # of two keys `doc` the last one is the line's
                raw = text[:end].encode("utf-8")
                self._seen[name] = (len(raw), _hash(raw))
        return Logged(number, self.rows[name], False, record)

    def _same(self, doc: Mapping[str, Any], name: str) -> bool:
        """Return whether a logged row is the dataset's; a row with a float or a lone surrogate in it is nobody's."""
        if name not in self.rows:
            return False
        if repr(doc) == repr(self.rows[name]):
            return True
        if name not in self._digests:
            self._digests[name] = row_digest(self.rows[name])
        try:
            return row_digest(doc) == self._digests[name]
        except (TypeError, UnicodeEncodeError):
            return False


def _hash(text: bytes) -> bytes:
    return blake2b(text, digest_size=32).digest()
