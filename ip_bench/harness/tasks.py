"""The lm-eval task class: plain YAML on columns, with paired effects as metrics.

lm-eval's own standard errors assume independent rows, so every metric here is aggregated by `ip_bench.effects`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lm_eval.api.task import ConfigurableTask

from ip_bench.design import Contrast
from ip_bench.effects.paired import pair, paired_effect
from ip_bench.effects.table import Scored
from ip_bench.outcomes.outcome import Outcome, reached, request_text, score_choice, score_generation
from ip_bench.outcomes.thinking import opens_thinking
from ip_bench.release.recipes import recipe

MARGIN = 0.05
Payload = Mapping[str, Any]


def payload(outcome: Outcome) -> dict[str, Any]:
    """Return what an aggregation needs of one row, small enough to be logged with every metric."""
    return {
        "item": outcome.item_id,
        "cell": [outcome.realization_id, outcome.template_id],
        "arm": outcome.arm,
        "locales": list(outcome.locales) if outcome.answered else None,
    }


@dataclass(frozen=True, slots=True)
class ArmMean:
    """Aggregate the rows of one arm to the share of `outcome` among answers; NaN where there is none."""

    outcome: str

    def __call__(self, rows: Sequence[Payload]) -> float:
        """Return the share."""
        values = [self.outcome in row["locales"] for row in rows if row["locales"] is not None]
        return sum(values) / len(values) if values else math.nan


@dataclass(frozen=True, slots=True)
class PairedEffect:
    """Aggregate the rows of two arms to one figure of their paired effect; NaN below two clusters."""

    contrast: Contrast
    figure: str

    def __call__(self, rows: Sequence[Payload]) -> float:
        """Return the estimate, an interval's end, or the number of complete pairs."""
        scored = [
            Scored(
                row["item"],
                row["cell"][0],
                row["cell"][1],
                row["arm"],
                None if row["locales"] is None else float(self.contrast.outcome in row["locales"]),
            )
            for row in rows
        ]
        effect = paired_effect(pair(scored, self.contrast), self.contrast, margin=MARGIN)
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


def metrics_of(contrasts: Iterable[Contrast], suffix: str = "") -> dict[str, tuple[Any, frozenset[str]]]:
    """Return, by metric name, its aggregation and the arms whose rows it needs."""
    found: dict[str, tuple[Any, frozenset[str]]] = {}
    for contrast in contrasts:
        arms = frozenset({contrast.arm, contrast.reference})
        found[f"mean_{contrast.arm}{suffix}"] = (ArmMean(contrast.outcome), frozenset({contrast.arm}))
        found[f"effect_{contrast.arm}{suffix}"] = (PairedEffect(contrast, "estimate"), arms)
        found[f"effect_{contrast.arm}_ci_low{suffix}"] = (PairedEffect(contrast, "ci_low"), arms)
        found[f"effect_{contrast.arm}_ci_high{suffix}"] = (PairedEffect(contrast, "ci_high"), arms)
        if contrast.primary:
            found[f"n_pairs{suffix}"] = (PairedEffect(contrast, "n_pairs"), arms)
            for reference in (contrast.reference, "reference"):
                mean = (ArmMean(contrast.outcome), frozenset({reference}))
                found.setdefault(f"mean_{reference}{suffix}", mean)
    return found


class CueTask(ConfigurableTask):  # type: ignore[misc]
    """A YAML task of the cues family: adds the metrics of its config's contrasts, and checks delivery.

    A row whose system text or prompt is missing in the rendered request has no outcome, so a chat template that
    drops the system role yields NaN and never an effect.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        config = {key: value for key, value in config.items() if key != "class"}
        # lm-eval merges model arguments over the YAML's metadata; what is pinned is said by the data's own function.
        pinned = config["custom_dataset"]
        config["metadata"] = {**config["metadata"], "version": pinned.version, "config": pinned.config}
        contrasts = recipe("ip-cues").CONTRASTS[pinned.config]
        self._metrics = metrics_of(contrasts)
        self._choice = config["output_type"] == "multiple_choice"
        if self._choice:
            self._metrics |= metrics_of(contrasts, "_norm")
        config["metric_list"] = [
            {"metric": name, "aggregation": aggregate, "higher_is_better": False}
            for name, (aggregate, _) in self._metrics.items()
        ] + [{"metric": "answered", "aggregation": answered_share, "higher_is_better": True}]
        config["process_results"] = self.score
        self._sent: dict[str, tuple[bool, bool]] | None = None
        self.first_row = 0
        super().__init__(config=config)

    def ask_only(self, docs: Any, rows: range) -> None:
        """Ask these rows of the test split `docs` from the next evaluation on; `first_row` is where they start."""
        self.dataset[self.config.test_split] = docs.select(rows)
        self.first_row, self._sent = rows.start, None

    def score(self, doc: dict[str, Any], results: list[Any]) -> dict[str, Any]:
        """Return the metrics of one document; a metric is present on the rows of its arms only."""
        if self._sent is None:
            self._sent = {
                one.doc["row_id"]: (reached(one.doc, one.args[0]), opens_thinking(request_text(one.args[0])))
                for one in self.instances
            }
        delivered, thinking = self._sent.get(doc["row_id"], (False, False))
        if self._choice:
            likelihoods = [float(result[0]) for result in results]
            outcome = score_choice(doc, likelihoods, delivered=delivered)
            normalized = payload(score_choice(doc, likelihoods, delivered=delivered, normalized=True))
        else:
            outcome = score_generation(doc, results[0], delivered=delivered, thinking=thinking)
            normalized = {}
        row = payload(outcome)
        return {
            name: normalized if name.endswith("_norm") else row
            for name, (_, arms) in self._metrics.items()
            if doc["arm"] in arms
        } | {"answered": float(outcome.answered)}
