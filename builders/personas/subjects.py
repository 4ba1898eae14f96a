"""Who is to be predicted in the config `steering`: people and cohorts, with answers asked for and answers given."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ip_bench.seeds import digest

from .planted import cohorts
from .shares import counts, most_given, name_of, thousandths
from .splits import asked, is_unseen, unseen_items
from .statements import statements

PEOPLE = 300  # of either side
TARGETS = 5  # answers of a person that are asked for, in each split
FEWEST = 3  # of those to unseen items
GIVEN = 20  # answers that must be left to be given
COHORT_TARGETS = 36  # statements on which a cohort's answer is asked for, in each split


class Subject(NamedTuple):
    """A person or a cohort.

    `targets` and `given` map the codes of statements to answers; what is given is about seen statements, in the order
    in which it is given, and none of it is a target in any split. `facts` are the demographics that are known.
    `shares` are those of the options of each target, of a cohort only.
    """

    kind: str
    name: str
    cohort: int
    facts: dict[str, str]
    targets: dict[bool, dict[int, int]]
    given: dict[int, int]
    shares: dict[bool, dict[int, list[int]]]


@lru_cache(maxsize=1)
def modes() -> dict[int, int]:
    """Return the answer that seen people gave most often to each seen statement, by code."""
    total = counts(False).sum(0)
    return {code: most_given(total[code]) for code, one in enumerate(statements()) if one.item_id not in unseen_items()}


@lru_cache(maxsize=2)
def subjects(unseen: bool) -> tuple[Subject, ...]:
    """Return the cohorts, and the people of a side; the keys of `targets` say whether items are unseen."""
    return (*_cohorts(unseen), *_people(unseen))


def _people(unseen: bool) -> list[Subject]:
    from .population import population, truth

    answers, planted = population(), truth()
    ends = np.searchsorted(answers.person, np.arange(len(answers.people) + 1))
    codes = {code for code, one in enumerate(statements()) if one.item_id in unseen_items()}
    here = [number for number, person in enumerate(answers.people) if is_unseen(person) == unseen]
    found: list[Subject] = []
    for number in sorted(here, key=lambda number: digest("subject", answers.people[number])):
        cells = slice(ends[number], ends[number + 1])
        own = _ordered(answers.people[number], answers.item[cells], answers.answer[cells])
        new = {item: answer for item, answer in own.items() if item in codes}
        seen = {item: answer for item, answer in own.items() if item not in codes}
        if len(new) < FEWEST or len(seen) < TARGETS + GIVEN:
            continue
        facts = {one.name: one.levels[one.codes[number]] for one in answers.groups if one.codes[number] >= 0}
        held = [*seen.items()]
        targets = {False: dict(held[:TARGETS]), True: dict([*new.items()][:TARGETS])}
        cohort = int(planted.cohort[number])
        found.append(
            Subject(
                "person", answers.people[number], cohort, facts, targets, dict(held[TARGETS:]), {False: {}, True: {}}
            )
        )
        if len(found) == PEOPLE:
            break
    return found


def _ordered(name: str, items: NDArray[np.int64], answers: NDArray[np.int64]) -> dict[int, int]:
    """Return answers by statement, in an order that depends on who answers and on the statement alone."""
    own = {int(item): int(answer) for item, answer in zip(items, answers, strict=True)}
    return {
        item: own[item] for item in sorted(own, key=lambda item: digest("answer", name, statements()[item].item_id))
    }


def _cohorts(unseen: bool) -> list[Subject]:
    """Return the cohorts: given is what their seen people say, asked for is what those of a side say."""
    codes = {one.item_id: code for code, one in enumerate(statements())}
    wanted = {new: [codes[one.item_id] for one in asked(split)[:COHORT_TARGETS]] for new, split in _SPLIT_OF.items()}
    found = []
    for number, cohort in enumerate(cohorts()):
        own, seen = counts(unseen)[number], counts(False)[number]
        targets = {new: {item: most_given(own[item]) for item in items} for new, items in wanted.items()}
        shares = {
            new: {
                item: thousandths([int(one) for one in own[item, : len(statements()[item].options)]]) for item in items
            }
            for new, items in wanted.items()
        }
        left = np.array([item for item in modes() if item not in targets[False]])
        given = _ordered(cohort.cohort, left, seen[left].argmax(1))
        facts = _usual(number)
        found.append(Subject("cohort", name_of(number, unseen=unseen), number, facts, targets, given, shares))
    return found


_SPLIT_OF = {False: "train", True: "unseen_items"}


def _usual(cohort: int) -> dict[str, str]:
    """Return the most common level of each demographic among the seen people of a cohort."""
    from .population import population, truth

    answers = population()
    here = np.array([not is_unseen(person) for person in answers.people]) & (truth().cohort == cohort)
    found = {}
    for one in answers.groups:
        known = one.codes[here & (one.codes >= 0)]
        found[one.name] = one.levels[int(np.bincount(known, minlength=len(one.levels)).argmax())]
    return found
