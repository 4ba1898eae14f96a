"""Sign-flip permutation test of paired differences, by item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ip_bench.effects.clusters import Codes
from ip_bench.effects.resampling import cluster_sums
from ip_bench.seeds import generator

EXACT = 16  # up to so many items all 2^items flips are counted
CHUNK = 512  # flips at a time: memory does not grow with their number

Floats = NDArray[np.float64]


class SignFlip(NamedTuple):
    """Means of k contrasts and their two-sided p-values by sign flips; arrays of shape (k,).

    `p` is of each contrast alone, `p_adjusted` of all together (the largest standardized mean of the same flips).
    `items` counts the items in each contrast; below 2 the p-values are NaN. `draws` is the number of flips, `exact`
    whether they are all there are.
    """

    mean: Floats
    p: Floats
    p_adjusted: Floats
    items: NDArray[np.intp]
    draws: int
    exact: bool

    @property
    def method(self) -> str:
        """Name the test with its condition."""
        how = f"all {self.draws} sign flips" if self.exact else f"{self.draws} sign flips"
        return f"{how} of items, conditional on these realizations"


def sign_flip(
    difference: ArrayLike, item: Codes, *, draws: int = 10_000, seed: Sequence[object] = ("sign flips",)
) -> SignFlip:
    """Return the sign-flip test of mean 0 of each column of `difference` (n,) or (n, k); NaN where a row has none.

    All differences of an item change their sign together: under the null a difference is as likely as its opposite.
    The flips are a matrix product of signs (draws x items) and the items' sums. p = (1 + #) / (1 + draws) (Phipson and
    Smyth 2010); with 16 items or fewer all flips are counted and p = # / 2^items, the observed one among them. The
    realizations are taken as they are: a name's own effect counts as an effect of its arm, so this p says nothing about
    other names. The joint p is by the largest |sum| / sqrt(sum of squares), which flips leave alone
    (Westfall and Young 1993).

    Raises:
        ValueError: for shapes that do not fit, infinite differences, no rows, or fewer than 1 draw.
    """
    table = np.asarray(difference, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not len(table) or np.shape(item) != (len(table),) or draws < 1:
        raise ValueError(f"{len(table)} rows, {np.size(item)} items' codes, {draws} draws; each row needs one code")
    if infinite := int(np.isinf(table).sum()):
        raise ValueError(f"{infinite} of {table.size} differences are infinite")
    known = ~np.isnan(table)
    sums, counts = cluster_sums(np.where(known, table, 0), item), cluster_sums(known.astype(float), item)
    items = (counts > 0).sum(axis=0)
    total, scale = sums.sum(axis=0), np.sqrt((sums**2).sum(axis=0))
    scale[scale == 0] = 1.0  # all differences 0: every flip is as large as what was observed, p is 1
    observed = np.abs(total) / scale
    edge = observed * (1 - 1e-10)  # sums of the same numbers in another order are equal
    count, joint = np.zeros(len(total)), np.zeros(len(total))
    moving = np.flatnonzero(sums.any(axis=1))  # items that are 0 in every contrast do not move
    exact = len(sums) <= EXACT
    done = 0
    for minus in _all_flips(len(moving)) if exact else random_flips(len(moving), draws, generator(*seed)):
        found = np.abs(total - 2 * (minus @ sums[moving])) / scale
        count += (found >= edge).sum(axis=0)
        joint += (found.max(axis=1)[:, None] >= edge).sum(axis=0)
        done += len(minus)
    one = 0 if exact else 1
    p, adjusted = ((one + each) / (one + done) for each in (count, joint))
    repeated = 2 ** (len(sums) - len(moving)) if exact else 1  # each counted flip stands for those of still items
    nan = np.where(items < 2, np.nan, 0.0)
    with np.errstate(invalid="ignore"):
        mean = total / counts.sum(axis=0)
    return SignFlip(mean, p + nan, adjusted + nan, items, done * repeated, exact)


def _all_flips(items: int) -> Iterator[Floats]:
    """Yield every set of items, as rows of 0 and 1, in chunks."""
    bits = np.arange(items)
    for start in range(0, 2**items, CHUNK):
        sets = np.arange(start, min(start + CHUNK, 2**items))
        yield ((sets[:, None] >> bits) & 1).astype(float)


def random_flips(items: int, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield random sets of items, as rows of 0 and 1, in chunks."""
    width = -(-items // 8)
    for start in range(0, draws, CHUNK):
        size = min(CHUNK, draws - start)
        raw = np.frombuffer(rng.bytes(size * width), dtype=np.uint8).reshape(size, width)
        yield np.unpackbits(raw, axis=1, count=items).astype(float)
