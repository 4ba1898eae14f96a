"""A confidence sequence: intervals that hold at all looks at once, however often and for whatever reason one looks."""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray
from scipy.special import lambertw

from ip_bench.effects.sequential import Interim


def tuned(se: float, alpha: float = 0.05) -> float:
    """Return the mixture's precision rho, in units of information, that is narrowest where the standard error is `se`.

    rho = I / (-W(-alpha^2 / e) - 1) with I = 1 / se^2 and the lower branch of Lambert's W, where the limit's derivative
    in rho is 0 (Howard, Ramdas, McAuliffe and Sekhon 2021, on tuning the normal mixture).

    Raises:
        ValueError: where `se` is not positive or `alpha` not in (0, 1).
    """
    _check(se, alpha)
    return float(1 / se**2 / (-lambertw(-(alpha**2) / math.e, -1).real - 1))


def confidence_sequence(seen: Interim, *, rho: float, alpha: float = 0.05) -> tuple[float, float]:
    """Return the interval of one look; with the same `rho`, declared before the run, all of them cover at once.

    With t = 1 / se^2, the information, S = t x estimate is a Brownian motion whose drift is the effect, and
    |S - effect t| stays below sqrt((t + rho) log((t + rho) / (rho alpha^2))) forever with probability 1 - alpha
    (Robbins' normal mixture). The standard error must hold the realizations' variance and every prefix all
    realizations, as for `sequential.look`: what is common to all looks is then counted in each of them. Small degrees
    of freedom widen it: the limit's two-sided p under the normal law is taken under t. It holds asymptotically.

    Raises:
        ValueError: where the standard error or `rho` is not positive, `df` is below 1 or `alpha` not in (0, 1).
    """
    estimate, se, df = seen
    _check(se, alpha)
    if not rho > 0 or not df >= 1:
        raise ValueError(f"rho is {rho} and the degrees of freedom are {df}; they must be positive, and 1 or more")
    reach = float(scipy.stats.t.isf(scipy.stats.norm.sf(limit(se, rho=rho, alpha=alpha)), df)) * se
    return estimate - reach, estimate + reach


def limit(se: ArrayLike, *, rho: float, alpha: float = 0.05) -> NDArray[np.float64]:
    """Return the z that |estimate - effect| / se stays below, for standard errors of any shape."""
    ratio = 1 / np.square(np.asarray(se, dtype=np.float64)) / rho
    return np.asarray(np.sqrt((1 + 1 / ratio) * (np.log1p(ratio) - 2 * math.log(alpha))))


def _check(se: float, alpha: float) -> None:
    if not (se > 0 and math.isfinite(se)):
        raise ValueError(f"the standard error is {se}; it must be a positive number")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; it must be between 0 and 1")
