"""Every sample of many runs as one lazy table, re-scored without the model as it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ip_bench.errors import SamplesError
from ip_bench.mitigation.asking import condition_in
from ip_bench.outcomes.measures import measure
from ip_bench.outcomes.reading import Reader
from ip_bench.outcomes.refusal.detector import Verdict
from ip_bench.samples.batches import RESPONSE_COLUMNS, ROW_COLUMNS, Checked, Columns, batches
from ip_bench.samples.held import Held
from ip_bench.samples.pruning import may_hold
from ip_bench.samples.runs import RUN_COLUMNS, RunSamples, find_runs, outcome_names

BATCH = 10_000  # rows


def scan_samples(
    folders: Path | str | Iterable[Path | str],
    *,
    allow_code: bool = False,
    judge: Callable[..., Verdict] | None = None,
) -> pl.LazyFrame:
    """Return the samples of all runs in and below folders as a lazy table, a row a logged sample.

    Columns: `RUN_COLUMNS`, `ROW_COLUMNS`, `RESPONSE_COLUMNS`, and one for each outcome of the tasks found (`uk`,
    `safe`, `exact`): its value, null where the response has none, or the task has no such outcome. The rows come task
    by task, run by run, in the order of the file.

    Nothing is read before the table is collected, and then in batches: a filter on `RUN_COLUMNS` opens no other file,
    no response is scored where no scored column is asked for, and memory is that of the largest config asked, whatever
    the number of samples. Collect with `engine="streaming"`.

    No row is dropped. `fault` says what is wrong with one: "foreign" (of no row of the installed dataset version) and
    "duplicate" (a row that its file had before) are not read further: they have neither response nor outcome;
    "undelivered" (the prompt is not in the request) and "no score" (a NaN) have no outcome. `evidence` names the
    outcomes that a response can have at all.

    `allow_code` and `judge` are those of `read_outcomes`; a run's mitigation is taken from its record.

    Raises:
        SamplesError: where there is no run; when collected, for a line that is no logged sample, with file and line.
    """
    found = find_runs(folders)
    return table_of(found, allow_code=allow_code, judge=judge)


def table_of(
    found: Sequence[RunSamples],
    *,
    allow_code: bool = False,
    judge: Callable[..., Verdict] | None = None,
    held: Held | None = None,
) -> pl.LazyFrame:
    """Return the samples of some runs as the lazy table of `scan_samples`; several tables can share what is `held`."""
    from polars.io.plugins import register_io_source

    source = _Source(found, outcome_names(found), allow_code, judge, held)
    return register_io_source(source, schema=source.schema())


@dataclass(frozen=True, slots=True)
class _Source:
    """What polars calls for rows, with what it needs of them."""

    found: Sequence[RunSamples]
    outcomes: Mapping[str, tuple[str, ...]]
    allow_code: bool
    judge: Callable[..., Verdict] | None
    held: Held | None

    def schema(self) -> dict[str, Any]:
        """Return the columns with their types."""
        fixed = {**dict.fromkeys(RUN_COLUMNS, pl.String), **ROW_COLUMNS, **RESPONSE_COLUMNS}
        names = dict.fromkeys(name for own in self.outcomes.values() for name in own)
        if clash := fixed.keys() & names:
            raise SamplesError(f"outcomes are named as columns of every sample: {', '.join(sorted(clash))}")
        return fixed | dict.fromkeys(names, pl.Float64)

    def __call__(
        self,
        with_columns: Sequence[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        """Yield batches of the columns `with_columns`, of the first `n_rows` rows those that pass the predicate."""
        schema = self.schema()
        wanted = list(schema) if with_columns is None else list(with_columns)
        needed = {*wanted, *(predicate.meta.root_names() if predicate is not None else ())}
        size = min(batch_size or BATCH, BATCH) if n_rows is None else min(n_rows, BATCH)
        held, left = self.held or Held(), n_rows
        for one in self.found:
            if left == 0:
                return
            if n_rows is None and not may_hold(predicate, one.described()):
                continue
            for frame in self._frames(one, held.rows(one.samples), needed, schema, size):
                kept = frame if left is None else frame.head(left)
                left = None if left is None else left - kept.height
                yield (kept if predicate is None else kept.filter(predicate)).select(wanted)
                if left == 0:
                    return

    def _frames(
        self, one: RunSamples, checked: Checked, needed: set[str], schema: Mapping[str, Any], size: int
    ) -> Iterator[pl.DataFrame]:
        """Yield a run's samples of one task with the columns needed."""
        samples, outcomes = one.samples, self.outcomes[one.samples.task]
        reader = Reader(
            samples.file.name, samples.config, measure(samples.config), samples.choice, self.allow_code,
            condition_in(samples.file.parent, one.record), self.judge,
        )  # fmt: skip
        columns = Columns(frozenset(needed), tuple(name for name in outcomes if name in needed), outcomes)
        same = [pl.lit(value).alias(name) for name, value in one.described().items() if name in needed]
        try:
            for frame in batches(samples.file, checked, reader, columns, size=size):
                there = {*frame.columns, *RUN_COLUMNS}
                others = [pl.lit(None, dtype=schema[name]).alias(name) for name in needed if name not in there]
                yield frame.with_columns(*same, *others)
        except SamplesError as error:
            raise SamplesError(f"{one.run}: {error}") from error
