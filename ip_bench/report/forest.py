"""A forest plot as inline SVG: estimates, simultaneous intervals, the margin, and known truths where there are."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from ip_bench.report.words import contrast_name, interval, points, visible

_ROW, _LEFT, _WIDTH, _RIGHT, _CHAR = 26, 330, 520, 130, 6.7
_NARROW, _LINE, _SIGNS = 350, 17, 48  # a narrow plot's width, the height of a line of text in it, and its characters


class _Scale(NamedTuple):
    """Where a plot's bars lie: from `left`, over `width`, from `-reach` to `reach`."""

    left: float
    width: float
    reach: float

    def x(self, value: float) -> float:
        return float(round(self.left + self.width * (value + self.reach) / (2 * self.reach), 1))


def forest(
    effects: Sequence[Mapping[str, Any]],
    truth: Mapping[str, float],
    margin: float,
    config: str = "cultural",
    *,
    narrow: bool = False,
) -> str:
    """Return the SVG of a list of effect records; `truth` marks known effects by arm.

    The inner bar is the interval of the single contrast, the outer line the simultaneous one. Effects without numbers
    are listed, too: what is missing is seen. `narrow` is for a page of a phone's width: names stand above their bars.
    """
    ends = [value for effect in effects for value in effect["ci_simultaneous"] if value is not None]
    reach = max([0.1, margin * 1.5, *map(abs, ends), *map(abs, truth.values())]) * 1.05
    names = [contrast_name(effect, config) for effect in effects]
    left = max([_LEFT, *(round(_CHAR * len(name)) + 10 for name in names)])
    scale = _Scale(6, _NARROW - 12, reach) if narrow else _Scale(left, _WIDTH, reach)
    x, bottom = scale.x, 0.0
    rows = []
    for effect, name in zip(effects, names, strict=True):
        texts, y, bottom = _above(name, effect, bottom) if narrow else _beside(name, effect, bottom, scale)
        rows += [*texts, *_bars(effect, y, scale)]
        if effect["arm"] in truth:
            rows.append(f'<path class="truth" d="M{x(truth[effect["arm"]])} {y - 7}l5 7l-5 7l-5 -7z"/>')
    bottom += 8
    width = _NARROW if narrow else left + _WIDTH + _RIGHT
    ticks = [
        f'<text class="tick" x="{x(tick)}" y="{bottom + 18}">{f"{100 * tick:+.0f}" if tick else "0"}</text>'
        for tick in _ticks(reach, sparse=narrow)
    ]
    return "".join(
        [
            f'<svg class="{"narrow" if narrow else "roomy"}" viewBox="0 0 {width} {bottom + _ROW}" role="img"',
            f' aria-label="Forest plot of {len(effects)} effects">',
            f'<rect class="margin" x="{x(-margin)}" y="0" width="{round(x(margin) - x(-margin), 1)}"',
            f' height="{bottom}"/><line class="zero" x1="{x(0)}" x2="{x(0)}" y1="0" y2="{bottom}"/>',
            *rows, *ticks, "</svg>",
        ]
    )  # fmt: skip


def _beside(name: str, effect: Mapping[str, Any], top: float, scale: _Scale) -> tuple[list[str], float, float]:
    """Return a row's name left and its figures right of the bars, where the bars lie, and where the row ends."""
    y = top + _ROW / 2 + 4
    texts = [
        f'<text class="label" x="{scale.left - 10}" y="{y + 4}">{escape(name)}</text>',
        f'<text class="value" x="{scale.left + scale.width + 8}" y="{y + 4}">{_figures(effect)}</text>',
    ]
    return texts, y, top + _ROW


def _above(name: str, effect: Mapping[str, Any], top: float) -> tuple[list[str], float, float]:
    """Return the same with name and figures above the bars."""
    value, lines = _figures(effect), textwrap.wrap(name, _SIGNS) or [""]
    if len(lines[-1]) + len(value) + 2 > _SIGNS:
        lines.append("")
    texts = [
        f'<text class="label" x="0" y="{top + _LINE * k:g}">{escape(line)}</text>'
        for k, line in enumerate(lines, 1)
        if line
    ]
    y = top + _LINE * len(lines)
    texts.append(f'<text class="value" x="{_NARROW}" y="{y:g}">{value}</text>')
    return texts, y + 12, y + 20


def _figures(effect: Mapping[str, Any]) -> str:
    value = points(effect["estimate"])
    return value if effect["estimate"] is None else f"{value} {interval(effect['ci_simultaneous'])}"


def _bars(effect: Mapping[str, Any], y: float, scale: _Scale) -> list[str]:
    """Return an effect's intervals and its estimate; of one without a number, nothing."""
    if effect["estimate"] is None:
        return []
    kind = "placebo" if str(effect["arm"]).startswith(("placebo", "repeat", "typo_")) else "main"
    (low, high), inner, x = effect["ci_simultaneous"], effect["ci"], scale.x
    return [
        f'<g class="{kind}"><title>{escape(visible(str(effect["estimand"])))}</title>',
        f'<line class="outer" x1="{x(low)}" x2="{x(high)}" y1="{y}" y2="{y}"/>',
        f'<line class="inner" x1="{x(inner[0])}" x2="{x(inner[1])}" y1="{y}" y2="{y}"/>',
        f'<circle cx="{x(effect["estimate"])}" cy="{y}" r="4.5"/></g>',
    ]


def _ticks(reach: float, *, sparse: bool) -> list[float]:
    """Return round values within the reach on both sides of 0, at most five when `sparse`."""
    power = 10 ** math.floor(math.log10(reach))
    step = power / (2 if reach / power < 4 else 1)
    while sparse and reach / step >= 3:
        step *= 2
    return [k * step for k in range(-math.floor(reach / step), math.floor(reach / step) + 1)]
