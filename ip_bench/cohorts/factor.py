"""Matrix factorization by likelihood: a place for every person, loadings and offsets for every item.

Places are standard normal; the items' parameters are those that the data support once the places are averaged over
their Laplace posteriors (an approximate EM), so people with few answers do not pull items to extremes. The loadings of
a dimension have a normal prior whose precision is estimated, so that dimensions without evidence vanish; offsets have
pseudo-answers in the shares of all items. Sweeps stop where the likelihood of cells held out of the training part does;
where no sweep raised it over the items' shares, no dimension is kept.
Only observed cells enter: absence is not disagreement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple, Self

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds
from sklearn.base import BaseEstimator

from ip_bench.cohorts.answers import Answers, Floats, Ints, Item
from ip_bench.cohorts.cells import Columns, chunks
from ip_bench.cohorts.likelihood import Cumulative, Likelihood, Params, Softmax
from ip_bench.cohorts.shares import item_shares, pseudo_answers
from ip_bench.errors import IpBenchError
from ip_bench.seeds import generator

CHUNK = 100_000  # cells at a time: what fits a cache and bounds memory
HELD_OUT = 0.1  # of the training cells, for early stopping
NOTHING = 1e6  # precision of loadings of which there is no evidence
PATIENCE = 2  # sweeps without a gain
GAIN = 5e-4  # nats a cell, less is no gain
FAR = 2.0  # the longest Newton step of a person


class Places(NamedTuple):
    """Laplace posterior of people's places: mode (people, dims) and covariance (people, dims, dims)."""

    mean: Floats
    covariance: Floats


class Factorization(BaseEstimator):
    """Common part of the models; a child names its `likelihood`.

    After `fit`: `params_` of the items, `places_` of the people, `ridge_` (precision of each dimension's loadings),
    `history_` (mean log-likelihood of the cells held out for early stopping, by sweep).

    Args:
        dims: Dimensions at most; those without evidence shrink to nothing.
        smoothing: Pseudo-answers an item.
        max_sweeps: Sweeps over items and people at most.
        max_cells: Where there are more cells, sweeps go over a sample of people with about as many, and all people
            enter the last sweep alone.
        seed: With the content, what every draw derives from.
    """

    likelihood: Likelihood

    def __init__(
        self, dims: int = 8, smoothing: float = 2.0, max_sweeps: int = 30, max_cells: int = 2_000_000, seed: int = 0
    ) -> None:
        self.dims = dims
        self.smoothing = smoothing
        self.max_sweeps = max_sweeps
        self.max_cells = max_cells
        self.seed = seed

    def fit(self, answers: Answers) -> Self:
        """Fit to all answers and return self.

        Raises:
            IpBenchError: where there are too few people, items or cells for one dimension.
        """
        if min(len(np.unique(answers.person)), len(np.unique(answers.item))) < 3:
            raise IpBenchError("a factorization needs three people and three items with answers")
        sample = self._sample(answers)
        train, check = sample.split(HELD_OUT, "early stopping", self.seed)
        self._swept(train, check)
        start = self._located(self.params_, answers, self._origin(len(answers.people)), 4)
        self._improve(Columns.of(answers), pseudo_answers(answers, self.smoothing), self._pair(start, -1))
        self.places_ = self._located(self.params_, answers, start, 2)
        return self

    def predict_proba(self, person: Ints, item: Ints) -> Floats:
        """Return P(option) of cells (cells, options), averaged over the posterior of the person's place."""
        return self._probabilities(self.places_, person, item)

    def fold_in(self, answers: Answers) -> Places:
        """Return the places of new people from their answers to the items of the fit, with their uncertainty."""
        return self._located(self.params_, answers, self._origin(len(answers.people)), 6)

    def predict_at(self, places: Places, person: Ints, item: Ints) -> Floats:
        """Return P(option) of cells (cells, options) of people at `places`, as `fold_in` gives them."""
        return self._probabilities(places, person, item)

    def _probabilities(self, places: Places, person: Ints, item: Ints) -> Floats:
        return self._averaged(self.params_, places, person, item)

    def _sample(self, answers: Answers) -> Answers:
        if len(answers) <= self.max_cells:
            return answers
        people = len(answers.people)
        chosen = generator("sample of people", people, self.seed).permutation(people)
        return answers.of_people(np.sort(chosen[: max(3, round(people * self.max_cells / len(answers)))]))

    def _swept(self, train: Answers, check: Answers) -> None:
        """Sweep until the held-out likelihood stops rising; leave the best parameters."""
        dims = self._rank(train)
        prior, shares = pseudo_answers(train, self.smoothing), item_shares(train, self.smoothing)
        cells = Columns.of(train)
        self.params_, self.ridge_ = self.likelihood.start(shares, dims), np.ones(dims)
        places = Places(_spectral(train, shares, dims, self.seed), np.zeros((len(train.people), dims, dims)))
        start = (self.params_, np.full(dims, NOTHING))
        best, waited = start, 0
        self.history_: list[float] = []
        for sweep in range(self.max_sweeps):
            for _ in range(3 if sweep == 0 else 1):
                self._improve(cells, prior, self._pair(places, sweep))
            if sweep > 1:
                power = (self.params_.loadings**2).sum((0, 1)) + self.params_.variance
                self.ridge_ = (self.params_.free + 1.0) / (power + 1.0)
            places = self._standardized(places)
            places = self._located(self.params_, train, places, 2 if sweep < 2 else 1)
            value = self._checked(self.params_, places, check)
            top = max(self.history_, default=-np.inf)
            self.history_.append(value)
            if value > top:
                best = (self.params_, self.ridge_)
            waited = 0 if value > top + GAIN else waited + 1
            if waited > PATIENCE:
                break
        if len(check) and max(self.history_) <= self._checked(start[0], places, check):
            best = start
        self.params_, self.ridge_ = best

    def _checked(self, params: Params, places: Places, check: Answers) -> float:
        """Return the mean log-likelihood of held-out cells; 0 where there are none."""
        p = self._averaged(params, places, check.person, check.item)
        given = np.maximum(p[np.arange(len(check)), check.answer], 1e-12)
        return float(np.log(given).mean()) if len(check) else 0.0

    def _rank(self, answers: Answers) -> int:
        """Return how many dimensions can be started from: fewer than people, items and the model's own limit."""
        return max(1, min(self.dims, len(answers.people) - 1, len(answers.items) - 1))

    def _improve(self, cells: Columns, prior: Floats, points: list[Floats]) -> None:
        self.params_ = self.likelihood.improve(self.params_, cells, points, prior, self.ridge_)

    def _origin(self, people: int) -> Places:
        dims = len(self.ridge_)
        return Places(np.zeros((people, dims)), np.broadcast_to(np.eye(dims), (people, dims, dims)))

    def _averaged(self, params: Params, places: Places, person: Ints, item: Ints) -> Floats:
        """Return P(option) averaged over points at plus and minus each column of the posterior's scaled root."""
        dims = places.mean.shape[1]
        root = np.sqrt(dims) * _root(places.covariance)
        points = (places.mean + sign * root[:, :, dim] for dim in range(dims) for sign in (1, -1))
        total = sum(self.likelihood.probabilities(params, item, np.ascontiguousarray(at.T)[:, person]) for at in points)
        averaged: Floats = np.asarray(total).T / (2 * dims)
        return averaged

    def _pair(self, places: Places, sweep: int) -> list[Floats]:
        """Return two opposite draws with the posterior's mean and, over people, its covariance."""
        if not places.covariance.any():
            return [places.mean]
        signs = generator("opposite draws", self.seed, sweep).integers(0, 2, places.mean.shape) * 2.0 - 1
        move = (_root(places.covariance) @ signs[:, :, None])[:, :, 0]
        return [places.mean + move, places.mean - move]

    def _standardized(self, places: Places) -> Places:
        """Turn the axes so that places have mean 0 and covariance 1, and loadings lie along them by size."""
        mean = places.mean.mean(0)
        centred = places.mean - mean
        spread = centred.T @ centred / len(centred) + places.covariance.mean(0)
        axes = np.linalg.cholesky(spread + 1e-9 * np.eye(len(mean)))
        flat = (self.params_.loadings @ axes).reshape(-1, len(mean))
        axes = axes @ np.linalg.eigh(flat.T @ flat)[1][:, ::-1]
        back = np.linalg.inv(axes)
        self.params_ = self.likelihood.moved(self.params_, mean, axes)
        return Places(centred @ back.T, back @ places.covariance @ back.T)

    def _located(self, params: Params, answers: Answers, start: Places, steps: int) -> Places:
        """Return the places after Newton steps from `start`, and their covariance there."""
        dims = start.mean.shape[1]
        mean, covariance = start.mean.copy(), np.empty((len(start.mean), dims, dims))
        for first, last, rows in chunks(answers, CHUNK):
            u = mean[first:last]
            for _ in range(steps):
                gradient, curvature = self.likelihood.push(params, rows, u)
                change = np.linalg.solve(curvature + np.eye(dims), (gradient - u)[..., None])[..., 0]
                u = u + change * np.minimum(1.0, FAR / np.maximum(np.linalg.norm(change, axis=1, keepdims=True), 1e-12))
            mean[first:last] = u
            covariance[first:last] = np.linalg.inv(curvature + np.eye(dims))
        return Places(mean, covariance)


def _root(covariance: Floats) -> Floats:
    return np.asarray(np.linalg.cholesky(covariance + 1e-12 * np.eye(covariance.shape[-1])))


def _spectral(answers: Answers, shares: Floats, dims: int, seed: int) -> Floats:
    """Return places to start from: left singular vectors of what the answers add to the items' shares."""
    people, items, width = len(answers.people), len(answers.items), shares.shape[1]
    column = answers.item * width + answers.answer
    given = csr_array((1 / np.sqrt(shares.ravel()[column]), (answers.person, column)), shape=(people, items * width))
    observed = csr_array((np.ones(len(answers)), (answers.person, answers.item)), shape=(people, items))
    block = (np.repeat(np.arange(items), width), np.arange(items * width))
    expected = observed @ csr_array((np.sqrt(shares).ravel(), block), shape=(items, items * width))
    start = generator("spectral start", people, items, seed).standard_normal(min(people, items * width))
    left = svds((given - expected).tocsr(), k=dims, v0=start)[0][:, ::-1]
    return np.asarray(left / np.maximum(left.std(0), 1e-12))


class Categorical(Factorization):
    """Softmax over an item's options, each with its own direction; takes no order for granted."""

    likelihood = Softmax()


class Ordinal(Factorization):
    """Cumulative logit: one direction an item, and thresholds between its options in their order."""

    likelihood = Cumulative()


def likeliest(models: Iterable[Factorization]) -> Factorization:
    """Return the fitted model that says most of the cells held out for early stopping, which must be the same cells."""
    return max(models, key=lambda each: max(each.history_))


def fitted(answers: Answers, seed: int = 0) -> Factorization:
    """Return the likeliest of an ordinal and a categorical fit; categorical where options have no order."""
    unordered = any(item.scale == "categorical" for item in answers.items)
    kinds: tuple[type[Factorization], ...] = (Categorical,) if unordered else (Ordinal, Categorical)
    return likeliest([kind(seed=seed).fit(answers) for kind in kinds])


class Binary(Factorization):
    """A logit of two sides of an item; within a side the options keep their shares.

    The sides of ordered options are cut where they come nearest to halves; of unordered ones the most common option
    stands against the rest.
    """

    likelihood = Cumulative()

    def fit(self, answers: Answers) -> Self:
        """Fit to the sides of all answers and return self."""
        shares = item_shares(answers, self.smoothing)
        self.side_ = _sides(answers, shares)
        within = np.stack([np.where(self.side_ == side, shares, 0.0) for side in (0, 1)])
        self.within_ = within / within.sum(2, keepdims=True)
        items = [Item(each.item_id, each.text, ("one side", "the other"), "binary") for each in answers.items]
        return super().fit(replace(answers, answer=self.side_[answers.item, answers.answer], items=tuple(items)))

    def fold_in(self, answers: Answers) -> Places:
        """Return the places of new people from the sides of their answers."""
        items = [Item(each.item_id, each.text, ("one side", "the other"), "binary") for each in answers.items]
        return super().fold_in(replace(answers, answer=self.side_[answers.item, answers.answer], items=tuple(items)))

    def _probabilities(self, places: Places, person: Ints, item: Ints) -> Floats:
        sides = super()._probabilities(places, person, item)
        return np.asarray(sides[:, :1] * self.within_[0][item] + sides[:, 1:] * self.within_[1][item])


def _sides(answers: Answers, shares: Floats) -> Ints:
    """Return the side of each option (items, options), 0 or 1; both sides of an item have options."""
    below = np.cumsum(shares, axis=1)
    inside = np.arange(shares.shape[1]) < (answers.options - 1)[:, None]
    cut = np.argmin(np.where(inside, np.abs(below - 0.5), np.inf), axis=1)
    ordered = np.arange(shares.shape[1]) > cut[:, None]
    common = np.arange(shares.shape[1]) == shares.argmax(1)[:, None]
    unordered = np.array([each.scale == "categorical" for each in answers.items])
    return np.asarray(np.where(unordered[:, None], common, ordered), dtype=np.int64)
