"""The declared effects of many runs, one task of one run in memory at a time."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.opinion import opinion_members
from ip_bench.effects.opinion_table import Answer
from ip_bench.effects.table import Scores
from ip_bench.errors import SamplesError
from ip_bench.estimation import ALPHA, MARGIN, declared_contrasts, estimated
from ip_bench.looks import asked_rows, stopped_run
from ip_bench.outcomes.measures import Measure, Member, OpinionMeasure, measure
from ip_bench.outcomes.refusal.detector import Verdict
from ip_bench.outcomes.repeats import no_noise_floor, without_noise_floor
from ip_bench.outcomes.samples import faults_said
from ip_bench.samples.batches import Checked
from ip_bench.samples.held import Held
from ip_bench.samples.pruning import may_hold
from ip_bench.samples.runs import RunSamples, find_runs, outcome_names
from ip_bench.samples.scan import table_of

_CELL = ("item_id", "realization_id", "template_id")


class RunEffects(NamedTuple):
    """The effects of one task of one run; `model` is the run's."""

    run: str
    model: str
    task: str
    effects: list[Effect]


def effects_by_run(
    folders: Path | str | Iterable[Path | str],
    *,
    where: pl.Expr | None = None,
    margin: float | None = None,
    alpha: float | None = None,
    allow_code: bool = False,
    judge: Callable[..., Verdict] | None = None,
) -> Iterator[RunEffects]:
    """Yield the declared effects of every task of every run in and below folders, as `analyze` computes them.

    `where` is a filter on columns of `scan_samples`: of the runs, tasks or rows that pass it; a task that has none left
    is passed over. It must be row by row: no count, rank or other function of several rows. `margin` and `alpha` are by
    default those that the run declared, else `MARGIN` and `ALPHA`. Memory is that of the samples of one task of one
    run, without their texts, and of the rows that it asks.

    Raises:
        SamplesError: where there is no run, samples cannot be analyzed (each fault is named with its count, as in
            `read_outcomes`), or none of the declared contrasts has both of its arms.
    """
    held, found = Held(), find_runs(folders)
    for one in found:
        if not may_hold(where, one.described()):
            continue
        table = table_of([one], allow_code=allow_code, judge=judge, held=held)
        effects = _effects(one, table, held, where, margin, alpha)
        if effects is not None:
            yield RunEffects(one.run, one.described()["model"], one.samples.task, effects)


def effects_table(found: Iterable[RunEffects]) -> pl.DataFrame:
    """Return effects as a table, a row an effect: run, model, task, and the fields of `Effect`.

    The ends of intervals are columns `ci_low`, `ci_high` (and simultaneous), `n_missing` is the sum over arms.
    """
    records = []
    for one in found:
        for effect in one.effects:
            record = {"run": one.run, "model": one.model, "task": one.task} | effect.to_dict()
            for name in ("ci", "ci_simultaneous"):
                record[f"{name}_low"], record[f"{name}_high"] = record.pop(name)
            record["n_missing"] = sum(record.pop("n_missing_by_arm").values())
            records.append(record)
    return pl.DataFrame(records, infer_schema_length=None)


def _effects(
    one: RunSamples, table: pl.LazyFrame, held: Held, where: pl.Expr | None, margin: float | None, alpha: float | None
) -> list[Effect] | None:
    """Return the effects of one task of one run, None where no row passes the filter."""
    how, config = measure(one.samples.config), held.config(one.samples)
    declared = one.record.get("declared")
    settings = {"margin": MARGIN, "alpha": ALPHA} | _given(declared if isinstance(declared, Mapping) else {})
    settings |= _given({"margin": margin, "alpha": alpha})
    stopped = stopped_run(one.record, **settings)
    outcomes = outcome_names([one])[one.samples.task]
    needed = ["row_id", "arm", *_CELL, "fault", *outcomes]
    needed += ["weights"] if isinstance(how, OpinionMeasure) else ["evidence"]
    text = pl.when(pl.col("arm").is_in(["reference", "repeat"])).then(pl.col("response").hash()).alias("text")
    passes = [] if where is None else [where.alias("passes")]
    frame = table.select(*needed, text, *passes).collect(engine="streaming")
    checked = held.rows(one.samples)
    asked = checked.table if stopped is None else checked.table.filter(
        pl.col("row_id").is_in([*asked_rows(checked.rows.rows, stopped)])
    )  # fmt: skip
    if said := _faults(frame, asked):
        name = f"{one.samples.task} of {one.run} ({one.samples.file.name})"
        raise SamplesError(f"{name} cannot be analyzed: " + "; ".join(said))
    if where is not None:
        frame = frame.filter("passes")
    if frame.is_empty():
        return None
    present = set(frame["arm"])
    contrasts = declared_contrasts(config, present)
    if not contrasts:
        raise SamplesError(f"{one.samples.task} of {one.run}: none of the declared contrasts has both of its arms")
    families = (_members(how, frame, present, family, checked) for family in how.families(contrasts))
    effects = estimated(families, **settings, stopped=stopped)
    if not one.samples.choice:
        effects = without_noise_floor(effects, _noise(frame))
    labels = {"model": one.described()["model"], "dataset_hash": config["content_hash"]}
    return [dataclasses.replace(effect, **labels) for effect in effects]


def _given(settings: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name in ("margin", "alpha") if (value := settings.get(name)) is not None}


def _members(
    how: Measure, frame: pl.DataFrame, present: set[str], family: Sequence[Contrast], checked: Checked
) -> list[Member]:
    """Return the effects of a family as `Measure.members` does, from columns."""
    if isinstance(how, OpinionMeasure):
        columns = [frame[name].to_list() for name in (*_CELL, "arm", "row_id", "weights")]
        answers = [
            Answer(item, realization, template, arm, checked.rows.rows[row]["scale"], tuple(weights or ()))
            for item, realization, template, arm, row, weights in zip(*columns, strict=True)
        ]
        return opinion_members(answers, family)
    scores = {}
    for name in dict.fromkeys(one.outcome for one in family):
        asked = frame.filter(pl.col("evidence").list.contains(name))
        item, realization, template, arm = (asked[column].to_list() for column in (*_CELL, "arm"))
        value = asked[name].fill_null(float("nan")).to_numpy()
        scores[name] = Scores.of(item=item, realization=realization, template=template, arm=arm, value=value)
    return how.members_of_scores(scores, present, family)


def _noise(frame: pl.DataFrame) -> str:
    """Return the note of a run whose repeats do not differ from the first response."""
    texts = frame.filter(pl.col("arm").is_in(["reference", "repeat"])).select(*_CELL, "arm", "text")
    first, again = (texts.filter(pl.col("arm") == arm) for arm in ("reference", "repeat"))
    pairs = first.join(again, on=list(_CELL))
    return no_noise_floor(pairs.height, int((pairs["text"] != pairs["text_right"]).sum()))


def _faults(frame: pl.DataFrame, asked: pl.DataFrame) -> list[str]:
    """Return what keeps samples of the asked rows from being analyzed, in words, with counts."""

    def by_arm(rows: pl.DataFrame) -> Counter[str]:
        return Counter({str(arm): int(count) for arm, count in rows.group_by("arm").len().rows()})

    fault = {
        name: frame.filter(pl.col("fault") == name) for name in ("foreign", "duplicate", "undelivered", "no score")
    }
    beyond = frame.filter(pl.col("fault").is_null()).join(asked, on="row_id", how="anti")
    return faults_said(
        asked.height,
        foreign=by_arm(fault["foreign"]) + by_arm(beyond),
        filters=Counter(),
        doubled=by_arm(fault["duplicate"].unique("row_id")),
        missing=by_arm(asked.join(frame, on="row_id", how="anti")),
        undelivered=by_arm(fault["undelivered"]),
        unscored=by_arm(fault["no score"]),
    )
