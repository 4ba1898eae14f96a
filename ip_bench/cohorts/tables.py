"""Tables as text columns, and columns as items and groups: what the formats share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from ip_bench.cohorts.answers import Answers, Group, Item, Scale
from ip_bench.errors import IpBenchError, UnknownNameError

MISSING = ("", "NA", "NaN", "nan", "null", "None", ".")
MOST_COLUMNS = 20_000
NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?", re.ASCII)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def table(path: Path, missing: Sequence[str] = MISSING) -> pl.DataFrame:
    """Return a CSV (with commas, semicolons or tabs) or parquet file as text columns, null for what is missing.

    Raises:
        IpBenchError: where the file is no table, is not UTF-8, is too wide, or names a column twice.
    """
    if path.is_dir():
        raise IpBenchError(
            f"{path} is a folder; a table is a CSV or parquet file (of folders: --format polis or opinionqa)"
        )
    try:
        if path.suffix == ".parquet":
            return plain(pl.read_parquet(path), path.name, missing)
        separator = _checked_separator(path)
        return plain(pl.read_csv(path, infer_schema=False, separator=separator), path.name, missing)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
        why = "it is not UTF-8; save it as UTF-8" if "utf-8" in str(error).lower() else str(error).splitlines()[0]
        raise IpBenchError(f"{path} is not readable as a table ({why})") from error


def _checked_separator(path: Path) -> str:
    """Return what separates the columns of a CSV file, from its first line; a line too wide is refused."""
    with path.open("rb") as lines:
        header = lines.readline().removeprefix(BYTE_ORDER_MARK).decode("utf-8").strip("\r\n")
    separator = max(",;\t", key=header.count)
    names = [name.strip().strip('"') for name in header.split(separator)]
    if len(names) > MOST_COLUMNS:
        raise IpBenchError(
            f"{path} has {len(names):,} columns, more than {MOST_COLUMNS:,}; give a long table with the columns user, "
            f"item and answer, and --format long"
        )
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise IpBenchError(f"{path} has more than one column {some(twice)}; name each column once")
    return separator


def plain(frame: pl.DataFrame, where: str, missing: Sequence[str] = MISSING) -> pl.DataFrame:
    """Return a table as text columns, with null for what is missing; whole numbers lose a decimal zero."""
    if not len(frame):
        raise IpBenchError(f"{where} has columns and no rows")
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    if nested:
        raise IpBenchError(f"{where} has columns that are no plain values: {some(nested)}")
    text = pl.all().cast(pl.String).str.strip_chars()
    frame = frame.select(text).with_columns(pl.all().str.replace(r"^([+-]?\d+)\.0+$", "$1"))
    return frame.with_columns(pl.when(pl.all().is_in(list(missing))).then(None).otherwise(pl.all()).name.keep())


def without_repeats(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return a table without rows that say the same as another, and how many they were."""
    once = frame.unique(maintain_order=True)
    return once, {"rows that repeat another": len(frame) - len(once)}


def scaled(name: str, text: str, values: Sequence[str], where: str) -> tuple[Item, dict[str, int]]:
    """Return a column as an item, and the code of each value: numbers are ordered, other texts are not.

    Raises:
        IpBenchError: where numbers stand beside words, or one number far from the others.
    """
    numbers = {value: float(value) for value in values if NUMBER.fullmatch(value)}
    if numbers and len(numbers) < len(values):
        words = sorted(set(values) - set(numbers))
        raise IpBenchError(
            f"{where}: item {name} has numbers and also unknown codes {some(words)}; blank or recode them"
        )
    if not numbers:
        options = sorted(values)
        scale: Scale = "categorical" if len(options) > 2 else "binary"
        codes = {value: options.index(value) for value in values}
    else:
        ordered = sorted(set(numbers.values()))
        _check_near(name, ordered, where)
        options = [f"{value:g}" for value in ordered]
        scale = "ordinal" if len(options) > 2 else "binary"
        codes = {value: ordered.index(number) for value, number in numbers.items()}
    if len(options) < 2:  # answered one way or by nobody: kept until it is counted and set aside
        options = [*options, "any other", "any third"][:2]
    return Item(name, text, tuple(options), scale), codes


def _check_near(name: str, ordered: Sequence[float], where: str) -> None:
    """Refuse a code as far from the others as 99 or -9, which say that there is no answer."""
    for others, end in ((ordered[:-1], ordered[-1]), (ordered[1:], ordered[0])):
        apart = min(abs(end - others[0]), abs(end - others[-1])) if others else 0.0
        if others and apart > max(others[-1] - others[0], 2) + 1:
            raise IpBenchError(
                f"{where}: item {name} has the unknown code {end:g} far from {others[0]:g} to {others[-1]:g}; blank it "
                f"if it says that there is no answer, or recode it"
            )


def chosen_items(names: Sequence[str], items: Sequence[str], where: str) -> list[str]:
    """Return the items asked for, or all; raises UnknownNameError for one that is not there."""
    known = set(names)
    for name in items:
        if name not in known:
            raise UnknownNameError("item", name, names[:30], where)
    return list(dict.fromkeys(items)) or list(names)


def group(name: str, values: Sequence[str | None]) -> Group:
    """Return a column as a division of the people, levels in their natural order."""
    levels = sorted({value for value in values if value is not None}, key=natural)
    place = {level: code for code, level in enumerate(levels)}
    return Group(name, tuple(levels), np.array([place.get(value, -1) if value else -1 for value in values]))


def natural(value: str) -> tuple[int, float, str]:
    """Return a key that sorts numbers as numbers, before words."""
    return (0, float(value), "") if NUMBER.fullmatch(value) else (1, 0.0, value)


def counted(answers: Answers, counts: Mapping[str, int]) -> Answers:
    """Return answers with more counts of what was set aside; zeros are left out."""
    return replace(answers, set_aside={**answers.set_aside, **{why: count for why, count in counts.items() if count}})


def some(names: Sequence[str]) -> str:
    """Return the first dozen names, and how many more there are."""
    return ", ".join(map(str, names[:12])) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
