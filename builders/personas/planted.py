"""The cohorts that are planted in the population, and how demographics go with them."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ip_bench.errors import ContentError

from ..cues.content import _records
from .statements import AXES

TENTHS = 10


class Cohort(NamedTuple):
    """A planted cohort: its share of the people in percent, its mean on each axis in tenths, its stated description."""

    cohort: str
    weight: int
    means: dict[str, int]
    description: str


class Demographic(NamedTuple):
    """A demographic: its levels, their shares in each cohort in percent, and the percent of people who left it out."""

    name: str
    unknown: int
    levels: tuple[str, ...]
    shares: dict[str, tuple[int, ...]]


@lru_cache(maxsize=1)
def cohorts() -> tuple[Cohort, ...]:
    """Return the planted cohorts, by name; raises ContentError where weights or axes are wrong."""
    path = resources.files("ip_bench.builders.personas") / "content" / "cohorts.jsonl"
    found = tuple(Cohort(**record) for record in _records(path))
    if sum(one.weight for one in found) != 100 or [one.cohort for one in found] != sorted(one.cohort for one in found):
        raise ContentError(f"{path.name}: cohorts must be sorted by name, with weights that sum to 100")
    for one in found:
        if tuple(one.means) != tuple(AXES):
            raise ContentError(
                f"{path.name}: {one.cohort} must have a mean on each of {', '.join(AXES)}, in this order"
            )
    return found


@lru_cache(maxsize=1)
def demographics() -> tuple[Demographic, ...]:
    """Return the demographics; raises ContentError where shares are not of every cohort, or do not sum to 100."""
    path = resources.files("ip_bench.builders.personas") / "content" / "demographics.jsonl"
    names = tuple(one.cohort for one in cohorts())
    found = []
    for record in _records(path):
        shares = {cohort: tuple(given) for cohort, given in record["shares"].items()}
        one = Demographic(record["name"], record["unknown"], tuple(record["levels"]), shares)
        wrong = [cohort for cohort, given in shares.items() if sum(given) != 100 or len(given) != len(one.levels)]
        if tuple(shares) != names or wrong:
            raise ContentError(
                f"{path.name}: {one.name} must have a share of each level in {', '.join(names)}: {wrong}"
            )
        found.append(one)
    return tuple(found)


def means() -> NDArray[np.float64]:
    """Return the cohorts' places (cohorts, axes), in standard units of the answers' logit at a loading of 1."""
    return np.array([list(one.means.values()) for one in cohorts()]) / TENTHS
