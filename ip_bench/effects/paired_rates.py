"""Differences of rates over pairs: Newcombe's paired interval and McNemar's test."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike

from ip_bench.design import Contrast
from ip_bench.effects.arrays import at, binary, counts, groups, size
from ip_bench.effects.effect import Effect
from ip_bench.effects.labels import labels
from ip_bench.effects.limits import Interval, critical, declared, from_limits, hybrid
from ip_bench.effects.paired import nan_effect
from ip_bench.effects.rates import too_few, wilson


def mcnemar(up: int, down: int, *, mid_p: bool = False) -> float:
    """Return McNemar's two-sided p from the discordant pairs: the exact binomial one, or mid-p.

    Mid-p counts half of the observed table's probability (Fagerland, Lydersen and Laake, 2013). No discordant pair
    gives 1.
    """
    if up < 0 or down < 0:
        raise ValueError(f"{up} and {down} discordant pairs; counts are 0 or more")
    if up + down == 0:
        return 1.0
    if not mid_p:
        return float(scipy.stats.binomtest(up, up + down).pvalue)
    fewer = min(up, down)
    return float(2 * scipy.stats.binom.cdf(fewer - 1, up + down, 0.5) + scipy.stats.binom.pmf(fewer, up + down, 0.5))


def paired_limits(table: tuple[int, int, int, int], level: float) -> Interval:
    """Return Newcombe's limits of a paired difference of rates, at level `level`.

    `table` counts the pairs (yes yes, yes no, no yes, no no), the treated arm first. Newcombe (1998), Statistics in
    Medicine 17, 2635-2650, method 10: Wilson limits put together with the correlation phi, which is taken with a
    continuity correction of n/2 when it is positive.
    """
    both, up, down, neither = table
    rows = sum(table)
    first, second = (both + up) / rows, (both + down) / rows
    z = critical(level)
    product = (both + up) * (down + neither) * (both + down) * (up + neither)
    excess = both * neither - up * down
    corrected = max(excess - rows / 2, 0.0) if excess > 0 else float(excess)
    phi = corrected / math.sqrt(product) if product else 0.0
    return hybrid(first, wilson(first, rows, z), second, wilson(second, rows, z), phi)


def paired_rates(
    treated: ArrayLike,
    control: ArrayLike,
    contrast: Contrast,
    *,
    margin: float,
    item: ArrayLike | None = None,
    test: Literal["exact", "mid-p"] = "exact",
    alpha: float = 0.05,
    family: int = 1,
) -> Effect:
    """Return the difference of two rates over pairs, with Newcombe's paired interval and McNemar's test.

    Row k of `treated` and `control` (both (n,): 1, 0, or NaN for no outcome) is the same item in the same cell. Each
    item may come once: pairs of one item are no independent pairs, and then the effect is NaN (`paired_effect` takes
    them). It is conditional on the realizations met, and says so.

    Raises:
        SamplesError: for values other than 0, 1 and NaN, or arms of different lengths.
        ValueError: for a margin, alpha, family or test out of range.
    """
    declared(margin, alpha, family)
    if test not in {"exact", "mid-p"}:
        raise ValueError(f"test is {test!r}; it is 'exact' or 'mid-p'")
    first = binary(treated, contrast.arm)
    second = binary(control, contrast.reference, rows=len(first))
    complete = ~(np.isnan(first) | np.isnan(second))
    lost = {contrast.arm: int(np.isnan(first).sum()), contrast.reference: int(np.isnan(second).sum())}
    items = at(groups([np.arange(len(first)) if item is None else item], len(first)), complete)
    first, second = first[complete], second[complete]
    named = labels(contrast, margin, alpha, lost, counts(len(first), items))
    if cause := too_few({f"pairs of {contrast.arm} and {contrast.reference}": first}, {}):
        return nan_effect(cause, **named)
    if size(items[0]) < len(first):
        cause = f"{len(first)} pairs of {size(items[0])} items; McNemar's test takes each item once, use paired_effect"
        return nan_effect(cause, **named)
    codes = np.bincount((2 * (1 - first) + (1 - second)).astype(np.intp), minlength=4)
    both, up, down, neither = (int(number) for number in codes)
    return from_limits(
        (up - down) / len(first),
        lambda level: paired_limits((both, up, down, neither), level),
        family=family,
        p=mcnemar(up, down, mid_p=test == "mid-p"),
        method=f"difference of paired rates, Newcombe's paired score interval, McNemar {test}",
        note=f"{up} pairs up and {down} down of {len(first)}; conditional on these realizations",
        **named,
    )
