"""Group-sequential designs for a planned run: their information, power, mean calls and largest sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy import stats

from ip_bench.effects.sequential import Design, levels_of
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
    limits = [float(stats.t.isf(level / 2, df)) for level in levels_of(design, fractions).difference]
    leaves = crossing(fractions, limits, drift=drift)
    total = leaves.upper + leaves.lower
    power = float(total.sum())
    stopped = sum(share * float(chance) for share, chance in zip(design.looks, total, strict=True))
    return Operating(power, stopped + (1 - power))


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
    rho: float = 2.0,
    family: int = 1,
) -> Sequential:
    """Return the group-sequential design that goes with a fixed one of `fixed` items and this power.

    Looks fall on whole laps of `lap` items (those in which every realization occurs equally often), from the second
    lap and 30 items on, as evenly as that allows. The largest sample is the smallest one that loses at most `loss` of
    the power, and at most `most` times the fixed one. `realization_share` is the realizations' part of the variance at
    `fixed` items, `df` the degrees of freedom of its t. The result's `power` and `calls` (at no effect, the planned one
    and twice that, as fractions of the fixed sample's calls) are those of `operating`.

    Raises:
        ValueError: where the fixed sample is too small for two looks.
    """
    drift = float(stats.t.isf(alpha / family / 2, df) + stats.norm.ppf(power))

    def made(largest: int) -> tuple[Design, tuple[int, ...], float]:
        items = look_items(largest, lap=lap, looks=looks)
        ratio = largest / fixed
        share = realization_share / ((1 - realization_share) / ratio + realization_share)
        design = Design(
            looks=tuple(count / largest for count in items), alpha=alpha, margin=margin, spending=spending, rho=rho,
            family=family, information=information_at([count / largest for count in items], share),
        )  # fmt: skip
        gained = 1 / ((1 - realization_share) / ratio + realization_share)
        return design, items, drift * gained**0.5

    low, high = fixed, max(fixed, int(fixed * most))
    while low < high:
        middle = (low + high) // 2
        design, items, reached = made(middle)
        low, high = (low, middle) if operating(design, reached, df).power >= power - loss else (middle + 1, high)
    design, items, reached = made(high)
    scale = high / fixed
    calls = tuple(scale * operating(design, times * reached, df).calls for times in (0, 1, 2))
    return Sequential(design, items, operating(design, reached, df).power, (calls[0], calls[1], calls[2]))


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
