"""An analysis as flat rows, one an effect or one an arm: the same columns in every format and frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ip_bench.differences import finding_arms
from ip_bench.errors import UnknownNameError
from ip_bench.files import nan_to_none
from ip_bench.release.recipes import recipe
from ip_bench.report.words import arm_name, contrast_name

#: Where an effect stands in an analysis: declared contrasts; the same per character, of log-likelihoods; each
#: identity's gap; backgrounds named while thinking; declared contrasts with the judge's errors carried.
PARTS = ("declared", "normalized", "identities", "mentions", "judge error")
ALL = "all"
#: The columns of an effect. Estimates, errors, intervals and margin are in units of the outcome: 0.03 is three points.
EFFECT_COLUMNS: dict[str, type] = {
    "task": str, "contrast": str, "outcome": str, "estimate": float, "ci_simultaneous_low": float,
    "ci_simultaneous_high": float, "p_adjusted": float, "verdict": str, "n_items": int, "config": str, "measure": str,
    "part": str, "arm": str, "reference": str, "se": float, "df": float, "ci_low": float, "ci_high": float,
    "alpha": float, "p": float, "margin": float, "n_realizations": int, "n_rows": int, "n_missing": int,
    "method": str, "estimand": str, "note": str, "model": str, "dataset_hash": str,
}  # fmt: skip
#: The columns of an arm's outcome; `kinds` is how its responses were read, with counts, as text.
ARM_COLUMNS: dict[str, type] = {
    "task": str, "config": str, "measure": str, "arm": str, "name": str, "role": str, "outcome": str, "mean": float,
    "rows": int, "kinds": str, "thinking_rows": int, "thinking_chars_mean": int,
}  # fmt: skip


def effect_rows(analysis: Mapping[str, Any], part: str = ALL) -> list[dict[str, Any]]:
    """Return a row an effect, with the keys of `EFFECT_COLUMNS`, of one of `PARTS` or of "all"; None where no number.

    Raises:
        UnknownNameError: for another part.
    """
    if part not in (*PARTS, ALL):
        raise UnknownNameError("part", part, (*PARTS, ALL))
    return [
        effect_row(effect, task=task, config=entry["config"], measure=entry["measure"], part=name)
        for task, entry in analysis["tasks"].items()
        for name, effect in _effects(entry)
        if part in (name, ALL)
    ]


def effect_row(
    effect: Mapping[str, Any], *, task: str = "", config: str = "", measure: str = "", part: str = PARTS[0]
) -> dict[str, Any]:
    """Return one effect record as a row; ends of intervals are columns, what is missing is summed over arms."""
    contrast = contrast_name(effect, config) if config else f"{effect['arm']} against {effect['reference']}"
    found = {"task": task, "config": config, "measure": measure, "part": part, "contrast": contrast, **effect}
    for name in ("ci", "ci_simultaneous"):
        found[f"{name}_low"], found[f"{name}_high"] = effect[name]
    found["n_missing"] = sum(effect["n_missing_by_arm"].values())
    return {name: nan_to_none(found[name]) for name in EFFECT_COLUMNS}


def arm_rows(analysis: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row an arm and outcome, with the keys of `ARM_COLUMNS`."""
    return [
        {
            "task": task, "config": entry["config"], "measure": entry["measure"], "arm": arm["arm"],
            "name": arm_name(arm["arm"], entry["config"]), "role": arm["role"], "outcome": outcome, "mean": mean,
            "rows": arm["rows"], "kinds": said_kinds(arm["kinds"]), "thinking_rows": arm["thinking_rows"],
            "thinking_chars_mean": arm["thinking_chars_mean"],
        }
        for task, entry in analysis["tasks"].items()
        for arm in entry["arms"]
        for outcome, mean in arm["means"].items()
    ]  # fmt: skip


def said_kinds(kinds: Mapping[str, int]) -> str:
    """Return counts by kind in words: "choice 790, unparsed 10"."""
    return ", ".join(f"{kind} {count}" for kind, count in kinds.items())


def _effects(entry: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the effects of a task, each with its part."""
    gaps = [
        effect
        for axis in entry.get("tradeoff", {}).get("axes", {}).values()
        for effect in (*axis["gaps"], *axis["control_gaps"])
    ]
    found = (
        entry["effects"], entry.get("effects_normalized", ()), gaps, entry.get("mentions", {}).get("effects", ()),
        entry.get("judge_error", ()),
    )  # fmt: skip
    for part, effects in zip(PARTS, found, strict=True):
        for effect in effects:
            yield part, effect


def finding_rows(analysis: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the effects that answer the question, by task and outcome: primary contrasts, minus placebo.

    Tasks of generation come first.
    """
    made = recipe(analysis["dataset"]["name"])
    found = []
    for task, entry in sorted(analysis["tasks"].items(), key=lambda one: one[1]["measure"] != "generation"):
        leading = finding_arms(made.CONTRASTS[entry["config"]])
        effects = [effect for effect in entry["effects"] if effect["arm"] in leading]
        several = len({effect["outcome"] for effect in effects}) > 1
        found += [(f"{task}, {effect['outcome']}" if several else task, effect) for effect in effects]
    return found
