"""Effects seen at an interim look: repeated intervals and p-values, which hold at every look at once."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import scipy

from ip_bench.effects.effect import Effect, verdict_of
from ip_bench.effects.family import holm
from ip_bench.effects.paired import judge
from ip_bench.effects.sequential import Design, levels_of, nominal

SMALLEST_P = 1e-10  # repeated p-values are not followed below it


def alpha_at(design: Design, place: int) -> float:
    """Return the alpha to compute a family's effects with at look `place` (from 0), before `repeated` adjusts them.

    Exact limits at this alpha, shared by the family as `paired_effect` does, hold at every look at once.
    """
    levels = levels_of(design, design.fractions())
    shared = design.family * levels.difference[place]
    return min(shared, levels.equivalence[place]) if design.margin is not None else shared


def repeated(effects: Sequence[Effect], design: Design, place: int) -> list[Effect]:
    """Return a family's effects as look `place` (from 0) licenses them.

    p is the repeated p-value: the smallest alpha whose boundary is crossed at this look (Jennison and Turnbull 2000,
    ch. 9); Holm's adjustment is over these. `ci` is the repeated interval at alpha, `ci_simultaneous` at
    alpha / family; equivalence is judged at its own boundary. They hold whatever made the run stop. Effects with exact
    limits (computed at `alpha_at`) keep them.

    Raises:
        ValueError: when more effects have a p-value than the design's family counts.
    """
    known = sum(not math.isnan(effect.p) for effect in effects)
    if known > design.family:
        raise ValueError(f"{known} effects have a p-value; the design was declared for a family of {design.family}")
    fractions = design.fractions()
    own = dataclasses.replace(design, family=1)
    single, shared = (levels_of(one, fractions).difference[place] for one in (own, design))
    inner = levels_of(dataclasses.replace(own, margin=1.0), fractions).equivalence[place]
    overall = _overall(design.spending, design.rho, fractions[: place + 1])
    p_values = [overall(effect.p) for effect in effects]
    found = []
    for effect, p, adjusted in zip(effects, p_values, holm(p_values), strict=True):
        differs = adjusted < design.alpha
        if math.isnan(effect.se):
            inside = effect.verdict in {"equivalent", "different but negligible"}
            excluded = not effect.ci_simultaneous[0] <= 0 <= effect.ci_simultaneous[1]
            ci, simultaneous, differs = effect.ci, effect.ci_simultaneous, differs and excluded
        else:
            ci, simultaneous = _around(effect, single), _around(effect, shared)
            alone = judge(effect.estimate, effect.se, effect.df, margin=effect.margin, alpha=inner, p=math.inf)
            inside = alone == "equivalent"
        found.append(
            dataclasses.replace(
                effect, alpha=design.alpha, p=p, p_adjusted=adjusted, ci=ci, ci_simultaneous=simultaneous,
                verdict=verdict_of(differs=differs, inside=inside),
                method=f"{effect.method}; look {place + 1} of {len(design.looks)}",
            )
        )  # fmt: skip
    return found


def _around(effect: Effect, level: float) -> tuple[float, float]:
    reach = float(scipy.stats.t.isf(level / 2, effect.df)) * effect.se if level > 0 else math.inf
    return effect.estimate - reach, effect.estimate + reach


@lru_cache(maxsize=64)
def _overall(spending: str, rho: float, fractions: tuple[float, ...]) -> Callable[[float], float]:
    """Return the map from a p-value at the last of these looks to the alpha at which it lies on the boundary.

    Interpolated between designs of 65 alphas, on logarithms, monotone.
    """
    alphas = np.concatenate([np.geomspace(SMALLEST_P, 0.001, 25), np.geomspace(0.001, 0.98, 41)[1:]])
    levels = np.array(
        [2 * nominal(spending, rho, alpha / 2, fractions, two_sided=True)[-1] for alpha in alphas.tolist()]
    )
    inverse = scipy.interpolate.PchipInterpolator(np.log(levels), np.log(alphas))

    def overall(p: float) -> float:
        if math.isnan(p):
            return p
        if p >= levels[-1]:
            return 1.0
        return float(math.exp(inverse(math.log(max(p, levels[0])))))

    return overall
