"""What a factorization must beat: chance, the item's most common answer, the published squared-error model, Polis."""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator

from ip_bench.cohorts.answers import Answers, Floats, Ints
from ip_bench.cohorts.shares import group_shares, item_shares
from ip_bench.seeds import generator, rng

POLIS_VOTES = 7  # people with fewer are in no group, unless there are fewer items
POLIS_GROUPS = (2, 3, 4, 5)
POLIS_PEOPLE = 20_000  # at most as many are imputed at once; a larger conversation is sampled
SILHOUETTE_PEOPLE = 3_000
CHECK_STEPS, CHECKS = 100, 5  # the squared error is looked at every so often; so many looks without a gain end the fit


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

    Adam as published, from small places; the steps end where the error of cells held out of the training part does,
    which the published model lacks. It gives no probabilities.
    """

    def __init__(
        self, dims: int = 16, rate: float = 1e-3, batch: int = 2048, max_steps: int = 6000, seed: int = 0
    ) -> None:
        self.dims = dims
        self.rate = rate
        self.batch = batch
        self.max_steps = max_steps
        self.seed = seed

    def fit(self, answers: Answers) -> Self:
        """Fit places of people and items."""
        train, check = answers.split(0.1, "squared error", self.seed)
        self.top_ = answers.options - 1
        people, items = len(answers.people), len(answers.items)
        draw = generator("squared error", people, items, self.seed)
        rows, item, value = train.person, train.item + people, train.answer / self.top_[train.item]
        place = draw.standard_normal((people + items, self.dims)) * 0.01
        first, second = np.zeros_like(place), np.zeros_like(place)
        best, self.places_, since = np.inf, place, 0
        for step in range(1, self.max_steps + 1):
            some = draw.integers(0, len(train), min(self.batch, len(train)))
            left, right = place[rows[some]], place[item[some]]
            off = 2 * ((left * right).sum(1) - value[some])[:, None] / len(some)
            gradient = np.zeros_like(place)
            np.add.at(gradient, rows[some], off * right)
            np.add.at(gradient, item[some], off * left)
            first = 0.9 * first + 0.1 * gradient
            second = 0.999 * second + 0.001 * gradient**2
            scale = self.rate / (1 - 0.9**step)
            place = place - scale * first / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
            if step % CHECK_STEPS == 0 or step == self.max_steps:
                fitted = (place[check.person] * place[check.item + people]).sum(1)
                error = float(((fitted - check.answer / self.top_[check.item]) ** 2).mean()) if len(check) else 0.0
                since = 0 if error < best else since + 1
                if error < best:
                    best, self.places_ = error, place
                if since > CHECKS:
                    break
        return self

    def predict(self, person: Ints, item: Ints) -> Ints:
        """Return the option nearest to the fitted value, by code."""
        people = len(self.places_) - len(self.top_)
        value = (self.places_[person] * self.places_[item + people]).sum(1) * self.top_[item]
        return np.asarray(np.clip(np.rint(value), 0, self.top_[item]), dtype=np.int64)


class Polis(BaseEstimator):
    """Polis's own pipeline: mean imputation, two principal components, k-means, and the shares of a person's group.

    People with fewer than seven answers (or all, of fewer items) are in no group and get the shares of everyone. After
    `fit`: `groups_` (people,), -1 for none.
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


def least_votes(answers: Answers) -> int:
    """Return how many answers put a person into a group."""
    return min(POLIS_VOTES, len(answers.items))


def polis_groups(answers: Answers, seed: int = 0) -> Ints:
    """Return the Polis group of each person (people,), -1 for people with too few answers."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.metrics import silhouette_score

    votes = np.bincount(answers.person, minlength=len(answers.people))
    groups = np.full(len(votes), -1, dtype=np.int64)
    able = np.flatnonzero(votes >= least_votes(answers))
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
