"""Group-sequential designs for a planned run: their information, power, mean calls and largest sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import scipy

from ip_bench.effects.sequential import Design, futile_below, levels_of
from ip_bench.effects.spending import crossing


def information_at(shares: Sequence[float], realization_share: float) -> tuple[float, ...]:
    """Return the information fractions at fractions of the largest sample.

    `realization_share`: the part of the variance at the largest sample that realizations make, s^2 / R over the whole.

    Raises:
        ValueError: where the share is not in [0, 1).
    """
    if not 0 <= realization_share < 1:
        raise ValueError(f"the realizations' share of the variance is {realization_share}; it must be in [0, 1)")
    return tuple(1 / ((1 - realization_share) / share + realization_share) for share in shares)


class Operating(NamedTuple):
    """The power of a design, and the calls it makes on average, as a fraction of its largest sample."""

    power: float
    calls: float


def operating(design: Design, drift: float, df: float = math.inf) -> Operating:
    """Return the probability of "different" and the mean sample when Z has mean `drift` at the last look.

    The boundaries are those of t with `df`, the paths normal; stops for equivalence are left out.
    """
    fractions = design.fractions()
    limits = [float(scipy.stats.t.isf(level / 2, df)) for level in levels_of(design, fractions).difference]
    leaves = crossing(fractions, limits, drift=drift, middle=futile_below(design, fractions, df))
    differs = leaves.upper + leaves.lower
    stopped = differs + leaves.middle
    return Operating(float(differs.sum()), float(stopped @ design.looks + 1 - stopped.sum()))


class Sequential(NamedTuple):
    """A design for a run, the items of each look, and what it is expected to do."""

    design: Design
    items: tuple[int, ...]
    power: float
    calls: tuple[float, float, float]


def group_sequential(
    fixed: int,
    *,
    lap: int = 1,
    realization_share: float = 0.0,
    df: float = math.inf,
    power: float = 0.8,
    loss: float = 0.015,
    most: float = 1.15,
    looks: int = 20,
    alpha: float = 0.05,
    margin: float | None = None,
    spending: str = "kim-demets",
    rhos: Sequence[float] = (1.5, 2.0, 2.5, 3.0),
    futilities: Sequence[float] = (0.05, 0.1, 0.15),
    family: int = 1,
) -> Sequential:
    """Return the group-sequential design that goes with a fixed one of `fixed` items and this power.

    Looks fall on whole laps of `lap` items (those in which every realization occurs equally often), from the second
    lap and 30 items on, as evenly as that allows. The largest sample is the smallest one that loses at most `loss` of
    the power, and at most `most` times the fixed one. Of the designs with one of `rhos` and `futilities` (see `Design`;
    none with a margin, where a run stops as equivalent) that keep the power, it is the one with the fewest calls at the
    planned effect; where none keeps it, the most powerful one. `realization_share` is the realizations' part of the
    variance at `fixed` items, `df` the degrees of freedom of its t. The result's `power` and `calls` (at no effect, the
    planned one and twice that, as fractions of the fixed sample's calls) are those of `operating`.

    Raises:
        ValueError: where the fixed sample is too small for two looks.
    """
    drift = float(scipy.stats.t.isf(alpha / family / 2, df) + scipy.stats.norm.ppf(power))

    def made(largest: int, rho: float, futility: float | None) -> Sequential:
        items = look_items(largest, lap=lap, looks=looks)
        ratio = largest / fixed
        gained = 1 / ((1 - realization_share) / ratio + realization_share)  # information, of the fixed design's
        reached = drift * gained**0.5
        shares = tuple(count / largest for count in items)
        design = Design(
            looks=shares, alpha=alpha, margin=margin, spending=spending, rho=rho, family=family,
            information=information_at(shares, realization_share * gained),
            futility=futility, drift=None if futility is None else reached,
        )  # fmt: skip
        none, planned, twice = (operating(design, times * reached, df) for times in (0, 1, 2))
        return Sequential(
            design, items, planned.power, (ratio * none.calls, ratio * planned.calls, ratio * twice.calls)
        )

    def smallest(rho: float, futility: float | None) -> Sequential:
        low, high = fixed, max(fixed, int(fixed * most))
        while low < high:
            middle = (low + high) // 2
            keeps = made(middle, rho, futility).power >= power - loss
            low, high = (low, middle) if keeps else (middle + 1, high)
        return made(high, rho, futility)

    halts: Sequence[float | None] = [None] if margin is not None or not futilities else futilities
    found = [smallest(rho, futility) for rho in rhos for futility in halts]
    return min(found, key=lambda one: (max(0.0, power - loss - one.power), one.calls[1]))


def look_items(largest: int, *, lap: int = 1, looks: int = 20, first: int = 30) -> tuple[int, ...]:
    """Return after how many items to look: whole laps, as even as they allow, and at the end.

    Raises:
        ValueError: for fewer items than two laps or `first`, or no look.
    """
    least = lap * math.ceil(max(first, 2 * lap) / lap)
    if lap < 1 or looks < 1 or largest < least:
        raise ValueError(
            f"{looks} looks at {largest} items in laps of {lap}: one look and {least} items (two laps, and {first} "
            "items) are needed"
        )
    wanted = (lap * round(largest * place / looks / lap) for place in range(1, looks))
    inner = {count for count in wanted if least <= count <= largest - lap}
    return (*sorted(inner), largest)
