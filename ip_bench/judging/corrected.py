"""Effects on verdicts with the judge's error, as an audit measured it, in estimate and interval."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ip_bench.design import Contrast
from ip_bench.effects.adjusted import placebo_adjusted
from ip_bench.effects.calibrated import Calibration, calibrated_difference, calibrated_effect, labels_of
from ip_bench.effects.effect import Effect
from ip_bench.effects.family import adjust
from ip_bench.effects.judges import FEW_OF_CLASS, Judged
from ip_bench.effects.paired import nan_effect, pair, paired_effect
from ip_bench.effects.table import Cells, Scored, Scores, crossed
from ip_bench.errors import IpBenchError, SamplesError
from ip_bench.judging.judge_error import EVERY_ARM
from ip_bench.outcomes.refusal.calibration import model_family

RULES = "rules"


def corrected(
    rows: Iterable[Scored] | Scores,
    audit: Mapping[str, Any],
    contrasts: Sequence[Contrast],
    *,
    model: str,
    margin: float,
    alpha: float = 0.05,
    judge: str = RULES,
    groups: Mapping[str, str] | None = None,
) -> list[Effect]:
    """Return contrasts of refusals, plain and minus placebo, corrected for the judge's error and for each other.

    `rows` hold one model's verdicts on one outcome: 1 for a refusal, None where there is no verdict. `audit` is the
    record of `ip_bench.judging.audit` of the same judge. An arm is calibrated on the labeled rows of its model family
    and of its group (`groups` names it, else the arm's own name) where all arms of a contrast have such labels; else on
    all labeled rows of the family, which takes the judge to err alike in all arms, and the note says so. NaN, with the
    cause, where the family or a class has too few labels, or the verdicts say too little about them.

    Raises:
        IpBenchError: where the audit is of another judge.
        SamplesError: for contrasts of several outcomes, or verdicts other than 0 and 1.
    """
    if audit["judge"] != judge:
        raise IpBenchError(f"the audit is of the judge {audit['judge']!r}, the verdicts are of {judge!r}")
    if len(outcomes := {one.outcome for one in contrasts}) > 1:
        raise SamplesError(f"contrasts are of {', '.join(sorted(outcomes))}; rows have the verdicts of one outcome")
    scores = rows if isinstance(rows, Scores) else Scores.from_rows(rows)
    known = scores.value[~np.isnan(scores.value)]
    if other := int(((known != 0) & (known != 1)).sum()):
        raise SamplesError(f"{other} of {len(known)} verdicts are neither 0 nor 1; a refusal is yes or no")
    cells = scores.cells()
    members: list[Callable[..., Effect]] = []
    for contrast in contrasts:
        members.append(partial(_plain, scores, cells, contrast, audit, model, groups or {}))
        if placebos := [arm for arm in contrast.placebos if arm in scores.arm.names]:
            members.append(partial(_minus_placebo, cells, contrast, placebos, audit, model, groups or {}))
    effects = adjust([member(margin=margin, alpha=alpha, family=len(members)) for member in members])
    return [dataclasses.replace(effect, model=model) for effect in effects]


def calibration_of(
    audit: Mapping[str, Any], model: str, arms: Sequence[str], groups: Mapping[str, str] | None = None
) -> list[Calibration] | str:
    """Return the calibration of each arm, or why there is none; see `corrected`."""
    family = model_family(model)
    entries = {one["arm"]: one for one in audit["judge_error"] if one["family"] == family}
    if not entries:
        known = sorted({one["family"] for one in audit["judge_error"]})
        return f"no labeled row of the model family {family} in the audit (families: {', '.join(known)})"
    own = [entries.get((groups or {}).get(arm, arm)) for arm in arms]
    kept = [one for one in own if one is not None and one["arm"] != EVERY_ARM and not _too_few(one)]
    if len(kept) == len(arms):
        return [_calibration(one) for one in kept]
    every = entries[EVERY_ARM]
    return _too_few(every) or [_calibration(every)] * len(arms)


def _plain(
    scores: Scores,
    cells: Cells,
    contrast: Contrast,
    audit: Mapping[str, Any],
    model: str,
    groups: Mapping[str, str],
    **levels: Any,
) -> Effect:
    arms = (contrast.arm, contrast.reference)
    raw = partial(paired_effect, pair(cells, contrast), contrast)
    found = calibration_of(audit, model, arms, groups)
    if isinstance(found, str):
        return _refused(raw(**levels), found)
    if found[0] == found[1]:
        return calibrated_effect(raw, found[0], **levels)
    if lost := [arm for arm in arms if arm not in scores.arm.names]:
        return _refused(raw(**levels), f"no row of {', '.join(lost)}")
    treated, control = _judged(scores, arms)
    return calibrated_difference(treated, control, contrast, (found[0], found[1]), **levels)


def _minus_placebo(
    cells: Cells,
    contrast: Contrast,
    placebos: Sequence[str],
    audit: Mapping[str, Any],
    model: str,
    groups: Mapping[str, str],
    **levels: Any,
) -> Effect:
    raw = partial(placebo_adjusted, cells, contrast, placebos, contrast.placebo_reference)
    arms = dict.fromkeys((contrast.arm, contrast.reference, *placebos, contrast.placebo_reference))
    found = calibration_of(audit, model, tuple(arms), groups)
    if isinstance(found, str):
        return _refused(raw(**levels), found)
    if len(set(found)) > 1:
        cause = "arms have labels of groups of their own; minus placebo is corrected with one calibration of all arms"
        return _refused(raw(**levels), cause)
    return calibrated_effect(raw, found[0], **levels)


def _refused(raw: Effect, cause: str) -> Effect:
    """Return an effect without numbers; what was counted stays."""
    return nan_effect(cause, **labels_of(raw))


def _judged(scores: Scores, arms: Sequence[str]) -> list[Judged]:
    """Return the verdicts of arms, clustered as a contrast of them is; labels are none."""
    factors = crossed(scores.item, scores.realization, scores.template)
    found = []
    for arm in arms:
        own = scores.arm.codes == scores.arm.names.index(arm)
        verdicts = scores.value[own]
        found.append(Judged.of(verdicts, np.full(len(verdicts), math.nan), factors=[one[own] for one in factors]))
    return found


def _too_few(entry: Mapping[str, Any]) -> str:
    """Return why labeled rows calibrate nothing, or nothing."""
    counts = {name: entry[name]["prompts"] for name in ("sensitivity", "specificity")}
    if min(counts.values()) >= FEW_OF_CLASS:
        return ""
    which = f"{entry['family']}{', ' + entry['arm'] if entry['arm'] else ''}"
    return (
        f"{counts['sensitivity']} prompts with labeled refusals and {counts['specificity']} with labeled compliances "
        f"of {which}; {FEW_OF_CLASS} or more of each are needed"
    )


def _calibration(entry: Mapping[str, Any]) -> Calibration:
    first, second = entry["sensitivity"], entry["specificity"]
    return Calibration(
        first["share"],
        1 - second["share"],
        (first["effective"], second["effective"]),
        (first["prompts"], second["prompts"]),
        entry["correlation"],
    )
