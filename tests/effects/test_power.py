"""What a design finds: the number of items by the normal formula, and power under the analysis itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ip_bench.design import rotate
from ip_bench.effects.clusters import clustered_mean
from ip_bench.effects.power import Components, Layout, estimated_variances, items_needed, power_of, variance
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


HABITS = stats.beta.ppf((np.arange(4096) + 0.5) / 4096, 0.3, 0.3)


def simulated_power(layout: Layout, effect: float, sd: float, runs: int, seed: int) -> float:
    """Return how often binary outcomes of this design are called different, by the clustered variance in matrix form.

    An item's probability is one of HABITS; the treated arm turns a share of the answers that are not yet turned.
    """
    rng = np.random.default_rng(seed)
    rows, forms = layout.rows_per_item, [str(k) for k in range(layout.realizations)]
    cells = np.array(
        [[int(one.realization_id) for one in rotate(k, forms, ["t"], rows)] for k in range(layout.items)]
    ).ravel()
    item = np.repeat(np.arange(layout.items), rows)
    p = np.repeat(HABITS[rng.integers(0, 4096, (runs, layout.items))], rows, axis=1)
    shift = effect + rng.normal(0, sd, (runs, layout.realizations))[:, cells]
    treated = p + 2 * shift * np.where(shift > 0, 1 - p, p)
    turned, plain = (rng.binomial(layout.repeats, side) / layout.repeats for side in (treated, p))
    residual = turned - plain
    mean = residual.mean(1)
    residual = residual - mean[:, None]
    terms = []
    for group in (item, cells, np.arange(len(item))):
        kinds, code = np.unique(group, return_inverse=True)
        sums = residual @ np.eye(len(kinds))[code] if len(kinds) < len(item) else residual
        terms.append(len(kinds) / (len(kinds) - 1) * (sums**2).sum(1) / len(item) ** 2)
    by_item, by_form, by_row = terms
    se = np.sqrt(np.maximum.reduce([by_item + by_form - by_row, by_item, by_form]))
    return float((np.abs(mean) > stats.t.isf(0.025, layout.df) * se).mean())


def binary_parts(effect: float, sd: float) -> Components:
    shift = 2 * effect * (1 - HABITS)
    other = HABITS + shift
    row = math.sqrt(np.mean(HABITS * (1 - HABITS) + other * (1 - other)) / 2)
    return Components(shift.std(), row, sd, sd * (2 * (1 - HABITS)).std())


@pytest.mark.parametrize(
    ("items", "realizations", "sd", "rows", "repeats"),
    [
        (30, 8, 0.04, 2, 1), (30, 16, 0.0, 1, 1), (100, 8, 0.04, 1, 1), (100, 16, 0.02, 2, 3), (100, 40, 0.0, 1, 4),
        (300, 16, 0.04, 2, 1), (300, 40, 0.02, 2, 2), (1000, 40, 0.04, 1, 1),
    ],
)  # fmt: skip
def test_power_is_within_3_points_of_binary_simulation(items, realizations, sd, rows, repeats):
    layout = Layout(items=items, realizations=realizations, rows_per_item=rows, repeats=repeats)
    effect = next(
        size for size in np.geomspace(0.01, 0.45, 60) if power_of(size, binary_parts(size, sd), layout).different > 0.7
    )
    expected = power_of(effect, binary_parts(effect, sd), layout).different
    runs = 2000 if items <= 300 else 1000
    assert simulated_power(layout, effect, sd, runs, items) == pytest.approx(expected, abs=0.03)


def test_the_drawn_variances_are_those_of_the_clustered_estimator():
    """Against `clustered_mean` on normal outcomes: mean and spread of the variance, item by item."""
    layout, parts = Layout(items=64, realizations=16, rows_per_item=2), Components(0.3, 0.4, 0.1, 0.1)
    rng = np.random.default_rng(9)
    forms = [str(k) for k in range(16)]
    cells = np.array([[int(one.realization_id) for one in rotate(k, forms, ["t"], 2)] for k in range(64)])
    factors = [np.repeat(np.arange(64), 2), cells.ravel()]
    found = []
    for _ in range(800):
        values = rng.normal(0, 0.3, (64, 1)) + rng.normal(0, 0.1, 16)[cells]
        values = values + rng.normal(0, math.sqrt(parts.within()), (64, 2))
        found.append(clustered_mean(values.ravel(), factors).covariance[0, 0])
    drawn = estimated_variances(parts, layout)
    assert drawn.mean() == pytest.approx(np.mean(found), rel=0.03)
    assert np.quantile(drawn, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(found, [0.1, 0.5, 0.9]), rel=0.06)


def test_items_alone_are_the_noncentral_t():
    parts, layout = Components(0.4, 0.35, 0.0), Layout(items=25, realizations=None)
    shift, reach = 0.3 / math.sqrt(variance(parts, layout)), stats.t.isf(0.025, 24)
    exact = stats.nct.sf(reach, 24, shift) + stats.nct.cdf(-reach, 24, shift)
    assert power_of(0.3, parts, layout).different == pytest.approx(exact, abs=3e-3)


def test_equivalence_power_without_an_effect():
    parts, layout = Components(0.3, 0.3, 0.02), Layout(items=400, realizations=40, rows_per_item=2)
    wide, narrow = (power_of(0.0, parts, layout, margin=margin).equivalent for margin in (0.2, 0.03))
    assert wide == pytest.approx(1, abs=1e-6)
    assert 0 <= narrow < 0.5
    at_margin = power_of(0.1, parts, layout, margin=0.1)
    assert at_margin.equivalent <= 0.05


def test_a_second_factor_costs_degrees_of_freedom():
    parts = Components(0.4, 0.35, 0.03)
    alone = Layout(items=232, realizations=16, rows_per_item=2)
    crossed = Layout(items=232, realizations=16, rows_per_item=2, templates=12)
    assert (alone.df, crossed.df) == (15, 11)
    assert power_of(0.1, parts, crossed).different < power_of(0.1, parts, alone).different


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"items": 1}, "items are 1"),
        ({"realizations": 1}, "realizations are 1"),
        ({"rows_per_item": 0}, "rows_per_item is 0"),
        ({"rows_per_item": 9}, "there are 8 realizations"),
        ({"templates": 1}, "templates are 1"),
        ({"realizations": None, "templates": 4}, "name the one factor realizations"),
    ],
)
def test_layouts_that_are_none(changed, said):
    with pytest.raises(ValueError, match=said):
        Layout(**({"items": 30, "realizations": 8} | changed))


def test_power_needs_something_to_plan_for_and_an_alpha():
    layout = Layout(items=30, realizations=8)
    with pytest.raises(ValueError, match="all components are 0"):
        power_of(0.1, Components(0, 0, 0), layout)
    with pytest.raises(ValueError, match=r"alpha is 0\.6"):
        power_of(0.1, Components(0.1, 0, 0), layout, alpha=0.6)
