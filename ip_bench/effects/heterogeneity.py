"""Effects by topic: how much they differ, and what each is once it borrows from the others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import scipy

from ip_bench.design import Contrast
from ip_bench.effects.arrays import Numbers
from ip_bench.effects.effect import Effect
from ip_bench.effects.labels import Entered, Labels, labels
from ip_bench.effects.limits import Interval, declared
from ip_bench.effects.paired import nan_effect, summarize
from ip_bench.effects.prediction import prediction_interval
from ip_bench.effects.topics import TopicEffects
from ip_bench.errors import SamplesError, UnknownNameError

Between = Literal["paule-mandel", "dersimonian-laird"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    """How an effect differs between topics.

    `mean` is the effect of a topic drawn at random, `tau2` the variance between topics, `q` Cochran's statistic with
    its degrees of freedom and p, `i2` the share of the variance that is between topics, `prediction` the interval of a
    new topic's effect; `topics` holds the shrunken effects, `weight` how much each kept of its own estimate.
    """

    mean: Effect
    tau2: float
    q: float
    q_df: int
    q_p: float
    i2: float
    prediction: Interval
    topics: tuple[Effect, ...]
    weight: tuple[float, ...]


def between_topics(estimate: Numbers, variance: Numbers, method: Between) -> float:
    """Return tau^2, the variance between topics beyond that of the estimates, at least 0.

    "paule-mandel" (1982) solves sum (y - mean)^2 / (v + tau^2) = k - 1; "dersimonian-laird" (1986) is the moment
    estimate at the weights 1/v.
    """
    spare = len(estimate) - 1

    def excess(tau2: float) -> float:
        return _cochran(estimate, variance + tau2)[1] - spare

    if excess(0.0) <= 0:
        return 0.0
    if method == "dersimonian-laird":
        weight = 1 / variance
        return excess(0.0) / float(weight.sum() - (weight**2).sum() / weight.sum())
    top = float(variance.max() + ((estimate - estimate.mean()) ** 2).sum())
    while excess(top) > 0:
        top *= 2
    return float(scipy.optimize.brentq(excess, 0.0, top, xtol=1e-16, rtol=1e-14))


def heterogeneity(
    effects: TopicEffects,
    contrast: Contrast,
    *,
    margin: float,
    between: Between = "paule-mandel",
    alpha: float = 0.05,
) -> Heterogeneity:
    """Return how the effects of topics differ, their mean, and each topic's shrunken effect.

    The mean has the Hartung-Knapp variance, never below the usual one, and t with k - 1 degrees of freedom (Roever,
    Knapp and Friede, 2015). Topics are shrunken as in Morris (1983): weight (k - 3)/(k - 1) v/(v + tau^2) on the mean,
    with his variance, which counts that tau^2 is estimated; intervals cover on average over topics, and with three
    topics or fewer nothing is shrunken. With fewer than two topics all is NaN, with two there is no prediction.

    Raises:
        SamplesError: when a topic's variance is not above 0, or an estimate is not finite.
        UnknownNameError: for another method of `between`.
        ValueError: for a margin or alpha out of range.
    """
    declared(margin, alpha)
    if between not in get_args(Between):
        raise UnknownNameError("method", between, get_args(Between))
    y, v, k = effects.estimate, effects.variance, len(effects.names)
    usable = np.isfinite(y) & np.isfinite(v) & (v > 0)
    if not usable.all():
        bad = ", ".join(name for name, fine in zip(effects.names, usable, strict=True) if not fine)
        raise SamplesError(f"{k - usable.sum()} of {k} topics without a finite estimate and a variance above 0: {bad}")
    entered: Entered = {
        "n_items": sum(own["n_items"] for own in effects.counts),
        "n_realizations": max((own["n_realizations"] for own in effects.counts), default=0),
        "n_rows": sum(own["n_rows"] for own in effects.counts),
    }
    named = labels(contrast, margin, alpha, {}, entered)
    if k < 2:
        cause = "; ".join(part for part in (f"{k} topics with an effect; two are needed", effects.note) if part)
        mean = nan_effect(cause, **named)
        return Heterogeneity(
            mean=mean, tau2=math.nan, q=math.nan, q_df=0, q_p=math.nan, i2=math.nan,
            prediction=(math.nan, math.nan), topics=(), weight=(),
        )  # fmt: skip
    q = _cochran(y, v)[1]
    tau2 = between_topics(y, v, between)
    middle, scatter = _cochran(y, v + tau2)
    weight = 1 / (v + tau2)
    se = math.sqrt(max(1.0, scatter / (k - 1)) / float(weight.sum()))
    method = f"mean over {k} topics, {between} tau {math.sqrt(tau2):.4f}, Hartung-Knapp, t"
    mean = summarize(middle, se, k - 1, method=method, note=effects.note, **named)
    pull = max(0, k - 3) / (k - 1) * v * weight
    shrunken = (1 - pull) * y + pull * middle
    spread = v * (1 - pull * (1 - weight / weight.sum()))
    if k > 3:
        typical = float((weight * v).sum() / weight.sum())
        spread = spread + 2 / (k - 3) * pull**2 * (typical + tau2) * weight * (y - middle) ** 2
    topics = tuple(
        _topic(*own, named=named)
        for own in zip(effects.names, shrunken, spread, 1 - pull, effects.counts, y, strict=True)
    )
    return Heterogeneity(
        mean=mean,
        tau2=tau2,
        q=q,
        q_df=k - 1,
        q_p=float(scipy.stats.chi2.sf(q, k - 1)),
        i2=max(0.0, (q - (k - 1)) / q) if q > 0 else 0.0,
        prediction=prediction_interval(y, v, alpha) if k > 2 else (math.nan, math.nan),
        topics=topics,
        weight=tuple(float(own) for own in 1 - pull),
    )


def _cochran(estimate: Numbers, variance: Numbers) -> tuple[float, float]:
    """Return the inverse-variance mean and the weighted sum of squares around it."""
    weight = 1 / variance
    middle = float((weight * estimate).sum() / weight.sum())
    return middle, float((weight * (estimate - middle) ** 2).sum())


def _topic(
    name: str,
    value: float,
    variance: float,
    own: float,
    entered: Entered,
    plain: float,
    *,
    named: Labels,
) -> Effect:
    words: Labels = {**named, **entered, "estimand": f"{named['estimand']} (topic {name})"}
    method = f"shrunken to the mean of topics, {own:.2f} of its own estimate {plain:+.3f}, t"
    return summarize(float(value), math.sqrt(variance), entered["n_items"] - 1, method=method, **words)
