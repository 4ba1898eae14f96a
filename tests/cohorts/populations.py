"""Populations whose places, and cohorts if any, are known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ip_bench.cohorts import Answers, Item
from ip_bench.cohorts.answers import Floats, Ints
from ip_bench.seeds import generator


class Planted(NamedTuple):
    answers: Answers
    cohort: Ints
    place: Floats


def planted(
    people: int = 400, items: int = 40, cohorts: int = 4, dims: int = 3, *, apart: float = 3.5, within: float = 0.4,
    observed: float = 0.6, options: int = 5, continuum: str = "normal", seed: int = 0,
) -> Planted:  # fmt: skip
    """Return ordered answers by a cumulative logit; no cohorts: places are normal, skewed or uniform.

    People differ in how much they answer: their shares of the items are drawn from a Beta(2, 2) about `observed`.
    """
    draw = generator("planted", people, items, cohorts, dims, options, seed)
    cohort = draw.integers(0, max(cohorts, 1), people)
    if cohorts:
        corners = np.linalg.qr(draw.standard_normal((max(cohorts, dims), max(cohorts, dims))))[0][:cohorts, :dims]
        place = apart * corners[cohort] + within * draw.standard_normal((people, dims))
    else:
        drawn = {"normal": draw.standard_normal, "skewed": draw.standard_exponential, "uniform": draw.random}
        place = drawn[continuum]((people, dims))
        place = (place - place.mean(0)) / place.std(0)
    loadings = draw.standard_normal((items, dims))
    thresholds = np.sort(draw.normal(0, 1.5, (items, options - 1)), axis=1)
    answer = ((place @ loadings.T)[:, :, None] + draw.logistic(size=(people, items, 1)) > thresholds).sum(2)
    share = np.clip(2 * observed * draw.beta(2, 2, people), 0.1, 1)
    person, item = np.nonzero(draw.random((people, items)) < share[:, None])
    scale = "binary" if options == 2 else "ordinal"
    named = [
        Item(f"i{number}", f"Statement {number}", tuple(map(str, range(options))), scale) for number in range(items)
    ]
    return Planted(Answers.of(person, item, answer[person, item], named, people), cohort, place)
