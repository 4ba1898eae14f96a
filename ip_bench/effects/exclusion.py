"""Does a cue act on the answer through the reported inference alone? A check over realizations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.labels import Entered, check_levels, labels
from ip_bench.effects.paired import Pairs, nan_effect, shared, summarize

FEWEST = 6  # realizations; a line has two parameters
RELIABLE = 0.5  # of the variance of the first stages: with more noise than signal a line through them says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """The line of realizations' effects on their first stages.

    `intercept` is the effect of a realization that moves no inference: 0 where the cue acts through it alone. `slope`
    is the effect per unit of inference. `reliability` is the share of the first stages' variance over realizations
    that is not sampling. `dispersion_p` tests whether effects lie further from the line than sampling puts them (NaN
    where the line is not estimable). A small p of either speaks against the Wald ratio; a large one does not prove it.
    """

    intercept: Effect
    slope: float
    reliability: float
    dispersion_p: float
    n_realizations: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, with the sentence."""
        found = {name: getattr(self, name) for name in ("slope", "reliability", "dispersion_p", "n_realizations")}
        return found | {"intercept": self.intercept.to_dict(), "text": self.describe()}

    def describe(self) -> str:
        """Return one sentence."""
        if math.isnan(self.intercept.estimate):
            return f"exclusion cannot be checked: {self.intercept.note}"
        low, high = (f"{100 * end:+.1f}" for end in self.intercept.ci)
        return (
            f"a realization that moves no inference has an effect of {100 * self.intercept.estimate:+.1f} points "
            f"[{low}, {high}] (p = {self.intercept.p:.2g}); spread around the line: p = {self.dispersion_p:.2g}"
        )


def exclusion(reduced: Pairs, first: Pairs, *, margin: float, alpha: float = 0.05) -> Exclusion:
    """Regress the effects of realizations on their first stages, both from the same items and cells.

    First stages are measured, so the slope is corrected for their sampling variance, and for the covariance of the two
    stages' errors (Fuller 1987, ch. 1); standard error by leaving out one realization at a time, t with R - 2 degrees
    of freedom. The test of spread is an F test of the distances from that line against the variance within
    realizations. Egger et al. (1997) use the same intercept.

    Raises:
        ValueError: for a margin or alpha out of range.
    """
    check_levels(margin, alpha)
    rows = shared(reduced, first)
    joint = reduced.at(rows[0])
    forms = 0 if joint.realization is None else len(joint.realization.names)
    entered: Entered = {"n_items": len(joint.item.names), "n_realizations": forms, "n_rows": len(rows[0])}
    contrast = Contrast("direct effect", "", "", "effect of a realization that moves no inference")
    named = labels(contrast, margin, alpha, {}, entered)

    def unknown(note: str, reliability: float = math.nan) -> Exclusion:
        return Exclusion(
            intercept=nan_effect(note, **named), slope=math.nan, reliability=reliability, dispersion_p=math.nan,
            n_realizations=forms,
        )  # fmt: skip

    if joint.realization is None or forms < FEWEST:
        return unknown(f"{forms} realizations in complete pairs of both stages; {FEWEST} are needed")
    table = np.column_stack([reduced.difference[rows[0]], first.difference[rows[1]]])
    means, errors = _by_realization(table, joint.realization.codes, forms)
    if not np.isfinite(errors).all():
        return unknown("a realization has one pair; two of each are needed")
    total = float(means[:, 1].var(ddof=1))
    reliability = 1 - float(errors[:, 1, 1].mean()) / total if total > 0 else 0.0
    if reliability < RELIABLE:
        note = f"{forms} first stages hardly differ: {max(0.0, reliability):.0%} of their variance is not sampling"
        return unknown(note, reliability)
    intercept, slope = _line(means, errors)
    each = [_line(np.delete(means, k, axis=0), np.delete(errors, k, axis=0))[0] for k in range(forms)]
    se = math.sqrt((forms - 1) / forms * float(((np.array(each) - np.mean(each)) ** 2).sum()))
    weight, count = np.array([1.0, -slope]), np.bincount(joint.realization.codes)
    away = means @ weight - intercept
    noise = float(((table @ weight - (means @ weight)[joint.realization.codes]) ** 2).sum()) / (len(table) - forms)
    if not (se > 0 and noise > 0):
        return unknown(f"{forms} realizations without sampling variance in a stage", reliability)
    found = summarize(intercept, se, forms - 2, method="errors-in-variables line over realizations, jackknife", **named)
    spread = float((count * away**2).sum()) / noise / (forms - 2)
    dispersion = float(scipy.stats.f.sf(spread, forms - 2, len(table) - forms))
    return Exclusion(
        intercept=found, slope=slope, reliability=reliability, dispersion_p=dispersion, n_realizations=forms
    )


def _by_realization(
    table: NDArray[np.float64], group: NDArray[np.intp], forms: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each realization's two means (R, 2) and their sampling covariance (R, 2, 2), NaN for a single pair."""
    count = np.bincount(group, minlength=forms)
    means = np.column_stack([np.bincount(group, column, forms) for column in table.T]) / count[:, None]
    away = table - means[group]
    products = (away[:, :, None] * away[:, None, :]).reshape(-1, 4)
    sums = np.column_stack([np.bincount(group, column, forms) for column in products.T]).reshape(forms, 2, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return means, sums / (count * (count - 1.0))[:, None, None]


def _line(means: NDArray[np.float64], errors: NDArray[np.float64]) -> tuple[float, float]:
    """Return intercept and slope of the first column on the second, corrected for the errors of both."""
    covariance = np.cov(means.T) - errors.mean(axis=0)
    slope = float(covariance[0, 1] / covariance[1, 1])
    return float(means[:, 0].mean() - slope * means[:, 1].mean()), slope
