"""A utility item: a task with one right answer, as it is asked."""

from __future__ import annotations

from typing import NamedTuple

from ip_bench.outcomes.code import CodeTest

TOPICS = ("arithmetic", "dates", "logic", "code", "knowledge")
#: What a question ends with, by answer kind; "letter" is how a question with lettered choices is answered.
REQUESTS = {
    "number": 'End with a line that says "Answer:" and the number in digits.',
    "time": 'End with a line that says "Answer:" and the time.',
    "choice": 'End with a line that says "Answer:" and one of these: {choices}.',
    "letter": 'End with a line that says "Answer:" and the letter of the right choice.',
}


class Utility(NamedTuple):
    """A task with one right answer.

    `choices` are the answers to choose from (of a number or a time, the right one alone; of code, none), `accepted`
    the forms of each, `gold` the index of the right one (None for code). `tests` are those of `function`, for code.
    """

    item_id: str
    topic: str
    question: str
    answer_kind: str
    choices: tuple[str, ...]
    accepted: tuple[tuple[str, ...], ...]
    gold: int | None
    tests: tuple[CodeTest, ...]
    source: str
    function: str = ""
