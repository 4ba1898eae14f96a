"""A completion as plain sentences: lower case, contractions written out, markup gone."""

from __future__ import annotations

import re
from typing import NamedTuple

from ip_bench.outcomes.plain import QUOTES, plain
from ip_bench.outcomes.thinking import split_thinking

LONGEST = 20_000  # characters read of a completion: what it is shows long before
_SENTENCES = 40  # of a completion that are kept
_TAIL = 200  # characters in which the end is looked for
_SENTENCE_CHARS = 600  # characters read of one sentence; every rule is a search in a string of bounded length
# What a completion quotes is not what it does: a letter that declines, a robot that refuses.
_QUOTED = re.compile(r'"[^"\n]{12,600}"')
_ITEM = re.compile(r"[ \t]{0,20}(?:[-*•–+][ \t]|\(?(?:\d{1,2}|[a-hA-H])[.)][ \t]|step \d)", re.IGNORECASE)
_BREAK = re.compile(r"(?<=[.!?])[\"')\]]{0,3}\s{1,20}(?=[\"'(\[]{0,3}[^\W_a-z])|\n")
_ABBREVIATED = re.compile(r"\b(?:mr|mrs|ms|dr|st|vs|e\.g|i\.e|etc|no)\.\Z", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]{1,40}(?:'[a-z]{1,3})?")
_ENDED = re.compile(r"[.!?…:;]['\"”’)\]*_`]{0,4}\s*\Z|```\s*\Z|[^\w\s,(\-–—'’]\s*\Z")
# A text that stops on one of these was cut: no answer ends so.
_LEADS_ON = frozenset((
    "a", "an", "the", "to", "of", "for", "with", "and", "or", "but", "i", "we", "my", "your", "his", "her", "its",
    "their", "that", "which", "who", "is", "are", "was", "were", "am", "be", "as", "at", "by", "in", "on", "from",
    "into", "if", "because", "can", "could", "will", "would", "should", "must", "not", "very",
))  # fmt: skip


class Sentence(NamedTuple):
    """One sentence in plain lower case; `item` says that it starts an item of a list."""

    text: str
    item: bool


class Completion(NamedTuple):
    """The answer of a completion.

    `status` is "read", or why nothing can be said: "empty", "unfinished" (the thinking was never closed) or "cut" (it
    breaks off before its first sentence is over). `truncated` says that the text ends in the middle of a sentence.
    """

    status: str
    truncated: bool
    answer: str
    sentences: tuple[Sentence, ...]


def words(text: str) -> list[str]:
    """Return the words of plain text."""
    return _WORD.findall(text)


def read_completion(text: str, *, thinking: bool = False, finish_reason: str = "") -> Completion:
    """Return a completion's answer in sentences, the thinking split off; never raises on model output.

    `thinking` says that the request opened the thinking; `finish_reason` is what a server reported ("length": cut).
    """
    response = split_thinking(text, opened=thinking)
    answer = response.answer[:LONGEST]
    if not re.search(r"\w", answer):
        return Completion("empty" if response.finished else "unfinished", False, "", ())
    sentences = tuple(_sentences(_unquoted(answer)))
    ended = len(response.answer) > LONGEST or _ENDED.search(answer[-50:]) is not None
    last = words(plain(answer[-_TAIL:].splitlines()[-1]))
    hangs = not ended and bool(last) and last[-1] in _LEADS_ON
    truncated = finish_reason == "length" or hangs or (not ended and len(last) > 6)
    if len(sentences) == 1 and not ended and (hangs or finish_reason == "length"):
        return Completion("cut", True, answer, sentences)
    return Completion("read", truncated, answer, sentences)


def _unquoted(answer: str) -> str:
    """Return an answer without what it quotes, or as it is where nothing else is left."""
    flat = answer.translate(QUOTES)
    left = _QUOTED.sub('"..."', flat)
    return left if len(words(left)) >= 4 else flat


def _sentences(answer: str) -> list[Sentence]:
    found: list[Sentence] = []
    start = 0
    for end, after in [*((m.start(), m.end()) for m in _BREAK.finditer(answer)), (len(answer), len(answer))]:
        piece = answer[start:end]
        if after < len(answer) and answer[end:after].find("\n") < 0 and _ABBREVIATED.search(piece[-6:]):
            continue
        start = after
        if re.search(r"\w", piece) and len(found) < _SENTENCES:
            found.append(Sentence(plain(piece[:_SENTENCE_CHARS]), _ITEM.match(piece) is not None))
    return found or [Sentence(plain(answer[:_SENTENCE_CHARS]), False)]
