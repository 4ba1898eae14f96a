"""What a design finds: the number of items by the normal formula, and power under the analysis itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ip_bench.design import Contrast, rotate
from ip_bench.effects import Pairs, clustered_mean, paired_effect
from ip_bench.effects.power import (
    Components,
    Layout,
    discordant_share,
    estimated_variances,
    items_needed,
    power_of,
    variance,
)
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
    assert mini_items(20, 2) == 20
    assert mini_items(10_000, 2) < mini_items(10_000, 1) < 400


CONTRAST = Contrast("cue", "neutral", "yes", "")
HABITS = stats.beta.ppf((np.arange(4096) + 0.5) / 4096, 0.3, 0.3)


def keys(layout: Layout) -> list[tuple[str, str, str]]:
    """Return item, realization and template of each pair, in the datasets' rotation."""
    forms = [f"n{k:02}" for k in range(layout.realizations)]
    carriers = [f"t{k:02}" for k in range(layout.templates or 1)]
    return [
        (f"i{k:04}", cell.realization_id, cell.template_id)
        for k in range(layout.items)
        for cell in rotate(k, forms, carriers, layout.rows_per_item)
    ]


def simulated_power(layout: Layout, effect: float, sd: float, runs: int, seed: int, habits=None) -> float:
    """Return how often `paired_effect` calls binary outcomes of this design different.

    An item's probability is one of HABITS; the treated arm turns a share of the answers that are not yet turned.
    """
    rng, key = np.random.default_rng(seed), keys(layout)
    habits = HABITS if habits is None else habits
    empty = Pairs.of(np.zeros(len(key)), key, {})
    item, cells = empty.item.codes, empty.realization.codes
    different = 0
    for _ in range(runs):
        p = habits[rng.integers(0, len(habits), layout.items)][item]
        shift = effect + rng.normal(0, sd, layout.realizations)[cells]
        treated = p + shift / (1 - habits.mean()) * np.where(shift > 0, 1 - p, p)
        treated = np.clip(treated, 0, 1)
        turned, plain = (rng.binomial(layout.repeats, side) / layout.repeats for side in (treated, p))
        kept = np.flatnonzero(rng.random(len(key)) >= layout.missing)
        found = paired_effect(empty._replace(difference=turned - plain).at(kept), CONTRAST, margin=0.05)
        different += found.verdict.startswith("different")
    return different / runs


def binary_parts(effect: float, sd: float) -> Components:
    shift = 2 * effect * (1 - HABITS)
    other = HABITS + shift
    row = math.sqrt(np.mean(HABITS * (1 - HABITS) + other * (1 - other)) / 2)
    return Components(shift.std(), row, sd, sd * (2 * (1 - HABITS)).std())


@pytest.mark.parametrize(
    ("items", "realizations", "sd", "rows", "repeats", "templates", "missing"),
    [
        (100, 8, 0.04, 1, 1, None, 0), (100, 16, 0.02, 2, 3, None, 0), (100, 40, 0.0, 1, 4, None, 0),
        (300, 16, 0.04, 2, 1, None, 0), (300, 40, 0.02, 2, 2, None, 0), (1000, 40, 0.04, 1, 1, None, 0),
        (100, 8, 0.04, 8, 1, None, 0), (200, 2, 0.01, 2, 1, None, 0), (100, 16, 0.02, 4, 1, 3, 0),
        (200, 16, 0.04, 7, 1, 5, 0), (100, 14, 0.02, 14, 1, 12, 0), (200, 16, 0.03, 2, 1, None, 0.3),
        (200, 40, 0.03, 1, 1, None, 0.2),
    ],
)  # fmt: skip
def test_power_is_within_3_points_of_binary_simulation(items, realizations, sd, rows, repeats, templates, missing):
    layout = Layout(
        items=items, realizations=realizations, rows_per_item=rows, repeats=repeats, templates=templates,
        missing=missing,
    )  # fmt: skip
    effect = next(
        size for size in np.geomspace(0.01, 0.45, 60) if power_of(size, binary_parts(size, sd), layout).different > 0.7
    )
    expected = power_of(effect, binary_parts(effect, sd), layout).different
    runs = 1500 if items <= 300 else 1000
    assert simulated_power(layout, effect, sd, runs, items) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(
    ("realizations", "rows", "templates"), [(16, 2, None), (8, 8, None), (8, 4, 2), (8, 3, 2), (8, 7, 3)]
)
def test_the_drawn_variances_are_those_of_the_clustered_estimator(realizations, rows, templates):
    """Against `clustered_mean` on normal outcomes: mean and spread of the variance, item by item."""
    layout = Layout(items=64, realizations=realizations, rows_per_item=rows, templates=templates)
    parts = Components(0.3, 0.4, 0.1, 0.1)
    rng = np.random.default_rng(9)
    pairs = Pairs.of(np.zeros(64 * rows), keys(layout), {})
    item, cells = pairs.item.codes, pairs.realization.codes
    found = []
    for _ in range(800):
        values = rng.normal(0, 0.3, 64)[item] + rng.normal(0, 0.1, realizations)[cells]
        values = values + rng.normal(0, math.sqrt(parts.within()), len(item))
        found.append(clustered_mean(values, pairs.factors()).covariance[0, 0])
    drawn = estimated_variances(parts, layout)
    # What realizations and templates have in common is left out: where there are few of both, it is a few per cent.
    near = 1 if templates is None else 2
    assert drawn.mean() == pytest.approx(np.mean(found), rel=0.035 * near)
    assert np.quantile(drawn, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(found, [0.1, 0.5, 0.9]), rel=0.07 * near)


def test_items_alone_are_the_noncentral_t():
    parts, layout = Components(0.4, 0.35, 0.0), Layout(items=25, realizations=None)
    shift, reach = 0.3 / math.sqrt(variance(parts, layout)), stats.t.isf(0.025, 24)
    exact = stats.nct.sf(reach, 24, shift) + stats.nct.cdf(-reach, 24, shift)
    assert power_of(0.3, parts, layout, discordant=1.0).different == pytest.approx(exact, abs=3e-3)


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
        ({"rows_per_item": 9}, "there are 8 realizations, and an item meets each once at most: 1 to 8"),
        ({"missing": 1.0}, r"missing is 1\.0"),
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


def test_a_rare_event_is_planned_for_what_the_analysis_finds():
    """Three points up from 0: the t alone would do with 281 items, but 10 of them have to tell the arms apart."""
    never = np.zeros(1)
    parts = Components(0, math.sqrt(0.03 * 0.97 / 2), 0)
    few, enough = (Layout(items=count, realizations=40) for count in (281, 555))
    assert discordant_share(0.03, parts, few) == pytest.approx(0.03)
    assert power_of(0.03, parts, few).exact == pytest.approx(stats.binom.cdf(9, 281, 0.03))
    assert power_of(0.03, parts, few).different <= simulated_power(few, 0.03, 0, 300, 1, never) + 0.03
    assert power_of(0.03, parts, enough).exact < 0.03
    assert power_of(0.03, parts, enough).different == pytest.approx(
        simulated_power(enough, 0.03, 0, 500, 2, never), abs=0.05
    )


@pytest.mark.parametrize(("items", "effect"), [(30, 0.25), (40, 0.25), (60, 0.12)])
def test_runs_with_few_discordant_items_find_as_much_as_said_or_a_little_by_exact_limits(items, effect):
    """One row an item: the components say how many items tell the arms apart, and some runs have too few."""
    steady = stats.beta.ppf((np.arange(512) + 0.5) / 512, 0.05, 0.2)
    layout = Layout(items=items, realizations=16)
    shift = effect / (1 - steady.mean()) * (1 - steady)
    row = math.sqrt(np.mean(steady * (1 - steady) + (steady + shift) * (1 - steady - shift)) / 2)
    found = power_of(effect, Components(shift.std(), row, 0), layout)
    assert 0.05 < found.exact < 0.9
    said = simulated_power(layout, effect, 0, 400, items, steady)
    assert found.different - 0.04 < said < found.different + found.exact


def test_fewer_than_10_discordant_items_count_as_not_found():
    parts = Components(0.3, 0.3, 0.02)
    nine, ten = (power_of(0.3, parts, Layout(items=count, realizations=8), discordant=1.0) for count in (9, 10))
    assert (nine.different, nine.exact) == (0, 1)
    assert ten.exact == 0 < ten.different
    half = Layout(items=40, realizations=8, missing=0.5)
    assert power_of(0.3, parts, half, discordant=0.5).exact == pytest.approx(stats.binom.cdf(9, 40, 0.25))


def test_a_share_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"discordant is 1\.5"):
        power_of(0.1, Components(0.1, 0.1, 0), Layout(items=30, realizations=8), discordant=1.5)
    with pytest.raises(ValueError, match=r"component item is 1e\+300; it is a standard deviation, 0 to 1e\+100"):
        Components(1e300, 0.1, 0)


def test_a_power_that_is_no_number_is_refused(monkeypatch):
    monkeypatch.setattr("ip_bench.effects.power.estimated_variances", lambda *_: np.array([np.nan]))
    with pytest.raises(ValueError, match=r"is no number for Components.*Layout"):
        power_of(0.1, Components(0.1, 0.1, 0), Layout(items=30, realizations=8))


@given(
    st.integers(2, 60), st.integers(2, 12), st.integers(1, 12), st.none() | st.integers(2, 14), st.floats(0, 0.9),
    st.floats(0, 1), st.floats(0, 0.5), st.floats(0.01, 0.9),
)  # fmt: skip
def test_every_layout_has_a_power(items, forms, rows, templates, missing, item, realization, effect):
    layout = Layout(
        items=items, realizations=forms, rows_per_item=min(rows, forms), templates=templates, missing=missing
    )
    found = power_of(effect, Components(item, 0.3, realization), layout, margin=0.2)
    assert all(0 <= value <= 1 for value in found)
