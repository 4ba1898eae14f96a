"""Split a text into words, clitics and punctuation; what a rule must not touch becomes a token of its own."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from ip_bench.cues.protect import APART, glued, protected_spans

#: Words of tokens that no rule rewrites; they start with a character that no word has.
NAME, NUMBER, CLOSED, END = "#name", "#number", "#closed", "#end"
#: After these a sentence begins, and before them one ends.
SENTENCE_END = frozenset({".", "?", "!", ":", ";", "\n", END})
#: These end a clause, too.
CLAUSE_END = SENTENCE_END | {",", "(", ")", "-", "–", "—", CLOSED}

_ABBREVIATED = r"(?<!\w)(?:Mrs?|Ms|Dr|Prof|St|Jr|Sr|vs|etc|[A-Za-z]\.[A-Za-z])\."
# The group is a run of plain words, which most are: in lower case, and what stands beside each joins it to nothing (see
# `glued`) and goes on with none. "etc." and "vs." are left to the next alternative.
_PLAIN = r"(?<=[ \n,!?)\"”])([a-z]+(?: [a-z]+)*)(?=[ \n,!?)\"”]|(?<!etc)(?<!vs)[.:;][ \n])"
_TOKEN = re.compile(
    rf"{_PLAIN}|{_ABBREVIATED}"
    r"|\d+(?:[.,:/]\d+)*(?:st|nd|rd|th|s)?(?!\w)|[^\W_]+(?:['’-][^\W_]+)*['’]?|\n|\S"
)
_CLITIC = re.compile(r"(?<=\w)(?:'(?:re|s|m|ve|ll|d))$")
_LINES_IN_QUOTES = re.compile(r'(?<!\w)"(?=\S)[^"]*"(?!\w)|“[^”]*”')
_WHOLE = frozenset({"let's", "o'clock", "ma'am"})


class Vocabulary(Protocol):
    """The word lists that tell names from words (`ip_bench.cues.dialect.words.Words`)."""

    @property
    def known(self) -> frozenset[str]:
        """Words that may open a sentence without being a name."""

    @property
    def name_like(self) -> frozenset[str]:
        """Words that are taken for a name where they open a sentence."""

    @property
    def proper(self) -> frozenset[str]:
        """Words that are written with a capital and are read as words."""


class Token(NamedTuple):
    """A word or mark at `text[start:end]`; `word` is its lower-case form, or the kind of what is never rewritten.

    `opens` tells that it is the capitalized first word of a sentence.
    """

    start: int
    end: int
    word: str
    opens: bool


def tokenize(text: str, vocabulary: Vocabulary) -> list[Token]:
    """Return the tokens of `text`, and behind them an empty one whose word is END.

    A capital inside a sentence makes a word a name unless it is in `vocabulary.proper`; at the start of a sentence it
    does where the word is not in `known` or is in `name_like`. Numbers, and each stretch of code, quotation, address or
    placeholder, are one token.
    """
    tokens: list[Token] = []
    closed = _closed_spans(text)
    at, fresh = 0, True
    for start, end in [*closed, (len(text), len(text))]:
        fresh = _open_stretch(text, at, start, fresh, tokens, vocabulary)
        if start < end:
            tokens.append(Token(start, end, CLOSED, False))
            fresh = text[end - 2] in ".?!"
        at = end
    tokens.append(Token(len(text), len(text), END, False))
    return tokens


def _closed_spans(text: str) -> list[tuple[int, int]]:
    """Return what is protected, quotations over several lines included, sorted and merged."""
    spans = protected_spans(text)
    if '"' in text or "“" in text:
        spans += [found.span() for found in _LINES_IN_QUOTES.finditer(text)]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _open_stretch(text: str, at: int, end: int, fresh: bool, tokens: list[Token], vocabulary: Vocabulary) -> bool:
    """Append the tokens of an unprotected stretch; return whether the next word begins a sentence."""
    new_tuple, add = tuple.__new__, tokens.append
    for found in _TOKEN.finditer(text, at, end):
        first, last = found.span()
        if found.lastindex:
            for word in found[1].split(" "):
                add(new_tuple(Token, (first, first + len(word), word, False)))  # as Token(...), in half the time
                first += len(word) + 1
            fresh = False
            continue
        if not text[first].isalnum():
            mark = found.group()
            tokens.append(Token(first, last, mark, False))
            fresh = mark in SENTENCE_END or (fresh and mark in "()*-•")
            continue
        while text[last - 1] in "'’":
            last -= 1
        if text[last - 1] == ".":
            tokens.append(Token(first, last, NAME if text[first].isupper() else CLOSED, False))
        elif _is_glued(text, first, last):
            tokens.append(Token(first, last, CLOSED, False))
        else:
            _append_word(text, first, last, fresh, tokens, vocabulary)
        fresh = False
    return fresh


def _is_glued(text: str, start: int, end: int) -> bool:
    left, right = text[start - 1 : start], text[end : end + 1]
    return (left not in APART or right not in APART) and glued(text, start, end)


def _append_word(text: str, start: int, end: int, fresh: bool, tokens: list[Token], vocabulary: Vocabulary) -> None:
    raw = text[start:end]
    if raw.isalpha() and raw.islower():  # most words: neither a name nor two
        tokens.append(tuple.__new__(Token, (start, end, raw, False)))
        return
    lower = raw.lower().replace("’", "'")
    clitic = _CLITIC.search(lower) if "'" in lower and lower not in _WHOLE else None
    cut = clitic.start() if clitic else len(lower)
    stem = lower[:cut]
    if not raw.isalpha() and any(char.isdigit() for char in raw):
        tokens.append(Token(start, end, NUMBER, False))
        return
    capital = raw[0].isupper()
    if len(lower) != len(raw) or (
        capital
        and stem != "i"
        and stem not in vocabulary.proper
        and _is_name(text, raw[:cut], stem, end, fresh, vocabulary)
    ):
        tokens.append(Token(start, start + cut, NAME, capital and fresh))
    else:
        tokens.append(Token(start, start + cut, stem, capital and fresh))
    if clitic:
        tokens.append(Token(start + cut, end, clitic.group(), False))


def _is_name(text: str, raw: str, word: str, end: int, fresh: bool, vocabulary: Vocabulary) -> bool:
    if (
        not fresh
        or (len(raw) > 1 and not raw[1:].islower())
        or word not in vocabulary.known
        or word in vocabulary.name_like
    ):
        return True
    # "The Salmon" and "New York" open with a part of the name; "Does Anna" does not.
    follows = text[end + 1 : end + 3]
    return word in {"the", "a", "an", "new", "old"} and follows[:1].isupper() and follows[1:].islower()
