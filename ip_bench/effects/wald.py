"""The effect per unit of reported inference: a ratio, with the set that Fieller's theorem gives it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ip_bench.effects import student
from ip_bench.effects.clusters import clustered_mean
from ip_bench.effects.labels import check_levels
from ip_bench.effects.paired import STILL, Pairs, shared


@dataclass(frozen=True, slots=True)
class Ratio:
    """A Wald ratio and its Fieller set at level 1 - alpha.

    `shape` is "interval" (low, high), "two rays" (everything outside (low, high)), "line" (nothing is excluded) or
    "none" (not estimable; `note` says why). The point ratio is NaN unless the set is an interval: a ratio whose
    denominator may be zero has no honest point.
    """

    ratio: float
    shape: Literal["interval", "two rays", "line", "none"]
    low: float
    high: float
    alpha: float
    first_stage: float
    reduced_form: float
    n_rows: int
    note: str = ""

    def describe(self) -> str:
        """Return the set as a reader would write it."""
        if self.shape == "interval":
            return f"{self.ratio:.3f} [{self.low:.3f}, {self.high:.3f}]"
        if self.shape == "two rays":
            return f"(-inf, {self.low:.3f}] or [{self.high:.3f}, inf)"
        return "(-inf, inf)" if self.shape == "line" else f"not estimable: {self.note}"


def wald(reduced: Pairs, first: Pairs, *, alpha: float = 0.05) -> Ratio:
    """Return the ratio of two paired effects measured on the same items and cells, with Fieller's set (1954).

    It needs monotonicity and a binary contrast, and measures "effect per unit of *reported* inference": the
    probe asks in another prompt.

    Raises:
        ValueError: for an alpha not in (0, 1/2).
    """
    check_levels(1.0, alpha)
    nan = math.nan
    rows = shared(reduced, first)
    joint = reduced.at(rows[0])
    if len(joint.item.names) < 2 or (joint.realization is not None and len(joint.realization.names) < 2):
        note = f"{len(rows[0])} complete pairs in both stages; two items and two realizations are needed"
        return Ratio(nan, "none", nan, nan, alpha, nan, nan, len(rows[0]), note)
    table = np.column_stack([reduced.difference[rows[0]], first.difference[rows[1]]])
    top, bottom = (float(mean) for mean in table.mean(axis=0))
    variance = clustered_mean(table, joint.factors())
    (v_top, v_both), (_, v_bottom) = variance.covariance.tolist()
    if not max(v_top, v_bottom) > (STILL * np.abs(table).max()) ** 2:
        note = f"{len(table)} complete pairs that do not vary in either stage"
        return Ratio(nan, "none", nan, nan, alpha, bottom, top, len(table), note)
    reach = student.quantile(1 - alpha / 2, variance.df) ** 2
    # {r : (top - r bottom)^2 <= reach * var(top - r bottom)}  is  a r^2 - 2 b r + c <= 0
    a, b, c = bottom**2 - reach * v_bottom, top * bottom - reach * v_both, top**2 - reach * v_top
    inside = b * b - a * c
    if a > 0 and inside >= 0:
        root = math.sqrt(inside)
        return Ratio(top / bottom, "interval", (b - root) / a, (b + root) / a, alpha, bottom, top, len(table))
    if a < 0 and inside > 0:
        low, high = sorted(((b - math.sqrt(inside)) / a, (b + math.sqrt(inside)) / a))
        return Ratio(nan, "two rays", low, high, alpha, bottom, top, len(table), "the first stage may be zero")
    return Ratio(nan, "line", -math.inf, math.inf, alpha, bottom, top, len(table), "the first stage may be zero")
