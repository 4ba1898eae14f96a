"""What a factorization must beat: chance, the item's most common answer, the published squared-error model, Polis."""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator

from ip_bench.cohorts.answers import Answers, Floats, Ints
from ip_bench.cohorts.cells import Columns, Rows, summed
from ip_bench.cohorts.cells import squares as squared
from ip_bench.cohorts.cells import symmetric
from ip_bench.cohorts.shares import group_shares, item_shares
from ip_bench.seeds import generator, rng

POLIS_VOTES = 7  # people with fewer are in no group
POLIS_GROUPS = (2, 3, 4, 5)
POLIS_PEOPLE = 20_000  # at most as many are imputed at once; a larger conversation is sampled
SILHOUETTE_PEOPLE = 3_000
RIDGES = (0.03, 0.3, 3.0)
ROUNDS = 20


class Chance(BaseEstimator):
    """Every option of an item is as likely as any other."""

    def fit(self, answers: Answers) -> Self:
        """Remember how many options items have."""
        options = answers.options
        self.shares_ = (np.arange(options.max()) < options[:, None]) / options[:, None]
        return self

    def predict_proba(self, person: Ints, item: Ints) -> Floats:  # noqa: ARG002  (the same for everyone)
        """Return P(option) of cells (cells, options)."""
        return np.asarray(self.shares_[item])


class ItemMode(BaseEstimator):
    """Everyone answers an item as the people of the training part did, in the same shares."""

    def fit(self, answers: Answers) -> Self:
        """Count the answers."""
        self.shares_ = item_shares(answers)
        return self

    def predict_proba(self, person: Ints, item: Ints) -> Floats:  # noqa: ARG002  (the same for everyone)
        """Return P(option) of cells (cells, options)."""
        return np.asarray(self.shares_[item])


class SquaredError(BaseEstimator):
    """The published filtering: min sum (u_i . q_j - r_ij)^2, r in [0, 1], 16 dimensions, rounded (Li et al., 2023).

    Fitted by alternating least squares rather than Adam, with a ridge and a number of rounds chosen on cells held out of
    the training part, which the published model lacks; so it is no weaker than that. It gives no probabilities.
    """

    def __init__(self, dims: int = 16, seed: int = 0) -> None:
        self.dims = dims
        self.seed = seed

    def fit(self, answers: Answers) -> Self:
        """Fit places of people and items."""
        train, check = answers.split(0.1, "squared error", self.seed)
        self.top_ = answers.options - 1
        found = [(*self._rounds(train, check, ridge, ROUNDS), ridge) for ridge in RIDGES]
        _, rounds, ridge = min(found)
        self._rounds(answers, None, ridge, rounds)
        return self

    def predict(self, person: Ints, item: Ints) -> Ints:
        """Return the option nearest to the fitted value, by code."""
        value = (self.people_[person] * self.items_[item]).sum(1) * self.top_[item]
        return np.clip(np.rint(value), 0, self.top_[item]).astype(np.int64)

    def _rounds(self, train: Answers, check: Answers | None, ridge: float, rounds: int) -> tuple[float, int]:
        """Fit; return the smallest held-out error and after how many rounds it came."""
        columns = Columns.of(train)
        ends = np.searchsorted(train.person, np.arange(len(train.people) + 1))
        self.items_ = generator("squared error", len(train.items), self.seed).standard_normal(
            (len(train.items), self.dims)
        ) / np.sqrt(self.dims)
        errors = []
        for _ in range(rounds):
            self.people_ = _least(ends, train.item, train.answer / self.top_[train.item], self.items_, ridge)
            value = columns.answer / self.top_[columns.item]
            self.items_ = _least(columns.ends, columns.person, value, self.people_, ridge)
            if check is not None:
                fitted = (self.people_[check.person] * self.items_[check.item]).sum(1)
                errors.append(float(((fitted - check.answer / self.top_[check.item]) ** 2).mean()))
        return (min(errors), int(np.argmin(errors)) + 1) if errors else (np.nan, rounds)


class Polis(BaseEstimator):
    """Polis's own pipeline: mean imputation, two principal components, k-means, and the shares of a person's group.

    People with fewer than seven answers are in no group and get the shares of everyone. After `fit`: `groups_` (people,),
    -1 for none.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, answers: Answers) -> Self:
        """Find the groups and count their answers."""
        self.groups_ = polis_groups(answers, self.seed)
        count = int(self.groups_.max()) + 1
        membership = (self.groups_[:, None] == np.arange(-1, max(count, 1))).astype(np.float64)
        self.shares_ = group_shares(answers, membership)
        self.shares_[0] = item_shares(answers)
        return self

    def predict_proba(self, person: Ints, item: Ints) -> Floats:
        """Return P(option) of cells (cells, options)."""
        return np.asarray(self.shares_[self.groups_[person] + 1, item])


def polis_groups(answers: Answers, seed: int = 0) -> Ints:
    """Return the Polis group of each person (people,), -1 for people with fewer than seven answers."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.metrics import silhouette_score

    votes = np.bincount(answers.person, minlength=len(answers.people))
    groups = np.full(len(votes), -1, dtype=np.int64)
    able = np.flatnonzero(votes >= POLIS_VOTES)
    chosen = np.sort(generator("polis", len(able), seed).permutation(able)[:POLIS_PEOPLE])
    if len(chosen) <= max(POLIS_GROUPS) or len(answers.items) < 2:
        return groups
    state = rng("polis", len(chosen), seed).randrange(2**31)
    mean = _mean_codes(answers)
    pca = PCA(n_components=2, random_state=state).fit(_imputed(answers, chosen, mean))
    place = np.zeros((len(votes), 2))
    for first in range(0, len(able), POLIS_PEOPLE):
        some = able[first : first + POLIS_PEOPLE]
        place[some] = pca.transform(_imputed(answers, some, mean)) * np.sqrt(len(answers.items) / votes[some, None])
    best = -np.inf
    for count in POLIS_GROUPS:
        means = KMeans(count, n_init=10, random_state=state).fit(place[chosen])
        found = means.labels_
        if len(np.unique(found)) < 2:
            continue
        quality = silhouette_score(
            place[chosen], found, sample_size=min(len(chosen), SILHOUETTE_PEOPLE), random_state=state
        )  # fmt: skip
        if quality > best:
            best, groups[able] = quality, means.predict(place[able])
    return groups


def _mean_codes(answers: Answers) -> Floats:
    top = answers.options - 1
    value = 2 * answers.answer / top[answers.item] - 1
    given = np.bincount(answers.item, minlength=len(top))
    return np.asarray(np.bincount(answers.item, value, minlength=len(top)) / np.maximum(given, 1))


def _imputed(answers: Answers, people: Ints, mean: Floats) -> Floats:
    """Return answers from -1 to 1 (people, items), an item's mean where there is none."""
    some = answers.of_people(people)
    table = np.tile(mean, (len(people), 1))
    table[some.person, some.item] = 2 * some.answer / (some.options - 1)[some.item] - 1
    return table


def _least(ends: Ints, index: Ints, value: Floats, other: Floats, ridge: float) -> Floats:
    """Return ridge regressions (rows, dims) of the cells' values on the other side's places."""
    dims = other.shape[1]
    rows = Rows(ends, index, index)
    gram = symmetric(summed(rows.ends, index, np.ones(len(index)), squared(other)), dims) + ridge * np.eye(dims)
    return np.asarray(np.linalg.solve(gram, summed(ends, index, value, other)[..., None])[..., 0])
