"""The opinion statements, with the loadings that are planted in them."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from ip_bench.errors import ContentError

from ..cues.content import _records

if TYPE_CHECKING:
    from ip_bench.cohorts.answers import Item

#: What each axis is about: the side that agrees with a positive loading, and the other.
AXES: dict[str, tuple[str, str]] = {
    "public": ("public provision", "private provision"),
    "change": ("change", "tradition"),
    "technology": ("openness to technology", "caution with technology"),
    "global": ("the wider world", "the own place"),
    "nature": ("nature", "growth"),
}
#: The options of each scale, from least to most agreement; a code is an index of them.
OPTIONS: dict[str, tuple[str, ...]] = {
    "ordinal": ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"),
    "categorical": ("Disagree", "Pass", "Agree"),
}
STRONGEST = 3
WORDS = (4, 18)  # of a statement
_FIELDS = ("item_id", "topic", "text", "scale", "loadings")
_ID = re.compile(r"[a-z]+(-[a-z]+)+")
#: Words that join two ideas, or turn one around so that agreeing means denying.
_JOINED = re.compile(r"\b(and|or|but|nor|while|because|although|also)\b|[;:()]", re.IGNORECASE)
_DENIED = re.compile(r"\b(not|no longer|never|nobody|nothing|none|without|unless|hardly|\w+n't)\b", re.IGNORECASE)


class Statement(NamedTuple):
    """One statement; `loadings` are grades -3 to 3 of an axis, the first that of what it is mostly about."""

    item_id: str
    topic: str
    text: str
    scale: str
    loadings: dict[str, int]

    @property
    def options(self) -> tuple[str, ...]:
        """Return the options, from least to most agreement."""
        return OPTIONS[self.scale]

    @property
    def axis(self) -> str:
        """Return the axis that the statement is mostly about."""
        return next(iter(self.loadings))

    @property
    def keyed(self) -> int:
        """Return the side of that axis which agrees: 1 or -1."""
        return 1 if self.loadings[self.axis] > 0 else -1

    def item(self) -> Item:
        """Return the statement as an item of `ip_bench.cohorts`."""
        from ip_bench.cohorts.answers import Item

        return Item(self.item_id, self.text, self.options, "ordinal" if self.scale == "ordinal" else "categorical")


def problem(record: dict[str, Any]) -> str | None:
    """Return the first rule that a record breaks, None where it keeps them all."""
    if tuple(record) != _FIELDS:
        return f"a record must have the fields {', '.join(_FIELDS)}, in this order"
    text, loadings = record["text"], record["loadings"]
    broken = {
        "item_id must be the topic and words of small letters": not _ID.fullmatch(record["item_id"])
        or not record["item_id"].startswith(f"{record['topic']}-"),
        f"scale must be one of {', '.join(OPTIONS)}": record["scale"] not in OPTIONS,
        f"loadings must be grades of one or two of {', '.join(AXES)}": not 1 <= len(loadings) <= 2
        or not loadings.keys() <= AXES.keys()
        or any(not 1 <= abs(grade) <= STRONGEST for grade in loadings.values()),
        "the first loading must be the largest": bool(loadings)
        and abs(next(iter(loadings.values()))) < max(map(abs, loadings.values())),
        "text must be one sentence with a period": not re.fullmatch(r"[A-Z][A-Za-z',-]*( [A-Za-z',-]+)*\.", text),
        f"text must have {WORDS[0]} to {WORDS[1]} words": not WORDS[0] <= len(text.split()) <= WORDS[1],
        "text must hold one idea": bool(_JOINED.search(text)),
        "text must deny nothing": bool(_DENIED.search(text)),
    }
    return next((rule for rule, found in broken.items() if found), None)


@lru_cache(maxsize=1)
def statements() -> tuple[Statement, ...]:
    """Return all statements, by topic and id.

    Raises:
        ContentError: for the first record that breaks a rule, or where one topic leans to a side.
    """
    root = resources.files("ip_bench.builders.personas") / "content" / "statements"
    found: list[Statement] = []
    for path in sorted(root.iterdir(), key=lambda path: path.name):
        held = []
        for number, record in enumerate(_records(path), 1):
            if rule := problem(record):
                raise ContentError(f"{path.name}:{number}: {rule}: {record}")
            held.append(Statement(**record))
        if [one.item_id for one in held] != sorted({one.item_id for one in held}):
            raise ContentError(f"{path.name}: item ids must be sorted, each once")
        if {one.topic for one in held} != {path.name.removesuffix(".jsonl")}:
            raise ContentError(f"{path.name}: every statement must have the topic that names the file")
        sides = Counter(one.keyed for one in held)
        if abs(sides[1] - sides[-1]) > 1:
            raise ContentError(f"{path.name}: {sides[1]} statements are keyed to one side and {sides[-1]} to the other")
        found += held
    return tuple(found)
