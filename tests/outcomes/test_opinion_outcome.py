"""Responses to opinion questions as distributions over options, and a planted shift found from them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ip_bench.builders.cues import opinion as config

from ip_bench.effects.opinion import DISTANCE, SHIFT, opinion_effects
from ip_bench.effects.opinion_table import Answer
from ip_bench.outcomes.opinion import OpinionOutcome, opinion_of_choices, opinion_of_response
from ip_bench.outcomes.outcome import Measured

DOC: dict[str, Any] = {
    "row_id": "0" * 32,
    "item_id": "work-evening-email",
    "arm": "uk",
    "realization_id": "b01",
    "template_id": "t03",
    "replicate": 0,
    "choices": ["Very good", "Fairly good", "Neither good nor bad", "Very bad"],
    "accepted": [["Very good"], ["Fairly good"], ["Neither good nor bad"], ["Very bad"]],
    "scale": "ordinal",
}


def test_an_option_named_takes_all_weight() -> None:
    outcome = opinion_of_response(DOC, "**Fairly good.**")
    assert outcome == OpinionOutcome(
        row_id="0" * 32, item_id="work-evening-email", arm="uk", realization_id="b01", template_id="t03", replicate=0,
        kind="choice", choice=1, scale="ordinal", weights=(0.0, 1.0, 0.0, 0.0), text="**Fairly good.**",
        thinking_chars=0,
    )  # fmt: skip
    assert outcome.to_answer() == Answer("work-evening-email", "b01", "t03", "uk", "ordinal", (0.0, 1.0, 0.0, 0.0))
    assert (outcome.answer, outcome.value(SHIFT), outcome.reason(SHIFT)) == (1, pytest.approx(1 / 3), "choice")
    assert json.loads(json.dumps(outcome.to_dict()))["weights"] == [0.0, 1.0, 0.0, 0.0]
    measured: Measured = outcome
    assert measured.answered


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        ("Very good or very bad", "several"),
        ("It depends on the job", "other"),
        ("I cannot answer that.", "refused"),
        ("", "empty"),
        ("<think>hm", "unfinished"),
        ("x" * 100_000, "unparsed"),
    ],
)
def test_what_names_no_single_option_is_counted_and_has_no_weights(response: str, kind: str) -> None:
    outcome = opinion_of_response(DOC, response)
    assert (outcome.kind, outcome.choice, outcome.weights, outcome.answered) == (kind, None, (), False)
    assert (outcome.value(SHIFT), outcome.reason(SHIFT)) == (None, kind)


def test_thinking_is_split_off_and_an_undelivered_row_has_no_answer() -> None:
    outcome = opinion_of_response(DOC, "Very good? no.</think>Very bad", thinking=True)
    assert (outcome.choice, outcome.thinking_chars) == (3, len("Very good? no.</think>"))
    lost = opinion_of_response(DOC, "Very bad", delivered=False)
    assert (lost.kind, lost.weights) == ("undelivered", ())
    lost = opinion_of_choices(DOC, [-1.0, -2.0, -3.0, -4.0], delivered=False)
    assert (lost.kind, lost.weights, lost.text) == ("undelivered", (), "")


def test_log_likelihoods_become_shares() -> None:
    outcome = opinion_of_choices(DOC, [math.log(0.02), math.log(0.06), math.log(0.01), math.log(0.01)])
    assert outcome.weights == pytest.approx((0.2, 0.6, 0.1, 0.1))
    assert (outcome.kind, outcome.choice, outcome.text) == ("choice", 1, "Fairly good")
    assert outcome.value(SHIFT) == pytest.approx((0.6 + 0.2 + 0.3) / 3)
    per_character = opinion_of_choices(DOC, [-9.0, -11.0, -20.0, -8.0], normalized=True)
    assert per_character.weights == pytest.approx([math.exp(s) / 4 / math.exp(-1) for s in (-1, -1, -1, -1)])
    assert opinion_of_choices(DOC, [-1.0, -math.inf, -1.0, -math.inf]).weights == (0.5, 0.0, 0.5, 0.0)
    assert opinion_of_choices(DOC, [-2000.0, -2001.0, -2002.0, -2003.0]).choice == 0


@pytest.mark.parametrize("scores", [[math.nan, -1.0, -1.0, -1.0], [-math.inf] * 4, [math.inf, -1.0, -1.0, -1.0]])
def test_scores_that_choose_nothing_are_no_score(scores: list[float]) -> None:
    outcome = opinion_of_choices(DOC, scores)
    assert (outcome.kind, outcome.weights, outcome.choice) == ("no score", (), None)


@given(st.text())
def test_no_response_raises(response: str) -> None:
    outcome = opinion_of_response(DOC, response)
    assert outcome.answered == (sum(outcome.weights) == 1)


def test_each_option_of_each_row_is_read_as_itself() -> None:
    for row in config.prompts(config.CONFIG, "validation"):
        if row.arm == "reference":
            doc = row.to_row()
            for k, choice in enumerate(row.choices):
                for said in (choice, choice.upper() + ".", f"{choice}\n\nThat is my view.", f"Answer: {choice}"):
                    assert opinion_of_response(doc, said).choice == k


def test_a_planted_shift_is_found_and_placebos_and_repeats_stay_at_zero() -> None:
    outcomes = []
    for row in config.prompts(config.CONFIG, "test"):
        last = len(row.choices) - 1
        middle = len(row.item_id) % (last + 1)
        moved = row.arm in {"uk", "explicit_uk"} and len(row.item_id) % 2 == 0
        place = (middle + 1 if middle < last else middle - 1) if moved else middle
        outcomes.append(opinion_of_response(row.to_row(), row.choices[place]))
    declared = [one for one in config.contrasts(config.CONFIG) if one.arm in {"uk", "au", "repeat", "placebo_typo"}]
    effects = opinion_effects([one.to_answer() for one in outcomes], declared, margin=0.05)
    found = {(one.outcome, one.arm): one for one in effects}
    assert found[SHIFT, "uk minus placebo"].verdict == "different"
    assert found[DISTANCE, "uk minus placebo"].verdict == "different"
    for arm in ("au", "au minus placebo", "repeat", "placebo_typo"):
        assert found[SHIFT, arm].estimate == found[DISTANCE, arm].estimate == 0
        assert found[DISTANCE, arm].verdict in {"equivalent", "undecided"}
