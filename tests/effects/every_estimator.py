"""Every public estimator behind one signature: the same rows of two arms in, its own result out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ip_bench import effects as fx
from ip_bench.design import Contrast
from ip_bench.effects.ordinal import tabulate
from ip_bench.effects.pooled import pooled_difference
from ip_bench.effects.topics import by_topic

UK_US = Contrast("uk", "us", "y", "mean of y: uk minus us")
ITEMS, FORMS, CELLS = 40, 8, 80
GROUPS = ("uk", "us", "ie")


class Rows(NamedTuple):
    """Row k of both arms is one item in one cell; NaN where it gave no outcome."""

    uk: NDArray[np.float64]
    us: NDArray[np.float64]
    item: NDArray[np.intp]
    form: NDArray[np.intp]

    @property
    def difference(self):
        return self.uk - self.us


def sound() -> Rows:
    rng = np.random.default_rng(1)
    item = np.repeat(np.arange(ITEMS), 2)
    uk, us = ((rng.random(CELLS) < chance).astype(float) for chance in (0.6, 0.4))
    return Rows(uk, us, item, (item + np.tile([0, 4], ITEMS)) % FORMS)


def table(rows, *, own=False):
    """Scores of uk, us and two placebos; with `own` the second arm has realizations of its own."""
    values = {"uk": rows.uk, "us": rows.us} | ({} if own else {"p1": rows.us, "p2": 1 - rows.us})
    return fx.Scores.of(
        item=np.tile(rows.item, len(values)),
        arm=np.repeat(list(values), len(rows.item)),
        realization=np.concatenate([rows.form + 100 * own * place for place in range(len(values))]),
        value=np.concatenate(list(values.values())),
    )


def judged(rows):
    labeled = np.arange(len(rows.item)) % 2 == 0
    sides = (rows.uk, rows.us)
    return [fx.Judged.of(side, np.where(labeled, side, math.nan), factors=[rows.item, rows.form]) for side in sides]


def answers(rows):
    shape = (int(rows.item.max(initial=0)) + 1, int(rows.form.max(initial=0)) + 1, 2)
    return [
        tabulate(np.where(np.isnan(side), -1, side).astype(int), rows.item, rows.form, shape=shape)
        for side in (rows.uk, rows.us)
    ]


def groups(rows):
    return fx.axis(np.column_stack([rows.uk, rows.us, rows.us]), clusters(rows))


def clusters(rows):
    return [fx.codes(rows.item), fx.codes(rows.form)]


def gaps(rows):
    return fx.between(groups(rows), GROUPS)


def worst(rows):
    found = gaps(rows)
    return fx.worst(found.names, found.estimate, found.covariance, found.df, draws=100)


def ratio(rows, interval):
    sums = fx.cluster_sums(np.column_stack([rows.difference, np.ones(len(rows.item))]), fx.codes(rows.item))
    return fx.bootstrap(sums, lambda totals: totals[:, 0] / totals[:, 1], interval=interval, draws=200)


def paired(rows):
    return fx.pair(table(rows), UK_US)


def contrasts(rows, margin, family="holm"):
    found = fx.every_contrast(
        table(rows), outcome="y", reference="us", placebos=["p1", "p2"], margin=margin, family=family
    )
    return [effect for effect in found if effect.arm.startswith("uk")]


def both(rows):
    """Values, factors as the estimators of raw arrays take them."""
    return rows.uk, rows.us, UK_US, [rows.item, rows.form]


def several_topics(rows, margin):
    found = by_topic(rows.difference, np.array(list("abcd"))[rows.item % 4], [rows.item, rows.form])
    return fx.heterogeneity(found, UK_US, margin=margin)


def two_doses(rows, margin):
    outcome, dose = np.concatenate([rows.uk, rows.us]), np.repeat([1.0, 0.0], len(rows.item))
    forms = np.tile(rows.form, 2)
    return fx.dose_response(outcome, dose, np.tile(rows.item, 2), UK_US, margin=margin, realization=forms)


def direct(rows, margin):
    """The rows' own effect against a first stage that differs by realization."""
    own = paired(rows)
    steps = np.arange(len(own.difference)) % 3 / 100
    stage = own._replace(difference=steps + (own.realization.codes / 10 if own.realization else 0.0))
    return fx.exclusion(own, stage, margin=margin)


def repeats(rows, interval="labels"):
    return fx.personalization_bias([groups(rows)], draws=100, permutation=interval)


# By the name in `ip_bench.effects`, and what makes a case of its own after a colon.
WITH_MARGIN: dict[str, Callable[[Rows, float], object]] = {
    "paired_effect": lambda rows, margin: fx.paired_effect(paired(rows), UK_US, margin=margin),
    "every_contrast": contrasts,
    "every_contrast: max-t": lambda rows, margin: contrasts(rows, margin, "max-t"),
    "placebo_adjusted": lambda rows, m: fx.placebo_adjusted(table(rows), UK_US, ["p1", "p2"], "us", margin=m),
    "pooled_placebo": lambda rows, m: fx.pooled_placebo(table(rows), ["uk"], "us", "y", margin=m),
    "by_item": lambda rows, margin: fx.by_item(table(rows, own=True), UK_US, margin=margin),
    "composite_effect": lambda rows, margin: fx.composite_effect(*both(rows), margin=margin),
    "manski_bounds": lambda rows, margin: fx.manski_bounds(*both(rows), margin=margin),
    "lee_bounds": lambda rows, margin: fx.lee_bounds(*both(rows), margin=margin),
    "independent_rates": lambda rows, margin: fx.independent_rates(
        rows.uk, rows.us, UK_US, margin=margin, treated_factors=both(rows)[3], control_factors=both(rows)[3]
    ),
    "paired_rates": lambda rows, m: fx.paired_rates(rows.uk[::2], rows.us[::2], UK_US, margin=m, item=rows.item[::2]),
    "corrected_difference": lambda rows, margin: fx.corrected_difference(*judged(rows), UK_US, margin=margin),
    "corrected_difference: pooled": lambda rows, margin: pooled_difference(*judged(rows), UK_US, margin=margin),
    "ppi_difference": lambda rows, margin: fx.ppi_difference(*judged(rows), UK_US, margin=margin),
    "distance_effect": lambda rows, margin: fx.distance_effect(
        *answers(rows), UK_US, measure="total variation", margin=margin, draws=100
    ),
    "dose_response": two_doses,
    "heterogeneity": several_topics,
    "exclusion": direct,
    "bias": lambda rows, margin: fx.bias({"y": table(rows)}, identities=["uk", "us"], margin=margin, draws=100),
    "identity_gaps": lambda rows, m: fx.identity_gaps(table(rows).cells(), ["uk"], "y", against=["us"], margin=m),
}
WITHOUT: dict[str, Callable[[Rows], object]] = {
    "rate_effect": lambda rows: fx.rate_effect(rows.uk, arm="uk", outcome="y", factors=both(rows)[3]),
    "corrected_rate": lambda rows: fx.corrected_rate(judged(rows)[0], arm="uk", outcome="y"),
    "ppi_mean": lambda rows: fx.ppi_mean(judged(rows)[0], arm="uk", outcome="y"),
    "wald": lambda rows: fx.wald(paired(rows), paired(rows)),
    "sign_flip": lambda rows: fx.sign_flip(rows.difference, fx.codes(rows.item), draws=100),
    "bootstrap": lambda rows: ratio(rows, "bca"),
    "bootstrap: t": lambda rows: ratio(rows, "t"),
    "clustered_mean": lambda rows: fx.clustered_mean(rows.difference, clusters(rows)),
    "clustered": lambda rows: fx.clustered(rows.difference / len(rows.item), clusters(rows)),
    "linearize": lambda rows: fx.linearize(np.column_stack([rows.uk, rows.us]), lambda sums: sums[:, 0] / sums[:, 1]),
    "noise_floor": lambda rows: fx.noise_floor(rows.uk, rows.item),
    "variance_components": lambda rows: fx.variance_components(rows.difference, rows.item, rows.form),
    "personalization_bias": repeats,
    "personalization_bias: flips": lambda rows: repeats(rows, "flips"),
    "farthest": lambda rows: fx.farthest(GROUPS, {"y": groups(rows)}, draws=100),
    "between": gaps,
    "to_control": lambda rows: fx.to_control(groups(rows), GROUPS, "us"),
    "front": lambda rows: fx.front(GROUPS, groups(rows), groups(rows), draws=100),
    "worst": worst,
}
ESTIMATORS = WITH_MARGIN | {name: lambda rows, _, call=call: call(rows) for name, call in WITHOUT.items()}
# Public functions that see no rows of two arms: parts, p-values of others, plans, tables read from files.
OTHERS = {
    "by_topic", "detectable", "group_sequential", "information_at", "pooled_difference", "tabulate",
    "adjust", "adjust_max_t", "axis", "benjamini_hochberg", "cluster_sums", "codes", "composite", "confidence_sequence",
    "distance", "holm", "items_needed", "look", "max_t", "mcnemar", "pair", "plan", "power_of", "read_scores", "wilson",
}  # fmt: skip
