"""The four placebos: as many edits as a cue makes, none of which tells anything about the asker."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from ip_bench.cues.edits import Cued, apply_edits
from ip_bench.cues.matcher import Matcher
from ip_bench.cues.protect import glued, protected_spans
from ip_bench.design import Edit

Span = tuple[int, int]
_LONG_WORD = re.compile(r"(?<![\w'’-])[a-z]{4,}(?![\w'’-])")
_GAP = re.compile(r"(?<=[\w,;]) (?=\w)")


def typo(text: str, rng: random.Random, edits: int, spans: Sequence[Span] | None = None) -> Cued:
    """Swap two neighboring inner letters in `edits` words (where spans are given, the word in or nearest to each).

    Fewer words than asked give fewer edits.
    """
    words = _open_words(text)
    if spans is None:
        chosen = rng.sample(words, min(edits, len(words)))
    else:
        chosen = []
        for start, end in spans[:edits]:
            free = [word for word in words if word not in chosen]
            if free:
                chosen.append(min(free, key=lambda word: (max(start - word[1], word[0] - end, 0), word[0] - word[1])))
    found = []
    for start, end in sorted(chosen):
        word = text[start:end]
        k = rng.choice(_swaps(word))
        found.append(Edit(start, end, word, word[:k] + word[k + 1] + word[k] + word[k + 2 :], "typo"))
    return Cued(apply_edits(text, found), tuple(found))


def spacing(text: str, rng: random.Random, edits: int, spans: Sequence[Span] | None = None) -> Cued:
    """Double `edits` single spaces between words (the one before each span, where given)."""
    gaps = [found.start() for found in _GAP.finditer(text) if not _inside(text, found.start())]
    if spans is None or not gaps:
        chosen = sorted(rng.sample(gaps, min(edits, len(gaps))))
    else:
        chosen = sorted({min(gaps, key=lambda gap: (abs(gap + 1 - start), gap)) for start, _ in spans[:edits]})
    found = [Edit(gap, gap + 1, " ", "  ", "spacing") for gap in chosen]
    return Cued(apply_edits(text, found), tuple(found))


def synonym(text: str, rng: random.Random, edits: int, synonyms: Mapping[str, str]) -> Cued:
    """Replace `edits` words by locale-neutral words of like meaning, where the article before them may stay."""
    every = Matcher(synonyms, rule="synonym").apply(text).edits
    articles = {edit.end + 1 for edit in every if edit.rule == "article"}
    turned = [edit for edit in every if edit.rule == "synonym" and edit.start not in articles]
    found = sorted(rng.sample(turned, min(edits, len(turned))))
    return Cued(apply_edits(text, found), tuple(found))


def signoff(text: str, parts: Sequence[str]) -> Cued:
    """Append the parts of a neutral sign-off, a line and an edit each."""
    found = tuple(Edit(len(text), len(text), "", f"\n{part}", "signoff") for part in parts)
    return Cued(apply_edits(text, found), found)


def _swaps(word: str) -> list[int]:
    """Return the positions of inner letters that differ from the inner letter behind them."""
    return [k for k in range(1, len(word) - 2) if word[k] != word[k + 1]]


@lru_cache(maxsize=64)  # one text gets the slips of every voice
def _open_words(text: str) -> list[Span]:
    """Return the words of four letters or more that a typo may and can change."""
    blocked = protected_spans(text)
    return [
        found.span()
        for found in _LONG_WORD.finditer(text)
        if not any(a < found.end() and found.start() < b for a, b in blocked)
        and not glued(text, *found.span())
        and _swaps(found.group())
    ]


def _inside(text: str, at: int) -> bool:
    return any(a <= at < b for a, b in protected_spans(text))
