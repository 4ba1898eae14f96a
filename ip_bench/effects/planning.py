"""A plan: how many items, realizations and repeats a contrast needs, and what a budget can find."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ip_bench.effects.designs import Sequential, group_sequential
from ip_bench.effects.power import Components, Layout, power_of, variance

MOST_ITEMS = 1_000_000  # more items than that are none: the realizations' variance is all that is left
MOST_REALIZATIONS = 10_000
REPEATS = (1, 2, 3, 4, 6, 8, 12, 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """What was asked, and what it takes.

    `layout` is None where no number of items suffices; then `realizations_needed` is the smallest number with which one
    does, and `enough` a layout with half as many again. `achieved` is the power of the layout, `floor` the effect that
    an unlimited number of items finds with these realizations. `detectable`: the effect found, by budget of items.
    """

    effect: float
    power: float
    alpha: float
    family: int
    parts: Components
    realizations: int | None
    layout: Layout | None
    achieved: float
    floor: float
    realizations_needed: int | None
    enough: Layout | None
    detectable: dict[int, float]
    sequential: Sequential | None

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values."""
        record = dataclasses.asdict(self)
        for name in ("layout", "enough"):
            layout: Layout | None = getattr(self, name)
            record[name] = None if layout is None else record[name] | {"calls": layout.calls}
        if self.sequential is not None:
            none, planned, twice = self.sequential.calls
            record["sequential"] = {
                "looks": list(self.sequential.items),
                "power": self.sequential.power,
                "calls_as_share_of_fixed": {"no_effect": none, "planned_effect": planned, "twice_that": twice},
            }
        record["detectable"] = [{"items": items, "effect": found} for items, found in self.detectable.items()]
        return record

    def describe(self) -> str:
        """Return the plan in sentences for the terminal."""
        parts = self.parts
        lines = [
            f"effect {_points(self.effect)} points, power {self.power:g}, alpha {self.alpha:g}"
            + (f" shared by {self.family} contrasts" if self.family > 1 else ""),
            f"standard deviations of a difference, in points: items {_points(parts.item)}, realizations "
            f"{_points(parts.realization)}, item x realization {_points(parts.cell)}; of one row {_points(parts.row)}",
        ]
        if self.layout is not None:
            lines.append(f"needed: {_size(self.layout)}; power {self.achieved:.3f}")
        elif self.realizations is None:
            lines.append(f"more than {MOST_ITEMS:,} items are needed")
        else:
            lines.append(
                f"no number of items suffices: {self.realizations} realizations of SD {_points(parts.realization)} "
                f"points find {_points(self.floor)} points at best"
            )
            if self.enough is not None:
                lines.append(
                    f"{self.realizations_needed} realizations or more are needed; for example {_size(self.enough)}"
                )
            else:
                lines.append(f"{MOST_REALIZATIONS:,} realizations would not do either")
        if self.sequential is not None:
            none, planned, twice = self.sequential.calls
            largest = self.sequential.items[-1]
            lines.append(
                f"stopping early (--sequential): {len(self.sequential.items)} looks, at most {largest:,} items; on "
                f"average {planned:.0%} of the calls at this effect, {twice:.0%} at twice that, {none:.0%} at none"
            )
        for items, found in self.detectable.items():
            lines.append(f"{items:,} items find {_points(found)} points" if found < 1 else f"{items:,} items find none")
        return "\n".join(lines)


def plan(
    effect: float,
    parts: Components,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    realizations: int | None = 16,
    rows_per_item: int = 1,
    repeats: int | None = 1,
    templates: int | None = None,
    cost_ratio: float = 0.0,
    family: int = 1,
    budgets: Sequence[int] = (),
) -> Sizing:
    """Return how large a run must be to find `effect` under the analysis that it will get (`power.power_of`).

    `repeats`: of each row; None chooses the number that costs least, where an item costs `cost_ratio` calls beyond its
    own. `templates`: levels of a second crossed factor, None for no such factor. `family`: contrasts that share alpha
    (Bonferroni). `budgets`: numbers of items whose detectable effect to add.

    Raises:
        ValueError: for an effect that is not positive, a power not in (alpha, 1), or components that are all 0.
    """
    if not 0 < effect < math.inf or cost_ratio < 0:
        raise ValueError(f"effect is {effect} and cost ratio {cost_ratio}; they must be positive, and 0 or more")
    if not alpha < power < 1 or not 0 < alpha < 0.5 or family < 1:
        raise ValueError(
            f"power is {power}, alpha {alpha}, family {family}; needed is 0 < alpha < 0.5, alpha < power < 1"
        )
    level = alpha / family
    most = REPEATS[-1] if repeats is None else repeats
    limit = Layout(
        items=MOST_ITEMS, realizations=realizations, rows_per_item=rows_per_item, repeats=most, templates=templates
    )

    def cheapest(forms: int | None) -> Layout | None:
        found = [
            layout
            for count in (REPEATS if repeats is None else (repeats,))
            if (
                layout := _smallest(
                    effect, parts, replace(limit, realizations=forms, repeats=count), power=power, alpha=level
                )
            )
        ]
        return min(found, key=lambda layout: layout.calls + cost_ratio * layout.items) if found else None

    layout = cheapest(realizations)
    needed, enough, staged, achieved = None, None, None, math.nan
    if layout is None and realizations is not None:
        needed = _first(
            lambda forms: cheapest(forms) is not None, max(2, rows_per_item, realizations), MOST_REALIZATIONS
        )
        enough = cheapest(math.ceil(1.5 * needed)) if needed else None
    chosen = layout or enough
    if layout is not None:
        achieved = power_of(effect, parts, layout, alpha=level).different
    if chosen is not None:
        staged = _staged(chosen, parts, power=power, alpha=alpha, family=family)
    own = replace(limit, repeats=chosen.repeats if chosen else most)
    return Sizing(
        effect=effect, power=power, alpha=alpha, family=family, parts=parts, realizations=realizations, layout=layout,
        achieved=achieved, floor=detectable(parts, limit, power=power, alpha=level), realizations_needed=needed,
        enough=enough, sequential=staged,
        detectable={
            items: detectable(parts, replace(own, items=items), power=power, alpha=level) for items in budgets
        },
    )  # fmt: skip


def detectable(parts: Components, layout: Layout, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Return the smallest effect that a layout finds with this power, to a relative error of 1e-4."""
    low, high = 0.0, math.sqrt(variance(parts, layout))
    while power_of(high, parts, layout, alpha=alpha).different < power:
        low, high = high, 2 * high
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        if power_of(middle, parts, layout, alpha=alpha).different < power:
            low = middle
        else:
            high = middle
    return high


def _smallest(effect: float, parts: Components, layout: Layout, *, power: float, alpha: float) -> Layout | None:
    """Return the layout with the fewest items that has this power, None where a million do not have it."""

    def suffices(items: int) -> bool:
        return power_of(effect, parts, replace(layout, items=items), alpha=alpha).different >= power

    items = _first(suffices, 2, MOST_ITEMS)
    return replace(layout, items=items) if items else None


def _first(suffices: Callable[[int], bool], low: int, high: int) -> int | None:
    """Return the smallest number from `low` on that suffices, if `high` does; what suffices goes on to suffice."""
    if not suffices(high):
        return None
    step = low
    while step < high and not suffices(step):
        low, step = step + 1, min(2 * step, high)
    high = step
    while low < high:
        middle = (low + high) // 2
        if suffices(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _staged(layout: Layout, parts: Components, *, power: float, alpha: float, family: int) -> Sequential | None:
    share = parts.realization**2 / (layout.forms or math.inf) / variance(parts, layout)
    try:
        return group_sequential(
            layout.items, lap=layout.realizations or 1, realization_share=share, power=power, alpha=alpha,
            family=family, df=layout.df,
        )  # fmt: skip

    except ValueError:  # too few items to look at twice
        return None


def _points(value: float) -> str:
    return f"{100 * value:.3g}"


def _size(layout: Layout) -> str:
    forms = "" if layout.realizations is None else f" and {layout.realizations} realizations"
    forms += f" ({layout.templates} templates)" if layout.templates else ""
    rows = f"{layout.rows_per_item} rows an item" if layout.rows_per_item > 1 else "one row an item"
    often = f", each asked {layout.repeats} times" if layout.repeats > 1 else ""
    return f"{layout.items:,} items{forms}, {rows} and arm{often}: {layout.calls:,} calls"
