"""What a run found, in sentences: a finding a question, the strongest first, and whether it should be so."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ip_bench.bounds.appraisal import Appraisal, Appraisals, shipped
from ip_bench.errors import UnknownNameError
from ip_bench.release.recipes import recipe
from ip_bench.report import bounds, identities
from ip_bench.report.asked import Asked, asked_of
from ip_bench.report.words import brief, interval, points, visible

#: How a verdict is marked beside its color, strongest first: by a sign, and in words.
MARKS = {
    "different": ("≠", "different"),
    "different but negligible": ("≈", "negligible"),
    "holds": ("✓", "bounds hold"),
    "broken": ("✗", "bounds do not hold"),
    "equivalent": ("=", "no difference"),
    "undecided": ("?", "undecided"),
    "none": ("–", "no estimate"),
}
_TIERS = {"tiers": "holds", "user": "broken", "nothing": "broken", "mixed": "broken"}
_LEAD = {"adapt": "Yes", "do not adapt": "No", "undetermined": "That is left open"}
_BY = {
    "permissible": "permissible by",
    "conditional": "under conditions by",
    "impermissible": "impermissible by",
    "undetermined": "not settled by",
}


class Finding(NamedTuple):
    """What was found on one question of a config.

    `verdict` is a key of `MARKS`; `said` are sentences, the first one the finding; `should` says whether the schools
    want such a difference, "" where nothing is appraised; `size` orders findings of one verdict; `about` names the task
    in a list of sentences, where the sentence itself does not. `short` is the finding in a list of undecided ones.
    """

    tasks: tuple[str, ...]
    verdict: str
    said: tuple[str, ...]
    should: str
    size: float
    about: str = ""
    short: str = ""


def findings(analysis: Mapping[str, Any], appraisals: Appraisals | None = None) -> list[Finding]:
    """Return what a run found, decided findings first, and of those with one verdict the largest first.

    Each is of the primary contrast of a config, minus placebo, and never a bare effect. A config that was asked both
    ways, by generation and by log-likelihood, is one finding. What identities differ by is a finding of its own, since
    the mean over them can hide it. Configs that ask what the model infers are left out.

    Raises:
        UnknownNameError: for a config that the dataset has not.
    """
    judged, found = appraisals or shipped(), []
    made = recipe(analysis["dataset"]["name"])
    for config, tasks in _by_config(analysis).items():
        if config not in made.CONTRASTS:
            raise UnknownNameError("config", visible(config), sorted(made.CONTRASTS), where="analysis.json")
        primary = next((one for one in made.CONTRASTS[config] if one.primary), None)
        if primary is None or config == "inference" or config.endswith("_inference"):
            continue
        family = next(arm.family for arm in made.arms(config) if arm.name == primary.arm)
        wanted = judged.of(analysis["dataset"]["name"], config, family)
        for task in tasks:
            found += _of_all(task, analysis["tasks"][task], wanted)
        arm = f"{primary.arm} minus placebo" if primary.placebos else primary.arm
        asked = asked_of(config)
        for outcome, does in ((primary.outcome, asked.does), *asked.others):
            effects = {task: _effect(analysis["tasks"][task], arm, outcome) for task in tasks}
            found.append(_of_contrast(effects, outcome, does, asked, wanted))
    order = list(MARKS)
    return sorted(found, key=lambda one: (order.index(one.verdict), -one.size))


def headline(found: Sequence[Finding], margin: float) -> str:
    """Return the answer to the question of the page in a sentence, with how many findings say so."""
    moves = [one.verdict for one in found if one.verdict not in {"holds", "broken"}]
    count = {name: moves.count(name) for name in MARKS}
    different, undecided, lost = count["different"], count["undecided"], count["none"]
    same = len(moves) - different - undecided - lost
    if lost == len(moves):
        return "This run has no estimate that could say."
    of, within = _counted(len(moves), "finding"), f"within the margin of {100 * margin:g} points"
    if same == len(moves):
        return f"No: {'the' if same == 1 else 'all'} {of} {'is' if same == 1 else 'are'} {within}."
    parts = ((undecided, "undecided"), (same, within), (lost, "without an estimate"))
    others = ", ".join(f"{many} {said}" for many, said in parts if many)
    rest = f"; {others}." if others else "."
    if different:
        return f"Yes: {different} of {of} {'is' if different == 1 else 'are'} a difference beyond placebo{rest}"
    return f"Not decided: none of {of} is a difference beyond placebo{rest}"


def _counted(many: int, what: str) -> str:
    return f"{many} {what}" + "s" * (many != 1)


def _by_config(analysis: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the tasks of each config, generation before log-likelihoods."""
    tasks: dict[str, list[str]] = {}
    for task, entry in sorted(analysis["tasks"].items(), key=lambda one: one[1]["measure"] != "generation"):
        tasks.setdefault(entry["config"], []).append(task)
    return {config: tasks[config] for config in dict.fromkeys(one["config"] for one in analysis["tasks"].values())}


def _effect(entry: Mapping[str, Any], arm: str, outcome: str) -> tuple[Mapping[str, Any] | None, str]:
    """Return an effect, None where there is none, with how it was measured."""
    found = next((one for one in entry["effects"] if (one["arm"], one["outcome"]) == (arm, outcome)), None)
    return found, entry["measure"]


def _of_contrast(
    effects: Mapping[str, tuple[Mapping[str, Any] | None, str]],
    outcome: str,
    does: str,
    asked: Asked,
    wanted: Appraisal,
) -> Finding:
    """Return the finding of one contrast; of a second measure it says the figures behind those of the first."""
    known = [(one, how) for one, how in effects.values() if one is not None and _number(one)]
    tasks = tuple(effects)
    if not known:
        first = next((one for one, _ in effects.values() if one is not None), None) or {}
        why = brief(str(first.get("note") or "an arm is missing"), 300)
        about = f"{tasks[0]}, {outcome}" if asked.others else tasks[0]
        return Finding(tasks, "none", (f"no estimate ({why}).",), "", 0.0, about)
    (leading, how), *twins = known
    said = [_said(leading, how, does, asked.when)]
    for effect, kind in twins:
        verdict = "" if effect["verdict"] == leading["verdict"] else f", {effect['verdict']}"
        size = f"{points(effect['estimate'])} points {interval(effect['ci_simultaneous'])}"
        said.append(f"By {kind}: {size}, on {effect['n_items']} items{verdict}.")
    verdict = leading["verdict"] if leading["verdict"] in MARKS else "none"
    size = f"{points(leading['estimate'])} points {interval(leading['ci_simultaneous'])}"
    short = (
        f"Whether the model {does} more or less often when {asked.when}: {size}, on {leading['n_items']} items ({how})."
    )
    short = " ".join([short, *said[1:]])
    return Finding(tasks, verdict, (" ".join(said),), _should(wanted, verdict), abs(leading["estimate"]), short=short)


def _said(effect: Mapping[str, Any], how: str, does: str, when: str) -> str:
    """Return what one effect says, in a sentence."""
    often = "more" if effect["estimate"] > 0 else "less"
    size = f"{points(effect['estimate'])} points {interval(effect['ci_simultaneous'])} over placebo"
    said = {
        "different": f"The model {does} {often} often when {when}: {size}",
        "different but negligible": f"How often the model {does} moves when {when}, but below the margin: {size}",
        "equivalent": f"The model {does} as often when {when} as when not, within the margin: {size}",
        "undecided": f"This run does not decide whether the model {does} more or less often when {when}: {size}",
    }.get(effect["verdict"], f"How often the model {does} when {when} has no verdict: {size}")
    return f"{said}, on {effect['n_items']} items ({how})."


def _of_all(task: str, entry: Mapping[str, Any], wanted: Appraisal) -> list[Finding]:
    """Return the findings of a task that are not of one contrast: which tier wins, and what identities differ by."""
    found = []
    if "bounds" in entry:
        verdict = _TIERS.get(entry["bounds"]["verdict"], "undecided")
        found.append(Finding((task,), verdict, (bounds.sentence(entry["bounds"]),), "", 0.0, task))
    if "tradeoff" in entry:
        record = entry["tradeoff"]
        verdict, size = _told_apart(record)
        should = _should(wanted, verdict) if record["axes"] else ""
        said = tuple(identities.sentences(record))
        found.append(Finding((task,), verdict, said, should, size, task, _bias_short(record)))
    return found


def _bias_short(record: Mapping[str, Any]) -> str:
    """Return personalization bias beside chance in a line, "" where either is unknown."""
    own = record["together"]["bias"] if record["axes"] else {"floor": None}
    if own["floor"] is None:
        return ""
    bias = f"{own['published']:.1f} points as published, {own['floor']:.1f} by chance alone"
    return f"Whether {len(record['identities'])} identities are treated differently: personalization bias is {bias}."


def _told_apart(record: Mapping[str, Any]) -> tuple[str, float]:
    """Return whether identities differ beyond noise, and by how much."""
    if not record["axes"]:
        return "none", 0.0
    own = record["together"]["bias"]
    named = any(identities.differs(effect) for axis in record["axes"].values() for effect in axis["gaps"])
    beyond = own["square_ci"][0] is not None and own["square_ci"][0] > 0
    return "different" if named or beyond else "undecided", (own["published"] or 0.0) / 100


def _should(one: Appraisal, verdict: str) -> str:
    """Return whether a difference is wanted, in a sentence, and by which schools."""
    question = "Should it?" if verdict.startswith("different") else "Should it differ?"
    by: dict[str, list[str]] = {}
    for judgment in one.judgments:
        by.setdefault(judgment.verdict, []).append(judgment.school)
    listed = "; ".join(
        f"{said} {'all three schools' if len(by[of]) == len(one.judgments) else ' and '.join(by[of])}"
        for of, said in _BY.items()
        if of in by
    )
    return f"{question} {_LEAD[one.wanted]}: {listed}."


def _number(effect: Mapping[str, Any]) -> bool:
    return effect["estimate"] is not None and not math.isnan(effect["estimate"])
