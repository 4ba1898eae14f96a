"""Is what a model infers of the asker right, and does it know how sure it is? From an inference config's samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ip_bench.effects import student
from ip_bench.effects.arrays import Numbers
from ip_bench.effects.clusters import Codes, clustered_mean
from ip_bench.effects.table import column, crossed
from ip_bench.outcomes.samples import TaskOutcomes

BINS = 10


def inferred(found: TaskOutcomes, *, alpha: float) -> dict[str, Any]:
    """Return how often the background that an arm tells of was named, and, of log-likelihoods, how well calibrated.

    Counted are rows whose arm tells of a background (`gold`). `arms`: answered rows, the share named right, and what
    was named how often. `accuracy`: the share named right over all of them. Of log-likelihoods also, with p the softmax
    over the choices: `brier`, the summed squared error of p (0 to 2); `overconfidence`, the mean of the largest p minus
    accuracy; `bins`, equal counts of rows by the largest p, with its mean and the share that was right (a reliability
    diagram).
    """
    told = [one for one in found.outcomes if found.rows[one.row_id]["gold"] is not None and one.answered]
    named = [getattr(one, "choice", None) for one in told]
    gold = [int(found.rows[one.row_id]["gold"]) for one in told]
    right = np.array([float(choice == own) for choice, own in zip(named, gold, strict=True)])
    arms: dict[str, dict[str, Any]] = {}
    for one, choice, hit in zip(told, named, right, strict=True):
        row = found.rows[one.row_id]
        entry = arms.setdefault(one.arm, {"arm": one.arm, "rows": 0, "right": 0.0, "named": {}})
        said = row["choices"][choice] if choice is not None else "none or several of them"
        entry["rows"] += 1
        entry["right"] += hit
        entry["named"][said] = entry["named"].get(said, 0) + 1
    for entry in arms.values():
        entry["right"] /= entry["rows"]
        entry["named"] = dict(sorted(entry["named"].items(), key=lambda kept: (-kept[1], kept[0])))
    factors = crossed(
        column([one.item_id for one in told]),
        column([one.realization_id for one in told]),
        column([one.template_id for one in told]),
    ) if told else []  # fmt: skip
    table = {"arms": list(arms.values()), "accuracy": _mean(right, factors, alpha)}
    if found.likelihoods and told:
        shares = [softmax(found.likelihoods[one.row_id]) for one in told]
        sure = np.array([share.max() for share in shares])
        wrong = [_brier(share, own) for share, own in zip(shares, gold, strict=True)]
        table |= {
            "brier": _mean(np.array(wrong), factors, alpha),
            "overconfidence": _mean(sure - right, factors, alpha),
            "bins": bins(sure, right),
        }
    return table


def softmax(likelihoods: Sequence[float]) -> Numbers:
    """Return the shares of the choices from their log-likelihoods."""
    raw = np.asarray(likelihoods, dtype=np.float64)
    weights = np.exp(raw - raw.max())
    return np.asarray(weights / weights.sum())


def bins(sure: Numbers, right: Numbers, count: int = BINS) -> list[dict[str, float]]:
    """Return equal counts of rows by confidence: `rows`, mean `confidence`, and the share that was `right`."""
    order = np.argsort(sure, kind="stable")
    return [
        {"rows": len(part), "confidence": float(sure[part].mean()), "right": float(right[part].mean())}
        for part in np.array_split(order, min(count, len(order)))
    ]


def _brier(share: Numbers, own: int) -> float:
    hit = np.zeros_like(share)
    hit[own] = 1.0
    return float(((share - hit) ** 2).sum())


def _mean(values: Numbers, factors: Sequence[Codes], alpha: float) -> dict[str, float]:
    """Return a mean with its interval, clustered on items, realizations and templates; NaN where there are too few."""
    mean, reach = float(values.mean()) if len(values) else math.nan, math.nan
    if factors and min(int(one.max()) for one in factors) >= 1:
        variance = clustered_mean(values, factors)
        reach = student.quantile(1 - alpha / 2, variance.df) * math.sqrt(variance.covariance[0, 0])
    return {"estimate": mean, "low": mean - reach, "high": mean + reach}
