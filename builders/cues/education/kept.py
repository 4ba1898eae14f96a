"""What a cue must keep of a learner's message, over what every dialect cue must: counts, and the answers to choose."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from ip_bench.cues.dialect.kept import not_kept
from ip_bench.cues.edits import Cued
from ip_bench.cues.wordwise import by_word

_counts = by_word(re.compile(r"\b(?:half|quarter|twice|third|fourth|fifth|sixth)\b", re.IGNORECASE))


@lru_cache(maxsize=128)  # a slip is asked about when it is made and again at the gate
def lost(text: str, cued: Cued, accepted: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Return what `cued` failed to keep of `text`; empty where it kept everything.

    The names of `ip_bench.cues.dialect.kept.not_kept`; "counts" where a word such as "half" or "third" came or went;
    "answers" where an answer is named more or less often than before (its article does not count).
    """
    found = not_kept(text, cued)
    if _lower(_counts(text)) != _lower(_counts(cued.text)):
        found += ("counts",)
    if not same_answers(text, cued.text, accepted):
        found += ("answers",)
    return found


def same_answers(text: str, other: str, accepted: tuple[tuple[str, ...], ...]) -> bool:
    """Return whether two texts name every answer equally often."""
    return _named(text, accepted) == _named(other, accepted)


@lru_cache(maxsize=64)  # one text has many versions
def _named(text: str, accepted: tuple[tuple[str, ...], ...]) -> Counter[str]:
    pattern = _answers(accepted)
    return _lower(pattern.findall(text)) if pattern else Counter()


@lru_cache(maxsize=1024)
def _answers(accepted: tuple[tuple[str, ...], ...]) -> re.Pattern[str] | None:
    forms = {form for forms in accepted for form in forms if not form.startswith("the ")}
    said = "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))
    return re.compile(rf"(?<!\w)(?:{said})(?!\w)", re.IGNORECASE) if forms else None


def _lower(found: list[str]) -> Counter[str]:
    return Counter(map(str.lower, found))
