"""A synthetic population with planted cohorts, and its answers to the statements: the documented latent model.

A person of cohort c has the place u = mean_c + WITHIN e. A statement has loadings a (its grades, and a little of its
own), an intercept b and thresholds. With a habit h of agreeing and an extremity s of the person, the answer is the
number of thresholds s t that a.u + b + h + logistic noise passes. Whether a cell is answered is a logit of its own: of
how much the person answers at all, of the person's interest in the topic, which grows with the distance of their place
from the middle, and of how strongly they feel about the statement. So what is missing depends on what is not seen.
All draws are uniform numbers, made into normal and logistic ones here; the first people of a population are the same
however many are drawn.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from ip_bench.cohorts.answers import Answers, Floats, Group, Ints
from ip_bench.errors import IpBenchError
from ip_bench.seeds import generator

from .planted import cohorts, demographics, means
from .provenance import POPULATION_SEED
from .statements import AXES, OPTIONS, statements

PEOPLE = 5_000
SEED = POPULATION_SEED
WITHIN = 0.45  # spread of people about their cohort's mean, on each axis
SLOPE = 0.65  # of a grade of loading
STRAY = 0.3  # spread of what a statement loads beside its grades
INTERCEPT = 0.7  # spread of the statements' intercepts
HABIT = 0.4  # spread of the habit of agreeing
EXTREMITY = 0.3  # spread of the log of the extremity
THRESHOLDS = {"ordinal": (-3.2, -0.8, 0.7, 3.2), "categorical": (-0.6, 0.6)}
JITTER = 0.15  # spread of the thresholds
ANSWERED = -3.1  # logit of answering, in the middle of everything
ACTIVITY = 0.6  # spread of how much people answer
INTEREST = 0.7  # spread of a person's interest in a topic
FAR = 0.4  # what a unit of distance from the middle adds to the interest in a topic
FELT = 0.25  # what a unit of feeling about a statement adds
LEAST = 16  # answers of a person


class Truth(NamedTuple):
    """What is planted: `cohort` (people,) indexes the planted cohorts, `place` (people, axes)."""

    cohort: Ints
    place: Floats


class _Drawn(NamedTuple):
    answers: Answers
    truth: Truth


def population(people: int = PEOPLE, seed: str = SEED) -> Answers:
    """Return the answers of so many people to the statements, with their demographics as groups.

    Raises:
        IpBenchError: for no people.
    """
    return _drawn(people, seed).answers


def truth(people: int = PEOPLE, seed: str = SEED) -> Truth:
    """Return the cohorts and places of the same people."""
    return _drawn(people, seed).truth


def loadings() -> Floats:
    """Return the planted grades of the statements (statements, axes)."""
    return np.array([[one.loadings.get(axis, 0) for axis in AXES] for one in statements()], dtype=np.float64)


@lru_cache(maxsize=4)
def _drawn(people: int, seed: str) -> _Drawn:
    if people < 1:
        raise IpBenchError(f"a population has {people} people; it must have one or more")
    planted = _truth(people, seed)
    felt = _felt(planted, seed)
    answer = _answers(felt, people, seed)
    person, item = np.nonzero(_seen(planted, felt, people, seed))
    items = [one.item() for one in statements()]
    groups = _groups(planted.cohort, people, seed)
    return _Drawn(Answers.of(person, item, answer[person, item], items, people, groups), planted)


def _uniform(what: str, seed: str, *shape: int) -> Floats:
    """Return uniform numbers inside (0, 1)."""
    return np.asarray(generator("population", seed, what).random(shape) * (1 - 2e-12) + 1e-12)


def _normal(what: str, seed: str, *shape: int) -> Floats:
    return np.asarray(ndtri(_uniform(what, seed, *shape)))


def _logistic(what: str, seed: str, *shape: int) -> Floats:
    drawn = _uniform(what, seed, *shape)
    return np.asarray(np.log(drawn / (1 - drawn)))


def _levels(drawn: Floats, percent: Ints) -> Ints:
    """Return the level (people,) that each uniform number falls on; `percent` (people, levels) sum to 100."""
    return np.asarray((100 * drawn[:, None] >= percent.cumsum(1)).sum(1))


def _truth(people: int, seed: str) -> Truth:
    weights = np.array([[one.weight for one in cohorts()]])
    cohort = _levels(_uniform("cohort", seed, people), weights)
    return Truth(cohort, means()[cohort] + WITHIN * _normal("place", seed, people, len(AXES)))


def _felt(planted: Truth, seed: str) -> Floats:
    """Return how much each person is for each statement (people, statements), before habits and noise.

    The sum over axes is written out, so that no machine's way of multiplying matrices decides an answer.
    """
    count = len(statements())
    sloped = SLOPE * loadings() + STRAY * _normal("stray", seed, count, len(AXES))
    felt = np.broadcast_to(INTERCEPT * _normal("intercept", seed, count), (len(planted.place), count))
    for axis in range(len(AXES)):
        felt = felt + planted.place[:, axis, None] * sloped[:, axis]
    return np.asarray(felt)


def _answers(felt: Floats, people: int, seed: str) -> Ints:
    habit = HABIT * _normal("habit", seed, people, 1)
    extremity = np.exp(EXTREMITY * _normal("extremity", seed, people, 1))
    heard = felt + habit + _logistic("answer", seed, *felt.shape)
    answer = np.zeros(felt.shape, dtype=np.int64)
    most = max(map(len, THRESHOLDS.values()))
    jitter = JITTER * _normal("threshold", seed, len(statements()), most)
    scales = np.array([one.scale for one in statements()])
    for scale in OPTIONS:
        of = np.flatnonzero(scales == scale)
        for number, threshold in enumerate(THRESHOLDS[scale]):
            answer[:, of] += heard[:, of] > extremity * (threshold + jitter[of, number])
    return answer


def _seen(planted: Truth, felt: Floats, people: int, seed: str) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which cells are answered (people, statements): at least `LEAST` of each person."""
    held = statements()
    topics = list(dict.fromkeys(one.topic for one in held))
    topic = np.array([topics.index(one.topic) for one in held])
    axis = np.array([list(AXES).index(one.axis) for one in held])
    logit = np.full(felt.shape, ANSWERED)
    logit += ACTIVITY * _normal("activity", seed, people, 1)
    logit += (INTEREST * _normal("interest", seed, people, len(topics)))[:, topic]
    logit += FAR * np.abs(planted.place)[:, axis] + FELT * np.abs(felt) + _logistic("seen", seed, *felt.shape)
    least = np.partition(logit, -LEAST, axis=1)[:, -LEAST]
    return np.asarray(logit >= np.minimum(least, 0)[:, None])


def _groups(cohort: Ints, people: int, seed: str) -> tuple[Group, ...]:
    found = []
    for one in demographics():
        percent = np.array(list(one.shares.values()))[cohort]
        codes = _levels(_uniform(f"demographic {one.name}", seed, people), percent)
        codes[100 * _uniform(f"unknown {one.name}", seed, people) < one.unknown] = -1
        found.append(Group(one.name, one.levels, codes))
    return tuple(found)
