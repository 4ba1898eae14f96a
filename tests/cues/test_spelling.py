"""Spelling is turned both ways where it tells the country, and left alone where it tells nothing."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from ip_bench.cues.edits import undo_edits
from ip_bench.cues.lexicon import LOCALES, lexicon_named, matcher, read_exceptions
from ip_bench.cues.matcher import Matcher
from ip_bench.errors import ContentError

HERE = Path(__file__).parent
WRONG_TURNS_ALLOWED = 0.005
SENTENCES = [json.loads(line) for line in (HERE / "wrong_turns.jsonl").read_text(encoding="utf-8").splitlines()]
BOTH_WRITE = """
practice practices license licenses program programs meter meters check checks tire curb curbs draft drafts story
stories vice dependent disk disc inquiry inquire dialogue prologue connection wagon gypsy gram medieval analyses
specialty size prize advise surprise exercise
"""


def turned(level: str, text: str) -> str:
    cued = matcher("spelling", level).apply(text)
    assert undo_edits(*cued) == text
    return cued.text


def test_pairs_are_turned_both_ways_or_toward_the_us_only() -> None:
    with (HERE / "spelling_pairs.csv").open(encoding="utf-8", newline="") as lines:
        pairs = list(csv.DictReader(lines))
    assert len(pairs) > 300
    wrong = [
        (pair["us"], pair["uk"])
        for pair in pairs
        for text in ("{}", "They spoke of {} there.", "{}?")
        if turned("us", text.format(pair["uk"])) != text.format(pair["us"])
        or turned("uk", text.format(pair["us"])) != text.format(pair["uk" if pair["turned"] == "both" else "us"])
    ]
    assert wrong == []


@pytest.mark.parametrize("level", LOCALES)
def test_wrong_turns_are_rare(level: str) -> None:
    """Names, code, addresses, quotations and homographs: nothing in these sentences should be turned."""
    assert len(SENTENCES) >= 300
    assert set(Counter(row["kind"] for row in SENTENCES)) == {"name", "code", "url", "quotation", "homograph"}
    wrong = [row["text"] for row in SENTENCES if matcher("spelling", level).apply(row["text"]).edits]
    assert len(wrong) <= WRONG_TURNS_ALLOWED * len(SENTENCES), wrong


@pytest.mark.parametrize("word", BOTH_WRITE.split())
def test_words_that_both_write_are_left_alone_without_context(word: str) -> None:
    for text in (word, f"Which {word}?", f"{word} {word}"):
        assert turned("us", text) == turned("uk", text) == text


IN_CONTEXT = [
    ("uk", "She never tires of it, but the tires were bald.", "She never tires of it, but the tyres were bald."),
    ("uk", "a flat tire, the tire, to tire of it", "a flat tyre, the tyre, to tire of it"),
    ("uk", "it is 40 meters wide and the meter is read", "it is 40 metres wide and the meter is read"),
    ("uk", "a 100-meter race, five meters, two parking meters", "a 100-metre race, five metres, two parking meters"),
    (
        "uk",
        "a 20-story tower, six stories tall, six stories read",
        "a 20-storey tower, six storeys tall, six stories read",
    ),
    ("uk", "an exchange program and a computer program", "an exchange programme and a computer program"),
    ("uk", "a cashier's check, please check it", "a cashier's cheque, please check it"),
    ("uk", "We learned it from a learned judge.", "We learnt it from a learned judge."),
    ("uk", "Use sound judgment.", "Use sound judgement."),
    ("uk", "The court gave its judgment.", "The court gave its judgment."),
    ("uk", "an ax by the door; a x = ax + b", "an axe by the door; a x = ax + b"),
    ("uk", "to practice, the practice", "to practise, the practice"),
    ("uk", "they hit the curb and curb spending", "they hit the kerb and curb spending"),
    ("us", "he spelt it; spelt flour", "he spelled it; spelt flour"),
    ("us", "she analyses the analyses", "she analyzes the analyses"),
    ("us", "Mum said to keep mum.", "Mom said to keep mum."),
    ("us", "an enquiry whilst in gaol", "an inquiry while in jail"),
    ("us", "The waggon, the connexion and the kilogrammes", "The wagon, the connection and the kilograms"),
    ("uk", "the amebas and the glamor", "the amoebas and the glamour"),
    ("ie", "an inquiry, an enquiry", "an inquiry, an enquiry"),
    ("ca", "analyse the tyre centre", "analyze the tire centre"),
    ("au", "sulphur at the theater", "sulfur at the theatre"),
    ("nz", "organized labor", "organised labour"),
    ("in", "a favorite color", "a favourite colour"),
    ("za", "he traveled in the fall", "he travelled in the fall"),
]


@pytest.mark.parametrize(("level", "text", "expected"), IN_CONTEXT)
def test_neighbors_decide(level: str, text: str, expected: str) -> None:
    assert turned(level, text) == expected


NAMES = [
    "Gray called.",
    "We asked Dr. Gray and Ms. Center.",
    "Mum's Kitchen is full.",
    "J. Harbor wrote it.",
    "Tyre fell. Labour won. Labor lost.",
    "PEARL HARBOR, EARL GREY, WORLD HEALTH ORGANIZATION",
    "a cup of earl grey on labor day",
]


@pytest.mark.parametrize("text", NAMES)
def test_names_keep_their_spelling(text: str) -> None:
    assert turned("uk", text) == turned("us", text) == text


def test_a_name_in_lower_case_or_capitals_is_a_word() -> None:
    turn = Matcher({"gray": "grey"}, rule="uk", names=["gray"])
    assert turn.apply("gray GRAY Gray").text == "grey GREY Gray"


def test_code_without_a_fence_is_left_alone() -> None:
    assert turned("uk", "color = 'gray'\nthe color") == "color = 'gray'\nthe colour"
    assert turned("uk", "def f(color):\n    favorite") == "def f(color):\n    favourite"
    assert turned("uk", "a color; a color: red,color;color") == "a colour; a colour: red,color;color"
    assert turned("uk", "set color: red; in f(a, color) == color") == "set color: red; in f(a, color) == color"
    assert turned("uk", "SELECT color FROM t WHERE color = 1") == "SELECT color FROM t WHERE color = 1"
    assert turned("uk", "for color in x:\n    the color") == "for color in x:\n    the colour"
    assert turned("uk", "--no-color, the color(s)") == "--no-color, the color(s)"
    assert turned("uk", "x['color'] and f(a, 'color')") == "x['color'] and f(a, 'color')"


def test_exceptions_are_sorted_and_a_broken_one_is_named(tmp_path: Path) -> None:
    path = lexicon_named("spelling").exceptions
    assert path is not None
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    assert lines == sorted(set(lines))
    assert read_exceptions(path)["name"] >= {"gray", "labour"}
    broken = tmp_path / "exceptions.csv"
    broken.write_text("form,kind,note\ngray,surname,\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"exceptions.csv:2: form must be lower-case and kind one of name, phrase"):
        read_exceptions(broken)
