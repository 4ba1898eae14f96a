"""Worst-case bounds by hand, and the interval for a parameter known to lie in a set."""

import math

import numpy as np
import pytest
from scipy import stats

from ip_bench.design import Contrast
from ip_bench.effects.bounds import imbens_manski, manski_bounds
from ip_bench.effects.clusters import clustered_mean, codes
from ip_bench.effects.composite import composite_effect
from ip_bench.errors import SamplesError

UK_US = Contrast("uk", "us", "correct", "correct: uk minus us")
NAN = math.nan


def rows(rng, items=80, *, lost=(0.1, 0.15), effect=0.0):
    item = np.repeat(np.arange(items), 2)
    treated = (rng.random(2 * items) < 0.5 + effect).astype(float)
    control = (rng.random(2 * items) < 0.5).astype(float)
    whole = treated.copy(), control.copy()
    treated[rng.random(2 * items) < lost[0]] = NAN
    control[rng.random(2 * items) < lost[1]] = NAN
    return treated, control, item, whole


@pytest.mark.parametrize("df", [7, 120, 1e9])
@pytest.mark.parametrize("apart", [0.0, 0.3, 1.0, 5.0])
def test_the_critical_value_solves_its_equation(df, apart):
    c = imbens_manski(apart * 0.02, 0.02, 0.05, df)
    assert stats.t.cdf(c + apart, df) - stats.t.cdf(-c, df) == pytest.approx(0.95, abs=1e-10)
    assert stats.t.isf(0.05, df) - 1e-9 <= c <= stats.t.isf(0.025, df) + 1e-9


def test_the_printed_critical_values_at_the_two_ends():
    # Imbens and Manski (2004): 1.96 for a point, 1.645 for a wide set
    assert imbens_manski(0.0, 1.0, 0.05, 1e12) == pytest.approx(1.959964, abs=1e-5)
    assert imbens_manski(50.0, 1.0, 0.05, 1e12) == pytest.approx(1.644854, abs=1e-5)
    assert imbens_manski(9.0, 1.0, 0.8, 1e12) == 0.0


def test_the_ends_by_hand():
    treated, control = [1, NAN, 0, NAN, 1, 0], [0, 1, NAN, NAN, 1, 0]
    found = manski_bounds(treated, control, UK_US, [np.arange(6)], margin=0.05)
    # low: treated 1 0 0 0 1 0, control 0 1 1 1 1 0; high: treated 1 1 0 1 1 0, control 0 1 0 0 1 0
    assert (found.low, found.high) == pytest.approx((-2 / 6, 2 / 6))
    assert found.effect.n_missing_by_arm == {"uk": 2, "us": 2}
    assert found.effect.note == (
        "the effect lies in [-0.333, 0.333] whatever is missing; answered: uk 4 of 6, us 4 of 6"
    )
    wide = manski_bounds(treated, control, UK_US, [np.arange(6)], margin=0.05, outcome_range=(-1, 1))
    assert (wide.low, wide.high) == pytest.approx((-4 / 6, 4 / 6))


def test_standard_errors_are_those_of_filled_in_differences():
    treated, control, item, _ = rows(np.random.default_rng(1))
    found = manski_bounds(treated, control, UK_US, [item], margin=0.05)
    low = np.nan_to_num(treated, nan=0.0) - np.nan_to_num(control, nan=1.0)
    high = np.nan_to_num(treated, nan=1.0) - np.nan_to_num(control, nan=0.0)
    for end, value, se in zip((low, high), (found.low, found.high), found.se, strict=True):
        assert end.mean() == pytest.approx(value)
        assert math.sqrt(clustered_mean(end, [codes(item)]).covariance[0, 0]) == pytest.approx(se)
    c = imbens_manski(found.high - found.low, max(found.se), 0.05, 79)
    assert found.effect.ci == pytest.approx((found.low - c * found.se[0], found.high + c * found.se[1]))
    assert math.isnan(found.effect.estimate)
    assert found.effect.method.endswith("Imbens-Manski")


def test_with_nothing_missing_the_bounds_are_the_paired_effect():
    _, _, item, (treated, control) = rows(np.random.default_rng(2))
    found = manski_bounds(treated, control, UK_US, [item], margin=0.05)
    plain = composite_effect(treated, control, UK_US, [item], margin=0.05)
    assert found.low == found.high == found.effect.estimate == plain.estimate
    assert found.effect.ci == pytest.approx(plain.ci)
    assert found.effect.p == pytest.approx(plain.p)


def test_a_strong_effect_survives_the_worst_case_and_zero_inside_the_set_has_p_1():
    strong = manski_bounds(*rows(np.random.default_rng(3), 200, lost=(0.05, 0.05), effect=0.4)[:2], UK_US,
                           [np.repeat(np.arange(200), 2)], margin=0.05)  # fmt: skip
    assert strong.effect.verdict == "different"
    assert 0 < strong.effect.p < 1e-6
    treated, control, item, _ = rows(np.random.default_rng(4))
    none = manski_bounds(treated, control, UK_US, [item], margin=0.05)
    assert (none.effect.p, none.effect.verdict) == (1.0, "undecided")


def test_equivalence_needs_the_whole_set_inside_the_margin():
    treated, control, item, _ = rows(np.random.default_rng(5), 2000, lost=(0.01, 0.01))
    assert manski_bounds(treated, control, UK_US, [item], margin=0.08).effect.verdict == "equivalent"
    assert manski_bounds(treated, control, UK_US, [item], margin=0.03).effect.verdict == "undecided"


def test_few_discordant_items_take_exact_limits_of_both_ends():
    treated, control = np.ones(100), np.ones(100)
    treated[:3], control[0] = NAN, 0.0
    found = manski_bounds(treated, control, UK_US, [np.arange(100)], margin=0.2)
    assert (found.low, found.high) == pytest.approx((-0.02, 0.01))
    assert found.effect.ci[0] < -0.02 < 0.01 < found.effect.ci[1]
    assert "Clopper-Pearson" in found.effect.method
    assert found.effect.verdict == "equivalent"
    assert found.effect.p == 1.0


def test_the_truth_is_covered():
    rng, hits = np.random.default_rng(6), 0
    for _ in range(60):
        treated, control, item, _ = rows(rng, 60)
        ends = manski_bounds(treated, control, UK_US, [item], margin=0.05).effect.ci
        hits += ends[0] <= 0 <= ends[1]
    assert hits == 60


def test_bad_input():
    one = manski_bounds([1.0, NAN], [0.0, 1.0], UK_US, [[0, 0]], margin=0.05)
    assert math.isnan(one.low)
    assert "answered: uk 1 of 2, us 2 of 2" in one.effect.note
    with pytest.raises(SamplesError, match=r"1 of 2 values of uk lie outside \[0, 1\]"):
        manski_bounds([3.0, 0.0], [0.0, 1.0], UK_US, [[0, 1]], margin=0.05)
    with pytest.raises(ValueError, match="margin is 0"):
        manski_bounds([1.0, 0.0], [0.0, 1.0], UK_US, [[0, 1]], margin=0)
