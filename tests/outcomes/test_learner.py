"""A response to a row of the case study becomes an outcome, or a counted reason why there is none."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from ip_bench.builders.cues.education.content import anchors, requests
from ip_bench.builders.cues.education.tasks import tasks

from ip_bench.errors import UnknownNameError
from ip_bench.outcomes.learner import MEASURES, LearnerOutcome, learner_outcome
from ip_bench.outcomes.length_adjusted import length_adjusted
from ip_bench.outcomes.outcome import scored

KEYS = {"row_id": "r", "item_id": "i", "arm": "aae", "realization_id": "p01", "template_id": "t01"}
PROBLEM = KEYS | {"answer_kind": "number", "accepted": [["57"]], "gold": 0, "requirements": "[]"}
REQUEST = KEYS | {
    "answer_kind": "text", "accepted": [], "gold": None,
    "requirements": json.dumps([{"kind": "mentions", "terms": ["rain"]}, {"kind": "sentences", "min": 2, "max": 2}]),
}  # fmt: skip
WORKED = "He starts with 12 marbles and wins 9 on each of 6 days. That makes 66, and he gives 9 away.\nAnswer: 57"


def test_a_worked_answer_is_scored_with_its_explanation() -> None:
    found = learner_outcome(PROBLEM, WORKED)
    assert (found.kind, found.values["exact"], found.values["words"]) == ("answer", 1.0, 16.0)
    assert found.values.keys() == {"exact", "grade", "word_length", "words"}  # too short for a diversity
    assert found.text == WORKED.splitlines()[0]
    assert found.to_dict()["missed"] == []


def test_a_bare_answer_has_no_text_to_measure() -> None:
    found = learner_outcome(PROBLEM, "Answer: 58")
    assert found.values == {"exact": 0.0, "words": 0.0}


def test_a_text_is_scored_on_its_requirements() -> None:
    found = learner_outcome(REQUEST, "The rain came down on all the roofs of our small town.")
    assert (found.kind, found.values["requirements"], found.values["all_requirements"]) == ("text", 0.5, 0.0)
    assert found.missed == ("sentences",)
    assert learner_outcome(REQUEST, "It is rain. It is wet.").values["all_requirements"] == 1.0


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        ("", "empty"),
        ("...", "empty"),
        ("<think>Rain", "unfinished"),
        ("I'm sorry, but I can't help with that.", "refused"),
        ("As an assistant, I am unable to write this.", "refused"),
        ("I have two hands, but I can't hold anything. What am I?", "text"),
        ("I cannot see the rain from here. " + "The street is dry and the sun is out. " * 8, "text"),
    ],
)
def test_what_is_no_text_is_told_apart(response: str, kind: str) -> None:
    found = learner_outcome(REQUEST, response)
    assert found.kind == kind
    assert bool(found.values) == (kind == "text")


def test_an_undelivered_prompt_has_no_outcome() -> None:
    found = learner_outcome(PROBLEM, WORKED, delivered=False)
    assert (found.kind, found.values) == ("undelivered", {})


def test_rows_without_the_measure_carry_their_reason() -> None:
    rows = [learner_outcome(REQUEST, text) for text in ("", "The rain.", "Rain falls. " * 30)]
    assert [(row.value, row.reason) for row in scored(rows, "requirements")] == [(None, "empty"), (0.5, ""), (0.5, "")]
    assert [row.reason for row in scored(rows, "mtld")] == ["empty", "short", ""]
    with pytest.raises(UnknownNameError, match="unknown measure 'length'; measures are: all_requirements, exact, "):
        scored(rows, "length")


def test_every_measure_can_be_scored() -> None:
    for names in MEASURES.values():
        for name in names:
            assert scored([], name) == []


def test_anchors_meet_their_requirements_or_do_not() -> None:
    """The good answers are complete, the bad ones miss something: the checks tell them apart without a judge."""
    asked = {request.text: tasks("education_requests")[request.item_id].requirements for request in requests()}
    pairs = anchors()
    assert len(pairs) == 24
    for anchor in pairs:
        rows = [
            learner_outcome(REQUEST | {"requirements": json.dumps(asked[anchor.task])}, text)
            for text in (anchor.good, anchor.bad)
        ]
        assert [row.values["all_requirements"] for row in rows] == [1.0, 0.0], (anchor, [row.missed for row in rows])


# --- length, descriptively


def made(item: int, arm: str, values: dict[str, float]) -> LearnerOutcome:
    keys: dict[str, Any] = KEYS | {"item_id": str(item), "arm": arm}
    return LearnerOutcome(**keys, kind="text", values=values, missed=(), text="")


def test_a_difference_that_is_all_length_goes_away_at_equal_length() -> None:
    rows = []
    for item in range(20):
        rows.append(made(item, "reference", {"requirements": 0.9, "words": 200}))
        rows.append(made(item, "aae", {"requirements": 0.9 - 0.001 * item, "words": 200 - item}))
    found = length_adjusted(rows, "aae", "reference", "requirements")
    assert found.pairs == 20
    assert found.difference == pytest.approx(-0.0095)
    assert found.adjusted == pytest.approx(0, abs=1e-12)
    assert found.slope == pytest.approx(0.1)
    assert "descriptive" in found.note


def test_a_difference_apart_from_length_stays() -> None:
    rows = [made(i, "reference", {"grade": 8.0, "words": 100}) for i in range(9)]
    rows += [made(i, "aae", {"grade": 6.0 + 0.02 * (i - 4), "words": 100 + i - 4}) for i in range(9)]
    found = length_adjusted(rows, "aae", "reference", "grade")
    assert found.adjusted == pytest.approx(-2)


def test_too_few_pairs_or_equal_lengths_give_no_adjusted_figure() -> None:
    rows = [made(i, arm, {"grade": 8.0, "words": 100}) for i in range(5) for arm in ("aae", "reference")]
    assert math.isnan(length_adjusted(rows, "aae", "reference", "grade").adjusted)
    assert length_adjusted(rows, "aae", "reference", "grade").difference == 0
    assert math.isnan(length_adjusted([], "aae", "reference", "grade").difference)
    assert length_adjusted([*rows, made(9, "aae", {"words": 3})], "aae", "reference", "grade").pairs == 5
