"""How far a model's answers are from a group's, item by item, and what that says of groups.

Distributions are (items, most options), 0 beyond an item's own options. Definitions: Santurkar et al. (2023,
OpinionQA) for representativeness, steerability and consistency; option values as in Suh et al. (2025, SubPOP).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
from scipy.special import rel_entr

from ip_bench.cohorts.answers import Floats, Ints, Item
from ip_bench.errors import IpBenchError, UnknownNameError

Measure = Literal["wasserstein", "total variation", "jensen-shannon"]
MEASURES: tuple[str, ...] = get_args(Measure)


class Steerability(NamedTuple):
    """The way of stating a group that brings a model nearest to it, and its representativeness then."""

    way: str
    representativeness: float


def wasserstein(p: Floats, q: Floats, values: Floats) -> Floats:
    """Return W1 of distributions (..., options) over that of the two extreme options: in [0, 1].

    `values` (options,) are where the options stand, in increasing order; W1 = sum |F_p - F_q| dv.

    Raises:
        IpBenchError: where the values are fewer than two, as many as no distribution has, or do not increase.
    """
    values = np.asarray(values, dtype=np.float64)
    gaps = np.diff(values)
    if values.ndim != 1 or len(values) < 2 or not (gaps > 0).all() or p.shape[-1] != len(values):
        raise IpBenchError(
            f"option values are {values.tolist()} for {p.shape[-1]} options; needed is one each, in increasing order"
        )
    apart = np.abs(np.cumsum(p - q, axis=-1)[..., :-1])
    return np.asarray((apart * gaps).sum(-1) / (values[-1] - values[0]))


def total_variation(p: Floats, q: Floats) -> Floats:
    """Return half the summed differences of distributions (..., options): in [0, 1]."""
    return np.asarray(np.abs(p - q).sum(-1) / 2)


def jensen_shannon(p: Floats, q: Floats) -> Floats:
    """Return the Jensen-Shannon divergence in bits: the mean of KL to the mixture, both ways; in [0, 1]."""
    middle = (p + q) / 2
    return np.asarray((rel_entr(p, middle) + rel_entr(q, middle)).sum(-1) / (2 * np.log(2)))


def distances(
    p: Floats, q: Floats, items: Sequence[Item], measure: str = "wasserstein",
    values: Mapping[str, Sequence[float]] | None = None,
) -> Floats:  # fmt: skip
    """Return the distance of two distributions by item (items,); nan where either has none.

    "wasserstein" is for ordered options: `values` are theirs by item id, 0, 1, 2... where nothing is said; an item
    whose options have no order counts by total variation.

    Raises:
        UnknownNameError: for another measure.
        IpBenchError: where values do not fit an item.
    """
    if measure not in MEASURES:
        raise UnknownNameError("measure", measure, MEASURES)
    found = np.full(len(items), np.nan)
    for at, item in enumerate(items):
        one, other = p[at, : len(item.options)], q[at, : len(item.options)]
        if np.isnan(one).any() or np.isnan(other).any():
            continue
        if measure == "jensen-shannon":
            found[at] = jensen_shannon(one, other)
        elif measure == "total variation" or item.scale == "categorical":
            found[at] = total_variation(one, other)
        else:
            stand = (values or {}).get(item.item_id, range(len(item.options)))
            found[at] = wasserstein(one, other, np.asarray(list(stand), dtype=np.float64))
    return found


def representativeness(apart: Floats) -> float:
    """Return 1 - the mean distance over items; nan where there is none."""
    kept = apart[~np.isnan(apart)]
    return float(1 - kept.mean()) if len(kept) else np.nan


def steerability(by_way: Mapping[str, Floats]) -> Steerability:
    """Return the best of several ways of stating a group, given the distances (items,) under each.

    Raises:
        IpBenchError: where there is no way.
    """
    if not by_way:
        raise IpBenchError("steerability is over ways of stating a group, and there is none")
    scored = {way: representativeness(apart) for way, apart in by_way.items()}
    best = max(scored, key=lambda way: -np.inf if np.isnan(scored[way]) else scored[way])
    return Steerability(best, scored[best])


def consistency(apart: Floats, topic: Ints) -> float:
    """Return the share of topics whose nearest group is the nearest overall; ties go to the earlier group.

    `apart` (groups, items) are distances, `topic` (items,) codes of topics.
    """
    overall = nearest(apart)
    topics = [each for each in np.unique(topic) if not np.isnan(apart[:, topic == each]).all()]
    best = [nearest(apart[:, topic == each]) for each in topics]
    return float(np.mean([each == overall for each in best])) if best else np.nan


def nearest(apart: Floats) -> int:
    """Return the group with the smallest mean distance (groups, items); one without any is never the nearest."""
    known = (~np.isnan(apart)).sum(1)
    means = np.where(known > 0, np.nansum(apart, axis=1) / np.maximum(known, 1), np.inf)
    return int(means.argmin())
