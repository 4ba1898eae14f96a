"""Least squares within items, with a covariance clustered over items and realizations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ip_bench.effects.arrays import Numbers, size
from ip_bench.effects.clusters import Codes, clustered, intersection


class Fit(NamedTuple):
    """Coefficients (k,), their covariance (k, k), and its degrees of freedom."""

    coefficients: Numbers
    covariance: Numbers
    df: int


def fit_within(y: Numbers, columns: Numbers, clusters: Sequence[Codes]) -> Fit:
    """Return least squares of y (n,) on the columns (n, k) with item fixed effects.

    `clusters` are items and, where known, realizations, each (n,). The item term of the covariance is the usual
    cluster-robust one with the factor C/(C-1). Realizations are left out one at a time: where an item's rows are in
    several of them, its mean carries each one's effect into the rows of the others, and a sum of scores would count too
    little of it; where every realization meets an item at the same values of the columns, the two are the same number.
    The terms are put together as in `clusters.clustered`. Degrees of freedom: the smallest number of clusters minus 1.

    All is NaN where the columns cannot be told apart within items; the covariance, where they cannot without one of the
    realizations.
    """
    item, *forms = clusters
    unit = np.sqrt((columns**2).mean(axis=0))
    unit = np.where(unit > 0, unit, 1.0)
    x, response = _centered(columns / unit, item), _centered(y[:, None], item)[:, 0]
    df, width = min(size(own) for own in clusters) - 1, x.shape[1]
    gram = x.T @ x
    if not _full_rank(gram[None] / len(x)):
        return Fit(np.full(width, np.nan), np.full((width, width), np.nan), df)
    coefficients = np.linalg.solve(gram, x.T @ response)
    scores = np.linalg.solve(gram, (x * (response - x @ coefficients)[:, None]).T).T
    total = clustered(scores, [item]).covariance
    if forms:
        cell = intersection([item, forms[0]])
        terms = (total, _jackknife(x, response, item, forms[0]))
        if np.isnan(terms[1]).any():
            return Fit(coefficients / unit, terms[1], df)
        total = terms[0] + terms[1] - clustered(scores, [cell]).covariance
        for term in terms:
            values, vectors = np.linalg.eigh(total - term)
            total = term + (vectors * np.maximum(values, 0)) @ vectors.T
    return Fit(coefficients / unit, total / np.outer(unit, unit), df)


def _centered(table: Numbers, item: Codes) -> Numbers:
    """Return columns (n, k) minus their means by item."""
    means = _sums(table, item) / np.bincount(item)[:, None]
    return np.asarray(table - means[item])


def _sums(table: Numbers, group: Codes) -> Numbers:
    """Return the sums of columns (n, k) by group, shape (groups, k)."""
    count = size(group)
    return np.column_stack([np.bincount(group, weights=column, minlength=count) for column in table.T])


def _full_rank(grams: Numbers) -> bool:
    """Return whether each of the Gram matrices (m, k, k), of columns about 1 in size, has an inverse."""
    scale = np.sqrt(np.maximum(np.diagonal(grams, axis1=1, axis2=2), 0.0))
    if not (scale > 1e-9).all():
        return False
    return bool((np.linalg.eigvalsh(grams / scale[:, :, None] / scale[:, None, :]) > 1e-9).all())


def _jackknife(x: Numbers, y: Numbers, item: Codes, form: Codes) -> Numbers:
    """Return (R-1)/R times the sum over realizations of outer products of deviations of the leave-one-out fits.

    What leaving a realization out takes from the items' sums of squares and products is summed over cells, so no fit is
    made anew.
    """
    cell = intersection([item, form])
    first = np.unique(cell, return_index=True)[1]
    of_cell, form_of_cell = item[first], form[first]
    table = np.column_stack([x, y])
    products = (table[:, :, None] * table[:, None, :]).reshape(len(table), -1)
    counts, cell_counts = np.bincount(item).astype(np.float64), np.bincount(cell).astype(np.float64)
    sums, cell_sums = _sums(table, item), _sums(table, cell)
    crossed = _sums(products, item).reshape(-1, table.shape[1], table.shape[1])
    cell_crossed = _sums(products, cell).reshape(-1, *crossed.shape[1:])

    def within(count: Numbers, total: Numbers, cross: Numbers) -> Numbers:
        return np.asarray(cross - total[:, :, None] * total[:, None, :] / np.maximum(count, 1)[:, None, None])

    whole = within(counts, sums, crossed)
    left = within(counts[of_cell] - cell_counts, sums[of_cell] - cell_sums, crossed[of_cell] - cell_crossed)
    taken = _sums((whole[of_cell] - left).reshape(len(first), -1), form_of_cell).reshape(-1, *whole.shape[1:])
    remaining = whole.sum(axis=0) - taken
    grams, width = remaining[:, :-1, :-1], x.shape[1]
    if not _full_rank(grams / len(x)):
        return np.full((width, width), np.nan)
    each = np.linalg.solve(grams, remaining[:, :-1, -1:])[:, :, 0]
    off = each - each.mean(axis=0)
    return np.asarray((len(each) - 1) / len(each) * off.T @ off)
