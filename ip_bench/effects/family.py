"""Several contrasts at once: Holm's adjustment and simultaneous intervals."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from scipy import stats

from ip_bench.effects.effect import Effect, Verdict
from ip_bench.effects.paired import judge


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values (1979) in the order given; NaN stays NaN and is not counted."""
    known = sorted((p, index) for index, p in enumerate(p_values) if not math.isnan(p))
    adjusted, running = [math.nan] * len(p_values), 0.0
    for rank, (p, index) in enumerate(known):
        running = max(running, min(1.0, (len(known) - rank) * p))
        adjusted[index] = running
    return adjusted


def adjust(effects: Sequence[Effect]) -> list[Effect]:
    """Return the effects with Holm's p-values, Bonferroni simultaneous intervals and verdicts from the adjusted p.

    Effects without a standard error keep their own simultaneous interval (exact limits, made for the family by
    `paired_effect`) or stay NaN; one that Holm's p no longer calls different becomes undecided.
    """
    level = [effect.alpha / max(1, sum(not math.isnan(e.p) for e in effects)) for effect in effects]
    result = []
    for effect, p, alpha in zip(effects, holm([effect.p for effect in effects]), level, strict=True):
        if math.isnan(effect.se):
            result.append(
                dataclasses.replace(effect, p_adjusted=p, verdict=_exact_verdict(effect.verdict, p, effect.alpha))
            )
            continue
        reach = float(stats.t.ppf(1 - alpha / 2, effect.df)) * effect.se
        result.append(
            dataclasses.replace(
                effect,
                p_adjusted=p,
                ci_simultaneous=(effect.estimate - reach, effect.estimate + reach),
                verdict=judge(effect.estimate, effect.se, effect.df, margin=effect.margin, alpha=effect.alpha, p=p),
            )
        )
    return result


def _exact_verdict(verdict: Verdict, p: float, alpha: float) -> Verdict:
    if verdict.startswith("different") and not p < alpha:
        return "undecided" if verdict == "different" else "equivalent"
    return verdict
