"""The multi-way variance against a direct computation, and its behavior at the edges."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.effects import clustered_mean, codes


def one_way_by_hand(values, labels):
    """C/(C-1) . sum_c (sum of residuals)^2 / n^2, written out."""
    n, mean = len(values), sum(values) / len(values)
    sums = {}
    for value, label in zip(values, labels, strict=True):
        sums[label] = sums.get(label, 0.0) + value - mean
    return len(sums) / (len(sums) - 1) * sum(total**2 for total in sums.values()) / n**2


def raw_by_hand(values, factors):
    """The Cameron-Gelbach-Miller sum over all sets of factors."""
    total = 0.0
    for size in range(1, len(factors) + 1):
        for members in combinations(factors, size):
            total += (-1) ** (size + 1) * one_way_by_hand(values, list(zip(*members, strict=True)))
    return total


def test_codes_are_in_sorted_order_of_labels():
    assert codes(["b", "a", "b", "c"]).tolist() == [1, 0, 1, 2]


def test_one_way_equals_the_textbook_formula():
    values = [1.0, 0.0, 1.0, 1.0, -1.0, 0.0]
    # mean 1/3; cluster sums of residuals: a 1/3, b 4/3, c -5/3; C/(C-1) = 3/2, n = 6
    expected = 1.5 * ((1 / 3) ** 2 + (4 / 3) ** 2 + (5 / 3) ** 2) / 36
    found = clustered_mean(values, [codes(list("aabbcc"))])
    assert found.covariance[0, 0] == pytest.approx(expected)
    assert (found.df, found.clusters) == (2, (3,))


def test_clusters_of_one_are_the_variance_of_a_mean():
    values = np.array([0.3, 1.2, -0.4, 2.0, 0.1])
    found = clustered_mean(values, [np.arange(5)])
    assert found.covariance[0, 0] == pytest.approx(values.var(ddof=1) / 5)


@pytest.mark.parametrize("ways", [2, 3])
def test_multi_way_equals_a_direct_computation(ways):
    rng = np.random.default_rng(4)
    labels = [rng.integers(0, count, 300) for count in (60, 8, 5)][:ways]
    # Effects of each factor, so that the sum is well above each of its one-way terms.
    values = rng.normal(size=300) + sum(rng.normal(size=60)[label] for label in labels)
    expected = raw_by_hand(values.tolist(), [label.tolist() for label in labels])
    assert expected > max(one_way_by_hand(values.tolist(), label.tolist()) for label in labels)
    found = clustered_mean(values, [codes(label) for label in labels])
    assert found.covariance[0, 0] == pytest.approx(expected)
    assert found.df == min(found.clusters) - 1


def test_a_sum_below_the_largest_one_way_term_falls_back_to_it():
    # A checkerboard: within every item and every realization the residuals cancel, so the raw sum is negative.
    items, forms = np.repeat(np.arange(4), 4), np.tile(np.arange(4), 4)
    values = np.where((items + forms) % 2 == 0, 1.0, -1.0)
    values[0] = 2.0
    raw = raw_by_hand(values.tolist(), [items.tolist(), forms.tolist()])
    largest = max(one_way_by_hand(values.tolist(), label.tolist()) for label in (items, forms))
    assert raw < 0 < largest
    assert clustered_mean(values, [items, forms]).covariance[0, 0] == pytest.approx(largest)


def test_a_matrix_is_never_below_any_one_way_term_in_any_direction():
    rng = np.random.default_rng(11)
    items, forms = np.repeat(np.arange(40), 3), np.tile(np.arange(6), 20)
    for _ in range(20):
        table = rng.normal(size=(120, 2))
        total = clustered_mean(table, [items, forms]).covariance
        for one in (items, forms):
            alone = clustered_mean(table, [one]).covariance
            assert np.linalg.eigvalsh(total - alone)[0] > -1e-12


def test_a_constant_column_keeps_the_two_way_variance_of_the_other():
    rng = np.random.default_rng(12)
    items, forms = np.repeat(np.arange(40), 4), np.tile(np.arange(8), 20)
    moved = rng.normal(size=160) + rng.normal(size=8)[forms] + rng.normal(size=40)[items]
    alone = clustered_mean(moved, [items, forms]).covariance[0, 0]
    both = clustered_mean(np.column_stack([moved, np.ones(160)]), [items, forms]).covariance
    assert both[0, 0] == pytest.approx(alone)
    assert both[1, 1] == pytest.approx(0, abs=1e-15)


def test_fewer_than_two_clusters_are_refused_by_count():
    with pytest.raises(ValueError, match=r"\(3, 1\)"):
        clustered_mean([1.0, 0.0, 1.0], [codes([0, 1, 2]), codes([0, 0, 0])])
    with pytest.raises(ValueError, match="two or more"):
        clustered_mean([1.0, 0.0], [])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(-1, 1)), min_size=8, max_size=60))
def test_the_variance_is_finite_not_negative_and_free_of_row_order(rows):
    items, forms, values = (np.array(column) for column in zip(*rows, strict=True))
    if len(set(items)) < 2 or len(set(forms)) < 2:
        return
    there = clustered_mean(values, [codes(items), codes(forms)]).covariance[0, 0]
    back = clustered_mean(values[::-1], [codes(items[::-1]), codes(forms[::-1])]).covariance[0, 0]
    assert math.isfinite(there)
    assert there >= 0
    assert there == pytest.approx(back, abs=1e-12)
