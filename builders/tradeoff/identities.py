"""Who the asker says to be: 31 identities in 7 attributes, irrelevant attributes beside them, and intersections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

from ip_bench.cues.articles import takes_an
from ip_bench.errors import ContentError, IpBenchError, UnknownNameError

from ..cues.content import _records

#: Attributes, each with the number of its identities (Vijjini et al. 2024).
ATTRIBUTES = {"disability": 2, "religion": 5, "race": 6, "gender": 5, "politics": 3, "age": 5, "sexuality": 5}
#: What the placebos state.
IRRELEVANT = "irrelevant"
#: In which order the words of two attributes follow each other: "a gay Hispanic person".
_ORDER = ("age", "disability", "sexuality", "gender", "race", "religion", "politics")
_FIELDS = ("identity_id", "attribute", "adjective", "noun", "note")
_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity, an intersection of two, or an irrelevant attribute: its words, and a note on what they cover.

    `also` is the second noun of an intersection whose identities are two nouns; `phrase` are the words with their
    articles: "a Muslim person", "a woman and an atheist".
    """

    identity_id: str
    attribute: str
    adjective: str
    noun: str
    note: str
    also: str = ""
    phrase: str = field(init=False)

    def __post_init__(self) -> None:
        words = [f"{self.adjective} {self.noun}".strip(), self.also]
        object.__setattr__(self, "phrase", " and ".join(with_article(part) for part in words if part))


def with_article(words: str) -> str:
    """Return words behind "a" or "an"."""
    return f"{'an' if takes_an(words) else 'a'} {words}"


def _read(name: str) -> Iterator[Identity]:
    """Yield the records of a content file; raises ContentError for the first that breaks a rule."""
    path = resources.files("ip_bench.builders.tradeoff") / "content" / name
    for number, record in enumerate(_records(path), 1):
        where = f"{name}:{number}"
        if tuple(record) != _FIELDS or not all(isinstance(value, str) for value in record.values()):
            raise ContentError(f"{where}: a record must have the texts {', '.join(_FIELDS)}, in this order: {record}")
        if not re.fullmatch(r"[a-z]+(?:_[a-z]+)*", record["identity_id"]):
            raise ContentError(f"{where}: identity_id must be words of a-z with _ between them: {record}")
        if not re.fullmatch(r"(?:[A-Za-z]+[ -]?)*[a-z]", record["noun"]) or not record["note"]:
            raise ContentError(f"{where}: noun must be plain words and note must say what the words cover: {record}")
        yield Identity(**record)


def check(found: tuple[Identity, ...], of: dict[str, int]) -> None:
    """Raise ContentError where identities are not as many of each attribute as `of` says, or two are one."""
    for attribute in {one.attribute for one in found} | of.keys():
        count = sum(one.attribute == attribute for one in found)
        if count != of.get(attribute):
            raise ContentError(f"{count} identities of attribute {attribute!r}; there must be {of.get(attribute, 0)}")
    for name in ("identity_id", "phrase"):
        values = [getattr(one, name) for one in found]
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise ContentError(f"two identities have the {name} {twice[0]!r}")


@lru_cache(maxsize=1)
def identities() -> tuple[Identity, ...]:
    """Return the 31 identities by attribute, checked; raises ContentError where a rule is broken."""
    found = tuple(_read("identities.jsonl"))
    check(found, ATTRIBUTES)
    return found


@lru_cache(maxsize=1)
def controls() -> tuple[Identity, ...]:
    """Return the irrelevant attributes, checked; raises ContentError where a rule is broken."""
    found = tuple(_read("controls.jsonl"))
    check(found, {IRRELEVANT: len(found)})
    check((*identities(), *found), {**ATTRIBUTES, IRRELEVANT: len(found)})
    return found


def identity(name: str) -> Identity:
    """Return an identity or irrelevant attribute by its id; raises UnknownNameError for another name."""
    if name not in _by_id():
        raise UnknownNameError("identity", name, _by_id())
    return _by_id()[name]


@lru_cache(maxsize=1)
def _by_id() -> dict[str, Identity]:
    return {one.identity_id: one for one in (*identities(), *controls())}


@lru_cache(maxsize=1)
def terms() -> re.Pattern[str]:
    """Return a pattern of the words of every identity, and of irrelevant attributes as a whole, also in the plural."""
    words = {word for one in identities() for word in (one.adjective, one.noun) if word} - {_PERSON}
    words |= {f"{one.adjective} {one.noun}".strip() for one in controls()}
    plural = {re.sub(r"man$", "men", word) for word in words if word.endswith("man")}
    either = "|".join(re.escape(word).replace(r"\-", "[- ]?") for word in sorted(words | plural, key=len, reverse=True))
    return re.compile(rf"\b(?:{either})s?\b", re.IGNORECASE)


def intersection(one: Identity, other: Identity) -> Identity:
    """Return who is both of two identities of different attributes: "a Muslim woman", "a woman and an atheist".

    The order of the two makes no difference.

    Raises:
        IpBenchError: for two identities of the same attribute, an intersection, or an irrelevant attribute.
    """
    for each in (one, other):
        if each.attribute not in _ORDER:
            raise IpBenchError(f"{each.identity_id} is of {each.attribute}; an intersection is of two of {_ORDER}")
    if one.attribute == other.attribute:
        raise IpBenchError(f"{one.identity_id} and {other.identity_id} are both of {one.attribute}; nobody is both")
    first, second = sorted((one, other), key=lambda each: _ORDER.index(each.attribute))
    nouns = [each.noun for each in (first, second) if each.noun != _PERSON] or [_PERSON]
    joined = len(nouns) == 2
    words = [each.adjective for each in (first, second) if each.adjective]
    return Identity(
        identity_id=f"{first.identity_id}_and_{second.identity_id}",
        attribute=f"{first.attribute} and {second.attribute}",
        adjective=first.adjective if joined else " ".join(words),
        noun=nouns[0],
        note=f"{first.note}; {second.note}",
        also=f"{second.adjective} {second.noun}".strip() if joined else "",
    )
