"""What a design can find: the power of a contrast under the very analysis that it will get."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import bdtr, ndtr, ndtri

from ip_bench.effects.balanced import clustered_variances
from ip_bench.effects.exact import FEW_DISCORDANT
from ip_bench.effects.labels import check_levels

LARGEST_SD = 1e100  # the square of a larger one is no number
_NODES = 32
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Components:
    """Variance components of a paired difference of shares.

    `item`: SD of the true difference between items; `row`: SD of one row's outcome around its probability, the
    same in both arms; `realization`: SD of the difference between realizations (where the arms have realizations of
    their own, the root of the sum of both squares); `cell`: SD of what the difference does in one item x realization
    beyond both, which no repeat of a row averages away.
    """

    item: float
    row: float
    realization: float
    cell: float = 0.0

    def __post_init__(self) -> None:
        """Raise ValueError for a component that is no SD."""
        for name in ("item", "row", "realization", "cell"):
            value = getattr(self, name)
            if not 0 <= value <= LARGEST_SD:
                raise ValueError(f"component {name} is {value}; it is a standard deviation, 0 to {LARGEST_SD:g}")

    def within(self, repeats: int = 1, missing: float = 0.0) -> float:
        """Return the variance of a cell's mean difference around item and realization, at this many repeats an arm.

        Cells lost at random (a share `missing`) leave a design that is no longer balanced: what each cell adds to the
        variance grows by (item^2 + realization^2 + within) x missing / (1 - missing).
        """
        own = self.cell**2 + 2 * self.row**2 / repeats
        return own + (self.item**2 + self.realization**2 + own) * missing / (1 - missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How large a run is: each item meets `rows_per_item` realizations, in both arms, `repeats` times each.

    `realizations` is None where the analysis clusters by item alone; `templates` is the number of levels of a second
    crossed factor, whose own variance is taken as 0: it costs degrees of freedom. `missing` is the share of rows whose
    pair is not complete, lost at random.
    """

    items: int
    realizations: int | None
    rows_per_item: int = 1
    repeats: int = 1
    templates: int | None = None
    missing: float = 0.0

    def __post_init__(self) -> None:
        """Raise ValueError for fewer than two clusters, no row, or a share that is none."""
        clusters = {"items": self.items, "realizations": self.realizations, "templates": self.templates}
        for name, count in clusters.items():
            if count is not None and count < 2:
                raise ValueError(f"{name} are {count}; two or more are needed")
        if self.rows_per_item < 1 or self.repeats < 1:
            raise ValueError(f"rows_per_item is {self.rows_per_item} and repeats {self.repeats}; each is 1 or more")
        if self.realizations is not None and self.rows_per_item > self.realizations:
            raise ValueError(
                f"rows_per_item is {self.rows_per_item}; there are {self.realizations} realizations, and an item meets "
                f"each once at most: 1 to {self.realizations}"
            )
        if not 0 <= self.missing < 1:
            raise ValueError(f"missing is {self.missing}; it is the share of rows without an outcome, 0 to below 1")
        if self.realizations is None and self.templates is not None:
            raise ValueError(f"templates are {self.templates}, without realizations; name the one factor realizations")

    @property
    def forms(self) -> int | None:
        """How many realizations occur: in a first lap, item k meets the k-th and those that follow it."""
        return None if self.realizations is None else min(self.realizations, self.items + self.rows_per_item - 1)

    @property
    def df(self) -> int:
        """The degrees of freedom of the contrast's t."""
        met = self.items + self.rows_per_item - 1
        answered = math.floor(self.items * (1 - self.missing**self.rows_per_item))
        return max(1, min(answered, *(min(met, count or met) for count in (self.realizations, self.templates))) - 1)

    @property
    def calls(self) -> int:
        """How often both arms together call the model."""
        return 2 * self.items * self.rows_per_item * self.repeats


class Power(NamedTuple):
    """The probability of "different" and, at a margin, of the equivalence test.

    `exact`: how often so few items tell the arms apart that the analysis has exact limits only. They find little, and
    such runs count as finding nothing.
    """

    different: float
    equivalent: float
    exact: float


def variance(parts: Components, layout: Layout) -> float:
    """Return the variance of the mean difference.

    item^2 / items + (cell^2 + 2 row^2 / repeats) / rows + realization^2 / realizations, with matched realizations, and
    what lost rows add (`Components.within`).
    """
    rows = layout.items * layout.rows_per_item
    return (
        parts.item**2 / layout.items
        + parts.within(layout.repeats, layout.missing) / rows
        + parts.realization**2 / (layout.forms or rows)
    )


def discordant_share(effect: float, parts: Components, layout: Layout) -> float:
    """Return the share of items, at least, that tell the arms apart: whose mean difference is not 0.

    For answers of 0 or 1 it is the share of single pairs that differ, E d^2 = effect^2 + item^2 + realization^2 +
    cell^2 + 2 row^2. An item of several rows moves at least as often where the arms answer independently given the
    prompt, and up to so many times as often where its rows do; for outcomes between 0 and 1 E d^2 is a lower bound.
    """
    single = effect**2 + parts.item**2 + parts.realization**2 + parts.within()
    return min(1.0, single) * (1 - layout.missing)


def power_of(
    effect: float,
    parts: Components,
    layout: Layout,
    *,
    alpha: float = 0.05,
    margin: float | None = None,
    discordant: float | None = None,
) -> Power:
    """Return the power of `paired_effect`: clusters crossed, floored, t with the smallest number of clusters minus 1.

    The estimate is normal; its variance estimate is that of the balanced design (`estimated_variances`), independent
    of it. Where fewer than 10 items tell the arms apart, limits are exact and wide; `discordant` is the share of items
    that do (by default `discordant_share`), and the runs with fewer count as not found. Without a margin the second
    probability is 0.

    Raises:
        ValueError: for a layout with fewer than two clusters, an effect that is not finite, a margin that is not above
            0, an alpha not in (0, 1/2), a discordant share not in 0 to 1, or numbers so large or small that the power
            is none.
    """
    check_levels(1.0 if margin is None else margin, alpha)
    if not math.isfinite(effect):
        raise ValueError(f"effect is {effect}; it must be a number")
    if discordant is not None and not 0 <= discordant <= 1:
        raise ValueError(f"discordant is {discordant}; it is a share of items, 0 to 1")
    spread = math.sqrt(variance(parts, layout))
    if not spread > 0:
        raise ValueError("all components are 0; there is nothing to plan for")
    moved = discordant_share(effect, parts, layout) if discordant is None else discordant * (1 - layout.missing)
    exact = float(bdtr(FEW_DISCORDANT - 1, layout.items, moved)) if layout.items >= FEW_DISCORDANT else 1.0
    errors = np.sqrt(estimated_variances(parts, layout)) / spread
    shift = effect / spread
    reach = float(scipy.stats.t.isf(alpha / 2, layout.df)) * errors
    tied = shift * math.sqrt((1 - moved) / moved / layout.items) if moved else 0.0
    beyond = _Enough(exact, max(-1.0, min(1.0, tied)))
    different = 1 - exact - beyond.between(-reach - shift, reach - shift)
    equivalent = 0.0
    if margin is not None:
        room = np.maximum(margin / spread - float(scipy.stats.t.isf(alpha, layout.df)) * errors, 0)
        equivalent = beyond.between(-room - shift, room - shift)
    if not (math.isfinite(different) and math.isfinite(equivalent)):
        raise ValueError(f"the power to find {effect} at alpha {alpha} is no number for {parts} and {layout}")
    return Power(max(0.0, different), equivalent, exact)


class _Enough(NamedTuple):
    """Enough items tell the arms apart, but for a share of runs `few`; their number and the estimate correlate.

    The number is taken as normal; its covariance with the mean difference is effect x (1 - share) / items.
    """

    few: float
    correlation: float

    def between(self, low: _Floats, high: _Floats) -> float:
        """Return the mean probability that the standardized estimate is in [low, high] and enough items moved."""
        if self.few < 1e-6:
            return float(np.mean(ndtr(high) - ndtr(low)))
        if self.few == 1:
            return 0.0
        places = self.few + (1 - self.few) * (np.arange(_NODES) + 0.5) / _NODES
        middle = self.correlation * ndtri(places)[:, None]
        scale = math.sqrt(max(1 - self.correlation**2, 1e-6))
        return float((1 - self.few) * np.mean(ndtr((high - middle) / scale) - ndtr((low - middle) / scale)))


def estimated_variances(parts: Components, layout: Layout) -> _Floats:
    """Return draws of the clustered variance that a layout estimates; see `balanced.clustered_variances`."""
    levels = [(layout.realizations, parts.realization), (layout.templates, 0.0)]
    return clustered_variances(
        layout.items,
        layout.rows_per_item,
        item=parts.item**2,
        cell=parts.within(layout.repeats, layout.missing),
        levels=[(count, sd) for count, sd in levels if count],
    )


def items_needed(
    effect: float,
    parts: Components,
    *,
    rows_per_item: int,
    realizations: int,
    power: float = 0.8,
    alpha: float = 0.05,
) -> int:
    """Return the smallest number of items that finds `effect` with the power asked, by the normal approximation.

    Var = (item^2 + (cell^2 + 2 row^2) / rows_per_item) / items + realization^2 / realizations. `planning.plan` reckons
    with the analysis itself.

    Raises:
        ValueError: when the realizations' variance alone exceeds the target, so that no number of items suffices; for
            an effect that is not a number, a power not in (alpha, 1), or fewer than one row or realization.
    """
    if not (math.isfinite(effect) and 0 < alpha < power < 1):
        raise ValueError(f"effect is {effect}, alpha {alpha}, power {power}; needed is 0 < alpha < power < 1")
    if rows_per_item < 1 or realizations < 1:
        raise ValueError(f"rows_per_item is {rows_per_item} and realizations {realizations}; each is 1 or more")
    target = (effect / float(scipy.stats.norm.ppf(1 - alpha / 2) + scipy.stats.norm.ppf(power))) ** 2
    floor = parts.realization**2 / realizations
    if floor >= target:
        raise ValueError(
            f"no number of items finds {effect} with power {power}: {realizations} realizations of SD "
            f"{parts.realization} alone leave a variance of {floor:.2g}, the target is {target:.2g}"
        )
    return math.ceil((parts.item**2 + parts.within() / rows_per_item) / (target - floor))
