"""Screens over many groups: Benjamini and Hochberg's adjustment, and the worst group against the null of the worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ip_bench.effects.multiplier import shrunk_correlation, studentized_draws
from ip_bench.seeds import generator

Floats = NDArray[np.float64]
Side = Literal["either", "lowest", "highest"]


class Worst(NamedTuple):
    """The group farthest out, against how far out the farthest lies by chance.

    `gap` is its estimate as found, which is biased outward because it was chosen; `corrected` is without the bias
    that choosing adds. `null_mean` and `null_high` are the mean and the 1 - alpha quantile of the worst gap where
    no group differs (distances, so above 0); `p` = (1 + #) / (1 + draws).
    """

    name: str
    gap: float
    corrected: float
    p: float
    null_mean: float
    null_high: float
    groups: int


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Return adjusted p-values (Benjamini and Hochberg 1995) in the order given; NaN stays NaN and is not counted.

    Raises:
        ValueError: for a p outside [0, 1].
    """
    p = np.asarray(p_values, dtype=np.float64)
    known = ~np.isnan(p)
    adjusted = np.full(p.shape, np.nan)
    if outside := int(((p[known] < 0) | (p[known] > 1)).sum()):
        raise ValueError(f"{outside} of {p.size} p-values lie outside [0, 1]")
    if known.any():
        adjusted[known] = scipy.stats.false_discovery_control(p[known])
    return adjusted


def worst(
    names: Sequence[str],
    gaps: ArrayLike,
    covariance: ArrayLike,
    df: float,
    *,
    side: Side = "either",
    alpha: float = 0.05,
    draws: int = 10_000,
    seed: Sequence[object] = ("worst group",),
) -> Worst:
    """Return the group with the largest gap and its p against the null distribution of the largest.

    `gaps` (k,) with their `covariance` (k, k) and `df` as `clustered` gives them, in one unit. The null distribution
    is that of the multiplier draws (`multiplier.studentized_draws`), in the unit of the gaps. The bias of choosing is
    estimated by drawing around centers and choosing again: the mean of what the chosen one exceeds its own center by.
    The centers are the gaps found, where farther out than the 1 - alpha quantile of the worst by chance; the others
    are shrunk to 0 by the share of their squares that is noise (James and Stein 1961).

    Raises:
        ValueError: for shapes that do not fit, fewer than two groups, gaps that are not finite, a group without
            variance, an unknown side, or too few draws for alpha.
    """
    found, spread = np.asarray(gaps, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    count = len(names)
    if found.shape != (count,) or spread.shape != (count, count) or count < 2:
        raise ValueError(f"{count} names, gaps {found.shape}, covariance {spread.shape}; two groups or more are needed")
    if side not in {"either", "lowest", "highest"}:
        raise ValueError(f"unknown side {side!r}; sides are: either, lowest, highest")
    if not 0 < alpha < 0.5 or draws < 1 / alpha or df < 1:
        raise ValueError(f"alpha {alpha} with {draws} draws and df {df}; draws >= 1/alpha and df >= 1 are needed")
    variance = np.diag(spread)
    sound = np.isfinite(found) & np.isfinite(variance) & ((variance > 0) | (found == 0))
    if not sound.all() or not (variance > 0).any():
        bad = [name for name, well in zip(names, sound, strict=True) if not well] or list(names)
        raise ValueError(f"{len(bad)} of {count} groups have no finite gap or no variance: {', '.join(bad)}")
    sign = {"either": 0, "lowest": -1, "highest": 1}[side]
    at = int(_distance(found, sign).argmax())
    moving = np.flatnonzero(variance > 0)  # a group that never differs has gap 0 in every draw, too
    sd = np.sqrt(variance[moving])
    correlation, _ = shrunk_correlation(spread[np.ix_(moving, moving)], df)
    noise = np.zeros((draws, count))
    chunks = studentized_draws(correlation, np.full(len(moving), np.floor(df)), draws, generator(*seed))
    noise[:, moving] = np.vstack(list(chunks)) * sd
    worst_of_none = _distance(noise, sign).max(axis=1)
    high = float(np.quantile(worst_of_none, 1 - alpha))
    center = _center(found, variance, high)
    rows, chosen = np.arange(draws), _distance(center + noise, sign).argmax(axis=1)
    toward = sign or np.sign((center + noise)[rows, chosen])
    excess = float((toward * noise[rows, chosen]).mean())
    outward = sign or float(np.sign(found[at]))
    return Worst(
        names[at],
        float(found[at]),
        float(found[at] - outward * excess),
        float((1 + (worst_of_none >= _distance(found, sign)[at]).sum()) / (1 + draws)),
        float(worst_of_none.mean()),
        high,
        count,
    )


def _distance(gaps: Floats, sign: int) -> Floats:
    return np.abs(gaps) if sign == 0 else sign * gaps


def _center(gaps: Floats, variance: Floats, high: float) -> Floats:
    near = np.abs(gaps) < high
    square = float((gaps[near] ** 2).sum())
    kept = max(0.0, 1 - float(variance[near].sum()) / square) if square > 0 else 0.0
    return np.where(near, kept * gaps, gaps)
