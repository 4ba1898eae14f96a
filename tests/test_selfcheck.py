"""The self-check on the simulated model: planted effects come back, and a wrong truth is seen."""

import dataclasses
import math

import pytest

from ip_bench.design import Contrast
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.harness.plan import Plan
from ip_bench.selfcheck import Check, compare, selfcheck, simulated_truths, true_effects

PLANTED = {"effect": 0.25, "explicit": 0.35, "placebo": 0.1, "first_stage": 0.3}


def test_the_truth_of_the_simulated_model_is_its_arguments():
    truth = simulated_truths(PLANTED)
    assert truth["cultural"]["uk"] == 0.25
    assert truth["cultural"]["uk minus placebo"] == pytest.approx(0.15)
    assert truth["inference"]["uk"] == 0.3
    assert truth["cultural"]["placebo_typo"] == 0.1
    assert truth["cultural"]["explicit_uk"] == 0.35
    assert truth["cultural"]["us"] == truth["cultural"]["repeat"] == 0
    assert truth["names"]["uk minus placebo"] == pytest.approx(0.15)
    assert truth["places_inference"]["uk"] == 0.3
    assert not {"cultural_opinion", "echo", "education_inference"} & set(truth)


def test_effects_follow_from_the_means_of_arms():
    contrasts = (
        Contrast("uk", "us", "uk", "", primary=True, placebos=("p1", "p2")),
        Contrast("p1", "reference", "uk", ""),
        Contrast("repeat", "reference", "uk", ""),
        Contrast("wrong", "turned", "uk", "", placebos=("p1",), placebo_reference="turned"),
        Contrast("uk", "us", "abstained", ""),
    )
    mean = {"reference": 0.2, "us": 0.25, "uk": 0.55, "p1": 0.3, "p2": 0.2, "turned": 0.1, "wrong": 0.4}
    assert true_effects(contrasts, "uk", mean) == pytest.approx(
        {
            "uk": 0.3, "uk minus placebo": 0.25, "placebo": 0.05, "p1": 0.1, "repeat": 0.0, "wrong": 0.3,
            "wrong minus placebo": 0.1,
        }
    )  # fmt: skip
    del mean["p2"]
    assert "placebo" not in true_effects(contrasts, "uk", mean)  # one placebo is not pooled


def test_a_dataset_without_planted_effects_is_named(tmp_path):
    with pytest.raises(IpBenchError, match="nothing is planted in ip-education; selfcheck knows the truth of cultural"):
        selfcheck(tmp_path, reference="simulated", plan=Plan(model="simulated", dataset="ip-education"))


def test_planted_effects_are_recovered_through_lm_eval(dataset, tmp_path):
    plan = Plan(model="simulated", model_args=PLANTED, tasks=("ip_cues_cultural_mini",))
    checks = selfcheck(tmp_path / "run", reference="simulated", plan=plan, progress=False)
    assert {check.task for check in checks} == {"ip_cues_cultural_mini"}
    missed = [check for check in checks if not check.recovered]
    assert missed == []
    found = {(check.task, check.contrast): check for check in checks}
    uk = found["ip_cues_cultural_mini", "uk minus placebo"]
    assert uk.truth == pytest.approx(0.15)
    assert not Check(**{**dataclasses.asdict(uk), "truth": 0.6}).recovered


def test_an_unknown_reference_model_is_named(tmp_path):
    with pytest.raises(UnknownNameError, match="unknown reference model 'huge'; reference models are: tiny, null"):
        selfcheck(tmp_path, reference="huge")


def test_an_effect_without_numbers_is_not_recovered():
    nan = math.nan
    effect = {"outcome": "uk", "arm": "uk", "reference": "us", "estimate": nan, "ci_simultaneous": [nan, nan]}
    effect["verdict"] = "undecided"
    entry = {"measure": "generation", "config": "cultural", "effects": [effect]}
    (check,) = compare({"tasks": {"t": entry}}, {"cultural": {"uk": 0.3}})
    assert not check.recovered
    assert compare({"tasks": {"t": entry | {"measure": "log-likelihood"}}}, {"cultural": {"uk": 0.3}}) == []
    of_length = entry | {"effects": [effect | {"outcome": "words", "estimate": 0.1}]}
    assert compare({"tasks": {"t": of_length}}, {"cultural": {"uk": 0.3}}) == []  # nothing is planted there
