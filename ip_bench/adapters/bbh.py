"""BIG-Bench Hard: a row of one of its 27 tasks, whose targets are letters, words, numbers or whole answers."""

from __future__ import annotations

import re

from ip_bench.adapters.record import AnswerKind, OutsideItem
from ip_bench.adapters.tables import Cells
from ip_bench.adapters.utility import choice_forms, plain_number

_OPTIONS = "Options:\n"
_LETTERED = re.compile(r"\(([A-Z])\)[ \t]*(\S.*)")
_DASHED = re.compile(r"-[ \t]+(\S.*)")
_NUMBER = re.compile(r"-?\d+")
_LETTER = re.compile(r"\(([A-Z])\)")
#: The answers of tasks that list no options, in one order.
_EITHER = (("True", "False"), ("Yes", "No"), ("yes", "no"))
_BRACKETS = frozenset("()[]{}<> ")


def bbh(cells: Cells, part: str) -> OutsideItem:
    """Return a reasoning item; options that the input lists are choices, cut from the question."""
    asked, target = cells.text("input"), cells.text("target")
    head, mark, tail = asked.rpartition(_OPTIONS)
    lines = [line.strip() for line in tail.splitlines() if line.strip()] if mark else []
    question = head.rstrip() if mark else asked
    if lettered := _all(_LETTERED, lines):
        return _lettered(cells, part, asked, question, target, lettered)
    if dashed := _all(_DASHED, lines):
        choices = tuple(match[1] for match in dashed)
        return _chosen(cells, part, question, target, choices)
    if lines:
        raise cells.wrong("input", asked[-60:], "a text with options (A), (B), ... or - ... one a line, or none")
    for choices in _EITHER:
        if target in choices:
            return _chosen(cells, part, asked, target, choices)
    if _NUMBER.fullmatch(target):
        return _one(part, asked, "number", plain_number(target))
    return _one(part, asked, "text", " ".join(target.split()))


def _all(pattern: re.Pattern[str], lines: list[str]) -> list[re.Match[str]]:
    matches = [match for line in lines if (match := pattern.fullmatch(line))]
    return matches if len(matches) == len(lines) else []


def _lettered(
    cells: Cells, part: str, asked: str, question: str, target: str, lines: list[re.Match[str]]
) -> OutsideItem:
    letters, choices = [line[1] for line in lines], tuple(line[2] for line in lines)
    if letters != [chr(ord("A") + place) for place in range(len(letters))]:
        raise cells.wrong("input", letters, "a text with options lettered from A on")
    if (named := _LETTER.fullmatch(target)) and named[1] not in letters:
        raise cells.wrong("target", target, f"one of the options {', '.join(letters)}")
    if not named:  # a title with a comma, cut into two options: only the whole text is right
        return _one(part, asked, "text", " ".join(target.split()), flaw="broken_options")
    gold = letters.index(named[1])
    return _choice(part, question, choices, gold, choice_forms(choices))


def _chosen(cells: Cells, part: str, question: str, target: str, choices: tuple[str, ...]) -> OutsideItem:
    if target not in choices:
        raise cells.wrong("target", target, f"one of {', '.join(choices)}")
    return _choice(part, question, choices, choices.index(target), tuple((choice,) for choice in choices))


def _choice(
    part: str, question: str, choices: tuple[str, ...], gold: int, accepted: tuple[tuple[str, ...], ...]
) -> OutsideItem:
    return OutsideItem(
        kind="utility",
        topic=part,
        question=question,
        answer_kind="choice",
        choices=choices,
        gold=gold,
        accepted=accepted,
        flaw="same_choice" if choices.count(choices[gold]) > 1 else "",
    )


def _one(part: str, question: str, answer_kind: AnswerKind, answer: str, flaw: str = "") -> OutsideItem:
    forms = (answer, answer.replace(" ", "")) if set(answer) <= _BRACKETS and " " in answer else (answer,)
    return OutsideItem(
        kind="utility",
        topic=part,
        question=question,
        answer_kind=answer_kind,
        gold=0,
        accepted=(forms,),
        flaw=flaw,
    )
