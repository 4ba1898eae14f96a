"""Read the family's content files into the grammar; every error names the file, the line and the fix."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from ip_bench.cues.lexicon import LOCALES
from ip_bench.design import Item
from ip_bench.errors import ContentError
from ip_bench.schemas import validator
from ip_bench.seeds import digest


class Slot(NamedTuple):
    """One word type of a block: the phrase around it, its neutral word and synonym, and its form by locale."""

    kind: str
    phrase: str
    neutral: str
    synonym: str
    forms: dict[str, str]


class Content(NamedTuple):
    """Everything the recipes cross: items, word blocks, lead-in sentences, statements, sign-offs, places."""

    items: tuple[Item, ...]
    blocks: dict[str, tuple[Slot, ...]]
    templates: dict[str, str]
    statements: dict[str, str]
    signoffs: dict[str, tuple[str, ...]]
    places: dict[str, str]


def _folder() -> Traversable:
    return resources.files(__package__) / "content"


def _records(path: Traversable, schema: str | None = None) -> Iterator[dict[str, Any]]:
    check = validator(schema) if schema else None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise ContentError(f"{path.name}:{number}: not JSON ({error.msg}): {line[:80]!r}") from error
        problem = next(check.iter_errors(record), None) if check else None
        if problem is not None:
            raise ContentError(f"{path.name}:{number}: {problem.json_path}: {problem.message}")
        yield record


def to_item(record: dict[str, Any]) -> Item:
    """Return the item of a content record; equal answer lists form one choice, whose order is fixed by hash."""
    classes: dict[tuple[str, ...], list[str]] = {}
    for locale in LOCALES:
        if forms := record["answers"].get(locale):
            classes.setdefault(tuple(forms), []).append(locale)
    entries = [(forms, tuple(locales)) for forms, locales in classes.items()]
    entries += [((other["text"],), ()) for other in record["distractors"]]
    entries.sort(key=lambda entry: digest("choice", record["item_id"], entry[0][0]))
    return Item(
        item_id=record["item_id"],
        topic=record["topic"],
        question=record["question"],
        choices=tuple(forms[0] for forms, _ in entries),
        accepted=tuple(forms for forms, _ in entries),
        choice_locales=tuple(locales for _, locales in entries),
        source="; ".join(f"{'/'.join(s['locales'])}: {s['source']}" for s in record["sources"]),
    )


@lru_cache(maxsize=1)
def load() -> Content:
    """Return the family's content, checked against its schemas."""
    root = _folder()
    files = sorted((root / "items").iterdir(), key=lambda path: path.name)
    items = tuple(to_item(record) for path in files for record in _records(path, "item"))
    if len({item.item_id for item in items}) != len(items):
        raise ContentError("two items share an item_id")
    blocks: dict[str, list[Slot]] = {}
    for record in _records(root / "blocks.jsonl", "slot"):
        forms = {locale: record[locale] for locale in LOCALES}
        blocks.setdefault(record["block"], []).append(
            Slot(record["kind"], record["phrase"], record["neutral"], record["synonym"], forms)
        )
    return Content(
        items=items,
        blocks={block: tuple(slots) for block, slots in sorted(blocks.items())},
        templates={r["template_id"]: r["text"] for r in _records(root / "templates.jsonl")},
        statements={r["statement_id"]: r["text"] for r in _records(root / "explicit.jsonl")},
        signoffs={r["signoff_id"]: tuple(r["parts"]) for r in _records(root / "signoffs.jsonl")},
        places=json.loads((root / "places.json").read_text(encoding="utf-8")),
    )
