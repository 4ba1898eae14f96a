"""Groups exchanged within items: what their means look like where labels do not matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ip_bench.effects.groups import Axis
from ip_bench.effects.resampling import cluster_sums
from ip_bench.effects.signed_square import centered
from ip_bench.effects.signflip import random_flips

Floats = NDArray[np.float64]


def exchanged(own: Axis, draws: int, rng: np.random.Generator) -> tuple[Floats, float]:
    """Return the sum of squares of the groups' centered means with labels exchanged within items, and as found.

    All of an item's cells exchange their labels alike: an answer stays in its item and in its template, and what the
    item does to one group in all templates stays together.
    """
    known = ~np.isnan(own.scores)
    sums, counts = cluster_sums(np.where(known, own.scores, 0), own.factors[0]), cluster_sums(known, own.factors[0])
    moving = (np.ptp(sums, axis=1) > 0) | (np.ptp(counts, axis=1) > 0)  # the others are the same for all groups
    still_sum, still_count = sums[~moving].sum(axis=0), counts[~moving].sum(axis=0)
    sums, counts = sums[moving], counts[moving]
    uneven = bool((np.ptp(counts, axis=1) > 0).any())
    squares = np.empty(draws)
    labels = np.tile(np.arange(sums.shape[1]), (len(sums), 1))
    for draw in range(draws):
        if uneven:
            order = rng.permuted(labels, axis=1)
            total, count = (np.take_along_axis(table, order, axis=1).sum(axis=0) for table in (sums, counts))
        else:
            total, count = rng.permuted(sums, axis=1).sum(axis=0), counts.sum(axis=0)
        squares[draw] = (centered((still_sum + total) / (still_count + count)) ** 2).sum()
    return squares, float((centered(own.means) ** 2).sum())


def flipped(own: Axis, draws: int, rng: np.random.Generator) -> tuple[Floats, float]:
    """Return the same for each item's deviations from its mean over groups, with signs flipped."""
    known = ~np.isnan(own.scores)
    level = np.divide(
        np.nansum(own.scores, axis=1), known.sum(axis=1), where=known.any(axis=1), out=np.zeros(len(known))
    )
    deviation = cluster_sums(np.where(known, own.scores - level[:, None], 0) / known.sum(axis=0), own.factors[0])
    total = deviation.sum(axis=0)
    found = [total - 2 * (minus @ deviation) for minus in random_flips(len(deviation), draws, rng)]
    return (centered(np.vstack(found)) ** 2).sum(axis=1), float((centered(total) ** 2).sum())
