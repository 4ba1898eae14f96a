"""The questions of `cultural_opinion`, checked as they are read: none has a right answer, each has 2 to 5 options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from ip_bench.cues.gates import GROUP_TERMS
from ip_bench.design import Item
from ip_bench.errors import ContentError
from ip_bench.outcomes.answers import normalize
from ip_bench.seeds import digest, unit

from .content import _records

#: Those of `ip_bench.effects.opinion_table`; named here because it brings scipy, which no build needs.
SCALES = ("ordinal", "nominal")
FIELDS = ("item_id", "topic", "question", "options", "scale", "construct")
LONGEST = {"question": 200, "option": 45, "construct": 50}
_OPTION = re.compile(r"[A-Za-z][A-Za-z ,'-]*")
_SENTENCE = re.compile(r"[A-Z][A-Za-z ,:'.-]*\?")
_POLITICS = re.compile(
    r"\b(?:party|parties|president|prime minister|republicans?|democrats?|tory|tories|left-wing|right-wing|"
    r"conservatives?)\b",
    re.IGNORECASE,
)


class Opinions(NamedTuple):
    """The content: items whose choices are the options as they are shown, and the scale of each by `item_id`."""

    items: tuple[Item, ...]
    scale: dict[str, str]


def shown(item_id: str, options: list[str], scale: str) -> tuple[str, ...]:
    """Return options in the order of a prompt, the same in every arm.

    Options on a scale stand as they are or, in half of the items by hash, reversed; the others are ordered by hash.
    """
    if scale == "nominal":
        return tuple(sorted(options, key=lambda option: digest("choice", item_id, option)))
    return tuple(reversed(options)) if unit("reversed", item_id) < 0.5 else tuple(options)


def contained(options: list[str]) -> list[tuple[str, str]]:
    """Return the pairs of options of which one is, or is within, the other once both are normalized."""
    forms = [f" {normalize(option)} " for option in options]
    return [
        (options[one], options[other])
        for one in range(len(forms))
        for other in range(len(forms))
        if one != other and forms[one] in forms[other]
    ]


def problem(record: dict[str, Any], topic: str) -> str | None:
    """Return the first rule that a record of a topic's file breaks, None where it keeps them all."""
    if tuple(record) != FIELDS:
        return f"fields are {list(record)}; they must be {', '.join(FIELDS)}"
    name, question, options, construct = (record[field] for field in ("item_id", "question", "options", "construct"))
    if not isinstance(options, list) or not all(
        isinstance(text, str) for text in (name, question, construct, *options)
    ):
        return "item_id, question and construct must be text, options a list of texts"
    texts = " ".join([question, *options])
    within = next(iter(contained(options)), ("", ""))
    group, politics = GROUP_TERMS.search(texts), _POLITICS.search(texts)
    long = next((text for text in options if len(text) > LONGEST["option"]), None)
    broken = {
        f"topic must be {topic!r}, as the file is named": record["topic"] != topic,
        f"item_id must be {topic}-... of letters and hyphens": not re.fullmatch(rf"{topic}(?:-[a-z]+)+", name),
        f"scale must be one of {', '.join(SCALES)}": record["scale"] not in SCALES,
        "question must be plain text without digits that ends with '?'": not _SENTENCE.fullmatch(question),
        f"question must have at most {LONGEST['question']} characters": len(question) > LONGEST["question"],
        "options must be 2 to 5": not 2 <= len(options) <= 5,
        "options must be plain words without ';'": any(not _OPTION.fullmatch(text) for text in options),
        f"option {long!r} has more than {LONGEST['option']} characters": long is not None,
        f"construct must be at most {LONGEST['construct']} characters of plain words": (
            not _OPTION.fullmatch(construct) or len(construct) > LONGEST["construct"]
        ),
        f"option {within[0]!r} is contained in {within[1]!r}, so an answer could be read as either": within[0] != "",
        f"a country or people is named: {group and group.group(0)!r}": group is not None,
        f"a party or politician is named: {politics and politics.group(0)!r}": politics is not None,
    }
    return next((rule for rule, found in broken.items() if found), None)


def read(path: Traversable) -> Iterator[tuple[Item, str]]:
    """Yield the items of a topic's file, each with its scale.

    Raises:
        ContentError: for the first record that breaks a rule, with file and line.
    """
    for number, record in enumerate(_records(path), 1):
        if found := problem(record, path.name.removesuffix(".jsonl")):
            raise ContentError(f"{path.name}:{number}: {found}: {record}")
        choices = shown(record["item_id"], record["options"], record["scale"])
        item = Item(
            item_id=record["item_id"],
            topic=record["topic"],
            question=record["question"],
            choices=choices,
            accepted=tuple((choice,) for choice in choices),
            choice_locales=((),) * len(choices),
            source=f"written for this project; asks about: {record['construct']}",
        )
        yield item, record["scale"]


@lru_cache(maxsize=1)
def load() -> Opinions:
    """Return the questions of every topic; raises ContentError at the first that breaks a rule or comes twice."""
    folder = resources.files(__package__) / "content" / "opinion"
    files = sorted((path for path in folder.iterdir() if path.name.endswith(".jsonl")), key=lambda path: path.name)
    seen: dict[str, str] = {}
    items, scale = [], {}
    for path in files:
        for number, (item, kind) in enumerate(read(path), 1):
            for form in (item.item_id, normalize(item.question)):
                if form in seen:
                    raise ContentError(f"{path.name}:{number}: {form!r} comes twice; first in {seen[form]}")
                seen[form] = f"{path.name}:{number}"
            items.append(item)
            scale[item.item_id] = kind
    return Opinions(tuple(items), scale)
