"""What is read word by word is what is read of the whole text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ip_bench.cues.gates import _NEGATION
from ip_bench.cues.wordwise import by_word, names_answer, normal
from ip_bench.outcomes.answers import named_choices, normalize

PARTS = [
    "U.S.",
    "u.k",
    "Isn't",
    "not",
    "NO",
    "none,",
    "don't.",
    "café",
    "İx",
    "a",
    "St. John's",
    "  ",
    "\u00a0",
    "…",
    "¨",
]
texts = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PARTS), max_size=8).map(" ".join))
forms = st.one_of(st.sampled_from(["a", "us", "U.S.", "john", "St John", "not", "", "!", "É"]), st.text(max_size=4))
choices = st.lists(st.lists(forms, max_size=3).map(tuple), max_size=3).map(tuple)


@given(texts)
def test_words_are_normalized_as_their_text_is(text: str) -> None:
    assert normal(text) == normalize(text)


@given(texts)
def test_a_pattern_without_spaces_finds_the_same_by_word(text: str) -> None:
    assert by_word(_NEGATION)(text) == _NEGATION.findall(text)
    assert by_word(re.compile(r"\d+"))(text) == re.findall(r"\d+", text)


@given(texts, choices)
def test_an_answer_is_named_where_a_choice_is(text: str, accepted: tuple[tuple[str, ...], ...]) -> None:
    assert names_answer(text, accepted) == bool(named_choices(text, accepted))


def test_a_single_letter_is_an_answer_only_alone() -> None:
    accepted = (("A",), ("the B",))
    assert [names_answer(text, accepted) for text in ("a", "A.", "a cat", "see the B!", "")] == [
        True, True, False, True, False,
    ]  # fmt: skip
