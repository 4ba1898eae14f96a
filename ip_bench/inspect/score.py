"""Inspect's scorer and metrics: an answer is read by `ip_bench.outcomes`, effects are those of `ip_bench.analysis`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import TaskState

from ip_bench.errors import IpBenchError
from ip_bench.estimation import ALPHA, MARGIN, effects_of
from ip_bench.leaderboard.headline import headline_arms
from ip_bench.outcomes.measures import measure
from ip_bench.outcomes.outcome import Measured, Outcome, reached, score_generation
from ip_bench.outcomes.repeats import repeats
from ip_bench.outcomes.samples import TaskOutcomes, TaskSamples
from ip_bench.release.recipes import recipe

DATASET = "ip-cues"
#: The metric that sums up a task: the primary contrast minus what placebos do, which every config of the dataset has.
HEADLINE = f"effect_{headline_arms(DATASET, recipe(DATASET).TASKS[0])[0].replace(' ', '_')}"


@metric
def effects(config: str) -> Metric:
    """Return a metric with three figures for each effect of a config: estimate and the ends of its own interval.

    They are named as the metrics of the lm-eval tasks: `effect_<arm>`, `effect_<arm>_ci_low`, `effect_<arm>_ci_high`.
    NaN below two clusters, so that `--limit` cannot invent an effect, and for repeats that never differ.
    """

    def computed(scores: list[SampleScore]) -> dict[str, float]:
        said = [one.score.metadata or {} for one in scores]
        outcomes: list[Measured] = [_outcome(one["outcome"]) for one in said]
        responses = {outcome.row_id: one["response"] for outcome, one in zip(outcomes, said, strict=True)}
        present = {one.arm for one in outcomes}
        made = recipe(DATASET)
        contrasts = [one for one in made.CONTRASTS[config] if {one.arm, one.reference} <= present]
        samples = TaskSamples("", DATASET, config, choice=False, mini=False, file=Path())
        no_noise = bool(repeats(TaskOutcomes(samples, outcomes, [], responses, {}, {}, set()), {})["note"])
        figures = {HEADLINE: math.nan}
        for effect in effects_of(measure(config), outcomes, contrasts, margin=MARGIN, alpha=ALPHA) if contrasts else ():
            name = f"effect_{effect.arm.replace(' ', '_')}"
            found = (effect.estimate, *effect.ci)
            if effect.arm == "repeat" and no_noise:
                found = (math.nan, math.nan, math.nan)
            figures |= dict(zip((name, f"{name}_ci_low", f"{name}_ci_high"), found, strict=True))
        return figures

    return computed


@scorer(metrics=[])
def outcome() -> Scorer:
    """Return a scorer: 1 where the answer is the one of the row's outcome, 0 for another answer, else unscored.

    A refusal, an unreadable answer, and a row whose system text or prompt was not in the conversation have no outcome.

    Raises:
        IpBenchError: with several epochs: their mean is no answer, and the dataset has repeats of its own.
    """

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 (Inspect's signature)
        if state.epoch > 1:
            raise IpBenchError("ip-bench tasks are asked once (--epochs 1): repeats are rows of the dataset")
        row = state.metadata
        asked = [{"content": message.text} for message in state.messages if message.role in {"system", "user"}]
        found = score_generation(row, state.output.completion, delivered=reached(row, asked))
        said: dict[str, Any] = {
            "answer": found.text,
            "explanation": found.kind,
            "metadata": {"outcome": found.to_dict(), "response": state.output.completion},
        }
        share = found.value(row["outcome"])
        return Score.unscored(reason=found.kind, **said) if share is None else Score(value=share, **said)

    return score


def _outcome(record: dict[str, Any]) -> Outcome:
    return Outcome(**record | {"locales": tuple(record["locales"])})
