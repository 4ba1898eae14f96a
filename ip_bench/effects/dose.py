"""How an outcome moves with the dose of a cue, within items."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from ip_bench.design import Contrast
from ip_bench.effects.arrays import Numbers, at, counts, groups, numbers, size
from ip_bench.effects.clusters import Codes
from ip_bench.effects.effect import Effect
from ip_bench.effects.labels import Labels, labels
from ip_bench.effects.limits import declared
from ip_bench.effects.paired import nan_effect, summarize
from ip_bench.effects.within import Fit, fit_within
from ip_bench.errors import SamplesError


class Linearity(NamedTuple):
    """A test that doses act in a straight line: F, its degrees of freedom and p; NaN where `note` says why."""

    statistic: float
    df: tuple[int, int]
    p: float
    note: str = ""


class DoseResponse(NamedTuple):
    """The response to a dose.

    `slope` is the change of the outcome per unit of dose; `trend` the change from the lowest to the highest dose when
    each step counts alike, which asks only for order; `levels` the effect of each dose against the lowest, with no
    shape assumed; `linearity` compares the line with the levels; `reversal_p` is the p of the step that most
    contradicts a monotone trend (Bonferroni over the steps): small says that the trend is not monotone.
    """

    slope: Effect
    trend: Effect
    levels: tuple[Effect, ...]
    linearity: Linearity
    reversal_p: float


def dose_response(
    outcome: ArrayLike,
    dose: ArrayLike,
    item: ArrayLike,
    contrast: Contrast,
    *,
    margin: float,
    realization: ArrayLike | None = None,
    alpha: float = 0.05,
) -> DoseResponse:
    """Return slope, trend and levels of the outcome over doses, by least squares within items.

    `outcome` (n,) is NaN where a row gave none, `dose` (n,) the cue density of each row, `item` and `realization` (n,)
    codes. Every item is its own reference (item fixed effects), so items of a single dose tell nothing and are left
    out. Clustered over items and realizations (see `fit_within`). The test of linearity is Hotelling's form of Wald's,
    which few realizations need. NaN, with the counts, for fewer than two items with several doses, fewer than two
    realizations, or outcomes that do not vary.

    Raises:
        SamplesError: for infinite values, a dose that is NaN, or columns of different lengths.
        ValueError: for a margin or alpha out of range.
    """
    declared(margin, alpha)
    given = numbers(outcome, "the outcome")
    doses = numbers(dose, "the dose", rows=len(given))
    if unknown := int(np.isnan(doses).sum()):
        raise SamplesError(f"{unknown} of {len(doses)} rows have no dose")
    factors = groups([item] if realization is None else [item, realization], len(given))
    seen = ~np.isnan(given)
    several = np.zeros(len(given), dtype=bool)
    several[seen] = _several(doses[seen], factors[0][seen])
    clusters = at(factors, several)
    y, x = given[several], doses[several]
    found = np.unique(x)
    lost = {contrast.arm: int((~seen).sum())}
    named = labels(contrast, margin, alpha, lost, counts(len(y), clusters))
    if not len(y) or min(size(factor) for factor in clusters) < 2:
        held = ", ".join(str(size(factor)) for factor in clusters)
        cause = f"{len(y)} rows of items with several doses ({held} clusters); two items and realizations are needed"
        return _nothing(cause, named)
    step = np.searchsorted(found, x)
    level = (step[:, None] == np.arange(1, len(found))).astype(np.float64)
    line, order = (fit_within(y, column[:, None], clusters) for column in (x, step / (len(found) - 1)))
    free = fit_within(y, level, clusters)
    if not (line.covariance[0, 0] > 1e-30 and order.covariance[0, 0] > 1e-30):
        return _nothing(f"outcomes do not vary within items, or follow the dose without error ({len(y)} rows)", named)
    words = f"{len(clusters)}-way clusters {tuple(size(factor) for factor in clusters)}, t"
    note = "" if realization is not None else "conditional on these realizations"
    span = f"{found[0]:g} to {found[-1]:g}"

    def effect(fit: Fit, place: int, method: str) -> Effect:
        se = math.sqrt(fit.covariance[place, place])
        if not se > 0:
            return nan_effect(f"no items or no variance tell the {method} ({len(y)} rows)", **named)
        return summarize(float(fit.coefficients[place]), se, fit.df, method=f"{method}, {words}", note=note, **named)

    return DoseResponse(
        effect(line, 0, f"slope per unit of dose ({span}) within items"),
        effect(order, 0, f"trend over {len(found)} ordered doses ({span}) within items"),
        tuple(
            dataclasses.replace(
                effect(free, place, "dose against the lowest within items"), arm=f"{contrast.arm} {at_:g}"
            )
            for place, at_ in enumerate(found[1:])
        ),
        _linearity(y, x, level, clusters),
        _reversal(free, float(order.coefficients[0])),
    )


def _several(dose: Numbers, item: Codes) -> np.ndarray:
    """Return which rows are of an item that met more than one dose."""
    low, high = np.full(size(item), np.inf), np.full(size(item), -np.inf)
    np.minimum.at(low, item, dose)
    np.maximum.at(high, item, dose)
    return np.asarray((high > low)[item])


def _linearity(y: Numbers, dose: Numbers, level: Numbers, clusters: Sequence[Codes]) -> Linearity:
    """Return the test that what the levels add to the line is nothing."""
    extra = level.shape[1] - 1
    if extra < 1:
        return Linearity(math.nan, (0, 0), math.nan, f"{extra + 2} doses; a test of linearity needs three")
    fit = fit_within(y, np.column_stack([dose, level[:, :-1]]), clusters)
    spare = fit.df - extra + 1
    if spare < 1:
        return Linearity(math.nan, (extra, 0), math.nan, f"{fit.df + 1} clusters for {extra + 2} doses are too few")
    added, covariance = fit.coefficients[1:], fit.covariance[1:, 1:]
    if not np.isfinite(covariance).all() or np.linalg.matrix_rank(covariance) < extra:
        return Linearity(math.nan, (extra, spare), math.nan, "too few clusters join the doses to one another")
    statistic = float(added @ np.linalg.solve(covariance, added)) * spare / (fit.df * extra)
    return Linearity(statistic, (extra, spare), float(scipy.stats.f.sf(statistic, extra, spare)))


def _reversal(free: Fit, trend: float) -> float:
    """Return the Bonferroni p of the step between neighbors that goes most against the trend."""
    count = len(free.coefficients)
    steps = np.eye(count) - np.eye(count, k=-1)
    change = steps @ free.coefficients * (1.0 if trend >= 0 else -1.0)
    spread = np.sqrt(np.diag(steps @ free.covariance @ steps.T))
    if count < 2 or not (spread > 0).all():
        return math.nan
    return min(1.0, count * float(scipy.stats.t.cdf((change / spread).min(), free.df)))


def _nothing(cause: str, named: Labels) -> DoseResponse:
    empty = nan_effect(cause, **named)
    return DoseResponse(empty, empty, (), Linearity(math.nan, (0, 0), math.nan, cause), math.nan)
