"""One wave of OpinionQA's archive: its questions with their options, its people, and the code of each answer."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl

from ip_bench.cohorts.answers import Ints, Item, Scale
from ip_bench.cohorts.intake import personal_columns, personal_counts
from ip_bench.cohorts.tables import some, table, without_repeats
from ip_bench.errors import IpBenchError

RESPONSES, INFO, METADATA = "responses.csv", "info.csv", "metadata.csv"
PERSON = "QKEY"
REFUSED = ("refused", "dk/refused", "no answer")
MISSING = ("", "NA", "NaN", "nan", ".")  # "None" may be an option
DEMOGRAPHICS = (
    "CREGION", "AGE", "SEX", "EDUCATION", "CITIZEN", "MARITAL", "RELIG", "RELIGATTEND", "POLPARTY", "INCOME",
    "POLIDEOLOGY", "RACE",
)  # fmt: skip
NAN = re.compile(r"(?<![\w'\"])nan(?![\w'\"])")  # no Python literal, but what a data frame writes
Value = TypeVar("Value", list[object], dict[object, object])


class Question(NamedTuple):
    """A question of a wave, the options' codes by their texts, and those texts and codes that are refusals."""

    column: str
    item: Item
    codes: Mapping[str, int]
    refused: frozenset[str]


class Wave(NamedTuple):
    """A wave as text columns; `people` are the keys of its rows."""

    name: str
    frame: pl.DataFrame
    people: list[str]
    questions: tuple[Question, ...]
    demographics: tuple[str, ...]


def read_wave(folder: Path, several: bool, counts: dict[str, int]) -> Wave:
    """Return the wave in a folder, and add to `counts` what was set aside; one of several must have the people's keys.

    Raises:
        IpBenchError: where it lacks a file, a column or the people's keys.
    """
    frame, repeats = without_repeats(table(folder / RESPONSES, MISSING))
    for why, count in repeats.items():
        counts[why] = counts.get(why, 0) + count
    if PERSON in frame.columns:
        keys = frame[PERSON].to_list()
        if None in keys or len(set(keys)) < len(keys):
            wrong = keys.count(None) or len(keys) - len(set(keys))
            raise IpBenchError(f"{folder.name}/{RESPONSES}: {wrong} rows lack {PERSON} or repeat that of another row")
    elif several:
        raise IpBenchError(
            f"{folder.name}/{RESPONSES} has no {PERSON}, by which the people of several waves are joined"
        )
    else:
        keys = [f"row {row}" for row in range(len(frame))]
    if not (folder / INFO).is_file():
        raise IpBenchError(f"{folder} has no {INFO}, which lists the questions and their options")
    info = table(folder / INFO, MISSING)
    if "key" not in info.columns or not {"references", "option_mapping"} & set(info.columns):
        raise IpBenchError(
            f"{folder.name}/{INFO} has the columns {some(info.columns)}; it must have key, and references or "
            f"option_mapping"
        )
    questions = []
    for row in info.iter_rows(named=True):
        if row["key"] in frame.columns:
            question = _question(row, f"{folder.name}/{INFO}")
            if question is not None:
                questions.append(question)
    if not questions:
        raise IpBenchError(f"{folder.name}: no question of {INFO} is a column of {RESPONSES}")
    named = {one.column for one in questions}
    demographics = tuple(name for name in _demographics(folder) if name in frame.columns and name not in named)
    others = [name for name in frame.columns if name not in {PERSON, *named, *demographics}]
    counts |= personal_counts(personal_columns(frame, others))
    return Wave(folder.name, frame, keys, tuple(questions), demographics)


def _question(row: Mapping[str, str | None], where: str) -> Question | None:
    """Return a question, ordered where its options have distinct ordinals; None where it has fewer than two."""
    mapping = _literal(row.get("option_mapping"), dict, where, row["key"]) or {}
    texts = [
        cleaned_text(text) for text in _literal(row.get("references"), list, where, row["key"]) or mapping.values()
    ]
    options = [text for text in dict.fromkeys(texts) if text.lower() not in REFUSED]
    if len(options) < 2:
        return None
    ordinals = _literal(row.get("option_ordinal"), list, where, row["key"]) or []
    order = _order(ordinals, options, texts)
    options = sorted(options, key=order.__getitem__) if order else options
    scale: Scale = "binary" if len(options) == 2 else "ordinal" if order else "categorical"
    codes = {text: code for code, text in enumerate(options)}
    refused = {text for text in texts if text not in codes} | set(REFUSED)
    for code, text in mapping.items():  # responses may be codes
        spelled = f"{code:g}" if isinstance(code, int | float) else cleaned_text(code)
        if cleaned_text(text) in codes:
            codes.setdefault(spelled, codes[cleaned_text(text)])
        else:
            refused.add(spelled)
    name = str(row["key"])
    return Question(
        name, Item(name, cleaned_text(row.get("question") or ""), tuple(options), scale), codes, frozenset(refused)
    )


def _order(ordinals: list[object], options: list[str], texts: list[str]) -> dict[str, float]:
    """Return the place of each option; empty where ordinals do not tell all of them apart.

    Ordinals stand for the options alone, or for all answers with refusals among them.
    """
    named = options if len(ordinals) == len(options) else texts
    if len(ordinals) != len(named):
        return {}
    numbers = {text: place for text, place in zip(named, ordinals, strict=True) if isinstance(place, int | float)}
    order = {text: float(numbers[text]) for text in options if text in numbers}
    return order if len(set(order.values())) == len(options) else {}


def _literal(text: str | None, kind: type[Value], where: str, key: str | None) -> Value | None:
    """Return a list or dict written as a Python literal; None where there is none."""
    if text is None:
        return None
    try:
        value = ast.literal_eval(NAN.sub("None", text))
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise IpBenchError(f"{where}: question {key} has {text[:60]!r} where a {kind.__name__} must stand") from error
    if not isinstance(value, kind):
        raise IpBenchError(f"{where}: question {key} has a {type(value).__name__} where a {kind.__name__} must stand")
    return value


def cleaned_text(text: object) -> str:
    """Return a text with single spaces."""
    return " ".join(str(text).split())


def codes_of(values: pl.Series, question: Question, name: str, counts: dict[str, int]) -> Ints:
    """Return the code of each row's answer, -1 where there is none; answers that are no option are counted."""
    known = {}
    for value in values.drop_nulls().unique().to_list():
        known[value] = question.codes.get(cleaned_text(value), -1 if _refusal(cleaned_text(value), question) else -2)
    codes = np.array([known[value] if value is not None else -1 for value in values.to_list()], dtype=np.int64)
    if unknown := int((codes == -2).sum()):
        counts[f"answers to {name} that are none of its options"] = unknown
    return codes


def _refusal(text: str, question: Question) -> bool:
    return text in question.refused or text.lower() in question.refused


def _demographics(folder: Path) -> tuple[str, ...]:
    """Return the names of demographic columns, from metadata.csv where it has them."""
    file = folder / METADATA
    if not file.is_file():
        return DEMOGRAPHICS
    frame = table(file, MISSING)
    listed = frame["key"].drop_nulls().to_list() if "key" in frame.columns else []
    return tuple(dict.fromkeys((*DEMOGRAPHICS, *listed)))
