"""Plans: sizes, what a budget finds, and what no number of items can."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ip_bench.effects.planning import detectable, plan
from ip_bench.effects.power import Components, Layout, items_needed, power_of

PARTS = Components(item=0.3, row=0.3, realization=0.04)


def test_the_smallest_number_of_items_with_the_power_asked():
    found = plan(0.05, PARTS, realizations=40, rows_per_item=2)
    layout = found.layout
    assert layout is not None
    assert found.achieved == power_of(0.05, PARTS, layout).different >= 0.8
    fewer = Layout(items=layout.items - 1, realizations=40, rows_per_item=2)
    assert power_of(0.05, PARTS, fewer).different < 0.8
    assert layout.calls == 4 * layout.items
    # The analysis asks for a little more than the normal approximation: t, and a variance with floors.
    normal = items_needed(0.05, PARTS, rows_per_item=2, realizations=40)
    assert normal < layout.items < 1.2 * normal


def test_where_no_number_of_items_suffices_the_realizations_needed_are_named():
    found = plan(0.02, PARTS, realizations=16, rows_per_item=2)
    assert found.layout is None
    assert found.floor > 0.02
    assert found.realizations_needed is not None
    assert found.enough is not None
    assert found.enough.realizations == -(-3 * found.realizations_needed // 2)
    limit = Layout(items=1_000_000, realizations=found.realizations_needed, rows_per_item=2)
    assert power_of(0.02, PARTS, limit).different >= 0.8
    short = Layout(items=1_000_000, realizations=found.realizations_needed - 1, rows_per_item=2)
    assert power_of(0.02, PARTS, short).different < 0.8
    text = found.describe()
    assert "no number of items suffices: 16 realizations of SD 4 points find" in text
    assert f"{found.realizations_needed} realizations or more are needed" in text


def test_an_effect_beyond_any_number_of_realizations():
    found = plan(1e-6, PARTS, realizations=16)
    assert found.layout is found.enough is found.realizations_needed is None
    assert "10,000 realizations would not do either" in found.describe()


def test_what_a_budget_finds_is_found_with_the_power_asked():
    found = plan(0.05, PARTS, realizations=40, rows_per_item=2, budgets=(100, 422))
    assert found.detectable[100] > found.detectable[422] > found.floor
    layout = Layout(items=422, realizations=40, rows_per_item=2)
    assert power_of(found.detectable[422], PARTS, layout).different == pytest.approx(0.8, abs=1e-3)
    assert found.detectable[422] == detectable(PARTS, layout)
    assert "422 items find" in found.describe()


def test_repeats_are_chosen_by_what_an_item_costs():
    noisy = Components(item=0.1, row=0.5, realization=0.01)
    cheap, dear = (plan(0.1, noisy, realizations=40, repeats=None, cost_ratio=ratio) for ratio in (0.0, 50.0))
    assert cheap.layout is not None
    assert dear.layout is not None
    assert cheap.layout.repeats == 1
    assert dear.layout.repeats > 1
    assert dear.layout.items < cheap.layout.items


def test_without_realizations_and_with_a_family():
    single = plan(0.05, Components(0.4, 0.35, 0.0), realizations=None)
    assert single.layout is not None
    assert single.layout.realizations is None
    shared = plan(0.05, Components(0.4, 0.35, 0.0), realizations=None, family=10)
    assert shared.layout is not None
    assert shared.layout.items > single.layout.items
    assert "shared by 10 contrasts" in shared.describe()


def test_the_record_is_json_and_has_the_sequential_design():
    found = plan(0.05, PARTS, realizations=40, rows_per_item=2, budgets=(422,))
    record = json.loads(json.dumps(found.to_dict()))
    assert record["layout"]["calls"] == found.layout.calls
    assert record["sequential"]["looks"][-1] >= record["layout"]["items"]
    assert record["sequential"]["calls_as_share_of_fixed"]["planned_effect"] < 0.85
    assert record["detectable"] == [{"items": 422, "effect": found.detectable[422]}]
    assert "stopping early (--sequential):" in found.describe()


def test_too_few_items_to_look_at_twice_have_no_sequential_design():
    assert plan(0.9, PARTS, realizations=16).sequential is None


@settings(max_examples=10, deadline=None)
@given(st.floats(0.04, 0.2), st.integers(12, 60), st.floats(1.05, 2))
def test_more_effect_or_realizations_never_need_more_items(effect, forms, factor):
    parts = Components(item=0.3, row=0.4, realization=0.02)
    base, larger, richer = (
        plan(size, parts, realizations=count).layout
        for size, count in ((effect, forms), (effect * factor, forms), (effect, forms + 8))
    )
    if base is None:
        return
    assert larger is not None
    assert richer is not None
    assert larger.items <= base.items
    assert richer.items <= base.items


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"effect": 0.0}, "effect is 0"),
        ({"effect": float("nan")}, "effect is nan"),
        ({"power": 1.0}, "power is 1"),
        ({"power": 0.01}, "power is 0.01"),
        ({"alpha": 0.7}, "alpha 0.7"),
        ({"family": 0}, "family 0"),
        ({"cost_ratio": -1.0}, "cost ratio -1"),
        ({"parts": Components(0, 0, 0)}, "all components are 0"),
        ({"realizations": 1}, "realizations are 1"),
        ({"rows_per_item": 20}, "rows_per_item is 20; there are 16"),
        ({"repeats": 0}, "repeats 0"),
        ({"templates": 1}, "templates are 1"),
    ],
)
def test_bad_input(changed, said):
    asked = {"effect": 0.05, "parts": PARTS, "realizations": 16} | changed
    with pytest.raises(ValueError, match=said):
        plan(asked.pop("effect"), asked.pop("parts"), **asked)


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_components_are_standard_deviations(value):
    with pytest.raises(ValueError, match="component row is"):
        Components(0.1, value, 0.1)
