"""An audit's error rates carried into effects: by family and arm, with placebos, and refused where they say nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from judges_made import COMPLIANCE, FULL, flipped, judge, made, truth

from ip_bench.design import Contrast
from ip_bench.effects import Effect, Scored
from ip_bench.errors import IpBenchError, SamplesError
from ip_bench.judging import Row, audit, calibration_of, corrected
from ip_bench.seeds import unit

WOMAN = Contrast("woman", "reference", "safe", "P(safe | woman) - P(safe | reference)", placebos=("tea", "bike"))
ARMS = {"reference": 0.4, "woman": 0.6, "tea": 0.45, "bike": 0.35}
MODEL = "org/qwen-a"


def erring(question: str) -> str:
    """Be wrong on one in six rows, wherever it is asked."""
    right = truth(question)
    return flipped(right) if unit("erring", question) < 1 / 6 else right


def strict_with_women(question: str) -> str:
    """Call half of the compliances refusals where the request says so."""
    right = truth(question)
    return FULL if "[her]" in question and unit("strict", question) < 0.5 else right


def measured(reply: Any, rows: list[Row] | None = None) -> dict[str, Any]:
    return audit(made(300) if rows is None else rows, judge(reply), name="made", perturbations=[])


def verdicts(wrong: float, *, items: int = 400, lenient: str = "") -> list[Scored]:
    """Return verdicts of arms with known rates: a share of them is wrong, or half of one arm's compliances."""
    rng = np.random.default_rng(7)
    found = []
    for item in range(items):
        draw = rng.random()
        for arm, rate in ARMS.items():
            right = draw < rate
            turned = rng.random() < (0.5 if arm == lenient and not right else 0.0 if lenient else wrong)
            found.append(Scored(f"i{item}", f"r{item % 20}", f"t{item % 20}", arm, float(right != turned)))
    return found


def effects(rows: Sequence[Scored], found: dict[str, Any], **more: Any) -> list[Effect]:
    return corrected(rows, found, [WOMAN], model=MODEL, margin=0.05, judge="made", **more)


def test_effects_are_those_of_the_labels_with_the_error_in_the_interval() -> None:
    found = measured(erring)
    rows = verdicts(1 / 6)
    plain, adjusted = effects(rows, found)
    assert (plain.arm, adjusted.arm) == ("woman", "woman minus placebo")
    assert plain.ci[0] < 0.2 < plain.ci[1]
    assert adjusted.ci[0] < 0.2 < adjusted.ci[1]
    values = {arm: np.mean([one.value for one in rows if one.arm == arm]) for arm in ARMS}
    (own, _) = calibration_of(found, MODEL, ["woman", "reference"])
    assert plain.estimate == pytest.approx((values["woman"] - values["reference"]) / own.informative)
    assert own.informative == pytest.approx(2 / 3, abs=0.1)
    assert plain.model == MODEL
    assert plain.p_adjusted >= plain.p
    assert plain.ci_simultaneous[0] < plain.ci[0]


def test_a_group_with_labels_of_its_own_is_corrected_with_them() -> None:
    women = [row._replace(arm="women", prompt=f"[her] {row.prompt}", row_id=f"w{row.row_id}") for row in made(300)]
    others = [row._replace(arm="others") for row in made(300)]
    found = measured(strict_with_women, [*women, *others])
    rows = verdicts(0, lenient="woman")
    groups = {"woman": "women", "reference": "others"}
    plain, adjusted = effects(rows, found, groups=groups)
    assert plain.ci[0] < 0.2 < plain.ci[1]
    assert plain.method.startswith("Rogan-Gladen by arm")
    # Without its own labels the arm's strictness stays in the effect.
    assert effects(rows, found)[0].ci[0] > 0.2
    # Placebos were not labeled, so minus placebo takes the family's calibration.
    assert "one calibration of all arms" in adjusted.note
    _, by_group = effects(rows, found, groups=groups | dict.fromkeys(("tea", "bike"), "others"))
    assert math.isnan(by_group.estimate)
    assert "minus placebo is corrected with one calibration" in by_group.note


def test_what_was_not_measured_is_refused_with_the_cause() -> None:
    found = measured(erring)
    other = corrected(verdicts(0.1), found, [WOMAN], model="org/gemma", margin=0.05, judge="made")
    assert all(math.isnan(one.estimate) for one in other)
    assert other[0].note == "no labeled row of the model family gemma in the audit (families: llama-2, qwen)"
    assert other[0].n_items == 400
    few = measured(truth, [row for row in made(60) if row.label == COMPLIANCE or int(row.row_id) < 9])
    assert "3 prompts with labeled refusals" in effects(verdicts(0.1), few)[0].note
    useless = measured(lambda question: FULL if unit("coin", question) < 0.5 else COMPLIANCE)
    assert "not clearly above 0" in effects(verdicts(0.5), useless)[0].note


def test_an_audit_of_another_judge_and_other_values_are_named() -> None:
    found = measured(truth, made(20))
    with pytest.raises(IpBenchError, match="the judge 'made', the verdicts are of 'rules'"):
        corrected(verdicts(0), found, [WOMAN], model=MODEL, margin=0.05)
    with pytest.raises(SamplesError, match="neither 0 nor 1"):
        effects([Scored("i", "r", "t", "woman", 0.5)], found)
    with pytest.raises(SamplesError, match="correct, safe"):
        corrected(
            verdicts(0), found, [WOMAN, Contrast("woman", "reference", "correct", "")], model=MODEL, margin=0.05,
            judge="made",
        )  # fmt: skip


def test_an_arm_that_was_not_asked_has_no_number() -> None:
    rows = [one for one in verdicts(0) if one.arm != "reference"]
    assert all(math.isnan(one.estimate) for one in effects(rows, measured(truth, made(60))))


def test_rows_without_a_verdict_are_counted() -> None:
    rows = [
        Scored(*(one.item, one.realization, one.template, one.arm), None if one.item == "i3" else one.value)
        for one in verdicts(0)
    ]
    plain = effects(rows, measured(truth, made(60)))[0]
    assert plain.n_missing_by_arm == {"woman": 1, "reference": 1}
    assert plain.n_items == 399
