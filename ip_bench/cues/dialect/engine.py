"""Apply the rules of a variety to a text: find the eligible sites, choose a share of them, log what was changed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ip_bench.cues.dialect.patterns import Match
from ip_bench.cues.dialect.rules import Rule, Site, Variety, find_variety, read_rules
from ip_bench.cues.dialect.tokens import SENTENCE_END, Token
from ip_bench.cues.dialect.words import tokens_of
from ip_bench.cues.dialect.write import edits_of
from ip_bench.cues.edits import Cued, apply_edits
from ip_bench.design import Edit

#: The share of eligible sites that is changed where no other is asked for.
DENSITY = 0.8


class Eligible(NamedTuple):
    """A place where a rule can fire: the rule, its weight, and its edits in the order of the text.

    The first edit carries the rule's `label` as `rule`; the others of the same firing carry it with "/2", "/3", ...
    `read` and `written` are the tokens (and the places before one, as k - 0.5) that it looks at and that it rewrites.
    """

    rule: Rule
    weight: float
    edits: tuple[Edit, ...]
    read: frozenset[float]
    written: frozenset[float]


class Dialect:
    """The rules of one variety, indexed by the words at which they can fire."""

    def __init__(self, variety: Variety) -> None:
        self.variety = variety
        rules = read_rules()
        self._rules = [(rules[name], weight) for name, (_, weight) in self.variety.rules.items()]
        index: dict[str, list[tuple[int, int, Site]]] = defaultdict(list)
        numbers: dict[frozenset[str], int] = {}
        for order, (rule, _) in enumerate(self._rules):
            for site in rule.sites:
                number = numbers.setdefault(site.pattern.other_words, len(numbers))
                for word in site.pattern.anchor_words:
                    index[word].append((order, number, site))
        self._index = dict(index)
        self._others = list(numbers)

    def eligible(self, text: str) -> list[Eligible]:
        """Return the places where a rule can fire, in the order of the text; of two that are not apart only one may."""
        tokens = tokens_of(text)
        found: dict[tuple[int, tuple[Edit, ...]], Eligible] = {}
        words: frozenset[str] = frozenset()
        possible: dict[int, bool] = {}
        allowed: dict[int, bool] = {}
        for at, token in enumerate(tokens):
            if not at or tokens[at - 1].word in SENTENCE_END:
                words, possible, allowed = _words_around(tokens, at), {}, {}
            for order, number, site in self._index.get(token.word, ()):
                if number not in possible:
                    possible[number] = not words.isdisjoint(self._others[number])
                if not possible[number]:
                    continue
                rule, weight = self._rules[order]
                match = site.pattern.match(tokens, at)
                if match is None:
                    continue
                if order not in allowed:
                    allowed[order] = _allowed(rule, tokens, at)
                if not allowed[order]:
                    continue
                edits = edits_of(text, tokens, match, site.writes, label(self.variety.level, rule))
                if edits:  # two patterns of a rule can come to the same
                    found.setdefault((order, edits), Eligible(rule, weight, edits, match.read, _written(match)))
        return sorted(found.values(), key=lambda place: place.edits)

    def apply(self, text: str, rng: random.Random, density: float = DENSITY) -> Cued:
        """Return the text with a share of its eligible places changed, and the edits.

        A place of a rule of weight w counts as `density ** (1 / w)`: one at density 1, none at 0. The sum of these over
        places that are apart, rounded and at least one, is the number of places that change (fewer where one that was
        drawn early stands in the way of two others). `rng` says which: the places are drawn in an order in which heavy
        rules come early, and a higher density goes further along it.
        """
        if density <= 0:
            return Cued(text, ())
        places = self.eligible(text)
        share = sum(density ** (1 / place.weight) for place in _apart(places))
        drawn = sorted((rng.random() ** place.weight, k) for k, place in enumerate(places))
        chosen = _apart(places[k] for _, k in drawn)[: max(1, round(share))]
        edits = tuple(sorted(edit for place in chosen for edit in place.edits))
        return Cued(apply_edits(text, edits), edits)


def label(level: str, rule: Rule) -> str:
    """Return what the log of edits calls a rule: "aae:155:aint-be", or "spanish:age-have" for one without a feature."""
    return f"{level}:{rule.feature}:{rule.rule}" if rule.feature else f"{level}:{rule.rule}"


def _apart(places: Iterable[Eligible]) -> list[Eligible]:
    """Return the places in their order, without those that rewrite what an earlier one reads, or the reverse."""
    kept: list[Eligible] = []
    read: set[float] = set()
    written: set[float] = set()
    for place in places:
        if place.written.isdisjoint(read) and place.written.isdisjoint(written) and place.read.isdisjoint(written):
            read |= place.read
            written |= place.written
            kept.append(place)
    return kept


def _written(match: Match) -> frozenset[float]:
    """Return the tokens that a match rewrites, and the places where it puts something in."""
    return frozenset(
        spot for first, last in match.groups for spot in ([first - 0.5] if last < first else range(first, last + 1))
    )


@lru_cache(maxsize=16)
def dialect(level: str, kind: str = "dialect") -> Dialect:
    """Return the engine of a variety ("aae", "indian", ...) or, with `kind` "transfer", of a first language."""
    return Dialect(find_variety(level, kind))


def _allowed(rule: Rule, tokens: Sequence[Token], at: int) -> bool:
    """Return whether the sentence around token `at` is of the rule's mood and has none of the words that bar it."""
    if rule.mood == "any" and not rule.without:
        return True
    last = at
    while tokens[last].word not in SENTENCE_END:
        last += 1
    if rule.mood != "any" and (tokens[last].word == "?") != (rule.mood == "question"):
        return False
    first = at
    while first and tokens[first - 1].word not in SENTENCE_END:
        first -= 1
    return not any(token.word in rule.without for token in tokens[first:last])


def _words_around(tokens: Sequence[Token], first: int) -> frozenset[str]:
    """Return the words of the sentence that begins at token `first`, its end, and the end of the one before."""
    last = first
    while tokens[last].word not in SENTENCE_END:
        last += 1
    return frozenset(token.word for token in tokens[max(0, first - 1) : last + 1])
