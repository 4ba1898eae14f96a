"""Boundaries of group-sequential tests: alpha spending and the recursion over looks that it needs.

The statistic of look k is Z_k with Cov(Z_j, Z_k) = sqrt(t_j / t_k) for information fractions t_j < t_k, so that
B_k = Z_k sqrt(t_k) is a Brownian motion seen at t_1, t_2, ... (Jennison and Turnbull 2000, ch. 11).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import ndtr

from ip_bench.errors import UnknownNameError

Spending = Literal["kim-demets", "obrien-fleming", "pocock"]
SPENDINGS: tuple[str, ...] = get_args(Spending)
FARTHEST = 9.0  # standard deviations; beyond them no density is followed
CLOSEST = 1e-4  # looks whose information grows by a smaller share than this are taken to be this far apart
_Floats = NDArray[np.float64]


class Crossing(NamedTuple):
    """The probability of leaving first at each look: through the upper boundary, the lower one, or in the middle."""

    upper: _Floats
    lower: _Floats
    middle: _Floats


def spent(spending: str, level: float, fraction: float, rho: float = 2.0) -> float:
    """Return how much of the one-sided error `level` may be used up to the information fraction.

    Kim and DeMets (1987): level t^rho. Lan and DeMets (1983): 2 - 2 Phi(z(level / 2) / sqrt(t)) as O'Brien and Fleming,
    level log(1 + (e - 1) t) as Pocock.

    Raises:
        UnknownNameError: for another spending function.
    """
    t = min(max(fraction, 0.0), 1.0)
    if spending == "kim-demets":
        return level * float(t**rho)
    if spending == "pocock":
        return level * math.log1p((math.e - 1) * t)
    if spending == "obrien-fleming":
        return 2 * float(scipy.stats.norm.sf(scipy.stats.norm.isf(level / 2) / math.sqrt(t))) if t > 0 else 0.0
    raise UnknownNameError("spending function", spending, SPENDINGS)


def boundaries(information: Sequence[float], cumulative: Sequence[float], *, two_sided: bool) -> tuple[float, ...]:
    """Return the critical z of every look, so that the error used up to it is what `cumulative` says.

    `information`: fractions, increasing. `cumulative`: the error of one side up to each look; with `two_sided` a path
    also leaves at -z, with the same probability. A look with nothing to spend has an infinite boundary. The recursion
    of Armitage, McPherson and Rowe (1969), by Gauss-Legendre quadrature.

    Raises:
        ValueError: where fractions or errors do not increase, or lie outside (0, 1].
    """
    _check(information, cumulative)
    found: list[float] = []
    path = _Path()
    before = 0.0
    for time, total in zip(information, cumulative, strict=True):
        step = total - before
        before = max(before, total)
        limit = path.solve(time, step, two_sided=two_sided)
        found.append(limit)
        path.advance(time, limit, -limit if two_sided else -math.inf)
    return tuple(found)


def crossing(
    information: Sequence[float],
    upper: Sequence[float],
    lower: Sequence[float] | None = None,
    drift: float = 0.0,
    *,
    middle: Sequence[float] | None = None,
) -> Crossing:
    """Return where a path with Z-drift `drift` at full information leaves first; boundaries are in z.

    Without `lower` the test is two-sided and symmetric. Where |z| is below `middle` (0: nowhere) the path leaves for
    futility. The sum of the upper and the lower is the power, look by look.
    """
    path, high, low, within = _Path(drift), [], [], []
    bottoms = [-z for z in upper] if lower is None else lower
    wedges = [0.0] * len(upper) if middle is None else middle
    for time, top, bottom, wedge in zip(information, upper, bottoms, wedges, strict=True):
        inner = max(0.0, min(wedge, top, -bottom))
        high.append(path.beyond(time, top))
        low.append(path.beyond(time, bottom, below=True))
        within.append(path.beyond(time, inner, below=True) - path.beyond(time, -inner, below=True))
        path.advance(time, top, bottom, inner)
    return Crossing(np.array(high), np.array(low), np.array(within))


class _Path:
    """The law of the Brownian motion, where it has not left yet: density times weight at nodes, look by look."""

    def __init__(self, drift: float = 0.0) -> None:
        self.drift, self.time = drift, 0.0
        self.nodes: _Floats = np.zeros(1)
        self.mass: _Floats = np.ones(1)

    def _step(self, time: float) -> tuple[float, _Floats]:
        """Return the SD of the increment up to `time` and the conditional means there."""
        passed = max(time - self.time, CLOSEST * time)
        return math.sqrt(passed), self.nodes + self.drift * passed

    def beyond(self, time: float, limit: float, *, below: bool = False) -> float:
        """Return the probability of being beyond z = `limit` at `time`."""
        spread, means = self._step(time)
        distance = (limit * math.sqrt(time) - means) / spread
        return float(self.mass @ ndtr(distance if below else -distance))

    def solve(self, time: float, step: float, *, two_sided: bool) -> float:
        """Return the z beyond which the probability on one side is `step`."""
        if step <= 0:
            return math.inf

        def excess(limit: float) -> float:
            far = self.beyond(time, limit)
            return (far + self.beyond(time, -limit, below=True)) / 2 - step if two_sided else far - step

        highest = float(scipy.stats.norm.isf(step)) + 1e-6  # without earlier looks
        lowest = 0.0 if two_sided else -FARTHEST
        return float(scipy.optimize.brentq(excess, lowest, highest, xtol=1e-11)) if excess(lowest) > 0 else lowest

    def advance(self, time: float, top: float, bottom: float, inner: float = 0.0) -> None:
        """Move on to `time` and keep what lies between the boundaries and not within `inner` of 0."""
        spread, means = self._step(time)
        root = math.sqrt(time)
        lowest, highest = float(means.min()) - FARTHEST * spread, float(means.max()) + FARTHEST * spread
        kept = [(bottom, top)] if inner <= 0 else [(bottom, -inner), (inner, top)]
        spans = [(max(low * root, lowest), min(high * root, highest)) for low, high in kept]
        pieces = [_nodes(low, high, spread) for low, high in spans if low < high] or [(np.zeros(1), np.zeros(1))]
        nodes, weights = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
        kernel = np.exp(-0.5 * ((nodes[:, None] - means) / spread) ** 2) / (spread * math.sqrt(2 * math.pi))
        self.nodes, self.mass, self.time = nodes, weights * (kernel @ self.mass), time


def _nodes(low: float, high: float, spread: float) -> tuple[_Floats, _Floats]:
    """Return quadrature nodes and weights, enough of them for a kernel of this SD."""
    count = min(1024, 32 * math.ceil((24 + 4 * (high - low) / spread) / 32))
    places, weights = _legendre(count)
    return (high + low) / 2 + (high - low) / 2 * places, (high - low) / 2 * weights


@lru_cache(maxsize=64)
def _legendre(count: int) -> tuple[_Floats, _Floats]:
    return np.polynomial.legendre.leggauss(count)


def _check(information: Sequence[float], cumulative: Sequence[float]) -> None:
    if not 0 < len(information) == len(cumulative):
        raise ValueError(f"{len(information)} information fractions and {len(cumulative)} errors; one error a look")
    if not (information[0] > 0 and information[-1] <= 1 + 1e-12 and _increasing(information)):
        raise ValueError(f"information fractions are {tuple(information)}; they must increase within (0, 1]")
    if not (cumulative[0] >= 0 and cumulative[-1] < 1 and _increasing([-1.0, *cumulative], strict=False)):
        raise ValueError(f"errors spent are {tuple(cumulative)}; they must not fall and lie within [0, 1)")


def _increasing(values: Sequence[float], *, strict: bool = True) -> bool:
    return all(b > a or (not strict and b == a) for a, b in pairwise(values))
