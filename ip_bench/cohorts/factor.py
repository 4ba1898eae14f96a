"""Matrix factorization by likelihood: a place for every person, loadings and offsets for every item.

Places are standard normal; the items' parameters are those that the data support once the places are averaged over their
Laplace posteriors (an approximate EM), so people with few answers do not pull the items to extremes. Loadings have a
normal prior, offsets pseudo-answers in the shares of all items' answers. Both are chosen on cells held out of the
training part, as is the moment to stop. Only observed cells enter: absence is not disagreement.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds
from sklearn.base import BaseEstimator

from ip_bench.cohorts.answers import Answers, Floats, Ints
from ip_bench.cohorts.likelihood import Cumulative, Likelihood, Params, Softmax, Sorted
from ip_bench.errors import IpBenchError
from ip_bench.seeds import generator

CHUNK = 200_000  # cells at a time: what fits a cache and bounds memory
HELD_OUT = 0.1  # of the training cells, for early stopping
PATIENCE = 2


class Places(NamedTuple):
    """Posterior of people's places: mode (people, dims) and covariance (people, dims, dims)."""

    mean: Floats
    covariance: Floats


def marginal_prior(answers: Answers, weight: float) -> Floats:
    """Return pseudo-answers (items, options) that sum to `weight`: the shares of all items of as many options."""
    counts, options = answers.counts(), answers.options
    prior = np.zeros(counts.shape)
    for size in np.unique(options):
        same = options == size
        total = counts[same].sum(0)[:size] + 1.0
        prior[np.ix_(same, np.arange(size))] = weight * total / total.sum()
    return prior


def item_shares(answers: Answers, weight: float) -> Floats:
    """Return the smoothed shares of an item's options (items, options)."""
    shares = answers.counts() + marginal_prior(answers, weight)
    return np.asarray(shares / shares.sum(1, keepdims=True))


class Factorization(BaseEstimator):
    """Common part of the models; `likelihood` is softmax or cumulative.

    After `fit`: `params_`, `places_` of the people fitted, `history_` (mean held-out log-likelihood by sweep), `prior_`.
    """

    likelihood: Likelihood

    def __init__(self, dims: int = 4, ridge: float = 1.0, smoothing: float = 2.0, max_sweeps: int = 40,
                 max_cells: int = 2_000_000, em: bool = True, ard=True, seed: int = 0) -> None:  # fmt: skip
        self.dims = dims
        self.ridge = ridge
        self.smoothing = smoothing
        self.max_sweeps = max_sweeps
        self.max_cells = max_cells
        self.em = em; self.ard=ard
        self.seed = seed

    def fit(self, answers: Answers) -> Self:
        train, check = answers.split(HELD_OUT, "early stopping", self.seed)
        width = int(answers.options.max())
        self.prior_ = marginal_prior(train, self.smoothing)
        shares = item_shares(train, self.smoothing)
        params = self.likelihood.start(shares, self.dims)
        cells = Sorted.of(train.person, train.item, train.answer, width)
        mean = self._spectral(train, shares)
        places = Places(mean, np.zeros((len(mean), self.dims, self.dims)))
        ridge = np.full(self.dims, self.ridge)
        best, self.history_, worse = (params, -np.inf, ), [], 0
        import time
        t0=time.time()
        for sweep in range(self.max_sweeps):
            for _ in range(3 if sweep == 0 else 1):
                params = self.likelihood.improve(params, cells, self._pair(places, sweep), self.prior_, ridge)
            if self.ard and sweep>=2:
                n = (self.prior_>0).sum() if params.loadings.shape[1]>1 else len(self.prior_)
                ridge = (n+1) / ((params.loadings**2).sum((0,1)) + params.variance + 1.0)
            params, places = self._standard(params, places)
            places = self._locate(params, train, places, 2 if sweep < 2 else 1)
            value = self._mean_log(params, places, check)
            self.history_.append(value)
            if value > best[1] + 1e-4:
                worse = 0
            else:
                worse += 1
            if value > best[1]:
                best = (params, value, places)
            if worse > PATIENCE: break
        self.params_ = best[0]
        full = Sorted.of(answers.person, answers.item, answers.answer, width)
        places = self._locate(self.params_, answers, best[2], 2)
        self.params_ = self.likelihood.improve(self.params_, full, self._points(places), self.prior_, ridge)
        self.ridge_=ridge; self.places_ = self._locate(self.params_, answers, places, 2)
        return self

    def _mean_log(self, params, places, check):
        p = self._average(params, places, check.person, check.item)
        return float(np.log(np.maximum(p[np.arange(len(check)), check.answer],1e-12)).mean())

    def predict_proba(self, person, item):
        return self._average(self.params_, self.places_, person, item)

    def _average(self, params, places, person, item):
        out = 0
        points = self._points(places, all_=True)
        for p in points:
            out = out + self.likelihood.probabilities(params, item, p[person])
        return out / len(points)

    def _points(self, places: Places, all_=False) -> list[Floats]:
        """Return places that stand for the posterior: mean plus and minus each column of its root, scaled."""
        if not self.em or not places.covariance.any():
            return [places.mean]
        root = np.sqrt(self.dims) * np.linalg.cholesky(places.covariance + 1e-12 * np.eye(self.dims))
        return [places.mean + sign * root[:, :, k] for k in range(self.dims) for sign in (1, -1)]

    def _pair(self, places, sweep):
        if not self.em or not places.covariance.any():
            return [places.mean]
        root = np.linalg.cholesky(places.covariance + 1e-12 * np.eye(self.dims))
        signs = generator("pair", self.seed, sweep).integers(0, 2, places.mean.shape) * 2.0 - 1
        move = np.einsum('nij,nj->ni', root, signs)
        return [places.mean + move, places.mean - move]

    def _standard(self, params: Params, places: Places) -> tuple[Params, Places]:
        mean = places.mean.mean(0)
        centred = places.mean - mean
        spread = centred.T @ centred / len(centred) + places.covariance.mean(0)
        axes = np.linalg.cholesky(spread + 1e-9 * np.eye(self.dims))
        flat = (params.loadings @ axes).reshape(-1, self.dims)
        _, turn = np.linalg.eigh(flat.T @ flat)
        axes = axes @ turn[:, ::-1]
        back = np.linalg.inv(axes)
        return self.likelihood.moved(params, mean, axes), Places(centred @ back.T, back @ places.covariance @ back.T)

    def _locate(self, params: Params, answers: Answers, start: Places, steps: int) -> Places:
        people = len(start.mean)
        ends = np.searchsorted(answers.person, np.arange(people + 1))
        mean, covariance = start.mean.copy(), np.empty((people, self.dims, self.dims))
        first = 0
        while first < people:
            last = max(int(np.searchsorted(ends, ends[first] + CHUNK, side="right")) - 1, first + 1)
            cells = slice(ends[first], ends[last])
            who, item, answer = answers.person[cells] - first, answers.item[cells], answers.answer[cells]
            rows = np.diff(ends[first : last + 1])
            filled = np.flatnonzero(rows)
            begins = (ends[first:last] - ends[first])[filled]
            u = mean[first:last]
            for step in range(steps + 1):
                gradient, curvature = -u, np.broadcast_to(np.eye(self.dims), (len(u), self.dims, self.dims)).copy()
                if len(filled):
                    terms = self.likelihood.terms(params, item, answer, u[who])
                    gradient[filled] += np.add.reduceat(terms.gradient, begins)
                    curvature[filled] += np.add.reduceat(terms.curvature, begins)
                if step < steps:
                    change = np.linalg.solve(curvature, gradient[..., None])[..., 0]
                    change *= np.minimum(1.0, 2.0 / np.maximum(np.linalg.norm(change, axis=1, keepdims=True), 1e-12))
                    u = u + change
            mean[first:last], covariance[first:last] = u, np.linalg.inv(curvature)
            first = last
        return Places(mean, covariance)

    def _spectral(self, answers: Answers, shares: Floats) -> Floats:
        width = shares.shape[1]
        values = 1 / np.sqrt(shares[answers.item, answers.answer])
        people, columns = len(answers.people), len(answers.items) * width
        rows = np.concatenate([answers.person] )
        table = csr_array((values, (rows, answers.item * width + answers.answer)), shape=(people, columns))
        ones = csr_array((np.ones(len(answers)), (rows, answers.item)), shape=(people, len(answers.items)))
        root = np.sqrt(shares)
        spread = csr_array((root.ravel(), (np.repeat(np.arange(len(root)), width), np.arange(columns))), shape=(len(root), columns))
        table = (table - ones @ spread).tocsr()
        start = generator("spectral start", self.seed).standard_normal(min(table.shape))
        u, s, _ = svds(table.astype(float), k=self.dims, v0=start)
        u = u[:, ::-1]
        u = u / np.maximum(u.std(0), 1e-12)
        return u * np.sqrt(np.bincount(answers.person, minlength=people) > 0)[:, None]


class Categorical(Factorization):
    likelihood = Softmax()


class Ordinal(Factorization):
    likelihood = Cumulative()
