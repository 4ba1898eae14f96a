"""One table of opinions through every method: held-out accuracy and log-loss, cohorts, coherence, labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ip_bench.cohorts.answers import Answers
from ip_bench.cohorts.choose import Cohorts
from ip_bench.cohorts.coherence import CONTINUA, Gain, coherence, rows
from ip_bench.cohorts.compare import METHODS, Mean, Scores, mean_over_cells, scores, unfit
from ip_bench.cohorts.factor import likeliest
from ip_bench.cohorts.labels import Label, labels
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.seeds import digest

PLACING = ("ordinal", "categorical")  # models whose places cohorts are sought in: the likelier one
LEAST_HELD_OUT = 10  # cells


class Method(NamedTuple):
    """A method's held-out accuracy, log-loss, and accuracy over the item mode; `reason` says what they lack, or why."""

    method: str
    accuracy: Mean
    log_loss: Mean
    over_mode: Mean
    reason: str = ""


class Survey(NamedTuple):
    """What was found in a table of answers."""

    answers: Answers
    holdout: float
    seeds: int
    methods: tuple[Method, ...]
    cohorts: Cohorts
    silhouette: float
    coherence: tuple[Gain, ...]
    labels: tuple[Label, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the record that the command line prints."""
        labels_ = self.cohorts.labels_
        sizes = np.bincount(labels_[labels_ >= 0], minlength=self.cohorts.count_).tolist()
        stability = [each.stability for each in self.cohorts.considered_ if each.number == self.cohorts.count_]
        return {
            "people": len(self.answers.people),
            "items": len(self.answers.items),
            "cells": len(self.answers),
            "set_aside": dict(self.answers.set_aside),
            "holdout": self.holdout,
            "seeds": self.seeds,
            "methods": [
                {
                    "method": each.method, "accuracy": each.accuracy.estimate, "ci": [*each.accuracy[1:]],
                    "log_loss": each.log_loss.estimate, "log_loss_ci": [*each.log_loss[1:]],
                    "over_item_mode": each.over_mode.estimate, "over_item_mode_ci": [*each.over_mode[1:]],
                    "reason": each.reason or None,
                }
                for each in self.methods
            ],
            "cohorts": {
                "count": self.cohorts.count_,
                "answer": f"{self.cohorts.count_} cohorts" if self.cohorts.count_ else "no stable cohorts here",
                "sizes": sizes,
                "places": type(self.cohorts.model_).__name__.lower(),
                "silhouette": self.silhouette,
                "considered": [each._asdict() for each in self.cohorts.considered_],
            },
            "stability": stability[0] if stability else None,
            "coherence": list(rows(list(self.coherence))),
            "labels": [each._asdict() for each in self.labels],
        }  # fmt: skip


def _silent(text: str) -> None:
    """Say nothing."""


def survey(
    answers: Answers, *, holdout: float = 0.1, seeds: int = 5, methods: Sequence[str] = (*METHODS, "cohorts"),
    most: int = 8, continua: int = CONTINUA, say: Callable[[str], object] = _silent,
) -> Survey:  # fmt: skip
    """Hold out cells `seeds` times, fit every method to the rest, and find cohorts in the first of these parts.

    The number of cohorts is chosen once, in the first training part; the other parts take it over. Coherence and labels
    are of the first part, too, so no cell held out of it has helped to form a cohort.

    Raises:
        IpBenchError: where the holdout leaves too little on one side.
        UnknownNameError: where a method does not exist.
    """
    for name in methods:
        if name not in (*METHODS, "cohorts"):
            raise UnknownNameError("method", name, (*METHODS, "cohorts"))
    if not 0 < holdout < 0.5:
        raise IpBenchError(f"the holdout is {holdout}; it must be a share of the cells above 0 and below 0.5")
    if seeds < 1:
        raise IpBenchError(f"seeds are {seeds}; there must be 1 or more")
    sums: dict[str, Scores] = {}
    first: Cohorts | None = None
    reasons = {name: why for name in METHODS if (why := unfit(name, answers)) is not None}
    fitting = [name for name in METHODS if name not in reasons and name in {*methods, "item_mode", *PLACING}]
    content = digest(len(answers), answers.counts().tolist())
    for seed in range(seeds):
        train, held_out = answers.split(holdout, "held out", content, seed)
        if min(len(held_out), len(train)) < LEAST_HELD_OUT:
            raise IpBenchError(
                f"{len(held_out)} of {len(answers)} cells are held out; both parts need {LEAST_HELD_OUT} or more"
            )
        fitted: dict[str, Any] = {}
        for name in fitting:
            say(f"seed {seed + 1} of {seeds}, {name}")
            fitted[name] = METHODS[name](seed).fit(train)
        say(f"seed {seed + 1} of {seeds}, cohorts")
        count = first.count_ if first is not None else None
        model = likeliest([fitted[name] for name in PLACING if name in fitted])
        fitted["cohorts"] = Cohorts(most=most, count=count, model=model, seed=seed).fit(train)
        first = first or fitted["cohorts"]
        if seed == 0:
            say("coherence")
            shown = first if first.count_ else Cohorts(count=2, model=first.model_, seed=seed).fit(train)
            gains = coherence(train, held_out, shown.membership_, first.model_, continua=continua, seed=seed)
            found = labels(first, train)
            silhouette = _silhouette(shown)
        for name, model in fitted.items():
            here = scores(model, held_out)
            sums[name] = sums[name] + here if name in sums else here
    assert first is not None  # noqa: S101  (there is at least one seed)
    if not first.count_:
        reasons["cohorts"] = "there are none, so everyone has the items' shares"
    table = tuple(_method(name, sums.get(name), sums["item_mode"], reasons.get(name, "")) for name in methods)
    return Survey(answers, holdout, seeds, table, first, silhouette, tuple(gains), tuple(found))


def _method(name: str, here: Scores | None, mode: Scores, reason: str) -> Method:
    if here is None:
        nothing = Mean(np.nan, np.nan, np.nan)
        return Method(name, nothing, nothing, nothing, reason)
    log_loss = mean_over_cells(here.loss, here.cells)
    return Method(
        name, mean_over_cells(here.right, here.cells), log_loss, mean_over_cells(here.right - mode.right, here.cells),
        "it gives no probabilities" if np.isnan(log_loss.estimate) else reason,
    )  # fmt: skip


def _silhouette(cohorts: Cohorts) -> float:
    """Return the silhouette of the places: a description, which hardly depends on the number of cohorts."""
    from sklearn.metrics import silhouette_score

    place = cohorts.model_.places_.mean[:, cohorts.dims_]
    labels = cohorts.membership_.argmax(1)
    if not 2 <= len(np.unique(labels)) < len(labels):
        return float("nan")
    return float(silhouette_score(place, labels, sample_size=min(len(place), 3000), random_state=0))
