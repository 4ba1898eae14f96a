# Literal rows are written in full:
# ruff: noqa: E501
"""Requests keep their rules, and the builder gives every voice its row, its matched placebo and its statement."""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ip_bench.builders.cues.education import content, recipes, tasks
from ip_bench.builders.cues.education.recipes import VOICES, Voice, arms, contrasts, prompts

from ip_bench.cues.edits import Cued, apply_edits, undo_edits
from ip_bench.cues.gates import GROUP_TERMS
from ip_bench.cues.lexicon import LEXICONS, LOCALES, matcher
from ip_bench.design import Edit, Prompt
from ip_bench.errors import ContentError
from ip_bench.outcomes.answers import normalize
from ip_bench.outcomes.learner import MEASURES
from ip_bench.outcomes.requirement_checks import CHECKS
from ip_bench.release.features import features
from ip_bench.release.hashing import row_digest
from ip_bench.schemas import validator

REQUESTS = content.requests()
FOLDER = Path(content.__file__).parent.parent / "content" / "education"
ONE = Voice("one", "test", "one", "variety", "Test English")
TWO = Voice("two", "test", "two", "language", "Testish")


def plain_voice(text: str, rng: random.Random) -> Cued:
    """A stand-in for a dialect: every "doesn't" and "isn't" is turned, or none where there is none."""
    edits = tuple(
        Edit(found.start(), found.end(), found.group(0), {"doesn't": "don't", "isn't": "ain't"}[found.group(0)], "test")
        for found in re.finditer(r"\b(?:doesn't|isn't)\b", text)
    )
    return Cued(apply_edits(text, edits), edits)


def silent_voice(text: str, rng: random.Random) -> Cued:
    return Cued(text, ())


@pytest.fixture
def voiced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "cue", lambda family, level: plain_voice if level == "one" else silent_voice)


def rows_of(config: str, **how: Any) -> list[Prompt]:
    return [row for split in tasks.SPLITS for row in prompts(config, split, (ONE,), **how)]


# --- content


def test_there_are_217_requests_of_12_topics_with_their_own_ids_and_words() -> None:
    assert len(REQUESTS) == len({request.item_id for request in REQUESTS}) == 217
    assert len({normalize(request.text) for request in REQUESTS}) == 217
    assert min(Counter(request.topic for request in REQUESTS).values()) >= 18
    assert len({request.topic for request in REQUESTS}) == 12
    for file in sorted((FOLDER / "requests").glob("*.jsonl")):
        ids = [json.loads(line)["item_id"] for line in file.read_text(encoding="utf-8").splitlines()]
        assert ids == sorted(ids)
        assert all(name.startswith(f"{file.stem}-") for name in ids)


def test_every_kind_of_requirement_is_used() -> None:
    used = Counter(requirement["kind"] for request in REQUESTS for requirement in request.requirements)
    assert used.keys() == CHECKS.keys()
    assert sum(used.values()) == 501
    assert all(2 <= len(request.requirements) <= 5 for request in REQUESTS)


NUMBERS = dict(zip(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "fifteen"], [*range(1, 11), 12, 15], strict=True))  # fmt: skip


def test_every_bound_is_said_in_the_request() -> None:
    """A learner who is told "four steps" is checked for four, and for nothing that was not said."""
    unsaid = []
    for request in REQUESTS:
        said = {NUMBERS.get(word, word) for word in re.findall(r"\w+", request.text.casefold())}
        said = {int(word) for word in said if str(word).isdigit()}
        for requirement in request.requirements:
            if requirement["kind"] in {
                "words",
                "sentences",
                "lines",
                "list",
                "sentence_length",
                "item_length",
                "questions",
            }:
                bounds = {requirement[name] for name in ("min", "max") if name in requirement} - {1}
                strict = {bound for bound in bounds if not {bound, bound + 1} & said}
                if strict and request.item_id not in SUMS:
                    unsaid.append((request.item_id, requirement))
    assert unsaid == []


#: Requests whose list is as long as what they list: three and three tips, two and one reasons, problems with answers.
SUMS = {
    "compare-things-poem-song", "explain-machines-wifi", "explain-society-population", "plan-study-quiz-fractions",
    "write-instructions-present", "plan-study-science-fair",
}  # fmt: skip


def test_what_has_to_be_avoided_is_named_in_the_request() -> None:
    for request in REQUESTS:
        for requirement in request.requirements:
            if requirement["kind"] == "avoids":
                assert normalize(requirement["terms"][0]) in normalize(request.text), request.item_id


def test_nothing_a_learner_says_tells_a_country_or_a_group() -> None:
    texts = [request.text for request in REQUESTS]
    texts += [text for config in ("reasoning", "requests") for text in content.openers(config).values()]
    texts += list(content.templates().values())
    marked = {
        (text, edit.before)
        for name in LEXICONS
        for level in LOCALES
        for text in texts
        for edit in matcher(name, level).apply(text).edits
    }
    assert marked == set()
    assert [text for text in texts if GROUP_TERMS.search(text)] == []


def test_learners_words_leave_room_for_a_voice() -> None:
    """Third persons, negations and forms of "be": what the rules of dialects and first languages turn."""
    site = re.compile(r"\b(?:doesn't|don't|isn't|aren't|wasn't|didn't|hasn't|haven't|is|are|was|were|\w+[^s]s)\b")
    openers = [text for config in ("reasoning", "requests") for text in content.openers(config).values()]
    assert len(openers) == 24
    assert all(len(site.findall(text)) >= 2 for text in openers)
    assert sum(len(site.findall(request.text)) for request in REQUESTS) / len(REQUESTS) > 3


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (
            {"item_id": "a"},
            r"x:1: has the keys \['item_id'\]; a request has \['item_id', 'request', 'requirements', 'topic'\]",
        ),
        (
            {"item_id": "a", "topic": "t", "request": "r", "requirements": []},
            "x:1: has 0 requirements; a request has 2 to 5",
        ),
        (
            {"item_id": "a", "topic": "t", "request": "r", "requirements": [{"kind": "title"}, {"kind": "poem"}]},
            "x:1: unknown requirement kind 'poem'",
        ),
    ],
)
def test_a_broken_request_is_named_with_its_line(record: dict[str, Any], message: str) -> None:
    with pytest.raises(ContentError, match=message):
        content.to_request("x:1", record)


def test_a_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{oops", encoding="utf-8")
    with pytest.raises(ContentError, match=r"bad.jsonl:1: not JSON"):
        list(content.records(tmp_path / "bad.jsonl"))


# --- tasks


def test_forms_of_an_option() -> None:
    books = ("the red book", "the blue book")
    assert tasks.forms_of("the red book", books) == ("the red book", "red book", "red")
    assert tasks.forms_of("the park", ("the park", "the school")) == ("the park", "park")
    assert tasks.forms_of("the paper box", ("the paper box", "the fern")) == ("the paper box", "paper box")
    assert tasks.forms_of("Monday", ()) == ("Monday", "Mon")


def test_no_form_stands_for_two_options() -> None:
    for task in tasks.tasks("education_reasoning").values():
        forms = Counter(normalize(form) for accepted in task.item.accepted for form in accepted)
        assert max(forms.values()) == 1, task.item.item_id


@pytest.mark.parametrize("config", tasks.CONFIGS)
def test_splits_are_disjoint_and_cover_the_tasks(config: str) -> None:
    ids = {split: {item.item_id for item in tasks.asked_items(config, split)} for split in tasks.SPLITS}
    assert not ids["test"] & ids["validation"]
    assert ids["test"] | ids["validation"] == tasks.tasks(config).keys()
    assert 0.05 < len(ids["validation"]) / len(tasks.tasks(config)) < 0.16


def test_a_random_half_of_the_requests_that_can_has_a_fixed_length() -> None:
    fixed = tasks.with_fixed_length()
    every = tasks.tasks("education_requests")
    can = {
        name for name, task in every.items()
        if not {one["kind"] for one in task.requirements} & {"words", "sentences", "lines", "speakers", "item_length"}
    }  # fmt: skip
    assert fixed <= can
    assert 0.48 < len(fixed) / len(can) < 0.56
    assert len({every[name].item.topic for name in fixed}) == 12


# --- rows


@pytest.mark.usefixtures("voiced")
@pytest.mark.parametrize("config", tasks.CONFIGS)
def test_rows_fit_the_schema_and_undo_to_their_reference(config: str) -> None:
    check = validator("prompt")
    rows = rows_of(config)
    assert len({row.row_id for row in rows}) == len(rows)
    reference = {row.item_id: row.prompt for row in rows if row.arm == "reference"}
    assert reference.keys() == tasks.tasks(config).keys()
    names = [arm.name for arm in arms(config, (ONE,))]
    for row in rows:
        record = row.to_row()
        assert next(check.iter_errors(record), None) is None
        assert row_digest(record)
        assert undo_edits(row.prompt, row.edits) == reference[row.item_id]
        assert row.arm in names
        assert bool(row.edits) == (row.role not in {"reference", "repeat"})
        assert row.outcome == MEASURES[config][0]
        assert record["answer_kind"] in {"number", "time", "choice", "text"}
        assert list(record) == list(features(recipes.columns(config)))


@pytest.mark.usefixtures("voiced")
@pytest.mark.parametrize("config", tasks.CONFIGS)
def test_numbers_quotations_and_number_words_are_kept_in_every_arm(config: str) -> None:
    kept = re.compile(r"\d+(?:[.,:/]\d+)*|\"[^\"]*\"")
    count = re.compile(r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE)
    rows = rows_of(config)
    reference = {row.item_id: row.prompt for row in rows if row.arm == "reference"}
    for row in rows:
        assert kept.findall(row.prompt) == kept.findall(reference[row.item_id])
        assert count.findall(row.prompt) == count.findall(reference[row.item_id])


@pytest.mark.usefixtures("voiced")
@pytest.mark.parametrize("config", tasks.CONFIGS)
def test_each_voice_has_as_many_typing_slips_and_what_cannot_be_made_is_left_out(config: str) -> None:
    by_item: dict[str, dict[str, Prompt]] = defaultdict(dict)
    for split in tasks.SPLITS:
        for row in prompts(config, split, (ONE, TWO)):
            by_item[row.item_id][row.arm] = row
    held = Counter(arm for rows in by_item.values() for arm in rows)
    assert held["two"] == held["typo_two"] == 0
    assert held["explicit_two"] == len(tasks.tasks(config))
    assert 0 < held["one"] < len(by_item)
    assert 0.98 * held["one"] < held["typo_one"] <= held["one"]
    for rows in by_item.values():
        if "typo_one" in rows:
            assert len(rows["typo_one"].edits) == len(rows["one"].edits) == rows["one"].dose


@pytest.mark.usefixtures("voiced")
def test_the_scope_opener_leaves_the_task_alone() -> None:
    for row in rows_of("education_reasoning", scope="opener"):
        task = tasks.tasks("education_reasoning")[row.item_id].item.question
        if row.role == "treatment":
            assert task in row.prompt
            assert row.edits
    whole = sum(row.dose for row in rows_of("education_reasoning") if row.role == "treatment")
    opener = sum(row.dose for row in rows_of("education_reasoning", scope="opener") if row.role == "treatment")
    assert 0 < opener < whole


@pytest.mark.usefixtures("voiced")
def test_fixed_length_rows_differ_from_the_others_in_their_instruction_alone() -> None:
    rows = {(row.item_id, row.arm): row for row in rows_of("education_requests")}
    fixed = [row for row in rows.values() if row.arm.endswith("_fixed")]
    assert {row.item_id for row in fixed} == set(tasks.with_fixed_length())
    for row in fixed:
        free = rows[row.item_id, row.arm.removesuffix("_fixed")]
        assert (row.prompt, row.edits, row.role) == (free.prompt, free.edits, free.role)
        assert row.system == free.system + recipes.FIXED
    assert not any(row.arm.endswith("_fixed") for row in rows_of("education_reasoning"))


@pytest.mark.usefixtures("voiced")
@pytest.mark.parametrize("config", tasks.CONFIGS)
def test_only_stated_backgrounds_name_a_group(config: str) -> None:
    for row in rows_of(config):
        named = GROUP_TERMS.search(row.prompt)
        assert bool(named) == (row.role == "explicit"), row.prompt


@pytest.mark.usefixtures("voiced")
@pytest.mark.parametrize("config", tasks.CONFIGS)
def test_every_opener_and_order_is_met_about_equally_often(config: str) -> None:
    rows = [row for row in prompts(config, "test", (ONE,)) if row.arm == "reference"]
    for ids, known in (
        ([row.realization_id for row in rows], content.openers(config.removeprefix("education_"))),
        ([row.template_id for row in rows], content.templates()),
    ):
        met = Counter(ids)
        assert met.keys() == known.keys()
        assert max(met.values()) - min(met.values()) <= max(2, 0.1 * len(rows) / len(known))


@pytest.mark.usefixtures("voiced")
def test_rows_do_not_depend_on_what_was_made_before() -> None:
    first = list(prompts("education_requests", "validation", (ONE,)))
    again = list(prompts("education_requests", "validation", (TWO, ONE)))
    made = {row.row_id: row for row in again}
    assert all(made[row.row_id] == row for row in first)


@pytest.mark.parametrize("scope", ["message", "opener"])
@pytest.mark.parametrize("config", tasks.CONFIGS)
def test_every_voice_finds_its_places_in_what_learners_say(config: str, scope: str) -> None:
    """Each of the shipped voices turns nearly every task, so that what is left out selects none."""
    rows = [row for split in tasks.SPLITS for row in prompts(config, split, scope=scope)]
    held = Counter(row.arm for row in rows)
    free = [arm.name for arm in arms(config) if not arm.name.endswith("_fixed")]
    assert min(held[arm] for arm in free) >= 0.95 * len(tasks.tasks(config)), held
    by_key = {(row.item_id, row.arm): row for row in rows}
    for row in rows:
        if row.arm.startswith("typo_") and not row.arm.endswith("_fixed"):
            assert row.dose == by_key[row.item_id, row.arm.removeprefix("typo_")].dose
        assert undo_edits(row.prompt, row.edits) == by_key[row.item_id, "reference"].prompt


def test_contrasts_name_arms_that_there_are_and_one_is_primary() -> None:
    for config in tasks.CONFIGS:
        names = {arm.name for arm in arms(config)}
        found = contrasts(config)
        assert {name for one in found for name in (one.arm, one.reference)} <= names
        assert {one.outcome for one in found} == set(MEASURES[config])
        assert [(one.arm, one.outcome) for one in found if one.primary] == [("aae", MEASURES[config][0])]
        for one in found:
            voice = one.arm.removesuffix("_fixed") in {voice.name for voice in VOICES}
            assert one.placebos == ((f"typo_{one.arm}",) if voice else ())
            assert one.placebo_reference == ("reference_fixed" if one.arm.endswith("_fixed") else "reference")
            assert {*one.placebos, one.placebo_reference} <= names
        assert len({(one.arm, one.reference, one.outcome) for one in found}) == len(found)
    assert len(VOICES) == 6


# --- one item, as written here


@pytest.fixture
def literal(monkeypatch: pytest.MonkeyPatch, voiced: None) -> SimpleNamespace:
    task = tasks.tasks("education_reasoning")["packing-01-1"]
    monkeypatch.setattr(recipes, "asked_items", lambda config, split: [task.item])
    return SimpleNamespace(rows={row.arm: row for row in prompts("education_reasoning", "test", (ONE,))})


PLAIN = "My teacher gives us a problem like this every week, but it is hard to follow her. She is always busy, and she doesn't explain anything. I want to know how she gets the answer. A baker has 50 rolls, and she puts 9 rolls in each bag. She doesn't leave any roll out, so the last bag isn't full. How many bags does she need?"

TYPOS = "My teacher gives us a problem like this every week, but it is hard to follow her. She is always busy, and she doesn't explian anything. I want to know how she gets the answer. A baker has 50 rolls, and she puts 9 rolls in each bag. She doesn't levae any roll out, so the last bag isn't flul. How many bags does she need?"

ROW = {
    "row_id": "f9f03d5e89cd58e9c94eccd800ba5331",
    "item_id": "packing-01-1",
    "arm": "one",
    "role": "treatment",
    "family": "test",
    "realization_id": "p01",
    "template_id": "t01",
    "replicate": 0,
    "stratum": "packing",
    "dose": 3,
    "system": 'Help with the problem. End with a last line that has the word "Answer", a colon and nothing but the answer.',
    "prompt": "My teacher gives us a problem like this every week, but it is hard to follow her. She is always busy, and she don't explain anything. I want to know how she gets the answer. A baker has 50 rolls, and she puts 9 rolls in each bag. She don't leave any roll out, so the last bag ain't full. How many bags does she need?",
    "choices": ["6"],
    "gold": 0,
    "accepted": [["6"]],
    "outcome": "exact",
    "edits": [
        {"start": 110, "end": 117, "before": "doesn't", "after": "don't", "rule": "test"},
        {"start": 236, "end": 243, "before": "doesn't", "after": "don't", "rule": "test"},
        {"start": 280, "end": 285, "before": "isn't", "after": "ain't", "rule": "test"},
    ],
    "topic": "packing",
    "source": "generated from wording packing-01",
    "license": "CC-BY-4.0",
    "answer_kind": "number",
    "requirements": "[]",
}


def test_one_item_in_every_arm_reads_as_written_here(literal: SimpleNamespace) -> None:
    assert {arm: row.prompt for arm, row in literal.rows.items()} == {
        "reference": PLAIN,
        "repeat": PLAIN,
        "one": PLAIN.replace("doesn't", "don't").replace("isn't", "ain't"),
        "typo_one": TYPOS,
        "explicit_standard": f"At home we speak standard English. {PLAIN}",
        "explicit_one": f"At home we speak Test English. {PLAIN}",
    }


def test_a_row_in_full(literal: SimpleNamespace) -> None:
    assert literal.rows["one"].to_row() == ROW
    assert list(literal.rows["one"].to_row()) == list(ROW)
