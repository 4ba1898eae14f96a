"""Who belongs together: the one place where clusters are formed and variances summed over them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Codes = NDArray[np.intp]


class MeanVariance(NamedTuple):
    """The covariance matrix of column means, its degrees of freedom, and the number of clusters per factor."""

    covariance: NDArray[np.float64]
    df: int
    clusters: tuple[int, ...]


def codes(labels: ArrayLike) -> Codes:
    """Return integer codes 0..C-1 of the labels, in sorted order of the labels."""
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.intp)


def _meat(residuals: NDArray[np.float64], group: Codes) -> NDArray[np.float64]:
    """Return C/(C-1) times the sum over groups of outer products of residual sums, divided by n squared."""
    count = int(group.max()) + 1
    sums = np.column_stack(
        [np.bincount(group, weights=residuals[:, k], minlength=count) for k in range(residuals.shape[1])]
    )
    factor = count / (count - 1) if count > 1 else np.nan
    return np.asarray(factor * (sums.T @ sums) / len(residuals) ** 2)


def clustered_mean(values: ArrayLike, factors: Sequence[Codes]) -> MeanVariance:
    """Return the covariance of the column means of `values` (n x k) under crossed random factors.

    The multi-way formula of Cameron, Gelbach and Miller (2011): one-way terms, minus two-way intersections, plus
    three-way ones, each with the factor C/(C-1). Where the sum comes out below a one-way term it is raised to that
    term (for a scalar the larger of the two, for a matrix in the directions that fall short): the difference is then
    sampling noise, and ignoring a factor is not licensed by it. Degrees of freedom: the smallest number of clusters
    minus 1.

    Raises:
        ValueError: when there is no factor, or one with fewer than two clusters.
    """
    table = np.asarray(values, dtype=np.float64)
    table = table.reshape(len(table), -1)
    counts = tuple(int(factor.max()) + 1 for factor in factors)
    if not counts or min(counts) < 2:
        raise ValueError(f"clusters per factor are {counts}; each factor needs two or more")
    residuals = table - table.mean(axis=0)
    total = np.zeros((table.shape[1], table.shape[1]))
    one_way = []
    for size in range(1, len(factors) + 1):
        for members in combinations(factors, size):
            group = members[0]
            for other in members[1:]:
                group = codes(group * (int(other.max()) + 1) + other)
            term = _meat(residuals, group)
            if size == 1:
                one_way.append(term)
            total = total + (-1) ** (size + 1) * term
    for term in one_way:
        values, vectors = np.linalg.eigh(total - term)
        total = term + (vectors * np.maximum(values, 0)) @ vectors.T
    return MeanVariance(total, min(counts) - 1, counts)
