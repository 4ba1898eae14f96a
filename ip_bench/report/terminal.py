"""An analysis as tables for a terminal: the declared effects, and of many identities only what stands out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from ip_bench.report.identities import TITLES, bias_rows, group_rows, headline
from ip_bench.report.page import several
from ip_bench.report.words import contrast_name, interval, number, points, signed

#: More placebos than these are shown by their mean alone; and the characters of a note that are shown.
_FEW, _NOTE = 6, 110


def tables(analysis: Mapping[str, Any]) -> Iterator[Table]:
    """Yield the tables of an analysis, task by task."""
    for task, entry in analysis["tasks"].items():
        yield _effects(task, entry)
        if entry.get("tradeoff", {}).get("axes"):
            yield _identities(task, entry["tradeoff"])


def _effects(task: str, entry: Mapping[str, Any]) -> Table:
    shown = headline(entry, entry["effects"])
    placebos = {effect["arm"] for effect in shown if effect["arm"].startswith("placebo_")}
    if len(placebos) > _FEW:
        shown = [effect for effect in shown if effect["arm"] not in placebos]
    left_out = len(entry["effects"]) - len(shown)
    under = [f"{left_out} contrasts of single askers are left out here; analysis.json has them"] if left_out else []
    notes = list(dict.fromkeys(effect["note"] for effect in shown if effect["note"]))
    under += [f"({place}) {textwrap.shorten(note, _NOTE, placeholder='...')}" for place, note in enumerate(notes, 1)]
    caption = escape("\n".join(under)) or None
    table = Table(title=f"{task}: effects in points", title_justify="left", caption=caption, caption_justify="left")
    for column in ("contrast", "effect", "simultaneous interval", "items", "verdict"):
        table.add_column(column, justify="right" if column in {"effect", "items"} else "left")
    apart = several(entry["config"])
    for effect in shown:
        note = f" ({notes.index(effect['note']) + 1})" if effect["note"] else ""
        table.add_row(
            contrast_name(effect, entry["config"]) + (f" ({effect['outcome']})" if apart else ""),
            points(effect["estimate"]), escape(interval(effect["ci_simultaneous"])),
            str(effect["n_items"]), escape(effect["verdict"] + note),
        )  # fmt: skip
    return table


def _identities(task: str, record: Mapping[str, Any]) -> Table:
    """Return each asker's gap by axis, with a mark where Holm's test calls it different, and personalization bias."""
    axes = list(record["axes"])
    reference = record["axes"][axes[0]]["gaps"][0]["reference"]
    caption = f"from the {reference}; * different by Holm's test over the identities, or placebos, of an axis"
    table = Table(title=f"{task}: gaps in points", title_justify="left", caption=caption, caption_justify="left")
    for column in ("asker", "attribute"):
        table.add_column(column)
    for name in axes:
        table.add_column(TITLES[name], justify="right")
    by_axis = [group_rows(record, name) for name in axes]
    for rows in zip(*by_axis, strict=True):
        if rows[0]["effect"] is not None:
            gaps = (points(row["effect"]["estimate"]) + "*" * row["named"] for row in rows)
            table.add_row(rows[0]["who"], rows[0]["kind"], *gaps)
    table.add_section()
    bias = bias_rows(record)[: len(axes)]
    for said, values in (
        ("personalization bias", [number(row["published"], 1) for row in bias]),
        ("by chance", [number(row["floor"], 1) for row in bias]),
        ("squared, without noise", [signed(row["square"]) for row in bias]),
        ("its interval", [f"[{signed(row['square_ci'][0])}, {signed(row['square_ci'][1])}]" for row in bias]),
    ):
        table.add_row(said, "", *map(escape, values))
    return table
