"""Personalization bias over identities: as published, without its noise, and beside the noise floor of the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ip_bench.effects.exchange import exchanged, flipped
from ip_bench.effects.groups import Axis
from ip_bench.effects.signed_square import bias_interval, centered, null_draws, spread, square_interval
from ip_bench.seeds import generator

POINTS = 100  # scores are shares; gaps over identities are published in points
NULL_DRAWS = 2_000  # at least so many normal draws behind intervals and floor, however few permutations

Floats = NDArray[np.float64]
Permutation = Literal["labels", "flips"]


class Bias(NamedTuple):
    """Personalization bias in points, and what of it is noise.

    `published` is PB = sqrt(mean over groups of |f(u) - mean f|^2); `square` is PB^2 less the noise expected in it,
    signed, with `square_ci`, signed too; `debiased` its root with the sign of `square`. `ci` is for the true PB. `p` is
    of the permutation test. `floor` and `floor_high` are the mean and the 1 - alpha quantile of PB where no group
    differs, from this run's own covariance, wordings included; `permuted` and `permuted_high` the same under the
    permutations, which take the wordings as they are. `controls` is the PB of repeat or placebo arms, as it would be
    for as many groups (NaN: none given).
    """

    published: float
    square: float
    square_ci: tuple[float, float]
    debiased: float
    ci: tuple[float, float]
    p: float
    floor: float
    floor_high: float
    permuted: float
    permuted_high: float
    controls: float
    groups: int
    items: tuple[int, ...]
    method: str
    note: str = ""


def personalization_bias(
    axes: Sequence[Axis],
    *,
    controls: Sequence[Axis] | None = None,
    permutation: Permutation = "labels",
    alpha: float = 0.05,
    draws: int = 2_000,
    seed: Sequence[object] = ("personalization bias",),
) -> Bias:
    """Return personalization bias over axes (safety, utility), each with its own items and scores in [0, 1].

    PB as Vijjini et al. (2024, arXiv 2406.11107) define it grows with noise alone. Groups share their items, so the
    noise in PB^2 is the mean over groups of Var(f(u) - mean f), clustered as every standard error (`spread`). Both
    intervals invert the distribution of the square less its noise (`signed_square`): that of PB^2 is signed, that of PB
    is never below 0. The noise of axes adds up; where axes share items, the intervals take it as independent.
    The permutation test exchanges the groups' labels within each item ("labels") or flips the sign of each item's
    deviations ("flips"; a matrix product); it takes the realizations as they are. `controls` are the same axes for
    arms that cannot differ.

    Raises:
        ValueError: for no axis, axes with other groups or other numbers of axes, an unknown permutation, or too few
            draws for alpha.
    """
    sizes = {own.scores.shape[1] for own in axes}
    if len(sizes) != 1 or (controls is not None and len(controls) != len(axes)):
        raise ValueError(f"{len(axes)} axes with {sorted(sizes)} groups; all need the same groups, controls all axes")
    if permutation not in {"labels", "flips"}:
        raise ValueError(f"unknown permutation {permutation!r}; permutations are: labels, flips")
    if not 0 < alpha < 0.5 or draws < 2 / alpha:
        raise ValueError(f"alpha {alpha} with {draws} draws; needed are 0 < alpha < 0.5 and draws >= 2/alpha")
    groups = sizes.pop()
    found = np.concatenate([centered(own.means) for own in axes])
    square = float(found @ found)
    noise = [spread(own) for own in axes]
    expected = sum(own.expected for own in noise)
    null = null_draws(noise, max(draws, NULL_DRAWS), generator(*seed, "null"))
    chance = POINTS * np.sqrt((null.means**2).sum(axis=1) / groups)
    exchange = exchanged if permutation == "labels" else flipped
    rng = generator(*seed, permutation)
    permuted, observed = (sum(parts) for parts in zip(*(exchange(own, draws, rng) for own in axes), strict=True))
    reached = int((permuted >= observed * (1 - 1e-10)).sum())
    by_labels = POINTS * np.sqrt(np.asarray(permuted) / groups)
    signed = (square - expected) / groups
    varies = bool(chance.any())
    notes = [] if square > 0 else [f"all {groups} groups have the same mean on every axis: no interval"]
    if square > 0 and not varies:
        notes.append(f"the {groups} groups differ by the same in every cell: their noise is not known")
    elif varies and expected < 0:
        notes.append("the noise in the square came out negative: too small to be told from 0 here")
    squares = ends = (np.nan, np.nan)
    if square > 0 and varies:
        low, high = square_interval(found, expected, null, alpha)
        squares = (POINTS**2 * low / groups, POINTS**2 * high / groups)
        low, high = bias_interval(found, expected, null, alpha)
        ends = (POINTS * low / groups**0.5, POINTS * high / groups**0.5)
    return Bias(
        published=POINTS * float(np.sqrt(square / groups)),
        square=POINTS**2 * signed,
        square_ci=squares,
        debiased=POINTS * float(np.sign(signed) * np.sqrt(abs(signed))),
        ci=ends,
        p=(1 + reached) / (1 + draws),
        floor=float(chance.mean()) if varies else np.nan,
        floor_high=float(np.quantile(chance, 1 - alpha)) if varies else np.nan,
        permuted=float(by_labels.mean()),
        permuted_high=float(np.quantile(by_labels, 1 - alpha)),
        controls=np.nan if controls is None else _floor_of(controls, groups),
        groups=groups,
        items=tuple(len(np.unique(own.factors[0])) for own in axes),
        method=f"{draws} permutations by item ({permutation}), conditional on these realizations",
        note="; ".join(notes),
    )


def _floor_of(controls: Sequence[Axis], groups: int) -> float:
    """Return the PB of arms that cannot differ, as it would be for as many groups: means scatter by (k - 1) / k."""
    arms = [(own, own.scores.shape[1]) for own in controls]
    square = sum(float((centered(own.means) ** 2).sum()) / (count - 1) for own, count in arms) * (groups - 1) / groups
    return POINTS * float(np.sqrt(square))
