"""The rows of an outside file, whatever its format, as mappings; nothing of a file is ever run."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from ip_bench.errors import ContentError, UnknownNameError

Row = Mapping[str, Any]


def rows(path: Path, columns: Sequence[str] = ()) -> Iterator[tuple[str, Row]]:
    """Yield `(place, row)` of a CSV, JSON, JSONL or parquet file; `place` names file and row for an error.

    Args:
        path: the file.
        columns: the columns of a CSV file that may come without a header; the first of them opens a header.

    A JSON file holds a list of records, or an object with such a list under "examples".

    Raises:
        ContentError: for a file that cannot be read, or a row that is no record.
        UnknownNameError: for another format.
    """
    if path.suffix not in _READERS:
        raise UnknownNameError("format", path.suffix, _READERS, where=path.name)
    count = 0
    try:
        for count, row in enumerate(_READERS[path.suffix](path, columns), start=1):
            if not isinstance(row, Mapping):
                raise ContentError(f"{path.name}, row {count}: {row!r:.60} is no record")
            yield f"{path.name}, row {count}", row
    except (OSError, ValueError, csv.Error) as error:  # broken UTF-8, JSON and parquet are all ValueErrors
        said = " ".join(str(error).replace(str(path), path.name).split())
        raise ContentError(f"{path.name} cannot be read after row {count}: {said:.200}") from None


def _csv(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        lines = csv.reader(handle, strict=True)
        first = next(lines, [])
        headless = bool(columns) and first[:1] != [columns[0]]
        names = list(columns) if headless else first
        for line in chain([first] if headless else [], lines):
            if not line:
                continue
            if len(line) != len(names):
                raise ValueError(f"{len(line)} cells under {len(names)} columns")
            yield dict(zip(names, line, strict=True))


def _json(path: Path, _: Sequence[str]) -> Iterator[Any]:
    data = json.loads(path.read_text(encoding="utf-8"))
    records = data.get("examples") if isinstance(data, dict) else data
    if not isinstance(records, list):
        raise ValueError('neither a list of records nor an object with one under "examples"')  # noqa: TRY004 (of data)
    yield from records


def _jsonl(path: Path, _: Sequence[str]) -> Iterator[Any]:
    with path.open(encoding="utf-8") as handle:
        yield from (json.loads(line) for line in handle if line.strip())


def _parquet(path: Path, _: Sequence[str]) -> Iterator[Any]:
    import pyarrow.parquet as pq

    yield from pq.read_table(path).to_pylist()


_READERS = {".csv": _csv, ".json": _json, ".jsonl": _jsonl, ".parquet": _parquet}


class Cells:
    """The cells of one row, by name; a cell that is missing or of another type is an error that names the place."""

    def __init__(self, place: str, row: Row) -> None:
        self.place, self.row = place, row

    def raw(self, name: str) -> Any:
        """Return a cell as it is."""
        if name not in self.row:
            raise ContentError(f"{self.place}: no column {name!r}; columns are: {', '.join(map(str, self.row))}")
        return self.row[name]

    def text(self, name: str, *, empty: bool = False) -> str:
        """Return a text without outer white space, lines ended by a line feed; null counts as empty."""
        return self._clean(name, self.raw(name), empty=empty)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, which may be empty."""
        value = self.raw(name)
        if value is not None and not isinstance(value, list):
            raise self.wrong(name, value, "a list of texts")
        return tuple(self._clean(name, part, empty=False) for part in value or ())

    def wrong(self, name: str, value: object, wanted: str) -> ContentError:
        """Return the error for a cell that is not what it should be."""
        return ContentError(f"{self.place}: {name} is {value!r:.60}; it should be {wanted}")

    def _clean(self, name: str, value: object, *, empty: bool) -> str:
        if not isinstance(value, str | None):
            raise self.wrong(name, value, "a text")
        cleaned = (value or "").replace("\r\n", "\n").strip()
        if not cleaned and not empty:
            raise self.wrong(name, value, "a text that is not empty")
        return cleaned
