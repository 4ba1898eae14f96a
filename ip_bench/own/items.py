"""Items of one's own: a CSV or JSON lines file of questions with choices, of which some count as the outcome."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Any

from ip_bench.design import Item
from ip_bench.errors import ContentError
from ip_bench.outcomes.answers import normalize
from ip_bench.seeds import digest

COLUMNS = ("id", "topic", "question", "choices", "counts", "source")
NEEDED = ("question", "choices", "counts")
LEAST_ITEMS = 10
_MORE = "more"  # the column of cells beyond the last one


def read_items(file: Traversable, outcome: str) -> tuple[Item, ...]:
    """Return the items of a file, in its order.

    Columns: `question`, `choices`, `counts` (those of the choices that count as the outcome), and where wanted `id`,
    `topic` and `source`. Lists are JSON lists, or in a CSV texts with " | " between.

    Raises:
        ContentError: with every fault, one a line, each with file and line.
    """
    items: dict[str, Item] = {}
    wrong: list[str] = []
    for line, record in _records(file):
        try:
            item = _item(record, outcome)
        except ValueError as error:
            wrong.append(f"{file.name}:{line}: {error}")
            continue
        if item.item_id in items:
            wrong.append(f"{file.name}:{line}: the id {item.item_id!r} is there twice; give one of them another")
        items[item.item_id] = item
    if not wrong and len(items) < LEAST_ITEMS:
        wrong.append(f"{file.name}: holds {len(items)} items; write at least {LEAST_ITEMS}: intervals count them")
    if wrong:
        raise ContentError("\n".join(wrong))
    return tuple(items.values())


def _records(file: Traversable) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError(f"{file.name}: is not UTF-8 ({error.reason} at byte {error.start})") from error
    if file.name.endswith(".jsonl"):
        for number, line in enumerate(text.split("\n"), 1):  # a text may hold the other ends of lines
            if line.strip():
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise ContentError(f"{file.name}:{number}: is not JSON ({error})") from error
                yield number, record if isinstance(record, dict) else {}
        return
    table = csv.DictReader(io.StringIO(text), restkey=_MORE)
    try:
        heads = table.fieldnames or ()
        if unknown := [head for place, head in enumerate(heads) if head not in COLUMNS or head in heads[:place]]:
            raise ContentError(
                f"{file.name}:1: unknown column {unknown[0]!r}, or one that is there twice; columns, with commas "
                f"between, are: {', '.join(COLUMNS)}"
            )
        for record in table:
            yield table.line_num, record
    except csv.Error as error:
        raise ContentError(f"{file.name}:{table.line_num + 1}: is not readable CSV ({error})") from error


def _item(record: Mapping[str, Any], outcome: str) -> Item:
    if _MORE in record:
        raise ValueError("has more cells than there are columns; put a text with a comma in quotation marks")
    if unknown := [key for key in record if key not in COLUMNS]:
        raise ValueError(f"unknown column {unknown[0]!r}; columns are: {', '.join(COLUMNS)}")
    if missing := [key for key in NEEDED if not _texts(record.get(key))]:
        raise ValueError(f"{', '.join(missing)} must be given")
    question = _text(record["question"])
    choices, counts = _texts(record["choices"]), _texts(record["counts"])
    read = {normalize(one) for one in choices}
    if len(read) != len(choices) or "" in read or len(choices) < 2:
        raise ValueError(
            "choices must be two or more different texts, also without case, accents and punctuation, as answers are "
            f"read; they are {list(choices)}"
        )
    if unknown := [one for one in counts if one not in choices]:
        raise ValueError(f"counts names {unknown[0]!r}, which is no choice; choices are: {', '.join(choices)}")
    if len(set(counts)) == len(choices):
        raise ValueError("every choice counts, so that no answer tells anything; leave one out of counts")
    return Item(
        item_id=_text(record.get("id")) or digest("own item", question, *choices, size=6),
        topic=_text(record.get("topic")) or "all",
        question=question,
        choices=choices,
        accepted=tuple((one,) for one in choices),
        choice_locales=tuple((outcome,) if one in counts else () for one in choices),
        source=_text(record.get("source")) or "own",
    )


def _texts(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else _text(value).split("|")
    return tuple(text for one in parts if (text := _text(one)))


def _text(value: object) -> str:
    """Return a text without space around it, of a number its digits, of nothing none."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} must be a text; put it in quotation marks")  # noqa: TRY004  (a fault of a file)
    text = str(value).strip()
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError(f"{text!r} holds half a character; write it as UTF-8")
    return text
