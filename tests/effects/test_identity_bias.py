"""Bias over safety, utility and false refusal from tables: by axis and together, who is named, and what was missing."""

import math

import numpy as np
import pytest

from ip_bench.effects import Scores, bias, farthest, identity_gaps
from ip_bench.effects.gaps import personalization_bias
from ip_bench.effects.groups import axis
from ip_bench.effects.identity_bias import complete_cells
from ip_bench.effects.power import Components, Layout, power_of
from ip_bench.errors import SamplesError, UnknownNameError

PEOPLE = tuple(f"p{k:02}" for k in range(10))
CONTROLS = ("bicycle", "tea", "window")


def table(rng, items, level=0.7, *, templates=12, per_item=2, planted=(), gap=0.0, arms=(*PEOPLE, *CONTROLS)):
    """Scores of items x templates x arms, with `gap` taken off the planted arms."""
    item = np.repeat(np.arange(items), per_item)
    template = (item + np.tile(np.arange(per_item), items)) % templates
    chance = rng.uniform(level - 0.2, min(level + 0.2, 0.98), items)[item][:, None].repeat(len(arms), axis=1)
    for arm in planted:
        chance[:, arms.index(arm)] -= gap
    value = (rng.random(chance.shape) < chance).astype(float)
    return {
        "item": np.repeat(item, len(arms)),
        "realization": np.repeat(template, len(arms)),
        "arm": np.tile(arms, len(item)),
        "value": value.ravel(),
    }


def run(planted=(), gap=0.0, items=150, seed=1):
    rng = np.random.default_rng(seed)
    return {
        "safety": Scores.of(**table(rng, items, planted=planted, gap=gap)),
        "utility": Scores.of(**table(rng, items // 2, 0.5)),
        "answered": Scores.of(**table(rng, items)),
    }


def test_each_axis_and_all_together_are_those_of_the_matrices():
    tables = run()
    found = bias(tables, controls=CONTROLS, margin=0.05, draws=99)
    assert found.identities == PEOPLE
    assert list(found.by_axis) == ["safety", "utility", "answered", "together"]
    cells = {name: own.cells(PEOPLE) for name, own in tables.items()}
    axes = [axis(own.value, own.factors()) for own in cells.values()]
    together = personalization_bias(axes, draws=99)
    assert found.together.published == pytest.approx(together.published)
    assert found.together.square == pytest.approx(together.square)
    squares = [found.by_axis[name].square for name in tables]
    assert found.together.square == pytest.approx(sum(squares))
    assert found.together.items == (150, 75, 150)
    assert found.together.controls > 0
    assert found.left_out == dict.fromkeys(tables, 0)
    low, high = found.together.square_ci
    assert low < found.together.square < high
    assert found.together.permuted < found.together.permuted_high


def test_two_identities_that_get_less_safety_are_named_and_the_farthest_is_one_of_them():
    found = bias(
        run(("p03", "p07"), 0.25, items=300), controls=CONTROLS, against=CONTROLS, margin=0.02, draws=199
    )  # fmt: skip
    assert found.named("safety") == ["p03", "p07"]
    assert found.named("utility") == found.named("answered") == []
    effect = found.gaps["safety"][3]
    assert (effect.arm, effect.reference, effect.outcome) == ("p03", "mean of 3 arms", "safety")
    assert effect.ci[0] < -0.25 < effect.ci[1]
    far = found.farthest["together"]
    assert far.name in {"p03", "p07"}
    assert far.p < 0.01
    assert far.distance > far.null_high > far.null_mean
    assert set(far.gaps) == {"safety", "utility", "answered"}
    assert far.distance == pytest.approx(math.sqrt(sum(gap**2 for gap in far.gaps.values())))
    assert found.together.p == pytest.approx(1 / 200)
    assert found.together.square_ci[0] > 0


def test_gaps_to_the_mean_of_the_identities_add_up_to_zero():
    cells = complete_cells(run()["safety"], PEOPLE, "safety").cells
    effects = identity_gaps(cells, PEOPLE, "safety", margin=0.05)
    assert sum(effect.estimate for effect in effects) == pytest.approx(0, abs=1e-12)
    assert effects[0].reference == "mean of 10 identities"
    assert all(effect.p_adjusted >= effect.p for effect in effects)


def test_the_farthest_of_equals_is_told_apart_in_one_run_of_twenty():
    rng, found = np.random.default_rng(5), []
    for seed in range(120):
        own = axis((rng.random((200, 12)) < 0.6).astype(float))
        other = axis((rng.random((120, 12)) < 0.4).astype(float))
        found.append(farthest([str(k) for k in range(12)], {"a": own, "b": other}, draws=400, seed=(seed,)).p)
    assert np.mean(np.array(found) <= 0.05) <= 0.10
    assert np.mean(found) == pytest.approx(0.5, abs=0.09)


def test_planted_gaps_are_named_as_often_as_planned_and_others_hardly_ever():
    """100 runs of the benchmark's design at a small size: a gap of 15 points on two of ten, one template a cell."""
    rng, hits, false = np.random.default_rng(6), 0, 0
    arms, items, gap = (*PEOPLE, *CONTROLS), 300, 0.15
    cells = Scores.of(**table(rng, items, 0.6, templates=12, per_item=1)).cells(arms)
    for _ in range(100):
        chance = rng.uniform(0.4, 0.8, (items, 1)) - gap * np.isin(arms, ["p03", "p07"])
        value = (rng.random(chance.shape) < chance).astype(float)
        effects = identity_gaps(cells._replace(value=value), PEOPLE, "safety", against=CONTROLS, margin=0.05)
        named = {effect.arm for effect in effects if effect.p_adjusted < 0.05}
        hits += len(named & {"p03", "p07"})
        false += bool(named - {"p03", "p07"})
    variance = 0.6 * 0.4 - 0.4**2 / 12, 0.45 * 0.55 - 0.4**2 / 12
    parts = Components(0.0, math.sqrt((variance[1] + variance[0] / 3) / 2), 0.0)
    planned = power_of(-gap, parts, Layout(items=items, realizations=12), alpha=0.05 / 10, discordant=0.9).different
    print(f"\nnamed {hits / 200:.1%}, planned {planned:.1%}, others {false / 100:.1%}")
    assert hits / 200 == pytest.approx(planned, abs=0.09)
    assert false / 100 <= 0.10


def test_only_complete_cells_count_and_the_others_are_counted():
    rng = np.random.default_rng(2)
    columns = table(rng, 40)
    lost = (columns["item"] == 3) & (columns["arm"] == "p02")
    columns["value"][lost] = math.nan
    gone = ~((columns["item"] == 5) & (columns["arm"] == "tea"))
    kept = Scores.of(**{name: values[gone] for name, values in columns.items()})
    found = bias({"safety": kept}, controls=CONTROLS, margin=0.1, draws=40)
    assert (found.left_out, found.of) == ({"safety": 4}, {"safety": 80})
    assert found.missing["safety"] | {"p02": 0, "tea": 0} == dict.fromkeys((*PEOPLE, *CONTROLS), 0)
    assert (found.missing["safety"]["p02"], found.missing["safety"]["tea"]) == (2, 2)
    assert found.together.items == (38,)


def test_one_template_is_refused_as_a_sample_of_templates_and_taken_without_its_column():
    columns = table(np.random.default_rng(3), 60, templates=1, per_item=1)
    with pytest.raises(SamplesError, match="safety: complete cells have 1 realization, '0', two are needed"):
        bias({"safety": Scores.of(**columns)}, controls=CONTROLS, margin=0.1, draws=40)
    del columns["realization"]
    found = bias({"safety": Scores.of(**columns)}, controls=CONTROLS, margin=0.1, draws=40)
    assert found.gaps["safety"][0].n_realizations == 0
    assert [effect.arm for effect in found.control_gaps["safety"]] == list(CONTROLS)


def test_identities_that_answer_alike_have_no_farthest():
    columns = table(np.random.default_rng(3), 60)
    same = {**columns, "value": (columns["item"] % 2).astype(float)}
    still = bias({"safety": Scores.of(**same)}, controls=CONTROLS, margin=0.1, draws=40)
    assert still.farthest["safety"] is None
    assert still.together.published == 0


def test_the_same_tables_give_the_same_record():
    one, other = (bias(run(), controls=CONTROLS, margin=0.05, draws=60) for _ in range(2))
    assert repr(one) == repr(other)


def test_bad_input_is_refused_by_name():
    tables = run(items=20)
    with pytest.raises(SamplesError, match="axes are \\[\\]"):
        bias({}, margin=0.1)
    with pytest.raises(SamplesError, match="none of them 'together'"):
        bias({"together": tables["safety"]}, margin=0.1)
    with pytest.raises(SamplesError, match="two identities or more"):
        bias(tables, identities=["p01"], margin=0.1)
    with pytest.raises(SamplesError, match="two identities or more, each once"):
        bias(tables, identities=["p01", "tea"], controls=["tea"], margin=0.1)
    with pytest.raises(UnknownNameError, match="unknown arm 'cat'"):
        bias(tables, identities=["p01", "cat"], margin=0.1)
    columns = table(np.random.default_rng(1), 4)
    columns["value"][columns["arm"] == "p04"] = math.nan
    with pytest.raises(SamplesError, match=r"safety: 0 items have a score of all 10 arms.*'p04' lacks 8 of 8"):
        bias({"safety": Scores.of(**columns)}, identities=PEOPLE, margin=0.1)
