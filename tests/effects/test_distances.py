"""Distances of distributions against scipy, and as metrics."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from ip_bench.effects.distances import MEASURES, distance
from ip_bench.errors import UnknownNameError

counts = st.lists(st.integers(0, 20), min_size=5, max_size=5).filter(any)


@given(counts, counts)
def test_each_measure_agrees_with_scipy(first, second):
    p, q = np.array(first) / sum(first), np.array(second) / sum(second)
    steps = np.arange(5)
    assert distance(first, second, "wasserstein") == pytest.approx(
        stats.wasserstein_distance(steps, steps, p, q) / 4, abs=1e-10
    )
    with np.errstate(invalid="ignore"):
        bits = np.nan_to_num(jensenshannon(p, q, base=2))
    assert distance(first, second, "jensen-shannon") == pytest.approx(bits, abs=1e-7)
    assert distance(first, second, "jensen-shannon") ** 2 == pytest.approx(bits**2, abs=1e-10)
    assert distance(first, second, "total variation") == pytest.approx(max(0.0, np.maximum(p - q, 0).sum()), abs=1e-12)


@given(counts, counts, counts)
@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_is_a_metric_in_0_to_1(measure, first, second, third):
    there, back = distance(first, second, measure), distance(second, first, measure)
    assert there == pytest.approx(back, abs=1e-12)
    assert 0 <= there <= 1 + 1e-12
    assert distance(first, first, measure) == pytest.approx(0, abs=1e-7)
    assert there <= distance(first, third, measure) + distance(third, second, measure) + 1e-7


@pytest.mark.parametrize("measure", MEASURES)
def test_opposite_ends_are_1_apart_and_order_matters_to_one_measure(measure):
    assert distance([9, 0, 0], [0, 0, 9], measure) == pytest.approx(1)
    near = distance([9, 0, 0], [0, 9, 0], measure)
    assert near == pytest.approx(0.5 if measure == "wasserstein" else 1)


def test_many_at_once():
    first, second = np.ones((4, 2, 3)), np.full((4, 2, 3), 7)
    assert distance(first, second, "wasserstein").shape == (4, 2)


def test_no_answer_is_nan_and_bad_input_is_named():
    assert math.isnan(distance([0, 0], [1, 2], "total variation"))
    with pytest.raises(UnknownNameError, match="unknown measure 'kl'; measures are: wasserstein, total variation"):
        distance([1, 0], [0, 1], "kl")
    with pytest.raises(ValueError, match=r"shapes \(1,\) and \(1,\)"):
        distance([1], [1], "wasserstein")
    with pytest.raises(ValueError, match="same 2 or more answers"):
        distance([1, 2], [1, 2, 3], "wasserstein")
