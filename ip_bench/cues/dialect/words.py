"""The curated word lists: which classes a word is in, and its other forms."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from ip_bench.cues.dialect.tokens import CLOSED, NAME, NUMBER, SENTENCE_END, Token, tokenize
from ip_bench.cues.inflect import gerund, past, plural
from ip_bench.errors import ContentError, UnknownNameError

_DOUBLES = re.compile(r"^[^aeiou]*[aeiou][bdfglmnprtvz]$|^qu[aeiou][tpz]$")  # stop, plan, quiz
_VERB_COLUMNS = ["base", "past", "participle", "gerund", "flags"]
_FLAGS = {"n": "also a noun", "s": "stative", "u": "no habit: measures, and verbs that take on another"}


@dataclass(frozen=True, slots=True)
class Words:
    """Classes (name -> words), and the forms of inflected words (word -> form name -> word).

    `forms` has those of verbs and nouns, `listed` those of the single words in words.yaml. `known`, `name_like` and
    `proper` are what the tokenizer asks for (`ip_bench.cues.dialect.tokens.Vocabulary`).
    """

    classes: dict[str, frozenset[str]]
    forms: dict[str, dict[str, str]]
    known: frozenset[str]
    name_like: frozenset[str]
    proper: frozenset[str]
    listed: dict[str, dict[str, str]] = field(default_factory=dict)

    def form(self, word: str, name: str) -> str:
        """Return a form of a word: base, third, past, participle, ing, singular, plural, be, was, have, subject, flat.

        Raises:
            UnknownNameError: where the lists have no such form of the word.
        """
        if name in {"be", "was", "have"} and word not in self.listed:
            number = "plural" if word in self.classes["nouns"] else "singular"
            return {"be": ("is", "are"), "was": ("was", "were"), "have": ("has", "have")}[name][number == "plural"]
        forms = self.forms.get(word, {}) | self.listed.get(word, {})
        if name not in forms:
            raise UnknownNameError("form", name, forms, where=f"the word {word!r}")
        return forms[name]


def content(name: str) -> Traversable:
    """Return a content file of the dialect cues."""
    return resources.files("ip_bench.builders.cues") / "content" / "dialect" / name


@lru_cache(maxsize=1)
def read_words() -> Words:
    """Return the shipped lists (`words.yaml`, `verbs.csv`, `nouns.csv`)."""
    lists: dict[str, Any] = yaml.safe_load(content("words.yaml").read_text(encoding="utf-8"))
    classes: dict[str, set[str]] = defaultdict(set)
    forms: dict[str, dict[str, str]] = {}
    _read_nouns(classes, forms)
    _read_verbs(classes, forms)
    for name, words in lists["classes"].items():
        classes[name] |= set(str(words).split())
    for name, parts in lists["unions"].items():
        classes[name] |= {word for part in parts.split() for word in classes[part]}
    for name, (whole, without) in lists["differences"].items():
        classes[name] |= classes[whole] - {word for part in without.split() for word in classes[part]}
    classes |= {"name": {NAME}, "number": classes["number-word"] | {NUMBER}, "closed": {CLOSED}}
    classes["stop"] = set(SENTENCE_END)
    known = {word for words in classes.values() for word in words if word[0].isalpha()}
    return Words(
        {name: frozenset(words) for name, words in classes.items()},
        forms,
        frozenset(known),
        frozenset(lists["name_like"].split()),
        frozenset(lists["proper"].split()),
        {word: dict(found) for word, found in lists["forms"].items()},
    )


@lru_cache(maxsize=64)
def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text by the shipped lists; kept because every variety reads the same text."""
    return tuple(tokenize(text, read_words()))


def _read_nouns(classes: dict[str, set[str]], forms: dict[str, dict[str, str]]) -> None:
    with content("nouns.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            singular = row["singular"]
            many = row["plural"] or plural(singular)
            found = {"singular": singular, "plural": many}
            if many != singular:
                forms[singular], forms[many] = found, found
                classes["noun"].add(singular)
                classes["nouns"].add(many)


def _read_verbs(classes: dict[str, set[str]], forms: dict[str, dict[str, str]]) -> None:
    with content("verbs.csv").open(encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        if reader.fieldnames != _VERB_COLUMNS:
            raise ContentError(f"verbs.csv:1: columns are {reader.fieldnames}; they must be {', '.join(_VERB_COLUMNS)}")
        for number, row in enumerate(reader, 2):
            if not set(row["flags"]) <= set(_FLAGS):
                named = ", ".join(f"{flag} ({meaning})" for flag, meaning in _FLAGS.items())
                raise ContentError(f"verbs.csv:{number}: flags {row['flags']!r}; they are {named}")
            _add_verb(row, classes, forms)


def _add_verb(row: dict[str, str], classes: dict[str, set[str]], forms: dict[str, dict[str, str]]) -> None:
    base = row["base"]
    stem = base + base[-1] if _DOUBLES.match(base) and not row["past"] else base
    ing = row["gerund"] or gerund(base + base[-1] if _DOUBLES.match(base) else base)
    before = row["past"] or past(stem)
    found = {
        "base": base,
        "third": {"have": "has", "be": "is"}.get(base, _third(base)),
        "past": before,
        "participle": row["participle"] or before,
        "ing": ing,
    }
    for name, form in found.items():
        classes[name].add(form)
        # "found" is the past of find and the base of found; the past and participle of one verb share their forms.
        forms[form] = forms.get(form, {}) | found if name != "base" else found | forms.get(form, {})
        if "n" not in row["flags"]:
            classes[f"{name}-only"].add(form)
    if before == base:
        classes["same-past"].add(base)
    elif base not in {"be", "do", "have"}:
        classes["clear-past"].add(before)
    for flag, name in (("s", "stative"), ("u", "no-habit")):
        if flag in row["flags"]:
            classes[name].add(base)
            classes[f"{name}-third"].add(found["third"])


def _third(base: str) -> str:
    return base + "es" if base.endswith("o") else plural(base)
