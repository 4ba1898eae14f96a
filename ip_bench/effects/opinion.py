"""How far two arms' answers to questions without a right one lie apart, question by question, minus placebo.

Two outcomes. "distance" is that of the pooled answers of an item's cells: Wasserstein or total variation, in [0, 1]. It
is above 0 by noise alone, so it is tested only minus placebo, which has the same number of answers on either side; what
is left is 0 only where cue and placebo are equally noisy. "shift" is the squared distance that different cells agree
on: the product of the differences in two cells, averaged over the pairs of an item's cells (the unbiased estimate of
Cramer's distance, half of the energy distance of Szekely and Rizzo, 2013; of the squared distance of shares where
options have no order). Wordings draw their noise apart, so noise adds nothing to it, however large it is in an arm.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ip_bench.design import Contrast
from ip_bench.effects.adjusted import minus_placebo
from ip_bench.effects.arrays import Numbers
from ip_bench.effects.clusters import Codes, clustered_mean
from ip_bench.effects.effect import Effect, Verdict
from ip_bench.effects.exact import exact_effect
from ip_bench.effects.family import adjust
from ip_bench.effects.labels import Entered, check_levels, labels
from ip_bench.effects.opinion_table import Answer, Answers, tabled
from ip_bench.effects.paired import Pairs, missing_note, nan_effect, summarize
from ip_bench.errors import SamplesError, UnknownNameError

SHIFT, DISTANCE = "shift", "distance"
OUTCOMES = (SHIFT, DISTANCE)
CELLS = 2  # an item with fewer complete cells says nothing of what cells agree on
ROUNDED = 12  # digits kept: what lies closer to 0 is rounding
#: An effect that waits for its margin (a distance in [0, 1]), its alpha and the number of effects it is adjusted with.
Member = Callable[..., Effect]
Two = tuple[str, str]


def opinion_members(answers: Sequence[Answer], contrasts: Sequence[Contrast]) -> list[Member]:
    """Return the effects of contrasts: each, the same minus its placebos, and of a primary one those placebos pooled.

    Placebos that have no answer, or whose reference has none, are left out. Each member takes `margin`, `alpha` and
    `family`, see `opinion_effects`.

    Raises:
        SamplesError: for answers that make no table (`tabled`), or an arm that is its own reference.
        UnknownNameError: for an outcome that is not of `OUTCOMES`.
    """
    table = tabled(answers)
    return [partial(opinion_effect, table, *weighed) for weighed in weighed_contrasts(contrasts, table.arms)]


def weighed_contrasts(
    contrasts: Sequence[Contrast], arms: Sequence[str]
) -> Iterator[tuple[dict[Two, float], Contrast]]:
    """Yield the effects of `opinion_members` as weights of the distances of two arms, each with what it estimates."""
    for contrast in contrasts:
        if contrast.outcome not in OUTCOMES:
            raise UnknownNameError("outcome", contrast.outcome, OUTCOMES)
        if contrast.arm == contrast.reference:
            raise SamplesError(f"{contrast.arm!r} is arm and reference of a contrast; name two arms")
        base = contrast.placebo_reference
        placebos = [arm for arm in contrast.placebos if arm in arms and base in arms]
        weights = {(arm, base): 1 / len(placebos) for arm in placebos}
        own = (contrast.arm, contrast.reference)
        yield {own: 1.0}, contrast
        if placebos:
            less = {two: -weight for two, weight in weights.items()}
            yield {own: 1.0, **less}, minus_placebo(contrast, placebos, base)
        if contrast.primary and len(placebos) > 1:
            words = f"mean over {len(placebos)} placebos of the {contrast.outcome} from {base}"
            yield weights, Contrast("placebo", base, contrast.outcome, words)


def opinion_effects(
    answers: Sequence[Answer], contrasts: Sequence[Contrast], *, margin: float, alpha: float = 0.05
) -> list[Effect]:
    """Return the effects of `opinion_members`, those of an outcome adjusted for each other (Holm).

    `margin` is a distance: 0.05 is a twentieth of the scale, or 5 of 100 answers turned; that of a shift is its square.
    Estimates are means over complete cells, those in which each arm of the comparison has an answer, of items with two
    or more; so both sides of a distance, and placebo and cue, have as many answers. Standard errors are those of
    `variance`, limits of t with the smallest number of clusters minus 1; where fewer than 10 items move, the limits are
    exact (`exact_effect`). A "distance" that is not minus placebo has no test against 0.

    Raises:
        SamplesError, UnknownNameError: as `opinion_members`.
        ValueError: when `margin` is not above 0 or `alpha` not in (0, 1/2).
    """
    members = opinion_members(answers, contrasts)
    made = [member(margin=margin, alpha=alpha, family=len(members)) for member in members]
    outcomes = dict.fromkeys(effect.outcome for effect in made)
    adjusted = {name: iter(adjust([effect for effect in made if effect.outcome == name])) for name in outcomes}
    return [next(adjusted[effect.outcome]) for effect in made]


def opinion_effect(
    table: Answers, weights: Mapping[Two, float], contrast: Contrast, *, margin: float, alpha: float, family: int = 1
) -> Effect:
    """Return the effect of a weighted sum of distances between two arms; see `opinion_effects`."""
    check_levels(margin, alpha)
    pairs, thin = compared(table, weights, contrast.outcome)
    squared, minus = contrast.outcome == SHIFT, min(weights.values()) < 0
    items, forms = len(pairs.item.names), len(pairs.realization.names) if pairs.realization else 0
    entered: Entered = {"n_items": items, "n_realizations": forms, "n_rows": len(pairs.difference)}
    named = labels(contrast, margin**2 if squared else margin, alpha, pairs.missing, entered)
    if min(items, forms) < 2:
        return nan_effect(f"{items} items and {forms} realizations in complete cells; two of each are needed", **named)
    factors = pairs.factors()
    effect = exact_effect(pairs.difference, factors, largest=sum(map(abs, weights.values())), family=family, **named)
    if effect is None:
        estimate, clusters = float(pairs.difference.mean()), tuple(int(factor.max()) + 1 for factor in factors)
        se = math.sqrt(variance(pairs.difference, factors))
        method = f"clusters {clusters}: items, and what realizations add, t"
        note = missing_note(pairs.missing, len(pairs.difference))
        effect = summarize(estimate, se, min(clusters) - 1, method=method, note=note, **named)
    notes = [effect.note, f"{thin} cells of items without a second complete one left out" if thin else ""]
    if squared:
        root = math.copysign(math.sqrt(abs(effect.estimate)), effect.estimate)
        notes.append(f"the square of a distance of {root:+.3f}" if root >= 0 else f"minus the square of {-root:.3f}")
    elif not minus:
        notes.append("above 0 by noise alone: read it beside repeat and placebos")
    measured = "squared distance that cells agree on" if squared else "Wasserstein or total variation distance"
    effect = dataclasses.replace(effect, method=f"{measured}; {effect.method}", note="; ".join(filter(None, notes)))
    return effect if squared or minus else _untested(effect)


def variance(value: Numbers, factors: Sequence[Codes]) -> float:
    """Return the variance of the mean of `compared` values: over items, and what each other factor adds to it.

    A factor adds the variance of its sums less that of cells, where that is positive. So what cells of one item
    have in common by chance, which pseudo-values count several times, is not counted again for each factor.
    """
    item, *others = factors

    def one_way(factor: Codes) -> float:
        return float(clustered_mean(value, [factor]).covariance[0, 0])

    cells = one_way(np.arange(len(value)))
    return one_way(item) + sum(max(0.0, one_way(other) - cells) for other in others)


def _untested(effect: Effect) -> Effect:
    inside = effect.verdict in {"equivalent", "different but negligible"}
    verdict: Verdict = "equivalent" if inside else "undecided"
    return dataclasses.replace(effect, p=math.nan, p_adjusted=math.nan, verdict=verdict)


def compared(table: Answers, weights: Mapping[Two, float], outcome: str) -> tuple[Pairs, int]:
    """Return a weighted sum of two arms' distances by cell, and how many complete cells had none beside them.

    The values of an item's cells have its distance as their mean; how they differ says what the item's distance owes to
    each (jackknife pseudo-values, Efron and Stein, 1981), so that sums over a realization show its influence.
    """
    arms = tuple(dict.fromkeys(arm for two in weights for arm in two))
    if not set(arms) <= set(table.arms):
        return Pairs.of([], [], dict.fromkeys(arms, 0)), 0
    at = [table.arms.index(arm) for arm in arms]
    none = np.isnan(table.place[:, at, 0])
    asked: NDArray[np.bool_] = np.all(table.asked[:, at], axis=1)
    complete = np.flatnonzero(~none.any(axis=1))
    enough = np.bincount(table.item.codes[complete], minlength=len(table.item.names)) >= CELLS
    rows = complete[enough[table.item.codes[complete]]]
    missing = dict(zip(arms, (none & asked.reshape(-1, 1)).sum(axis=0).tolist(), strict=True))
    item, realization, template = (own.take(rows) for own in (table.item, table.realization, table.template))
    value = np.zeros(len(rows))
    for (arm, reference), weight in weights.items() if len(rows) else ():
        apart = table.place[rows, table.arms.index(arm)] - table.place[rows, table.arms.index(reference)]
        value += weight * _by_cell(apart, table.step[rows], item.codes, outcome)
    return Pairs(np.round(value, ROUNDED), item, realization, template, missing), len(complete) - len(rows)


def _by_cell(apart: Numbers, step: Numbers, item: Codes, outcome: str) -> Numbers:
    """Return jackknife pseudo-values of items' distances, shape (cells,), whose mean over an item is its distance.

    `apart` (cells, D) are differences of places in a cell, `step` (cells,) their unit.
    """
    cells = np.bincount(item)[item].astype(np.intp)
    total = np.zeros((int(item.max()) + 1, apart.shape[1]))
    np.add.at(total, item, apart)
    square = np.bincount(item, weights=(apart**2).sum(axis=1)).astype(np.float64)
    least = CELLS if outcome == SHIFT else 1

    def distance(summed: Numbers, squares: Numbers, count: Codes) -> Numbers:
        if outcome == DISTANCE:
            return np.asarray(step * np.abs(summed).sum(axis=1) / count)
        return np.asarray(step * ((summed**2).sum(axis=1) - squares) / (count * (count - 1)))

    whole = distance(total[item], square[item], cells)
    some = cells > least
    if not some.any():
        return whole
    count: Codes = np.where(some, cells - 1, least).astype(np.intp)
    without = distance(total[item] - apart, square[item] - (apart**2).sum(axis=1), count)
    usual = (np.bincount(item, weights=without) / np.bincount(item))[item]
    return np.asarray(np.where(some, whole - (cells - 1) * (without - usual), whole))
