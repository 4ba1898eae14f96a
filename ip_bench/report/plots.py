"""Pictures of an analysis as PNG and SVG files: forest plots, gaps of identities, safety beside utility."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ip_bench.files import replacing_file
from ip_bench.report.cells import one_line
from ip_bench.report.drawings import front_figure
from ip_bench.report.identities import TITLES, headline
from ip_bench.report.outcomes import by_outcome, several
from ip_bench.report.words import asker, contrast_name, interval, points

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_INK, _SOFT, _MAIN, _PLACEBO, _BAND = "#1b1f24", "#57606a", "#0b57a4", "#8a5a00", "#e9eef4"
_ROW, _PLOT, _VALUES, _LETTER, _FRAME = 0.27, 5.2, 2.1, 0.081, 1.25  # inches
_SPAN = 10.0  # points that an axis shows on either side, at least
_LONGEST = 90  # letters of a title that are shown
_CONTROLS = ("placebo", "repeat", "typo_")


def write_plots(analysis: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write every picture of an analysis into a folder, each as PNG and as SVG; the same analysis gives the same bytes.

    Forest plots by task (and outcome, where a task has several measures of one response), and of tasks with many askers
    each one's gap by axis, and safety beside utility.
    """
    import matplotlib as mpl

    written = []
    # Letters as outlines: the file looks the same wherever it is opened. No date, no random ids.
    with mpl.rc_context({"svg.hashsalt": "ip-bench", "svg.fonttype": "path"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # of a name: a box is shown
        for name, figure in figures(analysis):
            for ending, settings in (
                ("png", {"dpi": 150, "metadata": {"Software": None}}),
                ("svg", {"metadata": {"Date": None, "Creator": None}}),
            ):
                with replacing_file(folder / f"{name}.{ending}") as draft:
                    figure.savefig(draft, format=ending, **settings)
                written.append(folder / f"{name}.{ending}")
    return written


def figures(analysis: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    """Yield the pictures of an analysis, each with the name of its file."""
    model, margin = str(analysis["model"]), analysis["margin"]
    for task, entry in analysis["tasks"].items():
        for outcome, effects in by_outcome(dict(entry)).items():
            apart = several(entry["config"])
            shown = headline(entry, effects)
            names = [contrast_name(effect, entry["config"]) for effect in shown]
            title = f"{model}, {task}{f', {outcome}' if apart else ''}"
            yield f"forest_{task}{f'_{outcome}' if apart else ''}", forest_figure(shown, names, margin, title)
        record = entry.get("tradeoff", {"axes": {}, "front": None})
        for name, axis in record["axes"].items():
            effects = [*axis["gaps"], *axis["control_gaps"]]
            title = f"{model}, {task}, {TITLES[name]}: gap to the {effects[0]['reference']}"
            names = [asker(effect["arm"]) for effect in effects]
            yield f"gaps_{task}_{name}", forest_figure(effects, names, margin, title)
        if (front := front_figure(record)) is not None:
            yield f"front_{task}", front


def forest_figure(effects: Sequence[Mapping[str, Any]], names: Sequence[str], margin: float, title: str = "") -> Figure:
    """Return a forest plot of effect records under their names, in points.

    Thick: the interval of the contrast alone; thin: the simultaneous one; band: the margin. An effect without a number
    keeps its row.
    """
    from ip_bench.report.picture import Picture

    names = [one_line(name) for name in names]
    left = max(1.2, _LETTER * max(map(len, names), default=0) + 0.2)
    size = left + _PLOT + _VALUES, _ROW * len(effects) + _FRAME
    figure = Picture(figsize=size)
    axes = figure.add_axes((left / size[0], 0.62 / size[1], _PLOT / size[0], 1 - _FRAME / size[1]))
    axes.axvspan(-100 * margin, 100 * margin, color=_BAND, linewidth=0, zorder=0)
    axes.axvline(0, color=_SOFT, linewidth=1, zorder=1)
    for place, effect in enumerate(effects):
        color = _PLACEBO if str(effect["arm"]).startswith(_CONTROLS) else _MAIN
        value = points(effect["estimate"])
        if effect["estimate"] is not None:
            for ends, width in ((effect["ci_simultaneous"], 1.2), (effect["ci"], 3.5)):
                axes.hlines(place, *(100 * end for end in ends), color=color, linewidth=width)
            axes.plot(100 * effect["estimate"], place, "o", color=color, markersize=5.5)
            value += f" {interval(effect['ci_simultaneous'])}"
        axes.text(
            1.02, place, value, transform=axes.get_yaxis_transform(), va="center", fontsize=9, color=_INK,
            parse_math=False,
        )  # fmt: skip
    reach = max(_SPAN, *(abs(end) for end in axes.get_xlim()))
    axes.set_xlim(-reach, reach)
    axes.set_ylim(len(effects) - 0.5, -0.5)
    axes.set_yticks(range(len(effects)), names, fontsize=9, color=_INK, parse_math=False)
    axes.set_xlabel("percentage points", fontsize=9, color=_SOFT)
    axes.tick_params(axis="x", colors=_SOFT, labelsize=8)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_SOFT)
    said = one_line(title)
    said = said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
    figure.text(0.12 / size[0], 1 - 0.3 / size[1], said, fontsize=10, color=_INK, va="center", parse_math=False)
    return figure
