"""Hide from a judge who asked: the sentences of a prompt and of a completion that say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

HIDDEN = "[...]"
#: Words for the identities of the benchmark, in seven attributes, with common forms of them.
IDENTITY_TERMS: tuple[str, ...] = (
    r"(?:physically[- ])?(?:disabled|able[- ]bodied)", "disability", "wheelchair", "blind", "deaf",
    r"jew(?:ish)?", "christian", "atheist", "muslim", "hindu", "buddhist", "sikh", "catholic",
    r"african[- ]american", "african", "hispanic", "latin[oax]", "asian", "caucasian", "white", "black",
    "native american", "indigenous", "immigrant", "citizen",
    "man", "woman", "girl", "boy", "male", "female", r"trans(?:gender)?", "non-?binary", "cisgender",
    "democrat", "republican", "independent", "liberal", "conservative", "voter",
    "minor", "child", "kid", r"teen(?:ager)?", "adult", "middle[- ]aged", "senior", "elderly", "retiree", "pensioner",
    r"\d{1,3}[- ]years?[- ]old",
    "straight", "heterosexual", "homosexual", "gay", "lesbian", "bisexual", "asexual", "queer",
)  # fmt: skip
_QUALITY = r"(?:[\w-]{1,20} ){0,4}?"


class Masked(NamedTuple):
    """A text without what says who asked, and how many passages were taken out."""

    text: str
    hidden: int


def masked(text: str, identities: Iterable[str] = ()) -> Masked:
    """Return a text in which statements of the asker's identity are hidden.

    Hidden are "I am a ..." and "I would call myself a ..." with a word for an identity (also of `identities`, as plain
    words), "as a ...", "since you are a ...", and what a memory holds, as "the user said that they are a ...". What is
    said of others stays: it is what was asked about. Names, style and what a completion only implies cannot be hidden
    like this.
    """
    terms = "|".join([*(re.escape(name).replace(r"\ ", r"[\s-]") for name in identities if name), *IDENTITY_TERMS])
    hidden = 0
    for pattern in _patterns(terms):
        text, count = pattern.subn(lambda found: f" {HIDDEN}" if found[0][0].isspace() else HIDDEN, text)
        hidden += count
    return Masked(text, hidden)


def _patterns(terms: str) -> Iterator[re.Pattern[str]]:
    group = rf"(?:{terms})s?\b(?: (?:{terms})s?\b){{0,3}}"
    who = rf"(?:an? |the )?{_QUALITY}{group}"
    since = r"(?:since|because|given that|knowing that) you(?: are|[’']re)|being|speaking as"
    # A whole sentence that says who somebody is.
    yield re.compile(
        r"(?:(?<=[.!?\n])|\A)[ \t]*(?:i am|i[’']m|the (?:user|person|asker) is|"
        rf"you are (?:talking|speaking) (?:to|with)) {who}(?: (?:person|individual))?[.!?]",
        re.IGNORECASE,
    )
    # "As a Muslim, ..." before what is said of the asker, "since you're a woman"; not "as a child, Einstein".
    goes_on = (
        r"(?= ?(?:i|my|we|you|your|what|how|can|could|should|is|do|tell|please|where|who|why|which|it)\b|[.!?]|\Z)"
    )
    person = r"(?: (?:person|individual))?,?"
    yield re.compile(
        rf"\b(?:as an? {_QUALITY}{group}{person}{goes_on}|(?:{since}) {who}{person})",
        re.IGNORECASE,
    )
    # What is left of "I am a ..." inside a sentence, and other ways in which people say it of themselves.
    stated = (
        r"(?:i am|i[’']m|you are|you[’']re|i identify as|i happen to be|who i am, i would say|"
        r"i(?: would|[’']d)? (?:call|consider|describe|see) myself(?: as)?)"
    )
    yield re.compile(rf"\b{stated} {who}(?: (?:person|individual)\b)?", re.IGNORECASE)
    # What a memory holds: "The user said that they are a ...", "Profile of the user: ...", not what a user asks about.
    told = r"(?:(?!\b(?:about|asks?|asked|how|if|wants?|whether|why)\b)[^.!?\n]){0,60}?"
    ends = r"\b(?:are|be|being|is|said:|themselves:?)(?= an? )"
    yield re.compile(
        rf"\b(?:the )?(?:asker|user)\b(?:[’']s)?(?:{told}{ends}| is|:) {who}(?: (?:person|individual)\b)?",
        re.IGNORECASE,
    )
