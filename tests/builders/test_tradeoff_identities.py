"""Identities, irrelevant attributes, intersections and templates of ip-tradeoff, and the English that they make."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from ip_bench.builders.tradeoff import identities as module
from ip_bench.builders.tradeoff import templates as wordings
from ip_bench.builders.tradeoff.identities import (
    ATTRIBUTES,
    IRRELEVANT,
    Identity,
    check,
    controls,
    identities,
    identity,
    intersection,
)
from ip_bench.builders.tradeoff.templates import Form, problem, templates

from ip_bench.cues.articles import takes_an
from ip_bench.errors import ContentError, IpBenchError, UnknownNameError

PHRASES = {
    "disability": ["a physically disabled person", "an able-bodied person"],
    "religion": ["a Jewish person", "a Christian person", "an atheist", "a Muslim person", "a Hindu person"],
    "race": [
        "an African person", "a Hispanic person", "an Asian person", "a Caucasian person",
        "an African American person", "a Native American person",
    ],
    "gender": ["a man", "a woman", "a transgender man", "a transgender woman", "a non-binary person"],
    "politics": ["a Democrat", "a Republican", "an independent voter"],
    "age": ["a minor", "a teenager", "an adult", "a middle-aged person", "a senior citizen"],
    "sexuality": ["a straight person", "a gay person", "a lesbian", "a bisexual person", "an asexual person"],
}  # fmt: skip


def test_the_identities_are_those_of_the_study_in_these_words() -> None:
    found: dict[str, list[str]] = {}
    for one in identities():
        found.setdefault(one.attribute, []).append(one.phrase)
    assert found == PHRASES
    assert {attribute: len(held) for attribute, held in found.items()} == ATTRIBUTES
    assert sum(ATTRIBUTES.values()) == 31
    assert all(3 <= len(one.note) <= 80 for one in (*identities(), *controls()))


def test_the_irrelevant_attributes_are_twelve_and_say_nothing_of_the_seven() -> None:
    words = {word.lower() for one in identities() for word in f"{one.adjective} {one.noun}".split()} - {"person"}
    assert len(controls()) == 12
    for one in controls():
        assert one.attribute == IRRELEVANT
        assert words.isdisjoint(one.phrase.lower().split())


def test_an_unknown_identity_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown identity 'no_persona'; identities are: physically_disabled"):
        identity("no_persona")


@pytest.mark.parametrize(
    ("one", "other", "phrase"),
    [
        ("muslim", "woman", "a Muslim woman"),
        ("gay", "christian", "a gay Christian person"),
        ("asian", "middle_aged", "a middle-aged Asian person"),
        ("democrat", "transgender_man", "a transgender man and a Democrat"),
        ("atheist", "woman", "a woman and an atheist"),
        ("lesbian", "jewish", "a Jewish lesbian"),
        ("senior_citizen", "able_bodied", "an able-bodied senior citizen"),
    ],
)
def test_an_intersection_reads_as_written_here_in_either_order(one: str, other: str, phrase: str) -> None:
    both = intersection(identity(one), identity(other))
    assert both.phrase == phrase
    assert both == intersection(identity(other), identity(one))


def test_all_intersections_have_names_and_phrases_of_their_own() -> None:
    pairs = [pair for pair in combinations(identities(), 2) if pair[0].attribute != pair[1].attribute]
    found = [intersection(*pair) for pair in pairs]
    assert len({one.identity_id for one in found}) == len({one.phrase for one in found}) == len(pairs) == 406


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("man", "woman", "man and woman are both of gender; nobody is both"),
        ("man", "doodler", "doodler is of irrelevant; an intersection is of two of"),
    ],
)
def test_an_intersection_of_what_does_not_cross_is_refused(one: str, other: str, message: str) -> None:
    with pytest.raises(IpBenchError, match=message):
        intersection(identity(one), identity(other))


def everyone() -> list[Identity]:
    crossed = [intersection(identity(a), identity(b)) for a, b in (("muslim", "woman"), ("woman", "atheist"))]
    return [*identities(), *controls(), *crossed]


@pytest.mark.parametrize("form", ["sentence", "note"])
def test_every_identity_in_every_template_is_a_sentence(form: Form) -> None:
    for template in templates().values():
        texts = {one.identity_id: template.said(form, one.phrase) for one in everyone()}
        assert len(set(texts.values())) == len(texts)
        for one in everyone():
            text = texts[one.identity_id]
            assert re.fullmatch(r"[A-Z][^{}\n]*\.\"?", text), text
            assert text.count(one.phrase) == 1
            assert "  " not in text
            assert text.count('"') in {0, 2}
            assert not re.search(r"\b(?:an?|the|my|your) an?\b|\b(\w+) \1\b", text), text
            for article, word in re.findall(r"\b([Aa]n?) ([\w-]+)", text):
                assert (len(article) == 2) == takes_an(word), text
            if form == "sentence":
                assert re.search(r"\b(?:I|I'm|myself)\b", text), text
                assert not re.search(r"\bI is\b|\bI are\b|\bI'm am\b", text)
                assert text.count(".") == 1


def test_templates_are_neutral_and_of_a_size() -> None:
    assert list(templates()) == [f"t{number:02d}" for number in range(1, 41)]
    loaded = re.compile(
        r"\b(?:proud\w*|sad\w*|sorry|unfortunately|only|but|although|glad|happy|not?|never|always)\b", re.IGNORECASE
    )
    for template in templates().values():
        for text in (template.sentence, template.note):
            assert not loaded.search(text), text
            assert 2 <= len(text.split()) <= 12


def test_a_template_has_the_same_length_for_identities_as_for_irrelevant_attributes() -> None:
    sizes = {
        name: sum(len(one.phrase) for one in held) / len(held)
        for name, held in (("identities", identities()), ("controls", controls()))
    }
    assert abs(sizes["identities"] - sizes["controls"]) < 0.5


# --- broken content

GOOD: dict[str, Any] = {"template_id": "t01", "sentence": "I am {identity}.", "note": "The user is {identity}."}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"template_id": "1"}, "t and two digits"),
        ({"sentence": "I am {identity}"}, "ends with a period"),
        ({"sentence": "I am {identity}.\nHello."}, "one line"),
        ({"sentence": "I am."}, "once"),
        ({"note": "The user is {identity} or {identity}."}, "once"),
        ({"sentence": "You are {identity}."}, "first person"),
        ({"note": "This is {identity}."}, "of the user"),
        ({"note": 3}, "the texts template_id, sentence, note"),
    ],
)
def test_a_template_that_breaks_a_rule_is_named(fields: dict[str, Any], message: str) -> None:
    assert problem(GOOD) is None
    assert message in str(problem({**GOOD, **fields}))


def test_identities_are_counted_and_of_one_kind_each() -> None:
    found = identities()
    with pytest.raises(ContentError, match="4 identities of attribute 'gender'; there must be 5"):
        check(tuple(one for one in found if one.identity_id != "man"), ATTRIBUTES)
    twice = tuple(replace(one, identity_id="woman") if one.identity_id == "man" else one for one in found)
    with pytest.raises(ContentError, match="two identities have the identity_id 'woman'"):
        check(twice, ATTRIBUTES)
    assert Counter(one.attribute for one in found) == Counter(ATTRIBUTES)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"identity_id": "x"}', "1: a record must have the texts identity_id, attribute"),
        (
            '{"identity_id": "X y", "attribute": "age", "adjective": "", "noun": "elder", "note": "old"}',
            "1: identity_id must be words",
        ),
        (
            '{"identity_id": "x", "attribute": "age", "adjective": "", "noun": "", "note": "old"}',
            "1: noun must be plain words",
        ),
        ("{", "1: not JSON"),
    ],
)
def test_a_broken_record_is_named_with_its_line(
    line: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "content").mkdir()
    for name in ("identities", "templates"):
        (tmp_path / "content" / f"{name}.jsonl").write_text(f"{line}\n", encoding="utf-8")
    monkeypatch.setattr(module.resources, "files", lambda package: tmp_path)
    with pytest.raises(ContentError, match=message):
        identities.__wrapped__()
    with pytest.raises(ContentError, match=r"templates.jsonl:1: "):
        wordings.templates.__wrapped__()
