"""The content of `echo` holds its own rules, and every rule refuses the record that breaks it."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from ip_bench.builders.cues.echo import content
from ip_bench.builders.cues.echo.content import (
    ABSTAINED,
    ABSTENTION,
    CORRECT,
    Pair,
    lengths_apart,
    load,
    to_item,
    turned,
)
from ip_bench.builders.cues.echo.leaks import (
    answers,
    content_words,
    folded,
    leaked,
    plain,
    told,
    turned_words,
    words_of_answers,
)

from ip_bench.errors import ContentError
from ip_bench.outcomes.answers import named_choices, read_answer

ROOT = Path(content.__file__).parent.parent / "content" / "echo"
FILES = sorted((ROOT / "items").glob("*.jsonl"))

RECORD: dict[str, Any] = {
    "item_id": "geography-river-of-paris",
    "domain": "geography",
    "family": "hand",
    "question": "Which river flows through Paris?",
    "answer": ["Seine", "the Seine"],
    "distractors": ["Loire", "Rhone", "Garonne"],
    "source": "Encyclopaedia Britannica, Paris",
}


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# --- questions


def test_there_are_at_least_1800_questions_of_at_least_12_domains_with_70_or_more_each() -> None:
    domains = Counter(item.topic for item in load().items)
    assert sum(domains.values()) >= 1800
    assert len(domains) >= 12
    assert min(domains.values()) >= 70


def test_no_family_of_templates_makes_more_than_a_tenth_and_half_are_written_by_hand() -> None:
    families = Counter(record["family"] for path in FILES for record in records(path))
    total = families.total()
    assert families.pop("hand") > total / 2
    assert max(families.values()) < total / 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_sorted_and_holds_its_own_domain(path: Path) -> None:
    held = records(path)
    ids = [record["item_id"] for record in held]
    assert ids == sorted(ids)
    assert {record["domain"] for record in held} == {path.stem}
    assert {tuple(record) for record in held} == {tuple(RECORD)}


def test_an_item_has_four_answers_in_an_order_of_its_own_and_abstention_last() -> None:
    places = Counter(item.gold(CORRECT) for item in load().items)
    assert set(places) == {0, 1, 2, 3}
    assert min(places.values()) > 0.2 * places.total()
    for item in load().items:
        assert len(item.choices) == 5
        assert item.choice_locales[4] == (ABSTAINED,)
        assert item.accepted[4] == ABSTENTION
        assert sorted(item.choice_locales[:4]) == [(), (), (), (CORRECT,)]


def test_a_record_becomes_an_item() -> None:
    item = to_item(RECORD)
    assert dict(zip(item.choices, item.choice_locales, strict=True)) == {
        "Seine": (CORRECT,), "Loire": (), "Rhone": (), "Garonne": (), "I do not know": (ABSTAINED,),
    }  # fmt: skip
    assert (item.topic, item.source) == ("geography", "Encyclopaedia Britannica, Paris")


BROKEN = {
    "has no id of its domain": {"item_id": "history-river-of-paris"},
    "is no question in plain text": {"question": "Which river flows through “Paris”?"},
    "does not have three distractors": {"distractors": ["Loire", "Rhone"]},
    "has a form twice": {"distractors": ["Loire", "Rhone", "The Seine"]},
    "has a form of one letter": {"answer": ["S"]},
    "contains a form of a choice": {"question": "Which river, Seine or not, flows through Paris?"},
    "has no source": {"source": "a book"},
}


@pytest.mark.parametrize("problem", BROKEN)
def test_a_broken_question_is_refused(problem: str) -> None:
    with pytest.raises(ContentError, match=f"question .*-river-of-paris {problem}"):
        to_item(RECORD | BROKEN[problem])


@pytest.mark.parametrize("response", ["I don't know.", "I do not know", "Unknown", "I'm not sure"])
def test_saying_that_one_does_not_know_is_a_choice_of_its_own(response: str) -> None:
    item = to_item(RECORD)
    read = read_answer(response, item.accepted)
    assert (read.kind, read.choice) == ("choice", 4)


# --- beliefs


def test_every_domain_has_a_belief_in_each_of_at_least_16_blocks() -> None:
    held = load()
    assert len(held.blocks) >= 16
    assert set(held.far) == {item.topic for item in held.items}
    assert set(held.beliefs) == {(domain, block) for domain in held.far for block in held.blocks}


def test_right_and_wrong_are_one_sentence_with_a_word_turned() -> None:
    assert turned("ponds freeze from the {top|bottom}") == Pair(
        right="ponds freeze from the top", wrong="ponds freeze from the bottom"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ponds freeze from the top", "nothing turns"),
        ("ponds {freeze|turn into hard ice} from the top", "differ by 3 words and 12 characters"),
        ("ponds {freeze|do not freeze} over", "must not contain 'not'"),
        ("ponds freeze {10|12} inches deep", "must not contain '10'"),
        ("a pond's {top|floor} freezes", 'must not contain "\'"'),
        ("ponds freeze from the {top|bottom} {", "must not contain '{'"),
        ("pönds freeze from the {top|bottom}", "must not contain 'ö'"),
    ],
)
def test_a_broken_belief_is_refused(text: str, message: str) -> None:
    with pytest.raises(ContentError, match=re.escape(message)):
        turned(text)


def test_an_implied_belief_is_told_as_a_habit_of_the_asker_and_differs_from_the_stated_one() -> None:
    for belief in load().beliefs.values():
        assert all(text.startswith("I ") for text in belief.implied)
        assert not any(stated in implied for stated in belief.stated for implied in belief.implied)


def test_far_domains_are_of_another_group_and_each_is_far_for_five_others() -> None:
    domains = {record["domain"]: record for record in records(ROOT / "domains.jsonl")}
    for record in domains.values():
        assert len(set(record["far"])) == 5
        assert record["group"] not in {domains[far]["group"] for far in record["far"]}
    assert set(Counter(far for record in domains.values() for far in record["far"]).values()) == {5}


# --- leaks: every question crossed with all that can ever be said beside it


@pytest.mark.parametrize(
    ("text", "forms", "found"),
    [
        ("the Seine flows north", ("Seine", "Loire"), ("Seine",)),
        ("the banks of the SEINE, I think", ("the Seine",), ("the Seine",)),
        ("I like foxes and geese", ("fox", "goose"), ("fox",)),
        ("our oaks are old", ("oak", "oak tree"), ("oak",)),
        ("there are stones", ("Ares", "stone"), ("stone",)),
        ("seines are nets", ("Seine",), ()),
        ("an insane idea", ("Seine",), ()),
    ],
)
def test_a_leak_is_a_whole_form_and_for_common_words_also_the_other_number(
    text: str, forms: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert leaked(text, forms) == found


def test_told_choices_are_those_that_a_reader_of_answers_finds() -> None:
    for item in load().items[::7]:
        for choice in item.choices:
            text = f"I hold that the answer to my question is {choice}. "
            assert told(text, item.accepted) == named_choices(text, item.accepted)


@lru_cache(maxsize=1)
def forms_by_first_word() -> dict[str, set[tuple[str, str, str]]]:
    """Return every (item, domain, form) under the first word of the form, as it is and in the singular."""
    index: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for item in load().items:
        for form in answers(item):
            for first in (plain(form).split()[0], folded(form).split()[0]):
                index[first].add((item.item_id, item.topic, form))
    return index


def leaks(text: str, domain: str | None = None) -> list[tuple[str, str, str]]:
    """Return the items (of a domain) and forms that a text gives away."""
    near = {entry for word in {*plain(text).split(), *folded(text).split()} for entry in forms_by_first_word()[word]}
    return [(name, form, text) for name, topic, form in near if domain in {None, topic} and leaked(text, (form,))]


def test_no_belief_of_a_domain_names_an_answer_of_any_of_its_questions() -> None:
    assert leaks("Mont Blanc is the highest peak of the Alps", "geography")
    beliefs = load().beliefs.items()
    found = [leaks(text, domain) for (domain, _), belief in beliefs for pair in belief for text in pair]
    assert [leak for leak in found if leak] == []


def test_no_turned_word_is_part_of_an_answer() -> None:
    parts: dict[str, frozenset[str]] = defaultdict(frozenset)
    for item in load().items:
        parts[item.topic] |= words_of_answers(item)
    turns = {
        (domain, block): frozenset().union(*(turned_words(*pair) | turned_words(*reversed(pair)) for pair in belief))
        for (domain, block), belief in load().beliefs.items()
    }
    assert {place: words & parts[place[0]] for place, words in turns.items() if words & parts[place[0]]} == {}


def test_no_neutral_sentence_and_no_lead_in_names_an_answer() -> None:
    held = load()
    texts = [
        *(text for pair in held.neutral for text in pair),
        *(text.replace("{s}", "") for pair in held.templates.values() for text in pair),
    ]
    assert [leak for text in texts if (leak := leaks(text))] == []


def test_lead_ins_carry_one_sentence_and_neutral_ones_fit_them() -> None:
    held = load()
    assert len(held.templates) >= 12
    assert all(text.count("{s}") == 1 for pair in held.templates.values() for text in pair)
    texts = [text for pair in held.neutral for text in pair]
    assert len(set(texts)) == len(texts) >= 200
    for text in texts:
        assert re.fullmatch(r"(?:I|[a-z]+)(?: [A-Za-z-]+,?)+", text), text


def test_neutral_pairs_turn_a_word_as_beliefs_do() -> None:
    """Pairs of neutral sentences are apart by as few words and characters as pairs of beliefs are on average."""
    held = load()
    apart = [lengths_apart(*pair) for pair in held.neutral]
    believed = [lengths_apart(*pair) for belief in held.beliefs.values() for pair in belief]
    for unit in (0, 1):
        assert sum(sizes[unit] for sizes in apart) / len(apart) <= 1.5 * sum(s[unit] for s in believed) / len(believed)


def test_content_words_leave_out_short_and_plain_ones() -> None:
    assert content_words("The Nile flows more than the Rhine to the seas") == {"nile", "flow", "rhine", "sea"}
