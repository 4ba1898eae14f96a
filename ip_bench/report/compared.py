"""A comparison of runs as a report: tables, flat rows, remarks, and every format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ip_bench.errors import UnknownNameError
from ip_bench.files import nan_to_none
from ip_bench.report.cells import csv_table
from ip_bench.report.compared_findings import answer
from ip_bench.report.formats import as_json
from ip_bench.report.identities import TITLES
from ip_bench.report.outcomes import several
from ip_bench.report.rows import EFFECT_COLUMNS, effect_row
from ip_bench.report.sheet import Sheet, Table, as_markdown, as_tex
from ip_bench.report.words import contrast_name, interval, number, points, signed

#: What stands in a comparison: differences of declared contrasts, and of means where nothing is said of the asker.
PARTS = ("contrast", "level")
_SIDES = ("baseline_estimate", "baseline_ci_low", "baseline_ci_high", "run_estimate", "run_ci_low", "run_ci_high")
#: The columns of a difference: the run and its baseline, the effect of each with its own interval, then the difference.
COLUMNS: dict[str, type] = {
    "run": str, "baseline": str, **dict.fromkeys(_SIDES, float), **EFFECT_COLUMNS,
}  # fmt: skip
_HEADS = ("contrast", "run", "baseline", "run's", "difference", "simultaneous interval", "p (Holm)", "items", "verdict")
BIAS_HEADS = ("axis", "run", "baseline", "run's", "difference", "interval", "p (Holm)", "verdict")
_NUMBERS = (2, 3, 4, 6, 7)


def remarks(record: Mapping[str, Any]) -> list[str]:
    """Return what a reader has to know of the runs: other settings than the baseline's, and tasks left out."""
    baseline, *others = record["runs"]
    said = [
        f"{run['name']} and {baseline['name']} also differ in: {', '.join(map(_words, run['differs']))}."
        for run in others
        if run["differs"]
    ]
    said += [
        f"Left out of {run['name']}, since not all runs asked it: {', '.join(run['left_out'])}."
        for run in record["runs"]
        if run["left_out"]
    ]
    for task, entry in record["tasks"].items():
        lost = {name: one["rows"] - one["answered"] for name, one in entry["answered"].items()}
        if max(lost.values()) > 0.1 * entry["answered"][baseline["name"]]["rows"]:
            counts = ", ".join(f"{name} {count:,}" for name, count in lost.items())
            said.append(f"{task}: rows without an outcome are left out of both sides: {counts}.")
    return said


def rows(record: Mapping[str, Any], part: str = PARTS[0]) -> list[dict[str, Any]]:
    """Return a row a difference with the keys of `COLUMNS`; `part` is "contrast", "level" or "all".

    Raises:
        UnknownNameError: for another part.
    """
    if part not in (*PARTS, "all"):
        raise UnknownNameError("part", part, (*PARTS, "all"))
    baseline = record["runs"][0]["name"]
    return [
        {"run": line["run"], "baseline": baseline, **_sides(line)}
        | effect_row(
            line["difference"], task=task, config=entry["config"] if name == PARTS[0] else "",
            measure=entry["measure"], part=name,
        )
        | {"config": entry["config"]}
        for task, entry in record["tasks"].items()
        for name, lines in zip(PARTS, (entry["contrasts"], entry["levels"]), strict=True)
        for line in lines
        if part in (name, "all")
    ]  # fmt: skip


def texts(record: Mapping[str, Any]) -> dict[str, Callable[[], str]]:
    """Return what makes the text of each format from a comparison."""
    from ip_bench.report.compared_page import page

    return {
        "html": lambda: page(record),
        "md": lambda: as_markdown(sheet(record)),
        "json": lambda: as_json({**record, "answer": answer(record)}),
        "csv": lambda: csv_table(tuple(COLUMNS), rows(record, "all")),
        "tex": lambda: as_tex(sheet(record)),
    }


def sheet(record: Mapping[str, Any]) -> Sheet:
    """Return what a comparison says in Markdown, in TeX and on a terminal."""
    made = {key: record[key] for key in ("ip_bench", "dataset", "margin", "alpha", "judge", "runs")}
    return Sheet(
        title(record), answer(record), [about(record), *remarks(record)], list(_tables(record)),
        json.dumps(nan_to_none(made), indent=2, ensure_ascii=False, sort_keys=True),
    )  # fmt: skip


def title(record: Mapping[str, Any]) -> str:
    """Return the question of a comparison."""
    baseline, *others = (run["name"] for run in record["runs"])
    return f"Do {', '.join(others)} and {baseline} answer differently because of who seems to ask, to the same extent?"


def about(record: Mapping[str, Any]) -> str:
    """Return what the figures of a comparison are, in words."""
    dataset, level = record["dataset"], f"{100 * (1 - record['alpha']):g}%"
    return (
        f"Dataset {dataset['name']} {dataset['version']}; the baseline is {record['runs'][0]['name']}. A difference is "
        "the run's effect minus the baseline's, in percentage points, paired by item, realization and template, with "
        f"intervals clustered on all three. Simultaneous {level} intervals and Holm's p hold over the runs for the "
        "finding of a task (its primary contrast, minus placebo), and over runs and contrasts for all others; the "
        f"margin is {100 * record['margin']:g} points."
    )


def _sides(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return the effects of both runs with their simultaneous intervals; a difference of levels has none."""
    values = [
        value
        for side in ("baseline", "own")
        for effect in [line.get(side)]
        for value in ((effect["estimate"], *effect["ci_simultaneous"]) if effect else (None,) * 3)
    ]
    return dict(zip(_SIDES, values, strict=True))


def _tables(record: Mapping[str, Any]) -> Iterator[Table]:
    baseline = record["runs"][0]["name"]
    for task, entry in record["tasks"].items():
        apart = several(entry["config"])
        for single, what in ((False, "effects"), (True, "effects of single askers")):
            found: dict[str, list[tuple[str, ...]]] = {}
            for line in entry["contrasts"]:
                if is_single(line, entry) is single:
                    outcome = f" on {line['difference']['outcome']}" if apart else ""
                    found.setdefault(outcome, []).append(_cells(line, entry["config"]))
            for outcome, cells in found.items():
                title = f"{task}: {what}{outcome} against those of {baseline}"
                yield Table(title, _HEADS, cells, _NUMBERS, folded=single)
        if entry["bias"]:
            title = f"{task}: personalization bias squared, without noise, in points squared"
            yield Table(title, BIAS_HEADS, bias_cells(entry), (2, 3, 4, 6))
        if entry["levels"]:
            heads = ("outcome", "run", "difference", "simultaneous interval", "p (Holm)", "items", "verdict")
            cells = [
                (line["difference"]["outcome"], line["run"], *_numbers(line["difference"])) for line in entry["levels"]
            ]
            yield Table(f"{task}: means where nothing is said of the asker", heads, cells, (2, 4, 5), folded=True)


def is_single(line: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Return whether a contrast is of one of many askers; what they come to is told by bias and mean."""
    return line["difference"]["arm"].removesuffix(" minus placebo") in entry["askers"]


def bias_cells(entry: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the personalization bias of a task as cells under `BIAS_HEADS`."""
    return [
        (
            TITLES[one["axis"]], one["run"], signed(one["baseline"]), signed(one["own"]), signed(one["estimate"]),
            f"[{signed(one['ci'][0])}, {signed(one['ci'][1])}]", number(one["p_adjusted"]), one["verdict"],
        )
        for one in entry["bias"]
    ]  # fmt: skip


def _cells(line: Mapping[str, Any], config: str) -> tuple[str, ...]:
    effect = line["difference"]
    sides = (points(line[side]["estimate"]) for side in ("baseline", "own"))
    return contrast_name(effect, config), line["run"], *sides, *_numbers(effect)


def _numbers(effect: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        points(effect["estimate"]), interval(effect["ci_simultaneous"]), number(effect["p_adjusted"]),
        str(effect["n_items"]), effect["verdict"],
    )  # fmt: skip


def _words(setting: str) -> str:
    return setting.replace("_", " ")
