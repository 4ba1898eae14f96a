"""How many items a contrast needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True, slots=True)
class Components:
    """Variance components of a paired difference of shares.

    `item`: SD of the true difference between items; `row`: SD of one row's outcome around its probability, the
    same in both arms; `realization`: SD of the difference between realizations.
    """

    item: float
    row: float
    realization: float


def items_needed(
    effect: float,
    parts: Components,
    *,
    rows_per_item: int,
    realizations: int,
    power: float = 0.8,
    alpha: float = 0.05,
) -> int:
    """Return the smallest number of items that finds `effect` with the power asked.

    Var = (item^2 + 2 row^2 / rows_per_item) / items + realization^2 / realizations, normal approximation.

    Raises:
        ValueError: when the realizations' variance alone exceeds the target, so that no number of items suffices.
    """
    target = (effect / float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))) ** 2
    floor = parts.realization**2 / realizations
    if floor >= target:
        raise ValueError(
            f"no number of items finds {effect} with power {power}: {realizations} realizations of SD "
            f"{parts.realization} alone leave a variance of {floor:.2g}, the target is {target:.2g}"
        )
    return math.ceil((parts.item**2 + 2 * parts.row**2 / rows_per_item) / (target - floor))
