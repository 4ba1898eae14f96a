"""What patterns and answers a text holds, read word by word: rows share most words, and each is read once."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ip_bench.outcomes.answers import normalize

_normal = lru_cache(maxsize=65536)(normalize)


def normal(text: str) -> str:
    """Return `normalize(text)`, which takes every word for itself."""
    return " ".join(filter(None, map(_normal, text.split())))


def by_word(pattern: re.Pattern[str]) -> Callable[[str], list[str]]:
    """Return a function like `pattern.findall`, for a pattern that matches no space and sees no further than one."""

    @lru_cache(maxsize=65536)
    def found(word: str) -> tuple[str, ...]:
        return tuple(pattern.findall(word))

    return lambda text: [match for held in filter(None, map(found, text.split())) for match in held]


def names_answer(text: str, accepted: tuple[tuple[str, ...], ...]) -> bool:
    """Return whether `ip_bench.outcomes.answers.named_choices` finds a choice in a text, without making a pattern."""
    words = f" {normal(text)} "
    inside, alone = _forms(accepted)
    return words in alone or any(map(words.__contains__, inside))


@lru_cache(maxsize=4096)
def _forms(accepted: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the forms that count within a text, and those that count as all of it: single letters."""
    forms = {normalize(form) for forms in accepted for form in forms} - {""}
    inside = sorted(f" {form} " for form in forms if len(form) > 1)
    return tuple(inside), frozenset(f" {form} " for form in forms if len(form) == 1)
