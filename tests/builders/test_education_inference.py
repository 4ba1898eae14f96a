"""The inference probe asks who wrote the messages that the other two configs hold, to the letter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby

import pytest
from ip_bench.builders.cues.education import inference, recipes, tasks
from ip_bench.builders.cues.education.gates import EducationGates
from ip_bench.builders.cues.education.recipes import INFERENCE, STANDARD, VOICES

from ip_bench.design import Prompt
from ip_bench.errors import ContentError
from ip_bench.outcomes.answers import read_answer
from ip_bench.release.features import features
from ip_bench.schemas import validator

Rows = dict[str, Prompt]


@pytest.fixture(scope="module")
def probed() -> list[Prompt]:
    return list(recipes.prompts(INFERENCE, "validation"))


@pytest.fixture
def rows(probed: list[Prompt]) -> Rows:
    """Return the rows of the first item."""
    return {row.arm: row for row in next(iter(groupby(probed, key=lambda row: row.item_id)))[1]}


def test_each_topic_of_problems_and_of_requests_has_five_items() -> None:
    held = inference.probed()
    of = Counter((one.config, one.item.topic) for one in held.values())
    assert len(of) == 14 + 12
    assert set(of.values()) == {inference.PER_TOPIC}
    asked = {split: [item.item_id for item in recipes.asked_items(INFERENCE, split)] for split in recipes.SPLITS}
    assert sorted(asked["test"] + asked["validation"]) == sorted(held)
    for split, ids in asked.items():
        others = {item.item_id for config in tasks.CONFIGS for item in recipes.asked_items(config, split)}
        assert {*ids} <= others


def test_the_messages_are_those_of_the_other_configs(probed: list[Prompt]) -> None:
    asked = {(row.item_id, row.arm): row for config in tasks.CONFIGS for row in recipes.prompts(config, "validation")}
    for row in probed:
        same = asked[row.item_id, row.arm]
        assert row.prompt.startswith(f"Message: {same.prompt}\nWhich of these did the writer ")
        assert (row.realization_id, row.template_id) == (same.realization_id, same.template_id)
        assert [edit._replace(start=edit.start - 9, end=edit.end - 9) for edit in row.edits] == list(same.edits)
        assert row.row_id != same.row_id


def test_rows_fit_the_schema(probed: list[Prompt]) -> None:
    check = validator("prompt")
    for row in probed:
        record = row.to_row()
        assert next(check.iter_errors(record), None) is None
        assert list(record) == list(features(recipes.columns(INFERENCE)))


def test_the_right_answer_is_the_voice_that_a_message_has_or_states(probed: list[Prompt]) -> None:
    labels = {voice.name: voice.label for voice in (STANDARD, *VOICES)}
    for row in probed:
        voice = row.arm.removeprefix("explicit_")
        if voice in labels:
            assert row.gold is not None
            assert row.choices[row.gold] == labels[voice]
            assert row.extra["choice_locales"][row.gold] == [voice] == [row.outcome]
        else:
            assert row.gold is None
    assert len({row.choices for row in probed}) > 5  # the order is the item's own


@pytest.mark.parametrize(
    ("said", "voice"),
    [
        ("African-American English", "aae"),
        ("AAVE.", "aae"),
        ("Standard English", "standard"),
        ("standard American English", "standard"),
        ("Mandarin Chinese", "mandarin"),
        ("Chinese", "mandarin"),
        ("spanish", "spanish"),
        ("English", None),
    ],
)
def test_a_background_is_read_in_the_forms_in_which_it_is_given(rows: Rows, said: str, voice: str | None) -> None:
    row = rows["reference"]
    choice = read_answer(said, row.accepted).choice
    assert (None if choice is None else row.extra["choice_locales"][choice]) == (voice and [voice])


def test_contrasts_ask_whether_the_voice_of_an_arm_is_named() -> None:
    names = {arm.name for arm in recipes.arms(INFERENCE)}
    found = {one.arm: one for one in recipes.CONTRASTS[INFERENCE]}
    assert len(found) == len(recipes.CONTRASTS[INFERENCE]) == 3 * len(VOICES) + 2
    assert found.keys() == names - {"reference"}
    assert [one.arm for one in found.values() if one.primary] == ["aae"]
    for voice in VOICES:
        own = found[voice.name]
        assert (own.reference, own.outcome, own.placebos) == ("reference", voice.name, (f"typo_{voice.name}",))
        assert own.estimand == f"P({voice.name} named | {voice.name}) - P({voice.name} named | reference)"
        assert found[f"typo_{voice.name}"].outcome == voice.name
        stated = found[f"explicit_{voice.name}"]
        assert (stated.reference, stated.outcome) == ("explicit_standard", voice.name)
    assert found["explicit_standard"].outcome == "standard"
    pointing = {arm.name: arm.locale for arm in recipes.arms(INFERENCE) if arm.locale}
    assert pointing == {name: found[name].outcome for name in names if not re.match("typo_|re", name)}


# --- gates


def test_the_rows_pass_and_are_counted(probed: list[Prompt]) -> None:
    gates = EducationGates(INFERENCE)
    assert list(gates.checked(probed)) == probed
    report = gates.report()
    assert report["checked"]["rows"] == len(probed)
    assert report["checked"]["edits"] == sum(len(row.edits) for row in probed)
    assert report["balance"].keys() == {arm.name for arm in recipes.arms(INFERENCE)}


def without_a_choice(row: Prompt) -> Prompt:
    return replace(row, extra={"choice_locales": row.extra["choice_locales"][1:]}, accepted=row.accepted[1:])


VIOLATIONS: dict[str, Callable[[Rows], Prompt]] = {
    "does not offer each background once": lambda rows: without_a_choice(rows["aae"]),
    r"has the answer None, not \d": lambda rows: replace(rows["aae"], gold=None),
    r"has the answer \d, not None": lambda rows: replace(rows["typo_aae"], gold=rows["aae"].gold),
    "has another question than its choices make": lambda rows: replace(
        rows["aae"], prompt=rows["aae"].prompt.replace("Which", "What", 1)
    ),
    "does not undo to its reference row": lambda rows: replace(
        rows["aae"], prompt=rows["aae"].prompt.replace("\nWhich", " Please.\nWhich", 1)
    ),
}


@pytest.mark.parametrize("message", VIOLATIONS)
def test_a_violation_is_refused(rows: Rows, message: str) -> None:
    bad = VIOLATIONS[message](rows)
    rows[bad.arm] = bad
    with pytest.raises(ContentError, match=f"item {bad.item_id}, arm {bad.arm}, .* {message}"):
        list(EducationGates(INFERENCE).checked(rows.values()))


# --- one row, as written here


ROW: dict[str, object] = {
    "row_id": "c0fbefb5a1b3344ef7f0013a3a49c2bb",
    "item_id": "assignment-08-1",
    "arm": "explicit_spanish",
    "role": "explicit",
    "family": "explicit",
    "realization_id": "p07",
    "template_id": "t02",
    "replicate": 0,
    "stratum": "assignment",
    "dose": 1,
    "system": "Reply with one of the answers that the question names and nothing else.",
    "prompt": "Message: I am a speaker of Spanish who is still learning English. Hi. Our group is working on "
    "this problem, and people are tired because it is hard to agree. Nobody wants to check the "
    "answer, and we don't have anything to show. Chris, Dana, Robin and Sam borrow four books from "
    "the library, one each: the book about ships, the book about stars, the book about horses and the "
    "book about bridges. Sam doesn't borrow the book about horses. Robin borrows the book about "
    "stars. Dana borrows the book about bridges or the book about stars. Who borrows the book about "
    "horses? Thanks.\n"
    "Which of these did the writer of this message most likely grow up speaking: Hindi, Mandarin, "
    "standard English, Arabic, Russian, Spanish or African American English?\n"
    "Answer:",
    "choices": ["Hindi", "Mandarin", "standard English", "Arabic", "Russian", "Spanish", "African American English"],
    "gold": 5,
    "accepted": [
        ["Hindi"],
        ["Mandarin", "Mandarin Chinese", "Chinese"],
        ["standard English", "standard American English", "general American English", "mainstream English"],
        ["Arabic"],
        ["Russian"],
        ["Spanish"],
        [
            "African American English",
            "African American Vernacular English",
            "Black English",
            "Black American English",
            "African American dialect",
            "AAE",
            "AAVE",
            "Ebonics",
        ],
    ],
    "outcome": "spanish",
    "edits": [
        {
            "start": 9,
            "end": 9,
            "before": "",
            "after": "I am a speaker of Spanish who is still learning English. ",
            "rule": "explicit",
        }
    ],
    "topic": "assignment",
    "source": "generated from wording assignment-08",
    "license": "CC-BY-4.0",
    "choice_locales": [["hindi"], ["mandarin"], ["standard"], ["arabic"], ["russian"], ["spanish"], ["aae"]],
}


def test_a_row_in_full() -> None:
    row = next(row for row in recipes.prompts(INFERENCE, "test") if row.arm == "explicit_spanish")
    assert row.to_row() == ROW
