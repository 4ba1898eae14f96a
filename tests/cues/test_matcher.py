"""The cue engine: whole words, longest first, case kept, protected text untouched, every edit undoable."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ip_bench.cues.articles import repaired_article, takes_an
from ip_bench.cues.edits import Cued, apply_edits, shift_edits, undo_edits
from ip_bench.cues.families import cue
from ip_bench.cues.lexicon import matcher
from ip_bench.cues.matcher import Matcher
from ip_bench.cues.protect import protected_spans
from ip_bench.design import Edit
from ip_bench.seeds import rng

UK = Matcher(
    {
        "color": "colour",
        "colors": "colours",
        "center": "centre",
        "labor": "labour",
        "harbor": "harbour",
        "airplane": "aeroplane",
        "apartment": "flat",
        "apartment building": "block of flats",
        "truck": "articulated lorry",
        "elevator": "lift",
        "driver's license": "driving licence",
        "off-color": "off-colour",
    },
    rule="uk",
)

LITERAL = [
    # words and their bounds
    ("the color of it", "the colour of it"),
    ("color", "colour"),
    ("colors, color; (color) color? color!", "colours, colour; (colour) colour? colour!"),
    ("colorful recolor colored", "colorful recolor colored"),
    ("the color’s edge, the color's edge", "the colour’s edge, the colour's edge"),
    ("colör color", "colör colour"),
    ("écolor coloré", "écolor coloré"),
    ("tri-color and color-blind", "tri-colour and colour-blind"),
    ("3color color3 3-color color-3", "3color color3 3-colour colour-3"),
    ("a color: red", "a colour: red"),
    ("end of line color\nCenter", "end of line colour\nCentre"),
    # longest match
    ("an apartment building near my apartment", "a block of flats near my flat"),
    ("apartment buildings", "flat buildings"),
    ("my driver's license", "my driving licence"),
    ("off-color jokes, off-colors", "off-colour jokes, off-colours"),
    # case
    ("Color COLOR color", "Colour COLOUR colour"),
    ("What? Color.", "What? Colour."),
    ("PAINT COLORS", "PAINT COLOURS"),
    ("cOLOR CoLoR colOR", "cOLOR CoLoR colOR"),
    ("“Fine.” Colors fade.", "“Fine.” Colours fade."),
    # articles
    ("an apartment, an elevator", "a flat, a lift"),
    ("An apartment. A truck.", "A flat. An articulated lorry."),
    ("AN APARTMENT, A TRUCK", "A FLAT, AN ARTICULATED LORRY"),
    ("an airplane", "an aeroplane"),
    ("a\ncolor, an\napartment", "a\ncolour, a\nflat"),
    ("a nice apartment", "a nice flat"),
    ("ban apartment", "ban flat"),
    ("a apartment", "a flat"),  # wrong before, right now: nothing to repair
    ("plan-a truck, /a truck, {a} truck", "plan-a articulated lorry, /a articulated lorry, {a} articulated lorry"),
]

PROTECTED = [
    "`color`",
    "```\ncolor = 1\ncenter\n```",
    '"my color"',
    "“my color”",
    "«my color»",
    "she said 'my color' twice",
    "'color'",
    "‘my color’",
    "‘the dog’s color’",
    "it's 'the dog's color' then",
    "http://color.com/center",
    "see https://example.org/a/color/b?center=1#color now",
    "www.color.com",
    "color@center.org",
    "mail me@color.org",
    "color.txt",
    "my-color.csv",
    "the-color-map.py",
    "/usr/share/color",
    "/usr/color-map/x",
    "C:\\color\\center",
    "color_map my_color __color__",
    "{color} {the color} {{color}}",
    "<color> <b color='x'>",
    "[the color](center.html)",
    "$color ${color} %color% #color @color",
    "color() color(1)",
    "x.color x->color x::color",
    "--color -color",
    "color=red color[0]",
    "1color color1",
    "the Labor Party",
    "at Pearl Harbor in May",
    "Labor Party members",
    "the Rockefeller Center",
    "Center Court",
]


@pytest.mark.parametrize(("text", "expected"), LITERAL)
def test_turns(text: str, expected: str) -> None:
    cued = UK.apply(text)
    assert cued.text == expected
    assert undo_edits(*cued) == text
    assert apply_edits(text, cued.edits) == expected


@pytest.mark.parametrize("text", PROTECTED)
def test_leaves_protected_text(text: str) -> None:
    assert UK.apply(text) == Cued(text, ())
    around = f"color {text} color"
    assert UK.apply(around).text == f"colour {text} colour"


def test_code_that_never_closes_is_code_to_the_end() -> None:
    assert UK.apply("color ```color\ncenter").text == "colour ```color\ncenter"


def test_apostrophes_open_no_quotation() -> None:
    text = "don't lose the dogs' color, it's the color of '90s cars"
    assert UK.apply(text).text == "don't lose the dogs' colour, it's the colour of '90s cars"


def test_the_log_says_where_what_and_why() -> None:
    assert UK.apply("An apartment of one color.").edits == (
        Edit(0, 2, "An", "A", "article"),
        Edit(3, 12, "apartment", "flat", "uk"),
        Edit(20, 25, "color", "colour", "uk"),
    )


def test_text_without_a_match_is_the_same_object() -> None:
    text = "nothing to turn here"
    assert UK.apply(text).text is text
    assert Matcher({}, rule="none").apply(text) == Cued(text, ())


def test_a_source_that_is_its_own_target_guards_the_words_in_it() -> None:
    turn = Matcher({"estate agent": "real estate agent", "real estate agent": "real estate agent"}, rule="au")
    assert turn.apply("an estate agent").text == "a real estate agent"
    assert turn.apply("the real estate agent") == Cued("the real estate agent", ())


@pytest.mark.parametrize("source", ["Color", " color", "color ", " ", ""])
def test_padded_or_capital_sources_are_refused(source: str) -> None:
    with pytest.raises(ValueError, match="must be lower-case and not padded"):
        Matcher({source: "x"}, rule="uk")


def test_a_long_form_that_is_no_whole_word_hides_no_short_one() -> None:
    turn = Matcher({"tire swing": "tyre swing", "tire": "tyre", "swinging": "Swing"}, rule="uk")
    assert turn.apply("a tire swinging").text == "a tyre Swing"
    assert turn.apply("a tire swing").edits == (Edit(2, 12, "tire swing", "tyre swing", "uk"),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I practice law", "I practise law"),
        ("you should practice daily", "you should practise daily"),
        ("to practice", "to practise"),
        ("she practices", "she practises"),
        ("the practice", "the practice"),
        ("good practice matters", "good practice matters"),
        ("Practice makes perfect", "Practice makes perfect"),
        ("a driving license", "a driving licence"),
        ("my license is here", "my licence is here"),
        ("they license it", "they license it"),
        ("to license", "to license"),
        ("License it", "License it"),
        ("the licenses", "the licences"),
    ],
)
def test_part_of_speech_decides_and_silence_leaves_alone(text: str, expected: str) -> None:
    assert matcher("spelling", "uk").apply(text).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to practise law", "to practice law"),
        ("a driving licence", "a driving license"),
        ("the practice", "the practice"),
    ],
)
def test_part_of_speech_decides_the_other_way_round(text: str, expected: str) -> None:
    assert matcher("spelling", "us").apply(text).text == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("apple", True), ("flat", False), ("hour", True), ("honour", True), ("house", False), ("honest", True),
        ("university", False), ("uninformed", True), ("user", False), ("umbrella", True), ("European", False),
        ("one", False), ("onerous", True), ("Underground", True), ("aeroplane", True), ("heir", True),
    ],
)  # fmt: skip
def test_takes_an(word: str, expected: bool) -> None:
    assert takes_an(word) is expected


@pytest.mark.parametrize(
    ("text", "start", "before", "after", "expected"),
    [
        ("an apartment", 3, "apartment", "flat", (0, "an", "a")),
        ("A lift", 2, "lift", "elevator", (0, "A", "An")),
        ("A LIFT", 2, "LIFT", "ELEVATOR", (0, "A", "AN")),
        ("the lift", 4, "lift", "elevator", None),
        ("an lift", 3, "lift", "elevator", None),
        ("vitamin-a lift", 10, "lift", "elevator", None),
        ("lift", 0, "lift", "elevator", None),
    ],
)
def test_repaired_article(text: str, start: int, before: str, after: str, expected: object) -> None:
    assert repaired_article(text, start, before, after) == expected


def test_edits_move_with_the_text() -> None:
    text, edits = UK.apply("my color")
    assert shift_edits(edits, 4) == (Edit(7, 12, "color", "colour", "uk"),)
    assert undo_edits(f"Hm: {text}", shift_edits(edits, 4)) == "Hm: my color"


@pytest.mark.parametrize("edits", [[Edit(0, 5, "color", "colour", "uk")], [Edit(3, 8, "Color", "colour", "uk")]])
def test_edits_that_do_not_fit_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        apply_edits("my color", edits)
    with pytest.raises(ValueError, match="cannot be undone"):
        undo_edits("my color", edits)


def test_overlapping_edits_are_refused() -> None:
    edits = [Edit(0, 4, "abcd", "x", "r"), Edit(2, 3, "c", "y", "r")]
    with pytest.raises(ValueError, match="does not fit"):
        apply_edits("abcd", edits)


# Texts made of lexicon words in any case, glue, quotes, code and arbitrary unicode.
_WORDS = [
    "color", "colour", "apartment", "apartment building", "elevator", "lift", "practice", "licence", "center", "truck",
    "real estate agent", "estate agent", "gas station", "driver's license", "parking lot", "ice lolly", "organize",
]  # fmt: skip
_PIECES = st.one_of(
    st.sampled_from(_WORDS),
    st.sampled_from(_WORDS).map(str.title),
    st.sampled_from(_WORDS).map(str.upper),
    st.sampled_from(
        [" ", " ", " ", "a ", "an ", "A ", "An ", "to ", "my ", "the ", "/a ", "'", '"', "‘", "’", "“", "”"]
    ),
    st.sampled_from(
        ["`", "```", ".", ". ", ",", ":", "://", "@", "www.", "{", "}", "<", ">", "_", "-", "\n", "\t", "(", ")"]
    ),
    st.sampled_from(["İ", "ß", "ﬁ", "Σ", "é", "e\u0301", "日本", "🏠", "\u00a0", "\u200d", "\x00", "K", "ǅ"]),
    st.text(max_size=4),
)
TEXTS = st.lists(_PIECES, max_size=14).map("".join)
CUES = st.sampled_from(
    [("spelling", "uk"), ("spelling", "us"), ("spelling", "ca"), ("vocabulary", "uk"), ("vocabulary", "us"),
     ("vocabulary", "au"), ("vocabulary", "in")]
)  # fmt: skip


@given(TEXTS, CUES)
@example("İ an apartment İ COLOR", ("vocabulary", "uk"))
@example("http://x/a lift", ("vocabulary", "us"))
@example("'a lift", ("vocabulary", "us"))
def test_undo_of_apply_is_the_text(text: str, family: tuple[str, str]) -> None:
    cued = cue(*family)(text, rng("hypothesis"))
    assert undo_edits(*cued) == text
    assert apply_edits(text, cued.edits) == cued.text
    assert all(edit.before != edit.after for edit in cued.edits)
    assert list(cued.edits) == sorted(cued.edits)


@given(TEXTS, CUES)
@example("`a` lift, http://x/a lift", ("vocabulary", "us"))
def test_protected_spans_are_never_touched(text: str, family: tuple[str, str]) -> None:
    spans = protected_spans(text)
    for edit in cue(*family)(text, rng("hypothesis")).edits:
        assert not any(start < edit.end and edit.start < end for start, end in spans)


@given(TEXTS, CUES)
def test_the_same_text_gives_the_same_cue(text: str, family: tuple[str, str]) -> None:
    assert cue(*family)(text, rng("one")) == cue(*family)(text, rng("two"))


@given(st.lists(st.sampled_from(["the", "my", "and", "to", "she", *_WORDS]), max_size=12).map(" ".join), CUES)
def test_cueing_twice_changes_nothing_more(text: str, family: tuple[str, str]) -> None:
    turn = cue(*family)
    once = turn(text, rng("one")).text
    assert turn(once, rng("one")).text == once


def naive(text: str, replacements: dict[str, str]) -> str:
    """Return what an alternation of whole words, longest first, makes of plain lower-case text."""
    forms = sorted(replacements, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)")
    return pattern.sub(lambda found: replacements[found.group(0)], text)


_ATOMS = st.sampled_from(["ab", "abc", "b", "bc", "c", "ca"])
_SEPARATORS = st.sampled_from([" ", " ", "", ", ", "; ", "é", "1", "'", "?"])
_FORMS = st.lists(_ATOMS, min_size=1, max_size=3).map(" ".join)


@given(
    st.dictionaries(_FORMS, st.sampled_from(["x", "y z", "xyz"]), max_size=6),
    st.lists(st.tuples(_ATOMS, _SEPARATORS), max_size=12),
)
@example({"ab c": "x", "c": "y", "ca b": "z"}, [("ab", " "), ("ca", " "), ("b", "")])
def test_agrees_with_a_naive_alternation(replacements: dict[str, str], parts: list[tuple[str, str]]) -> None:
    text = "".join(atom + separator for atom, separator in parts)
    turn = Matcher(replacements, rule="r")
    expected = naive(text, replacements) if replacements else text
    found = turn.apply(text)
    assert undo_edits(*found) == text
    assert found.text == expected


def test_a_long_run_without_spaces_costs_no_more_than_its_length() -> None:
    text = "@ " + "a" * 200_000 + " color"
    assert UK.apply(text).edits == (Edit(200_003, 200_008, "color", "colour", "uk"),)
