"""Effects whose interval is not estimate +- t se: p-value and verdict come from the limits themselves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Unpack

import scipy
from scipy import special

from ip_bench.effects.effect import Effect, verdict_of
from ip_bench.effects.labels import Labels, check_levels

Interval = tuple[float, float]
Limits = Callable[[float], Interval]
SMALLEST = 1e-100  # no p-value is reported as 0; quantiles of t with few degrees of freedom overflow further out


def declared(margin: float, alpha: float, family: int = 1) -> None:
    """Check what has to be declared before the run.

    Raises:
        ValueError: when `margin` is not above 0, `alpha` not in (0, 1/2) or `family` below 1.
    """
    check_levels(margin, alpha)
    if family < 1:
        raise ValueError(f"family is {family}; it is the number of contrasts tested together, 1 or more")


def critical(level: float, df: float = math.inf) -> float:
    """Return the two-sided critical value of t at a level, exact in the far tail; infinite df give the normal one."""
    return float(-special.ndtri(level / 2) if math.isinf(df) else -special.stdtrit(df, level / 2))


def one_arm(
    estimate: float, ci: Interval, *, method: str, se: float = math.nan, df: float = math.nan, note: str = "",
    **named: Unpack[Labels],
) -> Effect:  # fmt: skip
    """Return the Effect of one arm's rate or mean: no contrast, so p is NaN and the verdict undecided."""
    return Effect(
        estimate=estimate, se=se, df=df, ci=ci, p=math.nan, p_adjusted=math.nan, ci_simultaneous=ci,
        verdict="undecided", method=method, note=note, **named,
    )  # fmt: skip


def hybrid(first: float, of_first: Interval, second: float, of_second: Interval, correlation: float = 0.0) -> Interval:
    """Return limits of `first - second` from limits of each.

    The distances to the limits are put together as standard errors would be: Newcombe (1998), method 10, for rates;
    Zou and Donner (2008) in general.
    """
    (low_1, high_1), (low_2, high_2) = of_first, of_second

    def reach(one: float, other: float) -> float:
        return math.sqrt(max(0.0, one**2 + other**2 - 2 * correlation * one * other))

    difference = first - second
    return (
        difference - reach(first - low_1, high_2 - second),
        difference + reach(high_1 - first, second - low_2),
    )


def p_by_inversion(limits: Limits, smallest: float = SMALLEST) -> float:
    """Return the level at which the limits, nested in the level, come to touch 0; at least `smallest`."""

    def side(log_level: float) -> float:
        low, high = limits(math.exp(log_level))
        return 1.0 if low > 0 or high < 0 else -1.0

    bottom, top = math.log(smallest), -1e-12
    if side(top) < 0:
        return 1.0
    if side(bottom) > 0:
        return smallest
    return math.exp(scipy.optimize.bisect(side, bottom, top, xtol=1e-11))


def from_limits(
    estimate: float,
    limits: Limits,
    *,
    method: str,
    note: str = "",
    family: int = 1,
    p: float | None = None,
    inner: Interval | None = None,
    **named: Unpack[Labels],
) -> Effect:
    """Return an Effect whose interval at level a is `limits(a)`.

    "different" needs p below alpha and a simultaneous interval (level alpha / family) without 0; "equivalent" needs
    `inner` (by default the limits at 2 alpha, which is two one-sided tests at alpha) inside the margin. `se` and `df`
    are NaN: the interval is not symmetric.
    """
    margin, alpha = named["margin"], named["alpha"]
    simultaneous = limits(alpha / family)
    narrow = limits(2 * alpha) if inner is None else inner
    p = p_by_inversion(limits) if p is None else p
    differs = p < alpha and not simultaneous[0] <= 0 <= simultaneous[1]
    inside = -margin < narrow[0] and narrow[1] < margin
    return Effect(
        estimate=estimate, se=math.nan, df=math.nan, ci=limits(alpha), p=p, p_adjusted=p,
        ci_simultaneous=simultaneous, verdict=verdict_of(differs=differs, inside=inside), method=method,
        note=note, **named,
    )  # fmt: skip
