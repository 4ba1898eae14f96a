"""What a comparison of runs found, in sentences: a finding a run and question, the strongest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ip_bench.differences import finding_arms
from ip_bench.effects.identity_bias import TOGETHER
from ip_bench.release.recipes import recipe
from ip_bench.report.asked import Asked, asked_of
from ip_bench.report.findings import MARKS
from ip_bench.report.words import interval, number, points, signed


class Found(NamedTuple):
    """What was found on one question of a run: a key of `findings.MARKS`, the sentence, and how large it is."""

    verdict: str
    said: str
    size: float


def answer(record: Mapping[str, Any]) -> list[str]:
    """Return what a comparison says in sentences: the count of findings, each, and where means differ with no cue."""
    found = findings(record)
    return [headline(found, record["margin"]), *(one.said for one in found), *level_sentences(record)]


def level_sentences(record: Mapping[str, Any]) -> list[str]:
    """Return where the runs differ although nothing is said of the asker."""
    baseline = record["runs"][0]["name"]
    return [
        f"{task}: also where nothing is said of the asker, {line['run']} and {baseline} differ in "
        f"{effect['outcome']}, by {points(effect['estimate'])} points {interval(effect['ci_simultaneous'])}."
        for task, entry in record["tasks"].items()
        for line in entry["levels"]
        if (effect := line["difference"])["verdict"] == "different"
    ]


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
    return f"No difference in what the asker changes is shown, in {of}{others}."


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
