"""Rates corrected for a judge's error rates, which labeled rows of the same arm tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ip_bench.design import Contrast
from ip_bench.effects.arrays import Numbers
from ip_bench.effects.effect import Effect
from ip_bench.effects.judges import (
    Judged,
    covariance,
    describe,
    freedom,
    influence,
    refusal,
    side_by_side,
    stack,
    too_alike,
)
from ip_bench.effects.limits import Interval, critical, declared, from_limits, hybrid, one_arm
from ip_bench.effects.paired import nan_effect
from ip_bench.effects.rates import effective

EVERYTHING = (-math.inf, math.inf)


class Moments(NamedTuple):
    """What the correction needs of one arm.

    The share of verdicts 1 and its effective number of rows; the shares of verdicts 1 among labels 1 (q1) and among
    labels 0 (1 - q0); what each row adds to the error of the three (n, 3); the clusters behind each.
    """

    positive: float
    rows: float
    true_positive: float
    false_positive: float
    influence: Numbers
    clusters: tuple[int, int, int]

    @property
    def informative(self) -> float:
        """Return q0 + q1 - 1: what an effect is multiplied by when the judge errs alike in both arms."""
        return self.true_positive - self.false_positive

    @property
    def rate(self) -> float:
        """Return the corrected rate of Rogan and Gladen (1978), not cut to [0, 1]."""
        return (self.positive - self.false_positive) / self.informative

    def gradient(self) -> Numbers:
        """Return the derivative of the corrected rate by the three shares."""
        return np.array([1.0, -self.rate, self.rate - 1.0]) / self.informative


def moments(arm: Judged) -> Moments:
    """Return the shares of one arm, with the rows' influences on them."""
    every = [np.ones(len(arm.verdict), dtype=bool), arm.label == 1, arm.label == 0]
    p, q1, e = (float(arm.verdict[rows].mean()) for rows in every)
    columns = [influence(arm.verdict[rows] - share, rows, arm) for rows, share in zip(every, (p, q1, e), strict=True)]
    clusters = (arm.clusters(every[0]), arm.clusters(every[1]), arm.clusters(every[2]))
    return Moments(p, effective(arm.verdict, stack([arm]))[0], q1, e, np.column_stack(columns), clusters)


def corrected_rate(rows: Judged, *, arm: str, outcome: str, alpha: float = 0.05) -> Effect:
    """Return one arm's corrected rate, (p + q0 - 1)/(q0 + q1 - 1), with its score-type interval.

    Verdicts and labels are 0 or 1. Rate and limits are cut to [0, 1], and a note says so. A rate is no contrast: p and
    margin are NaN. All is NaN, with the counts, where labels are too few or q0 + q1 - 1 is not clearly above 0.

    Raises:
        SamplesError: for verdicts or labels other than 0 and 1.
        ValueError: for an alpha out of range.
    """
    declared(1.0, alpha)
    named = describe({arm: rows}, Contrast(arm, "", outcome, f"rate of {outcome} in {arm}"), math.nan, alpha)
    if cause := refusal({arm: rows}, classes=True):
        return nan_effect(cause, **named)
    found = moments(rows)
    if found.informative <= 0:
        return nan_effect(uninformative({arm: found}), **named)
    sigma = floored(covariance(found.influence, stack([rows])), [found])
    df = freedom(sigma, found.gradient(), found.clusters, stack([rows]))
    limits = score_limits(found, sigma, critical(alpha, df))
    if limits == EVERYTHING:
        return nan_effect(uninformative({arm: found}), **named)
    rate, low, high = (min(1.0, max(0.0, value)) for value in (found.rate, *limits))
    note = f"the corrected rate is {found.rate:.3f}, cut to [0, 1]" if rate != found.rate else ""
    method = f"Rogan-Gladen, score-type interval, {quality({arm: found})}"
    return one_arm(rate, (low, high), method=method, note=note, **named)


def corrected_difference(
    treated: Judged,
    control: Judged,
    contrast: Contrast,
    *,
    margin: float,
    alpha: float = 0.05,
    family: int = 1,
) -> Effect:
    """Return the difference of two arms' corrected rates; each arm is calibrated on its own labeled rows.

    The variance holds that of the verdicts and that of the calibrations, and what they share through items and
    realizations. The interval puts the arms' score-type limits together as Newcombe's does, with their correlation;
    p is the level at which it touches 0. All is NaN, with the counts, where an arm has no or too few labels of its own,
    or q0 + q1 - 1 is not clearly above 0.

    Raises:
        SamplesError: for verdicts or labels other than 0 and 1.
        ValueError: for a margin, alpha or family out of range.
    """
    declared(margin, alpha, family)
    arms = {contrast.arm: treated, contrast.reference: control}
    named = describe(arms, contrast, margin, alpha)
    if cause := refusal(arms, classes=True):
        return nan_effect(cause, **named)
    each = {name: moments(arm) for name, arm in arms.items()}
    first, second = each.values()
    if min(first.informative, second.informative) <= 0:
        return nan_effect(uninformative(each), **named)
    factors = stack([treated, control])
    columns = side_by_side(first.influence, second.influence)
    weights = np.concatenate([first.gradient(), -second.gradient()])
    if cause := too_alike(columns @ weights, factors, arms):
        return nan_effect(cause, **named)
    sigma = floored(covariance(columns, factors), [first, second])
    df = freedom(sigma, weights, first.clusters + second.clusters, factors)
    limits = difference_limits(first, second, sigma, df)
    if limits(alpha) == EVERYTHING:
        return nan_effect(uninformative(each), **named)
    method = f"Rogan-Gladen by arm, hybrid of score-type limits, {quality(each)}"
    return from_limits(first.rate - second.rate, limits, family=family, method=method, **named)


def difference_limits(first: Moments, second: Moments, sigma: Numbers, df: float) -> Callable[[float], Interval]:
    """Return the limits, by error level, of the difference of two corrected rates whose moments have this covariance.

    `sigma` (6, 6) is of the first arm's three moments and then the second's. Everything is kept where a judge's errors
    may take up the whole of its verdicts.
    """
    one, other = first.gradient(), second.gradient()
    spread = math.sqrt((one @ sigma[:3, :3] @ one) * (other @ sigma[3:, 3:] @ other))
    correlation = float(np.clip(one @ sigma[:3, 3:] @ other / spread, -1, 1)) if spread > 0 else 0.0

    def limits(level: float) -> Interval:
        t = critical(level, df)
        sides = score_limits(first, sigma[:3, :3], t), score_limits(second, sigma[3:, 3:], t)
        return EVERYTHING if EVERYTHING in sides else hybrid(first.rate, sides[0], second.rate, sides[1], correlation)

    return limits


def score_limits(arm: Moments, sigma: Numbers, t: float) -> Interval:
    """Return the corrected rates r that the data keep: (p - e - r j)^2 <= t^2 Var(r), with e = 1 - q0.

    Fieller's argument with a score-type variance: that of p is binomial at the rate r, which makes the limits Wilson's
    when the judge is known not to err. Where j = q0 + q1 - 1 may be 0 every rate is kept.
    """
    p, e, j = arm.positive, arm.false_positive, arm.informative
    of_j = sigma[1, 1] + sigma[2, 2] - 2 * sigma[1, 2]
    if j**2 <= t**2 * of_j:
        return EVERYTHING
    # Var(r) = a2 r^2 + a1 r + a0: the binomial variance of p at e + j r, and the rest as it is linear in q1 and e.
    a2 = -(j**2) / arm.rows + of_j
    a1 = j * (1 - 2 * e) / arm.rows - 2 * sigma[2, 2] - 2 * sigma[0, 1] + 2 * sigma[0, 2] + 2 * sigma[1, 2]
    a0 = e * (1 - e) / arm.rows + sigma[2, 2] - 2 * sigma[0, 2]
    return roots(j**2 - t**2 * a2, (p - e) * j + t**2 * a1 / 2, (p - e) ** 2 - t**2 * a0)


def roots(a: float, b: float, c: float) -> Interval:
    """Return where a r^2 - 2 b r + c <= 0, for a above 0."""
    root = math.sqrt(max(0.0, b * b - a * c))
    return (b - root) / a, (b + root) / a


def floored(sigma: Numbers, arms: Sequence[Moments]) -> Numbers:
    """Return the covariance, the error rates' variances raised to those of (errors + 1/2)/(labels + 1) where below.

    Labels without an error do not make a judge free of error (the half is Jeffreys').
    """
    raised = sigma.copy()
    for place, arm in enumerate(arms):
        for column, share in ((1, arm.true_positive), (2, arm.false_positive)):
            labeled = arm.clusters[column]
            shrunk = (share * labeled + 0.5) / (labeled + 1)
            at = 3 * place + column
            raised[at, at] = max(sigma[at, at], shrunk * (1 - shrunk) / labeled)
    return raised


def quality(each: Mapping[str, Moments]) -> str:
    return "; ".join(
        f"{name} q1 {arm.true_positive:.3f}, q0 {1 - arm.false_positive:.3f}" for name, arm in each.items()
    )


def uninformative(each: Mapping[str, Moments]) -> str:
    """Return why no rate can be corrected, with the counts."""
    found = "; ".join(
        f"{name} {arm.informative:.3f} from {arm.clusters[1]} items labeled 1 and {arm.clusters[2]} labeled 0"
        for name, arm in each.items()
    )
    return f"q0 + q1 - 1 is not clearly above 0 ({found}); these verdicts say too little about the labels"
