"""The number of items a contrast needs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.effects import Components, items_needed
from ip_bench.harness.suites import MINI_COMPONENTS, MINI_EFFECT, mini_items


def test_a_textbook_case_without_realizations():
    # Var = .5^2 / n, (1.96 + .8416)^2 x .25 / .01 = 196.2
    assert items_needed(0.1, Components(item=0.5, row=0, realization=0), rows_per_item=1, realizations=8) == 197


def test_rows_and_realizations_enter_as_the_formula_says():
    parts = Components(item=0.4, row=0.35, realization=0.03)
    target = (0.1 / (1.959963985 + 0.841621234)) ** 2
    expected = (0.4**2 + 2 * 0.35**2 / 2) / (target - 0.03**2 / 16)
    assert items_needed(0.1, parts, rows_per_item=2, realizations=16) == math.ceil(expected)


def test_where_realizations_alone_exceed_the_target_no_number_of_items_suffices():
    parts = Components(item=0.4, row=0.35, realization=0.1)
    with pytest.raises(ValueError, match=r"no number of items finds 0.05.*8 realizations of SD 0.1"):
        items_needed(0.05, parts, rows_per_item=2, realizations=8)


@given(st.floats(0.05, 0.3), st.integers(1, 8), st.integers(12, 80))
def test_more_rows_realizations_or_effect_never_need_more_items(effect, rows, forms):
    parts = Components(item=0.3, row=0.4, realization=0.03)
    needed = items_needed(effect, parts, rows_per_item=rows, realizations=forms)
    assert needed >= items_needed(effect, parts, rows_per_item=rows + 1, realizations=forms)
    assert needed >= items_needed(effect, parts, rows_per_item=rows, realizations=forms + 1)
    assert needed >= items_needed(effect * 1.1, parts, rows_per_item=rows, realizations=forms)


def test_the_planned_design_has_the_power_it_was_planned_for():
    needed = items_needed(MINI_EFFECT, MINI_COMPONENTS, rows_per_item=2, realizations=16)
    rng = np.random.default_rng(5)
    parts, runs = MINI_COMPONENTS, 20_000
    variance = (parts.item**2 + 2 * parts.row**2 / 2) / needed + parts.realization**2 / 16
    found = rng.normal(MINI_EFFECT, math.sqrt(variance), runs)
    assert np.mean(np.abs(found) > 1.96 * math.sqrt(variance)) == pytest.approx(0.8, abs=0.015)


def test_the_mini_suite_is_at_most_what_there_is():
    assert mini_items(20) == 20
    assert mini_items(10_000) < 400
