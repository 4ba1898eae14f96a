"""Rows of a data file, whose every error names the file, the line and the column."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ip_bench.errors import IpBenchError

MISSING = {"", "na", "nan", "none", "null"}


class Row(NamedTuple):
    """The fields of one line of a file."""

    path: Path
    line: int
    fields: Mapping[str, object]

    def error(self, column: str, found: str) -> IpBenchError:
        """Return the error that says what was found in a column of this line."""
        return IpBenchError(f"{self.path}, line {self.line}, column {column!r}: {found}")

    def number(self, column: str, *, low: float = -math.inf, high: float = math.inf) -> float:
        """Return the number in a column, NaN where it is blank, null or nan.

        Raises:
            IpBenchError: for text, infinity and numbers outside [low, high].
        """
        return number(self, column, self.fields[column], low=low, high=high)

    def whole(self, column: str) -> int:
        """Return the whole number of 0 or more in a column; raises IpBenchError for anything else."""
        value = self.number(column)
        if not (value >= 0 and value == int(value)):
            raise self.error(column, f"{self.fields[column]!r} is no whole number of 0 or more")
        return int(value)

    def flag(self, column: str) -> bool:
        """Return the true or false (or 1 or 0) in a column; raises IpBenchError for anything else."""
        value = self.fields[column]
        if not (isinstance(value, bool) or str(value).strip() in {"0", "1"}):
            raise self.error(column, f"{value!r} is neither true (1) nor false (0)")
        return value if isinstance(value, bool) else str(value).strip() == "1"

    def text(self, column: str) -> str:
        """Return the text in a column; raises IpBenchError where there is none."""
        value = self.fields[column]
        if not isinstance(value, str) or not value.strip():
            raise self.error(column, f"{value!r} is no text")
        return value.strip()


def number(row: Row, column: str, value: object, *, low: float = -math.inf, high: float = math.inf) -> float:
    """Return a value of a row's column as a number; see `Row.number`."""
    if value is None or str(value).strip().lower() in MISSING:
        return math.nan
    try:
        result = math.nan if isinstance(value, bool) else float(str(value).replace("_", "x"))
    except ValueError:
        result = math.nan
    if math.isnan(result):
        raise row.error(column, f"{value!r} is no number")
    if math.isinf(result) or not low <= result <= high:
        bounds = "" if math.isinf(low) and math.isinf(high) else f" from {low:g} to {high:g}"
        raise row.error(column, f"{value!r} is no finite number{bounds}")
    return result


def csv_rows(path: Path, required: Sequence[str], *, header: bool = True) -> Iterator[Row]:
    """Yield the rows of a CSV file; without a header its columns are `required`. Empty lines are skipped.

    Raises:
        IpBenchError: for a missing column, a line with more or fewer fields, and text that is not UTF-8 CSV.
    """
    names = list(required)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            if header:
                names = [name.strip() for name in next(reader, [])]
                _check_columns(path, 1, names, required)
            for fields in reader:
                if not fields:
                    continue
                if len(fields) != len(names):
                    found = f"{len(fields)} fields where there are {len(names)} columns: {', '.join(names)}"
                    raise IpBenchError(f"{path}, line {reader.line_num}: {found}")
                yield Row(path, reader.line_num, dict(zip(names, fields, strict=True)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise IpBenchError(f"{path} is not readable as UTF-8 CSV ({error})") from error


def jsonl_rows(path: Path, required: Sequence[str]) -> Iterator[Row]:
    """Yield the records of a JSONL file; empty lines are skipped.

    Raises:
        IpBenchError: for a line that is no JSON object or lacks a column, and for text that is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for line, text in enumerate(lines, 1):
                if text.strip():
                    yield Row(path, line, _record(path, line, text, required))
    except (OSError, UnicodeDecodeError) as error:
        raise IpBenchError(f"{path} is not readable as UTF-8 JSONL ({error})") from error


def _record(path: Path, line: int, text: str, required: Sequence[str]) -> dict[str, object]:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise IpBenchError(f"{path}, line {line}: not JSON ({error})") from error
    if not isinstance(record, dict):
        raise IpBenchError(f"{path}, line {line}: a {type(record).__name__}; each line must be a JSON object")
    _check_columns(path, line, list(record), required)
    return record


def _check_columns(path: Path, line: int, names: Sequence[str], required: Sequence[str]) -> None:
    for column in required:
        if list(names).count(column) != 1:
            found = f"column {column!r} is {'there twice' if column in names else 'missing'}"
            raise IpBenchError(f"{path}, line {line}: {found}; needed are {', '.join(required)}")
