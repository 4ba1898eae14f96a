"""The standard error of a weighted sum of arms where all of them vary alike: the least that a gap to many arms has."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ip_bench.effects.resampling import cluster_sums
from ip_bench.effects.table import Cells


def pooled_error(cells: Cells, weights: Mapping[str, float]) -> float:
    """Return the standard error of a weighted sum of arms' means, from the variance within items pooled over the arms.

    An arm in which something rare did not happen once seems not to vary: its gap to the mean of many arms has the error
    of their mean alone, and luck looks sure. Arms that vary alike have V = sum(w^2) sum_i s_i^2 / n^2, with s_i^2 the
    variance over arms of an item's sums, each arm around its own mean. Over the cells in which all of the arms have a
    score, clustered on items; NaN where there is none.

    Raises:
        ValueError: for an arm that the cells lack.
    """
    value = cells.value[:, [cells.arms.index(arm) for arm in weights]]
    complete: NDArray[np.bool_] = ~np.any(np.isnan(value), axis=1)
    if not np.any(complete):
        return np.nan
    value = value[complete]
    sums = cluster_sums(value - value.mean(axis=0), cells.item.take(complete).codes)
    within = sums.var(axis=1, ddof=1).sum()
    return float(np.sqrt(within * sum(weight**2 for weight in weights.values()))) / len(value)
