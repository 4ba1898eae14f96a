"""Samples as columns: batches of a samples file, in which only what is asked for is read and scored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from ip_bench.outcomes.logged import Logged, Rows
from ip_bench.outcomes.opinion import OpinionOutcome
from ip_bench.outcomes.outcome import Measured
from ip_bench.outcomes.reading import Reader

#: Columns of the dataset's row.
ROW_COLUMNS: dict[str, Any] = {
    "row_id": pl.String, "item_id": pl.String, "arm": pl.String, "role": pl.String, "realization_id": pl.String,
    "template_id": pl.String, "replicate": pl.Int64, "stratum": pl.String,
}  # fmt: skip
#: Columns of the response; those of its outcomes come after them.
RESPONSE_COLUMNS: dict[str, Any] = {
    "response": pl.String, "kind": pl.String, "delivered": pl.Boolean, "thinking_chars": pl.Int64,
    "evidence": pl.List(pl.String), "weights": pl.List(pl.Float64), "fault": pl.String,
}  # fmt: skip
FAULTS = ("foreign", "duplicate", "undelivered", "no score")
_LARGE = 16 << 20  # characters of responses in a batch, at most about


class Columns(NamedTuple):
    """The columns asked for: `asked` of `ROW_COLUMNS` and `RESPONSE_COLUMNS`, and outcomes that the config has.

    `outcomes` are all outcomes of the config, `values` those whose values are asked for.
    """

    asked: frozenset[str]
    values: tuple[str, ...]
    outcomes: tuple[str, ...]

    def scored(self, reader: Reader) -> bool:
        """Return whether a response must be scored for them."""
        needed = {"kind", "thinking_chars", "evidence", "weights"} | ({"response", "fault"} if reader.choice else set())
        return bool(self.values or needed & self.asked)


class Checked(NamedTuple):
    """The rows of a config: as `Rows` checks them, as a table, and the place of each in it."""

    rows: Rows
    table: pl.DataFrame
    place: Mapping[str, int]

    @classmethod
    def of(cls, rows: Mapping[str, Mapping[str, Any]]) -> Checked:
        """Return the rows, given by `row_id`."""
        return cls(Rows(rows), _table(list(rows.values())), {name: place for place, name in enumerate(rows)})


def batches(file: Path, checked: Checked, reader: Reader, columns: Columns, *, size: int) -> Iterator[pl.DataFrame]:
    """Yield the samples of a file in batches of `size` rows, fewer where responses are long.

    Raises:
        SamplesError: for a line that is no logged sample, by name and number.
    """
    batch = _Batch(columns, columns.scored(reader))
    seen = bytearray(len(checked.place))
    for line in checked.rows.logged(file):
        place = -1 if line.foreign else checked.place[line.doc["row_id"]]
        if line.foreign or seen[place]:
            batch.add_fault(line, place, "foreign" if line.foreign else "duplicate")
        else:
            seen[place] = 1
            batch.add(reader, line, place)
        if batch.rows >= size or batch.chars >= _LARGE:
            yield batch.frame(checked.table)
            batch = _Batch(columns, batch.scored)
    if batch.rows:
        yield batch.frame(checked.table)


class _Batch:
    """Columns as they fill: places in the dataset's table, and lists of what was read."""

    def __init__(self, columns: Columns, scored: bool) -> None:
        self.columns, self.scored = columns, scored
        self.rows = self.chars = 0
        self.places: list[int] = []
        self.foreign: list[Mapping[str, Any]] = []
        self.read: dict[str, list[Any]] = {name: [] for name in RESPONSE_COLUMNS if name in columns.asked}
        self.values: dict[str, list[float | None]] = {name: [] for name in columns.values}
        self.parts = {name: (own, _PARTS[name]) for name, own in self.read.items() if name in _PARTS}

    def add(self, reader: Reader, line: Logged, place: int) -> None:
        """Add a sample of the dataset."""
        sample = reader.sample(line)
        outcome = reader.outcome(sample) if self.scored else None
        self.rows += 1
        self.places.append(place)
        read = self.read
        if outcome is not None:
            for name, values in self.values.items():
                values.append(outcome.value(name))
            for own, part in self.parts.values():
                own.append(part(outcome))
            if "evidence" in read:
                names = self.columns.outcomes
                read["evidence"].append([name for name in names if reader.how.asked([outcome], name)])
        if "response" in read:
            text = sample.response if sample.likelihoods is None or outcome is None else outcome.text
            read["response"].append(text)
            self.chars += len(text)
        if "delivered" in read:
            read["delivered"].append(sample.delivered)
        if "fault" in read:
            unscored = "no score" if outcome is not None and outcome.kind == "no score" else None
            read["fault"].append("undelivered" if sample.told and not sample.delivered else unscored)

    def add_fault(self, line: Logged, place: int, fault: str) -> None:
        """Add a line that is not read: of no row of the dataset, or of one that was there before."""
        self.rows += 1
        self.places.append(place)
        if line.foreign:
            self.foreign.append(line.doc)
        for own in (*self.read.values(), *self.values.values()):
            own.append(None)
        if "fault" in self.read:
            self.read["fault"][-1] = fault

    def frame(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return the batch."""
        if self.foreign:
            after = iter(range(table.height, table.height + len(self.foreign)))
            places = [place if place >= 0 else next(after) for place in self.places]
            table = pl.concat([table, _table(self.foreign)])
        else:
            places = self.places
        own = table.select("row_id", *(name for name in ROW_COLUMNS if name in self.columns.asked - {"row_id"}))
        read = [_series(name, values) for name, values in self.read.items()]
        values = [pl.Series(name, values, dtype=pl.Float64) for name, values in self.values.items()]
        return own[pl.Series(places, dtype=pl.UInt32)].with_columns(*read, *values)


def _weights(outcome: Measured) -> list[float] | None:
    return list(outcome.weights) if isinstance(outcome, OpinionOutcome) else None


_PARTS = {"kind": lambda one: one.kind, "thinking_chars": lambda one: one.thinking_chars, "weights": _weights}


def _table(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return rows as a table of `ROW_COLUMNS`; of a foreign row, what does not fit the column's type is null."""
    fits = {pl.String: _text, pl.Int64: _integer}
    columns = {
        name: [value if fits[dtype](value := row.get(name)) else None for row in rows]
        for name, dtype in ROW_COLUMNS.items()
    }
    return pl.DataFrame(
        [
            _series(name, values, dtype)
            for (name, dtype), values in zip(ROW_COLUMNS.items(), columns.values(), strict=True)
        ]
    )


def _text(value: object) -> bool:
    return type(value) is str


def _integer(value: object) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def _series(name: str, values: list[Any], dtype: Any = None) -> pl.Series:
    """Return a column; a lone surrogate in a text, which has no UTF-8, becomes the replacement character."""
    dtype = RESPONSE_COLUMNS[name] if dtype is None else dtype
    try:
        return pl.Series(name, values, dtype=dtype)
    except UnicodeEncodeError:
        whole = [
            one if one is None else one.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for one in values
        ]
        return pl.Series(name, whole, dtype=dtype)
