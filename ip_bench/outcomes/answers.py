"""Read which of an item's answers a free response gives."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from ip_bench.outcomes.thinking import split_thinking

Kind = Literal["choice", "several", "other", "refused", "empty", "unparsed", "unfinished"]
#: Kinds that are answers; the rest are counted reasons why there is no outcome.
ANSWERED: frozenset[str] = frozenset({"choice", "several", "other"})

LONGEST_ANSWER = 2_000  # characters; the prompt asks for a short answer, so more is not one
_ABBREVIATION = re.compile(r"\b[^\W\d_](?:\.[^\W\d_])+\b\.?")  # U.S., U.S and US are one form
_TOKEN = re.compile(r"\w+")
_LABEL = re.compile(r"(?:the )?(?:short |final )?answer(?: is)?")
_REFUSAL = re.compile(
    r"\b(?:i (?:cannot|can t|am unable|m unable|am not able|m not able|won t)|as an ai|"
    r"i am sorry but i|i m sorry but i|unable to (?:answer|help|provide))\b"
)


class Answer(NamedTuple):
    """What a response says: its kind, the index of the choice (for kind "choice"), and its thinking length."""

    kind: Kind
    choice: int | None
    text: str
    thinking_chars: int


def normalize(text: str) -> str:
    """Return words only: case and accents folded, punctuation dropped, single spaces between."""
    folded = _ABBREVIATION.sub(lambda found: found.group(0).replace(".", ""), text.casefold())
    if not folded.isascii():
        apart = unicodedata.normalize("NFKD", folded)
        folded = "".join(char for char in apart if not unicodedata.combining(char))
    return " ".join(_TOKEN.findall(folded))


@lru_cache(maxsize=4096)
def _forms(accepted: tuple[tuple[str, ...], ...]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the choice of each form, and the forms that may stand in a sentence, longest first."""
    owner = {normalize(form): index for index, forms in enumerate(accepted) for form in forms}
    owner.pop("", None)
    # A single letter ("A" as a grade) would match the article in a sentence: it counts as a whole answer only.
    return owner, tuple(sorted((form for form in owner if len(form) > 1), key=lambda form: (-len(form), form)))


@lru_cache(maxsize=4096)
def _pattern(forms: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)")


def named_choices(text: str, accepted: Sequence[Sequence[str]]) -> set[int]:
    """Return the indices of the choices whose forms occur in `text` as whole words, longest form first."""
    if not accepted:
        return set()
    owner, forms = _forms(tuple(tuple(forms) for forms in accepted))
    words = normalize(text)
    if words in owner:
        return {owner[words]}
    if not any(form in words for form in forms):  # as in most answers; making the pattern takes a millisecond
        return set()
    return {owner[form] for form in _pattern(forms).findall(words)}


def read_answer(response: str, accepted: Sequence[Sequence[str]], *, thinking: bool = False) -> Answer:
    """Return what a response answers; never raises on model output. `thinking`: the request opened the thinking.

    The answer is the first line that says more than "Answer:", after the thinking text. Naming one choice is "choice",
    naming two is "several", none is "other" (a short answer that is nobody's), "refused", or, when there is no short
    answer at all, "empty", "unparsed" or "unfinished" (the thinking never ended).
    """
    answer, thoughts, finished = split_thinking(response, opened=thinking)
    size = len(thoughts)
    if not finished and not answer:
        return Answer("unfinished", None, "", size)
    if len(answer) > LONGEST_ANSWER:
        return Answer("unparsed", None, answer[:LONGEST_ANSWER], size)
    lines = [line.strip() for line in answer.splitlines() if _TOKEN.search(line)]
    line = next((line for line in lines if not _LABEL.fullmatch(normalize(line))), lines[0] if lines else "")
    if not line:
        return Answer("unparsed" if answer else "empty", None, answer, size)
    named = named_choices(line, accepted)
    if len(named) == 1:
        return Answer("choice", named.pop(), line, size)
    if named:
        return Answer("several", None, line, size)
    return Answer("refused" if _REFUSAL.search(normalize(line)) else "other", None, line, size)


def pick_choice(loglikelihoods: Sequence[float], lengths: Sequence[int] | None = None) -> int | None:
    """Return the index of the most likely choice (per character with `lengths`).

    None where a score is NaN, or where none is finite: such scores choose nothing.

    Ties go to the first; the order of choices is fixed per item, so a tie favors no arm.
    """
    scores = [ll / max(1, n) for ll, n in zip(loglikelihoods, lengths or [1] * len(loglikelihoods), strict=True)]
    if not scores or any(map(math.isnan, scores)) or math.isinf(max(scores)):
        return None
    return max(range(len(scores)), key=lambda index: (scores[index], -index))
