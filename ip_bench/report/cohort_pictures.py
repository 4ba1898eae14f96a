"""People as a map, and cohorts' answers as a heat map, both inline SVG."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import numpy as np

from ip_bench.cohorts.answers import Answers, Floats, Ints
from ip_bench.cohorts.factor import Places
from ip_bench.cohorts.shares import group_shares, item_shares
from ip_bench.report.words import visible
from ip_bench.seeds import generator

COLORS = ((0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (196, 138, 0), (86, 180, 233), (136, 90, 168),
          (125, 125, 60))  # fmt: skip
PEOPLE = 2_000  # drawn at most
ITEMS = 30  # rows at most
FEW = 5  # answers of a cohort to an item; a mean of fewer is not shown
_SIDE, _PAD, _LEGEND = 560, 40, 220
_ROW, _LABEL, _CELL, _CHARS = 24, 480, 74, 72


class Plane(NamedTuple):
    """The first two dimensions of places: modes and posterior variances (people, 2), and how far axes reach."""

    at: Floats
    left: Floats
    reach: float

    @classmethod
    def of(cls, places: Places) -> Plane:
        """Return the plane; a second dimension that the model lacks is 0 with the prior's variance."""
        people, dims = places.mean.shape
        at, left = np.zeros((people, 2)), np.ones((people, 2))
        at[:, : min(dims, 2)] = places.mean[:, :2]
        left[:, : min(dims, 2)] = np.diagonal(places.covariance, axis1=1, axis2=2)[:, :2]
        return cls(at, left, 1.08 * max(2.0, float(np.quantile(np.abs(at), 0.999))))

    @property
    def scale(self) -> float:
        """Return how long one standard deviation is in the picture."""
        return (_SIDE - 2 * _PAD) / (2 * self.reach)

    def x(self, value: float) -> float:
        """Return where a value of the first dimension stands; values beyond the axis stand at its end."""
        return round(_SIDE / 2 + self.scale * float(np.clip(value, -self.reach, self.reach)), 1)

    def y(self, value: float) -> float:
        """Return where a value of the second dimension stands."""
        return round(_SIDE / 2 - self.scale * float(np.clip(value, -self.reach, self.reach)), 1)


def people_map(places: Places, membership: Floats) -> str:
    """Return the SVG of people in the first two dimensions, colored by their memberships (people, cohorts).

    One column of memberships is one color. A dot is the fainter the less its person's answers tell; the cross at the
    right is one posterior standard deviation either way, the median over people.
    """
    plane, count = Plane.of(places), membership.shape[1]
    people = len(plane.at)
    chosen = np.sort(generator("people drawn", people).permutation(people)[:PEOPLE])
    told = f"Map of {people:,} people" + (f" in {count} cohorts" if count > 1 else " without cohorts")
    middle, end = _SIDE // 2, _SIDE - _PAD
    parts = [
        f'<svg class="map" viewBox="0 0 {_SIDE + _LEGEND} {_SIDE}" role="img" aria-label="{told}">',
        f'<path class="grid" d="M{_PAD} {middle}H{end}M{middle} {_PAD}V{end}"/>',
    ]
    for value in range(-int(plane.reach), int(plane.reach) + 1):
        parts.append(f'<text class="tick" x="{plane.x(value)}" y="{end + 16}">{value}</text>')
        parts.append(f'<text class="tick" x="{_PAD - 14}" y="{plane.y(value) + 4}">{value}</text>')
    parts.append(f'<text class="tick" x="{middle}" y="{_SIDE - 4}">first dimension, standard deviations</text>')
    mixed = (membership @ np.array(COLORS[:count], dtype=np.float64)).round().astype(int)
    known = np.clip(1 - plane.left.mean(1), 0.0, 1.0)
    for person in chosen:
        fill = 'class="person"' if count == 1 else f'fill="rgb({",".join(map(str, mixed[person]))})"'
        x, y = plane.x(plane.at[person, 0]), plane.y(plane.at[person, 1])
        parts.append(f'<circle cx="{x}" cy="{y}" r="3" {fill} fill-opacity="{0.15 + 0.7 * known[person]:.2f}"/>')
    return "".join([*parts, *_legend(plane, membership), "</svg>"])


def _legend(plane: Plane, membership: Floats) -> list[str]:
    """Return the marks of cohorts at their means, their list, and the cross of uncertainty."""
    parts = []
    left = _SIDE + 10
    if membership.shape[1] > 1:
        label, weight = membership.argmax(1), membership.sum(0)
        means = (membership.T @ plane.at) / np.maximum(weight, 1e-9)[:, None]
        for cohort, mean in enumerate(means):
            color = f"rgb({','.join(map(str, COLORS[cohort]))})"
            mine = label == cohort
            sure = f", {100 * membership[mine, cohort].mean():.0f}% sure" if mine.any() else ""
            y = _PAD + 24 * cohort
            parts += [
                f'<circle class="mean" cx="{plane.x(mean[0])}" cy="{plane.y(mean[1])}" r="10" fill="{color}"/>',
                f'<text class="number" x="{plane.x(mean[0])}" y="{plane.y(mean[1]) + 4}">{cohort + 1}</text>',
                f'<circle cx="{left}" cy="{y}" r="6" fill="{color}"/>',
                f'<text x="{left + 14}" y="{y + 4}">cohort {cohort + 1}: {int(mine.sum()):,}{sure}</text>',
            ]
    across, up = plane.scale * np.sqrt(np.median(plane.left, axis=0))
    x, low = left + 96, _SIDE - 150
    parts += [
        f'<path class="cross" d="M{x - across:.1f} {low}H{x + across:.1f}M{x} {low - up:.1f}V{low + up:.1f}"/>',
        f'<text class="soft" x="{left}" y="{_SIDE - 44}">cross: one standard deviation</text>',
        f'<text class="soft" x="{left}" y="{_SIDE - 28}">of a person, the median</text>',
    ]
    return parts


class Rows(NamedTuple):
    """Rows of a heat map: items, the option counted of each (-1: the mean of ordered options), values and counts.

    `value` and `answers` (items, 1 + cohorts) are of everyone and then of each cohort; values lie between 0 and 1.
    """

    item: Ints
    option: Ints
    value: Floats
    answers: Floats


def telling_rows(answers: Answers, membership: Floats) -> Rows:
    """Return the items that tell most of a person's cohort (mutual information), the most telling first."""
    shares, base, weight = group_shares(answers, membership), item_shares(answers), membership.mean(0)
    ratio = np.where(base > 0, shares / np.where(base > 0, base, 1), 1.0)
    told = np.einsum("g,gjk,gjk->j", weight, shares, np.log(np.maximum(ratio, 1e-12)))
    item = np.argsort(-told, kind="stable")[:ITEMS]
    unordered = np.array([answers.items[each].scale == "categorical" for each in item])
    apart = (shares[:, item].max(0) - shares[:, item].min(0)).argmax(1)
    option = np.where(unordered, apart, -1).astype(np.int64)
    where = np.full(len(answers.items), -1)
    where[item] = np.arange(len(item))
    kept = where[answers.item] >= 0
    row, code = where[answers.item[kept]], answers.answer[kept]
    worth = np.where(unordered[row], code == option[row], code / (answers.options[item[row]] - 1))
    who = np.concatenate([np.ones((len(membership), 1)), membership], axis=1)[answers.person[kept]]
    size = np.stack([np.bincount(row, each, minlength=len(item)) for each in who.T], axis=1).astype(np.float64)
    total = np.stack([np.bincount(row, each * worth, minlength=len(item)) for each in who.T], axis=1)
    return Rows(item, option, total / np.maximum(size, 1e-9), size)


def heat_map(answers: Answers, membership: Floats) -> str:
    """Return the SVG of the items that tell cohorts apart: a row an item, a column for everyone and each cohort.

    A cell is the mean answer between the first option (0) and the last (100), of an unordered item the share of the
    option named in its row; nothing stands where a cohort gave fewer than five answers.
    """
    rows = telling_rows(answers, membership)
    count = membership.shape[1]
    width, height = _LABEL + _CELL * (count + 1), _ROW * (len(rows.item) + 1) + 6
    told = f"Answers of {count} cohorts to {len(rows.item)} items"
    parts = [
        f'<svg class="heat" style="max-width: {width + 120}px" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{told}">'
    ]
    for column, name in enumerate(["everyone", *(f"cohort {number + 1}" for number in range(count))]):
        parts.append(f'<text class="tick" x="{_LABEL + _CELL * (column + 0.5)}" y="16">{name}</text>')
    for row, number in enumerate(rows.item):
        item, y = answers.items[number], _ROW * (row + 1)
        said = visible(" ".join((item.text or item.item_id).split()))
        if rows.option[row] >= 0:
            said = f"{visible(item.options[rows.option[row]])}: {said}"
        short = said if len(said) <= _CHARS else said[: _CHARS - 1] + "…"
        parts.append(
            f'<text class="label" x="{_LABEL - 10}" y="{y + 16}">{escape(short)}<title>{escape(said)}</title></text>'
        )
        for column, (value, given) in enumerate(zip(rows.value[row], rows.answers[row], strict=True)):
            x = _LABEL + _CELL * column
            if given < FEW:
                parts.append(f'<text class="tick" x="{x + _CELL / 2}" y="{y + 16}">few</text>')
                continue
            side = "high" if value >= 0.5 else "low"
            parts.append(
                f'<g><title>{100 * value:.0f} of {given:,.0f} answers</title><rect class="{side}" x="{x}" y="{y}" '
                f'width="{_CELL - 2}" height="{_ROW - 2}" fill-opacity="{1.1 * abs(value - 0.5):.2f}"/>'
                f'<text class="cell" x="{x + _CELL / 2 - 1}" y="{y + 16}">{100 * value:.0f}</text></g>'
            )
    return "".join([*parts, "</svg>"])
