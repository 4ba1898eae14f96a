"""The self-check on the simulated model: planted effects come back, and a wrong truth is seen."""

import dataclasses
import math

import pytest

from ip_bench.errors import UnknownNameError
from ip_bench.harness.runner import Plan
from ip_bench.selfcheck import Check, compare, selfcheck, simulated_truths

PLANTED = {"effect": 0.25, "explicit": 0.35, "placebo": 0.1, "first_stage": 0.3}


def test_the_truth_of_the_simulated_model_is_its_arguments():
    truth = simulated_truths(PLANTED)
    assert truth["cultural"]["uk"] == 0.25
    assert truth["cultural"]["uk minus placebo"] == pytest.approx(0.15)
    assert truth["inference"]["uk"] == 0.3
    assert truth["cultural"]["placebo_typo"] == 0.1
    assert truth["cultural"]["explicit_uk"] == 0.35
    assert truth["cultural"]["us"] == truth["cultural"]["repeat"] == 0


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
    effect = {"arm": "uk", "reference": "us", "estimate": nan, "ci_simultaneous": [nan, nan], "verdict": "undecided"}
    entry = {"measure": "generation", "config": "cultural", "effects": [effect]}
    (check,) = compare({"tasks": {"t": entry}}, {"cultural": {"uk": 0.3}})
    assert not check.recovered
    assert compare({"tasks": {"t": entry | {"measure": "log-likelihood"}}}, {"cultural": {"uk": 0.3}}) == []
