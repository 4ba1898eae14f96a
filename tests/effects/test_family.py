"""Holm's adjustment against a hand computation, and what it does to intervals and verdicts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ip_bench.design import Contrast
from ip_bench.effects import Pairs, adjust, holm, paired_effect
from ip_bench.effects.paired import nan_effect, summarize


def effect(estimate, se, df=15, margin=0.05):
    return summarize(
        estimate, se, df, margin=margin, alpha=0.05, method="", outcome="uk", arm="uk", reference="us",
        n_items=20, n_realizations=16, n_rows=40,
    )  # fmt: skip


def missing():
    return nan_effect(
        "no pairs", margin=0.05, alpha=0.05, outcome="uk", arm="nz", reference="us",
        n_items=0, n_realizations=0, n_rows=0,
    )  # fmt: skip


def test_holm_equals_a_hand_computation():
    # sorted: .01 x4 = .04, .02 x3 = .06, .03 x2 = .06, .9 x1 = .9; NaN is not counted
    assert holm([0.03, 0.01, math.nan, 0.9, 0.02]) == pytest.approx([0.06, 0.04, math.nan, 0.9, 0.06], nan_ok=True)
    assert holm([0.5, 0.4]) == pytest.approx([0.8, 0.8])
    assert holm([0.7, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_keeps_the_order_never_lowers_a_p_and_ends_at_1(values):
    adjusted = holm(values)
    assert all(p <= q <= 1 for p, q in zip(values, adjusted, strict=True))
    assert [q for _, q in sorted(zip(values, adjusted, strict=True))] == sorted(adjusted)


def test_simultaneous_intervals_are_bonferroni_and_wider():
    alone = [effect(0.2, 0.02), effect(0.03, 0.02), effect(-0.01, 0.01)]
    for before, after in zip(alone, adjust(alone), strict=True):
        reach = stats.t.ppf(1 - 0.05 / 3 / 2, 15) * before.se
        assert after.ci == before.ci
        assert after.ci_simultaneous == pytest.approx((before.estimate - reach, before.estimate + reach))
        assert after.ci_simultaneous[0] < after.ci[0] < after.ci[1] < after.ci_simultaneous[1]


def test_a_family_of_one_is_left_as_it_is():
    (one,) = adjust([effect(0.2, 0.02)])
    assert one == effect(0.2, 0.02)


def test_a_verdict_follows_the_adjusted_p():
    alone = effect(0.05, 0.02)
    assert (alone.verdict, round(alone.p, 3)) == ("different", 0.025)
    family = adjust([alone, *[effect(0.001, 0.02)] * 4])
    assert family[0].verdict == "undecided"
    assert family[0].p_adjusted == pytest.approx(5 * alone.p)


def test_an_effect_without_numbers_stays_so_and_is_not_counted():
    adjusted = adjust([effect(0.2, 0.02), missing()])
    assert adjusted[0].ci_simultaneous == pytest.approx(adjusted[0].ci)
    assert math.isnan(adjusted[1].p_adjusted)
    assert adjusted[1].verdict == "undecided"


def test_exact_limits_keep_their_simultaneous_interval_and_bow_to_holm():
    key = [(f"i{k}", f"b{k % 8}", "t1") for k in range(400)]
    pairs = Pairs.of(np.ones(400), key, {})
    alone = paired_effect(pairs, Contrast("uk", "us", "uk", ""), margin=0.05, family=10)
    assert alone.verdict == "different"
    assert alone.p == pytest.approx(2 / 256)
    family = adjust([alone, *[effect(0.01, 0.02)] * 9])
    assert family[0].ci_simultaneous == alone.ci_simultaneous
    assert family[0].p_adjusted == pytest.approx(20 / 256)
    assert family[0].verdict == "undecided"
