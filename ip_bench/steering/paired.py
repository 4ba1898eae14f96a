"""What a method is worth to each person: its mean over people, and how far two methods are apart on the same people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from ip_bench.cohorts.answers import Answers, Floats
from ip_bench.cohorts.compare import Mean

STEERED = "soft prompt, all answers"
#: What the steered model is compared with by name, and what that comparison is called; the best prompt stands beside.
RIVALS = {
    "item mode": "item mode",
    "filtering, all answers": "filtering alone",
    "ridge on text": "ridge",
    "random soft prompt": "random soft prompt",
    "soft prompt, 0 answers": "cold start",
}


class Scores(NamedTuple):
    """A method on `items` (seen or unseen), by person (people,): share of right answers, mean log-loss.

    All methods that are asked the same cells have the same people, in the same order.
    """

    method: str
    items: str
    right: Floats
    loss: Floats
    cells: int


class Row(NamedTuple):
    """A method on unseen people and `items` (seen or unseen): means over people of a person's mean over cells."""

    method: str
    items: str
    accuracy: Mean
    log_loss: Mean
    people: int
    cells: int


class Difference(NamedTuple):
    """A method minus another on the same cells: means over people of a person's difference, intervals over people.

    `against` says what the other is, such as "best prompt". Better is above 0 in accuracy and below 0 in log-loss.
    """

    method: str
    against: str
    other: str
    items: str
    accuracy: Mean
    log_loss: Mean
    people: int


def scored(method: str, items: str, cells: Answers, p: Floats) -> Scores:
    """Return how P(option) (cells, options) does on each person's cells; ties between options count by their share."""
    at = np.arange(len(cells))
    top = p >= p.max(1, keepdims=True) - 1e-12
    hit = top[at, cells.answer] / top.sum(1)
    loss = -np.log(np.maximum(p[at, cells.answer], 1e-12))
    counts = np.bincount(cells.person)
    kept = counts > 0
    right, lost = ((np.bincount(cells.person, each) / np.maximum(counts, 1))[kept] for each in (hit, loss))
    return Scores(method, items, right, lost, len(cells))


def row(one: Scores) -> Row:
    """Return a method's means over people."""
    return Row(one.method, one.items, averaged(one.right), averaged(one.loss), len(one.right), one.cells)


def differences(found: Sequence[Scores], told: Collection[str]) -> list[Difference]:
    """Return the steered model minus each of its rivals, and minus the best of the prompts `told`, by kind of items.

    The best prompt is that of the highest accuracy on these very cells, which favors it. A ridge is a rival on unseen
    items alone: of seen ones filtering knows more.
    """
    rows = []
    for items in dict.fromkeys(one.items for one in found):
        by: Mapping[str, Scores] = {one.method: one for one in found if one.items == items}
        others = {name: by[name] for name in RIVALS if name in by and (name != "ridge on text" or items == "unseen")}
        named = [(RIVALS[name], one) for name, one in others.items()]
        prompts = [by[name] for name in by if name in told]
        if prompts:
            named.append(("best prompt", max(prompts, key=lambda one: (one.right.mean(), -one.loss.mean()))))
        rows += [_minus(by[STEERED], one, against) for against, one in named if STEERED in by]
    return rows


def _minus(mine: Scores, other: Scores, against: str) -> Difference:
    accuracy, loss = averaged(mine.right - other.right), averaged(mine.loss - other.loss)
    return Difference(mine.method, against, other.method, mine.items, accuracy, loss, len(mine.right))


def averaged(values: Floats) -> Mean:
    """Return the mean over units (people, items) with its 95% interval; nan ends where there are fewer than two."""
    estimate = float(values.mean()) if len(values) else np.nan
    if len(values) < 2:
        return Mean(estimate, np.nan, np.nan)
    half = float(student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return Mean(estimate, estimate - half, estimate + half)
