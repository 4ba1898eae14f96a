"""Text in lower case without markup, typographic quotes or contractions: what rules are written for."""

from __future__ import annotations

import re

QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "}
)
_CONTRACTIONS = tuple(
    (re.compile(pattern), full)
    for pattern, full in (
        (r"\b(?:cannot|can't|cant)\b", "can not"),
        (r"\b(?:won't|wont)\b", "will not"),
        (r"\bshan't\b", "shall not"),
        (r"\bain't\b", "is not"),
        (r"\b(\w{2,8})n't\b", r"\1 not"),
        (r"\b(?:dont|doesnt|didnt)\b", "do not"),
        (r"\bi'm\b", "i am"),
        (r"\b(\w{1,8})'re\b", r"\1 are"),
        (r"\b(\w{1,8})'ve\b", r"\1 have"),
        (r"\b(\w{1,8})'ll\b", r"\1 will"),
        (r"\b(\w{1,8})'d\b", r"\1 would"),
        (r"\b(it|that|there|here|what|he|she)'s\b", r"\1 is"),
        (r"\blet's\b", "let us"),
    )
)
_MARKUP = re.compile(r"[*_#>|]{1,200}")
_SPACES = re.compile(r"\s{1,200}")


def plain(text: str) -> str:
    """Return text in lower case without markup, typographic quotes or contractions."""
    flat = _MARKUP.sub(" ", text.translate(QUOTES).lower())
    for pattern, full in _CONTRACTIONS:
        flat = pattern.sub(full, flat)
    return _SPACES.sub(" ", flat).strip()
