"""Where the effect of one more topic would lie."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy import special

from ip_bench.effects.arrays import Numbers
from ip_bench.effects.limits import Interval

NODES = 199  # points of the confidence distribution of tau^2


def prediction_interval(estimate: ArrayLike, variance: ArrayLike, alpha: float = 0.05) -> Interval:
    """Return the interval of the effect of a topic not yet seen, from k estimates and their variances, both (k,).

    The predictive distribution of Nagashima, Noma and Furukawa (2019), Statistical Methods in Medical Research 28:
    tau^2 runs through its confidence distribution (Cochran's Q at tau^2 is chi-squared), and for each the new effect is
    t with k - 1 degrees of freedom around the mean of topics. The usual interval puts in one tau^2, often 0, and covers
    too seldom when topics differ little. Here the mixture is summed over fixed points in place of random draws.

    Raises:
        ValueError: for fewer than three topics.
    """
    y, v = np.asarray(estimate, dtype=np.float64), np.asarray(variance, dtype=np.float64)
    spare = len(y) - 1
    if spare < 2:
        raise ValueError(f"{len(y)} topics; a prediction interval needs three or more")
    quantiles = scipy.stats.chi2.ppf((np.arange(NODES) + 0.5) / NODES, spare)
    tau2 = _profile(y, v, quantiles)
    weight = 1 / (v + tau2[:, None])
    middle = (weight * y).sum(axis=1) / weight.sum(axis=1)
    scatter = (weight * (y - middle[:, None]) ** 2).sum(axis=1) / spare
    spread = np.sqrt(tau2 + np.maximum(1.0, scatter) / weight.sum(axis=1))

    def below(x: float, share: float) -> float:
        return float(special.stdtr(spare, (x - middle) / spread).mean()) - share

    reach = -1.01 * special.stdtrit(spare, alpha / 2) * float(spread.max())
    ends = float(middle.min()) - reach, float(middle.max()) + reach
    low, high = (scipy.optimize.brentq(below, *ends, args=(share,)) for share in (alpha / 2, 1 - alpha / 2))
    return float(low), float(high)


def _profile(y: Numbers, v: Numbers, targets: Numbers) -> Numbers:
    """Return the tau^2, 0 or more, at which Cochran's Q equals each target, by bisection."""

    def q(tau2: Numbers) -> Numbers:
        weight = 1 / (v + tau2[:, None])
        middle = (weight * y).sum(axis=1) / weight.sum(axis=1)
        return np.asarray((weight * (y - middle[:, None]) ** 2).sum(axis=1))

    low = np.zeros(len(targets))
    high = np.full(len(targets), ((y - y.mean()) ** 2).sum() / targets.min() + v.max())
    for _ in range(80):
        half = (low + high) / 2
        above = q(half) > targets
        low, high = np.where(above, half, low), np.where(above, high, half)
    return np.where(q(np.zeros(len(targets))) > targets, (low + high) / 2, 0.0)
