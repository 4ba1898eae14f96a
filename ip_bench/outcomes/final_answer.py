"""Read the final answer of worked-out help: a number, a time of day, or one of several names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from ip_bench.errors import UnknownNameError
from ip_bench.outcomes.answers import named_choices, normalize
from ip_bench.outcomes.prose import plain
from ip_bench.outcomes.thinking import split_thinking

ANSWER_KINDS = ("number", "time", "choice")
_LABEL = re.compile(
    r"\W*(?:(?:so|thus|therefore),?\s+)?(?:the\s+)?(?:final\s+)?answer\b\W*?(?::|\bis\b)\s*(?P<said>.*)", re.IGNORECASE
)
_BOXED = re.compile(r"\\boxed\{(?:\\text\{)?([^{}]*)\}+")
_NUMBER = re.compile(r"(?<![\w.])-?\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,15})?(?:\s{0,2}/\s{0,2}\d{1,15})?(?![\w:])")
#: How a minus sign is written besides "-": as another dash, in words, or before a currency.
_MINUS = re.compile(
    r"[\N{MINUS SIGN}\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}]\s?[$€£]?(?=\d)"
    r"|(?<![\w.])-[$€£](?=\d)|\b(?:minus|negative)\s+[$€£]?(?=\d)",
    re.IGNORECASE,
)
_GLUED_UNIT = re.compile(r"(?<=\d)(?:cm|mm|km|kg|ml|g|m)\b")
_TIME = re.compile(r"\b(\d{1,2})[:.](\d{2})\b|\b(\d{1,2})\s*(?=(?:[ap]\.?m\b|o['’]clock))", re.IGNORECASE)
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
#: What a refusal says, in normalized text: that the writer cannot do what was asked, not that somebody cannot do it.
REFUSAL = re.compile(
    r"\b(?:i (?:cannot|can t|won t|am not able to|m not able to|am unable to|m unable to)|unable to)"
    r"(?: \w+ly)? (?:answer|assist|complete|comply|create|determine|do|explain|fulfill|give|help|provide|say|solve|"
    r"tell|write)\b"
)
_SHORT = 12  # words; an answer without a label that is longer than this is a text, not an answer


class FinalAnswer(NamedTuple):
    """What a response gives as its answer.

    `kind` is "answer" (one was given), "several" (more than one), "other" (a short answer that is none of the kind
    asked for), or why there is none: "refused", "empty", "unparsed", "unfinished". `right` is None where it is no
    answer, False for "several" and "other". `explanation` is what stands before the answer.
    """

    kind: str
    right: bool | None
    text: str
    explanation: str


def read_final_answer(
    response: str,
    answer_kind: str,
    accepted: Sequence[Sequence[str]],
    gold: int,
    *,
    thinking: bool = False,
) -> FinalAnswer:
    """Return the answer of a response, and whether it is the right one; never raises on model output.

    The answer stands behind the last "Answer:" (or "the answer is", or in a box); without one, a last line of twelve
    words or fewer is the answer. A number is right whatever its unit and notation ("1,250 g" is 1250), a time whether
    written for 12 or 24 hours, a name where it is the only one of the choices.

    Raises:
        UnknownNameError: for another `answer_kind`.
    """
    if answer_kind not in ANSWER_KINDS:
        raise UnknownNameError("answer kind", answer_kind, ANSWER_KINDS)
    body, _, finished = split_thinking(response, opened=thinking)
    if not body:
        return FinalAnswer("empty" if finished else "unfinished", None, "", "")
    said, explanation = _said(body)
    if not said:
        return FinalAnswer("unparsed", None, "", body)
    values = _values(said, answer_kind, accepted)
    right = _values(accepted[gold][0], answer_kind, accepted)
    if len(values) == 1:
        return FinalAnswer("answer", values == right, said, explanation)
    if values:
        return FinalAnswer("several", False, said, explanation)
    if REFUSAL.search(normalize(said)):
        return FinalAnswer("refused", None, said, explanation)
    return FinalAnswer("other", False, said, explanation)


def _said(body: str) -> tuple[str, str]:
    """Return the words of the answer and the text before them."""
    lines = [line for line in body.splitlines() if re.search(r"\w", line)]
    if not lines:
        return "", ""
    for at in range(len(lines) - 1, -1, -1):
        boxed, label = _BOXED.findall(lines[at]), _LABEL.fullmatch(plain(lines[at]))
        if boxed:
            return boxed[-1].strip(), "\n".join(lines[:at])
        if label:
            said = label["said"].strip() or (plain(lines[at + 1]) if at + 1 < len(lines) else "")
            return said, "\n".join(lines[:at])
    last = plain(lines[-1])
    return (last, "\n".join(lines[:-1])) if len(last.split()) <= _SHORT else ("", body)


def _values(said: str, answer_kind: str, accepted: Sequence[Sequence[str]]) -> set[object]:
    """Return the different answers that a few words give."""
    if answer_kind == "choice":
        return set(named_choices(said, accepted))
    if answer_kind == "time":
        return {(int(a or c) % 12, int(b or 0)) for a, b, c in _TIME.findall(said)}
    result = _GLUED_UNIT.sub(" ", _MINUS.sub("-", said.rpartition("=")[2]))
    found: set[object] = {Fraction(number.replace(",", "").replace(" ", "")) for number in _numbers(result)}
    return found or _in_words(normalize(result).split())


def _in_words(words: Sequence[str]) -> set[object]:
    """Return the small numbers among words, below zero where "minus" or "negative" stands before one."""
    return {
        Fraction(_SMALL.index(word)) * (-1 if before in {"minus", "negative"} else 1)
        for before, word in zip(["", *words], words, strict=False)
        if word in _SMALL
    }


def _numbers(text: str) -> list[str]:
    return [number for number in _NUMBER.findall(text) if not re.search(r"/\s*0+\Z", number)]
