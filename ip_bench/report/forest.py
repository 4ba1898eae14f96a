"""A forest plot as inline SVG: estimates, simultaneous intervals, the margin, and known truths where there are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ip_bench.report.words import contrast_name, interval, points

_ROW, _LEFT, _WIDTH, _RIGHT, _CHAR = 26, 330, 520, 130, 6.7


def forest(
    effects: Sequence[Mapping[str, Any]], truth: Mapping[str, float], margin: float, config: str = "cultural"
) -> str:
    """Return the SVG of a list of effect records; `truth` marks known effects by arm.

    The inner bar is the interval of the single contrast, the outer line the simultaneous one. Effects without numbers
    are listed, too: what is missing is seen.
    """
    ends = [value for effect in effects for value in effect["ci_simultaneous"] if value is not None]
    reach = max([0.1, margin * 1.5, *map(abs, ends), *map(abs, truth.values())]) * 1.05
    height = _ROW * (len(effects) + 2)
    names = [contrast_name(effect, config) for effect in effects]
    left = max([_LEFT, *(round(_CHAR * len(name)) + 10 for name in names)])

    def x(value: float) -> float:
        return float(round(left + _WIDTH * (value + reach) / (2 * reach), 1))

    parts = [
        f'<svg viewBox="0 0 {left + _WIDTH + _RIGHT} {height}" role="img"',
        f' aria-label="Forest plot of {len(effects)} effects">',
        f'<rect class="margin" x="{x(-margin)}" y="0" width="{x(margin) - x(-margin)}" height="{height - _ROW}"/>',
        f'<line class="zero" x1="{x(0)}" x2="{x(0)}" y1="0" y2="{height - _ROW}"/>',
    ]
    for row, effect in enumerate(effects):
        y = _ROW * row + _ROW / 2 + 4
        kind = "placebo" if str(effect["arm"]).startswith(("placebo", "repeat", "typo_")) else "main"
        parts.append(f'<text class="label" x="{left - 10}" y="{y + 4}">{escape(names[row])}</text>')
        if effect["estimate"] is not None:
            low, high = effect["ci_simultaneous"]
            inner = effect["ci"]
            parts += [
                f'<g class="{kind}"><title>{escape(str(effect["estimand"]))}</title>',
                f'<line class="outer" x1="{x(low)}" x2="{x(high)}" y1="{y}" y2="{y}"/>',
                f'<line class="inner" x1="{x(inner[0])}" x2="{x(inner[1])}" y1="{y}" y2="{y}"/>',
                f'<circle cx="{x(effect["estimate"])}" cy="{y}" r="4.5"/></g>',
            ]
        if effect["arm"] in truth:
            at = x(truth[effect["arm"]])
            parts.append(f'<path class="truth" d="M{at} {y - 7}l5 7l-5 7l-5 -7z"/>')
        value = points(effect["estimate"])
        if effect["estimate"] is not None:
            value += f" {interval(effect['ci_simultaneous'])}"
        parts.append(f'<text class="value" x="{left + _WIDTH + 8}" y="{y + 4}">{value}</text>')
    step = 10 ** math.floor(math.log10(reach)) / (2 if reach / 10 ** math.floor(math.log10(reach)) < 4 else 1)
    ticks = [k * step for k in range(-math.floor(reach / step), math.floor(reach / step) + 1)]
    for tick in ticks:
        parts.append(
            f'<text class="tick" x="{x(tick)}" y="{height - 8}">{f"{100 * tick:+.0f}" if tick else "0"}</text>'
        )
    return "".join([*parts, "</svg>"])
