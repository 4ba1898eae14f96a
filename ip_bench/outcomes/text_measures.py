"""How a text reads: school grade, vocabulary and length, each an outcome of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ip_bench.outcomes.prose import Prose, read_prose

MTLD_THRESHOLD = 0.72
FEWEST_WORDS = 10  # below this a text has no grade
FEWEST_TYPES = 50  # words below which lexical diversity is not defined (McCarthy and Jarvis 2010)
_SILENT = re.compile(
    r"(?<=[^laeiouycgsxzh])es\Z|(?<=[^aeiouytd])ed\Z|(?<=[^laeiouy])e\Z|(?<=[aeiouy]l)es?\Z"
)  # makes, walked, make, miles; but boxes, wanted and apple keep theirs
_VOWELS = re.compile(r"[aeiouy]+|(?<=[sd])n['’]t\Z")
_LETTERS = re.compile(r"[^\W\d_]")


class TextMeasures(NamedTuple):
    """The measures of a text.

    `words` and `sentences` are counts; `grade` is the Flesch-Kincaid and `ari` the Automated Readability Index, both
    in years of US schooling; `mtld` is lexical diversity, in words; `word_length` is letters per word. None where the
    text is too short for the measure.
    """

    words: int
    sentences: int
    grade: float | None
    ari: float | None
    mtld: float | None
    word_length: float | None


def text_measures(text: str) -> TextMeasures:
    """Return the measures of a text; Markdown is not counted, and headings belong to no sentence.

    Grade: 0.39 words/sentences + 11.8 syllables/words - 15.59 (Kincaid et al. 1975). ARI: 4.71 characters/words +
    0.5 words/sentences - 21.43 (Smith and Senter 1967), which needs no syllables and so checks the grade.
    """
    prose = read_prose(text)
    words = _words(prose)
    count, sentences = len(words), max(1, len(prose.sentences))
    if count < FEWEST_WORDS:
        return TextMeasures(count, len(prose.sentences), None, None, None, None)
    letters = _letters(words)
    return TextMeasures(
        words=count,
        sentences=len(prose.sentences),
        grade=0.39 * count / sentences + 11.8 * sum(map(syllables, words)) / count - 15.59,
        ari=_ari(letters, count, sentences),
        mtld=mtld([word.casefold() for word in words]) if count >= FEWEST_TYPES else None,
        word_length=letters / count,
    )


def ari(text: str) -> float | None:
    """Return the Automated Readability Index of a text alone, which takes a third of the time of all measures."""
    prose = read_prose(text)
    words = _words(prose)
    if len(words) < FEWEST_WORDS:
        return None
    return _ari(_letters(words), len(words), max(1, len(prose.sentences)))


def _words(prose: Prose) -> list[str]:
    return [word for word in prose.words if _LETTERS.search(word)]


def _letters(words: Sequence[str]) -> int:
    return len(_LETTERS.findall("".join(words)))


def _ari(letters: int, words: int, sentences: int) -> float:
    return 4.71 * letters / words + 0.5 * words / sentences - 21.43


def syllables(word: str) -> int:
    """Return an estimate of a word's syllables: its groups of vowels without a silent e, es or ed at the end.

    Against a pronouncing dictionary it is off for one word in 28 of running text, by -0.02 a word on average; the
    hyphenation patterns that readability libraries fall back on are off for one in 11, by -0.09.
    """
    bare = word.casefold()
    if len(_LETTERS.findall(bare)) <= 3:
        return 1
    return max(1, len(_VOWELS.findall(_SILENT.sub("", bare))))


def mtld(words: Sequence[str], threshold: float = MTLD_THRESHOLD) -> float:
    """Return the measure of textual lexical diversity: the mean length of stretches that stay above a type-token ratio.

    Mean of the forward and the backward pass; the last, unfinished stretch counts by how far its ratio has fallen.
    Unlike the ratio itself it hardly depends on the length of the text (McCarthy and Jarvis 2010).
    """
    return (_pass(words, threshold) + _pass(words[::-1], threshold)) / 2


def _pass(words: Sequence[str], threshold: float) -> float:
    factors, types, tokens = 0.0, set[str](), 0
    for word in words:
        tokens += 1
        types.add(word)
        if len(types) / tokens <= threshold:
            factors, types, tokens = factors + 1, set(), 0
    if tokens:
        factors += (1 - len(types) / tokens) / (1 - threshold)
    return len(words) / factors if factors else float(len(words))
