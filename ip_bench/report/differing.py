"""Two texts with the words marked that they do not share."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from markupsafe import Markup, escape

from ip_bench.report.words import visible

#: A word or a mark with the blanks after it, so that a run of differing words is one mark.
_WORD = re.compile(r"(?:\w+|[^\w\s])\s*|\s+")


def marked(first: str, second: str) -> tuple[Markup, Markup]:
    """Return two texts, escaped, with `<mark>` around the words that the other has not; equal ones have none.

    Control and direction characters are shown as escapes (`visible`).
    """
    if first == second:
        return (same := escape(visible(first))), same
    words = [_WORD.findall(text) for text in (first, second)]
    keys = [[word.strip() for word in own] for own in words]
    blocks = SequenceMatcher(None, a=keys[0], b=keys[1]).get_opcodes()
    one = (_shown("".join(words[0][start:end]), same=tag == "equal") for tag, start, end, _, _ in blocks)
    other = (_shown("".join(words[1][start:end]), same=tag == "equal") for tag, _, _, start, end in blocks)
    return Markup().join(one), Markup().join(other)


def _shown(text: str, *, same: bool) -> Markup:
    if same:
        return escape(visible(text))
    kept = text.rstrip()
    return (
        Markup("<mark>{}</mark>{}").format(visible(kept), visible(text[len(kept) :])) if kept else escape(visible(text))
    )
