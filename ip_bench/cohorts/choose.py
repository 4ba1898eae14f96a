"""Cohorts of people with like opinions: how many there are, if any, and who is in which."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple, Self

import numpy as np
from sklearn.base import BaseEstimator, clone

from ip_bench.cohorts.answers import Answers, Floats, Ints
from ip_bench.cohorts.factor import Factorization, Places, fitted
from ip_bench.cohorts.mixture import Evidence, Mixture, evidence, expected, fit_mixture, known_dims, valley
from ip_bench.cohorts.shares import group_shares
from ip_bench.seeds import generator

FOLDS = 5  # of people
SURE = 2.33  # standard errors by which cohorts must beat one continuum: one error in a hundred
DEEP = (
    0.3  # density between two cohorts over the lower peak, at most: of equals that are told apart with an index of .9
)
SEEN = 6_000  # people at most whose places choose the number of cohorts


class Chosen(NamedTuple):
    """One number of cohorts, and what speaks for it.

    `gain`: held-out log evidence a person over one continuum; `valley`: of the shallowest pair of cohorts (1: none
    between them); `stability`: mean adjusted Rand index of refits; both nan where what stands before them has failed.
    """

    number: int
    gain: float
    gain_se: float
    valley: float
    stability: float


class Cohorts(BaseEstimator):
    """Cohorts as a mixture over the places of a factorization.

    A number of cohorts is accepted where a mixture of as many explains people whom it has not seen better than one
    continuum does, by more than its error; where a deep valley lies between any two of them, which no cut through a
    skewed or flat continuum has; and where refits on 70% of the cells put people together in the same way (mean
    adjusted Rand index). Of those accepted, the smallest within a standard error of the best is taken.

    After `fit`: `count_` (0: no stable cohorts here), `membership_` (people, count) that sums to 1, `labels_`
    (people,), -1 where there are none, `considered_`, `model_`, `shares_` of options by cohort.

    Args:
        most: The largest number of cohorts asked about.
        stable: The least mean adjusted Rand index.
        refits: Refits for stability; 0 asks for none.
        count: This number and no other, with no questions asked.
        model: A fitted factorization to take places from; default: an ordinal or categorical one, the likelier.
        seed: With the content, what every draw derives from.
    """

    def __init__(
        self, most: int = 8, stable: float = 0.4, refits: int = 3, count: int | None = None,
        model: Factorization | None = None, seed: int = 0,
    ) -> None:  # fmt: skip
        self.most = most
        self.stable = stable
        self.refits = refits
        self.count = count
        self.model = model
        self.seed = seed

    def fit(self, answers: Answers) -> Self:
        """Find cohorts among the people of these answers and return self."""
        self.model_ = self.model if self.model is not None else fitted(answers, self.seed)
        self.dims_ = known_dims(self.model_.places_)
        given = evidence(self.model_.places_, self.dims_)
        self.considered_: tuple[Chosen, ...] = ()
        if self.count is None:
            self.considered_ = self._considered(answers, given)
        self.count_ = self.count if self.count is not None else self._taken()
        self.mixture_ = fit_mixture(self._some(given), max(self.count_, 1), self.seed)
        self.membership_ = expected(self.mixture_, given).membership
        self.labels_ = self.membership_.argmax(1) if self.count_ else np.full(len(answers.people), -1)
        self.shares_ = group_shares(answers, self.membership_)
        return self

    def predict_proba(self, person: Ints, item: Ints) -> Floats:
        """Return P(option) of cells (cells, options): the shares of the person's cohorts."""
        return np.asarray(np.einsum("cg,gck->ck", self.membership_[person], self.shares_[:, item]))

    def fold_in(self, answers: Answers) -> Floats:
        """Return the membership of new people (people, cohorts) from their answers."""
        return self.membership_at(self.model_.fold_in(answers))

    def membership_at(self, places: Places) -> Floats:
        """Return the membership of people at places (people, cohorts)."""
        return expected(self.mixture_, evidence(places, self.dims_)).membership

    def _some(self, given: Evidence) -> Evidence:
        people = len(given.pull)
        return given.of(np.sort(generator("cohorts", people, self.seed).permutation(people)[:SEEN]))

    def _considered(self, answers: Answers, given: Evidence) -> tuple[Chosen, ...]:
        some = self._some(given)
        gains = held_out_gains(some, self.most, self.seed)
        places: list[tuple[Ints, Evidence]] = []
        found = []
        for count, (gain, error) in gains.items():
            one = Chosen(count, gain, error, np.nan, np.nan)
            if gain > SURE * error:
                one = one._replace(valley=valley(fit_mixture(some, count, self.seed)))
            if one.valley <= DEEP and self.refits:
                places = places or self._refitted(answers)
                one = one._replace(stability=self._stability(places, count))
            found.append(one)
        return tuple(found)

    def _refitted(self, answers: Answers) -> list[tuple[Ints, Evidence]]:
        """Return evidence on people from refits on 70% of the cells, with who they are."""
        places = []
        for refit in range(self.refits):
            part, _ = answers.split(0.3, "stability", self.seed, refit)
            model = clone(self.model_).set_params(seed=self.seed + 1 + refit).fit(part)
            places.append(evidence(model.places_, known_dims(model.places_)))
        people = np.sort(generator("cohorts", len(answers.people), self.seed).permutation(len(answers.people))[:SEEN])
        return [(people, each.of(people)) for each in places]

    def _stability(self, places: Sequence[tuple[Ints, Evidence]], count: int) -> float:
        from sklearn.metrics import adjusted_rand_score

        labels = [expected(fit_mixture(each, count, self.seed), each).membership.argmax(1) for _, each in places]
        return float(np.mean([adjusted_rand_score(one, other) for one, other in combinations(labels, 2)]))

    def _taken(self) -> int:
        able = [each for each in self.considered_ if each.valley <= DEEP]  # nan where the gain fell short
        able = [each for each in able if not self.refits or each.stability >= self.stable]
        if not able:
            return 0
        best = max(able, key=lambda each: each.gain)
        return min(each.number for each in able if each.gain >= best.gain - best.gain_se)


def held_out_gains(given: Evidence, most: int, seed: int) -> dict[int, tuple[float, float]]:
    """Return, by number of groups from 2, the log evidence a held-out person gains over one group, and its error."""
    people = len(given.pull)
    fold = generator("folds", people, seed).permutation(people) % FOLDS
    log = np.zeros((most + 1, people))
    for number in range(FOLDS):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        for groups in range(1, most + 1):
            mixture: Mixture = fit_mixture(given.of(train), groups, seed, number)
            log[groups, test] = expected(mixture, given.of(test)).log_evidence
    gains = log[2:] - log[1]
    errors = gains.std(1, ddof=1) / np.sqrt(people)
    return {groups + 2: (float(gains[groups].mean()), float(errors[groups])) for groups in range(len(gains))}
