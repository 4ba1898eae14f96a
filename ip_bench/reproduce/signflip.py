"""The paired sign-flip test: exact where scores lie on a grid, else by draws."""

from __future__ import annotations

import math

import numpy as np

from ip_bench.reproduce.jin2024_data import Floats
from ip_bench.seeds import generator

PUBLISHED_DRAWS = 1_000
_DRAWS = 100_000
_GRIDS = (1, 2, 4, 5, 10, 100)
_LARGEST_SUPPORT = 1_000_000


def sign_flip_p(difference: Floats) -> float:
    """Return P(|sum of randomly signed differences| >= |their sum|), two-sided, over all 2^n patterns of signs.

    Exact (the distribution of the sum is built up one difference at a time) where the differences are multiples of
    1, 1/2, 1/4, 1/5, 1/10 or 1/100; else from 100,000 draws seeded by the differences, with p = (1 + #) / (1 + draws).
    NaN where there is no difference.
    """
    if not len(difference):
        return math.nan
    for grid in _GRIDS:
        steps = np.abs(difference * grid)
        whole = np.rint(steps).astype(np.int64)
        if np.allclose(steps, whole, rtol=0, atol=1e-7) and whole.sum() <= _LARGEST_SUPPORT:
            return _exact(whole, abs(int(np.rint(difference.sum() * grid))))
    return (1 + _reached(difference, _DRAWS)) / (1 + _DRAWS)


def redrawn_p(difference: Floats) -> float:
    """Return the p of the authors' procedure, # / 1,000 draws without the + 1, on draws seeded by the differences."""
    return _reached(difference, PUBLISHED_DRAWS) / PUBLISHED_DRAWS if len(difference) else math.nan


def likeliest_p(p: float) -> float:
    """Return the value that # / 1,000 draws takes most often: the mode of Binomial(1000, p), over 1,000."""
    return math.nan if math.isnan(p) else min(PUBLISHED_DRAWS, math.floor((PUBLISHED_DRAWS + 1) * p)) / PUBLISHED_DRAWS


def _exact(steps: np.ndarray[tuple[int], np.dtype[np.int64]], observed: int) -> float:
    chance = np.ones(1)  # of each sum from -reach to reach
    for step in steps[steps > 0].tolist():
        longer = np.zeros(len(chance) + 2 * step)
        longer[: len(chance)] += chance / 2
        longer[2 * step :] += chance / 2
        chance = longer
    reach = len(chance) // 2
    tail = float(chance[reach + observed :].sum())
    return min(1.0, 2 * tail) if observed else 1.0


def _reached(difference: Floats, draws: int, block: int = 2_000) -> int:
    rng = generator("sign flips", difference.tolist(), draws)
    least = abs(difference.sum()) * (1 - 1e-12)
    count = 0
    for start in range(0, draws, block):
        signs = 2.0 * rng.integers(0, 2, size=(min(block, draws - start), len(difference)), dtype=np.int8) - 1.0
        count += int((np.abs(signs @ difference) >= least).sum())
    return count
