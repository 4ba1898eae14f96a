"""The square of a personalization bias without its noise: how noise alone spreads it, and its signed interval."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import linalg

from ip_bench.effects.clusters import Codes, clustered, intersection
from ip_bench.effects.groups import Axis
from ip_bench.effects.resampling import cluster_sums

Floats = NDArray[np.float64]


class Spread(NamedTuple):
    """The noise in k groups' centered means on one axis, in shares.

    `expected` is the sum over groups of Var(f(u) - mean f), without bias and possibly negative; `covariance` (k, k) is
    that of the centered means, `df` the smallest number of clusters minus 1. `shrunk` has the trace of `covariance`
    and less of what is luck in its directions.
    """

    expected: float
    covariance: Floats
    df: int
    shrunk: Floats


class Null(NamedTuple):
    """Draws of the centered means (draws, k x axes) where no group differs, and of what is taken off their square.

    `covariance` (k x axes, k x axes) is that of the axes' means as estimated, not shrunk.
    """

    means: Floats
    taken: Floats
    covariance: Floats


def centered(values: Floats) -> Floats:
    """Return values minus their mean over the last axis, the groups; equal ones are 0 apart, whatever rounding says."""
    mean = values.mean(axis=-1, keepdims=True)
    apart = values - mean
    return np.where(np.abs(apart) <= 8 * np.spacing(np.abs(mean)), 0.0, apart)


def spread(own: Axis) -> Spread:
    """Return the noise of an axis from its own scores.

    The sum of variances is the multi-way formula of Cameron, Gelbach and Miller (2011) without floors: a floor would
    bias what is left of the square. Of the covariance a dozen wordings tell the size but not the shape, since with
    fewer clusters than groups its directions are luck; the shape is that over items, and the size is not below it.
    Where few items tell groups apart, the shape over items is luck, too: see `_shrunk`.
    """
    influence = centered(own.influence)
    sets = [members for size in range(1, len(own.factors) + 1) for members in combinations(own.factors, size)]
    traces = [_trace(influence, intersection(members)) for members in sets]
    expected = sum((1.0 if len(members) % 2 else -1.0) * trace for members, trace in zip(sets, traces, strict=True))
    by_item, _, clusters = clustered(influence, own.factors[:1])
    counts = [*clusters, *(int(factor.max()) + 1 for factor in own.factors[1:])]
    larger = max(expected / traces[0], 1.0) if traces[0] > 0 else 1.0
    shape = _shrunk(by_item, cluster_sums(influence, own.factors[0]))
    return Spread(expected, larger * by_item, min(counts) - 1, larger * shape)


def _shrunk(covariance: Floats, sums: Floats) -> Floats:
    """Return the covariance over clusters, drawn towards equal and equally correlated groups; the trace is kept.

    The square less its noise is a sum over pairs of clusters of s_i.s_j. Its variance is twice the sum of (s_i.s_j)^2
    over pairs, but the V = C/(C-1) sum s_i s_i' at hand gives twice tr(V^2), which adds the pairs of a cluster with
    itself: much, where few clusters tell k groups apart. So V is drawn to (I - J/k) tr(V)/(k-1) until tr(V^2) is the
    sum without them, or as near as it comes.
    """
    count, groups = sums.shape
    size, squares = float(np.trace(covariance)), float((covariance**2).sum())
    least = size**2 / (groups - 1)
    if not squares > least:
        return covariance
    wanted = squares - float(((sums**2).sum(axis=1) ** 2).sum()) * (count / (count - 1)) ** 2
    weight = np.sqrt(min(1.0, max(0.0, (wanted - least) / (squares - least))))
    alike = (np.eye(groups) - 1 / groups) * size / (groups - 1)
    return np.asarray(weight * covariance + (1 - weight) * alike)


def _trace(influence: Floats, group: Codes) -> float:
    sums = cluster_sums(influence, group)
    return float(len(sums) / (len(sums) - 1) * (sums**2).sum())


def null_draws(spreads: Sequence[Spread], draws: int, rng: np.random.Generator) -> Null:
    """Return draws of the axes side by side, normal, and of the noise that each such run would take off.

    The noise taken off is estimated, too: on df degrees of freedom in each of tr(V)^2 / tr(V^2) directions.
    """
    means, taken = [], np.zeros(draws)
    for own in spreads:
        values, vectors = np.linalg.eigh(own.shrunk)
        values = np.maximum(values, 0)
        means.append(rng.standard_normal((draws, len(values))) @ (np.sqrt(values)[:, None] * vectors.T))
        total = float(values.sum())
        if total > 0:
            freedom = own.df * total**2 / float((values**2).sum())
            taken += total * rng.chisquare(freedom, draws) / freedom
    return Null(np.hstack(means), taken, linalg.block_diag(*(own.covariance for own in spreads)))


def square_interval(found: Floats, expected: float, null: Null, alpha: float) -> tuple[float, float]:
    """Return the 1 - alpha interval of the true sum of squares, signed, from centered means `found` (k x axes,).

    It holds the sums (in the direction found) under which one as far out as |found|^2 - `expected` is in neither tail.
    Where not even a sum of 0 is one of them or the end lies below it, the end is shifted: what was found minus the
    null's quantile. So it is not cut at 0: without any bias the interval lies above 0 in alpha/2 of runs and below 0 in
    as many.
    """
    reached = float(found @ found) - expected
    return _end(found, reached, null, 1 - alpha / 2), _end(found, reached, null, alpha / 2)


def bias_interval(found: Floats, expected: float, null: Null, alpha: float) -> tuple[float, float]:
    """Return the interval of the true root of the sum, which is never below 0.

    Luck below the median of noise does not prove a bias of 0: the upper end is as if the median had been found.
    """
    reached = float(found @ found) - expected
    middle = float(np.median((null.means**2).sum(axis=1) - null.taken))
    ends = _end(found, reached, null, 1 - alpha / 2), _end(found, max(reached, middle), null, alpha / 2)
    return float(np.sqrt(max(ends[0], 0.0))), float(np.sqrt(max(ends[1], 0.0)))


def _across(null: Null, direction: Floats) -> Floats:
    """Return the draws in one direction (draws,), with the variance that the covariance has there.

    Groups that differ may vary more than others. Shrinking hides that, and one direction alone needs no shrinking.
    """
    across = null.means @ direction
    drawn = float(across.std())
    return across * np.sqrt(max(float(direction @ null.covariance @ direction), 0.0)) / drawn if drawn > 0 else across


def _end(found: Floats, reached: float, null: Null, level: float) -> float:
    """Return the true sum of squares under which a share `level` of runs has at most what was `reached`."""
    length = float(np.sqrt(found @ found))
    noise, across = (null.means**2).sum(axis=1) - null.taken, _across(null, found / length)
    at_none = float(np.quantile(noise, level))
    if reached <= at_none:
        return reached - at_none

    def excess(root: float) -> float:
        return float((root**2 + 2 * root * across + noise <= reached).mean()) - level

    far = 2 * length + 3 * float(np.sqrt((null.means**2).sum(axis=1).max()))
    return float(scipy.optimize.bisect(excess, 0, far, xtol=1e-5 * far)) ** 2 if excess(0) > 0 else 0.0
