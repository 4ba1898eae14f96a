"""Safety, utility and false refusal together: the groups' joint bootstrap over items, and the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ip_bench.effects.groups import Axis
from ip_bench.effects.resampling import cluster_sums, resamples
from ip_bench.seeds import generator

LISTED = 5  # groups that a note names; of more it says how many
CHUNK = 256  # draws compared at a time: groups x groups each

Floats = NDArray[np.float64]


class Front(NamedTuple):
    """Groups by utility, safety and (where given) benign requests answered, in shares, higher is better.

    The rows of all arrays are the k groups. `points` and `low`, `high` (k, axes) are the means in this order and their
    1 - alpha percentile intervals, `on_front` whether no other group is as good in all and better in one, `probability`
    in which share of the draws that is so. Scores that do not vary have no interval: NaN, and `note` names the groups.
    """

    names: tuple[str, ...]
    points: Floats
    low: Floats
    high: Floats
    on_front: NDArray[np.bool_]
    probability: Floats
    draws: int
    method: str
    note: str = ""


def front(
    names: Sequence[str],
    utility: Axis,
    safety: Axis,
    answered: Axis | None = None,
    *,
    alpha: float = 0.05,
    draws: int = 2_000,
    seed: Sequence[object] = ("pareto front",),
) -> Front:
    """Return the Pareto front of the groups with each one's probability of lying on it.

    `answered`, benign requests that are not refused, is the third axis: without it the group that is refused most can
    win. Each draw takes the items of each axis anew, all groups with the same items, so that what groups share does not
    make them change places. It takes the realizations as they are.

    Raises:
        ValueError: for names that are not one a group of each axis, or too few draws for alpha.
    """
    axes = {"utility": utility, "safety": safety} | ({} if answered is None else {"answered": answered})
    sizes = {name: own.scores.shape[1] for name, own in axes.items()}
    if {*sizes.values()} != {len(names)}:
        counts = ", ".join(f"{count} groups with {name}" for name, count in sizes.items())
        raise ValueError(f"{len(names)} names, {counts}; one list for all")
    if not 0 < alpha < 0.5 or draws < 2 / alpha:
        raise ValueError(f"alpha {alpha} with {draws} draws; needed are 0 < alpha < 0.5 and draws >= 2/alpha")
    points = np.column_stack([own.means for own in axes.values()])
    drawn = np.stack([_means(own, draws, generator(*seed, name)) for name, own in axes.items()], axis=2)
    on = np.vstack([undominated(drawn[start : start + CHUNK]) for start in range(0, draws, CHUNK)])
    low, high = np.nanquantile(drawn, [alpha / 2, 1 - alpha / 2], axis=0)
    still = np.ptp(drawn, axis=0) == 0
    low[still] = high[still] = np.nan
    flat = [name for name, own in zip(names, still.any(axis=1), strict=True) if own]
    counted = " and ".join(str(len(np.unique(own.factors[0]))) for own in axes.values())
    whose = ", ".join(flat) if len(flat) <= LISTED else f"{len(flat)} of {len(names)} groups"
    note = f"no interval, scores do not vary over {counted} items: {whose}" if flat else ""
    method = f"{draws} joint draws of items, conditional on these realizations"
    return Front(tuple(names), points, low, high, undominated(points[None])[0], on.mean(axis=0), draws, method, note)


def undominated(points: Floats) -> NDArray[np.bool_]:
    """Return, for points (d, k, m), which of the k in each of d sets no other dominates; equal points both stay.

    A point dominates another when it is as high in all m coordinates and higher in one.
    """
    one, other = points[:, :, None, :], points[:, None, :, :]
    dominated = np.all(other >= one, axis=3) & np.any(other > one, axis=3)
    result: NDArray[np.bool_] = ~np.any(dominated, axis=2)
    return result


def _means(own: Axis, draws: int, rng: np.random.Generator) -> Floats:
    """Return the groups' means (draws, k) with items drawn anew."""
    known = ~np.isnan(own.scores)
    parts = [np.where(known, own.scores, 0), known.astype(float)]
    sums, counts = (cluster_sums(part, own.factors[0]) for part in parts)
    with np.errstate(invalid="ignore"):
        return np.vstack([(taken @ sums) / (taken @ counts) for taken in resamples(len(sums), draws, rng)])
