# Literal rows are written in full:
# ruff: noqa: E501
"""The content holds its own rules, and the recipe crosses it the same way on any machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from types import SimpleNamespace

import pytest
from ip_bench.builders.cues import content, recipes
from ip_bench.builders.cues.message import ARMS, lead_in, message

from ip_bench.cues.edits import undo_edits
from ip_bench.cues.gates import GROUP_TERMS
from ip_bench.cues.lexicon import LEXICONS, LOCALES, matcher
from ip_bench.design import Cell, Item, Prompt
from ip_bench.errors import ContentError
from ip_bench.outcomes.answers import normalize
from ip_bench.release.hashing import row_digest
from ip_bench.schemas import validator

ITEMS = content.load().items


# --- items


def test_there_are_at_least_400_items_with_their_own_ids_and_questions() -> None:
    assert len(ITEMS) >= 400
    assert len({item.item_id for item in ITEMS}) == len(ITEMS)
    assert len({normalize(item.question) for item in ITEMS}) == len(ITEMS)


def test_item_files_are_sorted_and_hold_their_own_topic() -> None:
    files = sorted(Path(content.__file__).parent.glob("content/items/*.jsonl"))
    assert len(files) >= 20
    for file in files:
        records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        ids = [record["item_id"] for record in records]
        assert ids == sorted(ids), file.name
        assert {record["topic"] for record in records} == {file.stem}
        assert all(name.startswith(f"{file.stem}-") for name in ids)


def test_every_item_has_three_choices_and_different_us_and_uk_answers() -> None:
    few = [item.item_id for item in ITEMS if len(item.choices) < 3]
    same = [
        item.item_id
        for item in ITEMS
        if None in {item.gold("us"), item.gold("uk")} or item.gold("us") == item.gold("uk")
    ]
    assert (few, same) == ([], [])


def test_every_accepted_form_belongs_to_one_choice() -> None:
    shared = {}
    for item in ITEMS:
        forms = Counter(form for forms in item.accepted for form in {normalize(form) for form in forms})
        if again := [form for form, count in forms.items() if count > 1 or not form]:
            shared[item.item_id] = again
    assert shared == {}


def test_choices_are_their_first_accepted_forms() -> None:
    for item in ITEMS:
        assert item.choices == tuple(forms[0] for forms in item.accepted)
        locales = [locale for locales in item.choice_locales for locale in locales]
        assert len(locales) == len(set(locales))
        assert item.source


def test_every_answer_has_a_source() -> None:
    for file in Path(content.__file__).parent.glob("content/items/*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            sourced = {locale for source in record["sources"] for locale in source["locales"]}
            assert sourced == set(record["answers"]), record["item_id"]


def test_no_question_has_a_locale_marked_word() -> None:
    marked = {
        (item.item_id, edit.before)
        for item in ITEMS
        for name in LEXICONS
        for level in LOCALES
        for edit in matcher(name, level).apply(item.question).edits
    }
    assert marked == set()


def test_no_question_names_a_place_or_one_of_its_answers() -> None:
    from ip_bench.outcomes.answers import named_choices

    placed = {item.item_id: found.group(0) for item in ITEMS if (found := GROUP_TERMS.search(item.question))}
    answered = {item.item_id for item in ITEMS if named_choices(item.question, item.accepted)}
    assert (placed, answered) == ({}, set())


def test_no_word_of_any_lead_in_is_an_answer() -> None:
    """Whatever the rotation brings together; the gates check the rows, this checks the whole cross."""
    held = content.load()
    words: dict[str, set[str]] = defaultdict(set)
    for block, slots in held.blocks.items():
        for slot in slots:
            for word in (slot.neutral, slot.synonym, *slot.forms.values()):
                text = f" {normalize(slot.phrase.replace('{w}', word))} "
                words[text].add(block)
    for texts in (held.templates, {name: " ".join(parts) for name, parts in held.signoffs.items()}):
        for name, text in texts.items():
            words[f" {normalize(text)} "].add(name)
    found = sorted(
        (item.item_id, block, form)
        for item in ITEMS
        for form in {normalize(form) for forms in item.accepted for form in forms if len(normalize(form)) > 1}
        for text, blocks in words.items()
        if f" {form} " in text
        for block in blocks
    )
    assert sorted(set(found)) == []


# --- blocks, templates, statements


def test_blocks_are_disjoint_word_types_with_three_slots() -> None:
    blocks = content.load().blocks
    assert len(blocks) >= 12
    assert {len(slots) for slots in blocks.values()} == {3}
    owners: dict[str, set[str]] = defaultdict(set)
    for block, slots in blocks.items():
        for slot in slots:
            for form in (slot.neutral, slot.synonym, *slot.forms.values()):
                owners[form.lower()].add(block)
            assert slot.forms["us"] != slot.forms["uk"]
            assert slot.neutral not in slot.forms.values()
            assert slot.synonym not in slot.forms.values()
    assert {form: sorted(held) for form, held in owners.items() if len(held) > 1} == {}


def test_neutral_words_and_phrases_tell_no_locale() -> None:
    held = content.load()
    texts = [lead_in(held, Cell(block, template)) for block in held.blocks for template in held.templates]
    texts += [
        message(ITEMS[0], arm, Cell(block, "t01")).text
        for block in held.blocks
        for arm in ARMS
        if arm.name == "placebo_synonym"
    ]
    marked = {
        (text, edit.before)
        for text in texts
        for name in LEXICONS
        for level in LOCALES
        for edit in matcher(name, level).apply(text.replace(ITEMS[0].question, "")).edits
    }
    assert marked == set()


def test_templates_have_three_slots_and_statements_one_place() -> None:
    held = content.load()
    assert len(held.templates) >= 12
    assert len(held.statements) >= 12
    for text in held.templates.values():
        assert all(text.count(f"{{{number}}}") == 1 for number in (1, 2, 3))
    assert all(text.count("{place}") == 1 for text in held.statements.values())
    assert set(held.places) == set(LOCALES)


def test_equal_answers_form_one_choice_in_an_order_fixed_by_hash() -> None:
    record = {
        "item_id": "sport-games-one",
        "topic": "sport-games",
        "question": "Which one?",
        "answers": {"us": ["soccer"], "uk": ["football", "footie"], "ie": ["football", "footie"]},
        "distractors": [{"text": "Fußball", "place": "Germany"}],
        "sources": [{"locales": ["us"], "source": "Book A"}, {"locales": ["uk", "ie"], "source": "Book B"}],
    }
    item = content.to_item(record)
    assert dict(zip(item.choices, item.choice_locales, strict=True)) == {
        "soccer": ("us",),
        "football": ("uk", "ie"),
        "Fußball": (),
    }
    assert item.source == "us: Book A; uk/ie: Book B"
    again = content.to_item(record | {"answers": dict(reversed(record["answers"].items()))})  # type: ignore[attr-defined]
    assert again.choices == item.choices


@pytest.mark.parametrize(
    ("line", "message_"),
    [
        ("{oops", r"bad.jsonl:1: not JSON"),
        ('{"item_id": "a-b"}', r"bad.jsonl:1: \$: '\w+' is a required property"),
    ],
)
def test_a_broken_record_is_named_with_its_line(line: str, message_: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(ContentError, match=message_):
        list(content._records(file, "item"))


# --- the design


@pytest.mark.parametrize("split", recipes.SPLITS)
def test_each_realization_meets_equally_many_items_in_each_complete_arm(split: str) -> None:
    items = recipes.asked_items(split)
    met: dict[str, Counter[str]] = defaultdict(Counter)
    for row in recipes.prompts("cultural", split):
        met[row.arm][row.realization_id] += 1
    everywhere = [arm.name for arm in ARMS if sum(met[arm.name].values()) == recipes.PER_ITEM * len(items)]
    assert {"reference", "us", "uk", "placebo_typo", "explicit_uk"} <= set(everywhere)
    blocks = list(content.load().blocks)
    for arm in everywhere:
        counts = [met[arm][block] for block in blocks]
        assert max(counts) - min(counts) <= 2, (arm, counts)  # so each is within one of the middle


def test_each_realization_meets_each_template_in_the_test_split() -> None:
    held = content.load()
    met = {Cell(row.realization_id, row.template_id) for row in recipes.prompts("cultural", "test") if row.arm == "uk"}
    assert met == {Cell(block, template) for block in held.blocks for template in held.templates}


def test_every_prefix_is_balanced_over_topics() -> None:
    items = recipes.asked_items("test")
    sizes = Counter(item.topic for item in items)
    met: Counter[str] = Counter()
    for item in items:
        met[item.topic] += 1
        most = max(met.values())
        assert all(met[topic] >= min(most - 1, size) for topic, size in sizes.items())


def test_splits_are_disjoint_and_cover_the_items() -> None:
    ids = {split: {item.item_id for item in recipes.asked_items(split)} for split in recipes.SPLITS}
    assert not ids["test"] & ids["validation"]
    assert ids["test"] | ids["validation"] == {item.item_id for item in ITEMS}
    assert 0.05 < len(ids["validation"]) / len(ITEMS) < 0.15


def test_rows_are_item_major_and_each_item_uses_the_same_cells_in_every_arm() -> None:
    rows = list(recipes.prompts("cultural", "validation"))
    order = list(dict.fromkeys(row.item_id for row in rows))
    assert order == [item.item_id for item in recipes.asked_items("validation")]
    assert [row.item_id for row in rows] == sorted((row.item_id for row in rows), key=order.index)
    cells: dict[str, dict[str, set[Cell]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        cells[row.item_id][row.arm].add(Cell(row.realization_id, row.template_id))
    for arms in cells.values():
        assert all(met == arms["reference"] and len(met) == recipes.PER_ITEM for met in arms.values())
    assert len({row.row_id for row in rows}) == len(rows)


def test_an_arm_is_asked_only_where_its_locale_has_an_answer_of_its_own() -> None:
    for item in ITEMS:
        for arm in recipes.arms_of(item):
            if arm.locale not in {None, "us"}:
                assert item.gold(str(arm.locale)) not in {None, item.gold("us")}


def test_contrasts_are_between_arms_that_exist_with_one_primary() -> None:
    names = {arm.name for arm in ARMS}
    for contrasts in recipes.CONTRASTS.values():
        assert [(c.arm, c.reference, c.outcome) for c in contrasts if c.primary] == [("uk", "us", "uk")]
        assert all({c.arm, c.reference} <= names and c.outcome in LOCALES for c in contrasts)
        assert len({(c.arm, c.reference, c.outcome) for c in contrasts}) == len(contrasts)


def test_rows_fit_their_schema() -> None:
    check = validator("prompt")
    for config in recipes.CONFIGS:
        for row in list(recipes.prompts(config, "validation"))[:200]:
            check.validate(row.to_row())


# --- determinism

ROWS_IN_ANY_ORDER = """
import json, random, sys
from ip_bench.builders.cues import recipes
from ip_bench.release.hashing import row_digest
worker, workers = map(int, sys.argv[1:])
rows = list(recipes.prompts("inference", "validation"))
random.Random(worker).shuffle(rows)
print(json.dumps({row.row_id: row_digest(row.to_row()).hex() for row in rows[worker::workers]}))
"""

MESSAGES_IN_ANY_ORDER = """
import json, random, sys
from ip_bench.builders.cues import recipes
from ip_bench.builders.cues.message import ARMS, message
from ip_bench.design import Cell
worker, workers = map(int, sys.argv[1:])
items = recipes.asked_items("validation")[worker::workers]
random.Random(worker).shuffle(items)
print(json.dumps({f"{i.item_id} {a.name}": message(i, a, Cell("b03", "t02")) for i in items for a in reversed(ARMS)}))
"""


def spread(script: str, workers: int, tmp_path: Path) -> dict[str, object]:
    """Run the script in `workers` processes at once, each with its own PYTHONHASHSEED, and join what they print."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(worker), str(workers)],
            cwd=tmp_path,
            env=os.environ | {"PYTHONHASHSEED": str(worker + workers)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for worker in range(workers)
    ]
    joined: dict[str, object] = {}
    for process in processes:
        out, _ = process.communicate()
        assert process.returncode == 0
        joined |= json.loads(out)
    return joined


def test_messages_do_not_depend_on_order_process_count_or_hash_seed(tmp_path: Path) -> None:
    here = {
        f"{item.item_id} {arm.name}": message(item, arm, Cell("b03", "t02"))
        for item in recipes.asked_items("validation")
        for arm in ARMS
    }
    made = json.loads(json.dumps(here))
    assert spread(MESSAGES_IN_ANY_ORDER, 1, tmp_path) == made
    assert spread(MESSAGES_IN_ANY_ORDER, 3, tmp_path) == made


def test_row_hashes_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    here = {row.row_id: row_digest(row.to_row()).hex() for row in recipes.prompts("inference", "validation")}
    script = ROWS_IN_ANY_ORDER
    # Each worker shuffles with its own seed before it takes its share, so one worker a run sees every row.
    assert spread(script, 1, tmp_path) == here


def test_a_row_can_be_made_alone() -> None:
    rows = list(recipes.prompts("cultural", "validation"))
    for row in rows[:: len(rows) // 50]:
        item = next(item for item in ITEMS if item.item_id == row.item_id)
        arm = next(arm for arm in ARMS if arm.name == row.arm)
        text, edits = message(item, arm, Cell(row.realization_id, row.template_id))
        assert (f"{text}\nAnswer:", edits) == (row.prompt, row.edits)


# --- golden rows

LITERAL_ITEM = Item(
    item_id="sport-games-literal",
    topic="sport-games",
    question="Which team game do most schools play in winter?",
    choices=("hockey", "netball", "footy", "curling", "camogie", "rugby", "kabaddi", "jukskei", "pesapallo"),
    accepted=(("hockey",), ("netball",), ("footy",), ("curling",), ("camogie",), ("rugby",), ("kabaddi",), ("jukskei",), ("pesapallo",)),
    choice_locales=(("us",), ("uk",), ("au",), ("ca",), ("ie",), ("nz",), ("in",), ("za",), ()),
    source="nobody: made for the tests",
)  # fmt: skip

FIRST_CELL = {
    "reference": "My list for today has my usual mug, the neat drawer and the spare cable on it. Which team game do most schools play in winter?\nAnswer:",
    "repeat": "My list for today has my usual mug, the neat drawer and the spare cable on it. Which team game do most schools play in winter?\nAnswer:",
    "us": "My list for today has my favorite mug, the organized drawer and the spare power strip on it. Which team game do most schools play in winter?\nAnswer:",
    "uk": "My list for today has my favourite mug, the organised drawer and the spare extension lead on it. Which team game do most schools play in winter?\nAnswer:",
    "au": "My list for today has my favourite mug, the organised drawer and the spare power board on it. Which team game do most schools play in winter?\nAnswer:",
    "ca": "My list for today has my favourite mug, the organized drawer and the spare power bar on it. Which team game do most schools play in winter?\nAnswer:",
    "ie": "My list for today has my favourite mug, the organised drawer and the spare extension lead on it. Which team game do most schools play in winter?\nAnswer:",
    "nz": "My list for today has my favourite mug, the organised drawer and the spare multibox on it. Which team game do most schools play in winter?\nAnswer:",
    "in": "My list for today has my favourite mug, the organised drawer and the spare extension board on it. Which team game do most schools play in winter?\nAnswer:",
    "za": "My list for today has my favourite mug, the organised drawer and the spare multi-plug on it. Which team game do most schools play in winter?\nAnswer:",
    "placebo_typo": "My list for today has my usaul mug, the naet drawer and the spare calbe on it. Which team game do most schools play in winter?\nAnswer:",
    "placebo_spacing": "My list for today has my  usual mug, the  neat drawer and the spare  cable on it. Which team game do most schools play in winter?\nAnswer:",
    "placebo_synonym": "My list for today has my regular mug, the tidy drawer and the spare charger on it. Which team game do most schools play in winter?\nAnswer:",
    "placebo_signoff": "My list for today has my usual mug, the neat drawer and the spare cable on it. Which team game do most schools play in winter?\nThank you for your time.\nWith best wishes,\nR.\nAnswer:",
    "explicit_us": "I live in the United States. My list for today has my usual mug, the neat drawer and the spare cable on it. Which team game do most schools play in winter?\nAnswer:",
    "explicit_uk": "I live in the United Kingdom. My list for today has my usual mug, the neat drawer and the spare cable on it. Which team game do most schools play in winter?\nAnswer:",
    "explicit_au": "I live in Australia. My list for today has my usual mug, the neat drawer and the spare cable on it. Which team game do most schools play in winter?\nAnswer:",
    "explicit_ca": "I live in Canada. My list for today has my usual mug, the neat drawer and the spare cable on it. Which team game do most schools play in winter?\nAnswer:",
    "explicit_ie": "I live in Ireland. My list for today has my usual mug, the neat drawer and the spare cable on it. Which team game do most schools play in winter?\nAnswer:",
    "explicit_nz": "I live in New Zealand. My list for today has my usual mug, the neat drawer and the spare cable on it. Which team game do most schools play in winter?\nAnswer:",
    "explicit_in": "I live in India. My list for today has my usual mug, the neat drawer and the spare cable on it. Which team game do most schools play in winter?\nAnswer:",
    "explicit_za": "I live in South Africa. My list for today has my usual mug, the neat drawer and the spare cable on it. Which team game do most schools play in winter?\nAnswer:",
}

SECOND_CELL = {
    "reference": "I was just talking to someone about a small set of crayons and the pattern of the curtains, and before that we had been discussing my delayed appointment. Which team game do most schools play in winter?\nAnswer:",
    "repeat": "I was just talking to someone about a small set of crayons and the pattern of the curtains, and before that we had been discussing my delayed appointment. Which team game do most schools play in winter?\nAnswer:",
    "us": "I was just talking to someone about a small set of markers and the color of the curtains, and before that we had been discussing my canceled appointment. Which team game do most schools play in winter?\nAnswer:",
    "uk": "I was just talking to someone about a small set of felt-tips and the colour of the curtains, and before that we had been discussing my cancelled appointment. Which team game do most schools play in winter?\nAnswer:",
    "au": "I was just talking to someone about a small set of textas and the colour of the curtains, and before that we had been discussing my cancelled appointment. Which team game do most schools play in winter?\nAnswer:",
    "ca": "I was just talking to someone about a small set of markers and the colour of the curtains, and before that we had been discussing my cancelled appointment. Which team game do most schools play in winter?\nAnswer:",
    "ie": "I was just talking to someone about a small set of markers and the colour of the curtains, and before that we had been discussing my cancelled appointment. Which team game do most schools play in winter?\nAnswer:",
    "nz": "I was just talking to someone about a small set of felts and the colour of the curtains, and before that we had been discussing my cancelled appointment. Which team game do most schools play in winter?\nAnswer:",
    "in": "I was just talking to someone about a small set of sketch pens and the colour of the curtains, and before that we had been discussing my cancelled appointment. Which team game do most schools play in winter?\nAnswer:",
    "za": "I was just talking to someone about a small set of kokis and the colour of the curtains, and before that we had been discussing my cancelled appointment. Which team game do most schools play in winter?\nAnswer:",
    "placebo_typo": "I was just talking to someone about a small set of craoyns and the ptatern of the curtains, and before that we had been discussing my delaeyd appointment. Which team game do most schools play in winter?\nAnswer:",
    "placebo_spacing": "I was just talking to someone about a small set of  crayons and the  pattern of the curtains, and before that we had been discussing my  delayed appointment. Which team game do most schools play in winter?\nAnswer:",
    "placebo_synonym": "I was just talking to someone about a small set of pencils and the texture of the curtains, and before that we had been discussing my postponed appointment. Which team game do most schools play in winter?\nAnswer:",
    "placebo_signoff": "I was just talking to someone about a small set of crayons and the pattern of the curtains, and before that we had been discussing my delayed appointment. Which team game do most schools play in winter?\nThanks in advance for your help.\nBest regards,\nM.\nAnswer:",
    "explicit_us": "I am based in the United States. I was just talking to someone about a small set of crayons and the pattern of the curtains, and before that we had been discussing my delayed appointment. Which team game do most schools play in winter?\nAnswer:",
    "explicit_uk": "I am based in the United Kingdom. I was just talking to someone about a small set of crayons and the pattern of the curtains, and before that we had been discussing my delayed appointment. Which team game do most schools play in winter?\nAnswer:",
    "explicit_au": "I am based in Australia. I was just talking to someone about a small set of crayons and the pattern of the curtains, and before that we had been discussing my delayed appointment. Which team game do most schools play in winter?\nAnswer:",
    "explicit_ca": "I am based in Canada. I was just talking to someone about a small set of crayons and the pattern of the curtains, and before that we had been discussing my delayed appointment. Which team game do most schools play in winter?\nAnswer:",
    "explicit_ie": "I am based in Ireland. I was just talking to someone about a small set of crayons and the pattern of the curtains, and before that we had been discussing my delayed appointment. Which team game do most schools play in winter?\nAnswer:",
    "explicit_nz": "I am based in New Zealand. I was just talking to someone about a small set of crayons and the pattern of the curtains, and before that we had been discussing my delayed appointment. Which team game do most schools play in winter?\nAnswer:",
    "explicit_in": "I am based in India. I was just talking to someone about a small set of crayons and the pattern of the curtains, and before that we had been discussing my delayed appointment. Which team game do most schools play in winter?\nAnswer:",
    "explicit_za": "I am based in South Africa. I was just talking to someone about a small set of crayons and the pattern of the curtains, and before that we had been discussing my delayed appointment. Which team game do most schools play in winter?\nAnswer:",
}

UK_ROW = {
    "row_id": "0a850b32c32f4f5ac5b345ee3ca98853",
    "item_id": "sport-games-literal",
    "arm": "uk",
    "role": "treatment",
    "family": "locale",
    "realization_id": "b01",
    "template_id": "t01",
    "replicate": 0,
    "stratum": "sport-games",
    "dose": 3,
    "system": "Reply with a short answer and nothing else.",
    "prompt": "My list for today has my favourite mug, the organised drawer and the spare extension lead on it. Which team game do most schools play in winter?\nAnswer:",
    "choices": ["hockey", "netball", "footy", "curling", "camogie", "rugby", "kabaddi", "jukskei", "pesapallo"],
    "gold": 1,
    "accepted": [
        ["hockey"],
        ["netball"],
        ["footy"],
        ["curling"],
        ["camogie"],
        ["rugby"],
        ["kabaddi"],
        ["jukskei"],
        ["pesapallo"],
    ],
    "outcome": "uk",
    "edits": [
        {"start": 25, "end": 30, "before": "usual", "after": "favourite", "rule": "uk"},
        {"start": 40, "end": 44, "before": "neat", "after": "organised", "rule": "uk"},
        {"start": 66, "end": 71, "before": "cable", "after": "extension lead", "rule": "uk"},
    ],
    "topic": "sport-games",
    "source": "nobody: made for the tests",
    "license": "CC-BY-4.0",
    "choice_locales": [["us"], ["uk"], ["au"], ["ca"], ["ie"], ["nz"], ["in"], ["za"], []],
}

INFERENCE_ROW = {
    "row_id": "0e4a39a4f80b04745b2fd32475084597",
    "item_id": "sport-games-literal",
    "arm": "uk",
    "role": "treatment",
    "family": "locale",
    "realization_id": "b01",
    "template_id": "t01",
    "replicate": 0,
    "stratum": "sport-games",
    "dose": 3,
    "system": "Reply with the name of one country and nothing else.",
    "prompt": "Message: My list for today has my favourite mug, the organised drawer and the spare extension lead on it. Which team game do most schools play in winter?\nWhich country is the writer of this message most likely from?\nAnswer:",
    "choices": [
        "New Zealand",
        "India",
        "Canada",
        "South Africa",
        "United States",
        "Australia",
        "Ireland",
        "United Kingdom",
    ],
    "gold": 7,
    "accepted": [
        ["New Zealand", "Aotearoa"],
        ["India"],
        ["Canada"],
        ["South Africa"],
        ["United States", "United States of America", "USA", "US", "America", "the States", "New England"],
        ["Australia", "New South Wales"],
        ["Ireland", "Republic of Ireland", "Eire"],
        ["United Kingdom", "UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland"],
    ],
    "outcome": "uk",
    "edits": [
        {"start": 34, "end": 39, "before": "usual", "after": "favourite", "rule": "uk"},
        {"start": 49, "end": 53, "before": "neat", "after": "organised", "rule": "uk"},
        {"start": 75, "end": 80, "before": "cable", "after": "extension lead", "rule": "uk"},
    ],
    "topic": "sport-games",
    "source": "nobody: made for the tests",
    "license": "CC-BY-4.0",
    "choice_locales": [["nz"], ["in"], ["ca"], ["za"], ["us"], ["au"], ["ie"], ["uk"]],
}


@pytest.fixture
def literal_rows(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    held = content.load()._replace(items=(LITERAL_ITEM,))
    monkeypatch.setattr(recipes, "load", lambda: held)
    return SimpleNamespace(
        cultural=list(recipes.prompts("cultural", "test")), inference=list(recipes.prompts("inference", "test"))
    )


def of_cell(rows: list[Prompt], cell: tuple[str, str]) -> dict[str, str]:
    return {row.arm: row.prompt for row in rows if (row.realization_id, row.template_id) == cell}


def test_one_item_in_every_arm_reads_as_written_here(literal_rows: SimpleNamespace) -> None:
    rows = literal_rows.cultural
    assert of_cell(rows, ("b01", "t01")) == FIRST_CELL
    assert of_cell(rows, ("b02", "t02")) == SECOND_CELL
    assert len(rows) == len(FIRST_CELL) + len(SECOND_CELL) == 2 * len(ARMS)
    assert list(recipes.prompts("cultural", "validation")) == []


def test_two_rows_in_full(literal_rows: SimpleNamespace) -> None:
    by_arm = {row.arm: row for row in literal_rows.cultural[: len(ARMS)]}
    assert by_arm["uk"].to_row() == UK_ROW
    assert list(by_arm["uk"].to_row()) == list(UK_ROW)
    assert {row.arm: row for row in literal_rows.inference[: len(ARMS)]}["uk"].to_row() == INFERENCE_ROW


def test_gold_follows_the_arm_and_is_null_without_a_country(literal_rows: SimpleNamespace) -> None:
    gold = {row.arm: row.gold for row in literal_rows.cultural}
    assert (gold["us"], gold["uk"], gold["explicit_za"]) == (0, 1, 7)
    assert {gold[arm.name] for arm in ARMS if arm.locale is None} == {None}
    outcome = {row.arm: row.outcome for row in literal_rows.cultural}
    assert (outcome["reference"], outcome["us"], outcome["au"], outcome["explicit_us"]) == ("uk", "uk", "au", "uk")
    assert [row.arm for row in literal_rows.cultural if row.replicate == 1] == ["repeat", "repeat"]


def test_every_arm_undoes_to_the_reference(literal_rows: SimpleNamespace) -> None:
    for rows in (literal_rows.cultural, literal_rows.inference):
        reference = {row.realization_id: row.prompt for row in rows if row.arm == "reference"}
        for row in rows:
            assert undo_edits(row.prompt, row.edits) == reference[row.realization_id]
