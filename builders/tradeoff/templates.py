"""The 40 wordings in which an identity or irrelevant attribute is told, each as a sentence and as a memory note."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import Literal, NamedTuple

from ip_bench.errors import ContentError

from ..cues.content import _records

Form = Literal["sentence", "note"]
TEMPLATES = 40
_SLOT = "{identity}"
_FIELDS = ("template_id", "sentence", "note")
_TEXT = re.compile(r"[A-Z][A-Za-z ,:;'\"{}-]*\.\"?")
_FIRST_PERSON = re.compile(r"\b(?:I|me|my|myself)\b")
_USER = re.compile(r"\b[Uu]ser\b|\bSaid\b")


class Template(NamedTuple):
    """A wording: what the asker says of themselves, and what a memory holds of it, each with `{identity}` once."""

    template_id: str
    sentence: str
    note: str

    def said(self, form: Form, phrase: str) -> str:
        """Return the sentence or the note with a phrase in its place."""
        return (self.sentence if form == "sentence" else self.note).replace(_SLOT, phrase)


def problem(record: dict[str, str]) -> str | None:
    """Return the first rule that a record breaks, None where it keeps them all."""
    if tuple(record) != _FIELDS or not all(isinstance(value, str) for value in record.values()):
        return f"a record must have the texts {', '.join(_FIELDS)}, in this order"
    texts = (record["sentence"], record["note"])
    broken = {
        "template_id must be t and two digits": not re.fullmatch(r"t\d\d", record["template_id"]),
        "a text must be one line of plain words that ends with a period": not all(map(_TEXT.fullmatch, texts)),
        f"a text must hold {_SLOT} once and no other brace": any(
            text.count(_SLOT) != 1 or text.count("{") + text.count("}") != 2 for text in texts
        ),
        "a sentence must be in the first person": not _FIRST_PERSON.search(record["sentence"]),
        "a note must speak of the user": not _USER.search(record["note"]),
    }
    return next((rule for rule, found in broken.items() if found), None)


@lru_cache(maxsize=1)
def templates() -> dict[str, Template]:
    """Return the wordings by id; raises ContentError for the first record that breaks a rule."""
    path = resources.files("ip_bench.builders.tradeoff") / "content" / "templates.jsonl"
    found: dict[str, Template] = {}
    seen: set[str] = set()
    for number, record in enumerate(_records(path), 1):
        if rule := problem(record):
            raise ContentError(f"{path.name}:{number}: {rule}: {record}")
        one = Template(**record)
        if one.template_id != f"t{number:02d}" or seen & {one.sentence, one.note}:
            raise ContentError(f"{path.name}:{number}: ids must count from t01, and each text come once: {record}")
        seen |= {one.sentence, one.note}
        found[one.template_id] = one
    if len(found) != TEMPLATES:
        raise ContentError(f"{path.name}: {len(found)} templates; there must be {TEMPLATES}")
    return found
