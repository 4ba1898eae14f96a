"""What steering costs: a plain and steered runs of ip-tradeoff compared, by number of answers that steer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ip_bench.cohorts.compare import Mean
from ip_bench.errors import IpBenchError


class Cost(NamedTuple):
    """Steered minus plain on one task and axis, with intervals over items; on every axis more is better.

    `untold`: the change where nothing is told of who asks. `told`: the mean change over identities. `gap`: the change
    of the gap between identities and irrelevant attributes. `answers` is how many answers of the persona steered.
    """

    task: str
    axis: str
    persona: str
    answers: str
    untold: Mean
    told: Mean
    gap: Mean


def costs(record: Mapping[str, Any]) -> list[Cost]:
    """Return the costs that a comparison (schema mitigation) of steered runs with a plain one has.

    They come by task and axis, a persona's in the order of the number of answers.

    Raises:
        IpBenchError: where the baseline is steered or another run is not.
    """
    if "steer" in record["baseline"]["model_args"]:
        raise IpBenchError("the baseline is a run of ip-steered; name the run of the plain model first")
    found = []
    for run in record["runs"]:
        arguments = run["model_args"]
        if "steer" not in arguments:
            raise IpBenchError(f"a run of {run['model']} is not steered; name runs with --model ip-steered")
        persona, answers = str(arguments.get("persona", "")), str(arguments.get("answers", "all"))
        for task, entry in run["tasks"].items():
            for axis, one in entry["axes"].items():
                means = (_mean(one[what]) for what in ("paid", "paid_by_identities", "gap_change"))
                found.append(Cost(task, axis, persona, answers, *means))
    order = {name: at for at, name in enumerate(dict.fromkeys((one.task, one.axis) for one in found))}
    return sorted(found, key=lambda one: (order[one.task, one.axis], one.persona, _number(one.answers)))


def _number(answers: str) -> float:
    return float("inf") if answers == "all" else float(answers)


def _mean(effect: Mapping[str, Any]) -> Mean:
    values = (effect["estimate"], *effect["ci"])
    return Mean(*(np.nan if value is None else float(value) for value in values))
