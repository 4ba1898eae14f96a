"""Every method beside the others, on the same held-out cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t as student

from ip_bench.cohorts.answers import Answers, Floats
from ip_bench.cohorts.baselines import Chance, ItemMode, Polis, SquaredError, least_votes
from ip_bench.cohorts.factor import Binary, Categorical, Ordinal

#: In the order of the table; `cohorts` is added by whoever fitted them.
METHODS: Mapping[str, Callable[[int], Any]] = {
    "chance": lambda seed: Chance(),  # noqa: ARG005  (nothing is drawn)
    "item_mode": lambda seed: ItemMode(),  # noqa: ARG005
    "squared_error": lambda seed: SquaredError(seed=seed),
    "ordinal": lambda seed: Ordinal(seed=seed),
    "binary": lambda seed: Binary(seed=seed),
    "categorical": lambda seed: Categorical(seed=seed),
    "polis": lambda seed: Polis(seed=seed),
}

ORDERED = ("squared_error", "ordinal", "polis")  # methods that take options for numbers or ranks


def unfit(method: str, answers: Answers) -> str | None:
    """Return why a method cannot be asked of these answers; None where it can."""
    unordered = [item.item_id for item in answers.items if item.scale == "categorical"]
    if method in ORDERED and unordered:
        return (
            f"it takes the order of options for granted, and {len(unordered)} of {len(answers.items)} items have "
            f"unordered ones"
        )
    if method == "polis" and np.bincount(answers.person).max() < least_votes(answers):
        return f"it groups people with {least_votes(answers)} or more answers, and nobody has as many"
    return None


class Scores(NamedTuple):
    """Sums over a person's held-out cells (people,): right answers, log-loss (nan: no probabilities), cells."""

    right: Floats
    loss: Floats
    cells: Floats

    def __add__(self, other: object) -> Scores:  # scores of another draw of the same people
        if not isinstance(other, Scores):
            return NotImplemented
        return Scores(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Mean(NamedTuple):
    """A mean over cells and its 95% interval over people."""

    estimate: float
    low: float
    high: float

    def within(self, least: float, most: float) -> Mean:
        """Return the same with an interval that ends where the quantity does, as it is shown of shares."""
        return Mean(self.estimate, max(self.low, least), min(self.high, most))


def scores(model: Any, held_out: Answers) -> Scores:
    """Return how a fitted model does on held-out cells, by person; ties between options count by their share."""
    people = len(held_out.people)
    cells = np.bincount(held_out.person, minlength=people).astype(np.float64)
    if not hasattr(model, "predict_proba"):
        hit = model.predict(held_out.person, held_out.item) == held_out.answer
        return Scores(
            np.bincount(held_out.person, hit, minlength=people).astype(np.float64), np.full(people, np.nan), cells
        )
    p = model.predict_proba(held_out.person, held_out.item)
    given = p[np.arange(len(held_out)), held_out.answer]
    top = p >= p.max(1, keepdims=True) - 1e-12
    hit = top[np.arange(len(held_out)), held_out.answer] / top.sum(1)
    loss = -np.log(np.maximum(given, 1e-12))
    right, lost = (np.bincount(held_out.person, each, minlength=people).astype(np.float64) for each in (hit, loss))
    return Scores(right, lost, cells)


def mean_over_cells(total: Floats, cells: Floats) -> Mean:
    """Return the mean of a quantity a cell, with an interval that takes people as the units (ratio of sums)."""
    seen = cells > 0
    total, cells = total[seen], cells[seen]
    people = len(cells)
    estimate = float(total.sum() / cells.sum()) if people else np.nan
    if people < 2 or np.isnan(estimate):
        return Mean(estimate, np.nan, np.nan)
    residual = total - estimate * cells
    error = float(np.sqrt(people / (people - 1) * (residual**2).sum()) / cells.sum())
    half = float(student.ppf(0.975, people - 1)) * error
    return Mean(estimate, estimate - half, estimate + half)
