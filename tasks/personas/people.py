"""The lm-eval task class of personas: the share of a person's answers that a model gives, averaged over people.

People are the units of the intervals. Chance, and the answer of most people where that is known, stand beside.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lm_eval.api.task import ConfigurableTask

from ip_bench.outcomes.answers import read_answer

ALPHA = 0.05
#: A person, and the share of the right answer in what was given: 0 or 1, or between where options tie.
Share = tuple[str, float]


@dataclass(frozen=True, slots=True)
class OverPeople:
    """Aggregate shares of right answers to one figure of their mean over people: "mean", "ci_low" or "ci_high"."""

    figure: str

    def __call__(self, rows: Sequence[Share]) -> float:
        """Return the figure; the interval is by Student's t over people, nan below two of them."""
        from scipy.stats import t

        own: dict[str, list[float]] = defaultdict(list)
        for who, right in rows:
            own[who].append(right)
        each = [sum(found) / len(found) for found in own.values()]
        mean = sum(each) / len(each) if each else math.nan
        if self.figure == "mean" or len(each) < 2:
            return mean if self.figure == "mean" else math.nan
        spread = math.sqrt(sum((one - mean) ** 2 for one in each) / (len(each) - 1) / len(each))
        half = float(t.ppf(1 - ALPHA / 2, len(each) - 1)) * spread
        return mean - half if self.figure == "ci_low" else mean + half


class PeopleTask(ConfigurableTask):  # type: ignore[misc]  # lm-eval has no types
    """A YAML task of `steering`: adds the accuracy of each arm on seen and on unseen items, with intervals."""

    def __init__(self, config: dict[str, Any]) -> None:
        config = {key: value for key, value in config.items() if key != "class"}
        config["process_results"] = self.score
        named = {*_ARMS[config["custom_dataset"].soft], "chance", "item_mode"}
        config["metric_list"] = [
            {"metric": f"accuracy_{name}{tail}{end}", "aggregation": OverPeople(figure), "higher_is_better": True}
            for name in sorted(named)
            for tail in ("", "_new_items")
            for end, figure in (("", "mean"), ("_ci_low", "ci_low"), ("_ci_high", "ci_high"))
            if (name, tail) != ("item_mode", "_new_items")
        ]
        super().__init__(config=config)

    def score(self, doc: dict[str, Any], results: list[Any]) -> dict[str, Any]:
        """Return the metrics of one row, those of its arm, and on one arm those that need no model."""
        who, arms = doc["realization_id"], _ARMS[doc["family"] == "soft"]
        new = doc["mode"] is None
        shares = {doc["arm"]: right(doc, results)}
        if doc["arm"] == arms[0]:
            shares["chance"] = 1 / len(doc["choices"])
            if not new:
                shares["item_mode"] = float(doc["mode"] == doc["gold"])
        return {
            f"accuracy_{name}{'_new_items' * new}{end}": (who, share)
            for name, share in shares.items()
            for end in ("", "_ci_low", "_ci_high")
        }


def right(doc: dict[str, Any], results: list[Any]) -> float:
    """Return 1 where the answer given is the row's, 0 where it is not, and a share where likeliest options tie.

    `results` hold the log-likelihood of each option, or one text; a text that names no option is a wrong answer.
    """
    if isinstance(results[0], str):
        return float(read_answer(results[0], doc["accepted"]).choice == doc["gold"])
    scores = [float(result[0]) for result in results]
    best = [k for k, score in enumerate(scores) if score == max(scores)]
    return (doc["gold"] in best) / len(best) if best else 0.0


#: Arms by whether they are those of soft prompts; the first of each carries what needs no model.
_ARMS: dict[bool, tuple[str, ...]] = {
    False: ("none", "demographics", "description", "own_answers", "mistaken"),
    True: ("soft_1", "soft_5", "soft_10", "soft_20"),
}
