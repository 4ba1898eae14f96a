"""What a thinking text says of the asker: terms are read as whole words, and talk about content cancels in pairs."""

from __future__ import annotations

import csv
import math
from importlib import resources
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.design import Contrast
from ip_bench.effects.rates import wilson
from ip_bench.errors import ContentError
from ip_bench.outcomes import background_terms
from ip_bench.outcomes.background_terms import hits, label_of, labels
from ip_bench.outcomes.mentions import Thought, mention_effects, mentioned, mentions_by_arm, named, thought
from ip_bench.outcomes.outcome import Outcome

HEADER = "term,labels,case,note"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The user writes colour, so probably British.", "uk"),
        ("Spelled the UK way.", "uk"),
        ("England or Wales, I guess.", "uk"),
        ("Northern\nIreland", "uk"),
        ("Ireland, so 999 or 112.", "ie"),
        ("From Scotland.", "scottish uk"),
        ("U.S. spelling. In the US-based office. (USA)", "us"),
        ("Locale en-US.", "us"),
        ("THE UK, THE USA?", "uk"),  # a word in capitals before it: "THE USA" is as "TELL US"
        ("America and Americans", "us"),
        ("New South Wales", "au"),
        ("British Columbia", "ca"),
        ("an Indian PIN code", "in"),
        ("a New Zealander", "nz"),
        ("South-African", "za"),
        ("AAVE features", "aae"),
        ("African\u2011American", "aae black"),
        ("African American Vernacular English", "aae"),
        ("Singlish, I think", "singapore"),
        ("a Hindi speaker", "hindi"),
        ("a native Mandarin speaker", "mandarin"),
        ("not a native English speaker; ESL", "second-language"),
        ("a South Asian American name", "south-asian"),
        ("an Indian American", "south-asian"),
        ("Gen Z slang", "2020s born-2000s"),
        ("The user is mistaken here.", "belief wrong"),
        ("The user\u2019s belief is correct.", "belief right"),
        ("That is a common misconception.", "wrong"),
        ("**Irish** and _Canadian_", "ca ie"),
    ],
)
def test_backgrounds_are_named(text: str, expected: str) -> None:
    assert " ".join(sorted(mentioned(text))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Tell us more; it is up to us.",
        "TELL US MORE",
        "the Indian Ocean, the Irish Sea, New England, New Mexico",
        "South America and Native Americans",
        "Ukraine, Indiana, thus, bus, Romania, userland",
        "shop.co.uk is an address",
        "a bone china cup, an esl file",
        "The spouse of the user is in the house.",
        "Two plus two is four. That is right, and this is wrong.",
        "in, ca, ie, za, au",
    ],
)
def test_what_names_no_background(text: str) -> None:
    assert mentioned(text) == frozenset()


def test_what_is_said_of_the_asker_is_told_from_content() -> None:
    content = "The question is about the largest lake in Canada. " + "Let me think about lakes. " * 10
    assert named(content) == ({"ca"}, frozenset())
    assert named(content + "The user seems to be from Ireland.") == ({"ca", "ie"}, {"ie"})
    assert named("British, judging by their spelling.").of_asker == {"uk"}
    assert named("British. " + "x " * 60 + "The user asks.").of_asker == frozenset()


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_is_read(text: str) -> None:
    found = list(hits(text))
    assert all(hit.start < hit.end for hit in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert mentioned(text) <= set(labels())
    assert "uk" in mentioned(f"{text} United Kingdom ")


@pytest.mark.parametrize("piece", ["user ", "U.S.", "the user is ", "a", "\x00", " -", "İ", "south america ", "\ud800"])
def test_huge_text_is_read_at_once(piece: str) -> None:
    text = piece * (1_000_000 // len(piece)) + " Ireland"
    assert "ie" in mentioned(text)  # the suite would not end if this were not linear


def test_the_lexicon_is_sorted_and_every_term_is_found() -> None:
    path = resources.files("ip_bench.builders.cues") / "content" / "mentions.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    terms = [row["term"] for row in rows]
    assert terms == sorted(set(terms), key=lambda term: (term.lower(), term))
    for row in rows:
        (hit,) = hits(f"so, {row['term']}!") if row["labels"] else [None]
        assert hit is None or hit.labels == set(row["labels"].split()), row
        assert row["labels"] or mentioned(f"so, {row['term']}!") == frozenset(), row
    assert set(labels()) >= {"us", "uk", "au", "ca", "ie", "nz", "in", "za"}
    assert set(labels()) >= {
        "aae",
        "mandarin",
        "spanish",
        "hindi",
        "arabic",
        "russian",
        "women",
        "men",
        "right",
        "wrong",
    }


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["term,labels"], "m.csv:1: columns are"),
        ([HEADER, "UK,uk,upper,"], "m.csv:2: needs a term, and any or exact"),
        ([HEADER, ",uk,any,"], "m.csv:2: needs a term"),
        ([HEADER, "UK,uk"], "m.csv:2: needs a term"),
        ([HEADER, "a-b,uk,any,", "a b,uk,any,"], "m.csv:3: 'a b' is there twice"),
    ],
)
def test_a_broken_lexicon_is_named_with_its_line(lines: list[str], message: str) -> None:
    with pytest.raises(ContentError, match=message):
        background_terms._read(lines, "m.csv")


@pytest.mark.parametrize(
    ("arm", "label"),
    [
        ("uk", "uk"),
        ("explicit_us", "us"),
        ("typo_aae", "aae"),
        ("mandarin_fixed", "mandarin"),
        ("wrong_same", "wrong"),
        ("implied_right", "right"),
        ("names_east_asian", "east-asian"),
        ("born-1940s", "born-1940s"),
        ("reference", None),
        ("repeat", None),
        ("placebo_typo", None),
        ("explicit_standard", None),
    ],
)
def test_an_arm_points_to_its_background(arm: str, label: str | None) -> None:
    assert label_of(arm) == label


def outcome(arm: str) -> Outcome:
    return Outcome(
        row_id="r", item_id="i", arm=arm, realization_id="b", template_id="t", replicate=0, kind="choice", choice=0,
        locales=("uk",), text="x", thinking_chars=0,
    )  # fmt: skip


def test_a_thought_is_what_stands_before_the_answer() -> None:
    made = thought(outcome("uk"), "<think>A British user.</think>999")
    assert made[:4] == ("i", "b", "t", "uk")
    assert mentioned(made.thinking) == {"uk"}
    assert thought(outcome("uk"), "A British user, so 999").thinking == ""
    assert "British" in thought(outcome("uk"), "A British user.</think>999", opened=True).thinking


def planted(items: int = 60) -> list[Thought]:
    """Every item's thinking talks of the UK as content in a third of the items; arms add talk of the asker."""
    rows = []
    for k in range(items):
        content = "This is about Britain. " if k % 3 == 0 else "This is about tea. "
        said = {"uk": k % 2 == 0, "explicit_uk": True, "us": False, "reference": False, "placebo_typo": k % 10 == 0}
        for arm, names_it in said.items():
            extra = "The user seems British." if names_it else "Fine."
            rows.append(Thought(f"i{k}", f"b{k % 6}", f"t{k % 2}", arm, content + extra))
    return rows


CONTRASTS = (
    Contrast("uk", "us", "uk", "P(uk | uk) - P(uk | us)", True, ("placebo_typo",)),
    Contrast("explicit_uk", "reference", "uk", "x"),
    Contrast("explicit_uk", "reference", "other measure", "x"),
    Contrast("placebo_typo", "reference", "uk", "x"),
    Contrast("au", "us", "au", "x"),
)


def test_shares_are_given_by_arm_with_the_reference_beside() -> None:
    rows = [*planted(), Thought("i0", "b0", "t0", "us", "")]
    table = {entry["arm"]: entry for entry in mentions_by_arm(rows)}
    assert list(table) == ["explicit_uk", "placebo_typo", "reference", "uk", "us"]
    assert (table["us"]["rows"], table["us"]["thinking"]) == (61, 60)
    assert table["uk"]["own"] == "uk"
    assert table["reference"]["own"] is None
    assert table["reference"]["labels"]["uk"]["named"]["rows"] == 20
    assert table["uk"]["labels"]["uk"]["named"]["rows"] == 40
    share = table["explicit_uk"]["labels"]["uk"]["named"]
    assert (share["rows"], share["share"]) == (60, 1.0)
    assert share["ci"] == pytest.approx(wilson(1.0, 60, 1.959963984540054))


def test_arms_without_thinking_have_no_share() -> None:
    (entry, other) = mentions_by_arm([Thought("i", "b", "t", "uk", ""), Thought("i", "b", "t", "us", "the UK")])
    assert entry["labels"]["uk"]["named"] == {"rows": 0, "share": None, "ci": None}
    assert other["labels"]["uk"]["named"]["share"] == 1.0
    assert mentions_by_arm([]) == []


def test_talk_about_content_cancels_in_the_paired_contrast() -> None:
    effects = mention_effects(planted(), CONTRASTS, margin=0.05)
    assert [(effect.arm, effect.reference) for effect in effects] == [
        ("uk minus placebo", "us"),
        ("explicit_uk", "reference"),
    ]
    # Half of the items where the content does not say it already; the placebo: a tenth of the items, less a third.
    assert effects[0].estimate == pytest.approx(20 / 60 - 4 / 60)
    assert effects[1].estimate == pytest.approx(40 / 60)
    assert {effect.outcome for effect in effects} == {"thinking names uk"}
    assert "thinking names uk" in effects[0].estimand
    assert effects[0].ci_simultaneous[0] <= effects[0].ci[0]


def test_rows_without_thinking_are_counted_as_missing() -> None:
    rows = [row._replace(thinking="") if row.arm == "uk" and row.item == "i1" else row for row in planted()]
    (effect,) = mention_effects(rows, CONTRASTS[:1], margin=0.05)
    assert effect.n_rows == 59
    none = [row._replace(thinking="") for row in rows]
    (effect,) = mention_effects(none, CONTRASTS[:1], margin=0.05)
    assert math.isnan(effect.estimate)
    assert mention_effects(rows, CONTRASTS[3:], margin=0.05) == []
