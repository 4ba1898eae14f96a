"""Patterns of the rules, parsed, and how one fits into a row of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ip_bench.cues.dialect.tokens import CLAUSE_END, CLOSED, END, NAME, SENTENCE_END, Token

Kind = Literal["word", "gap", "start", "end", "clause", "place"]
GAP = 6
_COMMON = frozenset({"a", "and", "in", "is", "of", "on", "the", "to", CLOSED, NAME})  # these tell little of a sentence


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its kind, its words, and which bracket it is in (-1: none).

    The words are those that it accepts (`refuses`: those that it does not) or that a gap never passes. `soft`: another
    rule may rewrite the word.
    """

    kind: Kind
    words: frozenset[str] = frozenset()
    refuses: bool = False
    optional: bool = False
    soft: bool = False
    name: str = ""
    group: int = -1

    def accepts(self, word: str) -> bool:
        """Return whether the element stands for this word."""
        return (word in self.words) != self.refuses


class Match(NamedTuple):
    """Where a pattern fits.

    `groups` are the (first, last) tokens of the brackets (of a place before token k: (k, k - 1)), `names` the tokens
    that have a name, `read` the tokens and places (as k - 0.5) that it looked at.
    """

    groups: tuple[tuple[int, int], ...]
    names: dict[str, int]
    read: frozenset[float]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern; the element `anchor` is the one by whose words it is looked up."""

    elements: tuple[Element, ...]
    groups: int
    anchor: int

    @property
    def anchor_words(self) -> frozenset[str]:
        """Return the words at which a match can be."""
        return self.elements[self.anchor].words

    @property
    def other_words(self) -> frozenset[str]:
        """Return the rarest words of which a match needs one beside its anchor, or the anchor's if it needs none."""
        needed = [
            element.words
            for index, element in enumerate(self.elements)
            if element.kind == "word" and not element.refuses and not element.optional and index != self.anchor
        ]
        return min(needed, key=lambda words: (not words.isdisjoint(_COMMON), len(words)), default=self.anchor_words)

    def match(self, tokens: Sequence[Token], at: int) -> Match | None:
        """Return how the pattern fits with its anchor on token `at`, or None; `tokens` end with an END token."""
        found: list[tuple[int, int]] = []  # (element, token)
        if not _fit(self.elements, self.anchor, tokens, at, 1, found):
            return None
        if not _fit(self.elements, self.anchor - 1, tokens, at - 1, -1, found):
            return None
        return self._read(found)

    def _read(self, found: list[tuple[int, int]]) -> Match:
        groups: list[tuple[int, int]] = [(-1, -1)] * self.groups
        names: dict[str, int] = {}
        read: set[float] = set()
        for index, token in found:
            element = self.elements[index]
            if element.kind == "place":
                groups[element.group] = (token, token - 1)
                read.add(token - 0.5)
                continue
            if not element.soft:
                read.add(token)
            if element.group >= 0:
                first, last = groups[element.group]
                groups[element.group] = (token if first < 0 else min(first, token), max(last, token))
            if element.name:
                names[element.name] = token
        return Match(tuple(groups), names, frozenset(read))


def _fit(
    elements: Sequence[Element], k: int, tokens: Sequence[Token], at: int, step: int, found: list[tuple[int, int]]
) -> bool:
    """Match the elements from `k` on with the tokens from `at` on, to the right (`step` 1) or left (-1).

    Shortest gaps and present optional words are tried first; `found` collects (element, token).
    """
    if not 0 <= k < len(elements):
        return True
    element = elements[k]
    if element.kind == "gap":
        return any(
            _fit(elements, k + step, tokens, skip, step, found) for skip in _reach(tokens, at, step, element.words)
        )
    if element.kind != "word":
        place, following = (at if step > 0 else at + 1), at
        fits = _holds(element.kind, tokens, place)
    else:
        place, following = at, at + step
        fits = element.accepts(tokens[at].word if 0 <= at < len(tokens) else END)
    if fits:
        if element.kind in {"word", "place"}:
            found.append((k, place))
        if _fit(elements, k + step, tokens, following, step, found):
            return True
        if element.kind in {"word", "place"}:
            found.pop()
    return element.optional and _fit(elements, k + step, tokens, at, step, found)


def _reach(tokens: Sequence[Token], at: int, step: int, stops: frozenset[str]) -> Iterator[int]:
    """Yield the positions that a gap beginning at `at` can lead to; it never passes a word of `stops`."""
    for skipped in range(GAP + 1):
        yield at + step * skipped
        if not 0 <= at + step * skipped < len(tokens) or tokens[at + step * skipped].word in stops:
            return


def _holds(kind: Kind, tokens: Sequence[Token], at: int) -> bool:
    """Return whether a mark holds in front of token `at`."""
    if kind == "start":
        return at <= 0 or tokens[at - 1].word in SENTENCE_END
    word = tokens[at].word if at < len(tokens) else END
    return kind == "place" or word in (SENTENCE_END if kind == "end" else CLAUSE_END)
