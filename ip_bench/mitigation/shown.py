"""A comparison of mitigations in words: a table for the terminal, and the same as a piece of HTML."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench.effects.identity_bias import TOGETHER
from ip_bench.report.words import interval, number, points

HEADINGS = (
    "axis",
    "PB² before",
    "after",
    "removed",
    "identity gap before",
    "after",
    "paid, nothing told",
    "paid, identities",
)
_NOTE = (
    "PB²: mean over identities of their squared distance from the mean of all, in points squared, without noise and "
    "signed. Identity gap: mean of the identities minus the mean of the irrelevant attributes. Paid: the change of the "
    "mean itself; on all axes more is better, so a loss is negative. In brackets: 95% intervals."
)


class Line(NamedTuple):
    """One line of a table: an axis, and its figures as text, in the order of `HEADINGS`."""

    cells: tuple[str, ...]


class Table(NamedTuple):
    """The table of a mitigated run on one task, with remarks under it."""

    title: str
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]


def tables(record: Mapping[str, Any]) -> list[Table]:
    """Return the tables of a comparison, one a run and task."""
    left_out = len(record["without"])
    return [_table(run, task, entry, left_out) for run in record["runs"] for task, entry in run["tasks"].items()]


def as_text(record: Mapping[str, Any]) -> str:
    """Return a comparison as plain text, columns aligned."""
    parts = []
    for table in tables(record):
        rows = [HEADINGS, *(line.cells for line in table.lines)]
        widths = [max(len(row[k]) for row in rows) for k in range(len(HEADINGS))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        parts.append("\n".join([table.title, *lines, *table.remarks]))
    return "\n\n".join([*parts, _note(record)])


def as_html(record: Mapping[str, Any]) -> str:
    """Return a comparison as a piece of HTML without style or script; text of models and users is escaped."""
    parts = []
    for table in tables(record):
        head = "".join(f"<th>{escape(cell)}</th>" for cell in HEADINGS)
        body = "".join(
            "<tr>"
            + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell, tag in zip(line.cells, _tags(), strict=False))
            + "</tr>"
            for line in table.lines
        )
        remarks = "".join(f"<p>{escape(text)}</p>" for text in table.remarks)
        parts.append(
            f"<table><caption>{escape(table.title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"{remarks}"
        )
    return f'<section class="mitigations">{"".join(parts)}<p>{escape(_note(record))}</p></section>'


def name_of(run: Mapping[str, Any]) -> str:
    """Return what a run is called: its mitigation, whom it was steered to, or the adapter it was run with."""
    if own := run["mitigation"]:
        said = str(own["name"]) + (f":{own['wording']}" if own["wording"] else "")
        return f"{said} (a placebo)" if own["role"] == "placebo" else said
    arguments = run["model_args"]
    if "steer" in arguments:
        return f"steered, {arguments.get('answers', 'all')} answers of {Path(str(arguments.get('persona'))).name}"
    return "a tuned model" if "peft" in arguments else "no mitigation"


def _note(record: Mapping[str, Any]) -> str:
    return _NOTE.replace("95%", f"{100 * (1 - record['alpha']):g}%")


def _tags() -> Iterator[str]:
    yield "th"
    while True:
        yield "td"


def _table(run: Mapping[str, Any], task: str, entry: Mapping[str, Any], left_out: int) -> Table:
    lines = [_line(name, one["bias"], one) for name, one in entry["axes"].items()]
    lines.append(_line(TOGETHER, entry[TOGETHER], {}))
    notes = {name: one["note"] or _unknown(one["bias"]) for name, one in entry["axes"].items()}
    remarks = [f"{name}: {note}" for name, note in notes.items() if note]
    if items := [f"{name} {one['bias']['removed']['items'][0]}" for name, one in entry["axes"].items() if one["bias"]]:
        without = f"; the items of {left_out} templates on which a model was tuned are left out" if left_out else ""
        remarks.append(f"items scored for each identity in both runs: {', '.join(items)}{without}")
    counts = [
        f"{entry['answered'][when]['answered']:,} of {entry['answered'][when]['rows']:,}"
        for when in ("before", "after")
    ]
    remarks.append(f"rows with an outcome: {counts[0]} before, {counts[1]} after")
    if lost := entry["answered"]["after"]["none"].get("undelivered"):
        remarks.append(f"rows whose message could not be rewritten: {lost:,}")
    if run["differs"]:
        remarks.append(f"the runs also differ in: {', '.join(run['differs'])}")
    remarks += [
        f"wording {one['wording']} removed {_square(one['estimate'])} {_ends(one['ci'])} over all axes: {one['text']}"
        for one in entry["by_wording"]
    ]
    return Table(f"{task}: {name_of(run)}", tuple(lines), tuple(remarks))


def _unknown(bias: Mapping[str, Any] | None) -> str:
    """Return why what was removed has no interval; nothing where it has one."""
    return str(bias["removed"]["note"]) if bias else ""


def _line(name: str, bias: Mapping[str, Any] | None, effects: Mapping[str, Any]) -> Line:
    squares = ["n/a"] * 3
    if bias:
        squares = [f"{_square(bias[when]['square'])} {_ends(bias[when]['square_ci'])}" for when in ("before", "after")]
        found = bias["removed"]
        squares.append(f"{_square(found['estimate'])} {_ends(found['ci'])}, p {number(found['p_adjusted'])}")
    shown = ("gap_before", "gap_after", "paid", "paid_by_identities")
    return Line((name, *squares, *(_effect(effects[what]) if what in effects else "" for what in shown)))


def _effect(effect: Mapping[str, Any]) -> str:
    return f"{points(effect['estimate'])} {interval(list(effect['ci']))}"


def _square(value: float | None) -> str:
    return "n/a" if value is None or math.isnan(value) else f"{value:+.1f}"


def _ends(ends: Any) -> str:
    return f"[{_square(ends[0])}, {_square(ends[1])}]"
