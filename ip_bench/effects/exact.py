"""Exact limits of a mean difference, for when few items tell the arms apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import special

from ip_bench.effects.clusters import Codes
from ip_bench.effects.effect import Effect
from ip_bench.effects.labels import Labels
from ip_bench.effects.limits import Interval, from_limits, p_by_inversion

FEW_DISCORDANT = 10  # with fewer items off the common difference, the normal theory of a mean of -1, 0, 1 fails
ROUNDING = 1e-9  # of the largest difference: what lies closer together is the same number
SMALLEST = 1e-12  # no p-value below it: quantiles of beta are not computed further out
FOR_SHARE = 0.1  # of the error of the limits by direction: the part for how many items move, not for which way


def exact_effect(
    difference: NDArray[np.float64],
    factors: Sequence[Codes],
    *,
    largest: float = 1.0,
    family: int = 1,
    **named: Unpack[Labels],
) -> Effect | None:
    """Return the effect by exact limits where too few items move for the normal theory of a mean, else None.

    `difference` (n,) holds complete pairs, `factors` their crossed clusters, items first. An item *moves* where its
    mean difference is not the common one, c: 0, or the most frequent one. A move is at most as far as `largest` allows
    and, where all differences are -1, 0 or 1, at least one row's worth; else at least nothing. Each limit is the better
    one of two, with half of the error each, both from Clopper-Pearson limits: *by size*, c plus the share of items
    above (or minus that of those below) times the farthest move; and *by direction*, c plus the share that moves times
    what the share of those that moves up leaves. With one binary row an item the latter excludes 0 where McNemar's
    exact p is below 0.45 of alpha.

    p is where the limits come to touch 0, or the largest sign test of the realizations and templates where that is
    larger. `family` is the number of contrasts that the simultaneous interval has to cover.
    """
    item, reach = factors[0], float(np.abs(difference).max())
    rows = np.bincount(item)
    moves = np.bincount(item, weights=difference) / rows.mean()  # their mean over items is the mean over rows
    largest = max(largest, reach) * float(rows.max() / rows.mean())
    binary = largest <= rows.max() / rows.mean() and set(np.unique(difference)) <= {-1.0, 0.0, 1.0}
    for common, few in ((0.0, FEW_DISCORDANT), (_most_frequent(moves, reach), min(FEW_DISCORDANT, len(moves) / 10))):
        above, below = (int((side > ROUNDING * reach).sum()) for side in (moves - common, common - moves))
        if above + below >= few:
            continue
        limits = _Limits(above, below, len(moves), common, largest, 1 / float(rows.mean()) if binary else 0.0)
        signs = [_sign_test(difference, factor) for factor in factors[1:]]
        return from_limits(
            float(difference.mean()), limits, p=max(p_by_inversion(limits, SMALLEST), *signs, 0.0), family=family,
            method="exact limits on items that move (Clopper-Pearson)",
            note=f"{above} items above and {below} below {common:+.3g} of {len(moves)}: exact limits, conditional on "
            "these realizations",
            **named,
        )  # fmt: skip
    return None


class _Limits:
    """Limits of the mean at a two-sided level: `above` and `below` of `items` move off `common` by `least` or more."""

    def __init__(self, above: int, below: int, items: int, common: float, largest: float, least: float) -> None:
        self.above, self.below, self.items, self.common = above, below, items, common
        self.up, self.down, self.least = largest - common, largest + common, least

    def __call__(self, level: float) -> Interval:
        moved, half = self.above + self.below, level / 2
        low = -self.down * _clopper_pearson(self.below, self.items, half)[1]
        high = self.up * _clopper_pearson(self.above, self.items, half)[1]
        few, many = _clopper_pearson(moved, self.items, FOR_SHARE * half)
        worst, best = _clopper_pearson(self.above, moved, (1 - FOR_SHARE) * half)
        least = worst * self.least - (1 - worst) * self.down
        most = best * self.up - (1 - best) * self.least
        low = max(low, least * (few if least > 0 else many))
        high = min(high, most * (many if most > 0 else few))
        return self.common + low, self.common + high


def _clopper_pearson(count: int, of: int, level: float) -> Interval:
    low = float(special.betaincinv(count, of - count + 1, level / 2)) if count else 0.0
    return low, float(special.betaincinv(count + 1, of - count, 1 - level / 2)) if count < of else 1.0


def _most_frequent(values: NDArray[np.float64], reach: float) -> float:
    steps = np.round(values / (ROUNDING * reach)) if reach else values
    distinct, counts = np.unique(steps, return_counts=True)
    return float(values[np.argmax(steps == distinct[np.argmax(counts)])])


def _sign_test(difference: NDArray[np.float64], factor: Codes) -> float:
    sums, least = np.bincount(factor, weights=difference), ROUNDING * np.abs(difference).max()
    up, down = int((sums > least).sum()), int((sums < -least).sum())
    return float(scipy.stats.binomtest(up, up + down).pvalue) if up + down else 1.0
