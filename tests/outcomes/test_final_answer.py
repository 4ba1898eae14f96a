"""The final answer is read whatever stands around it, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.errors import UnknownNameError
from ip_bench.outcomes.final_answer import ANSWER_KINDS, FinalAnswer, read_final_answer

NAMES = (("Alex",), ("Sam",), ("the red book", "red book", "red"))


def number(response: str, answer: str = "1250") -> FinalAnswer:
    return read_final_answer(response, "number", ((answer,),), 0)


@pytest.mark.parametrize(
    "response",
    [
        "We add.\nAnswer: 1250",
        "**Answer:** 1,250 g",
        "Answer: **1250g**",
        "**Answer: 1250**",
        "### Answer\nAnswer: 1000 + 250 = 1250",
        "So the answer is 1250.",
        "Final answer: $1250$",
        "Therefore, the final answer is: 1250.0 grams",
        "It is \\boxed{1250}.",
        "Answer:\n1250",
        "1250",
        "First 12.\nThen 1250",
        "<think>12 or 13?</think>Answer: 1250",
        "Answer: 12\nNo, wait.\nAnswer: 1250",
    ],
)
def test_a_number_is_right_in_any_notation(response: str) -> None:
    assert number(response)[:2] == ("answer", True)


@pytest.mark.parametrize(
    "said",
    [
        "-7", "\N{MINUS SIGN}7", "\N{EN DASH}7", "\N{MINUS SIGN} 7", "**-7**", "$-7$", "-$7.00", "$-7.00", "-£7",
        "(-7)", "2 - 9 = -7", "minus 7", "negative $7", "minus seven", "Negative seven points", "\\boxed{-7}",
    ],
)  # fmt: skip
def test_a_minus_sign_is_part_of_the_number_however_it_is_written(said: str) -> None:
    assert number(f"Answer: {said}", "-7")[:2] == ("answer", True)
    assert number(f"Answer: {said}", "7")[:2] == ("answer", False)


@pytest.mark.parametrize("said", ["5-7", "5\N{EN DASH}7", "5 - 7", "from 5 to 7"])
def test_a_dash_between_numbers_is_no_sign_of_one_answer(said: str) -> None:
    assert number(f"Answer: {said}", "-7")[:2] == ("several", False)


@pytest.mark.parametrize(
    ("response", "kind", "right"),
    [
        ("Answer: 1251", "answer", False),
        ("Answer: 125", "answer", False),
        ("Answer: 1250 or 1251", "several", False),
        ("Answer: many", "other", False),
        (f"Answer: {'1' * 10_000}", "other", False),
        ("Answer: I cannot say.", "refused", None),
        ("", "empty", None),
        ("<think>1250", "unfinished", None),
        ("There were 12 and then " + "so many more of them " * 4 + "that it was 1250 in the end.", "unparsed", None),
    ],
)
def test_what_is_no_right_number_is_told_apart(response: str, kind: str, right: bool | None) -> None:
    assert number(response)[:2] == (kind, right)


def test_small_numbers_may_be_words_and_fractions_are_exact() -> None:
    assert number("Answer: seven bags", "7").right is True
    assert number("Answer: 7 (seven) bags", "7").right is True
    assert number("Answer: 3/4", "3/4").right is True
    assert number("Answer: 1/0", "3/4").kind == "other"
    assert number("Answer: 12cm", "12").right is True


@pytest.mark.parametrize(
    ("response", "right"),
    [
        ("Answer: 4:45", True),
        ("Answer: 4:45 p.m.", True),
        ("Answer: 16:45", True),
        ("Answer: 4.45 PM", True),
        ("Answer: 5:45", False),
        ("Answer: at 4", False),
    ],
)
def test_a_time_is_right_on_both_clocks(response: str, right: bool) -> None:
    assert read_final_answer(response, "time", (("4:45",),), 0).right is right


def test_a_full_hour_may_be_said_without_minutes() -> None:
    assert read_final_answer("Answer: 3 p.m.", "time", (("3:00",),), 0).right is True
    assert read_final_answer("Answer: 3 o'clock", "time", (("3:00",),), 0).right is True


@pytest.mark.parametrize(
    ("response", "kind", "right"),
    [
        ("Answer: Sam", "answer", True),
        ("Answer: Sam is first.", "answer", True),
        ("Alex is not it.\nAnswer: Sam", "answer", True),
        ("Answer: Alex", "answer", False),
        ("Answer: Alex or Sam", "several", False),
        ("Answer: Samantha", "other", False),
        ("Answer: The red book", "answer", False),
    ],
)
def test_a_name_is_right_where_it_is_the_only_one(response: str, kind: str, right: bool) -> None:
    assert read_final_answer(response, "choice", NAMES, 1)[:2] == (kind, right)


def test_the_explanation_is_what_stands_before_the_answer() -> None:
    assert number("We add 1000.\nThen 250.\nAnswer: 1250").explanation == "We add 1000.\nThen 250."


def test_a_thinking_that_the_request_opened_is_no_answer() -> None:
    assert read_final_answer("Answer: 3</think>Answer: 1250", "number", (("1250",),), 0, thinking=True).right is True


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(UnknownNameError, match="unknown answer kind 'date'; answer kinds are: number, time, choice"):
        read_final_answer("x", "date", (("1",),), 0)


@given(st.text(max_size=100), st.sampled_from(ANSWER_KINDS))
def test_no_response_raises(response: str, kind: str) -> None:
    accepted = {"number": (("12",),), "time": (("4:45",),), "choice": NAMES}[kind]
    read_final_answer(f"Answer: {response}", kind, accepted, 0)
    read_final_answer(response, kind, accepted, 0)
