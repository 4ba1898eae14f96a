"""Lexicons line up across locales and turn only what is safe to turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from ip_bench.cues.contexts import TOLD_APART
from ip_bench.cues.declared import Lexicon
from ip_bench.cues.edits import undo_edits
from ip_bench.cues.inflect import gerund, inflections, past, plural
from ip_bench.cues.lexicon import LEXICONS, LOCALES, Concept, directed, matcher, read_lexicon
from ip_bench.errors import ContentError, UnknownNameError

HEADER = "us,uk,au,ca,ie,nz,za,in,pos,ambiguous,forms,note\n"
BY_CONTEXT = {word for pair in TOLD_APART for word in pair}
PAIRS = [(name, level) for name in LEXICONS for level in LOCALES]


@pytest.fixture
def test_csv(tmp_path: Path) -> Path:
    return tmp_path / "test.csv"


def table(path: Path, *rows: str, header: str = HEADER) -> Lexicon:
    path.write_text("".join([header, *(f"{row}\n" for row in rows)]), encoding="utf-8")
    return Lexicon(family="test", table=path, levels=LOCALES, source="us", fallback="uk", rule="test")


def parse(path: Path, *rows: str) -> list[Concept]:
    return read_lexicon(table(path, *rows))


@pytest.mark.parametrize(
    ("inflect", "word", "expected"),
    [
        (plural, "color", "colors"),
        (plural, "box", "boxes"),
        (plural, "gas", "gases"),
        (plural, "city", "cities"),
        (plural, "tray", "trays"),
        (plural, "parking lot", "parking lots"),
        (past, "organize", "organized"),
        (past, "color", "colored"),
        (past, "tidy", "tidied"),
        (gerund, "organize", "organizing"),
        (gerund, "color", "coloring"),
        (gerund, "agree", "agreeing"),
        (gerund, "dye", "dyeing"),
    ],
)
def test_regular_inflection(inflect: object, word: str, expected: str) -> None:
    assert inflect(word) == expected  # type: ignore[operator]


def test_inflections_line_up() -> None:
    assert inflections("color", "nv") == ["color", "colors", "colored", "coloring"]
    assert inflections("colour", "nv") == ["colour", "colours", "coloured", "colouring"]
    assert inflections("gray", "x") == ["gray"]


def test_empty_locales_follow_the_uk_and_listed_forms_correct_the_regular_ones(test_csv: Path) -> None:
    (concept,) = parse(test_csv, "travel,travel,,,,,,,v,,traveled=travelled; traveling=travelling; traveler=traveller,")
    assert concept.forms["au"] == ("travel", "travels", "travelled", "travelling", "traveller")
    (concept,) = parse(test_csv, "color,colour,,color,,,,,nv,,,")
    assert concept.forms["ca"] == ("color", "colors", "colored", "coloring") == concept.forms["us"]
    assert concept.forms["nz"] == concept.forms["uk"] == ("colour", "colours", "coloured", "colouring")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("color,,,,,,,,n,,,", r"test.csv:2: us, uk and pos"),
        ("color,colour,,,,,,,,,,", r"test.csv:2: us, uk and pos"),
        ("color,colour,,,,,,,q,,,", r"test.csv:2: us, uk and pos \(letters of n, v, a, x\)"),
        ("color,colour,,,,,,,n,fr,,", r"test.csv:2: ambiguous 'fr'; levels are us, uk, au"),
        ("color,colour,,,,,,,n,,colored,", r"test.csv:2: forms must be us=uk pairs"),
        ("color,colour,,,,,,,n,,colored=,", r"test.csv:2: forms must be us=uk pairs"),
        ("color,colour,color3,,,,,,n,,colored=coloured,", r"test.csv:2: forms must be us=uk pairs"),
        ("color,colour,,,,,,,n,", r"test.csv:2: must have 12 cells"),
        ("color,colour,,,,,,,n,,,,more", r"test.csv:2: must have 12 cells"),
        ("color,colour ,,,,,,,n,,,", r"test.csv:2: 'colour ' must have no space around it"),
        ('color,"colour,,,,,,,n,,,', r"test.csv:2: is not CSV"),
    ],
)
def test_a_broken_row_is_named_with_its_line(row: str, message: str, test_csv: Path) -> None:
    with pytest.raises(ContentError, match=message):
        parse(test_csv, row)


@pytest.mark.parametrize("header", ["us,uk\n", "us,us," + HEADER, HEADER.replace("note", "remark")])
def test_broken_columns_are_named(header: str, test_csv: Path) -> None:
    with pytest.raises(ContentError, match=r"test.csv:1: columns are \['us', .*\]; they must be us, uk, au"):
        read_lexicon(table(test_csv, header=header))


def test_a_table_that_is_no_text_is_named(test_csv: Path) -> None:
    own = table(test_csv)
    test_csv.write_bytes(b"us,uk\n\xff")
    with pytest.raises(ContentError, match=r"test.csv: is not UTF-8 \(invalid start byte at byte 6\)"):
        read_lexicon(own)


def test_unknown_names_list_the_allowed_ones() -> None:
    with pytest.raises(UnknownNameError, match="unknown lexicon 'slang'; lexicons are: spelling, vocabulary"):
        read_lexicon("slang")
    with pytest.raises(UnknownNameError, match="unknown level 'fr' in cue family spelling; levels are: us, uk, au"):
        matcher("spelling", "fr")
    with pytest.raises(UnknownNameError, match="unknown level 'fr'"):
        matcher("spelling", "uk", "fr")


@pytest.mark.parametrize("name", LEXICONS)
def test_shipped_lexicons_are_sorted_unique_and_aligned(name: str) -> None:
    concepts = read_lexicon(name)
    lemmas = [concept.forms["us"][0] for concept in concepts]
    assert lemmas == sorted(lemmas)
    keys = [tuple(concept.forms[locale][0] for locale in LOCALES) for concept in concepts]
    assert len(set(keys)) == len(keys)
    for concept in concepts:
        assert set(concept.forms) == set(LOCALES)
        assert len({len(forms) for forms in concept.forms.values()}) == 1
        assert all(form == form.strip() and form for forms in concept.forms.values() for form in forms)
        assert len({concept.forms[locale] for locale in LOCALES}) > 1, f"{lemmas} is the same everywhere"


@pytest.mark.parametrize(("name", "level"), PAIRS)
def test_every_source_turns_into_its_target_and_back(name: str, level: str) -> None:
    turn = matcher(name, level)
    assert len(turn.replacements) > 500
    for source, target in turn.replacements.items():
        text = f"we saw {source} there"
        cued = turn.apply(text)
        assert undo_edits(*cued) == text
        if source == target:
            assert not cued.edits
        elif source not in BY_CONTEXT:
            assert [(edit.before, edit.after) for edit in cued.edits] == [(source, target)]


@pytest.mark.parametrize(("name", "level"), PAIRS)
def test_what_a_locale_writes_is_left_alone(name: str, level: str) -> None:
    turn = matcher(name, level)
    for concept in read_lexicon(name):
        for form in concept.forms[level]:
            if form.lower() not in BY_CONTEXT:
                assert turn.apply(f"we saw {form} there").edits == (), form


def test_a_source_locale_narrows_the_words() -> None:
    text = "a soda from the boot"
    assert matcher("spelling", "us", "uk").apply("the colour").text == "the color"
    assert matcher("spelling", "us", "us").apply("the colour").text == "the colour"
    assert matcher("vocabulary", "us").apply(text).text == text  # a boot is also a shoe


def test_words_with_two_readings_are_left_out(test_csv: Path) -> None:
    own = table(
        test_csv,
        "eggplant,aubergine,,,,,,,x,,,",
        "pie,aubergine,,,,,,,x,,,",
        "trunk,boot,,,,,,,x,uk,,",
        "sidewalk,pavement,,,,,,,x,,,",
    )
    assert directed(own, "us").apply("an aubergine, a boot, a pavement").text == "an aubergine, a boot, a sidewalk"
    assert directed(own, "uk").apply("an eggplant, a trunk, a sidewalk").text == "an aubergine, a boot, a pavement"
