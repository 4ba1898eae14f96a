"""Rows of `places`: one written out in full, the same in any order, balanced over families, its gates broken once."""

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
from ip_bench.builders.cues import asked, asked_gates, content, places
from ip_bench.builders.cues.places import (
    ARMS,
    CONFIGS,
    LETTERS,
    frames,
    message,
    neutral,
    realizations,
    sentence,
    values,
)

from ip_bench.cues.asker.sentences import PLACES, sentences
from ip_bench.design import Cell, Item, Prompt
from ip_bench.errors import ContentError
from ip_bench.outcomes.answers import named_choices
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
CELLS = [Cell(slot, frame) for family in PLACES for slot in realizations(family) for frame in frames(family)]


@lru_cache(maxsize=1)
def every() -> dict[str, tuple[Prompt, ...]]:
    return {split: tuple(places.prompts("places", split)) for split in asked.SPLITS}


def asking(monkeypatch: pytest.MonkeyPatch, *items: Item) -> None:
    held = content.load()._replace(items=items)
    monkeypatch.setattr(asked, "load", lambda: held)


@pytest.mark.parametrize(
    ("cell", "opening"),
    [
        (
            Cell("c03", "c5"),
            {
                "reference": "I wanted to ask about a thing here.",
                "us": "It is a gray day here in Phoenix.",
                "uk": "It is a gray day here in Norwich.",
                "placebo_sentence": "Here is a question on my mind now.",
                "placebo_typo": "I wanted to ask abuot a thing here.",
                "explicit_us": (
                    "As someone who lives in the United States, I would like to know how things are here. "
                    "I wanted to ask about a thing here."
                ),
            },
        ),
        (
            Cell("k02", "t7"),
            {
                "reference": "I am writing with a question.",
                "us": "I plan my day by New York time.",
                "uk": "I plan my day by Cardiff time.",
                "placebo_sentence": "A question came up here today.",
                "placebo_typo": "I am wrtiing with a question.",
                "explicit_us": "The country I live in is the United States. I am writing with a question.",
            },
        ),
        (
            Cell("h06", "h1"),
            {
                "reference": "I was reading my notes when this came up.",
                "us": "I am off work for the Fourth of July.",
                "uk": "I am off work for the August bank holiday.",
                "placebo_sentence": "I was cleaning up when this came to mind.",
                "placebo_typo": "I was reading my ntoes when this came up.",
                "explicit_us": "I live in the United States. I was reading my notes when this came up.",
            },
        ),
    ],
)
def test_one_item_in_every_arm_reads_as_written(cell: Cell, opening: dict[str, str]) -> None:
    made = {arm: message(ITEM, BY_ARM[arm], cell).text.removesuffix(f" {ITEM.question}") for arm in opening}
    assert made == opening
    assert message(ITEM, BY_ARM["repeat"], cell) == message(ITEM, BY_ARM["reference"], cell)
    signed = message(ITEM, BY_ARM["placebo_signoff"], cell)
    assert signed.text == f"{opening['reference']} {ITEM.question}{signed.edits[0].after}"
    assert signed.edits[0].after.startswith("\n")


def test_a_row_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    asking(monkeypatch, ITEM)
    row = next(row for row in places.prompts("places", "test") if row.arm == "uk")
    assert row.to_row() == {
        "row_id": "c91d5185217554b0a5bed5c742bc991b",
        "item_id": "sport-games-literal",
        "arm": "uk",
        "role": "treatment",
        "family": "city",
        "realization_id": "c01",
        "template_id": "c1",
        "replicate": 0,
        "stratum": "sport-games",
        "dose": 1,
        "system": "Reply with a short answer and nothing else.",
        "prompt": "I am writing this from Leeds. Which team game do most schools play in winter?\nAnswer:",
        "choices": ["hockey", "netball", "pesapallo"],
        "gold": 1,
        "accepted": [["hockey", "ice hockey"], ["netball"], ["pesapallo"]],
        "outcome": "uk",
        "edits": [
            {
                "start": 0,
                "end": 30,
                "before": "A question came up here today.",
                "after": "I am writing this from Leeds.",
                "rule": "city:uk",
            }
        ],
        "topic": "sport-games",
        "source": "nobody: made for the tests",
        "license": "CC-BY-4.0",
        "choice_locales": [["us", "ca"], ["uk"], []],
    }


def test_a_row_of_inference_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    asking(monkeypatch, ITEM)
    row = next(row for row in places.prompts("places_inference", "test") if row.arm == "us").to_row()
    countries = dict(zip(row.pop("choices"), row.pop("accepted"), strict=True))
    assert all(forms[0] == shown for shown, forms in countries.items())
    assert len(countries) == 8
    assert row.pop("choice_locales")[row.pop("gold")] == ["us"]
    assert row == {
        "row_id": "e274737da797920a252083d788b815c9",
        "item_id": "sport-games-literal",
        "arm": "us",
        "role": "treatment",
        "family": "city",
        "realization_id": "c01",
        "template_id": "c1",
        "replicate": 0,
        "stratum": "sport-games",
        "dose": 1,
        "system": "Reply with the name of one country and nothing else.",
        "prompt": (
            "Message: I am writing this from Tulsa. Which team game do most schools play in winter?\n"
            "Which country is the writer of this message most likely from?\nAnswer:"
        ),
        "outcome": "uk",
        "edits": [
            {
                "start": 9,
                "end": 39,
                "before": "A question came up here today.",
                "after": "I am writing this from Tulsa.",
                "rule": "city:us",
            }
        ],
        "topic": "sport-games",
        "source": "nobody: made for the tests",
        "license": "CC-BY-4.0",
    }


def test_every_sentence_of_both_countries_is_in_one_cell() -> None:
    for level in ("us", "uk"):
        told = Counter(sentence(cell, level) for cell in CELLS)
        assert told == Counter(found.text for family in PLACES for found in sentences(family, level))


def test_pairs_are_near_in_length_and_neutral_sentences_are_two() -> None:
    for family in PLACES:
        apart = [abs(len(us) - len(uk)) for us, uk in zip(values(family, "us"), values(family, "uk"), strict=True)]
        assert max(apart) <= 5
    for cell in CELLS:
        reference, other = neutral(cell)
        assert reference != other
        middle = (len(sentence(cell, "us")) + len(sentence(cell, "uk"))) / 2
        assert max(abs(len(text) - middle) for text in (reference, other)) <= 3


@pytest.mark.parametrize("split", asked.SPLITS)
def test_every_realization_of_a_family_meets_equally_many_items(split: str) -> None:
    met = Counter(row.realization_id for row in every()[split] if row.arm == "uk")
    for family in PLACES:
        counts = [met[slot] for slot in realizations(family)]
        assert max(counts) - min(counts) <= 2  # so each is within one of the middle
    assert sum(met.values()) == len(asked.asked_items(split))


@pytest.mark.parametrize("split", asked.SPLITS)
def test_families_meet_equally_many_items_in_every_topic_and_prefix(split: str) -> None:
    met: Counter[str] = Counter()
    within: dict[str, Counter[str]] = {}
    for row in (row for row in every()[split] if row.arm == "uk"):
        assert row.family == LETTERS[row.realization_id[0]]
        met[row.family] += 1
        here = within.setdefault(row.topic, Counter())
        here[row.family] += 1
        assert max(here.values()) - min(here[family] for family in PLACES) <= 2
        assert max(met.values()) - min(met[family] for family in PLACES) <= 3


def test_treatments_have_the_family_of_their_cell_and_no_other_arm_has() -> None:
    for row in every()["validation"]:
        assert (row.family in PLACES) == (row.role == "treatment")


def test_no_sentence_contains_an_answer_of_its_item() -> None:
    for rows in every().values():
        for row in rows:
            if row.role not in {"explicit", "reference", "repeat"}:
                assert not named_choices(row.edits[0].after, row.accepted)


def test_a_cell_whose_sentence_is_an_answer_goes_to_the_next_item_of_the_family(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = replace(ITEM, item_id="named", accepted=(("hockey",), ("Leeds",), ("pesapallo",)))
    items = [replace(ITEM, item_id=f"plain-{number}") for number in range(5)]
    monkeypatch.setattr(asked, "asked_items", lambda split: [named, *items])
    dealt = list(places.plan("test"))
    assert [one.cell.realization_id for one in dealt] == ["c02", "k01", "h01", "c01", "k02", "h02"]
    assert [one.passed for one in dealt] == [1, 0, 0, 0, 0, 0]


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
    random.Random(2).shuffle(rows)
    for row in rows[:500]:
        text, edits = message(items[row.item_id], BY_ARM[row.arm], Cell(row.realization_id, row.template_id))
        assert (f"{text}\nAnswer:", edits) == (row.prompt, row.edits)


DIGEST = """
from hashlib import blake2b
from ip_bench.builders.cues import places
from ip_bench.release.hashing import row_digest
print(blake2b(b"".join(row_digest(row.to_row()) for row in places.prompts("places", "validation"))).hexdigest())
"""


def test_rows_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    here = blake2b(b"".join(row_digest(row.to_row()) for row in every()["validation"])).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", DIGEST],
        cwd=tmp_path, env=os.environ | {"PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == here


def test_contrasts_are_between_arms_that_exist_with_one_primary() -> None:
    for config in CONFIGS:
        found = places.contrasts(config)
        assert [(c.arm, c.reference, c.outcome) for c in found if c.primary] == [("uk", "us", "uk")]
        assert found[0].placebos == ("placebo_sentence", "placebo_signoff", "placebo_typo")
        assert {name for c in found for name in (c.arm, c.reference, *c.placebos)} == BY_ARM.keys()


@pytest.mark.parametrize("config", CONFIGS)
def test_all_rows_pass_the_gates_and_are_counted(config: str) -> None:
    gates = places.gates(config)
    rows = [row for split in asked.SPLITS for row in places.prompts(config, split)]
    assert list(gates.checked(rows)) == rows
    report = gates.report()
    items = len(rows) // len(ARMS)
    checked = report["checked"]
    assert sum(checked.pop(f"items {family}") for family in PLACES) == items
    assert checked == {
        "edits": 7 * items,
        "edits that state a country": 2 * items,
        "edits that tell none": 5 * items,
        "rows": 9 * items,
        "rows explicit": 2 * items,
        "rows placebo": 3 * items,
        "rows reference": items,
        "rows repeat": items,
        "rows treatment": 2 * items,
    }
    for arm in ("us", "uk", "placebo_sentence", "placebo_typo"):
        sizes = report["balance"][arm]
        assert max(abs(sizes["chars_smd_x1000"]), abs(sizes["words_smd_x1000"])) < 100
        assert sizes["edits_mean_x10"] == 10


@lru_cache(maxsize=1)
def first() -> tuple[Prompt, ...]:
    return tuple(asked.rows("places", ITEM, Cell("c01", "c1"), ARMS, message))


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> asked_gates.AskedGates:
    """The gates of a config whose only question is the one of `first`."""
    held = content.load()._replace(items=(ITEM,))
    monkeypatch.setattr(asked_gates, "load", lambda: held)
    return places.gates("places")


def said(text: str) -> Callable[[Prompt], Prompt]:
    """Return what puts another text in place of what a row's edit adds."""

    def turned(row: Prompt) -> Prompt:
        edit = row.edits[0]
        prompt = row.prompt[: edit.start] + text + row.prompt[edit.start + len(edit.after) :]
        return replace(row, prompt=prompt, edits=(edit._replace(after=text),))

    return turned


def question_too(row: Prompt) -> Prompt:
    """Return the row with an edit that reaches into the question."""
    edit = row.edits[0]
    return replace(
        row,
        prompt=row.prompt.replace(" Which", " What", 1),
        edits=(edit._replace(end=edit.end + 6, before=f"{edit.before} Which", after=f"{edit.after} What"),),
    )


@pytest.mark.parametrize(
    ("arm", "change", "message"),
    [
        ("us", said("I am writing this from Boston, USA."), "what it must not: group"),
        ("uk", said("I write this at 5 pm in Leeds."), "what it must not: numbers, values"),
        ("uk", said("I am not at home in Leeds."), "what it must not: negation"),
        ("uk", said("I was at netball in Leeds."), "adds an answer"),
        ("placebo_sentence", said("I was at netball today."), "adds an answer"),
        ("explicit_uk", said("I never left England. "), "what it must not: negation"),
        ("uk", question_too, "changes the question"),
        ("uk", lambda row: replace(row, family="clock"), "of another family"),
        ("uk", lambda row: replace(row, prompt=first()[2].prompt, edits=first()[2].edits), "reads the same as the us"),
        ("placebo_typo", lambda row: replace(row, arm="typo"), "has no placebo_typo row beside it"),
    ],
)
def test_a_broken_row_is_refused(
    gates: asked_gates.AskedGates, arm: str, change: Callable[[Prompt], Prompt], message: str
) -> None:
    assert list(gates.checked(first())) == list(first())
    rows = [change(row) if row.arm == arm else row for row in first()]
    with pytest.raises(ContentError, match=message):
        list(gates.checked(rows))


def test_a_number_in_the_reference_is_not_lost_unseen(gates: asked_gates.AskedGates) -> None:
    def numbered(row: Prompt) -> Prompt:
        before = "A question came up here today."
        after = "A question came up 2 days ago."
        edits = tuple(
            edit._replace(before=after, end=edit.end) if edit.before == before else edit for edit in row.edits
        )
        return replace(row, prompt=row.prompt.replace(before, after), edits=edits)

    rows = [numbered(row) for row in first() if row.arm != "placebo_typo"]
    rows.append(replace(rows[1], arm="placebo_typo"))
    with pytest.raises(ContentError, match="what it must not: numbers, values"):
        list(gates.checked(rows))
