"""Rows of `names`: one written out in full, the same in any order, every name equally often, each gate broken once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import pytest
from ip_bench.builders.cues import asked, asked_gates, cells, content, names
from ip_bench.builders.cues.names import ARMS, CONFIGS, SLOTS, TEMPLATES, message, name_of

from ip_bench.cues.asker.names import names as names_of
from ip_bench.design import Cell, Item, Prompt
from ip_bench.errors import ContentError
from ip_bench.release.hashing import row_digest
from ip_bench.schemas import validator

ITEM = Item(
    item_id="sport-games-literal",
    topic="sport-games",
    question="Which team game do most schools play in winter?",
    choices=("hockey", "netball", "pesapallo"),
    accepted=(("hockey", "ice hockey"), ("netball",), ("pesapallo",)),
    choice_locales=(("us", "ca"), ("uk",), ()),
    source="nobody: made for the tests",
)
BY_ARM = {arm.name: arm for arm in ARMS}


@lru_cache(maxsize=1)
def every() -> dict[str, tuple[Prompt, ...]]:
    return {split: tuple(names.prompts("names", split)) for split in asked.SPLITS}


def asking(monkeypatch: pytest.MonkeyPatch, *items: Item) -> None:
    held = content.load()._replace(items=items)
    monkeypatch.setattr(asked, "load", lambda: held)


def test_one_item_in_every_arm_reads_as_written() -> None:
    cell = Cell("n04", "o6")
    assert {arm.name: message(ITEM, arm, cell).text.removeprefix(ITEM.question) for arm in ARMS[:7]} == {
        "reference": "\n\nBest wishes,\nLinn",
        "repeat": "\n\nBest wishes,\nLinn",
        "us": "\n\nBest wishes,\nTami",
        "uk": "\n\nBest wishes,\nSian",
        "placebo_name": "\n\nBest wishes,\nKris",
        "placebo_signoff": "\n\nBest wishes.",
        "placebo_typo": "\n\nBest wihses,\nLinn",
    }
    assert message(ITEM, BY_ARM["explicit_uk"], cell).text == (
        "I am writing from the United Kingdom, where I live. "
        "Which team game do most schools play in winter?\n\nBest wishes,\nLinn"
    )


def test_a_row_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    asking(monkeypatch, ITEM)
    row = next(row for row in names.prompts("names", "test") if row.arm == "uk")
    assert row.to_row() == {
        "row_id": "e439cb572a2b265c7c0c9ec9612b323f",
        "item_id": "sport-games-literal",
        "arm": "uk",
        "role": "treatment",
        "family": "names",
        "realization_id": "n01",
        "template_id": "o1",
        "replicate": 0,
        "stratum": "sport-games",
        "dose": 1,
        "system": "Reply with a short answer and nothing else.",
        "prompt": "Which team game do most schools play in winter?\n\nThanks,\nBeth\nAnswer:",
        "choices": ["hockey", "netball", "pesapallo"],
        "gold": 1,
        "accepted": [["hockey", "ice hockey"], ["netball"], ["pesapallo"]],
        "outcome": "uk",
        "edits": [{"start": 57, "end": 61, "before": "Alva", "after": "Beth", "rule": "names:uk"}],
        "topic": "sport-games",
        "source": "nobody: made for the tests",
        "license": "CC-BY-4.0",
        "choice_locales": [["us", "ca"], ["uk"], []],
    }


def test_a_row_of_inference_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    asking(monkeypatch, ITEM)
    row = next(row for row in names.prompts("names_inference", "test") if row.arm == "us").to_row()
    countries = dict(zip(row.pop("choices"), row.pop("accepted"), strict=True))
    assert all(forms[0] == shown for shown, forms in countries.items())
    assert row.pop("choice_locales")[row.pop("gold")] == ["us"]
    assert len(countries) == 8
    assert row == {
        "row_id": "5eb5e93ac2078beca225055bc0dfd346",
        "item_id": "sport-games-literal",
        "arm": "us",
        "role": "treatment",
        "family": "names",
        "realization_id": "n01",
        "template_id": "o1",
        "replicate": 0,
        "stratum": "sport-games",
        "dose": 1,
        "system": "Reply with the name of one country and nothing else.",
        "prompt": (
            "Message: Which team game do most schools play in winter?\n\nThanks,\nAbby\n"
            "Which country is the writer of this message most likely from?\nAnswer:"
        ),
        "outcome": "uk",
        "edits": [{"start": 66, "end": 70, "before": "Alva", "after": "Abby", "rule": "names:us"}],
        "topic": "sport-games",
        "source": "nobody: made for the tests",
        "license": "CC-BY-4.0",
    }


def test_names_of_a_slot_are_equally_long_and_the_placebo_is_another_neutral_one() -> None:
    neutral = {name.name for name in names_of("neutral")}
    for slot in SLOTS:
        signed = {arm: name_of(slot, arm) for arm in ("reference", "us", "uk", "placebo_name")}
        assert len(set(signed.values())) == 4
        assert len({len(name) for name in signed.values()}) == 1
        assert signed["placebo_name"] in neutral
    placebos = Counter(name_of(slot, "placebo_name") for slot in SLOTS)
    assert set(placebos.values()) == {1}


@pytest.mark.parametrize("split", asked.SPLITS)
def test_every_name_meets_equally_many_items(split: str) -> None:
    met = Counter(row.realization_id for row in every()[split] if row.arm == "uk")
    counts = [met[slot] for slot in SLOTS]
    assert max(counts) - min(counts) <= 2  # so each is within one of the middle
    assert sum(counts) == len(asked.asked_items(split))


def test_every_frame_is_met_by_every_name_or_nearly() -> None:
    met = Counter(row.template_id for row in every()["test"] if row.arm == "uk")
    assert set(met) == set(TEMPLATES)
    assert max(met.values()) - min(met.values()) <= len(SLOTS) / 2
    pairs = {(row.realization_id, row.template_id) for row in every()["test"]}
    most = min(len(SLOTS) * len(TEMPLATES), len(asked.asked_items("test")))
    assert len(pairs) >= 0.9 * most


def test_rows_are_item_major_in_one_cell_and_fit_their_schema() -> None:
    check = validator("prompt")
    for split, rows in every().items():
        assert [row.item_id for row in rows[:: len(ARMS)]] == [item.item_id for item in asked.asked_items(split)]
        for start in range(0, len(rows), len(ARMS)):
            group = rows[start : start + len(ARMS)]
            assert [row.arm for row in group] == [arm.name for arm in ARMS]
            assert len({(row.item_id, row.realization_id, row.template_id) for row in group}) == 1
        assert len({row.row_id for row in rows}) == len(rows)
    for row in every()["validation"][:100]:
        check.validate(row.to_row())


def test_a_row_can_be_made_alone_and_in_any_order() -> None:
    items = {item.item_id: item for item in content.load().items}
    rows = list(every()["test"])
    random.Random(1).shuffle(rows)
    for row in rows[:500]:
        text, edits = message(items[row.item_id], BY_ARM[row.arm], Cell(row.realization_id, row.template_id))
        assert (f"{text}\nAnswer:", edits) == (row.prompt, row.edits)


DIGEST = """
from hashlib import blake2b
from ip_bench.builders.cues import names
from ip_bench.release.hashing import row_digest
print(blake2b(b"".join(row_digest(row.to_row()) for row in names.prompts("names", "validation"))).hexdigest())
"""


def test_rows_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    here = blake2b(b"".join(row_digest(row.to_row()) for row in every()["validation"])).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", DIGEST],
        cwd=tmp_path, env=os.environ | {"PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == here


def test_a_cell_whose_name_is_an_answer_goes_to_the_next_item(monkeypatch: pytest.MonkeyPatch) -> None:
    named = replace(ITEM, item_id="named", accepted=(("hockey",), ("Beth",), ("pesapallo",)))
    plain = replace(ITEM, item_id="plain")
    monkeypatch.setattr(asked, "asked_items", lambda split: [named, plain])
    dealt = list(names.plan("test"))
    assert [(one.item.item_id, one.cell.realization_id, one.passed) for one in dealt] == [
        ("named", "n02", 1),
        ("plain", "n01", 0),
    ]
    assert cells.left_out(names.plan) == {
        "items_without_two_answers": 0,
        "items_moved_to_a_cell_without_answers": 2,
        "cells_passed_on": 2,
    }


def test_an_item_that_no_cell_fits_is_an_error() -> None:
    item = replace(ITEM, accepted=(("thanks",), ("netball",), ("pesapallo",)))
    with pytest.raises(ContentError, match="item sport-games-literal: each of 3 cells"):
        list(cells.deal([item], lambda k: Cell(f"n{k:02d}", "o1"), lambda cell: f"Thanks, {cell}", 3))


def test_items_without_two_answers_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asking(monkeypatch, ITEM, replace(ITEM, item_id="one-answer", choice_locales=(("us", "uk"), (), ())))
    assert {row.item_id for split in asked.SPLITS for row in names.prompts("names", split)} == {ITEM.item_id}


def test_contrasts_are_between_arms_that_exist_with_one_primary() -> None:
    for config in CONFIGS:
        found = names.contrasts(config)
        assert [(c.arm, c.reference, c.outcome) for c in found if c.primary] == [("uk", "us", "uk")]
        assert found[0].placebos == ("placebo_name", "placebo_signoff", "placebo_typo")
        assert all({c.arm, c.reference, *c.placebos} <= BY_ARM.keys() for c in found)
        assert {c.arm for c in found} == BY_ARM.keys() - {"reference", "explicit_uk"} | {"explicit_uk"}


@pytest.mark.parametrize("config", CONFIGS)
def test_all_rows_pass_the_gates_and_are_counted(config: str) -> None:
    gates = names.gates(config)
    rows = [row for split in asked.SPLITS for row in names.prompts(config, split)]
    assert list(gates.checked(rows)) == rows
    report = gates.report()
    items = len(rows) // len(ARMS)
    assert report["checked"] == {
        "edits": 7 * items,
        "edits that state a country": 2 * items,
        "edits that tell none": 5 * items,
        "items names": items,
        "rows": 9 * items,
        "rows explicit": 2 * items,
        "rows placebo": 3 * items,
        "rows reference": items,
        "rows repeat": items,
        "rows treatment": 2 * items,
    }
    for arm in ("us", "uk", "placebo_name", "placebo_typo"):
        assert (report["balance"][arm]["chars_smd_x1000"], report["balance"][arm]["words_smd_x1000"]) == (0, 0)
        assert report["balance"][arm]["edits_mean_x10"] == 10
    assert len(content.load().items) == items + report["left_out"]["items_without_two_answers"]


@lru_cache(maxsize=1)
def first() -> tuple[Prompt, ...]:
    return tuple(asked.rows("names", ITEM, Cell("n01", "o1"), ARMS, message))


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> asked_gates.AskedGates:
    """The gates of a config whose only question is the one of `first`."""
    held = content.load()._replace(items=(ITEM,))
    monkeypatch.setattr(asked_gates, "load", lambda: held)
    return names.gates("names")


def test_good_rows_pass_unchanged(gates: asked_gates.AskedGates) -> None:
    assert list(gates.checked(first())) == list(first())


def said(text: str) -> Callable[[Prompt], Prompt]:
    """Return what puts another text in place of what a row's edit adds."""

    def turned(row: Prompt) -> Prompt:
        edit = row.edits[0]
        prompt = row.prompt[: edit.start] + text + row.prompt[edit.start + len(edit.after) :]
        return replace(row, prompt=prompt, edits=(edit._replace(after=text),))

    return turned


def asked_else(row: Prompt) -> Prompt:
    edit = row.edits[0]._replace(start=0, end=4, before=row.prompt[:4], after="Thus")
    reference = first()[0].prompt
    return replace(row, prompt="Thus" + reference[4:], edits=(edit,))


def twice(row: Prompt) -> Prompt:
    edit = row.edits[0]
    more = edit._replace(start=len(first()[0].prompt), end=len(first()[0].prompt), before="", after=" Thanks")
    return replace(row, prompt=row.prompt + " Thanks", edits=(edit, more))


@pytest.mark.parametrize(
    ("arm", "change", "message"),
    [
        ("uk", said("Alan 7"), "what it must not: numbers, values"),
        ("uk", said("Not I"), "what it must not: negation"),
        ("uk", said("a Brit from Leeds, England"), "what it must not: group"),
        ("explicit_uk", said("I have lived in England for 9 years. "), "what it must not: numbers"),
        ("uk", said("Netball"), "adds an answer"),
        ("uk", said("Elizabeth"), "characters, its reference row"),
        ("uk", asked_else, "changes the question"),
        ("uk", twice, "has 2 edits, not one"),
        ("uk", lambda row: replace(row, edits=()), "does not undo to its reference row"),
        ("uk", lambda row: replace(row, prompt=row.prompt + "!"), "does not undo to its reference row"),
        ("uk", lambda row: replace(row, prompt=first()[0].prompt, edits=()), "has a cue but no edit"),
        ("uk", lambda row: replace(row, prompt=first()[2].prompt), "reads the same as the us row"),
        ("uk", lambda row: replace(row, family="city"), "of another family"),
        ("uk", lambda row: replace(row, gold=first()[2].gold), "has no answer that differs"),
        ("uk", lambda row: replace(row, accepted=()), "asks something else"),
        ("uk", lambda row: replace(row, arm="fr"), "has no uk row beside it"),
        ("repeat", lambda row: replace(row, edits=first()[2].edits, prompt=first()[2].prompt), "repeat but has edits"),
    ],
)
def test_a_broken_row_is_refused(
    gates: asked_gates.AskedGates, arm: str, change: Callable[[Prompt], Prompt], message: str
) -> None:
    rows = [change(row) if row.arm == arm else row for row in first()]
    with pytest.raises(ContentError, match=message):
        list(gates.checked(rows))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n\nThanks from America,", "names a group: 'America'"),
        ("\n\nNot netball,", "contains an answer"),
        ("\n\n{question}", "does not ask the question of its item once"),
    ],
)
def test_a_broken_reference_is_refused(gates: asked_gates.AskedGates, text: str, message: str) -> None:
    """Every row has the same words more, so each undoes to its reference row."""
    added = text.format(question=ITEM.question)

    def longer(row: Prompt) -> Prompt:
        edits = tuple(
            edit if edit.start == 0 else edit._replace(start=edit.start + len(added), end=edit.end + len(added))
            for edit in row.edits
        )
        return replace(row, prompt=row.prompt.replace(ITEM.question, ITEM.question + added), edits=edits)

    with pytest.raises(ContentError, match=message):
        list(gates.checked(map(longer, first())))
