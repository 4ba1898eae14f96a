"""Paired rates against statsmodels, printed examples and exact coverage by enumeration."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ip_bench.design import Contrast
from ip_bench.effects.paired_rates import mcnemar, paired_limits, paired_rates
from ip_bench.errors import SamplesError

UK_US = Contrast("uk", "us", "refused", "refused: uk minus us")


def columns(both, up, down, neither):
    return (
        np.repeat([1.0, 1.0, 0.0, 0.0], [both, up, down, neither]),
        np.repeat([1.0, 0.0, 1.0, 0.0], [both, up, down, neither]),
    )


@pytest.mark.parametrize(("up", "down"), [(1, 7), (6, 16), (5, 5), (0, 9), (120, 90)])
def test_mcnemar_agrees_with_statsmodels(up, down):
    from statsmodels.stats.contingency_tables import mcnemar as oracle

    assert mcnemar(up, down) == pytest.approx(oracle([[10, up], [down, 20]], exact=True).pvalue, abs=1e-12)


def test_mid_p_is_the_printed_one():
    # Airway example of Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13: 1 against 7 pairs.
    assert mcnemar(1, 7) == pytest.approx(0.0703, abs=5e-5)
    assert mcnemar(1, 7, mid_p=True) == pytest.approx(0.0391, abs=5e-5)
    assert mcnemar(4, 4, mid_p=True) == pytest.approx(1.0)
    assert mcnemar(0, 0) == 1.0


def test_mid_p_takes_half_of_the_observed_table():
    for up, down in ((0, 3), (2, 9), (5, 6)):
        half = stats.binom.pmf(min(up, down), up + down, 0.5)
        assert mcnemar(up, down, mid_p=True) == pytest.approx(mcnemar(up, down) - half)


def test_limits_are_the_printed_ones():
    # Complete response before and after therapy (Fagerland, Lydersen and Laake, 2017, chapter 8): 59, 6, 16, 80.
    found = paired_rates(*columns(59, 6, 16, 80), UK_US, margin=0.05)
    assert found.estimate == pytest.approx(-0.0621, abs=5e-5)
    assert found.ci == pytest.approx((-0.1186, -0.0046), abs=5e-5)


def test_limits_by_hand():
    # 20 pairs, 8 5 2 5: phi = (40 - 10 - 10) / sqrt(13 . 7 . 10 . 10); Wilson limits from scipy.
    low_1, high_1 = stats.binomtest(13, 20).proportion_ci(method="wilson")
    low_2, high_2 = stats.binomtest(10, 20).proportion_ci(method="wilson")
    phi = 20 / math.sqrt(9100)
    a, b, c, d = 0.65 - low_1, high_2 - 0.5, high_1 - 0.65, 0.5 - low_2
    expected = (
        0.15 - math.sqrt(a * a - 2 * phi * a * b + b * b),
        0.15 + math.sqrt(c * c - 2 * phi * c * d + d * d),
    )
    assert paired_limits((8, 5, 2, 5), 0.05) == pytest.approx(expected, abs=1e-12)


@given(st.tuples(*[st.integers(0, 9)] * 4).filter(lambda table: sum(table) >= 2))
def test_swapping_the_arms_turns_the_sign(table):
    both, up, down, neither = table
    there, back = paired_limits(table, 0.05), paired_limits((both, down, up, neither), 0.05)
    assert there == pytest.approx((-back[1], -back[0]), abs=1e-12)
    assert -1 - 1e-12 <= there[0] <= (up - down) / sum(table) <= there[1] <= 1 + 1e-12


def test_exact_coverage():
    n, shares = 20, (0.35, 0.25, 0.1, 0.3)
    covered = 0.0
    tables = [(a, b, c, n - a - b - c) for a in range(n + 1) for b in range(n + 1 - a) for c in range(n + 1 - a - b)]
    chance = stats.multinomial.pmf(tables, n, shares)
    for table, probability in zip(tables, chance, strict=True):
        if probability > 1e-9:
            low, high = paired_limits(table, 0.05)
            covered += probability * (low <= 0.15 <= high)
    assert 0.94 <= covered <= 0.98


def test_an_effect_needs_both_the_test_and_the_interval():
    found = paired_rates(*columns(30, 12, 1, 30), UK_US, margin=0.05)
    assert (found.verdict, found.n_items, found.n_rows) == ("different", 73, 73)
    assert found.p == mcnemar(12, 1)
    assert found.note == "12 pairs up and 1 down of 73; conditional on these realizations"
    mid = paired_rates(*columns(30, 12, 1, 30), UK_US, margin=0.05, test="mid-p")
    assert mid.p < found.p
    none = paired_rates(*columns(300, 0, 0, 300), UK_US, margin=0.05)
    assert (none.estimate, none.p, none.verdict) == (0.0, 1.0, "equivalent")


def test_pairs_with_a_missing_side_leave():
    found = paired_rates([1, 0, np.nan, 1], [np.nan, 0, 1, 0], UK_US, margin=0.05)
    assert (found.n_rows, found.estimate) == (2, 0.5)
    assert found.n_missing_by_arm == {"uk": 1, "us": 1}
    empty = paired_rates([1, np.nan], [np.nan, 0], UK_US, margin=0.05)
    assert math.isnan(empty.estimate)
    assert empty.note == "0 rows with an outcome in pairs of uk and us; two are needed"


def test_repeated_items_are_not_pairs_for_this_test():
    found = paired_rates([1, 0, 1, 0], [0, 0, 1, 1], UK_US, margin=0.05, item=[0, 0, 1, 2])
    assert math.isnan(found.p)
    assert found.note == "4 pairs of 3 items; McNemar's test takes each item once, use paired_effect"


def test_bad_input_is_named():
    with pytest.raises(SamplesError, match="us has 2 rows, the others have 3"):
        paired_rates([1, 0, 1], [0, 1], UK_US, margin=0.05)
    with pytest.raises(ValueError, match="'exact' or 'mid-p'"):
        paired_rates([1, 0], [0, 1], UK_US, margin=0.05, test="asymptotic")
    with pytest.raises(ValueError, match="-1 and 3"):
        mcnemar(-1, 3)
