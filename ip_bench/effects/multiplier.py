"""Max-T: error held over a whole family of correlated contrasts by a multi-way multiplier bootstrap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from ip_bench.effects.clusters import Codes, clustered
from ip_bench.seeds import generator

CHUNK = 4096  # draws at a time: memory does not grow with their number
MANY = 64  # above so many degrees of freedom a chi-square is drawn by its cube root, which is then normal to 1e-4

Floats = NDArray[np.float64]


class MaxT(NamedTuple):
    """What max-T says of k contrasts; arrays of shape (k,), NaN where a contrast has no statistic.

    `critical` is the 1 - alpha quantile of max|T| (one number where all contrasts have the same degrees of freedom;
    else the same tail probability on each one's own t), `single_step` and `step_down` the adjusted p-values,
    `shrinkage` the weight of independence in the correlations that were drawn from.
    """

    critical: Floats
    single_step: Floats
    step_down: Floats
    shrinkage: float
    draws: int


def max_t(
    statistic: ArrayLike,
    df: ArrayLike,
    influence: ArrayLike,
    factors: Sequence[Codes],
    *,
    alpha: float = 0.05,
    draws: int = 10_000,
    family: int | None = None,
    seed: Sequence[object] = ("max-T",),
) -> MaxT:
    """Return the quantile of max|T| and adjusted p-values of k studentized contrasts under crossed random factors.

    `statistic` (k,) is estimate / standard error and `df` (k,) its degrees of freedom, as the closed form gave them
    (the smallest number of clusters minus 1). `influence` (n, k) is what each row adds to the error of each estimate
    (0 outside a contrast), `factors` the crossed clusters of the rows (items, realizations, templates).

    Gaussian multipliers: given the data, cluster sums times independent N(0, 1) multipliers add up to N(0, V) with V
    from `clustered`, so draws are taken from the k x k covariance, which is the same distribution at a cost that does
    not depend on n. Each draw is studentized anew: df + 1 rounds of multipliers stand for the clusters of the scarcest
    factor, one for the estimate, df for its standard error. So each contrast alone has its t distribution, and what is
    estimated is how the contrasts hang together. Simulated with 8 realizations of SD .04 to .12, the error over 30
    contrasts was .21 to .35 without this, and up to .15 with one common denominator (multivariate t). Correlations
    estimated from few clusters scatter, which makes contrasts look more alike than they are; they are shrunk to
    independence, the least favorable case (Sidak 1967), by the share of their squares that is noise.

    p = (1 + #) / (1 + draws) (Westfall and Young 1993; step-down: Romano and Wolf 2005), never above Bonferroni's
    (Holm's) and never below the contrast's own; the quantile likewise. `family` counts the contrasts that share
    alpha, those without a statistic included (default: those with one).

    Sources: Cameron, Gelbach and Miller (2011) for V; Chiang, Kato and Sasaki (2023) for multipliers of several ways;
    Schafer and Strimmer (2005) for the shrinkage.

    Raises:
        ValueError: for shapes that do not fit, a contrast with a statistic but no variance or df below 1, too few
            draws for alpha, or a family smaller than the number of contrasts.
    """
    t, degrees, table = np.asarray(statistic, dtype=float), np.asarray(df, dtype=float), np.asarray(influence)
    if t.ndim != 1 or degrees.shape != t.shape or table.ndim != 2 or table.shape[1] != len(t):
        raise ValueError(f"shapes {t.shape}, {degrees.shape} and {table.shape}; expected (k,), (k,) and (n, k)")
    known = np.flatnonzero(~np.isnan(t))
    size = len(known) if family is None else family
    rank = int(alpha * (1 + draws))
    if size < len(known):
        raise ValueError(f"a family of {size} cannot hold {len(known)} contrasts with a statistic")
    if not 0 < alpha < 0.5 or rank < 1:
        raise ValueError(f"alpha {alpha} with {draws} draws; needed are 0 < alpha < 0.5 and draws >= 1/alpha - 1")
    none = np.full(len(t), np.nan)
    if not len(known):
        return MaxT(none, none.copy(), none.copy(), 0.0, draws)
    own, freedom = np.abs(t[known]), np.floor(degrees[known])
    _check(own, freedom, table[:, known])
    correlation, shrinkage = shrunk_correlation(clustered(table[:, known], factors).covariance, freedom.min())

    alone = 2 * special.stdtr(freedom, -own)
    order = np.argsort(alone, kind="stable")
    scores = _score(own, freedom)
    above, beyond, largest = np.zeros(len(known)), np.zeros(len(known)), []
    for chunk in studentized_draws(correlation, freedom, draws, generator(*seed)):
        found = _score(np.abs(chunk), freedom)
        top = found.max(axis=1)
        largest.append(top)
        above += (top[:, None] >= scores).sum(axis=0)
        rest = np.maximum.accumulate(found[:, order[::-1]], axis=1)[:, ::-1]
        beyond[order] += (rest >= scores[order]).sum(axis=0)
    share = size / len(known)  # contrasts without a statistic keep their part of alpha, as Bonferroni gives it
    rank = int(alpha / share * (1 + draws))
    bonferroni, nominal = (special.stdtrit(freedom, 1 - alpha / 2 / count) for count in (size, 1))
    quantile = np.sort(np.concatenate(largest))[-rank] if rank else np.inf
    critical = np.clip(_unscore(quantile, freedom), nominal, bonferroni)
    single = np.clip(share * (1 + above) / (1 + draws), alone, np.minimum(1, size * alone))
    holm = np.maximum.accumulate(np.minimum(1, (size - np.arange(len(known))) * alone[order]))
    step = np.maximum.accumulate(np.minimum(share * (1 + beyond[order]) / (1 + draws), 1))
    step = np.maximum.accumulate(np.clip(step, alone[order], holm))
    result = MaxT(none, none.copy(), none.copy(), shrinkage, draws)
    result.critical[known], result.single_step[known], result.step_down[known[order]] = critical, single, step
    return result


def shrunk_correlation(covariance: Floats, df: float) -> tuple[Floats, float]:
    """Return the correlations, shrunk to independence by the noise of `df` degrees of freedom, and the weight."""
    sd = np.sqrt(np.diag(covariance))
    found = np.clip(covariance / np.outer(sd, sd), -1, 1)
    off = found[~np.eye(len(found), dtype=bool)] ** 2
    weight = min(1.0, float(((1 - off) ** 2).sum() / df / off.sum())) if off.sum() > 0 else 0.0
    shrunk = (1 - weight) * found
    np.fill_diagonal(shrunk, 1)
    return shrunk, weight


def studentized_draws(correlation: Floats, df: Floats, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield chunks (at most 4,096, k) of null draws of T: t with `df` (k,) each, correlated above and below the line.

    The numerators are N(0, correlation); the squared denominators are the diagonals of Wishart matrices of the same
    correlation.
    """
    root, few = _root(correlation), df <= MANY
    rounds = int(df[few].max()) if few.any() else 0
    spread = None if few.all() else _root(correlation**2)  # squares of normals correlate as the squared correlations
    for start in range(0, draws, CHUNK):
        shape = (min(CHUNK, draws - start), len(df))
        numerator = rng.standard_normal(shape) @ root
        square = np.zeros(shape)
        for done in range(rounds):
            square += (rng.standard_normal(shape) @ root) ** 2 * (done < df)
        square /= df
        if spread is not None:
            cube_root = 1 - 2 / (9 * df) + np.sqrt(2 / (9 * df)) * (rng.standard_normal(shape) @ spread)
            square = np.where(few, square, cube_root**3)  # Wilson and Hilferty (1931)
        yield numerator / np.sqrt(square)


def _root(matrix: Floats) -> Floats:
    """Return R with R'R = matrix, for a matrix that may be singular."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(np.sqrt(np.maximum(values, 0))[:, None] * vectors.T)


def _score(t: Floats, df: Floats) -> Floats:
    """Return a scale on which contrasts compare: |T| itself, or minus its tail where degrees of freedom differ."""
    return t if np.ptp(df) == 0 else -special.stdtr(df, -t)


def _unscore(score: float, df: Floats) -> Floats:
    same = np.ptp(df) == 0 or np.isinf(score)
    return np.full(len(df), score) if same else np.asarray(-special.stdtrit(df, -score))


def _check(t: Floats, df: Floats, influence: NDArray[np.generic]) -> None:
    if not (np.isfinite(t).all() and (df >= 1).all()):
        raise ValueError(
            f"statistics must be finite (NaN: none) with df of 1 or more; largest {t.max()}, df {df.min()}"
        )
    if not np.isfinite(influence.astype(float)).all():
        raise ValueError("influence must be finite; rows outside a contrast are 0")
    if empty := int((~influence.any(axis=0)).sum()):
        raise ValueError(f"{empty} of {len(t)} contrasts have a statistic but no influence other than 0")
