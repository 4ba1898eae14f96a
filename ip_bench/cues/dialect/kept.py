"""What a dialect or second-language cue must keep: numbers, names, quotations, kind of sentence and polarity."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ip_bench.cues.dialect.tokens import CLOSED, END, NAME, SENTENCE_END
from ip_bench.cues.dialect.words import read_words, tokens_of
from ip_bench.cues.edits import Cued, undo_edits

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_VERBAL = re.compile(r"not|never|cannot|ain't|\w+n't")
#: Words that agree with a negated verb and add no second negation.
_AGREEING = frozenset({"no", "nobody", "nothing", "nowhere", "none"})
_STOPS = SENTENCE_END - {END}


def not_kept(text: str, cued: Cued) -> tuple[str, ...]:
    """Return what `cued` failed to keep of `text`; empty where it kept everything.

    "undo": undoing the edits gives another text. "numbers", "names" and "closed" (code, quotations, addresses): another
    multiset or order. "sentences": other ends of sentences or question words. "polarity": a sentence became negative or
    positive, a negated verb more or less, or an agreeing word ("nothing") in a sentence without a negated verb. A verb
    may become negated only where the sentence had an agreeing word and no negated verb ("there ain't no").
    """
    try:
        undone = undo_edits(cued.text, cued.edits)
    except ValueError:
        undone = None
    before, after = _said(text), _said(cued.text)
    found = {
        "undo": undone == text,
        "numbers": before.numbers == after.numbers,
        "names": before.names == after.names,
        "closed": before.closed == after.closed,
        "sentences": before.ends == after.ends and before.asked == after.asked,
        "polarity": all(map(_same_polarity, before.polarity, after.polarity)),
    }
    return tuple(name for name, kept in found.items() if not kept)


class _Said(NamedTuple):
    """What of a text a cue must keep; `polarity` counts the negated verbs and the agreeing words of each sentence."""

    numbers: list[str]
    names: Counter[str]
    closed: list[str]
    ends: list[str]
    asked: Counter[str]
    polarity: list[tuple[int, int]]


@lru_cache(maxsize=32)
def _said(text: str) -> _Said:
    """Return what a text says; kept because one text has many versions."""
    tokens, classes = tokens_of(text), read_words().classes
    counted, asked = classes["number-word"], classes["wh"] - {"which", "what", "when", "where"}
    words = [token.word for token in tokens]

    def written(kind: str) -> list[str]:
        return [text[token.start : token.end] for token in tokens if token.word == kind] if kind in words else []

    return _Said(
        numbers=_NUMBER.findall(text) + [word for word in words if word in counted],
        names=Counter(written(NAME)),
        closed=written(CLOSED),
        ends=[word for word in words if word in SENTENCE_END],
        asked=Counter([word for word in words if word in asked]),
        polarity=[
            (sum(map(_is_negated, sentence)), sum(map(_AGREEING.__contains__, sentence)))
            for sentence in _sentences(words)
        ],
    )


def _sentences(words: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for word in words:
        if word in _STOPS:
            found.append([])
        elif word != "not" or found[-1][-1:] != ["or"]:  # "or not" asks and denies nothing
            found[-1].append(word)
    return [_without_tag(sentence) for sentence in found]


def _without_tag(words: list[str]) -> list[str]:
    """Return the words of a sentence without a tag (", isn't it"), which asks for assent and denies nothing."""
    tagged = len(words) > 3 and words[-3] == "," and words[-1] in read_words().classes["subject"]
    return words[:-3] if tagged else words


@lru_cache(maxsize=65536)
def _is_negated(word: str) -> bool:
    return word[-1:] in {"t", "r"} and _VERBAL.fullmatch(word) is not None


def _same_polarity(before: tuple[int, int], after: tuple[int, int]) -> bool:
    (verbs, agreed), (negated, agreeing) = before, after
    if negated == verbs:
        return agreeing == agreed or (agreeing > agreed and negated > 0)
    return verbs == 0 and negated == 1 and agreeing == agreed > 0
