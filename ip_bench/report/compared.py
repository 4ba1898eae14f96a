"""A comparison of runs in words: sentences with verdicts, tables, flat rows, and every format of a report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ip_bench.differences import finding_arms
from ip_bench.effects.identity_bias import TOGETHER
from ip_bench.errors import UnknownNameError
from ip_bench.files import nan_to_none
from ip_bench.release.recipes import recipe
from ip_bench.report.asked import Asked, asked_of
from ip_bench.report.cells import csv_table
from ip_bench.report.findings import MARKS
from ip_bench.report.formats import as_json
from ip_bench.report.identities import TITLES
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


class Found(NamedTuple):
    """What was found on one question of a run: a key of `findings.MARKS`, the sentence, and how large it is."""

    verdict: str
    said: str
    size: float


def answer(record: Mapping[str, Any]) -> list[str]:
    """Return what a comparison says in sentences: the count of findings first, then each, the strongest first."""
    found = findings(record)
    return [headline(found, record["margin"]), *(one.said for one in found)]


def findings(record: Mapping[str, Any]) -> list[Found]:
    """Return what was found, one a run and question: of primary contrasts minus placebo, and never a bare contrast.

    A config that was asked both ways is one finding, with the figures by log-likelihood behind those by generation.
    """
    baseline, *others = (run["name"] for run in record["runs"])
    made = recipe(record["dataset"]["name"])
    found = []
    for config, tasks in _by_config(record).items():
        primary = next((one for one in made.CONTRASTS[config] if one.primary), None)
        if primary is None or config == "inference" or config.endswith("_inference"):
            continue
        arm, asked = f"{primary.arm} minus placebo" if primary.placebos else primary.arm, asked_of(config)
        found += [_of_bias(one, baseline) for task in tasks for one in record["tasks"][task]["bias"] if _whole(one)]
        for run in others:
            for outcome, does in ((primary.outcome, asked.does), *asked.others):
                lines = [
                    (line, record["tasks"][task]["measure"])
                    for task in tasks
                    for line in record["tasks"][task]["contrasts"]
                    if (line["run"], line["difference"]["arm"], line["difference"]["outcome"]) == (run, arm, outcome)
                ]
                found += [_found(lines, baseline, run, does, asked)] if lines else []
    order = list(MARKS)
    return sorted(found, key=lambda one: (order.index(one.verdict), -one.size))


def headline(found: Sequence[Found], margin: float) -> str:
    """Return whether the runs differ, with how many findings say so."""
    counts = Counter(one.verdict for one in found)
    of = f"{len(found)} finding" + "s" * (len(found) != 1)
    same = counts["equivalent"] + counts["different but negligible"]
    rest = [
        f"{count} {said}"
        for count, said in (
            (counts["undecided"], "undecided"), (same, f"within the margin of {100 * margin:g} points"),
            (counts["none"], "without an estimate"),
        )
        if count
    ]  # fmt: skip
    others = f"; {', '.join(rest)}" if rest else ""
    if counts["different"]:
        return f"The runs differ in {counts['different']} of {of}{others}."
    if found and same == len(found):
        return f"The runs do not differ: {of} within the margin of {100 * margin:g} points."
    return f"No difference between the runs is shown, in {of}{others}."


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
    said += [
        f"{task}: also where nothing is said of the asker, {line['run']} and {baseline['name']} differ in "
        f"{effect['outcome']}, by {points(effect['estimate'])} points {interval(effect['ci_simultaneous'])}."
        for task, entry in record["tasks"].items()
        for line in entry["levels"]
        if (effect := line["difference"])["verdict"] == "different"
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


def _by_config(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the tasks of each config, generation before log-likelihoods."""
    found: dict[str, list[str]] = {}
    for task, entry in sorted(record["tasks"].items(), key=lambda one: one[1]["measure"] != "generation"):
        found.setdefault(entry["config"], []).append(task)
    return found


def _found(lines: Sequence[tuple[Mapping[str, Any], str]], baseline: str, run: str, does: str, asked: Asked) -> Found:
    (line, how), *twins = lines
    effect = line["difference"]
    if effect["estimate"] is None:
        said = f"{run} against {baseline}, {does} when {asked.when}: no estimate ({effect['note']})."
        return Found("none", said, 0.0)
    said = {
        "different": f"{run} changes its answers {_way(line)} {baseline} when {asked.when}",
        "different but negligible": f"{run} and {baseline} change their answers when {asked.when} to extents that "
        "differ, but by less than the margin",
        "equivalent": f"{run} changes its answers as much as {baseline} when {asked.when}, within the margin",
        "undecided": f"These runs do not decide whether {run} changes its answers more or less than {baseline} when "
        f"{asked.when}",
    }[effect["verdict"]]
    parts = [f"{said}: the effect on how often it {does} differs by {_figures(line)} ({how})."]
    parts += [f"By {kind}: {_figures(twin)}, {twin['difference']['verdict']}." for twin, kind in twins]
    return Found(effect["verdict"], " ".join(parts), abs(effect["estimate"]))


def _whole(one: Mapping[str, Any]) -> bool:
    return bool(one["axis"] == TOGETHER)


def _of_bias(one: Mapping[str, Any], baseline: str) -> Found:
    """Return what two runs' personalization bias over all axes says."""
    run, more = one["run"], "more" if (one["estimate"] or 0) > 0 else "less"
    figures = f"squared and without its noise it is {signed(one['own'])} and {signed(one['baseline'])} points squared"
    if one["p"] is None:
        return Found("none", f"Personalization bias of {run} and {baseline}: {figures}; {one['note']}.", 0.0)
    said = (
        f"{run} treats identities {more} unequally than {baseline}"
        if one["verdict"] == "different"
        else f"These runs do not decide whether {run} treats identities more or less unequally than {baseline}"
    )
    low, high = one["ci"]
    size = f"a difference of {signed(one['estimate'])} [{signed(low)}, {signed(high)}], p {number(one['p_adjusted'])}"
    text = f"{said}: personalization bias over all axes, {figures}, {size}."
    return Found(one["verdict"], text, abs(one["estimate"]) / 100)


def _figures(line: Mapping[str, Any]) -> str:
    effect = line["difference"]
    sides = f"{points(line['baseline']['estimate'])} and {points(line['own']['estimate'])}"
    size = f"{points(effect['estimate'])} points {interval(effect['ci_simultaneous'])}"
    return f"{size} (from {sides}), on {effect['n_items']} items"


def _way(line: Mapping[str, Any]) -> str:
    """Return how a run's effect lies to the baseline's: both must be beyond the margin to be of two directions."""
    first, own, margin = line["baseline"]["estimate"], line["own"]["estimate"], line["difference"]["margin"]
    if first * own < 0 and min(abs(first), abs(own)) > margin:
        return "in the other direction than"
    return "more than" if abs(own) > abs(first) else "less than"


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
        apart = len({line["difference"]["outcome"] for line in entry["contrasts"]}) > 1
        for single, what in ((False, "effects"), (True, "effects of single askers")):
            lines = [line for line in entry["contrasts"] if is_single(line, entry) is single]
            found = [_cells(line, entry["config"], apart=apart) for line in lines]
            if found:
                yield Table(f"{task}: {what} against those of {baseline}", _HEADS, found, _NUMBERS, folded=single)
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


def _cells(line: Mapping[str, Any], config: str, *, apart: bool) -> tuple[str, ...]:
    effect = line["difference"]
    name = contrast_name(effect, config) + (f" ({effect['outcome']})" if apart else "")
    sides = (points(line[side]["estimate"]) for side in ("baseline", "own"))
    return name, line["run"], *sides, *_numbers(effect)


def _numbers(effect: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        points(effect["estimate"]), interval(effect["ci_simultaneous"]), number(effect["p_adjusted"]),
        str(effect["n_items"]), effect["verdict"],
    )  # fmt: skip


def _words(setting: str) -> str:
    return setting.replace("_", " ")


def finding_rows(record: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the differences that answer the question, each with its task, run and outcome as its name."""
    made = recipe(record["dataset"]["name"])
    found = []
    for task, entry in sorted(record["tasks"].items(), key=lambda one: one[1]["measure"] != "generation"):
        leading = finding_arms(made.CONTRASTS[entry["config"]])
        lines = [line for line in entry["contrasts"] if line["difference"]["arm"] in leading]
        apart = len({line["difference"]["outcome"] for line in lines}) > 1
        for line in lines:
            outcome = f", {line['difference']['outcome']}" if apart else ""
            found.append((f"{line['run']}: {task}{outcome}", line["difference"]))
    return found
