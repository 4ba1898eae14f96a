"""How the people of a planted cohort answered: the counts behind the configs `cohorts` and `steering`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .planted import cohorts
from .splits import is_unseen

THOUSAND = 1_000


def name_of(cohort: int, *, unseen: bool) -> str:
    """Return the name of the seen or the unseen people of a cohort, who are two groups."""
    return f"{cohorts()[cohort].cohort}{'_unseen' * unseen}"


@lru_cache(maxsize=2)
def counts(unseen: bool) -> NDArray[np.int64]:
    """Return how often each option was given (cohorts, items, options) by the seen or the unseen people."""
    from .population import population, truth

    answers, planted = population(), truth()
    here = np.array([is_unseen(person) == unseen for person in answers.people])[answers.person]
    shape = (len(cohorts()), len(answers.items), int(answers.options.max()))
    place = (planted.cohort[answers.person[here]], answers.item[here], answers.answer[here])
    flat = np.bincount(np.ravel_multi_index(place, shape), minlength=int(np.prod(shape)))
    return np.asarray(flat.reshape(shape))


def most_given(given: Sequence[int] | NDArray[np.int64]) -> int:
    """Return the option that was given most often, the first of several."""
    return int(np.argmax(given))


def thousandths(given: Sequence[int]) -> list[int]:
    """Return shares in thousandths that sum to 1,000: the largest remainders are rounded up, the first of equals."""
    total = sum(given)
    parts = [THOUSAND * one // total for one in given]
    left = sorted(range(len(given)), key=lambda k: (-(THOUSAND * given[k] % total), k))
    for k in left[: THOUSAND - sum(parts)]:
        parts[k] += 1
    return parts
