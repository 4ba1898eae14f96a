"""Intervals of a mean and of a distance beyond a floor: against scipy, and their coverage."""

import math

import numpy as np
import pytest
from scipy import stats

from ip_bench.reproduce.interval import Estimate, beyond, family, mean_limits, wilson


def test_one_value_an_item_is_the_t_test_of_scipy():
    values = np.random.default_rng(0).normal(0.3, 1, size=40)
    found, oracle = mean_limits(values).estimate(), stats.ttest_1samp(values, 0)
    assert (found.value, found.p) == pytest.approx((values.mean(), oracle.pvalue), rel=1e-7)
    assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval()), abs=1e-12)
    assert found.items == 40


def test_equal_clusters_are_the_t_test_of_their_means():
    values = np.random.default_rng(1).normal(size=(30, 2)) + np.random.default_rng(2).normal(size=(30, 1))
    found = mean_limits(values.ravel(), np.repeat(np.arange(30), 2)).estimate()
    oracle = stats.ttest_1samp(values.mean(axis=1), 0)
    assert found.p == pytest.approx(oracle.pvalue, rel=1e-7)
    assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval()), abs=1e-12)


def test_few_items_off_0_give_exact_limits():
    values = np.array([0.25] + [0.0] * 67)
    found = mean_limits(values, bounds=(0, 1)).estimate()
    upper = stats.binomtest(1, 68).proportion_ci(0.95, method="exact").high
    assert (found.value, found.low) == (pytest.approx(0.25 / 68), 0.0)
    assert found.high == pytest.approx(upper)
    assert found.p == 1.0
    assert found.note == "exact limits: of 68 items 1 are above 0 and 0 below"


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ([], "two items are needed, found: 0"),
        ([0.5], "two items are needed, found: 1"),
        ([2.0] * 9, "all 9 values are 2"),
    ],
)
def test_without_a_spread_there_is_no_interval_and_the_note_says_why(values, note):
    found = mean_limits(values).estimate()
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert math.isnan(found.p)
    assert note in found.note


def test_p_is_the_level_at_which_the_interval_ends_at_0():
    rng = np.random.default_rng(3)
    limits = beyond(
        mean_limits(rng.beta(1, 12, 200), bounds=(0, 1)), mean_limits(np.r_[np.zeros(60), 0.25], bounds=(0, 1))
    )
    found = limits.estimate()
    assert 0 < found.p < 1
    low, high = limits.at(found.p)
    assert min(abs(low), abs(high)) < 1e-8


def test_p_is_never_0():
    found = beyond(mean_limits(np.tile([0.9, 1.0], 10_000)), mean_limits(np.tile([0.0, 0.1], 10_000))).estimate()
    assert found.p == pytest.approx(1e-100)


def test_a_floor_of_0_in_few_pairs_widens_the_result():
    distance = np.tile([0.0, 0.25, 0.5], 100)
    apart = mean_limits(distance, bounds=(0, 1))
    few, many = (beyond(apart, mean_limits(np.zeros(n), bounds=(0, 1))).estimate() for n in (10, 1000))
    assert few.value == many.value == pytest.approx(apart.value)
    assert few.low < many.low < apart.estimate().low + 1e-12
    assert few.high == pytest.approx(apart.estimate().high)


def test_no_floor_no_result():
    found = beyond(mean_limits([0.1, 0.2, 0.3]), mean_limits([])).estimate()
    assert math.isnan(found.value)
    assert math.isnan(found.p)


@pytest.mark.parametrize("moved", [0.0, 0.02, 0.3])
def test_the_distance_beyond_the_floor_is_covered(moved):
    rng = np.random.default_rng(4)
    truth = 0.5 * 0.2 - 0.5 * moved
    hits = 0
    for _ in range(400):
        apart = 0.5 * (rng.random(200) < 0.2)
        same = 0.5 * (rng.random(68) < moved)
        low, high = beyond(mean_limits(apart, bounds=(0, 1)), mean_limits(same, bounds=(0, 1))).at(0.05)
        hits += low <= truth <= high
    assert hits >= 0.93 * 400


def test_wilson_and_nothing_to_count():
    found = wilson(7, 20)
    assert (found.low, found.high) == pytest.approx(stats.binomtest(7, 20).proportion_ci(method="wilson"))
    assert math.isnan(wilson(0, 0).value)


def test_holm_over_the_family_and_1_minus():
    ps = [0.01, math.nan, 0.03]
    found = family([Estimate(0.2, 0.1, 0.3, p, 9) for p in ps])
    assert [one.p_holm for one in found] == pytest.approx([0.02, math.nan, 0.03], nan_ok=True)
    flipped = found[0].from_one()
    assert (flipped.value, flipped.low, flipped.high) == pytest.approx((0.8, 0.7, 0.9))
    assert math.isnan(flipped.p)
