"""What estimators take: one finite number or NaN a row, and one cluster code a row."""

import math

import numpy as np
import pytest

from ip_bench.effects.arrays import at, between, binary, counts, groups, moved, numbers, size
from ip_bench.errors import SamplesError


def test_numbers_keep_nan_and_refuse_infinity():
    assert np.isnan(numbers([1, math.nan, 0], "uk")[1])
    with pytest.raises(SamplesError, match="2 of 3 values of uk are infinite; scores must be finite"):
        numbers([1, math.inf, -math.inf], "uk")
    with pytest.raises(SamplesError, match="uk has 1 rows, the others have 2"):
        numbers([1], "uk", rows=2)
    with pytest.raises(SamplesError, match=r"shape \(1, 2\)"):
        numbers([[1, 2]], "uk")


def test_binary_and_ranges_count_what_is_wrong():
    assert binary([0, 1, math.nan], "uk").tolist()[:2] == [0, 1]
    with pytest.raises(SamplesError, match="2 of 3 values of uk are neither 0 nor 1"):
        binary([0.2, 2, 1], "uk")
    assert between(np.array([0.0, math.nan, 1.0]), 0, 1, "uk").tolist()[0] == 0
    with pytest.raises(SamplesError, match=r"1 of 2 values of uk lie outside \[0, 1\]"):
        between(np.array([0.0, 1.5]), 0, 1, "uk")


def test_groups_are_coded_from_0_and_recoded_at_rows():
    first, second = groups([["b", "a", "b"], [7, 9, 7]], 3)
    assert (first.tolist(), second.tolist()) == ([1, 0, 1], [0, 1, 0])
    (kept,) = at([first], np.array([True, False, True]))
    assert (kept.tolist(), size(kept), size(kept[:0])) == ([0, 0], 1, 0)
    with pytest.raises(SamplesError, match="cluster factor 1 has shape"):
        groups([[1, 2, 3], [1, 2]], 3)


def test_counts_of_rows_items_and_realizations():
    assert counts(3, ()) == {"n_items": 3, "n_realizations": 0, "n_rows": 3}
    factors = groups([[0, 0, 1], [4, 5, 6]], 3)
    assert counts(3, factors) == {"n_items": 2, "n_realizations": 3, "n_rows": 3}


def test_items_off_the_most_frequent_mean_are_counted():
    item = np.array([0, 0, 1, 2, 3, 3])
    assert moved(np.array([0.1, 0.1, 0.1, 0.7, 0.3, -0.1]), item) == 1
    assert moved(np.zeros(6), item) == 0
    assert moved(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]) * 1e-12, item) == 3
