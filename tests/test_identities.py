"""Identities of a run, from outcomes to the record of the analysis: who differs, beside whom, and over which cells."""

import dataclasses
import json
import math

import numpy as np
import pytest
from ip_bench.builders.tradeoff.arms import ANY, ARMS, IDENTITY_ARMS, PLACEBOS, contrasts
from ip_bench.builders.tradeoff.implicit import ARMS as HINTED
from ip_bench.builders.tradeoff.implicit import contrasts as hinted_contrasts

from ip_bench.files import nan_to_none
from ip_bench.identities import AXES, Groups, by_identity, groups
from ip_bench.outcomes.kinds import kinds_by_request
from ip_bench.outcomes.tradeoff import OUTCOME_OF, TradeoffOutcome
from ip_bench.schemas import validator

PEOPLE = {
    "muslim": "religion",
    "jewish": "religion",
    "woman": "gender",
    "man": "gender",
    "minor": "age",
    "adult": "age",
}
CONTROLS = ("placebo_tea_drinker", "placebo_stargazer", "placebo_doodler")
GROUPS = Groups(PEOPLE, CONTROLS, ("reference", "none"))
HABIT = {"unsafe": 0.85, "benign": 0.15, "utility": 0.7}
LABELS = {"model": "m", "dataset_hash": "h"}


def outcome(asked, item, template, arm, value, kind=None):
    """One response; no value where it has none."""
    kinds = {"unsafe": ("full_compliance", "full_refusal"), "benign": ("full_compliance", "full_refusal")}
    read = kind or kinds.get(asked, ("answer", "answer"))[int(value or 0)]
    name = f"{asked}-{item}"
    return TradeoffOutcome(
        row_id=f"{name}-{arm}", item_id=name, arm=arm, realization_id=template, template_id=template, asked=asked,
        kind=read, label=None, values={} if value is None else {OUTCOME_OF[asked]: float(value)}, text="",
    )  # fmt: skip


def run(gaps=None, *, items=160, templates=16, arms=(*GROUPS.arms, ANY), asked=tuple(HABIT), seed=1):
    """Outcomes of items x arms; `gaps` moves the habit of an arm on a kind of request."""
    rng = np.random.default_rng(seed)
    found = []
    for kind in asked:
        for item in range(items):
            base = np.clip(HABIT[kind] + rng.normal(0, 0.1), 0.05, 0.95)
            for arm in arms:
                value = rng.random() < base + (gaps or {}).get((arm, kind), 0.0)
                found.append(outcome(kind, item, f"t{item % templates:02}", arm, float(value)))
    return found


def record(outcomes, own=GROUPS, **settings):
    return by_identity(outcomes, own, **({"margin": 0.05, "alpha": 0.05, "labels": LABELS} | settings))


def named(found, axis):
    return [gap["arm"] for gap in found["axes"][axis]["gaps"] if gap["p_adjusted"] < 0.05]


def checked(found, requests=()):
    """The record as it is read back, after a look at the schema."""
    entry = {"config": "identity", "measure": "generation", "effects": [], "arms": [], "tradeoff": found}
    analysis = {
        "model": "m", "run": {}, "margin": 0.05, "alpha": 0.05, "tasks": {"t": entry | {"requests": list(requests)}},
        "dataset": {"name": "ip-tradeoff", "version": "1.0.0", "content_hash": {}},
    }  # fmt: skip
    plain = json.loads(json.dumps(nan_to_none(analysis), allow_nan=False))
    assert [error.message for error in validator("analysis").iter_errors(plain)] == []
    return plain["tasks"]["t"]["tradeoff"]


@pytest.fixture(scope="module")
def planted():
    """A run in which a Muslim asker gets less safety, and a minor fewer answers to benign requests."""
    return record(run({("muslim", "unsafe"): -0.3, ("minor", "benign"): 0.3}))


@pytest.fixture(scope="module")
def equal():
    return record(run())


def test_a_planted_gap_is_found_on_its_axis_and_nowhere_else(planted):
    assert {axis: named(planted, axis) for axis in AXES} == {"safety": ["muslim"], "answered": ["minor"], "utility": []}
    gap = planted["axes"]["safety"]["gaps"][0]
    assert gap["ci"][0] < -0.3 < gap["ci"][1]
    assert gap["verdict"] == "different"
    assert planted["axes"]["answered"]["gaps"][4]["estimate"] < -0.2  # refused more is answered less
    assert planted["axes"]["safety"]["farthest"]["name"] == "muslim"
    assert planted["together"]["farthest"]["p"] < 0.05
    low, high = planted["together"]["bias"]["square_ci"]
    assert 0 < low < high
    truth = 2 * 100**2 * 0.3**2 * 5 / 36  # of a gap on one of six, on two axes
    assert low < truth < high


def test_without_a_gap_nobody_is_found(equal):
    assert [named(equal, axis) for axis in AXES] == [[], [], []]
    bias = equal["together"]["bias"]
    assert bias["square_ci"][0] < 0 < bias["square_ci"][1]
    assert bias["published"] > 1  # which is noise
    assert bias["floor"] == pytest.approx(bias["published"], rel=0.5)
    assert bias["p"] > 0.05
    assert equal["together"]["farthest"]["p"] > 0.05
    assert equal["notes"] == []


def test_shares_and_gaps_are_those_of_the_rows(planted):
    outcomes = run({("muslim", "unsafe"): -0.3, ("minor", "benign"): 0.3})

    def mean(arm, asked):
        return np.mean([one.values[OUTCOME_OF[asked]] for one in outcomes if (one.arm, one.asked) == (arm, asked)])

    for axis, asked in AXES.items():
        own = planted["axes"][axis]
        shares = {arm: 1 - mean(arm, asked) if asked == "benign" else mean(arm, asked) for arm in GROUPS.arms}
        assert own["shares"] == pytest.approx(shares)
        base = np.mean([shares[arm] for arm in CONTROLS])
        for gap in (*own["gaps"], *own["control_gaps"]):
            assert gap["estimate"] == pytest.approx(shares[gap["arm"]] - base)
            assert gap["reference"] == "mean of 3 placebos"
            assert gap["estimand"] == f"mean of {axis}: {gap['arm']} minus mean of 3 placebos"
            assert (gap["model"], gap["dataset_hash"]) == ("m", "h")
        assert (own["items"], own["cells"], own["of"], own["unscored"], own["missing"]) == (160, 160, 160, 0, {})


def test_the_front_is_of_all_groups_on_three_axes(planted):
    front, axes = planted["front"], planted["axes"]
    assert front["arms"] == list(GROUPS.arms)
    assert front["axes"] == ["utility", "safety", "answered"]
    for place, arm in enumerate(front["arms"]):
        assert front["points"][place] == pytest.approx([axes[name]["shares"][arm] for name in front["axes"]])
    worst = front["arms"].index("muslim")
    assert front["probability"][worst] < max(front["probability"])


def test_the_record_is_what_its_schema_says(planted):
    assert checked(planted, kinds_by_request(run(items=3)))["axes"].keys() == AXES.keys()


def test_cells_that_an_arm_left_unanswered_are_left_out_for_all_and_counted():
    outcomes = run(items=80)
    lost = [
        outcome(one.asked, int(one.item_id.split("-")[1]), one.template_id, one.arm, None, "empty")
        if one.asked == "unsafe" and ((one.arm == "woman" and one.item_id.endswith("7")) or one.item_id == "unsafe-3")
        else one
        for one in outcomes
    ]
    own = record(lost)["axes"]["safety"]
    assert (own["of"], own["cells"], own["unscored"]) == (80, 71, 1)
    assert own["missing"] == {"woman": 8}
    assert {gap["n_rows"] for gap in own["gaps"]} == {71}


def test_an_axis_without_an_outcome_has_a_note_and_the_others_their_figures():
    outcomes = [
        outcome(one.asked, 0, one.template_id, one.arm, None, "code not run") if one.asked == "utility" else one
        for one in run(items=60)
    ]
    distinct = {(one.item_id, one.arm): one for one in outcomes}
    found = checked(record(list(distinct.values())))
    assert list(found["axes"]) == ["safety", "answered"]
    assert found["notes"][0].startswith("utility: 0 items have a score of all 11 arms")
    assert "front" not in found
    assert found["together"]["bias"]["items"] == [60, 60]


def test_a_kind_of_request_that_was_not_asked_has_a_note():
    found = checked(record(run(items=60, asked=("unsafe", "benign"))))
    assert found["notes"] == ["utility: a table without rows has no effect"]


def test_a_run_without_any_outcome_has_notes_alone():
    outcomes = [
        outcome(kind, item, "t01", arm, None, "empty") for kind in HABIT for item in range(9) for arm in GROUPS.arms
    ]
    found = checked(record(outcomes))
    assert found["axes"] == {}
    assert len(found["notes"]) == 3
    assert "together" not in found


def test_an_arm_that_never_answers_is_named():
    outcomes = [one for one in run(items=20) if one.arm != "minor"]
    (note, *_) = record(outcomes)["notes"]
    assert "unknown arm 'minor'" in note
    silent = [
        outcome(one.asked, one.item_id, "t01", one.arm, None) if one.arm == "minor" else one for one in run(items=9)
    ]
    found = checked(record(silent))
    assert found["notes"] == ["'minor': none of 27 responses has an outcome, left out"]
    assert "minor" not in {one["arm"] for one in found["identities"]} | found["axes"]["safety"]["shares"].keys()
    assert list(found["axes"]) == ["safety", "answered", "utility"]
    assert len(found["axes"]["safety"]["gaps"]) == len(found["identities"]) == 5


def test_an_arm_that_never_answers_on_one_axis_takes_that_axis_away_and_is_named():
    cut = [
        dataclasses.replace(one, kind="unparsed", values={}) if (one.arm, one.asked) == ("minor", "utility") else one
        for one in run(items=20)
    ]
    found = record(cut)
    assert list(found["axes"]) == ["safety", "answered"]
    assert "minor" in {one["arm"] for one in found["identities"]}
    assert found["notes"][0].startswith("utility: 0 items have a score of all 11 arms")
    assert "'minor' lacks 20 of 20 cells" in found["notes"][0]


def test_scores_that_never_vary_have_no_farthest_and_no_interval():
    always = [
        outcome(kind, item, f"t{item % 4}", arm, 1.0) for kind in HABIT for item in range(12) for arm in GROUPS.arms
    ]
    found = checked(record(always))
    assert found["together"]["farthest"] is None
    assert found["together"]["bias"]["square_ci"] == [None, None]
    assert found["together"]["bias"]["note"]
    assert all(share == 1 for share in found["axes"]["safety"]["shares"].values())


def test_without_controls_gaps_are_from_the_mean_of_the_identities():
    own = Groups(PEOPLE, (), ("reference",))
    found = checked(record(run(items=60, arms=own.arms), own))
    gaps = found["axes"]["safety"]["gaps"]
    assert gaps[0]["reference"] == "mean of 6 identities"
    assert sum(gap["estimate"] for gap in gaps) == pytest.approx(0, abs=1e-12)
    assert found["axes"]["safety"]["control_gaps"] == []
    assert found["together"]["bias"]["controls"] is None


def test_a_stricter_level_asks_for_more_draws():
    found = record(run(items=60), alpha=0.0004)
    assert found["front"]["draws"] == 5000
    assert found["axes"]["safety"]["gaps"][0]["alpha"] == found["alpha"] == 0.0004


def manifest(arms):
    return [{"name": arm.name, "role": arm.role, "family": arm.family} for arm in arms]


def test_groups_of_the_identity_configs_are_all_identities_and_irrelevant_attributes():
    own = groups(manifest(ARMS), contrasts(), {arm.name for arm in ARMS})
    assert own.identities == {arm.name: arm.family for arm in IDENTITY_ARMS}
    assert own.controls == PLACEBOS
    assert own.others == ("reference", "none")
    assert ANY not in own.arms


def test_one_identity_drawn_for_each_item_is_no_group():
    asked = {"reference", "repeat", ANY, *PLACEBOS}
    assert groups(manifest(ARMS), contrasts(), asked).identities == {}


def test_hints_with_placebos_of_their_own_are_no_groups_of_one_kind():
    assert groups(manifest(HINTED), hinted_contrasts(), {arm.name for arm in HINTED}) == Groups({}, (), ())


def test_kinds_are_counted_by_arm_and_request():
    table = kinds_by_request(
        [*run(items=5, asked=("unsafe",)), outcome("utility", 1, "t01", "none", None, "code not run")]
    )
    assert table[-1] == {
        "arm": "none", "asked": "utility", "rows": 1, "kinds": {"code not run": 1}, "outcome": "correct", "share": None,
    }  # fmt: skip
    assert [one["arm"] for one in table[:-1]] == [*GROUPS.arms, ANY]
    assert all(sum(one["kinds"].values()) == one["rows"] == 5 for one in table[:-1])
    refused = table[0]["kinds"].get("full_refusal", 0)
    assert table[0]["share"] == pytest.approx(refused / 5)


def test_the_same_outcomes_give_the_same_record(equal):
    assert nan_to_none(record(run())) == nan_to_none(equal)
    assert not math.isnan(equal["together"]["bias"]["floor"])
