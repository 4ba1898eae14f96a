"""From rows of the case study over responses with planted effects to estimates: what was planted is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ip_bench.builders.cues.education.recipes import VOICES, contrasts, prompts

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.paired import pair, paired_effect
from ip_bench.outcomes.learner import LearnerOutcome, learner_outcome
from ip_bench.outcomes.length_adjusted import length_adjusted
from ip_bench.outcomes.outcome import scored
from ip_bench.seeds import unit

RIGHT = {"reference": 0.9, "aae": 0.7, "typo_aae": 0.9, "repeat": 0.9}
LONG = (
    "First we determine which quantities are given, and afterwards we establish the relationship between them. "
    "Every individual contribution is calculated separately before the intermediate results are combined."
)
SHORT = "Look at what you have. Then do one step. Then do the next step. Put it all in one sum."


def planted(row: Mapping[str, Any]) -> str:
    """Answer as a model would that helps one voice worse (right less often) and in simpler words."""
    right = unit("planted", row["item_id"]) < RIGHT[row["arm"]]
    answer = row["choices"][row["gold"]] if right else "999"
    sentences = (SHORT if row["arm"] == "aae" else LONG).split(". ")
    kept = sentences if unit("kept", row["item_id"], row["arm"]) < 0.5 else sentences[:-1]
    return f"{'. '.join(kept).rstrip('.')}.\n\n**Answer:** {answer}"


@pytest.fixture(scope="module")
def outcomes() -> list[LearnerOutcome]:
    rows = (row.to_row() for row in prompts("education_reasoning", "test", VOICES[:1]) if row.arm in RIGHT)
    return [learner_outcome(row, planted(row)) for row in rows]


def effect(outcomes: list[LearnerOutcome], arm: str, measure: str) -> Effect:
    contrast = next(
        one for one in contrasts("education_reasoning", VOICES[:1])
        if (one.arm, one.reference, one.outcome) == (arm, "reference", measure)
    )  # fmt: skip
    assert isinstance(contrast, Contrast)
    return paired_effect(pair(scored(outcomes, measure), contrast), contrast, margin=0.05, largest=60)


def test_a_quality_gap_is_found_and_the_placebo_has_none(outcomes: list[LearnerOutcome]) -> None:
    found, placebo = effect(outcomes, "aae", "exact"), effect(outcomes, "typo_aae", "exact")
    assert found.ci[0] < -0.2 < found.ci[1] < 0
    assert placebo.estimate == 0
    assert {one.kind for one in outcomes} == {"answer", "other"}


def test_simpler_help_is_found_as_a_grade_of_its_own(outcomes: list[LearnerOutcome]) -> None:
    for measure in ("grade", "word_length", "words"):
        found, placebo = effect(outcomes, "aae", measure), effect(outcomes, "typo_aae", measure)
        assert found.ci[1] < 0
        assert placebo.ci[0] < 0 < placebo.ci[1]
        assert abs(placebo.estimate) < 0.1 * abs(found.estimate)


def test_at_equal_length_the_help_is_still_simpler(outcomes: list[LearnerOutcome]) -> None:
    found = length_adjusted(outcomes, "aae", "reference", "word_length")
    assert found.pairs > 300
    assert found.adjusted < -1
