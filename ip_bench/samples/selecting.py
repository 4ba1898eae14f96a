"""Rows and columns of the table of samples, named as text: what a command line says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

import polars as pl

from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.release.recipes import recipe
from ip_bench.samples.batches import FAULTS, RESPONSE_COLUMNS, ROW_COLUMNS
from ip_bench.samples.pruning import may_hold
from ip_bench.samples.runs import RUN_COLUMNS, RunSamples, outcome_names

_YES = {"true": True, "false": False}


def condition(texts: Sequence[str], schema: Mapping[str, Any], found: Sequence[RunSamples]) -> pl.Expr | None:
    """Return the filter that texts `column=value` ask for, None for none.

    Values of one column are alternatives, different columns are all to hold; no value (`fault=`, `response=`) asks for
    rows without one or with an empty text, and a value of `evidence` for rows that are evidence on that outcome.

    Raises:
        UnknownNameError: for a column, or of a column whose values are known a value, that does not exist.
        IpBenchError: for a text without `=`, or a value of another type.
    """
    alternatives: dict[str, list[pl.Expr]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise IpBenchError(f"--where {text!r} has no '='; write --where column=value")
        known_columns([name], schema)
        alternatives.setdefault(name, []).append(_equal(name, value, schema[name], found))
    if not alternatives:
        return None
    return reduce(and_, (reduce(or_, each) for each in alternatives.values()))


def known_columns(names: Sequence[str], schema: Mapping[str, Any]) -> list[str]:
    """Return the columns, each once; raises UnknownNameError for one that the table has not."""
    for name in names:
        if name not in schema:
            raise UnknownNameError("column", name, schema)
    return list(dict.fromkeys(names))


def summary(table: pl.LazyFrame, by: Sequence[str], outcomes: Sequence[str]) -> pl.LazyFrame:
    """Return, by the values of some columns, the number of rows and faults, and the mean of each outcome."""
    means = [pl.col(name).mean() for name in outcomes]
    counts = [pl.len().alias("rows"), pl.col("fault").count().alias("faults")]
    return table.group_by(by).agg(*counts, *means).sort(by)


def outcomes_left(found: Sequence[RunSamples], where: pl.Expr | None) -> list[str]:
    """Return the outcomes of the tasks of which a filter can leave rows."""
    left = [one for one in found if may_hold(where, one.described())]
    return list(dict.fromkeys(name for names in outcome_names(left).values() for name in names))


def _equal(name: str, value: str, dtype: Any, found: Sequence[RunSamples]) -> pl.Expr:
    column = pl.col(name)
    if not value:
        return column.is_null() | (column == "") if dtype == pl.String else column.is_null()
    if (allowed := _allowed(name, found)) is not None and value not in allowed:
        raise UnknownNameError("outcome" if name == "evidence" else name, value, allowed)
    if dtype == pl.List(pl.String):
        return column.list.contains(value)
    if dtype == pl.String:
        return column == value
    if dtype == pl.Boolean:
        if value not in _YES:
            raise IpBenchError(f"--where {name}={value}: {name} is true or false")
        return column == _YES[value]
    if not dtype.is_numeric():
        raise IpBenchError(f"--where {name}: a list has no value to ask for")
    try:
        return column == float(value)
    except ValueError as error:
        raise IpBenchError(f"--where {name}={value}: {name} is a number") from error


def _allowed(name: str, found: Sequence[RunSamples]) -> Sequence[str] | None:
    """Return the values that a column can have, None where they are many or not known."""
    if name in RUN_COLUMNS:
        return list(dict.fromkeys(one.described()[name] for one in found))
    if name in {"arm", "role"}:
        configs = dict.fromkeys((one.samples.dataset, one.samples.config) for one in found)
        arms = [arm for dataset, config in configs for arm in recipe(dataset).arms(config)]
        return list(dict.fromkeys(arm.name if name == "arm" else arm.role for arm in arms))
    if name == "evidence":
        return outcomes_left(found, None)
    return FAULTS if name == "fault" else None


def plain_lists(table: pl.LazyFrame) -> pl.LazyFrame:
    """Return the table with lists as texts, joined by `;`, for files that hold no lists."""
    lists = [name for name, dtype in {**ROW_COLUMNS, **RESPONSE_COLUMNS}.items() if isinstance(dtype, pl.List)]
    there = [name for name in lists if name in table.collect_schema()]
    return table.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(";") for name in there)
