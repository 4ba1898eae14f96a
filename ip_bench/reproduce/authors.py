"""The statistics of Jin et al. (2024) as they define them, defects included."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from ip_bench.reproduce.jin2024_data import CASES, Answers, Essays, Floats, Survey

ABOVE = 0.8
PAIRS = ("SAE-ESL", "SAE-AAE", "ESL-AAE")
UNPARSED_SCORE = -0.5  # a reply without a grade is stored as -1, and (g - 1) / 4 turns that into a similarity


class Similarity(NamedTuple):
    """The mean, how many of `n` lie above .8, and the exact binomial test of that share against one half."""

    mean: float
    above: int
    n: int
    binomial_p: float

    @property
    def share(self) -> float:
        """The share above .8; NaN where there is none to count."""
        return self.above / self.n if self.n else math.nan


def grade_similarity(grade: Floats) -> Floats:
    """Return s = (g - 1) / 4 of judged grades 1..5; a reply without a grade counts -0.5, as in the authors' code."""
    return np.where(np.isnan(grade), UNPARSED_SCORE, (grade - 1) / 4)


def objective(grade: Floats) -> Similarity:
    """Return case A's statistics of judged grades; the authors' own are over all pairs, identical prompts included."""
    return _similarity(grade_similarity(grade))


def subjective(survey: Survey) -> Similarity:
    """Return case A's statistics of 1 - |uk - us| over the questions with both scores."""
    score = 1 - np.abs(survey.uk - survey.us)
    return _similarity(score[~np.isnan(score)])


def _similarity(score: Floats) -> Similarity:
    n, above = len(score), int((score > ABOVE).sum())
    if not n:
        return Similarity(math.nan, 0, 0, math.nan)
    return Similarity(float(score.mean()), above, n, float(stats.binomtest(above, n, 0.5).pvalue))


def differences(essays: Essays, pair: str) -> Floats | None:
    """Return first minus second dialect by prompt (those with both scores); None where a dialect has no file."""
    first, second = (essays.scores.get(dialect.lower()) for dialect in pair.split("-"))
    if first is None or second is None:
        return None
    found = np.array([first[key] - second[key] for key in sorted(first.keys() & second.keys())], dtype=np.float64)
    return found[~np.isnan(found)]


def accuracies(answers: Answers) -> dict[tuple[str, str], float]:
    """Return the percentage correct by case and question set; the set "" is all of them, item by item."""
    found = {key: _mean(values) for key, values in answers.correct.items()}
    for case in CASES:
        values = [answers.correct[case, dataset] for dataset in answers.datasets if (case, dataset) in answers.correct]
        if values:
            found[case, ""] = _mean(np.concatenate(values))
    return found


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan
