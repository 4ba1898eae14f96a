"""The lm-eval task class: plain YAML on columns, with paired effects as metrics.

lm-eval's own standard errors assume independent rows, so every metric here is aggregated by `ip_bench.effects`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lm_eval.api.task import ConfigurableTask

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.mitigation.conditions import Condition
from ip_bench.outcomes.code import code_allowed
from ip_bench.outcomes.measures import LOCALE, Measure, Reading, measure
from ip_bench.outcomes.outcome import reached, request_text
from ip_bench.outcomes.thinking import opens_thinking
from ip_bench.release.recipes import recipe

MARGIN = 0.05
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArmMean:
    """Aggregate the rows of one arm to the mean of `outcome`; NaN where no row has it."""

    outcome: str

    def __call__(self, rows: Sequence[Payload]) -> float:
        """Return the mean."""
        values = [row["value"] for row in rows if row["value"] is not None]
        return sum(values) / len(values) if values else math.nan


class Estimated:
    """The paired effect of the rows of two arms, computed once for all figures that are taken of the same rows."""

    def __init__(self, contrast: Contrast, how: Measure) -> None:
        self._contrast, self._measure = contrast, how
        self._last: tuple[Sequence[Payload], Effect] | None = None

    def __call__(self, rows: Sequence[Payload]) -> Effect:
        """Return the effect."""
        if self._last is None or self._last[0] != rows:
            self._last = (rows, self._measure.effect(rows, self._contrast, margin=MARGIN))
        return self._last[1]


@dataclass(frozen=True, slots=True)
class PairedEffect:
    """Aggregate the rows of two arms to one figure of their paired effect; NaN below two clusters."""

    effect: Estimated
    figure: str

    def __call__(self, rows: Sequence[Payload]) -> float:
        """Return the estimate, an interval's end, or the number of complete pairs."""
        effect = self.effect(rows)
        figures = {
            "estimate": effect.estimate,
            "ci_low": effect.ci[0],
            "ci_high": effect.ci[1],
            "n_pairs": effect.n_rows,
        }
        return float(figures[self.figure])


def answered_share(rows: Sequence[float]) -> float:
    """Aggregate the share of responses that gave an outcome."""
    return sum(rows) / len(rows) if rows else math.nan


class Metric(NamedTuple):
    """A metric: how it is aggregated, the outcome it is of, and the arms whose rows it needs."""

    aggregate: Any
    outcome: str
    arms: frozenset[str]


def metrics_of(contrasts: Iterable[Contrast], suffix: str = "", how: Measure = LOCALE) -> dict[str, Metric]:
    """Return the metrics by name, of the contrasts that the measure shows; the others are for the analysis."""
    found: dict[str, Metric] = {}
    for outcome_tail, contrast in how.shown([*contrasts]):
        arms, outcome, tail = frozenset({contrast.arm, contrast.reference}), contrast.outcome, f"{outcome_tail}{suffix}"
        effect = Estimated(contrast, how)
        found[f"mean_{contrast.arm}{tail}"] = Metric(ArmMean(outcome), outcome, frozenset({contrast.arm}))
        for name, figure in (("", "estimate"), ("_ci_low", "ci_low"), ("_ci_high", "ci_high")):
            found[f"effect_{contrast.arm}{outcome_tail}{name}{suffix}"] = Metric(
                PairedEffect(effect, figure), outcome, arms
            )
        if contrast.primary or outcome_tail:
            found[f"n_pairs{tail}"] = Metric(PairedEffect(effect, "n_pairs"), outcome, arms)
            for reference in (contrast.reference, "reference"):
                mean = Metric(ArmMean(outcome), outcome, frozenset({reference}))
                found.setdefault(f"mean_{reference}{tail}", mean)
    return found


class CueTask(ConfigurableTask):  # type: ignore[misc]
    """A YAML task of a dataset: adds the metrics of its config's contrasts, and checks delivery.

    A row whose system text or prompt is missing in the rendered request has no outcome, so a chat template that
    drops the system role yields NaN and never an effect.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        config = {key: value for key, value in config.items() if key != "class"}
        # lm-eval merges model arguments over the YAML's metadata; what is pinned is said by the data's own function.
        pinned = config["custom_dataset"]
        config["metadata"] = {**config["metadata"], "version": pinned.version, "config": pinned.config}
        contrasts = recipe(pinned.dataset).CONTRASTS[pinned.config]
        self._measure = measure(pinned.config)
        self._metrics = metrics_of(contrasts, how=self._measure)
        self._choice = config["output_type"] == "multiple_choice"
        if self._choice:
            self._metrics |= metrics_of(contrasts, "_norm", self._measure)
        config["process_results"] = CueTask.process_results  # else lm-eval asks a hub for metrics of these names
        config["metric_list"] = [
            {"metric": name, "aggregation": metric.aggregate, "higher_is_better": False}
            for name, metric in self._metrics.items()
        ] + [{"metric": "answered", "aggregation": answered_share, "higher_is_better": True}]
        self._sent: dict[str, Reading] | None = None
        self._by_arm: dict[str, list[tuple[str, Metric, int]]] = {}
        self.config_name = pinned.config
        self._condition: Condition | None = None
        self.first_row = 0
        super().__init__(config=config)

    def ask_only(self, docs: Any, rows: range) -> None:
        """Ask these rows of the test split `docs` from the next evaluation on; `first_row` is where they start."""
        self.dataset[self.config.test_split] = docs.select(rows)
        self.first_row, self._sent = rows.start, None

    def mitigate(self, condition: Condition) -> None:
        """Ask under a condition from the next evaluation on."""
        self._condition = condition

    def told(self, doc: dict[str, Any]) -> dict[str, Any] | None:
        """Return the row as it is asked: under the condition, if there is one; None where that has no message."""
        return doc if self._condition is None else self._condition.told(doc, self.config_name)

    def fewshot_context(self, doc: dict[str, Any], *arguments: Any, **settings: Any) -> Any:
        """Return the request of a row as it is asked; a row without a message is asked as it stands, and not scored."""
        return super().fewshot_context(self.told(doc) or doc, *arguments, **settings)

    def _reached(self, doc: dict[str, Any], context: object) -> bool:
        told = self.told(doc)
        return told is not None and reached(told, context)

    def process_results(self, doc: dict[str, Any], results: list[Any]) -> dict[str, Any]:
        """Return the metrics of one document; a metric is present on the rows of its arms only."""
        if self._sent is None:
            self._sent = {
                one.doc["row_id"]: Reading(
                    delivered=self._reached(one.doc, one.args[0]),
                    thinking=opens_thinking(request_text(one.args[0])),
                    limit=None if self._choice else one.args[1].get("max_gen_toks"),
                    allow_code=code_allowed(),
                )
                for one in self.instances
            }
        sent = self._sent.get(doc["row_id"], Reading(delivered=False))
        if self._choice and self._measure.choice:
            likelihoods = [float(result[0]) for result in results]
            outcome = self._measure.choice(doc, likelihoods, delivered=sent.delivered)
            normalized = self._measure.choice(doc, likelihoods, delivered=sent.delivered, normalized=True)
        else:
            normalized = outcome = self._measure.read(doc, results[0], sent)
        read = (outcome, normalized)
        payloads: dict[tuple[int, str], Payload | None] = {}  # one for all metrics of an outcome
        found: dict[str, Any] = {}
        for name, metric, which in self._metrics_of(doc["arm"]):
            if (key := (which, metric.outcome)) not in payloads:
                there = self._measure.asked([outcome], metric.outcome)
                payloads[key] = self._measure.payload(read[which], metric.outcome) if there else None
            if payloads[key] is not None:
                found[name] = payloads[key]
        return found | {"answered": float(outcome.answered)}

    def _metrics_of(self, arm: str) -> list[tuple[str, Metric, int]]:
        """Return the metrics that need the rows of an arm; 1 for those of the length-normalized scores."""
        if arm not in self._by_arm:
            self._by_arm[arm] = [
                (name, metric, int(name.endswith("_norm")))
                for name, metric in self._metrics.items()
                if arm in metric.arms
            ]
        return self._by_arm[arm]
