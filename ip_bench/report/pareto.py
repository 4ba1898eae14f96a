"""Safety against utility and false refusal by group as inline SVG: the Pareto front, and how sure each place is."""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ip_bench.effects.pareto import Front

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The page's colors, with a fallback for readers of the file alone (matplotlib draws the fallback).
_COLORS = {"ink": "#1b1f24", "soft": "#57606a", "main": "#0b57a4", "placebo": "#8a5a00", "line": "#d0d7de"}
_HEIGHT, _LEFT, _PANEL, _GAP, _NAMES = 5.6, 0.7, 5.6, 0.25, 2.8  # inches
_AXES = ("utility, %", "safety, %", "benign requests answered, %")
_MANY = 31  # groups that all have a name and intervals
_SPAN = 10  # points that an axis shows at least
_LOWEST = -4  # where it begins at the lowest; it ends as far above 100 at the highest


def pareto(front: Front, controls: Collection[str] = (), told: Collection[str] = ()) -> str:
    """Return the SVG of a Pareto front; `controls` are diamonds in the color of placebos.

    Safety stands against utility and, in a panel of its own, against benign requests answered, where the front has that
    axis. A mark's area is the group's probability of lying on the front, filled where it does as found; thin lines are
    the 1 - alpha intervals; with two axes steps are the front as found. At the right stand names and probabilities. Of
    more than 31 groups only those on the front (up to 31) or in `told` have names and intervals.
    """
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "ip-bench"}):
        out = io.StringIO()
        pareto_figure(front, controls, told).savefig(
            out, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    return _inline(out.getvalue(), front)


def pareto_figure(front: Front, controls: Collection[str] = (), told: Collection[str] = ()) -> Figure:
    """Return the picture of `pareto` as a figure of matplotlib."""
    import matplotlib as mpl

    from ip_bench.report.picture import Picture

    across = [0, *range(2, front.points.shape[1])]
    kept = front.on_front if front.on_front.sum() <= _MANY else np.zeros(len(front.names), bool)
    shown = kept | np.isin(front.names, [*told]) | (len(front.names) <= _MANY)
    panel = _PANEL / len(across) + 0.3 * (len(across) - 1)
    width = _LEFT + len(across) * (panel + _GAP) + _NAMES
    with mpl.rc_context({"font.size": 10}):
        figure = Picture(figsize=(width, _HEIGHT))
        for place, column in enumerate(across):
            left = (_LEFT + place * (panel + _GAP)) / width
            axes = figure.add_axes((left, 0.1, panel / width, 0.87))
            _panel(axes, front, column, controls, shown)
            if place:
                axes.set_yticklabels([])
            else:
                axes.set_ylabel(_AXES[1], color=_COLORS["ink"])
        _name(axes, front, column, controls, shown)
    return figure


def _panel(axes: Any, front: Front, column: int, controls: Collection[str], shown: NDArray[np.bool_]) -> None:
    """Draw safety against the axis in a column."""
    x, y = 100 * front.points[:, [column, 1]].T
    low, high = 100 * front.low[:, [column, 1]], 100 * front.high[:, [column, 1]]
    for k, name in enumerate(front.names):
        color, marker = (_COLORS["placebo"], "D") if name in controls else (_COLORS["main"], "o")
        if shown[k]:
            axes.hlines(y[k], low[k, 0], high[k, 0], color=color, linewidth=0.8, alpha=0.3)
            axes.vlines(x[k], low[k, 1], high[k, 1], color=color, linewidth=0.8, alpha=0.3)
        filled = color if front.on_front[k] else "none"
        size = 10 + 150 * front.probability[k]
        mark = axes.scatter(x[k], y[k], s=size, facecolor=filled, edgecolor=color, marker=marker, zorder=3)
        mark.set_gid(f"group-{k}-{column}")
    if front.points.shape[1] == 2:
        order = np.flatnonzero(front.on_front)[np.argsort(x[front.on_front])]
        axes.step(x[order], y[order], where="pre", color=_COLORS["soft"], linewidth=1.2, linestyle="--")
    for limits, put in ((axes.get_xlim(), axes.set_xlim), (axes.get_ylim(), axes.set_ylim)):
        short = max(0.0, _SPAN - (limits[1] - limits[0])) / 2
        put(max(limits[0] - short, _LOWEST), min(limits[1] + short, 100 - _LOWEST))
    axes.set_xlabel(_AXES[column], color=_COLORS["ink"])
    axes.tick_params(colors=_COLORS["soft"])
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["bottom", "left"]].set_color(_COLORS["line"])


def _name(axes: Any, front: Front, column: int, controls: Collection[str], shown: NDArray[np.bool_]) -> None:
    """Write the names in a column right of the axes, as near to their marks' heights as room allows."""
    if front.on_front.sum() > shown.sum():
        said = f"{front.on_front.sum()} of {len(front.names)} are on the front"
        axes.text(1.07, 1, said, transform=axes.transAxes, color=_COLORS["soft"], va="top")
    named = np.flatnonzero(shown)
    bottom, top = axes.get_ylim()
    heights = (100 * front.points[named, 1] - bottom) / (top - bottom)
    for k, place in zip(named, _spread(heights, 1 / max(len(heights), 28)), strict=True):
        name = front.names[k]
        axes.annotate(
            f"{name}, {100 * front.probability[k]:.0f}%",
            xy=100 * front.points[k, [column, 1]],
            xytext=(1.07, place),
            textcoords="axes fraction",
            color=_COLORS["placebo" if name in controls else "ink"],
            va="center",
            parse_math=False,
            arrowprops={
                "arrowstyle": "-",
                "color": _COLORS["line"],
                "linewidth": 0.6,
                "shrinkB": 3,
                "relpos": (0, 0.5),
            },
        )


def _spread(heights: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Return heights in [0, 1] in the same order, at least `gap` apart, pushed up from below and back from the top."""
    order = np.argsort(heights, kind="stable")
    steps = gap * np.arange(len(order))
    up = np.maximum.accumulate(heights[order] - steps) + steps
    back = np.minimum(up, 1 - steps[::-1])
    placed = np.empty(len(order))
    placed[order] = np.maximum(back, 0)
    return placed


def _inline(svg: str, front: Front) -> str:
    """Return matplotlib's SVG for a page: scaled by it, in its colors and font, with a name on each mark."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" role="img" aria-label="@">', svg, count=1)
    svg = svg.replace("@", f"Safety and utility of {len(front.names)} groups with the Pareto front", 1)
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL).replace("xlink:href", "href")
    svg = re.sub(r"font-family: [^;\"]*", "font-family: system-ui, sans-serif", svg)
    for name, color in _COLORS.items():
        svg = svg.replace(color, f"var(--{name}, {color})")
    said = [name.partition(",")[0] for name in _AXES]
    for k, name in enumerate(front.names):
        ends = zip(said, front.low[k], front.high[k], strict=False)
        known = ", ".join(f"{axis} {100 * low:.1f} to {100 * high:.1f}" for axis, low, high in ends)
        title = f"<title>{escape(name)}: {known}, on the front in {front.probability[k]:.0%} of draws</title>"
        for column in range(len(front.points[k])):
            svg = svg.replace(f'<g id="group-{k}-{column}">', f"<g>{title}")
    return svg
