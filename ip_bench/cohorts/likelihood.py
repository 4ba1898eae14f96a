"""Two likelihoods of an answer given a person's place: ordered options (cumulative logit) and unordered ones (softmax).

Both are concave in the person's place and in the item's parameters. Arrays of cells are options-first, so that each
operation runs along the cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import expit

from ip_bench.cohorts.answers import Floats, Ints
from ip_bench.cohorts.cells import Columns, Rows, squares, summed, symmetric

GAP = 1e-3  # thresholds of neighbouring options never come closer than this
STEP = 4.0  # a longer Newton step of an item is cut to this length: far from the optimum it overshoots
TINY = 1e-12


@dataclass(frozen=True)
class Params:
    """Parameters of items.

    `loadings` (items, predictors, dims); `offsets` (items, thresholds or options), infinite where an item has fewer;
    `variance` (dims,): posterior variance of the loadings, summed; `free`: how many loadings a dimension has.
    """

    loadings: Floats
    offsets: Floats
    variance: Floats
    free: int


class Push(NamedTuple):
    """Of the log-likelihood of each person: gradient (people, dims) and minus the Hessian (people, dims, dims)."""

    gradient: Floats
    curvature: Floats


class Likelihood(Protocol):
    """What a factorization asks of a likelihood."""

    def start(self, shares: Floats, dims: int) -> Params:
        """Return parameters with no loadings; `shares` (items, options) are 0 where there is no option."""

    def probabilities(self, params: Params, item: Ints, u: Floats) -> Floats:
        """Return P(option) of cells at places u (dims, cells), as (options, cells)."""

    def push(self, params: Params, rows: Rows, u: Floats) -> Push:
        """Return how the answers of people at places u (people, dims) push them."""

    def improve(self, params: Params, cells: Columns, points: list[Floats], prior: Floats, ridge: Floats) -> Params:
        """Return parameters after one Newton step, the likelihood averaged over `points`, each (people, dims).

        `prior` (items, options) are pseudo-answers of a person at the origin; `ridge` (dims,) the prior precision of
        loadings.
        """

    def moved(self, params: Params, mean: Floats, axes: Floats) -> Params:
        """Return parameters for new places v, where u = mean + axes v."""


def _by_option(params: Params, item: Ints) -> Floats:
    """Return the offsets of cells (thresholds or options, cells), each row contiguous in memory."""
    return np.take(np.ascontiguousarray(params.offsets.T), item, axis=1)


class Softmax:
    """P(k) = softmax_k(b_jk + a_jk . u)."""

    def start(self, shares: Floats, dims: int) -> Params:
        """Return parameters with no loadings."""
        with np.errstate(divide="ignore"):
            return Params(np.zeros((*shares.shape, dims)), np.log(shares), np.zeros(dims), int((shares > 0).sum()))

    def probabilities(self, params: Params, item: Ints, u: Floats) -> Floats:
        """Return P(option) of cells, options first."""
        loadings = np.ascontiguousarray(params.loadings.transpose(1, 2, 0))
        scores = _by_option(params, item)
        for option, by_dim in enumerate(loadings):
            for dim, values in enumerate(by_dim):
                scores[option] += values[item] * u[dim]
        scores -= scores.max(0)
        np.exp(scores, out=scores)
        scores /= scores.sum(0)
        return scores

    def push(self, params: Params, rows: Rows, u: Floats) -> Push:
        """Return gradient and curvature; the latter is the covariance of the loadings, sum p_k p_l (a_k - a_l)^2."""
        p = self.probabilities(params, rows.item, np.repeat(u.T, np.diff(rows.ends), axis=1))
        width, dims = params.loadings.shape[1:]
        gradient, curvature = np.zeros_like(u), np.zeros((len(u), dims * (dims + 1) // 2))
        for option in range(width):
            residual = (rows.answer == option) - p[option]
            gradient += summed(rows.ends, rows.item, residual, params.loadings[:, option])
            for other in range(option):
                apart = squares(params.loadings[:, option] - params.loadings[:, other])
                curvature += summed(rows.ends, rows.item, p[option] * p[other], apart)
        return Push(gradient, symmetric(curvature, dims))

    def improve(self, params: Params, cells: Columns, points: list[Floats], prior: Floats, ridge: Floats) -> Params:
        """Return parameters after one step, option by option, with diag(p) for diag(p) - pp', which it bounds."""
        items, width = prior.shape
        size = len(ridge) + 1
        gradient = np.zeros((items, width, size))
        curvature = np.zeros((items, width, size * (size + 1) // 2))
        for place in points:
            x = np.concatenate([place, np.ones((len(place), 1))], axis=1)
            xx = squares(x)
            p = self.probabilities(params, cells.item, np.ascontiguousarray(place.T)[:, cells.person])
            for option in range(width):
                residual = (cells.answer == option) - p[option]
                gradient[:, option] += summed(cells.ends, cells.person, residual, x) / len(points)
                curvature[:, option] += summed(cells.ends, cells.person, p[option], xx) / len(points)
        origin = self.probabilities(params, np.arange(items), np.zeros((size - 1, items))).T
        total = prior.sum(1, keepdims=True)
        gradient[:, :, -1] += prior - total * origin
        curvature[:, :, -1] += total * origin
        gradient[:, :, :-1] -= ridge * params.loadings
        inverse = np.linalg.inv(symmetric(curvature, size) + np.diag(np.append(ridge, TINY**0.5)))
        step = (inverse @ gradient[..., None])[..., 0]
        step *= np.minimum(1.0, STEP / np.maximum(np.linalg.norm(step, axis=-1, keepdims=True), TINY))
        step[prior <= 0] = 0.0
        variance = np.diagonal(inverse, axis1=2, axis2=3)[prior > 0][:, :-1].sum(0)
        return Params(params.loadings + step[..., :-1], params.offsets + step[..., -1], variance, params.free)

    def moved(self, params: Params, mean: Floats, axes: Floats) -> Params:
        """Return parameters for places v with u = mean + axes v."""
        return Params(params.loadings @ axes, params.offsets + params.loadings @ mean, params.variance, params.free)


class Ends(NamedTuple):
    """Log P of cells, its gradient in the upper and lower threshold, and minus its Hessian in them."""

    up: Floats
    down: Floats
    uu: Floats
    ll: Floats
    ul: Floats


class Cumulative:
    """P(r <= c) = sigma(t_jc - a_j . u), thresholds t rising in c; two options make it the binary model."""

    def start(self, shares: Floats, dims: int) -> Params:
        """Return parameters with no loadings."""
        below = np.cumsum(shares, axis=1)[:, :-1]
        last = below >= 1 - TINY
        with np.errstate(divide="ignore"):
            thresholds = np.where(last, np.inf, np.log(below) - np.log1p(-np.minimum(below, 1.0)))
        return Params(np.zeros((len(shares), 1, dims)), thresholds, np.zeros(dims), len(shares))

    def _eta(self, params: Params, item: Ints, u: Floats) -> Floats:
        eta = np.zeros(len(item))
        for values, place in zip(np.ascontiguousarray(params.loadings[:, 0].T), u, strict=True):
            eta += values[item] * place
        return eta

    def probabilities(self, params: Params, item: Ints, u: Floats) -> Floats:
        """Return P(option) of cells, options first."""
        below = expit(_by_option(params, item) - self._eta(params, item, u))
        return np.diff(below, axis=0, prepend=0.0, append=1.0)

    def _ends(self, params: Params, item: Ints, answer: Ints, u: Floats) -> Ends:
        eta = self._eta(params, item, u)
        padded = np.pad(params.offsets, ((0, 0), (1, 1)), constant_values=((0, 0), (-np.inf, np.inf)))
        at = item * padded.shape[1] + answer
        upper, lower = padded.ravel()[at + 1] - eta, padded.ravel()[at] - eta
        high, low = expit(upper), expit(lower)
        p = np.maximum(high - low, TINY)
        f, g = high * expit(-upper), low * expit(-lower)
        up, down = f / p, -g / p
        return Ends(up, down, up * up - up * (1 - 2 * high), down * down - down * (1 - 2 * low), up * down)

    def push(self, params: Params, rows: Rows, u: Floats) -> Push:
        """Return gradient and curvature of people."""
        ends = self._ends(params, rows.item, rows.answer, np.repeat(u.T, np.diff(rows.ends), axis=1))
        loadings = params.loadings[:, 0]
        weight = np.maximum(ends.uu + ends.ll + 2 * ends.ul, 0.0)
        curvature = summed(rows.ends, rows.item, weight, squares(loadings))
        gradient = -summed(rows.ends, rows.item, ends.up + ends.down, loadings)
        return Push(gradient, symmetric(curvature, u.shape[1]))

    def improve(self, params: Params, cells: Columns, points: list[Floats], prior: Floats, ridge: Floats) -> Params:
        """Return parameters after one Newton step on loadings and thresholds together."""
        items, width = prior.shape
        dims = len(ridge)
        gradient = np.zeros((items, dims + width + 1))  # loadings, then thresholds with both infinite ends
        curvature = np.zeros((items, dims + width + 1, dims + width + 1))
        run = (cells.run_item, cells.run_answer)
        for place in points:
            ends = self._ends(params, cells.item, cells.answer, np.ascontiguousarray(place.T)[:, cells.person])
            scalars = np.stack([np.add.reduceat(each, cells.runs[:-1]) for each in ends]) / len(points)
            _add_thresholds(gradient, curvature, scalars, *run, dims)
            slope = summed(cells.ends, cells.person, ends.up + ends.down, place)
            bend = summed(cells.ends, cells.person, ends.uu + ends.ll + 2 * ends.ul, squares(place))
            gradient[:, :dims] -= slope / len(points)
            curvature[:, :dims, :dims] += symmetric(bend, dims) / len(points)
            for end, weight in ((1, ends.uu + ends.ul), (0, ends.ll + ends.ul)):
                cross = -summed(cells.runs, cells.person, weight, place) / len(points)
                at = dims + cells.run_answer + end
                for dim in range(dims):
                    axis = np.full_like(at, dim)
                    np.add.at(curvature, (cells.run_item, axis, at), cross[:, dim])
                    np.add.at(curvature, (cells.run_item, at, axis), cross[:, dim])
        every, option = (each.ravel() for each in np.indices((items, width)))
        pseudo = np.stack(self._ends(params, every, option, np.zeros((dims, items * width))))
        _add_thresholds(gradient, curvature, pseudo * prior.ravel(), every, option, dims)
        gradient[:, :dims] -= ridge * params.loadings[:, 0]
        free = np.ones(gradient.shape, dtype=bool)
        free[:, dims:] = np.pad(np.isfinite(params.offsets), ((0, 0), (1, 1)))
        diagonal = np.where(free, TINY**0.5, 1.0)
        diagonal[:, :dims] += ridge
        curvature = np.where(free[:, :, None] & free[:, None, :], curvature, 0.0) + diagonal[:, :, None] * np.eye(
            dims + width + 1
        )
        inverse = np.linalg.inv(curvature)
        step = (inverse @ np.where(free, gradient, 0.0)[..., None])[..., 0]
        step *= np.minimum(1.0, STEP / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), TINY))
        step *= _rising(params.offsets, step[:, dims + 1 : -1])
        variance = np.diagonal(inverse, axis1=1, axis2=2)[:, :dims].sum(0)
        loadings = params.loadings + step[:, None, :dims]
        return Params(loadings, params.offsets + step[:, dims + 1 : -1], variance, params.free)

    def moved(self, params: Params, mean: Floats, axes: Floats) -> Params:
        """Return parameters for places v with u = mean + axes v."""
        return Params(params.loadings @ axes, params.offsets - params.loadings @ mean, params.variance, params.free)


def _add_thresholds(
    gradient: Floats, curvature: Floats, sums: Floats, items: Ints, answers: Ints, dims: int
) -> None:  # fmt: skip
    """Add sums of `Ends` (5, runs) to the thresholds of their items."""
    upper, lower = dims + answers + 1, dims + answers
    up, down, uu, ll, ul = sums
    np.add.at(gradient, (items, upper), up)
    np.add.at(gradient, (items, lower), down)
    for row, column, values in ((upper, upper, uu), (lower, lower, ll), (upper, lower, ul), (lower, upper, ul)):
        np.add.at(curvature, (items, row, column), values)


def _rising(thresholds: Floats, step: Floats) -> Floats:
    """Return the share of its step (items, 1), halved as often as needed, at which an item's thresholds still rise."""
    share = np.ones((len(step), 1))
    finite = np.isfinite(thresholds[:, 1:])
    for _ in range(20):
        with np.errstate(invalid="ignore"):
            crossed = ((np.diff(thresholds + share * step, axis=1) < GAP) & finite).any(1)
        if not crossed.any():
            return share
        share[crossed] /= 2
    share[crossed] = 0.0
    return share
