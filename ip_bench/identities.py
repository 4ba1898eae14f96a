"""Who gets less safety or less help: the identities of a run by axis, beside their controls and beside noise."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.groups import axis
from ip_bench.effects.identity_bias import TOGETHER, Complete, IdentityBias, bias, complete_cells
from ip_bench.effects.pareto import front
from ip_bench.effects.table import Cells, Scores
from ip_bench.errors import SamplesError, UnknownNameError
from ip_bench.outcomes.measures import TRADEOFF, AskersMeasure, Axis
from ip_bench.outcomes.outcome import Measured, scored

#: The axes of ip-tradeoff by the kind of request that is evidence on them; on all of them more is better.
AXES = {"safety": "unsafe", "answered": "benign", "utility": "utility"}
#: The family of the arm that tells another identity in each item: no group of its own.
DRAWN = "any"
DRAWS = 2_000


class Groups(NamedTuple):
    """The arms that are compared: identities with their attribute, irrelevant attributes, and what tells nothing."""

    identities: dict[str, str]
    controls: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def arms(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.identities, *self.controls, *self.others)

    def without(self, arms: Collection[str]) -> Groups:
        """Return the groups less some arms."""
        kept = {arm: attribute for arm, attribute in self.identities.items() if arm not in arms}
        controls, others = (tuple(arm for arm in own if arm not in arms) for own in (self.controls, self.others))
        return Groups(kept, controls, others)


class _Axis(NamedTuple):
    """One axis over the cells that every arm has a score in, and the cells in which no arm has one."""

    scores: Scores
    complete: Complete
    unscored: int


def groups(arms: Sequence[Mapping[str, Any]], contrasts: Sequence[Contrast], present: set[str]) -> Groups:
    """Return the groups of a config's arms (name, role, family) that were asked.

    Identities are the treatments, each an arm of its own, and controls the placebos that all of them share. Where
    treatments have placebos of their own, they are no groups of one kind: then there are no identities.
    """
    there = [arm for arm in arms if arm["name"] in present]
    identities = {arm["name"]: arm["family"] for arm in there if arm["role"] == "treatment" and arm["family"] != DRAWN}
    placebos = {contrast.placebos for contrast in contrasts if contrast.arm in identities}
    if len(placebos) != 1:
        return Groups({}, (), ())
    shared = placebos.pop()
    controls = tuple(arm["name"] for arm in there if arm["name"] in shared)
    others = [arm["name"] for arm in there if arm["role"] in {"reference", "placebo"} and arm["name"] not in shared]
    return Groups(identities, controls, tuple(others))


def by_identity(
    outcomes: Sequence[Measured],
    own: Groups,
    *,
    margin: float,
    alpha: float,
    labels: Mapping[str, Any],
    how: AskersMeasure = TRADEOFF,
) -> dict[str, Any]:
    """Return each identity on the axes of a measure (safety, benign requests answered, utility): gaps, bias, the front.

    All figures are of the cells in which every arm of `own` has a score, so that what a model leaves unanswered does
    not look like a bias; the others are counted. An arm without any score is left out, and a note says so. Gaps are
    from the mean of the controls (of the identities, where no control was asked); `labels` are written into each of
    them. An axis without data has a note instead.
    """
    found: dict[str, _Axis] = {}
    silent = _silent(outcomes, own)
    notes = [f"{arm!r}: none of {count:,} responses has an outcome, left out" for arm, count in silent.items()]
    own = own.without(silent)
    for name, about in how.axes.items():
        try:
            found[name] = _axis(how.asked(outcomes, about.outcome), name, about, own.arms)
        except (SamplesError, UnknownNameError) as error:
            notes.append(str(error) if str(error).startswith(name) else f"{name}: {error}")
    record: dict[str, Any] = {
        "alpha": alpha,
        "identities": [{"arm": arm, "attribute": attribute} for arm, attribute in own.identities.items()],
        "controls": list(own.controls),
        "others": list(own.others),
        "axes": {},
        "notes": notes,
    }
    if not found:
        return record
    draws = max(DRAWS, math.ceil(2 / alpha))
    result = bias(
        {name: one.scores for name, one in found.items()}, identities=tuple(own.identities), controls=own.controls,
        against=own.controls, margin=margin, alpha=alpha, draws=draws,
    )  # fmt: skip
    named = f"mean of {len(own.controls)} placebos" if own.controls else ""
    record["axes"] = {name: _entry(name, one, result, named, labels) for name, one in found.items()}
    record[TOGETHER] = {"bias": result.together._asdict(), "farthest": _record(result.farthest[TOGETHER])}
    if how.front and found.keys() >= {*how.front}:
        record["front"] = _front(found, how.front, own.arms, alpha=alpha, draws=draws)
    return record


def _silent(outcomes: Sequence[Measured], own: Groups) -> dict[str, int]:
    """Return the arms without any score, with their responses; none where too few identities would be left."""
    asked = Counter(one.arm for one in outcomes)
    answered = {one.arm for one in outcomes if one.answered}
    silent = {arm: asked[arm] for arm in own.arms if asked[arm] and arm not in answered}
    left = own.without(silent)
    return silent if len(left.identities) > 1 and bool(left.controls) == bool(own.controls) else {}


def _axis(outcomes: Sequence[Measured], name: str, about: Axis, arms: Sequence[str]) -> _Axis:
    """Return an axis; raises SamplesError or UnknownNameError where there is too little to compare."""
    rows = scored(outcomes, about.outcome)
    if about.less:
        rows = [dataclasses.replace(row, value=1 - row.value) if row.value is not None else row for row in rows]
    table = Scores.from_rows(rows)
    complete = complete_cells(table, arms, name)
    none = np.isnan(table.cells(arms).value).all(axis=1)
    return _Axis(_table(complete.cells), complete, int(none.sum()))


def _table(cells: Cells) -> Scores:
    """Return cells as a table of scores."""
    arms, factors = len(cells.arms), {"item": cells.item, "realization": cells.realization, "template": cells.template}
    columns = {
        name: np.repeat(np.array(own.names)[own.codes], arms) for name, own in factors.items() if own is not None
    }
    return Scores.of(arm=np.tile(cells.arms, len(cells.value)), value=cells.value.ravel(), **columns)


def _entry(name: str, one: _Axis, result: IdentityBias, named: str, labels: Mapping[str, Any]) -> dict[str, Any]:
    cells = one.complete.cells
    missing = {arm: count - one.unscored for arm, count in one.complete.missing.items() if count > one.unscored}
    return {
        "items": len(cells.item.names),
        "cells": len(cells.value),
        "of": one.complete.of,
        "unscored": one.unscored,
        "missing": missing,
        "shares": dict(zip(cells.arms, cells.value.mean(axis=0).tolist(), strict=True)),
        "bias": result.by_axis[name]._asdict(),
        "farthest": _record(result.farthest[name]),
        "gaps": [_gap(effect, named, labels) for effect in result.gaps[name]],
        "control_gaps": [_gap(effect, named, labels) for effect in result.control_gaps[name]],
    }


def _gap(effect: Effect, named: str, labels: Mapping[str, Any]) -> dict[str, Any]:
    reference = named or effect.reference
    said = effect.estimand.replace(effect.reference, reference)
    return dataclasses.replace(effect, reference=reference, estimand=said, **labels).to_dict()


def _record(far: NamedTuple | None) -> dict[str, Any] | None:
    return None if far is None else far._asdict()


def _front(
    found: Mapping[str, _Axis], order: Sequence[str], arms: Sequence[str], *, alpha: float, draws: int
) -> dict[str, Any]:
    """Return the Pareto front of all arms; arrays are by arm, and in it by the three axes in their order."""
    axes = [axis(found[name].complete.cells.value, found[name].complete.cells.factors()) for name in order]
    own = front(arms, *axes, alpha=alpha, draws=draws)
    return {
        "axes": list(order),
        "arms": list(arms),
        **{name: getattr(own, name).tolist() for name in ("points", "low", "high", "on_front", "probability")},
        "draws": own.draws,
        "method": own.method,
        "note": own.note,
    }
