"""Several contrasts at once: Holm's adjustment or max-T, and simultaneous intervals."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from numpy.typing import ArrayLike

from ip_bench.effects import student
from ip_bench.effects.clusters import Codes
from ip_bench.effects.effect import Effect, Verdict
from ip_bench.effects.multiplier import max_t
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
    count = max(1, sum(not math.isnan(effect.p) for effect in effects))
    reach = [student.quantile(1 - effect.alpha / count / 2, effect.df) for effect in effects]
    return _adjusted(effects, holm([effect.p for effect in effects]), reach)


def adjust_max_t(
    effects: Sequence[Effect], influence: ArrayLike, factors: Sequence[Codes], *, draws: int = 10_000
) -> list[Effect]:
    """Return the effects adjusted by max-T instead, which gains where contrasts are correlated (a shared reference).

    `influence` (n, k) is what each row adds to the error of each effect, `factors` the rows' clusters; see `max_t`.
    """
    if not effects:
        return []
    t = [effect.estimate / effect.se if effect.se > 0 else math.nan for effect in effects]
    df = [effect.df for effect in effects]
    count = max(1, sum(not math.isnan(effect.p) for effect in effects))
    found = max_t(t, df, influence, factors, alpha=effects[0].alpha, draws=draws, family=count)
    # Effects with exact limits have no place in the joint distribution: they share their part of alpha by Holm.
    exact = holm([effect.p if math.isnan(own) else math.nan for effect, own in zip(effects, t, strict=True)])
    share = count / max(1, sum(not math.isnan(p) for p in exact))
    p = [
        (own if math.isnan(own) else min(1.0, own * share)) if math.isnan(step) else float(step)
        for step, own in zip(found.step_down, exact, strict=True)
    ]
    return _adjusted(effects, p, found.critical.tolist())


def _adjusted(effects: Sequence[Effect], p_values: Sequence[float], critical: Sequence[float]) -> list[Effect]:
    result = []
    for effect, p, reach in zip(effects, p_values, critical, strict=True):
        if math.isnan(effect.se):
            verdict = _exact_verdict(effect.verdict, p, effect.alpha)
            result.append(dataclasses.replace(effect, p_adjusted=p, verdict=verdict))
            continue
        result.append(
            dataclasses.replace(
                effect,
                p_adjusted=p,
                ci_simultaneous=(effect.estimate - reach * effect.se, effect.estimate + reach * effect.se),
                verdict=judge(effect.estimate, effect.se, effect.df, margin=effect.margin, alpha=effect.alpha, p=p),
            )
        )
    return result


def _exact_verdict(verdict: Verdict, p: float, alpha: float) -> Verdict:
    if verdict.startswith("different") and not p < alpha:
        return "undecided" if verdict == "different" else "equivalent"
    return verdict
