# Literal rows are written in full:
# ruff: noqa: E501
"""The config `cultural_opinion`: a literal record, the rules of its content, the design, the gates, the same rows anywhere."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from ip_bench.builders.cues import opinion, opinion_content
from ip_bench.builders.cues.content import load as load_messages
from ip_bench.builders.cues.message import message
from ip_bench.builders.cues.opinion import ARMS, CONFIG, PER_ITEM, PLACEBOS, SEEDS, OpinionGates
from ip_bench.builders.cues.opinion_content import load, read, shown

from ip_bench.cues.edits import undo_edits
from ip_bench.cues.families import cue
from ip_bench.design import Cell, Item, Prompt
from ip_bench.effects.opinion import OUTCOMES, SHIFT
from ip_bench.effects.opinion_table import SCALES
from ip_bench.errors import ContentError
from ip_bench.release.features import features
from ip_bench.release.hashing import row_digest
from ip_bench.schemas import validator
from ip_bench.seeds import digest, rng, unit

SPLITS = ("test", "validation")


@lru_cache(maxsize=1)
def built() -> tuple[dict[str, list[Prompt]], dict[str, Any]]:
    """Return the gated rows of both splits and the report of the gates, made once."""
    gates = opinion.gates(CONFIG)
    return {split: list(gates.checked(opinion.prompts(CONFIG, split))) for split in SPLITS}, gates.report()


@lru_cache(maxsize=1)
def items() -> dict[str, Item]:
    return {item.item_id: item for item in load().items}


def rows() -> list[Prompt]:
    return [row for split in SPLITS for row in built()[0][split]]


# --- a literal record

MESSAGES = {
    "reference": "My list for today has my usual mug, the neat drawer and the spare cable on it. How important is it to read books for pleasure?",
    "repeat": "My list for today has my usual mug, the neat drawer and the spare cable on it. How important is it to read books for pleasure?",
    "us": "My list for today has my favorite mug, the organized drawer and the spare power strip on it. How important is it to read books for pleasure?",
    "uk": "My list for today has my favourite mug, the organised drawer and the spare extension lead on it. How important is it to read books for pleasure?",
    "au": "My list for today has my favourite mug, the organised drawer and the spare power board on it. How important is it to read books for pleasure?",
    "in": "My list for today has my favourite mug, the organised drawer and the spare extension board on it. How important is it to read books for pleasure?",
    "placebo_spacing": "My list for today has my  usual mug, the  neat drawer and the spare  cable on it. How important is it to read books for pleasure?",
    "placebo_synonym": "My list for today has my regular mug, the tidy drawer and the spare charger on it. How important is it to read books for pleasure?",
    "placebo_signoff": "My list for today has my usual mug, the neat drawer and the spare cable on it. How important is it to read books for pleasure?\nThank you for your time.\nWith best wishes,\nR.",
    "explicit_us": "I live in the United States. My list for today has my usual mug, the neat drawer and the spare cable on it. How important is it to read books for pleasure?",
    "explicit_uk": "I live in the United Kingdom. My list for today has my usual mug, the neat drawer and the spare cable on it. How important is it to read books for pleasure?",
    "explicit_au": "I live in Australia. My list for today has my usual mug, the neat drawer and the spare cable on it. How important is it to read books for pleasure?",
    "explicit_in": "I live in India. My list for today has my usual mug, the neat drawer and the spare cable on it. How important is it to read books for pleasure?",
}


def test_one_question_in_every_arm_reads_as_written_here() -> None:
    item = items()["leisure-reading-fun"]
    texts = {arm.name: message(item, arm, Cell("b01", "t01")).text for arm in ARMS}
    assert texts.pop("placebo_typo").endswith("on it. How important is it to read books for pleasure?")
    assert texts == MESSAGES


ROW: dict[str, Any] = {
    "row_id": "1fb5eca860899315469a197d025520d7",
    "item_id": "leisure-reading-fun",
    "arm": "in",
    "role": "treatment",
    "family": "locale",
    "realization_id": "b16",
    "template_id": "t07",
    "replicate": 0,
    "stratum": "leisure",
    "dose": 3,
    "system": "Reply with one of the options and nothing else.",
    "prompt": "Although my head is still full of the defence in the trial, and also of those meagre portions and my new swimming costume, something else just occurred to me. How important is it to read books for pleasure?\n"
    "Options: Not important; Slightly important; Fairly important; Very important\n"
    "Answer:",
    "choices": ["Not important", "Slightly important", "Fairly important", "Very important"],
    "gold": None,
    "accepted": [["Not important"], ["Slightly important"], ["Fairly important"], ["Very important"]],
    "outcome": "shift",
    "edits": [
        {"start": 38, "end": 46, "before": "evidence", "after": "defence", "rule": "in"},
        {"start": 79, "end": 85, "before": "modest", "after": "meagre", "rule": "in"},
        {"start": 106, "end": 111, "before": "towel", "after": "swimming costume", "rule": "in"},
    ],
    "topic": "leisure",
    "source": "written for this project; asks about: reading for pleasure",
    "license": "CC-BY-4.0",
    "choice_locales": [[], [], [], []],
    "scale": "ordinal",
}
DIGEST = "145c809e70d00c038d755fd1a1d3d2c99593398d0679b4c72f5fff0f04dfd0d5"


def test_one_row_is_as_written_here() -> None:
    row = next(r for r in rows() if (r.item_id, r.arm) == (ROW["item_id"], ROW["arm"]))
    assert row.to_row() == ROW
    assert row_digest(row.to_row()).hex() == DIGEST


# --- the content


def test_there_are_many_questions_on_many_topics_of_both_scales() -> None:
    topics = Counter(item.topic for item in load().items)
    assert len(load().items) >= 260
    assert len(topics) >= 14
    assert max(topics.values()) - min(topics.values()) <= 4
    assert Counter(load().scale.values())["nominal"] >= 30


def test_half_of_the_ordinal_questions_list_their_options_in_reverse() -> None:
    folder = Path(opinion_content.__file__).parent / "content" / "opinion"
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    records = [json.loads(line) for line in lines]
    names = [record["item_id"] for record in records]
    assert names == sorted(names)
    ordinal = [record for record in records if record["scale"] == "ordinal"]
    reverse = [record for record in ordinal if list(items()[record["item_id"]].choices) != record["options"]]
    assert 0.4 < len(reverse) / len(ordinal) < 0.6
    for record in reverse:
        assert list(items()[record["item_id"]].choices) == record["options"][::-1]


def test_no_word_of_a_question_is_written_otherwise_elsewhere() -> None:
    turns = [cue(family, locale) for family in ("spelling", "vocabulary") for locale in ("us", "uk", "au", "in")]
    for item in load().items:
        text = ". ".join([item.question, *item.choices])
        for turn in turns:
            assert turn(text, rng("unused")).text == text


GOOD = {
    "item_id": "toys-good",
    "topic": "toys",
    "question": "How important are toys?",
    "options": ["Very important", "Not important"],
    "scale": "ordinal",
    "construct": "toys",
}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"topic": "games"}, "topic must be 'toys'"),
        ({"item_id": "toy-1"}, "item_id must be toys-..."),
        ({"scale": "interval"}, "scale must be one of ordinal, nominal"),
        ({"question": "How important are toys"}, "ends with '?'"),
        ({"question": "How important are 2 toys?"}, "without digits"),
        ({"question": f"How {'very ' * 50}important are toys?"}, "at most 200 characters"),
        ({"question": "How important are British toys?"}, "a country or people is named: 'British'"),
        ({"question": "Which party has the best toys?"}, "a party or politician is named: 'party'"),
        ({"options": ["Good"]}, "options must be 2 to 5"),
        ({"options": ["Good", "Good; bad"]}, "without ';'"),
        ({"options": ["Good", f"Bad{' bad' * 20}"]}, "has more than 45 characters"),
        ({"options": ["Good", "Very good"]}, "option 'Good' is contained in 'Very good'"),
        ({"options": ["Good", "GOOD"]}, "is contained in"),
        ({"options": "Good"}, "options a list of texts"),
        ({"construct": ""}, "construct must be at most"),
        ({"note": "more"}, "fields are"),
    ],
)
def test_a_record_that_breaks_a_rule_is_refused_with_file_and_line(
    change: dict[str, Any], error: str, tmp_path: Path
) -> None:
    path = tmp_path / "toys.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in (GOOD, GOOD | change)), encoding="utf-8")
    with pytest.raises(ContentError) as raised:
        list(read(path))
    assert str(raised.value).startswith("toys.jsonl:2: ")
    assert error in str(raised.value)


def test_a_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "toys.jsonl").write_text("{\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"toys\.jsonl:1: not JSON"):
        list(read(tmp_path / "toys.jsonl"))


# --- the design


@pytest.mark.parametrize("split", SPLITS)
def test_each_block_and_lead_in_meets_equally_many_items(split: str) -> None:
    found = [row for row in built()[0][split] if row.arm == "reference"]
    for met in (Counter(row.realization_id for row in found), Counter(row.template_id for row in found)):
        assert max(met.values()) - min(met.values()) <= 6
    assert {row.realization_id for row in found} == set(load_messages().blocks)
    cells = Counter(row.item_id for row in found)
    assert set(cells.values()) == {PER_ITEM}
    assert (
        len({(row.item_id, row.realization_id) for row in found})
        == len({(row.item_id, row.template_id) for row in found})
        == len(found)
    )


def test_splits_are_disjoint_and_cover_the_items() -> None:
    ids = {split: {row.item_id for row in found} for split, found in built()[0].items()}
    assert not ids["test"] & ids["validation"]
    assert ids["test"] | ids["validation"] == set(items())
    assert 0.05 < len(ids["validation"]) / len(items()) < 0.15


def test_rows_have_ids_of_their_own_and_the_columns_of_the_config() -> None:
    found = rows()
    assert len({row.row_id for row in found}) == len(found) == len(ARMS) * PER_ITEM * len(items())
    assert set(found[0].to_row()) == set(features(opinion.columns(CONFIG)))
    check = validator("prompt")
    for row in found[:: len(found) // 200]:
        check.validate(row.to_row())
        assert (row.gold, row.extra["choice_locales"]) == (None, [[] for _ in row.choices])


def test_options_stand_in_one_order_in_every_arm_and_cell() -> None:
    ends = {}
    for row in rows():
        end = row.prompt[row.prompt.rindex("\nOptions: ") :]
        assert ends.setdefault(row.item_id, (row.choices, end)) == (row.choices, end)
        assert end == f"\nOptions: {'; '.join(row.choices)}\nAnswer:"


def test_scales_and_outcomes_are_those_that_effects_measure() -> None:
    assert opinion_content.SCALES == SCALES
    assert (opinion.SHIFT, opinion.DISTANCE) == OUTCOMES


def test_contrasts_are_between_arms_that_exist_with_one_primary() -> None:
    names = {arm.name for arm in ARMS}
    declared = opinion.contrasts(CONFIG)
    assert list(dict.fromkeys(one.outcome for one in declared)) == list(OUTCOMES)
    for outcome in OUTCOMES:
        arms = [one.arm for one in declared if one.outcome == outcome]
        assert len(set(arms)) == len(arms)  # a metric is named by its arm
        assert set(arms) == names - {"reference"}
    assert [(one.arm, one.reference, one.outcome) for one in declared if one.primary] == [("uk", "us", SHIFT)]
    for one in declared:
        assert {one.arm, one.reference, *one.placebos} <= names
        assert one.placebos == (() if one.arm in {*PLACEBOS, "repeat"} else PLACEBOS)


# --- the gates


def test_every_row_was_checked_and_arms_are_alike_in_size() -> None:
    report = built()[1]
    assert report["checked"]["rows"] == report["checked"]["rows whose message names no option"] == len(rows())
    assert report["balance"]["placebo_synonym"]["edits_mean_x10"] == report["balance"]["uk"]["edits_mean_x10"] == 30
    assert all(abs(report["balance"][arm]["words_smd_x1000"]) < 100 for arm in ("us", "uk", "au", "in"))


def gated(change: dict[str, Any], arm: str = "uk") -> list[Prompt]:
    """Return the rows of one item and cell through the gates, after a change to one arm's row."""
    found = built()[0]["validation"][: len(ARMS)]
    return list(
        OpinionGates(CONFIG).checked(dataclasses.replace(row, **change) if row.arm == arm else row for row in found)
    )


def test_rows_pass_unchanged_and_a_row_that_breaks_a_gate_stops_the_build() -> None:
    found = {row.arm: row for row in built()[0]["validation"][: len(ARMS)]}
    assert gated({}) == list(found.values())
    uk, options = found["uk"], found["uk"].choices
    broken = {
        "does not ask the item's question": {"prompt": uk.prompt.replace("; ", ", ")},
        "with its options behind it": {"choices": options[::-1]},
        "names an option beside its question": {"prompt": f"{options[0]}: {uk.prompt}"},
        "does not undo": {"prompt": f"Well, {uk.prompt}"},
        "has a cue but no edit": {"prompt": found["reference"].prompt, "edits": ()},
        "reads the same as the us row": {"prompt": found["us"].prompt, "edits": found["us"].edits},
    }
    for error, change in broken.items():
        with pytest.raises(ContentError, match=error):
            gated(change)


# --- provenance and determinism


def test_the_declared_draws_make_the_rows_anew() -> None:
    row = built()[0]["test"][-1]
    known = {"item_id": row.item_id, "arm": row.arm, "realization_id": row.realization_id,
             "template_id": row.template_id, "replicate": row.replicate}  # fmt: skip
    seeds = {seed.decides.partition(":")[0]: seed for seed in SEEDS[CONFIG]}
    parts = [known[part[1:-1]] if part.startswith("{") else part for part in seeds["the key of a row"].parts]
    assert digest(*parts) == row.row_id
    split = seeds["the split of an item"]
    assert unit(split.parts[0], row.item_id) >= 0.1
    order = seeds["whether the options of a scale stand in reverse"]
    nominal = seeds["the order of options without a scale"]
    options = ["One", "Two", "Three"]
    for name in ("a", "b", "c", "d"):
        assert (shown(name, options, "ordinal")[0] == "Three") == (unit(order.parts[0], name) < 0.5)
        assert shown(name, options, "nominal")[0] == min(
            options, key=lambda option: digest(nominal.parts[0], name, option)
        )


def test_a_row_can_be_made_alone_and_undone() -> None:
    arms = {arm.name: arm for arm in ARMS}
    for row in built()[0]["test"][::301]:
        item = items()[row.item_id]
        text, edits = message(item, arms[row.arm], Cell(row.realization_id, row.template_id))
        assert (text + opinion.listed(item), edits) == (row.prompt, row.edits)
        assert undo_edits(row.prompt, row.edits).count("?") == 1


ROWS = """
from ip_bench.builders.cues import opinion
from ip_bench.release.hashing import content_hash
print(content_hash(row.to_row() for row in opinion.prompts("cultural_opinion", "validation")))
"""


def test_rows_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    made = {
        subprocess.run(
            [sys.executable, "-c", ROWS], cwd=tmp_path, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True,
            check=True, text=True,
        ).stdout
        for seed in ("1", "77")
    }  # fmt: skip
    assert len(made) == 1
