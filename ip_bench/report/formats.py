"""A report in other formats than a page: Markdown, a JSON record, CSV and TeX, from the same analysis."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ip_bench._version import __version__
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.files import nan_to_none, read_record, write_text
from ip_bench.own.known import register_written
from ip_bench.report.cells import csv_table
from ip_bench.report.identities import headline
from ip_bench.report.outcomes import by_outcome, several
from ip_bench.report.page import answer
from ip_bench.report.rows import EFFECT_COLUMNS, arm_rows, effect_rows, said_kinds
from ip_bench.report.sheet import Sheet, Table, as_markdown, as_tex
from ip_bench.report.words import arm_name, contrast_name, interval, number, points

#: The formats of a report, in the order in which a wrong one lists them; each is the end of its file's name, too.
FORMATS = ("html", "md", "json", "csv", "tex")
_HEADS = ("contrast", "effect", "simultaneous interval", "p (Holm)", "items", "verdict")
_NUMBERS = (1, 3, 4)
_RECORDS = ("analysis.json", "run.json")


def formats_named(asked: Iterable[str]) -> list[str]:
    """Return formats that were asked for by name or by names with commas between, each once; of none, HTML.

    Raises:
        UnknownNameError: for a format that is none of `FORMATS`.
    """
    names = [name.strip() for text in asked for name in text.split(",")] or [FORMATS[0]]
    for name in names:
        if name not in FORMATS:
            raise UnknownNameError("format", name, FORMATS)
    return list(dict.fromkeys(names))


def write_formats(
    texts: Mapping[str, Callable[[], str]], asked: Sequence[str], folder: Path, stem: str, out: Path | None
) -> list[Path]:
    """Write the formats asked for and return the files: `stem` with the format's ending in a folder, or `out` itself.

    `out` is the file of a single format; where it is a folder or has no ending, it is the folder of all of them.

    Raises:
        IpBenchError: for several formats and one file, or one that holds something else.
    """
    single = _is_file(out)
    if single and len(asked) > 1:
        raise IpBenchError(f"{', '.join(asked)} do not go into one file, {out}; name a folder with --out")
    written = []
    for name in asked:
        path = out if out is not None and single else folder_of(folder, out) / f"{stem}.{name}"
        _check_replaceable(path, name)
        write_text(path, texts[name]())
        written.append(path)
    return written


def _check_replaceable(path: Path, name: str) -> None:
    """Raise IpBenchError where writing would replace a file of another kind, or a record that a report is made of."""
    if path.exists() and path.suffix != f".{name}":
        raise IpBenchError(f"{path} is there and is no {name} file; name one that ends in .{name} with --out")
    if path.name in _RECORDS:
        raise IpBenchError(f"{path} has the name of a record of a run; name another file with --out")


def folder_of(folder: Path, out: Path | None) -> Path:
    """Return the folder that files go to: `out`, or that of the file `out`, or `folder` where nothing is named."""
    if out is None:
        return folder
    return out.parent if _is_file(out) else out


def _is_file(out: Path | None) -> bool:
    return out is not None and bool(out.suffix) and not out.is_dir()


def read_analysis(folder: Path) -> dict[str, Any]:
    """Return the analysis in a folder.

    Raises:
        IpBenchError: where there is none, or it lacks what every format shows.
    """
    register_written(folder)
    path = folder / "analysis.json"
    if not path.exists():
        raise IpBenchError(f"{folder} has no analysis.json; run `ip-bench analyze {folder}` first")
    analysis = read_record(path)
    if missing := {"model", "run", "dataset", "margin", "alpha", "tasks"} - analysis.keys():
        raise IpBenchError(f"{path} lacks {', '.join(sorted(missing))}; run `ip-bench analyze {folder}`")
    return analysis


def texts(analysis: Mapping[str, Any]) -> dict[str, Callable[[], str]]:
    """Return what makes the text of each format but HTML from an analysis."""
    return {
        "md": lambda: as_markdown(sheet(analysis)),
        "json": lambda: as_json(record(analysis)),
        "csv": lambda: csv_table(tuple(EFFECT_COLUMNS), effect_rows(analysis)),
        "tex": lambda: as_tex(sheet(analysis)),
    }


def as_json(value: Mapping[str, Any]) -> str:
    """Return a record as indented JSON; no number is NaN, and a lone surrogate stays an escape."""
    text = json.dumps(nan_to_none(value), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def record(analysis: Mapping[str, Any]) -> dict[str, Any]:
    """Return an analysis as one record (schema report): the answer, every effect, the counts by arm, how it was made.

    Its keys, and those of an effect, are added to, and not renamed, within a version of `format`.
    """
    return {
        "format": 1,
        "ip_bench": __version__,
        "model": analysis["model"],
        "dataset": analysis["dataset"],
        "margin": analysis["margin"],
        "alpha": analysis["alpha"],
        "judge": analysis.get("judge", "rules"),
        "answer": answer(dict(analysis)),
        "effects": effect_rows(analysis),
        "arms": arm_rows(analysis),
        "run": analysis["run"],
    }


def sheet(analysis: Mapping[str, Any]) -> Sheet:
    """Return what a report says in Markdown and TeX: the answer, the effects of each task, counts, provenance."""
    dataset = analysis["dataset"]
    level = f"{100 * (1 - analysis['alpha']):g}%"
    about = (
        f"Dataset {dataset['name']} {dataset['version']}. Effects are in percentage points, paired by item, "
        f"realization and template, with intervals clustered on all three; simultaneous {level} intervals over the "
        f"contrasts of a family, Holm's p, and a margin of {100 * analysis['margin']:g} points, declared before the "
        "run."
    )
    tables = [table for task, entry in analysis["tasks"].items() for table in _tables(task, entry)]
    made = {**analysis["run"], "dataset": dataset}
    return Sheet(
        f"Does {analysis['model']} answer differently because of who seems to ask?",
        answer(dict(analysis)), [about], tables,
        json.dumps(made, indent=2, ensure_ascii=False, sort_keys=True),
    )  # fmt: skip


def effect_cells(effect: Mapping[str, Any], name: str, notes: Sequence[str]) -> tuple[str, ...]:
    """Return an effect as the cells of a table under `_HEADS`; `notes` are the remarks that it refers to by number."""
    noted = f" ({notes.index(effect['note']) + 1})" if effect["note"] else ""
    return (
        name, points(effect["estimate"]), interval(effect["ci_simultaneous"]), number(effect["p_adjusted"]),
        str(effect["n_items"]), effect["verdict"] + noted,
    )  # fmt: skip


def _tables(task: str, entry: Mapping[str, Any]) -> list[Table]:
    found = []
    for outcome, effects in by_outcome(dict(entry)).items():
        title = f"{task}: {outcome}" if several(entry["config"]) else task
        found.append(_effects(title, headline(entry, effects), entry["config"]))
    return [*found, _counts(task, entry)]


def _effects(title: str, effects: Sequence[Mapping[str, Any]], config: str) -> Table:
    notes = list(dict.fromkeys(effect["note"] for effect in effects if effect["note"]))
    rows = [effect_cells(effect, contrast_name(effect, config), notes) for effect in effects]
    return Table(title, _HEADS, rows, _NUMBERS, tuple(f"({k}) {note}" for k, note in enumerate(notes, 1)))


def _counts(task: str, entry: Mapping[str, Any]) -> Table:
    rows: list[tuple[str, ...]] = [
        (
            arm_name(arm["arm"], entry["config"]), arm["role"], str(arm["rows"]), said_kinds(arm["kinds"]),
            ", ".join(f"{outcome} {number(mean)}" for outcome, mean in arm["means"].items()),
        )
        for arm in entry["arms"]
    ]  # fmt: skip
    heads = ("arm", "role", "rows", "how responses were read", "mean of the outcome")
    return Table(f"{task}: counts per arm", heads, rows, (2,), folded=True)
