"""Bounds on an effect that is seen only where rows were answered."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import NamedTuple

import scipy
from numpy.typing import ArrayLike
from scipy import special

from ip_bench.design import Contrast
from ip_bench.effects.arrays import between
from ip_bench.effects.composite import answered, composite, in_cells, sides
from ip_bench.effects.effect import Effect, verdict_of
from ip_bench.effects.labels import Entered, Labels, labels
from ip_bench.effects.limits import Interval, critical, declared, from_limits
from ip_bench.effects.paired import paired_effect


class Bounds(NamedTuple):
    """The identified set [low, high] of an effect, the standard errors of its ends, and an Effect.

    The Effect's interval covers the effect itself, wherever in the set it lies. Its estimate is NaN unless the ends
    meet: no point is named by the data.
    """

    low: float
    high: float
    se: Interval
    effect: Effect


def imbens_manski(width: float, largest_se: float, level: float, df: float) -> float:
    """Return the critical value c with P(t > c) + P(t > c + width/se) = level.

    Imbens and Manski (2004), Econometrica 72, with t in place of the normal: between the two-sided value (no width)
    and the one-sided one (a wide set), so that an interval from low - c se to high + c se covers the effect and not
    the whole set.
    """
    apart = width / largest_se

    def excess(c: float) -> float:
        return float(special.stdtr(df, -c) + special.stdtr(df, -c - apart)) - level

    if excess(0.0) <= 0:
        return 0.0
    return float(scipy.optimize.brentq(excess, 0.0, critical(level, df) * (1 + 1e-9) + 1e-9))


def manski_bounds(
    treated: ArrayLike,
    control: ArrayLike,
    contrast: Contrast,
    factors: Sequence[ArrayLike],
    *,
    margin: float,
    outcome_range: Interval = (0.0, 1.0),
    alpha: float = 0.05,
    family: int = 1,
) -> Bounds:
    """Return worst-case bounds of the effect had every row given an outcome (Manski, 1990).

    Rows are as in `composite_effect`. A missing outcome may lie anywhere in `outcome_range`; nothing is assumed of why
    it is missing. Each end is a paired difference, clustered or exact as any; where one is exact the interval runs from
    the lower limit of the low end to the upper one of the high end, which is wider than needed.

    Raises:
        SamplesError: for outcomes outside `outcome_range`, infinite ones, or arrays of different lengths.
        ValueError: for a margin, alpha or family out of range.
    """
    declared(margin, alpha, family)
    first, second, lost = sides(treated, control, contrast)
    least, most = outcome_range
    for side, arm in ((first, contrast.arm), (second, contrast.reference)):
        between(side, least, most, arm)
    ends = (
        composite(first, otherwise=fill) - composite(second, otherwise=other)
        for fill, other in ((least, most), (most, least))
    )
    low, high = (
        paired_effect(in_cells(end, factors), contrast, margin=margin, alpha=alpha, family=family) for end in ends
    )
    se = (low.se, high.se)
    counted = answered(contrast, lost, len(first))
    if math.isnan(low.estimate):
        effect = dataclasses.replace(low, n_missing_by_arm=lost, note=f"{low.note}; {counted}")
        return Bounds(math.nan, math.nan, se, effect)
    note = f"the effect lies in [{low.estimate:.3f}, {high.estimate:.3f}] whatever is missing; {counted}"
    entered: Entered = {"n_items": low.n_items, "n_realizations": low.n_realizations, "n_rows": low.n_rows}
    named = labels(contrast, margin, alpha, lost, entered)
    if not (min(se) > 0 and math.isfinite(sum(se))):
        return Bounds(low.estimate, high.estimate, se, _outer(low, high, note, lost))
    return Bounds(
        low.estimate,
        high.estimate,
        se,
        partial_effect(low.estimate, high.estimate, se, low.df, family, f"Manski bounds, {low.method}", note, named),
    )


def partial_effect(
    low: float, high: float, se: Interval, df: float, family: int, method: str, note: str, named: Labels
) -> Effect:
    """Return the Effect whose interval covers a parameter known only to lie in a set."""

    def limits(level: float) -> Interval:
        c = imbens_manski(high - low, max(se), level, df)
        return low - c * se[0], high + c * se[1]

    one_sided = critical(2 * named["alpha"], df)
    return from_limits(
        low if low == high else math.nan,
        limits,
        inner=(low - one_sided * se[0], high + one_sided * se[1]),
        family=family,
        method=method + ", Imbens-Manski",
        note=note,
        **named,
    )


def _outer(low: Effect, high: Effect, note: str, lost: dict[str, int]) -> Effect:
    """Return an Effect from exact limits of the two ends: what holds of both ends holds of the effect."""
    same_side = low.estimate * high.estimate > 0
    differs = same_side and all(end.verdict.startswith("different") for end in (low, high))
    inside = all(end.verdict in {"equivalent", "different but negligible"} for end in (low, high))
    p = max(low.p, high.p) if same_side else 1.0
    return dataclasses.replace(
        low,
        estimate=low.estimate if low.estimate == high.estimate else math.nan,
        se=math.nan,
        df=math.nan,
        ci=(low.ci[0], high.ci[1]),
        ci_simultaneous=(low.ci_simultaneous[0], high.ci_simultaneous[1]),
        p=p,
        p_adjusted=p,
        verdict=verdict_of(differs=differs, inside=inside),
        n_missing_by_arm=lost,
        method=f"Manski bounds; low end: {low.method}; high end: {high.method}",
        note=note,
    )
