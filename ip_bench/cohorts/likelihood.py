"""Two likelihoods of an answer given a person's place: ordered options (cumulative logit) and unordered ones (softmax).

Both are concave in the person's place and in the item's parameters. Cells are given as codes, places as rows of `u`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import expit

from ip_bench.cohorts.answers import Floats, Ints

GAP = 1e-3  # thresholds of neighbouring options never come closer than this
STEP = 4.0  # a longer Newton step of an item is cut to this length: far from the optimum it overshoots


class Terms(NamedTuple):
    """Log-likelihood of cells, its gradient in u (cells, dims) and minus its Hessian (cells, dims, dims)."""

    value: Floats
    gradient: Floats
    curvature: Floats


class Sorted(NamedTuple):
    """Cells in the order of (item, answer): person, item, answer, and where each run of equal pairs starts."""

    person: Ints
    item: Ints
    answer: Ints
    starts: Ints

    @classmethod
    def of(cls, person: Ints, item: Ints, answer: Ints, width: int) -> Sorted:
        """Return cells sorted; `width` is the most options an item has."""
        key = item * width + answer
        order = np.argsort(key, kind="stable")
        key = key[order]
        starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, dtype=np.int64)
        return cls(person[order], item[order], answer[order], starts)


@dataclass(frozen=True)
class Params:
    """Parameters of items: `loadings` (items, predictors, dims), `offsets` (items, thresholds or options)."""

    loadings: Floats
    offsets: Floats
    variance: Floats


class Likelihood(Protocol):
    """What a factorization asks of a likelihood."""

    def start(self, prior: Floats, dims: int) -> Params:
        """Return parameters with no loadings; `prior` (items, options) are probabilities, 0 where there is no option."""

    def probabilities(self, params: Params, item: Ints, u: Floats) -> Floats:
        """Return P(option) of cells at places u (cells, dims), as rows (cells, options)."""

    def terms(self, params: Params, item: Ints, answer: Ints, u: Floats) -> Terms:
        """Return the log-likelihood of cells with gradient and curvature in u."""

    def improve(self, params: Params, cells: Sorted, points: list[Floats], prior: Floats, ridge: Floats) -> Params:
        """Return parameters after one Newton step, the likelihood averaged over `points`, each (people, dims).

        `prior` (items, options) are pseudo-answers of a person at the origin; `ridge` (dims,) the prior precision of
        loadings.
        """

    def moved(self, params: Params, mean: Floats, axes: Floats) -> Params:
        """Return parameters for new places v, where u = mean + axes v."""


def outer(rows: Floats) -> Floats:
    """Return x x' of each row."""
    return np.asarray(rows[:, :, None] * rows[:, None, :])


class Softmax:
    """P(k) = softmax_k(b_jk + a_jk . u)."""

    def start(self, prior: Floats, dims: int) -> Params:
        """Return parameters with no loadings."""
        with np.errstate(divide="ignore"):
            return Params(np.zeros((*prior.shape, dims)), np.log(prior), np.zeros(dims))

    def probabilities(self, params: Params, item: Ints, u: Floats) -> Floats:
        """Return P(option) of cells, as rows."""
        scores = np.einsum("nkd,nd->nk", params.loadings[item], u) + params.offsets[item]
        scores -= scores.max(1, keepdims=True)
        np.exp(scores, out=scores)
        return np.asarray(scores / scores.sum(1, keepdims=True))

    def terms(self, params: Params, item: Ints, answer: Ints, u: Floats) -> Terms:
        """Return value, gradient and curvature in u."""
        loadings = params.loadings[item]
        p = self.probabilities(params, item, u)
        mean = np.einsum("nk,nkd->nd", p, loadings)
        at = np.arange(len(item))
        curvature = (p[:, :, None] * loadings).transpose(0, 2, 1) @ loadings - outer(mean)
        return Terms(np.log(np.maximum(p[at, answer], 1e-300)), loadings[at, answer] - mean, curvature)

    def improve(self, params: Params, cells: Sorted, points: list[Floats], prior: Floats, ridge: Floats) -> Params:
        """Return parameters after one step, option by option, with diag(p) for diag(p) - pp', which bounds it."""
        items, width = prior.shape
        dims = params.loadings.shape[2]
        gradient = np.zeros((items, width, dims + 1))
        curvature = np.zeros((items, width, dims + 1, dims + 1))
        starts = np.searchsorted(cells.item, np.arange(items + 1))
        filled = np.flatnonzero(np.diff(starts))
        at = np.arange(len(cells.item))
        for place in points:
            u = place[cells.person]
            p = self.probabilities(params, cells.item, u)
            x = np.concatenate([u, np.ones((len(u), 1))], axis=1)
            squares = outer(x).reshape(len(x), -1)
            for option in range(width):
                residual = (cells.answer == option) - p[:, option]
                gradient[filled, option] += np.add.reduceat(residual[:, None] * x, starts[filled])
                sums = np.add.reduceat(p[:, option, None] * squares, starts[filled])
                curvature[filled, option] += sums.reshape(-1, dims + 1, dims + 1)
        del at
        gradient, curvature = gradient / len(points), curvature / len(points)
        total = prior.sum(1, keepdims=True)
        origin = self.probabilities(params, np.arange(items), np.zeros((items, dims)))
        gradient[:, :, -1] += prior - total * origin
        curvature[:, :, -1, -1] += total * origin
        gradient[:, :, :-1] -= ridge * params.loadings
        curvature += np.diag(np.append(ridge, 1e-9))
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        length = np.linalg.norm(step, axis=-1, keepdims=True)
        step *= np.minimum(1.0, STEP / np.maximum(length, 1e-12))
        step[prior <= 0] = 0.0
        variance = np.diagonal(np.linalg.inv(curvature), axis1=2, axis2=3)[prior > 0][:, :-1].sum(0)
        return Params(params.loadings + step[..., :-1], params.offsets + step[..., -1], variance)

    def moved(self, params: Params, mean: Floats, axes: Floats) -> Params:
        """Return parameters for places v with u = mean + axes v."""
        return Params(params.loadings @ axes, params.offsets + params.loadings @ mean, params.variance)


class Cumulative:
    """P(r <= c) = sigma(t_jc - a_j . u), thresholds t rising in c; two options make it the binary model."""

    def start(self, prior: Floats, dims: int) -> Params:
        """Return parameters with no loadings."""
        below = np.clip(np.cumsum(prior, axis=1)[:, :-1], 0.0, 1.0)
        last = below >= 1 - 1e-12
        with np.errstate(divide="ignore"):
            return Params(np.zeros((len(prior), 1, dims)), np.where(last, np.inf, np.log(below) - np.log1p(-below)), np.zeros(dims))

    def _ends(self, params: Params, item: Ints, answer: Ints, u: Floats) -> tuple[Floats, Floats]:
        eta = np.einsum("nd,nd->n", params.loadings[item, 0], u)
        padded = np.pad(params.offsets, ((0, 0), (1, 1)), constant_values=((0, 0), (-np.inf, np.inf)))
        return padded[item, answer + 1] - eta, padded[item, answer] - eta

    def probabilities(self, params: Params, item: Ints, u: Floats) -> Floats:
        """Return P(option) of cells, as rows."""
        eta = np.einsum("nd,nd->n", params.loadings[item, 0], u)
        below = expit(params.offsets[item] - eta[:, None])
        return np.diff(below, axis=1, prepend=0.0, append=1.0)

    def _derivatives(self, params: Params, item: Ints, answer: Ints, u: Floats) -> tuple[Floats, ...]:
        """Return log P, its gradient in the upper and lower threshold, and minus its Hessian there (uu, ll, ul)."""
        upper, lower = self._ends(params, item, answer, u)
        high, low = expit(upper), expit(lower)
        p = np.maximum(high - low, 1e-12)
        f, g = high * expit(-upper), low * expit(-lower)
        up, down = f / p, -g / p
        return (
            np.log(p), up, down,
            up * up - f * (1 - 2 * high) / p, down * down + g * (1 - 2 * low) / p, up * down,
        )  # fmt: skip

    def terms(self, params: Params, item: Ints, answer: Ints, u: Floats) -> Terms:
        """Return value, gradient and curvature in u."""
        value, up, down, uu, ll, ul = self._derivatives(params, item, answer, u)
        loadings = params.loadings[item, 0]
        weight = np.maximum(uu + ll + 2 * ul, 0.0)
        return Terms(value, -(up + down)[:, None] * loadings, weight[:, None, None] * outer(loadings))

    def improve(self, params: Params, cells: Sorted, points: list[Floats], prior: Floats, ridge: Floats) -> Params:
        """Return parameters after one Newton step on loadings and thresholds together."""
        items, width = prior.shape
        dims = params.loadings.shape[2]
        gradient = np.zeros((items, dims + width + 1))  # loadings, then thresholds with both infinite ends
        curvature = np.zeros((items, dims + width + 1, dims + width + 1))
        codes, options = cells.item[cells.starts], cells.answer[cells.starts]
        for place in points:
            u = place[cells.person]
            _, up, down, uu, ll, ul = self._derivatives(params, cells.item, cells.answer, u)
            squares = outer(u).reshape(len(u), -1)
            columns = np.concatenate(
                [np.stack([up, down, uu, ll, ul], 1), (up + down)[:, None] * u, (uu + ul)[:, None] * u,
                 (ll + ul)[:, None] * u, (uu + ll + 2 * ul)[:, None] * squares], axis=1,
            )  # fmt: skip
            self._collect(gradient, curvature, np.add.reduceat(columns, cells.starts), codes, options, dims)
        gradient, curvature = gradient / len(points), curvature / len(points)
        shape = (items, width)
        every, option = (each.ravel() for each in np.indices(shape))
        pseudo = np.stack(self._derivatives(params, every, option, np.zeros((items * width, dims)))[1:], 1)
        padded = np.concatenate([pseudo, np.zeros((items * width, 3 * dims + dims * dims))], axis=1)
        self._collect(gradient, curvature, prior.reshape(-1, 1) * padded, every, option, dims)
        gradient[:, :dims] -= ridge * params.loadings[:, 0]
        free = np.concatenate([np.ones((items, dims), dtype=bool), np.zeros((items, 1), dtype=bool),
                               np.isfinite(params.offsets), np.zeros((items, 1), dtype=bool)], axis=1)  # fmt: skip
        curvature = np.where(free[:, :, None] & free[:, None, :], curvature, 0.0)
        diagonal = np.where(free, 1e-9, 1.0)
        diagonal[:, :dims] += ridge
        curvature[:, np.arange(dims + width + 1), np.arange(dims + width + 1)] += diagonal
        step = np.linalg.solve(curvature, np.where(free, gradient, 0.0)[..., None])[..., 0]
        step *= np.minimum(1.0, STEP / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-12))
        variance = np.diagonal(np.linalg.inv(curvature), axis1=1, axis2=2)[:, :dims].sum(0)
        return self._damped(params, step[:, :dims], step[:, dims + 1 : -1], variance)

    @staticmethod
    def _collect(
        gradient: Floats, curvature: Floats, sums: Floats, codes: Ints, options: Ints, dims: int
    ) -> None:  # fmt: skip
        """Add the sums of runs to the gradient and curvature of their items."""
        up, down, uu, ll, ul = sums[:, :5].T
        slope, with_up, with_down, squares = np.split(sums[:, 5:], [dims, 2 * dims, 3 * dims], axis=1)
        upper, lower = dims + options + 1, dims + options
        np.add.at(gradient, (codes, upper), up)
        np.add.at(gradient, (codes, lower), down)
        np.add.at(gradient, (codes, slice(0, dims)), -slope)
        for row, column, values in ((upper, upper, uu), (lower, lower, ll), (upper, lower, ul), (lower, upper, ul)):
            np.add.at(curvature, (codes, row, column), values)
        np.add.at(curvature, (codes, slice(0, dims), slice(0, dims)), squares.reshape(-1, dims, dims))
        for dim in range(dims):
            for end, values in ((upper, with_up), (lower, with_down)):
                np.add.at(curvature, (codes, dim, end), -values[:, dim])
                np.add.at(curvature, (codes, end, dim), -values[:, dim])

    @staticmethod
    def _damped(params: Params, loadings: Floats, thresholds: Floats, variance) -> Params:
        """Return parameters after a step that is halved, item by item, until the thresholds rise."""
        size = np.ones((len(loadings), 1))
        finite = np.isfinite(params.offsets[:, 1:])
        for _ in range(20):
            moved = params.offsets + size * thresholds
            with np.errstate(invalid="ignore"):
                crossed = ((np.diff(moved, axis=1) < GAP) & finite).any(1)
            if not crossed.any():
                break
            size[crossed] /= 2
        else:
            size[crossed] = 0.0
        return Params(params.loadings + size[:, :, None] * loadings[:, None, :], params.offsets + size * thresholds, variance)

    def moved(self, params: Params, mean: Floats, axes: Floats) -> Params:
        """Return parameters for places v with u = mean + axes v."""
        return Params(params.loadings @ axes, params.offsets - params.loadings @ mean, params.variance)
