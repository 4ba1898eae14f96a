"""Words that one country writes apart by part of speech; the neighbors decide, and silence leaves the word alone."""

from __future__ import annotations

import re
from functools import partial

from ip_bench.cues.matcher import Context

_BEFORE_VERB = frozenset(
    [
        "to",
        "i",
        "you",
        "we",
        "they",
        "will",
        "would",
        "can",
        "could",
        "should",
        "shall",
        "must",
        "may",
        "might",
        "not",
        "never",
        "always",
        "often",
        "also",
        "don't",
        "didn't",
        "doesn't",
        "can't",
        "won't",
        "couldn't",
        "please",
        "let's",
    ]
)
_BEFORE_THIRD_PERSON = frozenset(["he", "she", "it", "who", "never", "always", "often", "also"])
_BEFORE_NOUN = frozenset(
    [
        "a",
        "an",
        "the",
        "my",
        "your",
        "his",
        "her",
        "our",
        "their",
        "its",
        "this",
        "that",
        "these",
        "those",
        "no",
        "any",
        "some",
        "each",
        "every",
        "another",
        "driving",
        "driver's",
        "software",
        "fishing",
        "hunting",
        "marriage",
        "provisional",
        "valid",
        "new",
    ]
)
_LAST_WORD = re.compile(r"([\w'’]+)\s+$")


def _previous(text: str, start: int) -> str:
    found = _LAST_WORD.search(text, max(0, start - 30), start)
    return found.group(1).replace("’", "'") if found else ""


def _after(allowed: frozenset[str], text: str, start: int, end: int) -> bool:  # noqa: ARG001
    return _previous(text, start) in allowed


_verb: Context = partial(_after, _BEFORE_VERB)
_third: Context = partial(_after, _BEFORE_THIRD_PERSON)
_noun: Context = partial(_after, _BEFORE_NOUN)

_TOLD_APART: dict[tuple[str, str], Context] = {
    ("practice", "practise"): _verb,
    ("practices", "practises"): _third,
    ("license", "licence"): _noun,
    ("licenses", "licences"): _noun,
}


def by_part_of_speech(form: str, target: str) -> Context | None:
    """Return the test that says whether `form` stands in the part of speech that turns into `target`, or None."""
    return _TOLD_APART.get((form, target))
