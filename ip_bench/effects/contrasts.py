"""Every contrast of a table of scores, adjusted as one family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ip_bench.design import Contrast
from ip_bench.effects.adjusted import placebo_adjusted, pooled_placebo
from ip_bench.effects.effect import Effect
from ip_bench.effects.family import adjust, adjust_max_t
from ip_bench.effects.nested import by_item, own_realizations
from ip_bench.effects.paired import pair, paired_effect
from ip_bench.effects.table import Cells, Scores
from ip_bench.errors import IpBenchError, UnknownNameError

FAMILIES = ("holm", "max-t")
USUAL_REFERENCES = ("reference", "control", "baseline")


def reference_arm(arms: Sequence[str], named: str | None = None) -> str:
    """Return the arm to compare with: the one named, or the only one that goes by a usual name.

    Raises:
        UnknownNameError: for a name that is no arm.
        IpBenchError: with a single arm, or where none is named and none or several go by a usual name.
    """
    if len(arms) < 2:
        raise IpBenchError(f"the table has one arm, {arms[0]!r}; a contrast needs two")
    if named is not None:
        if named not in arms:
            raise UnknownNameError("arm", named, arms)
        return named
    usual = [arm for arm in arms if arm.lower() in USUAL_REFERENCES]
    if len(usual) != 1:
        raise IpBenchError(f"name the reference arm (--reference); arms are: {', '.join(arms)}")
    return usual[0]


def every_contrast(
    scores: Scores,
    *,
    outcome: str,
    reference: str | None = None,
    placebos: Sequence[str] = (),
    margin: float,
    alpha: float = 0.05,
    family: str = "holm",
) -> list[Effect]:
    """Return each arm minus the reference, the pooled placebo, and each arm minus placebo, as one family.

    Arms whose realizations are the reference's too are paired by cell, others by item; an effect's method says which.
    Placebos that do not share the reference's realizations are compared, but not subtracted, and a note says so.

    Raises:
        UnknownNameError: for a reference or placebo that is no arm.
        SamplesError: when an arm has two rows in one cell.
    """
    arms = scores.arm.names
    reference = reference_arm(arms, reference)
    for placebo in placebos:
        if placebo not in arms or placebo == reference:
            raise UnknownNameError("placebo arm", placebo, [arm for arm in arms if arm != reference])
    contrasts = [
        Contrast(arm, reference, outcome, f"mean of {outcome}: {arm} minus {reference}")
        for arm in sorted(arms, key=lambda arm: (arm in placebos, arm))
        if arm != reference
    ]
    nested = {contrast.arm for contrast in contrasts if own_realizations(scores, contrast)}
    matched = not nested & set(placebos)
    pooled = dict.fromkeys(placebos, -1 / len(placebos)) if placebos else {}
    shared = scores.cells([reference, *(one.arm for one in contrasts if one.arm not in nested)])
    members: list[Callable[..., Effect]] = []
    weights: list[dict[str, float]] = []
    for contrast in contrasts:
        if contrast.arm in nested:
            members.append(partial(_alone, scores, contrast))
            continue
        members.append(partial(paired_effect, pair(shared, contrast), contrast))
        weights.append({contrast.arm: 1.0, reference: -1.0})
        if placebos and matched and contrast.arm not in placebos:
            members.append(partial(placebo_adjusted, shared, contrast, placebos, reference))
            weights.append({contrast.arm: 1.0, reference: 0.0} | pooled)
    if placebos and matched:
        members.append(partial(pooled_placebo, shared, placebos, reference, outcome))
        weights.append({arm: -share for arm, share in pooled.items()} | {reference: -1.0})
    effects = [effect(margin=margin, alpha=alpha, family=len(members)) for effect in members]
    if family == "holm":
        return adjust(effects)
    if nested:
        raise IpBenchError(
            f"max-t needs arms that share their realizations; {', '.join(sorted(nested))} have their own"
        )
    return adjust_max_t(effects, np.column_stack([_influence(shared, own) for own in weights]), shared.factors())


def _influence(cells: Cells, weights: dict[str, float]) -> NDArray[np.float64]:
    """Return what each cell adds to the error of the mean of a weighted sum of arms; 0 where an arm has no value."""
    value = cells.value[:, [cells.arms.index(arm) for arm in weights]] @ np.array(list(weights.values()))
    complete = ~np.isnan(value)
    return np.where(complete, value - value[complete].mean(), 0.0) / max(1, int(complete.sum()))


def _alone(scores: Scores, contrast: Contrast, *, margin: float, alpha: float, family: int) -> Effect:
    del family  # a t interval: `adjust` widens it
    return by_item(scores, contrast, margin=margin, alpha=alpha)
