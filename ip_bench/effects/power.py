"""What a design can find: the power of a contrast under the very analysis that it will get."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import chdtri, ndtr

from ip_bench.seeds import generator

_DRAWS = 2048
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
            if not (value >= 0 and math.isfinite(value)):
                raise ValueError(f"component {name} is {value}; it is a standard deviation, 0 or more")

    def within(self, repeats: int = 1) -> float:
        """Return the variance of a cell's mean difference around item and realization, at this many repeats an arm."""
        return self.cell**2 + 2 * self.row**2 / repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How large a run is: each item meets `rows_per_item` realizations, in both arms, `repeats` times each.

    `realizations` is None where the analysis clusters by item alone; `templates` is the number of levels of a second
    crossed factor, whose own variance is taken as 0: it costs degrees of freedom.
    """

    items: int
    realizations: int | None
    rows_per_item: int = 1
    repeats: int = 1
    templates: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for fewer than two clusters, or no row."""
        clusters = {"items": self.items, "realizations": self.realizations, "templates": self.templates}
        for name, count in clusters.items():
            if count is not None and count < 2:
                raise ValueError(f"{name} are {count}; two or more are needed")
        if self.rows_per_item < 1 or self.repeats < 1:
            raise ValueError(f"rows_per_item is {self.rows_per_item} and repeats {self.repeats}; each is 1 or more")
        if self.realizations is not None and self.rows_per_item > self.realizations:
            raise ValueError(f"rows_per_item is {self.rows_per_item}; there are {self.realizations} realizations")
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
        return min(self.items, *(min(met, count or self.items) for count in (self.realizations, self.templates))) - 1

    @property
    def calls(self) -> int:
        """How often both arms together call the model."""
        return 2 * self.items * self.rows_per_item * self.repeats


class Power(NamedTuple):
    """The probability of "different" and, at a margin, of the equivalence test."""

    different: float
    equivalent: float


def variance(parts: Components, layout: Layout) -> float:
    """Return the variance of the mean difference.

    item^2 / items + (cell^2 + 2 row^2 / repeats) / rows + realization^2 / realizations, with matched realizations.
    """
    rows = layout.items * layout.rows_per_item
    return (
        parts.item**2 / layout.items
        + parts.within(layout.repeats) / rows
        + parts.realization**2 / (layout.forms or rows)
    )


def power_of(
    effect: float, parts: Components, layout: Layout, *, alpha: float = 0.05, margin: float | None = None
) -> Power:
    """Return the power of `paired_effect`: clusters crossed, floored, t with the smallest number of clusters minus 1.

    The estimate is normal; its variance estimate is that of the balanced design (`estimated_variances`), independent
    of it. Without a margin the second probability is 0.

    Raises:
        ValueError: for a layout with fewer than two clusters, or an alpha not in (0, 1/2).
    """
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha is {alpha}; it must be between 0 and 0.5")
    spread = math.sqrt(variance(parts, layout))
    if not spread > 0:
        raise ValueError("all components are 0; there is nothing to plan for")
    errors = np.sqrt(estimated_variances(parts, layout)) / spread
    shift = effect / spread
    reach = float(stats.t.isf(alpha / 2, layout.df)) * errors
    different = float(np.mean(ndtr(shift - reach) + ndtr(-shift - reach)))
    if margin is None:
        return Power(different, 0.0)
    room = margin / spread - float(stats.t.isf(alpha, layout.df)) * errors
    return Power(different, float(np.mean(np.maximum(ndtr(room - shift) - ndtr(-room - shift), 0))))


def estimated_variances(parts: Components, layout: Layout) -> _Floats:
    """Return draws of the clustered variance, floors included, as the balanced design has it under normal outcomes.

    Where n items meet m of R realizations in turn, each pair of realizations as often as any other, the sums over
    realizations split into a part between items and a part within them, with norms `outer` and `inside` in each of
    R - 1 independent directions; the terms of Cameron, Gelbach and Miller are sums of squares of those parts and of
    what is left. A second factor adds its own terms; those of its combinations with the first cancel on average and are
    left out. The same normal draws serve every design, so that the result changes smoothly with it.
    """
    items, rows = layout.items, layout.rows_per_item
    total, met = items * rows, items + rows - 1
    cell = parts.within(layout.repeats)
    item = rows * parts.item**2 + cell
    levels = [(count, sd) for count, sd in ((layout.realizations, parts.realization), (layout.templates, 0.0)) if count]
    between, within, by_factor = np.zeros(_DRAWS), np.zeros(_DRAWS), []
    left, left_within = items - 1, items * (rows - 1)
    for stream, (count, sd) in enumerate(levels):
        forms = min(count, met)
        together = total * (rows - 1) / (forms * (forms - 1))
        outer = (total / forms - together) / rows
        inside = total / forms - outer
        common, apart, inner = _directions(forms - 1, stream)
        sums = outer * sd * common + math.sqrt(outer * item) * apart
        between += (sums**2).sum(1) / outer
        if rows > 1:
            own = inside * sd * common + math.sqrt(inside * cell) * inner
            within += (own**2).sum(1) / inside
            sums = sums + own
        by_factor.append(forms / (forms - 1) * (sums**2).sum(1) / total**2)
        left, left_within = left - (forms - 1), left_within - (forms - 1)
    between += item * _chi_squared(left, 0)
    within += cell * _chi_squared(left_within, 1) if rows > 1 else 0.0
    by_item = items / (items - 1) * rows * between / total**2
    by_row = total / (total - 1) * (between + within) / total**2
    whole = by_item + sum(by_factor) - len(by_factor) * by_row
    return np.asarray(np.maximum.reduce([whole, by_item, *by_factor]))


@lru_cache(maxsize=64)
def _directions(count: int, stream: int) -> tuple[_Floats, _Floats, _Floats]:
    """Return three independent standard normal vectors of `count` directions, seen from one another.

    Only their lengths and angles matter, so each is given in three coordinates of shape (draws, 3): the triangle of
    Bartlett's decomposition of a Wishart matrix.
    """
    rng = generator("power", "directions", stream)
    tails, normals = rng.random((3, _DRAWS)), rng.standard_normal((3, _DRAWS))
    lengths = [
        np.sqrt(chdtri(count - place, tails[place])) if count > place else np.zeros(_DRAWS) for place in range(3)
    ]
    none = np.zeros(_DRAWS)
    return (
        np.stack([lengths[0], none, none], axis=1),
        np.stack([normals[0], lengths[1], none], axis=1),
        np.stack([normals[1], normals[2] if count > 1 else none, lengths[2]], axis=1),
    )


@lru_cache(maxsize=2)
def _uniform(stream: int) -> _Floats:
    return generator("power", "rest", stream).random(_DRAWS)


def _chi_squared(df: int, stream: int) -> _Floats | float:
    """Return draws of a chi-squared variable, rising with `df`; 0 where no degree of freedom is left."""
    return np.asarray(chdtri(df, _uniform(stream))) if df > 0 else 0.0


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
        ValueError: when the realizations' variance alone exceeds the target, so that no number of items suffices.
    """
    target = (effect / float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))) ** 2
    floor = parts.realization**2 / realizations
    if floor >= target:
        raise ValueError(
            f"no number of items finds {effect} with power {power}: {realizations} realizations of SD "
            f"{parts.realization} alone leave a variance of {floor:.2g}, the target is {target:.2g}"
        )
    return math.ceil((parts.item**2 + parts.within() / rows_per_item) / (target - floor))
