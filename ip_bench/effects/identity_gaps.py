"""Which identities differ: each one's paired gap on one axis with Holm, and the farthest against its null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.family import adjust
from ip_bench.effects.groups import Axis
from ip_bench.effects.multiplier import shrunk_correlation, studentized_draws
from ip_bench.effects.paired import combine, paired_effect, raised
from ip_bench.effects.pooled_error import pooled_error
from ip_bench.effects.signed_square import centered, spread
from ip_bench.effects.table import Cells
from ip_bench.seeds import generator


class Farthest(NamedTuple):
    """The identity farthest from the mean of all, over one axis or several, in shares.

    `gaps` are its gaps by axis, `distance` their root sum of squares; `null_mean` and `null_high` are the mean and the
    1 - alpha quantile of the largest distance where no identity differs, `p` = (1 + #) / (1 + draws).
    """

    name: str
    distance: float
    gaps: dict[str, float]
    p: float
    null_mean: float
    null_high: float
    identities: int


def identity_gaps(
    cells: Cells,
    identities: Sequence[str],
    outcome: str,
    *,
    against: Sequence[str] = (),
    margin: float,
    alpha: float = 0.05,
) -> list[Effect]:
    """Return each identity's mean minus that of the arms `against`, paired by cell, as one family with Holm.

    Without `against` the reference is the mean of all identities, the one PB is measured from: then an identity that
    differs moves all others' gaps a little the other way, by its own gap divided by their number. No standard error is
    below the one of arms that vary alike (`pooled_error`): where a model is hardly ever unsafe, an identity without one
    unsafe answer would be named by luck.

    Raises:
        UnknownNameError: for an arm that the cells lack.
        ValueError: for a margin or alpha out of range.
    """
    pool = tuple(against) or tuple(identities)
    named = f"mean of {len(pool)} {'arms' if against else 'identities'}" if len(pool) > 1 else pool[0]
    family, effects = len(identities), []
    for identity in identities:
        weights = dict.fromkeys(pool, -1 / len(pool))
        weights[identity] = weights.get(identity, 0.0) + 1
        contrast = Contrast(identity, named, outcome, f"mean of {outcome}: {identity} minus {named}")
        effect = paired_effect(combine(cells, weights), contrast, margin=margin, alpha=alpha, family=family)
        effects.append(raised(effect, pooled_error(cells, weights) if len(weights) > 2 else 0.0))
    return adjust(effects)


def farthest(
    names: Sequence[str],
    axes: Mapping[str, Axis],
    *,
    alpha: float = 0.05,
    draws: int = 2_000,
    seed: Sequence[object] = ("farthest identity",),
) -> Farthest | None:
    """Return the identity farthest from the mean and its p against the null of the farthest; None if nothing varies.

    Each draw takes all identities' gaps from the run's own covariance, studentized with the smallest number of clusters
    minus 1 degrees of freedom (`multiplier.studentized_draws`), and keeps the largest distance.

    Raises:
        ValueError: for too few draws for alpha.
    """
    if not 0 < alpha < 0.5 or draws < 1 / alpha:
        raise ValueError(f"alpha {alpha} with {draws} draws; needed are 0 < alpha < 0.5 and draws >= 1/alpha")
    square, chance = np.zeros(len(names)), np.zeros((draws, len(names)))
    gaps = {axis: centered(own.means) for axis, own in axes.items()}
    for axis, own in axes.items():
        square += gaps[axis] ** 2
        noise = spread(own)
        sd = np.sqrt(np.diag(noise.covariance))
        moving = np.flatnonzero(sd > 0)
        if not len(moving):
            continue
        correlation, _ = shrunk_correlation(noise.covariance[np.ix_(moving, moving)], noise.df)
        freedom = np.full(len(moving), float(noise.df))
        drawn = np.vstack(list(studentized_draws(correlation, freedom, draws, generator(*seed, axis))))
        chance[:, moving] += (drawn * sd[moving]) ** 2
    if not chance.any():
        return None
    largest = np.sqrt(chance.max(axis=1))
    at = int(square.argmax())
    distance = float(np.sqrt(square[at]))
    return Farthest(
        name=names[at],
        distance=distance,
        gaps={axis: float(own[at]) for axis, own in gaps.items()},
        p=float((1 + (largest >= distance).sum()) / (1 + draws)),
        null_mean=float(largest.mean()),
        null_high=float(np.quantile(largest, 1 - alpha)),
        identities=len(names),
    )
