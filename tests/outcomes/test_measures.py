"""What the effects of a config are made of: families, placebos that were asked, and shares of the reference mean."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from ip_bench.design import Contrast
from ip_bench.errors import UnknownNameError
from ip_bench.estimation import declared_contrasts, effects_of
from ip_bench.outcomes.learner import MEASURES, LearnerOutcome
from ip_bench.outcomes.measures import LEARNER, LOCALE, asked_placebos, measure, members_of
from ip_bench.outcomes.outcome import Measured, Outcome
from ip_bench.release.recipes import DATASETS, recipe

CONTRASTS = (
    Contrast("aae", "reference", "exact", "E[exact | aae]", primary=True, placebos=("typo_a", "typo_b")),
    Contrast("repeat", "reference", "exact", "E[exact | repeat]"),
    Contrast("aae", "reference", "words", "E[words | aae]", placebos=("typo_a", "typo_b")),
)
ITEMS = 40


def learner(arm: str, item: int, values: Mapping[str, float]) -> LearnerOutcome:
    return LearnerOutcome(
        row_id=f"{arm}{item}", item_id=f"i{item}", arm=arm, realization_id=f"p{item % 8}", template_id=f"t{item % 3}",
        kind="text" if values else "refused", values=dict(values), missed=(), text="",
    )  # fmt: skip


def asked(arms: Sequence[str], words: Mapping[str, float]) -> list[Measured]:
    """Return the outcomes of each arm: right on half of the items, and so many words on an average of items."""
    draw = np.random.default_rng(1).normal(0, 0.05, (len(arms), ITEMS))
    return [
        learner(arm, item, {"exact": float((item + place) % 2), "words": words[arm] * (1 + draw[place, item])})
        for place, arm in enumerate(arms)
        for item in range(ITEMS)
    ]


ARMS = ("reference", "repeat", "aae", "typo_a", "typo_b")
WORDS = {"reference": 100.0, "repeat": 100.0, "aae": 80.0, "typo_a": 95.0, "typo_b": 95.0}


def test_the_contrasts_of_each_outcome_are_a_family() -> None:
    assert LEARNER.families(CONTRASTS) == [[*CONTRASTS[:2]], [CONTRASTS[2]]]
    assert LOCALE.families(CONTRASTS) == [[*CONTRASTS]]
    assert LEARNER.families([]) == LOCALE.families([]) == []


def test_a_config_is_measured_in_its_own_way() -> None:
    assert {name for name in MEASURES if measure(name) is LEARNER} == set(MEASURES)
    for config in ("cultural", "names_inference", "education_inference", "echo", "echo_inference"):
        assert measure(config) is LOCALE


def test_effects_come_family_by_family_with_placebos_taken_off() -> None:
    effects = effects_of(LEARNER, asked(ARMS, WORDS), CONTRASTS, margin=0.05, alpha=0.05)
    assert [(one.outcome, one.arm) for one in effects] == [
        ("exact", "aae"), ("exact", "aae minus placebo"), ("exact", "placebo"), ("exact", "repeat"),
        ("words", "aae"), ("words", "aae minus placebo"),
    ]  # fmt: skip
    whole = effects_of(
        dataclasses.replace(LEARNER, by_outcome=False), asked(ARMS, WORDS), CONTRASTS, margin=0.05, alpha=0.05
    )
    of_words, together = effects[4], whole[4]
    assert (of_words.outcome, of_words.estimate, of_words.p) == (together.outcome, together.estimate, together.p)
    assert of_words.p_adjusted < together.p_adjusted  # two in its family, against six


def test_outcomes_without_a_scale_are_shares_of_the_reference_mean() -> None:
    rows = asked(ARMS, WORDS)
    effects = {(one.outcome, one.arm): one for one in effects_of(LEARNER, rows, CONTRASTS, margin=0.05, alpha=0.05)}
    usual = np.mean([one.value("words") for one in rows if one.arm == "reference"])
    spoken = np.mean([one.value("words") for one in rows if one.arm == "aae"])
    effect = effects["words", "aae"]
    assert effect.estimate == pytest.approx((spoken - usual) / usual)
    assert effect.estimate == pytest.approx(-0.2, abs=0.03)
    assert effect.verdict == "different"
    assert effects["words", "aae minus placebo"].estimate == pytest.approx(-0.15, abs=0.03)
    assert effects["exact", "aae"].estimate == pytest.approx(0.0)  # an outcome with a scale stays as it is
    plain = effects_of(dataclasses.replace(LEARNER, relative=frozenset()), rows, CONTRASTS, margin=0.05, alpha=0.05)
    assert plain[4].estimate == pytest.approx(spoken - usual)
    for factor in (0.01, 1000.0):  # so the unit in which it is counted does not matter
        scaled = asked(ARMS, {arm: factor * count for arm, count in WORDS.items()})
        assert effects_of(LEARNER, scaled, CONTRASTS, margin=0.05, alpha=0.05)[4].estimate == pytest.approx(
            effect.estimate
        )


@pytest.mark.parametrize("words", [dict.fromkeys(ARMS, 0.0), {}], ids=["zero", "none"])
def test_without_a_reference_mean_there_is_no_share(words: dict[str, float]) -> None:
    rows: list[Measured] = [
        learner(arm, item, {"exact": 1.0, **({"words": words[arm]} if words else {})})
        for arm in ARMS
        for item in range(ITEMS)
    ]
    effects = effects_of(LEARNER, rows, CONTRASTS, margin=0.05, alpha=0.05)
    assert all(math.isnan(one.estimate) for one in effects if one.outcome == "words")
    assert all(one.estimate == 0 for one in effects if one.outcome == "exact")


def test_texts_that_are_all_of_one_length_have_no_effect_on_it() -> None:
    rows: list[Measured] = [learner(arm, item, {"exact": 1.0, "words": 50.0}) for arm in ARMS for item in range(ITEMS)]
    effects = [one for one in effects_of(LEARNER, rows, CONTRASTS, margin=0.05, alpha=0.05) if one.outcome == "words"]
    assert [one.estimate for one in effects] == [0.0, 0.0]
    assert not any(one.verdict == "different" for one in effects)


@pytest.mark.parametrize(
    ("left", "arms"),
    [
        (("reference", "repeat", "aae"), ["aae", "repeat", "aae"]),
        (("reference", "repeat", "aae", "typo_a"), ["aae", "aae minus placebo", "repeat", "aae", "aae minus placebo"]),
        (("reference", "aae", "typo_a", "typo_b"), ["aae", "aae minus placebo", "placebo", "aae", "aae minus placebo"]),
    ],
)
def test_placebos_that_were_not_asked_are_left_out(left: tuple[str, ...], arms: list[str]) -> None:
    present = set(left)
    contrasts = [one for one in CONTRASTS if {one.arm, one.reference} <= present]
    effects = effects_of(LEARNER, asked(left, WORDS), contrasts, margin=0.05, alpha=0.05)
    assert [one.arm for one in effects] == arms
    assert not any(math.isnan(one.estimate) for one in effects)


def test_a_placebo_counts_only_beside_what_it_is_compared_with() -> None:
    contrast = dataclasses.replace(CONTRASTS[0], placebo_reference="turned")
    assert asked_placebos(contrast, {"typo_a", "typo_b", "reference"}) == []
    assert asked_placebos(contrast, {"typo_b", "turned"}) == ["typo_b"]


@pytest.mark.parametrize("config", [config for name in DATASETS for config in recipe(name).TASKS])
def test_the_number_of_members_is_known_before_they_are_made(config: str) -> None:
    (made,) = [recipe(name) for name in DATASETS if config in recipe(name).TASKS]
    how = measure(config)
    if how not in {LOCALE, LEARNER}:
        pytest.skip("effects of this config have members of their own")
    dropped = [set(), {made.arms(config)[-1].name}, {arm.name for arm in made.arms(config) if arm.role == "placebo"}]
    for gone in dropped:
        present = {arm.name for arm in made.arms(config)} - gone
        rows = [learner(arm, 0, {}) if how is LEARNER else nothing_said(arm) for arm in sorted(present)]
        contrasts = [one for one in made.CONTRASTS[config] if {one.arm, one.reference} <= present]
        for family in how.families(contrasts):
            assert len(how.members(rows, family)) == members_of(family, present)


def nothing_said(arm: str) -> Outcome:
    return Outcome(
        row_id=arm, item_id="i", arm=arm, realization_id="b", template_id="t", replicate=0, kind="empty", choice=None,
        locales=(), text="", thinking_chars=0,
    )  # fmt: skip


def test_contrasts_of_a_manifest_are_those_of_the_recipe() -> None:
    made = recipe("ip-echo")
    config = {"contrasts": [dataclasses.asdict(one) for one in made.CONTRASTS["echo"]]}
    config["contrasts"] = [one | {"placebos": list(one["placebos"])} for one in config["contrasts"]]  # as JSON has it
    present = {arm.name for arm in made.arms("echo")}
    assert declared_contrasts(config, present) == list(made.CONTRASTS["echo"])
    assert {one.arm for one in declared_contrasts(config, {"reference", "repeat"})} == {"repeat"}


def test_an_outcome_that_no_config_has_is_named() -> None:
    with pytest.raises(UnknownNameError, match="unknown measure 'uk'"):
        learner("aae", 1, {"exact": 1.0}).value("uk")
