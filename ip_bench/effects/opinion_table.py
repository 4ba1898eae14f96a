"""Answers to questions without a right one, as vectors whose differences are distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from ip_bench.effects.arrays import Numbers
from ip_bench.effects.table import Column, column
from ip_bench.errors import SamplesError, UnknownNameError

Scale = Literal["ordinal", "nominal"]
SCALES: tuple[str, ...] = get_args(Scale)


class Answer(NamedTuple):
    """One response to a question: a distribution over its options, or none (`weights` is empty)."""

    item: str
    realization: str
    template: str
    arm: str
    scale: Scale
    weights: tuple[float, ...]


class Answers(NamedTuple):
    """Answers by cell (item x realization x template) and arm.

    `place` has shape (cells, arms, D), NaN where there is no answer: of an ordinal item the distribution function, of a
    nominal one the shares, padded with 0. Times `step` (cells,) the summed absolute differences of two places are the
    Wasserstein or total variation distance in [0, 1] of `ip_bench.effects.distances`. `asked` says where there was a
    row.
    """

    arms: tuple[str, ...]
    item: Column
    realization: Column
    template: Column
    step: Numbers
    place: Numbers
    asked: NDArray[np.bool_]


def tabled(answers: Sequence[Answer]) -> Answers:
    """Return answers by cell and arm.

    Raises:
        SamplesError: without a row; for two rows of an arm in one cell, for weights that are no distribution, or for
            an item with two scales or two numbers of options.
        UnknownNameError: for another scale.
    """
    if not answers:
        raise SamplesError("no answers; a table without rows has no effect")
    cells: dict[tuple[str, str, str], int] = {}
    arms = {name: place for place, name in enumerate(dict.fromkeys(one.arm for one in answers))}
    kinds: dict[str, tuple[str, int]] = {}
    for one in answers:
        cells.setdefault(one[:3], len(cells))
        if one.weights and kinds.setdefault(one.item, (_scale(one), len(one.weights))) != (one.scale, len(one.weights)):
            raise SamplesError(f"item {one.item!r} has answers of two scales or two numbers of options")
    width = max((options for _, options in kinds.values()), default=2)
    place = np.full((len(cells), len(arms), width), np.nan)
    asked = np.zeros((len(cells), len(arms)), dtype=np.bool_)
    for one in answers:
        at = cells[one[:3]], arms[one.arm]
        if asked[at]:
            raise SamplesError(f"two answers of arm {one.arm!r} in one cell: item {one.item!r}, {one.realization!r}")
        asked[at] = True
        if one.weights:
            place[at] = _place(one, width)
    key = list(cells)
    item, realization, template = (column([labels[k] for labels in key]) for k in range(3))
    return Answers(
        tuple(arms),
        item,
        realization,
        template,
        np.array([_step(*kinds.get(item, ("ordinal", 2))) for item, _, _ in key]),
        place,
        asked,
    )


def _scale(one: Answer) -> Scale:
    if one.scale not in SCALES:
        raise UnknownNameError("scale", one.scale, SCALES, where=f"item {one.item!r}")
    return one.scale


def _step(scale: str, options: int) -> float:
    return 1 / (options - 1) if scale == "ordinal" else 0.5


def _place(one: Answer, width: int) -> Numbers:
    weights = np.asarray(one.weights, dtype=np.float64)
    if len(weights) < 2 or not np.isfinite(weights).all() or (weights < 0).any() or abs(weights.sum() - 1) > 1e-6:
        raise SamplesError(f"weights {one.weights} of item {one.item!r} are not shares of two or more options")
    place = np.zeros(width)
    place[: len(weights)] = weights
    if one.scale == "ordinal":
        place = np.cumsum(place)
        place[len(weights) - 1 :] = 0.0
    return place
