"""Distances between arms' distributions of answers, minus the distance that a placebo makes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from ip_bench.design import Contrast
from ip_bench.effects.arrays import Numbers
from ip_bench.effects.distances import Measure, distance
from ip_bench.effects.effect import Effect
from ip_bench.effects.labels import Entered, Labels, labels
from ip_bench.effects.limits import critical, declared
from ip_bench.effects.paired import nan_effect, summarize
from ip_bench.errors import SamplesError
from ip_bench.seeds import generator

BLOCK = 250  # draws made at a time: 250 x 10,000 items of weights take 20 MB


class Counts(NamedTuple):
    """How often each answer was given, shape (items, realizations, answers), and how many rows gave none.

    All arms of a comparison share the axes; without realizations the second has length 1.
    """

    table: Numbers
    missing: int


def tabulate(
    answer: ArrayLike, item: ArrayLike, realization: ArrayLike | None = None, *, shape: tuple[int, int, int]
) -> Counts:
    """Return one arm's counts from its rows.

    `answer` (n,) is the place of the answer, 0..K-1, or -1 where there was none; `item` and `realization` (n,) are
    codes common to all arms; `shape` is (items, realizations, K).

    Raises:
        SamplesError: for columns of different lengths, or codes outside `shape`.
    """
    given, items = np.asarray(answer), np.asarray(item)
    forms = np.zeros_like(items) if realization is None else np.asarray(realization)
    for name, values, least, size in (("item", items, 0, shape[0]), ("realization", forms, 0, shape[1]),
                                      ("answer", given, -1, shape[2])):  # fmt: skip
        if values.shape != (len(given),) or values.dtype.kind not in "iu":
            raise SamplesError(f"{name} codes: shape {values.shape}, {values.dtype}; one whole number a row is needed")
        if len(values) and not least <= values.min() <= values.max() < size:
            raise SamplesError(f"{name} codes run from {values.min()} to {values.max()}, not in {least}..{size - 1}")
    seen = given >= 0
    place = np.ravel_multi_index((items[seen], forms[seen], given[seen]), shape)
    table = np.bincount(place, minlength=math.prod(shape)).reshape(shape).astype(np.float64)
    return Counts(table, int((~seen).sum()))


def distance_effect(
    treated: Counts,
    control: Counts,
    contrast: Contrast,
    *,
    measure: Measure,
    placebos: Sequence[tuple[Counts, Counts]] = (),
    margin: float,
    alpha: float = 0.05,
    draws: int = 2000,
) -> Effect:
    """Return how much farther apart two arms' answers are than a placebo and its reference.

    The distance is of the distributions over all rows in cells (item x realization) that every arm answered; of several
    `placebos` the mean is taken. An estimated distance is biased upward, most of all when there is none, so a distance
    alone says little; less bias is left in the difference of two, and what the bootstrap sees of it is taken off. The
    standard error is that of a bootstrap which resamples items and realizations independently (Owen, 2007), somewhat
    conservative; with one realization it is over items, and the note says that it is conditional.

    Without placebos the Effect is the distance itself, cut at 0: p is NaN, and the verdict can only be "equivalent" or
    "undecided". NaN, with the counts, for fewer than two items or (of several) realizations, or when no answer varies.

    Raises:
        SamplesError: when arms do not share their axes.
        UnknownNameError: for another measure.
        ValueError: for a margin or alpha out of range, or fewer than 100 draws.
    """
    declared(margin, alpha)
    if draws < 100:
        raise ValueError(f"draws is {draws}; a standard error needs 100 or more")
    arms = [treated, control, *(arm for placebo in placebos for arm in placebo)]
    if len(shapes := {arm.table.shape for arm in arms}) > 1:
        raise SamplesError(f"arms have counts of shapes {sorted(shapes)}; they share items, realizations and answers")
    complete = np.all([arm.table.sum(axis=2) > 0 for arm in arms], axis=0)
    lost_cells = int(np.any([arm.table.sum(axis=2) > 0 for arm in arms], axis=0).sum() - complete.sum())
    kept = np.flatnonzero(complete.any(axis=1)), np.flatnonzero(complete.any(axis=0))
    tables = [np.where(complete[:, :, None], arm.table, 0.0)[np.ix_(*kept)] for arm in arms]
    items, forms = len(kept[0]), len(kept[1])
    lost = {contrast.arm: treated.missing, contrast.reference: control.missing}
    entered: Entered = {
        "n_items": items,
        "n_realizations": forms if treated.table.shape[1] > 1 else 0,
        "n_rows": int(sum(table.sum() for table in tables)),
    }
    named = labels(contrast, margin, alpha, lost, entered)
    if items < 2 or (treated.table.shape[1] > 1 and forms < 2):
        return nan_effect(f"{items} items and {forms} realizations answered in all arms; two are needed", **named)
    plain = _compare([table.sum(axis=(0, 1)) for table in tables], measure)
    drawn = np.concatenate(list(_redraw(tables, measure, contrast, draws)))
    drawn = drawn[~np.isnan(drawn).any(axis=1)]
    total = drawn @ _weights(len(placebos))
    se = float(total.std(ddof=1)) if len(drawn) > 1 else 0.0
    if not se > 0:
        return nan_effect(f"the same answers in every arm ({named['n_rows']} rows); nothing varies", **named)
    bias = drawn.mean(axis=0) - plain
    estimate = float((plain - bias) @ _weights(len(placebos)))
    df = min(items, forms) - 1 if forms > 1 else items - 1
    bootstrap = f"bootstrap of {'items and realizations' if forms > 1 else 'items'} ({len(drawn)} draws)"
    method = f"{measure} distance{' minus placebo' if placebos else ''}, less its bootstrap bias, {bootstrap}, t"
    found = f"plain distance {plain[0]:.3f} (bias {bias[0]:+.3f})"
    if placebos:
        found += f", of placebo {plain[1:].mean():.3f} (bias {bias[1:].mean():+.3f})"
    note = "; ".join(
        part
        for part in (
            found,
            f"{lost_cells} cells not answered in all arms left out" if lost_cells else "",
            "" if forms > 1 else "conditional on these realizations",
        )
        if part
    )
    if placebos:
        named["arm"] = f"{contrast.arm} minus placebo"
        return summarize(estimate, se, df, method=method, note=note, **named)
    return _alone(max(0.0, estimate), se, df, method, note, named)


def _alone(estimate: float, se: float, df: float, method: str, note: str, named: Labels) -> Effect:
    """Return a distance without a placebo: never negative, so no test against 0."""
    alpha, margin = named["alpha"], named["margin"]
    reach = critical(alpha, df) * se
    ci = (max(0.0, estimate - reach), estimate + reach)
    inside = estimate + critical(2 * alpha, df) * se < margin
    return Effect(
        estimate=estimate, se=se, df=df, ci=ci, p=math.nan, p_adjusted=math.nan, ci_simultaneous=ci, method=method,
        verdict="equivalent" if inside else "undecided",
        note=f"{note}; a distance is above 0 by noise alone, read it beside a placebo's", **named,
    )  # fmt: skip


def _weights(placebos: int) -> Numbers:
    return np.array([1.0, *[-1 / max(1, placebos)] * placebos])


def _compare(totals: Sequence[Numbers], measure: Measure) -> Numbers:
    """Return the distances of arms taken two by two, shape (..., pairs)."""
    return np.stack(
        [distance(one, other, measure) for one, other in zip(totals[::2], totals[1::2], strict=True)], axis=-1
    )


def _redraw(tables: Sequence[Numbers], measure: Measure, contrast: Contrast, draws: int) -> Iterator[Numbers]:
    """Yield blocks of redrawn distances, shape (draws of the block, pairs), seeded from the contrast's names."""
    items, forms, answers = tables[0].shape
    cells = [scipy.sparse.csr_array(table.reshape(items, -1).T) for table in tables]
    rng = generator("distance", measure, contrast.outcome, contrast.arm, contrast.reference)
    for start in range(0, draws, BLOCK):
        size = min(BLOCK, draws - start)
        of_item = rng.multinomial(items, np.full(items, 1 / items), size=size).astype(np.float64)
        of_form = rng.multinomial(forms, np.full(forms, 1 / forms), size=size) if forms > 1 else np.ones((size, 1))
        totals = [
            np.einsum("drk,dr->dk", (cell @ of_item.T).T.reshape(size, forms, answers), of_form) for cell in cells
        ]
        yield _compare(totals, measure)
