"""A run's outcomes as a comparison takes them: read and checked under its condition, task by task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench.analysis import expected_rows
from ip_bench.effects.table import Scored
from ip_bench.errors import IpBenchError
from ip_bench.files import read_record
from ip_bench.identities import AXES
from ip_bench.mitigation.asking import condition_in
from ip_bench.mitigation.conditions import Condition
from ip_bench.outcomes.outcome import scored
from ip_bench.outcomes.refusal.judges import judge_by_name
from ip_bench.outcomes.refusal.names import RULES
from ip_bench.outcomes.samples import TaskOutcomes, dataset_of, find_samples, read_outcomes
from ip_bench.outcomes.tradeoff import OUTCOME_OF, TradeoffOutcome
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve, verify

DATASET = "ip-tradeoff"
Rows = Mapping[str, Mapping[str, Any]]


class Run(NamedTuple):
    """A finished run: its record, its condition (None: it had none), and the outcomes of its tasks by name."""

    record: dict[str, Any]
    condition: Condition | None
    tasks: dict[str, TaskOutcomes]


def reader(*, allow_code: bool = False, judge: str = RULES) -> tuple[dict[str, Any], Callable[[Path], Run]]:
    """Return the manifest of ip-tradeoff and a function that reads a run folder; rows are read once for all runs.

    Code in responses is run only with `allow_code`; `judge` names what tells refusals.

    Raises (the function):
        SamplesError: where the samples cannot be analyzed; every fault is named with its count.
        IpBenchError: for a run of another dataset.
    """
    version = recipe(DATASET).VERSION
    data = resolve(DATASET, version)
    manifest = verify(data, DATASET, version)
    held: dict[tuple[str, bool], Rows] = {}
    verdict_of = None if judge == RULES else judge_by_name(judge)

    def read(folder: Path) -> Run:
        files = find_samples(folder)
        if (name := dataset_of(files)) != DATASET:
            raise IpBenchError(f"{folder} is a run of {name}; mitigations are compared on {DATASET}")
        record = recorded_run(folder)
        condition = condition_in(folder, record)
        found = {}
        for one in files:
            if (key := (one.config, one.mini)) not in held:
                held[key] = expected_rows(data, one.config, mini=one.mini)
            found[one.task] = read_outcomes(
                one, held[key], allow_code=allow_code, condition=condition, judge=verdict_of
            )
        return Run(record, condition, found)

    return manifest, read


def recorded_run(folder: Path) -> dict[str, Any]:
    """Return the record of a run folder, empty where it has none: samples that plain lm-eval wrote."""
    return read_record(folder / "run.json") if (folder / "run.json").exists() else {}


def axis_rows(found: TaskOutcomes, axis: str) -> list[Scored]:
    """Return the scores of a task on an axis of `identities.AXES`, on all of which more is better."""
    asked = AXES[axis]
    outcomes = [one for one in found.outcomes if isinstance(one, TradeoffOutcome) and one.asked == asked]
    rows = scored(outcomes, OUTCOME_OF[asked])
    if asked != "benign":
        return rows
    return [
        row
        if row.value is None
        else Scored(row.item, row.realization, row.template, row.arm, 1 - row.value, row.reason)
        for row in rows
    ]
