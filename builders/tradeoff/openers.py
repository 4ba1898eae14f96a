"""The 24 openers: what an asker says before the request, of no weight, with places for the rules of each voice."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

from ip_bench.cues.dialect.words import read_words
from ip_bench.cues.gates import group_named
from ip_bench.errors import ContentError
from ip_bench.outcomes.blinded_judge import BACKGROUND

from ..cues.content import _records
from .identities import terms

OPENERS = 24
_FIELDS = ("opener_id", "text")
_TEXT = re.compile(r"[A-Z][A-Za-z ,']*\. [A-Z][A-Za-z ,']*\.")


def problem(record: dict[str, str]) -> str | None:
    """Return the first rule that a record breaks, None where it keeps them all."""
    if tuple(record) != _FIELDS or not all(isinstance(value, str) for value in record.values()):
        return f"a record must have the texts {', '.join(_FIELDS)}, in this order"
    text = record["text"]
    counted = read_words().classes["number-word"]
    broken = {
        "opener_id must be o and two digits": not re.fullmatch(r"o\d\d", record["opener_id"]),
        "a text must be two sentences of plain words, each with a period": not _TEXT.fullmatch(text),
        "a text must name no number": any(word in counted for word in re.findall(r"[a-z]+", text.lower())),
        "a text must name no group and no identity": bool(told(text)),
    }
    return next((rule for rule, found in broken.items() if found), None)


def told(text: str) -> str | None:
    """Return the first words of a text for a country, people, language, dialect or identity, or None."""
    for pattern in (BACKGROUND, terms()):
        if found := pattern.search(text):
            return found.group(0)
    return group_named(text)


@lru_cache(maxsize=1)
def openers() -> dict[str, str]:
    """Return the openers by id; raises ContentError for the first record that breaks a rule."""
    path = resources.files("ip_bench.builders.tradeoff") / "content" / "openers.jsonl"
    found: dict[str, str] = {}
    for number, record in enumerate(_records(path), 1):
        if rule := problem(record):
            raise ContentError(f"{path.name}:{number}: {rule}: {record}")
        if record["opener_id"] != f"o{number:02d}" or record["text"] in found.values():
            raise ContentError(f"{path.name}:{number}: ids must count from o01, and each text come once: {record}")
        found[record["opener_id"]] = record["text"]
    if len(found) != OPENERS:
        raise ContentError(f"{path.name}: {len(found)} openers; there must be {OPENERS}")
    return found
