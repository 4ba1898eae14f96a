"""Persona vectors: the place of a person or cohort, with how sure it is, from a factorization that can be stored."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import fields
from typing import Any

import numpy as np

from ip_bench.cohorts.answers import Answers, Floats, Ints, Item
from ip_bench.cohorts.choose import Cohorts
from ip_bench.cohorts.factor import Categorical, Places
from ip_bench.cohorts.likelihood import Params
from ip_bench.seeds import generator


def vector(places: Places) -> Floats:
    """Return persona vectors (people, 2 dims): the places, and the logs of their variances."""
    variance = np.diagonal(places.covariance, axis1=1, axis2=2)
    return np.concatenate([places.mean, np.log(np.maximum(variance, 1e-6))], 1)


def cohorts_of(model: Categorical, learn: Answers, count: int | None) -> Cohorts:
    """Return cohorts among the people learned from, at the places of a factorization; so many, or as are found."""
    placed = copy(model)
    placed.places_ = model.fold_in(learn)
    return Cohorts(count=count, model=placed, seed=model.seed).fit(learn)


def centroids(cohorts: Cohorts) -> Floats:
    """Return the vectors of cohorts (cohorts, 2 dims): the mean place of their members, as sure as a member's is.

    Members count by their membership.
    """
    if not cohorts.count_:
        return np.zeros((0, 2 * cohorts.model_.places_.mean.shape[1]))
    weights = cohorts.membership_ / cohorts.membership_.sum(0)
    return np.asarray(weights.T @ vector(cohorts.model_.places_))


def random_vectors(like: Floats, *seed: object) -> Floats:
    """Return vectors of nobody (as many as `like`): standard normal places, as sure as those of `like`."""
    drawn = like.copy()
    dims = like.shape[1] // 2
    drawn[:, :dims] = generator("random persona", *seed).standard_normal((len(like), dims))
    return drawn


def stored(model: Categorical) -> dict[str, Floats | Ints]:
    """Return what fold-in needs of a fitted factorization, as arrays by name."""
    arrays = {f"filter.{each.name}": np.asarray(getattr(model.params_, each.name)) for each in fields(Params)}
    return arrays | {"filter.ridge": np.asarray(model.ridge_)}


def restored(arrays: Mapping[str, Floats | Ints]) -> Categorical:
    """Return a factorization that folds in and predicts as the stored one did."""
    named: dict[str, Any] = {each.name: arrays[f"filter.{each.name}"] for each in fields(Params)}
    model = Categorical(dims=len(arrays["filter.ridge"]))
    model.params_ = Params(**{**named, "free": int(named["free"])})
    model.ridge_ = np.asarray(arrays["filter.ridge"])
    return model


def folded(model: Categorical, given: list[Mapping[str, int]], items: tuple[Item, ...]) -> Floats:
    """Return the vectors of new people from their answers: for each, option codes by item id.

    Items that the factorization does not know say nothing.
    """
    code = {each.item_id: at for at, each in enumerate(items)}
    cells = [
        (person, code[item], option)
        for person, answers in enumerate(given)
        for item, option in answers.items()
        if item in code
    ]
    person, item, option = np.array(cells, dtype=np.int64).reshape(-1, 3).T
    return vector(model.fold_in(Answers.of(person, item, option, items, len(given))))
