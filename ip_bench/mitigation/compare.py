"""What a mitigation does: bias removed and utility paid, against a baseline run on the same items."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ip_bench.design import Contrast
from ip_bench.effects.bias_change import BiasChange, bias_change
from ip_bench.effects.effect import Effect
from ip_bench.effects.family import adjust, holm
from ip_bench.effects.gaps import personalization_bias
from ip_bench.effects.groups import Axis, axis
from ip_bench.effects.identity_bias import TOGETHER, complete_cells
from ip_bench.effects.paired import combine, paired_effect
from ip_bench.effects.table import Cells, Scored, Scores
from ip_bench.errors import IpBenchError, SamplesError
from ip_bench.estimation import ALPHA, MARGIN, declared_contrasts
from ip_bench.identities import AXES, Groups, groups
from ip_bench.mitigation.conditions import Condition
from ip_bench.mitigation.runs import Rows, Run, axis_rows, reader
from ip_bench.outcomes.refusal.names import RULES, shown_name
from ip_bench.outcomes.samples import TaskOutcomes

REFERENCE, DRAWN = "reference", "any_identity"
#: Settings in which two runs that are compared should not differ.
_SETTINGS = ("model", "backend", "suite", "generation", "chat_template", "limit", "seeds")
_AFTER = " (mitigated)"


class _Merged(NamedTuple):
    """One axis of both runs: every row, and the cells that each group scored in both."""

    scores: Scores
    cells: Cells | None
    note: str


def compare(
    baseline: Path,
    mitigated: Sequence[Path],
    *,
    margin: float = MARGIN,
    alpha: float = ALPHA,
    without: Collection[str] = (),
    allow_code: bool = False,
    judge: str = RULES,
) -> dict[str, Any]:
    """Return the record (schema mitigation) of one or more mitigated runs beside a baseline, paired by item.

    By task and axis (safety, benign requests answered, utility; on all of them more is better): PB^2 without noise
    before and after with what was removed, the mean gap of identities, and what the mitigation costs where nothing is
    told of the asker. Rows of the templates in `without`, on which a model was tuned, are left out. Code in responses
    is run only with `allow_code`; `judge` names what tells refusals, the same for all runs.

    Raises:
        SamplesError: where a run cannot be analyzed.
        IpBenchError: for runs without a task in common, or none at all.
    """
    manifest, read = reader(allow_code=allow_code, judge=judge)
    if not mitigated:
        raise IpBenchError("nothing to compare with the baseline; name one mitigated run or more")
    first = read(baseline)
    runs = []
    for folder in mitigated:
        other = read(folder)
        common = [task for task in first.tasks if task in other.tasks and not first.tasks[task].samples.choice]
        if not common:
            raise IpBenchError(
                f"{folder.name} has no task of {baseline.name}: {', '.join(other.tasks)} and {', '.join(first.tasks)}"
            )
        tasks = {
            task: _task(first.tasks[task], other, manifest, margin=margin, alpha=alpha, without=without)
            for task in common
        }
        runs.append(_described(other) | {"differs": _differs(first, other), "tasks": tasks})
    _adjust(runs)
    return {
        "baseline": _described(first), "runs": runs, "margin": margin, "alpha": alpha, "without": sorted(without),
        "judge": shown_name(judge),
        "dataset": {"name": manifest["name"], "version": manifest["version"]},
    }  # fmt: skip


def _described(run: Run) -> dict[str, Any]:
    return {
        "model": str(run.record.get("model", "")),
        "model_args": dict(run.record.get("model_args", {})),
        "mitigation": run.record.get("mitigation"),
    }


def _differs(first: Run, other: Run) -> list[str]:
    return [name for name in _SETTINGS if first.record.get(name) != other.record.get(name)]


def _task(
    before: TaskOutcomes,
    run: Run,
    manifest: Mapping[str, Any],
    *,
    margin: float,
    alpha: float,
    without: Collection[str],
) -> dict[str, Any]:
    after = run.tasks[before.samples.task]
    config = manifest["configs"][before.samples.config]
    present = {one.arm for one in before.outcomes} & {one.arm for one in after.outcomes}
    own = groups(config["arms"], declared_contrasts(config, present), present)
    merged = {name: _merge(before, after, name, own, without) for name in AXES}
    entry: dict[str, Any] = {
        "config": before.samples.config,
        "identities": list(own.identities),
        "controls": list(own.controls),
        "answered": {"before": _answered(before), "after": _answered(after)},
        "axes": {},
    }
    pairs = {name: _axes(one.cells, own) for name, one in merged.items() if one.cells is not None}
    effects = {name: _effects(one.scores, own, name, margin=margin, alpha=alpha) for name, one in merged.items()}
    paid = adjust([found["paid"] for found in effects.values()])
    for (name, one), cost in zip(merged.items(), paid, strict=True):
        found = {what: effect.to_dict() for what, effect in (effects[name] | {"paid": cost}).items()}
        bias = _bias([pairs[name]], name, alpha) if name in pairs else None
        entry["axes"][name] = {"bias": bias, "note": one.note} | found
    entry[TOGETHER] = _bias([*pairs.values()], TOGETHER, alpha) if pairs else None
    entry["by_wording"] = _by_wording(run.condition, before.rows, merged, own, alpha)
    return entry


def _merge(before: TaskOutcomes, after: TaskOutcomes, name: str, own: Groups, without: Collection[str]) -> _Merged:
    rows = [row for row in axis_rows(before, name) if row.template not in without]
    rows += [_marked(row) for row in axis_rows(after, name) if row.template not in without]
    if not rows:
        raise SamplesError(f"{name}: no rows are left without the templates {', '.join(sorted(without))}")
    scores = Scores.from_rows(rows)
    if len(own.identities) < 2:
        return _Merged(scores, None, "the task has no arm of each identity: no bias over identities")
    arms = [*own.identities, *own.controls, REFERENCE]
    try:
        return _Merged(scores, complete_cells(scores, [*arms, *map(_name_after, arms)], name).cells, "")
    except SamplesError as error:
        return _Merged(scores, None, str(error))


def _marked(row: Scored) -> Scored:
    return dataclasses.replace(row, arm=_name_after(row.arm))


def _name_after(arm: str) -> str:
    return f"{arm}{_AFTER}"


def _axes(cells: Cells, own: Groups) -> tuple[Axis, Axis]:
    """Return the identities' scores before and after, in the same cells."""
    factors = cells.factors()
    first, last = ([cells.arms.index(name(arm)) for arm in own.identities] for name in (str, _name_after))
    return axis(cells.value[:, first], factors), axis(cells.value[:, last], factors)


def _bias(pairs: Sequence[tuple[Axis, Axis]], name: str, alpha: float) -> dict[str, Any]:
    draws = max(2_000, math.ceil(2 / alpha))
    first, last = ([pair[side] for pair in pairs] for side in (0, 1))
    found = {
        when: personalization_bias(own, alpha=alpha, draws=draws, seed=("mitigation", name, when))._asdict()
        for when, own in (("before", first), ("after", last))
    }
    return found | {"removed": _change(bias_change(first, last, alpha=alpha))}


def _change(found: BiasChange) -> dict[str, Any]:
    return {
        "estimate": found.removed, "se": found.se, "df": found.df, "ci": list(found.ci), "p": found.p,
        "p_adjusted": found.p, "items": list(found.items), "method": found.method, "note": found.note,
    }  # fmt: skip


def _effects(scores: Scores, own: Groups, name: str, *, margin: float, alpha: float) -> dict[str, Effect]:
    """Return the mean gap of identities before and after, its change, and what is paid: untold, and by identities."""
    told = tuple(own.identities) or (DRAWN,)
    against = own.controls or (REFERENCE,)
    who = f"mean of {len(told)} identities" if len(told) > 1 else told[0]
    whom = f"mean of {len(against)} irrelevant attributes" if own.controls else REFERENCE
    gap = dict.fromkeys(told, 1 / len(told)) | dict.fromkeys(against, -1 / len(against))
    later = {_name_after(arm): weight for arm, weight in gap.items()}
    change = later | {arm: -weight for arm, weight in gap.items()}
    paid = {_name_after(REFERENCE): 1.0, REFERENCE: -1.0}
    paid_told = {_name_after(arm): 1 / len(told) for arm in told} | dict.fromkeys(told, -1 / len(told))
    wanted = {
        "gap_before": (gap, who, whom, 1.0),
        "gap_after": (later, _name_after(who), _name_after(whom), 1.0),
        "gap_change": (change, f"gap of the {who}{_AFTER}", "gap without", 2.0),
        "paid": (paid, _name_after(REFERENCE), REFERENCE, 1.0),
        "paid_by_identities": (paid_told, _name_after(who), who, 1.0),
    }
    cells = scores.cells()
    return {
        what: paired_effect(
            combine(cells, weights), Contrast(arm, reference, name, f"mean of {name}: {arm} minus {reference}"),
            margin=margin, alpha=alpha, largest=largest, family=len(AXES) if what == "paid" else 1,
        )
        for what, (weights, arm, reference, largest) in wanted.items()
    }  # fmt: skip


def _by_wording(
    condition: Condition | None, rows: Rows, merged: Mapping[str, _Merged], own: Groups, alpha: float
) -> list[dict[str, Any]]:
    """Return what each wording of a mitigation removed, over all axes, on the items that met it."""
    if condition is None or condition.wording is not None or len(condition.mitigation.wordings) < 2:
        return []
    place = {row["item_id"]: condition.place(row) for row in rows.values()}
    found = []
    for number, text in enumerate(condition.mitigation.wordings):
        pairs = []
        for one in merged.values():
            if one.cells is None:
                continue
            met = np.array([place[name] == number for name in one.cells.item.names])[one.cells.item.codes]
            part = _at(one.cells, np.flatnonzero(met))
            if min(len(part.item.names), *(len(own.names) for own in (part.realization,) if own is not None)) > 1:
                pairs.append(_axes(part, own))
        if pairs:
            first, last = ([pair[side] for pair in pairs] for side in (0, 1))
            found.append({"wording": number + 1, "text": text} | _change(bias_change(first, last, alpha=alpha)))
    return found


def _at(cells: Cells, rows: Any) -> Cells:
    realization, template = (None if own is None else own.take(rows) for own in (cells.realization, cells.template))
    return Cells(cells.arms, cells.item.take(rows), realization, template, cells.value[rows], cells.asked[rows])


def _answered(found: TaskOutcomes) -> dict[str, Any]:
    """Return how many rows have an outcome, and why the others have none."""
    none = Counter(one.kind for one in found.outcomes if not one.answered)
    return {
        "rows": len(found.outcomes),
        "answered": len(found.outcomes) - none.total(),
        "none": dict(sorted(none.items())),
    }


def _adjust(runs: Sequence[dict[str, Any]]) -> None:
    """Adjust what was removed for the number of runs that are compared, by task and axis (Holm)."""
    changes: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for run in runs:
        for task, entry in run["tasks"].items():
            for name, bias in {
                **{own: one["bias"] for own, one in entry["axes"].items()},
                TOGETHER: entry[TOGETHER],
            }.items():
                if bias:
                    changes.setdefault((task, name), []).append(bias["removed"])
    for found in changes.values():
        for one, p in zip(found, holm([one["p"] for one in found]), strict=True):
            one["p_adjusted"] = p
