"""Dose-response against statsmodels with item dummies, by known truth, and on designs that cannot tell."""

import math

import numpy as np
import pytest

from ip_bench.design import Contrast
from ip_bench.effects.dose import dose_response
from ip_bench.errors import SamplesError

UK = Contrast("uk", "dose 0", "correct", "correct per unit of cue density")
DOSES = np.array([0.0, 0.1, 0.2, 0.4])


def rows(rng, items=60, *, forms=40, response=lambda dose: 0.5 * dose, of_item=0.5, of_form=0.0, noise=0.2):
    """Each item at each dose once; realizations have slopes of their own."""
    item = np.repeat(np.arange(items), len(DOSES))
    dose = np.tile(DOSES, items)
    form = (item + 3 * np.tile(np.arange(len(DOSES)), items)) % forms
    outcome = response(dose) + of_item * rng.normal(size=items)[item] + noise * rng.normal(size=len(item))
    return outcome + of_form * rng.normal(size=forms)[form] * dose, dose, item, form


def oracle(outcome, columns, item, groups):
    """OLS with item dummies in statsmodels and its one-way cluster covariance with the factor C/(C-1)."""
    import statsmodels.api as sm

    dummies = (item[:, None] == np.unique(item)).astype(float)
    fit = sm.OLS(outcome, np.column_stack([columns, dummies])).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    width, count = columns.shape[1], len(np.unique(groups))
    return fit.params[:width], fit.cov_params()[:width, :width] * count / (count - 1)


def test_slope_and_error_agree_with_statsmodels():
    outcome, dose, item, _ = rows(np.random.default_rng(1))
    found = dose_response(outcome, dose, item, UK, margin=0.05)
    value, covariance = oracle(outcome, dose[:, None], item, item)
    assert found.slope.estimate == pytest.approx(value[0], abs=1e-10)
    assert found.slope.se == pytest.approx(math.sqrt(covariance[0, 0]), abs=1e-10)
    assert (found.slope.df, found.slope.n_items, found.slope.n_rows) == (59, 60, 240)
    assert found.slope.note == "conditional on these realizations"


def test_with_realizations_matched_over_doses_two_way_errors_are_sums_of_statsmodels_ones():
    rng = np.random.default_rng(2)
    outcome, dose, item, _ = rows(rng, 240)
    cell = item.copy()  # two cells an item, each asked at every dose
    item, form = cell // 2, (cell * 3) % 8
    outcome = outcome + rng.normal(size=8)[form] * dose
    found = dose_response(outcome, dose, item, UK, margin=0.05, realization=form)
    terms = [oracle(outcome, dose[:, None], item, groups)[1][0, 0] for groups in (item, form, item * 8 + form)]
    assert terms[2] < terms[0] < terms[1]
    assert found.slope.se == pytest.approx(math.sqrt(terms[0] + terms[1] - terms[2]), abs=1e-10)
    assert (found.slope.df, found.slope.n_realizations, found.slope.note) == (7, 8, "")


def test_levels_agree_with_statsmodels():
    outcome, dose, item, _ = rows(np.random.default_rng(3), response=np.sqrt)
    found = dose_response(outcome, dose, item, UK, margin=0.05)
    value, covariance = oracle(outcome, (dose[:, None] == DOSES[1:]).astype(float), item, item)
    assert [level.estimate for level in found.levels] == pytest.approx(value.tolist(), abs=1e-10)
    assert [level.se for level in found.levels] == pytest.approx(np.sqrt(np.diag(covariance)).tolist(), abs=1e-10)
    assert [level.arm for level in found.levels] == ["uk 0.1", "uk 0.2", "uk 0.4"]


def test_linearity_is_walds_test_of_what_levels_add():
    outcome, dose, item, _ = rows(np.random.default_rng(4), response=lambda dose: dose**2)
    found = dose_response(outcome, dose, item, UK, margin=0.05).linearity
    columns = np.column_stack([dose, (dose[:, None] == DOSES[1:3]).astype(float)])
    value, covariance = oracle(outcome, columns, item, item)
    wald = value[1:] @ np.linalg.solve(covariance[1:, 1:], value[1:])
    assert found.statistic == pytest.approx(wald * (59 - 2 + 1) / (59 * 2), rel=1e-8)
    assert found.df == (2, 58)


def test_a_line_is_kept_and_a_bend_is_found():
    straight = dose_response(*rows(np.random.default_rng(5), 200)[:3], UK, margin=0.05)
    bent = dose_response(
        *rows(np.random.default_rng(5), 200, response=lambda x: np.minimum(x, 0.1) * 4)[:3], UK, margin=0.05
    )
    assert straight.linearity.p > 0.05
    assert bent.linearity.p < 1e-6
    assert straight.slope.verdict == bent.trend.verdict == "different"
    assert straight.reversal_p == bent.reversal_p == 1.0 or min(straight.reversal_p, bent.reversal_p) > 0.05


def test_a_dip_contradicts_a_monotone_trend():
    dip = dose_response(
        *rows(np.random.default_rng(6), 200, response=lambda x: np.where(x == 0.2, -0.3, x))[:3], UK, margin=0.05
    )
    assert dip.reversal_p < 1e-6
    down = dose_response(*rows(np.random.default_rng(6), 200, response=lambda x: -x)[:3], UK, margin=0.05)
    assert down.trend.estimate == pytest.approx(-0.4, abs=0.1)
    assert down.reversal_p > 0.05


def test_the_trend_counts_steps_alike():
    outcome, dose, item, _ = rows(np.random.default_rng(7))
    found = dose_response(outcome, dose, item, UK, margin=0.05)
    again = dose_response(outcome, np.searchsorted(DOSES, dose) / 3, item, UK, margin=0.05)
    assert found.trend.estimate == pytest.approx(again.slope.estimate)
    assert found.trend.se == pytest.approx(again.slope.se)


def test_error_under_realizations_with_slopes_of_their_own():
    """No slope on average, but each of 8 realizations has one: items alone reject far too often."""
    rng, runs = np.random.default_rng(8), 200
    honest = naive = 0
    for _ in range(runs):
        outcome, dose, item, form = rows(rng, 120, forms=8, response=lambda x: 0 * x, of_form=0.6)
        honest += dose_response(outcome, dose, item, UK, margin=0.05, realization=form).slope.p < 0.05
        naive += dose_response(outcome, dose, item, UK, margin=0.05).slope.p < 0.05
    print(f"\nslope: items and realizations {honest / runs:.1%}, items only {naive / runs:.1%}")
    assert honest / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)
    assert naive / runs >= 0.15


def test_items_of_one_dose_and_missing_outcomes_leave():
    outcome, dose, item, _ = rows(np.random.default_rng(9), 10)
    outcome[4:7] = math.nan
    found = dose_response(outcome, dose, item, UK, margin=0.05).slope
    assert (found.n_items, found.n_rows) == (9, 36)
    assert found.n_missing_by_arm == {"uk": 3}


def test_doses_that_no_item_joins_have_no_levels():
    rng = np.random.default_rng(10)
    item = np.repeat(np.arange(40), 2)
    dose = np.where(item < 20, np.tile([0.0, 0.1], 40), np.tile([0.2, 0.4], 40))
    found = dose_response(rng.normal(size=80), dose, item, UK, margin=0.05)
    assert not math.isnan(found.slope.estimate)
    assert all(math.isnan(level.estimate) for level in found.levels)
    assert found.linearity.note == "too few clusters join the doses to one another"
    assert math.isnan(found.reversal_p)


def test_two_doses_have_no_test_of_linearity():
    outcome, dose, item, _ = rows(np.random.default_rng(11))
    two = np.isin(dose, DOSES[:2])
    found = dose_response(outcome[two], dose[two], item[two], UK, margin=0.05)
    assert found.linearity.note == "2 doses; a test of linearity needs three"
    assert math.isnan(found.linearity.p)
    few = dose_response(*(column[:8] for column in (outcome, dose, item)), UK, margin=0.05)
    assert few.linearity.note == "2 clusters for 4 doses are too few"


def test_degenerate_input():
    one = dose_response([0.0, 1.0], [0.0, 0.1], [0, 0], UK, margin=0.05)
    assert one.slope.note == "2 rows of items with several doses (1 clusters); two items and realizations are needed"
    alike = dose_response([0.0, 1.0, 1.0, 0.0], [0.1, 0.1, 0.1, 0.1], [0, 0, 1, 1], UK, margin=0.05)
    assert alike.slope.note.startswith("0 rows of items with several doses")
    flat = dose_response(np.ones(8), np.tile(DOSES, 2), np.repeat([0, 1], 4), UK, margin=0.05)
    assert math.isnan(flat.slope.p)
    assert flat.slope.note.startswith("outcomes do not vary within items")
    with pytest.raises(SamplesError, match="1 of 2 rows have no dose"):
        dose_response([0.0, 1.0], [0.0, math.nan], [0, 1], UK, margin=0.05)
    with pytest.raises(SamplesError, match="infinite"):
        dose_response([0.0, math.inf], [0.0, 1.0], [0, 1], UK, margin=0.05)
    with pytest.raises(ValueError, match="margin is 0"):
        dose_response([0.0, 1.0], [0.0, 1.0], [0, 1], UK, margin=0)
