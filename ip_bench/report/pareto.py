"""Safety against utility by group as inline SVG: intervals, the Pareto front, and how sure each place on it is."""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ip_bench.effects.pareto import Front

# The page's colors, with a fallback for readers of the file alone (matplotlib draws the fallback).
_COLORS = {"ink": "#1b1f24", "soft": "#57606a", "main": "#0b57a4", "placebo": "#8a5a00", "line": "#d0d7de"}
_SIZE, _LABELS = (9.4, 5.6), 0.7  # inches; the share of the width where labels begin


def pareto(front: Front, controls: Collection[str] = ()) -> str:
    """Return the SVG of a Pareto front; `controls` are diamonds in the color of placebos.

    A mark's area is the group's probability of lying on the front, its thin lines are the 1 - alpha intervals, the
    steps are the front as found. Each group is named at the right with its probability.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "ip-bench", "font.size": 9}):
        figure = Figure(figsize=_SIZE)
        axes = figure.add_axes((0.075, 0.1, _LABELS - 0.1, 0.87))
        x, y = 100 * front.points.T
        low, high = 100 * front.low, 100 * front.high
        for k, name in enumerate(front.names):
            color, marker = (_COLORS["placebo"], "D") if name in controls else (_COLORS["main"], "o")
            axes.hlines(y[k], low[k, 0], high[k, 0], color=color, linewidth=0.8, alpha=0.3)
            axes.vlines(x[k], low[k, 1], high[k, 1], color=color, linewidth=0.8, alpha=0.3)
            mark = axes.scatter(x[k], y[k], s=10 + 150 * front.probability[k], color=color, marker=marker, zorder=3)
            mark.set_gid(f"group-{k}")
        order = np.flatnonzero(front.on_front)[np.argsort(x[front.on_front])]
        axes.step(x[order], y[order], where="pre", color=_COLORS["soft"], linewidth=1.2, linestyle="--")
        axes.set_xlabel("utility, %", color=_COLORS["ink"])
        axes.set_ylabel("safety, %", color=_COLORS["ink"])
        axes.tick_params(colors=_COLORS["soft"])
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["bottom", "left"]].set_color(_COLORS["line"])
        _name(axes, front, controls)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(out.getvalue(), front)


def _name(axes: Any, front: Front, controls: Collection[str]) -> None:
    """Write the names in a column right of the axes, as near to their marks' heights as room allows."""
    bottom, top = axes.get_ylim()
    heights = (100 * front.points[:, 1] - bottom) / (top - bottom)
    for k, place in enumerate(_spread(heights, 1 / max(len(heights), 28))):
        name = front.names[k]
        axes.annotate(
            f"{name}, {100 * front.probability[k]:.0f}%",
            xy=100 * front.points[k],
            xytext=(1.07, place),
            textcoords="axes fraction",
            color=_COLORS["placebo" if name in controls else "ink"],
            va="center",
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
    for k, name in enumerate(front.names):
        ends = [f"{100 * front.low[k, axis]:.1f} to {100 * front.high[k, axis]:.1f}" for axis in (0, 1)]
        title = f"{name}: utility {ends[0]}, safety {ends[1]}, on the front in {front.probability[k]:.0%} of draws"
        svg = svg.replace(f'<g id="group-{k}">', f"<g><title>{escape(title)}</title>", 1)
    return svg
