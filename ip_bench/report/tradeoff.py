"""Safety, utility and false refusal by identity as inline SVG: gaps in a panel an axis, and the Pareto front."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from ip_bench.effects.effect import Effect
from ip_bench.effects.identity_bias import IdentityBias
from ip_bench.effects.pareto import undominated
from ip_bench.report.words import interval, points

_ROW, _TOP = 20, 62


class _Across(NamedTuple):
    """Widths: of the names at the left, of a panel, of the gap between two, and of what stands at the right.

    A panel's heading and foot have a panel's width, or where `full` the picture's.
    """

    left: float
    panel: float
    gap: float
    right: float
    full: bool = False


_WIDE, _NARROW = _Across(190, 240, 36, 40), _Across(186, 162, 12, 0, full=True)

# A page's colors where it has them, else own ones, light and dark. Marks differ in shape and filling, too.
_LIGHT = {
    "ink": "#1b1f24",
    "paper": "#fff",
    "soft": "#57606a",
    "line": "#d0d7de",
    "main": "#0b57a4",
    "placebo": "#8a5a00",
}
_DARK = {
    "ink": "#e6edf3",
    "paper": "#0d1117",
    "soft": "#9da7b1",
    "line": "#30363d",
    "main": "#79b8ff",
    "placebo": "#e3b341",
}
_RULES = """
.tradeoff{font:12px system-ui,sans-serif}.tradeoff text{fill:var(--t-ink)}
.tradeoff text.soft{fill:var(--t-soft);font-size:12px}
.tradeoff .grid{stroke:var(--t-line)}.tradeoff .none{stroke:var(--t-soft)}
.tradeoff .identity{stroke:var(--t-main);fill:var(--t-main)}
.tradeoff .control{stroke:var(--t-placebo);fill:var(--t-placebo)}
.tradeoff .open{fill:var(--t-paper);stroke-width:1.5}.tradeoff .all{stroke-width:1.2}.tradeoff .one{stroke-width:3.5}
""".strip()


def tradeoff(found: IdentityBias, attributes: Mapping[str, str] | None = None, *, only: str = "") -> str:
    """Return the SVG of identities and controls: a row each, a panel an axis, all axes such that higher is better.

    A mark is the gap to the reference in points, the thick bar its interval, the thin line the simultaneous one of its
    family. Circles are identities, diamonds controls; filled where Holm's test calls the gap different. "front": as
    found, no other row is as good on all axes and better on one. Above each panel stand PB as published and the signed
    debiased PB^2 with its interval. `attributes` gives the heading of an identity ("religion"); rows keep their order.
    With `only` an axis, it is drawn alone, for a page of a phone's width; the front, of all axes still, is then a sign
    before the name.
    """
    axes, across = list(found.gaps), _NARROW if only else _WIDE
    rows = [(name, False) for name in found.identities] + [(name, True) for name in found.controls]
    effects = {axis: [*found.gaps[axis], *found.control_gaps[axis]] for axis in axes}
    gaps = np.array([[effect.estimate for effect in effects[axis]] for axis in axes]).T
    on_front = undominated(gaps[None])[0]
    on_front &= not on_front.all()  # a front of all says nothing
    heads = [attributes.get(name, "") if attributes and not control else "" for name, control in rows]
    heads = ["placebos" if control else head for (_, control), head in zip(rows, heads, strict=True)]
    places, y = [], float(_TOP)
    starts = []
    for head, before in zip(heads, ["", *heads], strict=False):
        if head and head != before:
            y += _ROW
            starts.append((y - 3, head))
        places.append(y + _ROW / 2)
        y += _ROW
    axes = [axis for axis in axes if only in {"", axis}]
    label = f"{', '.join(axes)} of {len(rows)} identities and placebos"
    width, height = across.left + len(axes) * (across.panel + across.gap) + across.right, y + 40
    parts = [
        f'<svg class="tradeoff {"narrow" if only else "roomy"}" viewBox="0 0 {width} {height:g}"',
        ' xmlns="http://www.w3.org/2000/svg" role="img"',
        f' aria-label="{escape(label)}">',
        f"<style>{_colors()}{_RULES}</style>",
        *(f'<text class="soft" x="8" y="{at:g}">{escape(head)}</text>' for at, head in starts),
    ]
    for (name, _), at, front in zip(rows, places, on_front, strict=True):
        sign = "▸ " if front and only else ""
        parts.append(f'<text x="{across.left - 10}" y="{at + 4:g}" text-anchor="end">{sign}{escape(name)}</text>')
        if front and not only:
            parts.append(f'<text class="soft" x="{width - across.right + 4}" y="{at + 4:g}">front</text>')
    for k, axis in enumerate(axes):
        parts += _panel(across, k, axis, effects[axis], rows, places, found)
    return "".join([*parts, "</svg>"])


def _panel(
    across: _Across,
    k: int,
    axis: str,
    effects: Sequence[Effect],
    rows: Sequence[tuple[str, bool]],
    places: Sequence[float],
    found: IdentityBias,
) -> list[str]:
    left, width = across.left + k * (across.panel + across.gap), across.panel
    head, middle = (8.0, (left + width) / 2) if across.full else (left + 4, left + width / 2)
    ends = [abs(end) for effect in effects for end in effect.ci_simultaneous if math.isfinite(end)]
    reach, step = _scale(max(ends, default=0.0) or 0.01)
    bottom = places[-1] + _ROW / 2

    def x(value: float) -> float:
        return round(left + width * (value + reach) / (2 * reach), 1)

    own = found.by_axis[axis]
    low, high = own.square_ci
    known = "no interval" if math.isnan(low) else f"[{low:.2f}, {high:.2f}]"
    chance = "unknown" if math.isnan(own.floor) else f"{own.floor:.2f}"
    parts = [
        f'<text x="{head:g}" y="16" font-weight="600">{escape(axis)}</text>',
        f'<text class="soft" x="{head:g}" y="32">PB {own.published:.2f}, by chance {chance}</text>',
        f'<text class="soft" x="{head:g}" y="48">debiased PB² {own.square:+.2f} {known}</text>',
    ]
    for tick in range(-round(reach / step), round(reach / step) + 1):
        at, kind = x(tick * step), "grid" if tick else "none"
        said = f"{100 * tick * step:+g}" if tick else "0"
        parts += [
            f'<line class="{kind}" x1="{at}" x2="{at}" y1="{_TOP}" y2="{bottom:g}"/>',
            f'<text class="soft" x="{at}" y="{bottom + 15:g}" text-anchor="middle">{said}</text>',
        ]
    parts.append(
        f'<text class="soft" x="{middle:g}" y="{bottom + 32:g}" text-anchor="middle">'
        f"points from the {escape(effects[0].reference)}</text>"
    )
    for effect, (name, control), y in zip(effects, rows, places, strict=True):
        if math.isnan(effect.estimate):
            parts.append(f'<text class="soft" x="{x(0) + 6}" y="{y + 4:g}">no number</text>')
            continue
        differs = effect.verdict.startswith("different")
        said = f"{name}: {axis} {points(effect.estimate)} {interval([*effect.ci])}, {effect.verdict}"
        parts.append(f'<g class="{"control" if control else "identity"}"><title>{escape(said)}</title>')
        for kind, (start, end) in (("all", effect.ci_simultaneous), ("one", effect.ci)):
            if math.isfinite(start) and math.isfinite(end):
                parts.append(f'<line class="{kind}" x1="{x(start)}" x2="{x(end)}" y1="{y:g}" y2="{y:g}"/>')
        at, filling = x(effect.estimate), "" if differs else ' class="open"'
        shape = f'<path{filling} d="M{at} {y - 5.5:g}l5.5 5.5l-5.5 5.5l-5.5 -5.5z"/>'
        parts.append((shape if control else f'<circle{filling} cx="{at}" cy="{y:g}" r="4.5"/>') + "</g>")
    return parts


def _scale(largest: float) -> tuple[float, float]:
    """Return the half-width of a panel and its step: a round step of which two to four make the half-width."""
    power = 10.0 ** math.floor(math.log10(largest))
    step = next(own * power for own in (0.5, 1.0, 2.0, 5.0) if 4 * own * power >= largest)
    return math.ceil(largest / step - 1e-9) * step, step


def _colors() -> str:
    light, dark = (
        "".join(f"--t-{name}:var(--{name},{color});" for name, color in colors.items()) for colors in (_LIGHT, _DARK)
    )
    return f".tradeoff{{{light}}}@media (prefers-color-scheme:dark){{.tradeoff{{{dark}}}}}"
