"""Paired contrasts: complete pairs by item and cell, clustered on every crossed factor."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ip_bench.design import Contrast
from ip_bench.effects import student
from ip_bench.effects.clusters import Codes, clustered_mean
from ip_bench.effects.effect import Effect, Verdict, verdict_of
from ip_bench.effects.exact import exact_effect
from ip_bench.effects.labels import Entered, Labels, check_levels, labels
from ip_bench.effects.limits import SMALLEST
from ip_bench.effects.table import Cells, Column, Scored, Scores, column, crossed
from ip_bench.errors import SamplesError

STILL = 1e-12  # a standard error below this part of the largest value is rounding: nothing varies


class Pairs(NamedTuple):
    """Complete pairs: the differences, their crossed factors, and what was lost (rows without an outcome, by arm)."""

    difference: NDArray[np.float64]
    item: Column
    realization: Column | None
    template: Column | None
    missing: dict[str, int]

    @classmethod
    def of(cls, difference: ArrayLike, key: Sequence[tuple[str, str, str]], missing: Mapping[str, int]) -> Pairs:
        """Return pairs from differences and their (item, realization, template)."""
        item, realization, template = (column([labels[place] for labels in key]) for place in range(3))
        return cls(np.asarray(difference, dtype=np.float64), item, realization, template, dict(missing))

    @property
    def key(self) -> list[tuple[str, str, str]]:
        """The (item, realization, template) of each pair; empty text where a table has no such column."""
        columns = (self.item, self.realization, self.template)
        blank = [""] * len(self.difference)
        return list(zip(*([own.names[k] for k in own.codes] if own else blank for own in columns), strict=True))

    def at(self, rows: NDArray[np.intp]) -> Pairs:
        """Return some of the pairs."""
        realization, template = (None if own is None else own.take(rows) for own in (self.realization, self.template))
        return Pairs(self.difference[rows], self.item.take(rows), realization, template, self.missing)

    def factors(self) -> list[Codes]:
        """Return the cluster codes of items, realizations and (where several carried the cue) templates.

        This is the one definition of the clusters; standard errors, degrees of freedom and counts all use it.
        """
        return crossed(self.item, self.realization, self.template)


def pair(rows: Iterable[Scored] | Scores | Cells, contrast: Contrast) -> Pairs:
    """Pair the two arms of a contrast by (item, realization, template); an arm that no row has gives no pairs.

    Raises:
        SamplesError: when an arm has two rows for one key or a score that is not a finite number, or is its own
            reference.
    """
    if contrast.arm == contrast.reference:
        raise SamplesError(f"{contrast.arm!r} is arm and reference of a contrast; name two arms")
    return combine(rows, {contrast.arm: 1.0, contrast.reference: -1.0})


def combine(rows: Iterable[Scored] | Scores | Cells, weights: Mapping[str, float]) -> Pairs:
    """Return a weighted sum of arms, over the cells in which each of them has a value; see `pair`."""
    arms = tuple(weights)
    if not isinstance(rows, Cells):
        scores = rows if isinstance(rows, Scores) else Scores.from_rows(rows)
        rows = scores.cells([arm for arm in arms if arm in scores.arm.names])
    if not set(arms) <= set(rows.arms):
        return Pairs.of([], [], dict.fromkeys(arms, 0))
    place = [rows.arms.index(arm) for arm in arms]
    value: NDArray[np.float64] = rows.value[:, place]
    asked: NDArray[np.bool_] = np.all(rows.asked[:, place], axis=1)
    none = np.isnan(value) & asked.reshape(-1, 1)
    complete = np.flatnonzero(asked & ~np.any(none, axis=1))
    return Pairs(
        settled(value @ np.array(list(weights.values())), value),
        rows.item,
        rows.realization,
        rows.template,
        dict(zip(arms, none.sum(axis=0).tolist(), strict=True)),
    ).at(complete)


def settled(sums: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sums without what rounding adds: .7 - .4 and .8 - .5 are one difference, and no variance."""
    size = float(np.abs(value[~np.isnan(value)]).max(initial=0.0))
    unit = 2.0 ** math.ceil(math.log2(size)) if size > 0 else 1.0
    return np.asarray(np.round(sums / unit, 12) * unit)


def shared(first: Pairs, second: Pairs) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows of two sets of pairs that lie in the same cells, in the same order."""
    keys = [np.zeros(len(first.difference), dtype=np.int64), np.zeros(len(second.difference), dtype=np.int64)]
    for one, other in zip(first[1:4], second[1:4], strict=True):
        if one is None or other is None:
            continue
        names = {name: place for place, name in enumerate(dict.fromkeys((*one.names, *other.names)))}
        for side, own in enumerate((one, other)):
            keys[side] = keys[side] * len(names) + np.array([names[name] for name in own.names], dtype=int)[own.codes]
    _, left, right = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    return left, right


def paired_effect(
    pairs: Pairs,
    contrast: Contrast,
    *,
    margin: float,
    alpha: float = 0.05,
    model: str = "",
    dataset_hash: str = "",
    largest: float = 1.0,
    family: int = 1,
) -> Effect:
    """Return the mean paired difference with its clustered interval and verdict.

    Fewer than two items or two realizations give NaN. Where fewer than 10 items differ from 0 (or, less than a tenth of
    the items, from the most frequent difference: 1 where every answer turned), the limits are exact over items (see
    `exact_effect`), and the note says that they are conditional on the realizations. `largest` is the largest
    difference that they have to reckon with, at least what is seen; `family` the number of contrasts that their
    simultaneous interval has to cover (`adjust` cannot widen it later).

    Raises:
        SamplesError: for differences that are not finite.
        ValueError: when `margin` is not above 0 or `alpha` is not in (0, 1/2).
    """
    check_levels(margin, alpha)
    if bad := int((~np.isfinite(pairs.difference)).sum()):
        raise SamplesError(f"{bad} of {len(pairs.difference)} differences are not finite; pairs are complete")
    n, items = len(pairs.difference), len(pairs.item.names)
    forms = None if pairs.realization is None else len(pairs.realization.names)
    entered: Entered = {"n_items": items, "n_realizations": forms or 0, "n_rows": n}
    named = labels(contrast, margin, alpha, pairs.missing, entered, model=model, dataset_hash=dataset_hash)
    if items < 2 or (forms is not None and forms < 2):
        known = "" if forms is None else f" and {forms} realizations"
        note = f"{items} items{known} in complete pairs; two{' of each' if known else ''} are needed"
        return nan_effect(note, **named)
    factors = pairs.factors()
    if exact := exact_effect(pairs.difference, factors, largest=largest, family=family, **named):
        return exact
    estimate = float(pairs.difference.mean())
    variance = clustered_mean(pairs.difference, factors)
    se = math.sqrt(variance.covariance[0, 0])
    method = f"mean paired difference, {len(variance.clusters)}-way clusters {variance.clusters}, t"
    note = missing_note(pairs.missing, n)
    return summarize(estimate, se, variance.df, method=method, note=note, **named)


def missing_note(missing: Mapping[str, int], complete: int) -> str:
    """Say so where an arm lost more than a tenth of its rows: the effect is then of what was answered."""
    heavy = [f"{arm} {lost}" for arm, lost in missing.items() if lost > 0.1 * (complete + lost)]
    return f"rows without an outcome: {', '.join(heavy)}; the effect is of answered pairs only" if heavy else ""


def summarize(estimate: float, se: float, df: float, *, method: str, note: str = "", **named: Unpack[Labels]) -> Effect:
    """Return an Effect from an estimate, its standard error and degrees of freedom (t interval, TOST verdict)."""
    margin, alpha = named["margin"], named["alpha"]
    p = max(2 * student.above(abs(estimate) / se, df), SMALLEST) if se > 0 else math.nan
    reach = student.quantile(1 - alpha / 2, df) * se
    ci = (estimate - reach, estimate + reach)
    verdict = judge(estimate, se, df, margin=margin, alpha=alpha, p=p)
    return Effect(
        estimate=estimate, se=se, df=df, ci=ci, p=p, p_adjusted=p, ci_simultaneous=ci, verdict=verdict, method=method,
        note=note, **named,
    )  # fmt: skip


def raised(effect: Effect, least: float) -> Effect:
    """Return the effect with a standard error of at least `least`; one without a standard error stays as it is."""
    if not effect.se < least:
        return effect
    reach = student.quantile(1 - effect.alpha / 2, effect.df) * least
    p = max(2 * student.above(abs(effect.estimate) / least, effect.df), SMALLEST)
    ci = (effect.estimate - reach, effect.estimate + reach)
    verdict = judge(effect.estimate, least, effect.df, margin=effect.margin, alpha=effect.alpha, p=p)
    method = f"{effect.method}; error raised to that of arms that vary alike"
    return dataclasses.replace(
        effect, se=least, ci=ci, p=p, p_adjusted=p, ci_simultaneous=ci, verdict=verdict, method=method
    )


def nan_effect(note: str, **named: Unpack[Labels]) -> Effect:
    """Return an undecided Effect without numbers; `note` names the cause and the counts."""
    nan = math.nan
    return Effect(
        estimate=nan, se=nan, df=nan, ci=(nan, nan), p=nan, p_adjusted=nan, ci_simultaneous=(nan, nan),
        verdict="undecided", method="none", note=note, **named,
    )  # fmt: skip


def judge(estimate: float, se: float, df: float, *, margin: float, alpha: float, p: float) -> Verdict:
    """Return the three-way verdict: a test against 0 and two one-sided tests against the margin (TOST).

    `p` is the (adjusted) p-value of the test against 0. Schuirmann (1987); the equivalence test is at `alpha`.
    """
    if not (math.isfinite(estimate) and math.isfinite(se)):
        return "undecided"
    reach = student.quantile(1 - alpha, df) * se
    inside = -margin < estimate - reach and estimate + reach < margin
    return verdict_of(differs=p < alpha, inside=inside)
