"""Short HTML for a notebook's cell: sentences, a forest plot of the findings, and a table, in the notebook's colors.

All text takes the color of the page around it, so it is read on light and dark; nothing in it runs or is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from ip_bench.report.cells import one_line
from ip_bench.report.words import brief, interval, number, points

_MAIN, _PLACEBO, _SOFT = "#3b86c8", "#a8741a", "#808080"  # each stands out on white and on black
_ROW, _NAMES, _PLOT, _VALUES, _LETTER = 22, 200, 300, 140, 6.6
_LONGEST, _MANY = 60, 12  # letters of a name in a plot; rows that are shown at once
_LINE = 400  # letters of a sentence


class Line(NamedTuple):
    """One row of the plot and of the table: a name and an effect record."""

    name: str
    effect: Mapping[str, Any]


def card(title: str, sentences: Sequence[str], lines: Sequence[Line], margin: float, *, scale: float = 100.0) -> str:
    """Return a cell's HTML; all text is escaped. `scale` 1 is for outcomes that are no shares: no points are made."""
    shown = lines[:_MANY]
    unit = "percentage points" if scale == 100 else "units of the outcome"
    key = f"{unit}; thick: the interval alone, thin: simultaneous; band: the margin"
    more = f"{len(lines) - _MANY} more are in the frame of effects" if len(lines) > _MANY else ""
    head, *rest = [_text(brief(one, _LINE)) for one in sentences] or [""]
    said = "".join(f"<li>{one}</li>" for one in rest)
    parts = [
        '<div style="max-width:60em;line-height:1.45">',
        _soft(title) if title else "",
        f'<p style="font-weight:600;font-size:1.1em;margin:.3em 0">{head}</p>' if head else "",
        f'<ul style="margin:.3em 0 .8em 1.2em;padding:0">{said}</ul>' if said else "",
        _plot(shown, margin, scale) if shown else "",
        _soft(key) if shown else "",
        _table(shown, scale) if shown else "",
        _soft(more) if more else "",
        "</div>",
    ]
    return "".join(parts)


def _soft(text: str) -> str:
    return f'<p style="opacity:.8;margin:.2em 0">{_text(text)}</p>'


def _text(text: str) -> str:
    return escape(one_line(text))


def figures(effect: Mapping[str, Any], scale: float) -> tuple[str, str]:
    """Return an effect and its simultaneous interval as text, in points where the scale is 100."""
    if scale == 100:
        return points(effect["estimate"]), interval(effect["ci_simultaneous"])
    if effect["estimate"] is None:
        return "n/a", "[n/a, n/a]"
    low, high = effect["ci_simultaneous"]
    return f"{effect['estimate']:+.3g}", f"[{low:+.3g}, {high:+.3g}]"


def _table(lines: Sequence[Line], scale: float) -> str:
    cell = 'style="text-align:left;padding:.15em .8em .15em 0"'
    heads = ("", "effect", "simultaneous interval", "p (Holm)", "items", "verdict")
    rows = [
        (line.name, *figures(line.effect, scale), number(line.effect["p_adjusted"]), str(line.effect["n_items"]),
         line.effect["verdict"])
        for line in lines
    ]  # fmt: skip
    head = "".join(f'<th scope="col" {cell}>{_text(name)}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td {cell}>{_text(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _plot(lines: Sequence[Line], margin: float, scale: float) -> str:
    ends = [end for line in lines for end in line.effect["ci_simultaneous"] if end is not None]
    reach = 1.05 * max([1.5 * margin, *map(abs, ends)])
    names = [one_line(line.name) for line in lines]
    names = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names]
    left = max(_NAMES, *(round(_LETTER * len(name)) + 12 for name in names))
    height = _ROW * len(lines) + 8

    def x(value: float) -> float:
        return float(round(left + _PLOT * (value + reach) / (2 * reach), 1))

    parts = [
        f'<svg viewBox="0 0 {left + _PLOT + _VALUES} {height}" width="{left + _PLOT + _VALUES}" role="img" '
        f'aria-label="Forest plot of {len(lines)} effects" font-family="sans-serif" font-size="12" '
        'style="max-width:100%;height:auto;display:block">',
        f'<rect x="{x(-margin)}" y="0" width="{round(x(margin) - x(-margin), 1)}" height="{height}" fill="{_SOFT}" '
        'fill-opacity=".18"/>',
        f'<line x1="{x(0)}" x2="{x(0)}" y1="0" y2="{height}" stroke="{_SOFT}"/>',
    ]
    for place, (line, name) in enumerate(zip(lines, names, strict=True)):
        y = _ROW * place + _ROW / 2 + 4
        text = f'fill="currentColor" y="{y + 4}"'
        parts.append(f'<text {text} x="{left - 10}" text-anchor="end">{escape(name)}</text>')
        effect, value = line.effect, " ".join(figures(line.effect, scale))
        if effect["estimate"] is not None:
            placebo = str(effect["arm"]).startswith(("placebo", "repeat", "typo_"))
            color = f'stroke="{_PLACEBO if placebo else _MAIN}"'
            for (low, high), width in ((effect["ci_simultaneous"], 1.5), (effect["ci"], 4)):
                parts.append(f'<line {color} stroke-width="{width}" x1="{x(low)}" x2="{x(high)}" y1="{y}" y2="{y}"/>')
            parts.append(
                f'<circle {color} fill="{_PLACEBO if placebo else _MAIN}" cx="{x(effect["estimate"])}" cy="{y}" r="4"/>'
            )
        parts.append(f'<text {text} x="{left + _PLOT + 10}">{escape(value)}</text>')
    return "".join([*parts, "</svg>"])
