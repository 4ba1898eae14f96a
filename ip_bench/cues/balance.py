"""How the arms of a config differ in size and readability, each from its own reference rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

#: What is measured of a prompt, by name.
Measures = dict[str, Callable[[str], float]]
SIZES: Measures = {"chars": len, "words": lambda text: len(text.split())}


def sizes(system: str, prompt: str) -> tuple[float, ...]:
    """Return `SIZES` of a system text and a prompt with a blank line between; a text of the system is counted once."""
    return len(system) + 2 + len(prompt), _words(system) + len(prompt.split())


@lru_cache(maxsize=1 << 12)
def _words(text: str) -> int:
    return len(text.split())


class Balance:
    """Sums over the rows of each arm, from which means and standardized differences follow."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * (2 + 4 * len(measures)))

    def measured(self, text: str) -> tuple[float, ...]:
        """Return the measures of a text; a caller may keep them for rows that read the same."""
        return tuple(measure(text) for measure in self._measures.values())

    def add(self, arm: str, edits: int, own: tuple[float, ...], base: tuple[float, ...]) -> None:
        """Add a row: its number of edits, its measures, and those of its reference row."""
        sums = self._sums[arm]  # plain numbers: an array of ten costs more to make than to add
        added = (1, edits, *own, *[v * v for v in own], *base, *[v * v for v in base])
        for k, value in enumerate(added):
            sums[k] += value

    def report(self) -> dict[str, dict[str, int]]:
        """Return per arm the means with their standardized differences from the arm's own reference rows.

        Means are in tenths and differences in thousandths of a standard deviation, so that a manifest holds integers.
        """
        return {arm: self._of(np.array(sums)) for arm, sums in self._sums.items()}

    def _of(self, sums: NDArray[np.float64]) -> dict[str, int]:
        edits, *means = sums[1:] / sums[0]
        found = {"edits_mean_x10": round(10 * edits)}
        count = len(self._measures)
        for k, unit in enumerate(self._measures):
            own, own2, base, base2 = means[k::count]
            spread = (((own2 - own**2) + (base2 - base**2)) / 2) ** 0.5
            found[f"{unit}_mean_x10"] = round(10 * own)
            found[f"{unit}_smd_x1000"] = round(1000 * (own - base) / spread) if spread > 0 else 0
        return found
