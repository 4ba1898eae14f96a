"""How the effects of two runs on the same rows differ: each declared contrast as an effect on paired differences.

The difference of two effects is the effect on the difference of the scores, cell by cell, so what the runs share (how
hard an item is, what a wording does to any model) cancels, and clusters, limits and verdicts are those of any effect.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.family import adjust
from ip_bench.effects.opinion import DISTANCE, opinion_effect, weighed_contrasts
from ip_bench.effects.opinion_table import tabled
from ip_bench.effects.paired import combine, paired_effect
from ip_bench.effects.table import Scores
from ip_bench.outcomes.measures import Measure, Member, OpinionMeasure, contrast_members
from ip_bench.outcomes.opinion import OpinionOutcome
from ip_bench.outcomes.outcome import Measured, scored


class Named(NamedTuple):
    """A run's outcomes of a task under the name by which the run is called."""

    name: str
    outcomes: Sequence[Measured]


def differences(
    how: Measure,
    baseline: Named,
    others: Sequence[Named],
    contrasts: Sequence[Contrast],
    *,
    margin: float,
    alpha: float,
) -> dict[str, list[Effect]]:
    """Return, by run, every declared contrast (and minus placebo, and of these) less the same of the baseline.

    The finding of each family, its primary contrast minus placebo, is adjusted over the runs alone; all other contrasts
    are a family of their own, over contrasts and runs (Holm, with simultaneous intervals): controls are looked at
    beside the finding, and must not widen it. A row counts where both runs have an outcome. Of questions without a
    right answer, a distance is compared only minus placebo: it is above 0 by noise, of which one run may have more.

    Raises:
        SamplesError: for rows that make no table, or a score that is no finite number.
    """
    found: dict[str, list[Effect]] = {one.name: [] for one in others}
    leading = finding_arms(contrasts)
    for family in how.families(contrasts):
        members = [(one.name, member) for one in others for member in _members(how, baseline, one, family)]
        arms = [member(margin=margin, alpha=alpha, family=1).arm for _, member in members]
        for first in (True, False):
            asked = [member for member, arm in zip(members, arms, strict=True) if (arm in leading) is first]
            made = [member(margin=margin, alpha=alpha, family=len(asked)) for _, member in asked]
            for (name, _), effect in zip(asked, adjust(made), strict=True):
                found[name].append(_named(effect, name, baseline.name))
    return found


def finding_arms(contrasts: Sequence[Contrast]) -> frozenset[str]:
    """Return the arms of the effects that answer the question: of primary contrasts, minus placebo where they have any.

    Further outcomes of such an arm belong to the answer, too.
    """
    primary = {one.arm for one in contrasts if one.primary}
    return frozenset(f"{one.arm} minus placebo" if one.placebos else one.arm for one in contrasts if one.arm in primary)


def levels(
    how: Measure,
    baseline: Named,
    others: Sequence[Named],
    outcomes: Sequence[str],
    arm: str,
    *,
    margin: float,
    alpha: float,
) -> dict[str, list[Effect]]:
    """Return, by run, how the mean of each outcome in one arm differs from the baseline's; adjusted for each other.

    It says whether the models differ where no cue is. Outcomes that are measured in shares of a run's own mean, and
    distances, have no level.
    """
    if isinstance(how, OpinionMeasure):
        return {one.name: [] for one in others}
    asked = [(one, outcome) for one in others for outcome in outcomes if outcome not in how.relative]
    made = []
    for one, outcome in asked:
        scores, largest = _difference(how, baseline, one, outcome)
        words = f"mean of {outcome} in arm {arm}: {one.name} minus {baseline.name}"
        contrast = Contrast(one.name, baseline.name, outcome, words)
        pairs = combine(scores, {arm: 1.0})
        made.append(paired_effect(pairs, contrast, margin=margin, alpha=alpha, largest=largest / 2, family=len(asked)))
    found: dict[str, list[Effect]] = {one.name: [] for one in others}
    for (one, _), effect in zip(asked, adjust(made), strict=True):
        found[one.name].append(dataclasses.replace(effect, model=_less(one.name, baseline.name)))
    return found


def _members(how: Measure, baseline: Named, other: Named, family: Sequence[Contrast]) -> list[Member]:
    if isinstance(how, OpinionMeasure):
        return _opinion_members(baseline, other, family)
    rows = {name: _difference(how, baseline, other, name) for name in dict.fromkeys(one.outcome for one in family)}
    return contrast_members(rows, _present(baseline, other), family)


def _present(baseline: Named, other: Named) -> set[str]:
    return {one.arm for one in baseline.outcomes} & {one.arm for one in other.outcomes}


def _difference(how: Measure, baseline: Named, other: Named, outcome: str) -> tuple[Scores, float]:
    """Return the scores of a run less those of the baseline, row by row, and the largest difference of two of them."""
    asked = [{one.row_id: one for one in how.asked(own.outcomes, outcome)} for own in (baseline, other)]
    rows = sorted(asked[0].keys() & asked[1].keys())
    (first, least), (last, most) = (
        how.scaled(Scores.from_rows(scored([own[row] for row in rows], outcome)), outcome) for own in asked
    )
    return dataclasses.replace(first, value=last.value - first.value), least + most


def _opinion_members(baseline: Named, other: Named, family: Sequence[Contrast]) -> list[Member]:
    """Return the differences of distances: both runs' answers as arms of one table, so that cells are complete."""

    def arm(name: str, run: Named) -> str:
        return f"{name} ({run.name})"

    table = tabled(
        [
            one.to_answer()._replace(arm=arm(one.arm, run))
            for run in (baseline, other)
            for one in run.outcomes
            if isinstance(one, OpinionOutcome)
        ]
    )
    found: list[Member] = []
    for weights, contrast in weighed_contrasts(family, sorted(_present(baseline, other))):
        if contrast.outcome == DISTANCE and min(weights.values()) > 0:
            continue
        both: Mapping[tuple[str, str], float] = {
            (arm(one, run), arm(two, run)): sign * weight
            for sign, run in ((1, other), (-1, baseline))
            for (one, two), weight in weights.items()
        }
        found.append(partial(opinion_effect, table, both, contrast))
    return found


def _less(name: str, baseline: str) -> str:
    return f"{name} minus {baseline}"


def _named(effect: Effect, name: str, baseline: str) -> Effect:
    estimand = f"[{effect.estimand}] in {name}, minus the same in {baseline}"
    return dataclasses.replace(effect, estimand=estimand, model=_less(name, baseline))
