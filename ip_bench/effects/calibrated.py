"""Effects corrected for a judge whose error rates were measured on labeled rows elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ip_bench.design import Contrast
from ip_bench.effects.arrays import Numbers
from ip_bench.effects.effect import Effect
from ip_bench.effects.judges import Judged, covariance, describe, freedom, influence, side_by_side, stack
from ip_bench.effects.labels import Labels
from ip_bench.effects.limits import Interval, critical, declared, from_limits, hybrid
from ip_bench.effects.paired import nan_effect
from ip_bench.effects.rates import effective, wilson
from ip_bench.effects.rogan_gladen import EVERYTHING, Moments, difference_limits, roots

_WIDEST = 0.499  # the largest level of an interval that estimators take


class Calibration(NamedTuple):
    """A judge's error rates from labeled rows that are not among those of the effect.

    The shares of verdicts 1 among labels 1 (q1) and among labels 0 (1 - q0); how many independent labeled rows and how
    many items are behind each; the correlation of their errors.
    """

    true_positive: float
    false_positive: float
    rows: tuple[float, float]
    items: tuple[int, int]
    correlation: float = 0.0

    @property
    def informative(self) -> float:
        """Return q0 + q1 - 1, what a difference is multiplied by when the judge errs alike in both arms."""
        return self.true_positive - self.false_positive

    def limits(self, level: float) -> Interval:
        """Return limits of q0 + q1 - 1 by Newcombe's hybrid of Wilson's limits, with t of each class's items."""
        first, second = (
            wilson(share, rows, critical(level, max(1, items - 1)))
            for share, rows, items in zip((self.true_positive, self.false_positive), self.rows, self.items, strict=True)
        )
        return hybrid(self.true_positive, first, self.false_positive, second, self.correlation)

    def covariance(self) -> Numbers:
        """Return the covariance (2, 2) of the two shares, each variance at least that with half an error more."""
        spread = []
        for share, rows in zip((self.true_positive, self.false_positive), self.rows, strict=True):
            shrunk = (share * rows + 0.5) / (rows + 1)
            spread.append(math.sqrt(max(share * (1 - share), shrunk * (1 - shrunk)) / rows))
        shared = self.correlation * spread[0] * spread[1]
        return np.array([[spread[0] ** 2, shared], [shared, spread[1] ** 2]])

    def words(self) -> str:
        """Return the error rates with their counts."""
        return (
            f"q1 {self.true_positive:.3f} of {self.items[0]} items, q0 {1 - self.false_positive:.3f} of {self.items[1]}"
        )


def calibrated_effect(
    effect_at: Callable[..., Effect], calibration: Calibration, *, margin: float, alpha: float = 0.05, family: int = 1
) -> Effect:
    """Return an effect on verdicts, over q0 + q1 - 1: what it is on labels, where the judge errs alike in all arms.

    `effect_at` makes the effect on verdicts for a margin, alpha and family, by any method (a difference, also minus
    placebo). Its limits are divided by those of q0 + q1 - 1 as independent ratios are (Donner and Zou 2012, MOVER), so
    that the interval holds 0 where that on verdicts does; p is the same. NaN where q0 + q1 - 1 may be 0.

    Raises:
        ValueError: for a margin, alpha or family out of range.
    """
    declared(margin, alpha, family)
    raw = effect_at(margin=margin, alpha=alpha, family=family)
    named = labels_of(raw)
    if math.isnan(raw.estimate):
        return raw
    j = calibration.informative
    if not _divides(j, calibration.limits(alpha / family)):
        return nan_effect(_too_little(calibration), **named)

    def limits(level: float) -> Interval:
        own = effect_at(margin=margin, alpha=min(level, _WIDEST), family=1).ci
        return ratio_limits(raw.estimate, own, j, calibration.limits(level))

    return from_limits(
        raw.estimate / j,
        limits,
        family=family,
        p=raw.p,
        method=f"{raw.method}; over q0 + q1 - 1 from labels elsewhere, {calibration.words()}",
        note="; ".join(
            filter(None, (raw.note, "one calibration of all arms: the judge is taken to err alike in them"))
        ),
        **named,
    )


def calibrated_difference(
    treated: Judged,
    control: Judged,
    contrast: Contrast,
    calibrations: tuple[Calibration, Calibration],
    *,
    margin: float,
    alpha: float = 0.05,
    family: int = 1,
) -> Effect:
    """Return the difference of two arms' corrected rates, each arm with error rates of its own from elsewhere.

    As `corrected_difference`, but labels of the rows themselves are not used: the calibrations are independent of the
    verdicts and of each other. NaN where an arm has fewer than two clusters or q0 + q1 - 1 may be 0.

    Raises:
        SamplesError: for verdicts other than 0 and 1.
        ValueError: for a margin, alpha or family out of range.
    """
    declared(margin, alpha, family)
    arms = {contrast.arm: treated, contrast.reference: control}
    named = describe(arms, contrast, margin, alpha)
    for name, arm in arms.items():
        arm.check_binary(name)
        if (clusters := min((len(np.unique(one)) for one in arm.factors), default=len(arm.verdict))) < 2:
            cause = f"{len(arm.verdict)} judged rows of {clusters} cluster in {name}; two of each factor are needed"
            return nan_effect(cause, **named)
    factors = stack([treated, control])
    first, second = (_moments(arm, own) for arm, own in zip(arms.values(), calibrations, strict=True))
    sigma = np.zeros((6, 6))
    sigma[np.ix_([0, 3], [0, 3])] = covariance(side_by_side(first.influence, second.influence), factors)
    for start, own in zip((1, 4), calibrations, strict=True):
        sigma[start : start + 2, start : start + 2] = own.covariance()
    for own in calibrations:
        if not _divides(own.informative, own.limits(alpha / family)):
            return nan_effect(_too_little(own), **named)
    weights = np.concatenate([first.gradient(), -second.gradient()])
    df = freedom(sigma, weights, first.clusters + second.clusters, factors)
    limits = difference_limits(first, second, sigma, df)
    if limits(alpha / family) == EVERYTHING:
        return nan_effect("; ".join(map(_too_little, calibrations)), **named)
    quality = "; ".join(f"{name} {own.words()}" for name, own in zip(arms, calibrations, strict=True))
    method = f"Rogan-Gladen by arm from labels elsewhere, hybrid of score-type limits, {quality}"
    return from_limits(first.rate - second.rate, limits, family=family, method=method, **named)


def ratio_limits(top: float, of_top: Interval, j: float, of_j: Interval) -> Interval:
    """Return limits of top / j from limits of each, for independent estimates and a j clearly above 0.

    The ratios r that limits of `top - r j` keep, put together as Zou and Donner (2008) do: Fieller's where both
    intervals are symmetric.
    """

    def end(reach: float, above: bool) -> Interval:
        side = j - of_j[0] if above else of_j[1] - j
        return roots(j**2 - side**2, top * j, top**2 - reach**2)

    low = end(top - of_top[0], above=of_top[0] < 0)[0]
    high = end(of_top[1] - top, above=of_top[1] >= 0)[1]
    return low, high


def _divides(j: float, of_j: Interval) -> bool:
    """Return whether limits of q0 + q1 - 1 let it be divided by: all above 0, and none twice as far."""
    return of_j[0] > 0 and of_j[1] < 2 * j


def _moments(arm: Judged, own: Calibration) -> Moments:
    """Return the shares of one arm with the calibration of elsewhere; influence (n, 1) is of the verdicts alone."""
    p = float(arm.verdict.mean())
    rows = effective(arm.verdict, stack([arm]))[0]
    every = np.ones(len(arm.verdict), dtype=bool)
    added = influence(arm.verdict - p, every, arm)[:, None]
    return Moments(p, rows, own.true_positive, own.false_positive, added, (arm.clusters(every), *own.items))


def labels_of(effect: Effect) -> Labels:
    """Return the fields of an effect that are known before its numbers are."""
    return {
        "outcome": effect.outcome, "arm": effect.arm, "reference": effect.reference, "estimand": effect.estimand,
        "margin": effect.margin, "alpha": effect.alpha, "n_missing_by_arm": effect.n_missing_by_arm,
        "model": effect.model, "dataset_hash": effect.dataset_hash, "n_items": effect.n_items,
        "n_realizations": effect.n_realizations, "n_rows": effect.n_rows,
    }  # fmt: skip


def _too_little(own: Calibration) -> str:
    return (
        f"q0 + q1 - 1 is {own.informative:.3f} and not clearly above 0 ({own.words()}); these verdicts say too little"
    )
