"""How much of a personalization bias a mitigation removes: the signed squares of two runs on the same items, paired."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ip_bench.effects import student
from ip_bench.effects.clusters import clustered
from ip_bench.effects.gaps import POINTS
from ip_bench.effects.groups import Axis
from ip_bench.effects.limits import SMALLEST
from ip_bench.effects.resampling import cluster_sums
from ip_bench.effects.signed_square import centered, spread

STILL = 1e-8  # a standard error below this, in squared shares, is rounding: nothing varies

Floats = NDArray[np.float64]


class BiasChange(NamedTuple):
    """PB^2 without its noise in points squared, signed, before and after, and what was removed: before minus after.

    `ci` and `p` are of `removed`; NaN where nothing varies, and `note` says so.
    """

    before: float
    after: float
    removed: float
    se: float
    df: float
    ci: tuple[float, float]
    p: float
    groups: int
    items: tuple[int, ...]
    method: str
    note: str = ""


class _Part(NamedTuple):
    """One axis: the squares less their noise, and the two parts of the variance of their difference, in shares."""

    before: float
    after: float
    linear: float
    chance: float
    df: int


def bias_change(before: Sequence[Axis], after: Sequence[Axis], *, alpha: float = 0.05) -> BiasChange:
    """Return how the debiased PB^2 of the same groups on the same cells differs between two runs.

    With f = (a, b) the centered means of both runs, V their covariance and M = diag(I, -I), the difference of squares
    is f'Mf - tr(MV), and its variance 4 f'MVMf + 2 tr(MVMV) at the true f. With the means as found the first part comes
    out too large by 4 tr(MVMV), which is taken off; it is not below 0. tr(MVMV) is a sum over pairs of different
    clusters, because a cluster's product with itself is luck. V is that over items, as much larger as crossed factors
    make the noise in the squares (`signed_square.spread`). The interval is t, on the smallest number of clusters
    minus 1.

    Raises:
        ValueError: for no axis, axes that are not the same groups in the same cells, or alpha out of range.
    """
    if not before or len(before) != len(after):
        raise ValueError(f"{len(before)} axes before and {len(after)} after; the same ones are needed, one or more")
    for one, other in zip(before, after, strict=True):
        same = len(one.factors) == len(other.factors) and all(map(np.array_equal, one.factors, other.factors))
        if one.scores.shape != other.scores.shape or not same:
            raise ValueError(f"cells before are {one.scores.shape}, after {other.scores.shape}; they must be the same")
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha {alpha}; needed is 0 < alpha < 0.5")
    groups = before[0].scores.shape[1]
    parts = [_part(one, other) for one, other in zip(before, after, strict=True)]
    scale = POINTS**2 / groups
    first, last = (scale * sum(getattr(part, name) for part in parts) for name in ("before", "after"))
    variance = sum(max(part.linear, 0.0) + part.chance for part in parts)
    df = min(part.df for part in parts)
    removed, se = first - last, scale * math.sqrt(variance)
    items = tuple(len(np.unique(own.factors[0])) for own in before)
    method = f"difference of squares less their noise, clusters {[len(own.factors) for own in before]}-way, t"
    if not variance > STILL**2:
        nan, note = math.nan, "no group's mean differs from another's by a varying amount in either run: no interval"
        return BiasChange(first, last, removed, nan, nan, (nan, nan), nan, groups, items, method, note)
    reach = student.quantile(1 - alpha / 2, df) * se
    p = max(2 * student.above(abs(removed) / se, df), SMALLEST)
    return BiasChange(first, last, removed, se, df, (removed - reach, removed + reach), p, groups, items, method)


def _part(before: Axis, after: Axis) -> _Part:
    found = np.concatenate([centered(before.means), -centered(after.means)])  # Mf
    noise = [spread(own) for own in (before, after)]
    squares = [
        float((centered(own.means) ** 2).sum()) - part.expected
        for own, part in zip((before, after), noise, strict=True)
    ]
    influence = np.hstack([centered(own.influence) for own in (before, after)])
    by_item = clustered(influence, before.factors[:1])
    own = np.trace(by_item.covariance)
    larger = max(sum(part.expected for part in noise) / own, 1.0) if own > 0 else 1.0
    sums = cluster_sums(influence, before.factors[0])
    count, half = len(sums), influence.shape[1] // 2
    products = (sums[:, :half] @ sums[:, :half].T - sums[:, half:] @ sums[:, half:].T) * count / (count - 1)
    pairs = float((products**2).sum() - (np.diag(products) ** 2).sum()) * larger**2
    linear = 4 * larger * float(found @ by_item.covariance @ found) - 4 * pairs
    return _Part(squares[0], squares[1], linear, 2 * max(pairs, 0.0), min(part.df for part in noise))
