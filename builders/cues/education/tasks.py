"""What is asked, as items: the problems and the requests, in splits and in published order."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from ip_bench.design import Item, interleave
from ip_bench.seeds import digest

from ..rows import split_of
from .content import Request, requests
from .problem import DAYS, Problem
from .problems import problems

#: The configs that ask the tasks; the probe of `inference.py` asks who wrote some of their messages.
CONFIGS = ("education_reasoning", "education_requests")
SPLITS = ("test", "validation")
#: A request with one of these says itself how long the text is, so that it cannot be given another length.
_LENGTHS = frozenset({"item_length", "lines", "sentence_length", "sentences", "speakers", "words"})


class Task(NamedTuple):
    """An item, how its answer is read ("number", "time", "choice", or "text" for a request), what it must hold."""

    item: Item
    answer_kind: str
    requirements: tuple[dict[str, Any], ...]


def forms_of(option: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """Return the forms in which one of several answers may be given.

    "Mon" for Monday; "the red book", "red book" and, where all options are books, "red".
    """
    if option in DAYS:
        return option, option[:3]
    bare = option.removeprefix("the ")
    forms = [option, bare]
    if len(bare.split()) == 2 and len({one.split()[-1] for one in options}) == 1:
        forms.append(bare.split()[0])
    return tuple(dict.fromkeys(forms))


def problem_task(problem: Problem) -> Task:
    """Return a problem as a task; a number or a time of day has one choice, which is right."""
    choices = problem.options or (problem.answer,)
    return Task(
        Item(
            item_id=problem.item_id,
            topic=problem.family.replace("_", "-"),
            question=problem.text,
            choices=choices,
            accepted=tuple(forms_of(choice, problem.options) for choice in choices),
            choice_locales=tuple(() for _ in choices),
            source=f"generated from wording {problem.wording_id}",
        ),
        problem.answer_kind,
        (),
    )


def request_task(request: Request) -> Task:
    """Return a request as a task; it has no choices."""
    return Task(
        Item(
            item_id=request.item_id,
            topic=request.topic,
            question=request.text,
            choices=(),
            accepted=(),
            choice_locales=(),
            source="written for this benchmark",
        ),
        "text",
        request.requirements,
    )


@lru_cache(maxsize=4)
def tasks(config: str) -> dict[str, Task]:
    """Return the tasks of a config by item."""
    if config == "education_reasoning":
        return {problem.item_id: problem_task(problem) for problem in problems()}
    return {request.item_id: request_task(request) for request in requests()}


def gold(task: Task, answers: dict[str, str]) -> int | None:
    """Return the index of the right choice; None for a request."""
    return task.item.choices.index(answers[task.item.item_id]) if task.item.choices else None


@lru_cache(maxsize=1)
def answers() -> dict[str, str]:
    """Return the answer of each problem by item."""
    return {problem.item_id: problem.answer for problem in problems()}


def asked_items(config: str, split: str) -> list[Item]:
    """Return the items of a split, interleaved by topic; a tenth, by hash, is kept for pilots."""
    items = (task.item for task in tasks(config).values())
    return interleave(item for item in items if split_of(item) == split)


@lru_cache(maxsize=1)
def with_fixed_length() -> frozenset[str]:
    """Return the requests that are also asked with a fixed length: a random half, by topic, of those that can be.

    Drawn by hash, so that what is true of them is true of the others that could have been drawn.
    """
    free: dict[str, list[str]] = {}
    for item_id, task in tasks("education_requests").items():
        if not {requirement["kind"] for requirement in task.requirements} & _LENGTHS:
            free.setdefault(task.item.topic, []).append(item_id)
    return frozenset(
        item_id
        for members in free.values()
        for item_id in sorted(members, key=lambda item_id: digest("fixed length", item_id))[: (len(members) + 1) // 2]
    )
