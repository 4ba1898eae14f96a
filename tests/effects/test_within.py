"""Least squares within items against numpy on dummies, and realizations left out one by one."""

import math

import numpy as np
import pytest

from ip_bench.effects.clusters import clustered, codes, intersection
from ip_bench.effects.within import fit_within


def design(rng, items=30, per=4, forms=6):
    item = np.repeat(np.arange(items), per)
    form = codes(rng.integers(0, forms, items * per))
    x = rng.normal(size=(items * per, 2))
    return x, x @ [0.4, -0.2] + rng.normal(size=items)[item] + rng.normal(size=items * per), item, form


def with_dummies(x, y, item):
    table = np.column_stack([x, item[:, None] == np.unique(item)])
    return np.linalg.lstsq(table, y, rcond=None)[0][: x.shape[1]]


def test_coefficients_are_those_of_item_dummies():
    x, y, item, _ = design(np.random.default_rng(1))
    assert fit_within(y, x, [item]).coefficients == pytest.approx(with_dummies(x, y, item))


def test_realizations_are_left_out_one_at_a_time():
    x, y, item, form = design(np.random.default_rng(2))
    x = x / np.sqrt((x**2).mean(axis=0))  # the unit in which terms are put together
    each = np.array([with_dummies(x[form != k], y[form != k], item[form != k]) for k in range(6)])
    off = each - each.mean(axis=0)
    left_out = 5 / 6 * off.T @ off
    alone = fit_within(y, x, [item]).covariance
    found = fit_within(y, x, [item, form])
    assert found.df == 5
    # the cells' term, by hand from the scores
    centered = x - np.array([x[item == k].mean(axis=0) for k in item])
    residual = y - np.array([y[item == k].mean() for k in item]) - centered @ found.coefficients
    scores = centered * residual[:, None] @ np.linalg.inv(centered.T @ centered)
    total = alone + left_out - clustered(scores, [intersection([item, form])]).covariance
    for term in (alone, left_out):
        values, vectors = np.linalg.eigh(total - term)
        total = term + (vectors * np.maximum(values, 0)) @ vectors.T
    assert found.covariance == pytest.approx(total)


def test_columns_that_items_cannot_tell_apart_give_nan():
    x, y, item, form = design(np.random.default_rng(3))
    constant = np.column_stack([x[:, 0], item.astype(float)])
    assert np.isnan(fit_within(y, constant, [item]).coefficients).all()
    only = np.column_stack([x[:, 0], np.where(form == 2, x[:, 1], 0.0)])
    found = fit_within(y, only, [item, form])
    assert not np.isnan(found.coefficients).any()
    assert np.isnan(found.covariance).all()


def test_units_do_not_matter():
    x, y, item, form = design(np.random.default_rng(4))
    one, other = fit_within(y, x, [item, form]), fit_within(y, x * [1e-6, 1e6], [item, form])
    assert other.coefficients == pytest.approx(one.coefficients * [1e6, 1e-6])
    assert np.sqrt(np.diag(other.covariance)) == pytest.approx(np.sqrt(np.diag(one.covariance)) * [1e6, 1e-6])
    assert math.isfinite(other.covariance.sum())
