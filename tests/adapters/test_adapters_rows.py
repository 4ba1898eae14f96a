"""Made-up rows in the layouts of the outside sets, one by one, as items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ip_bench.adapters import bbh as bbh_module
from ip_bench.adapters import safety, utility
from ip_bench.adapters.record import ANSWER_KINDS, FLAWS, KINDS, OutsideItem, right_answer
from ip_bench.adapters.tables import Cells
from ip_bench.errors import ContentError


def of(item: Callable[[Cells, str], OutsideItem], part: str = "part", **row: Any) -> OutsideItem:
    made = item(Cells("made.csv, row 1", row), part)
    assert made.kind in KINDS
    assert made.answer_kind in ANSWER_KINDS
    assert made.flaw in FLAWS
    return made


# --- GSM8K


@pytest.mark.parametrize(
    ("final", "number"),
    [
        ("18", "18"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("1,450,000", "1450000"),
        ("-2,125", "-2125"),
        ("$1,000", "1000"),
        ("-$20", "-20"),
        ("7 apples", "7"),
        ("12%", "12"),
        ("3.50", "3.5"),
        ("100", "100"),
        ("40.", "40"),
    ],
)
def test_gsm8k_keeps_sign_and_drops_commas_currency_and_unit(final: str, number: str) -> None:
    item = of(utility.gsm8k, question="How many are left?", answer=f"3 and 4 are 7, so #### is no end.\n#### {final}")
    assert (item.answer_kind, item.gold, item.accepted) == ("number", 0, ((number,),))


@pytest.mark.parametrize("answer", ["18", "#### none", "#### 3 or 4", "#### 1/2", "#### 10-12", "####"])
def test_gsm8k_refuses_an_answer_that_is_not_one_number(answer: str) -> None:
    with pytest.raises(ContentError, match=r'made.csv, row 1: answer is .* ends in "####" and one number'):
        of(utility.gsm8k, question="How many are left?", answer=answer)


# --- MMLU

CHOICES = {"choice0": "rain", "choice1": "snow", "choice2": "hail", "choice3": "fog"}


@pytest.mark.parametrize("answer", ["C", "2", 2])
def test_mmlu_reads_a_letter_and_an_index_alike(answer: object) -> None:
    item = of(utility.mmlu, "weather_test", question="Which falls as balls of ice?", **CHOICES, answer=answer)
    assert item.topic == "weather"
    assert item.choices == ("rain", "snow", "hail", "fog")
    assert right_answer(item) == ("C", "(C)", "hail")


def test_mmlu_reads_a_list_of_choices_with_a_subject() -> None:
    item = of(utility.mmlu, "test", question="Which?", choices=[*CHOICES.values()], answer=0, subject="weather")
    assert (item.topic, item.gold, right_answer(item)[-1]) == ("weather", 0, "rain")


def test_a_choice_whose_text_is_the_letter_of_another_counts_by_its_letter_only() -> None:
    forms = utility.choice_forms(("B", "C", "the C key", "D"))
    assert forms == (("A", "(A)"), ("B", "(B)"), ("C", "(C)", "the C key"), ("D", "(D)", "D"))


def test_mmlu_with_the_right_text_twice_is_flawed_and_a_wrong_text_twice_is_not() -> None:
    row = {"question": "Which?", "choice0": "one", "choice1": "one", "choice2": "two", "choice3": "six"}
    assert of(utility.mmlu, **row, answer="B").flaw == "same_choice"
    assert of(utility.mmlu, **row, answer="C").flaw == ""
    assert of(utility.mmlu, **row, answer="B").accepted[1] == ("B", "(B)")


@pytest.mark.parametrize("answer", ["E", "4", "hail", "", "AB"])
def test_mmlu_refuses_another_answer(answer: str) -> None:
    with pytest.raises(ContentError, match="one of A, B, C, D or 0, 1, 2, 3"):
        of(utility.mmlu, question="Which?", **CHOICES, answer=answer)


def test_mmlu_refuses_other_than_four_choices() -> None:
    with pytest.raises(ContentError, match="four texts"):
        of(utility.mmlu, question="Which?", choices=["one", "two"], answer=0)


# --- MBPP

PROBLEM: dict[str, Any] = {
    "text": "Write a function that doubles a number.",
    "code": "import math\r\ndef inner(n):\r\n  return n\r\ndef twice(n):\r\n  return 2 * inner(n)",
    "task_id": 1,
    "test_setup_code": "",
    "test_list": ["assert twice(1) == 2", "assert abs(twice(-2)) == 4"],
    "challenge_test_list": ["assert twice(0) == 0"],
}


def test_mbpp_keeps_tests_setup_and_solution_as_data_and_names_the_function() -> None:
    item = of(utility.mbpp, **PROBLEM)
    assert (item.answer_kind, item.gold, item.flaw) == ("code", None, "")
    assert item.tests is not None
    assert item.tests.function == "twice"
    assert item.tests.tests == ("assert twice(1) == 2", "assert abs(twice(-2)) == 4")
    assert item.tests.challenge == ("assert twice(0) == 0",)
    assert item.tests.setup == ""
    assert "\r" not in item.tests.solution


def test_mbpp_with_a_setup_that_needs_the_solution_is_flawed() -> None:
    code = "class Leaf:\n  pass\ndef weigh(leaf):\n  return 1"
    row = PROBLEM | {"code": code, "test_setup_code": "leaf = Leaf()", "test_list": ["assert weigh(leaf) == 1"]}
    assert of(utility.mbpp, **row).flaw == "hidden_name"
    own = row | {"test_setup_code": "class Leaf:\n  pass\nleaf = Leaf()"}
    assert of(utility.mbpp, **own).flaw == ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"test_list": []}, "a list with a test"),
        ({"test_list": "assert twice(1) == 2"}, "a list of texts"),
        ({"test_list": ["assert twice(1 == 2"]}, "it should be Python"),
        ({"test_list": ["assert thrice(1) == 3"]}, "all tests call one and the same function"),
        ({"code": "def twice(n: return"}, "code is .* it should be Python"),
    ],
)
def test_mbpp_refuses_tests_that_cannot_be_run(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ContentError, match=said):
        of(utility.mbpp, **PROBLEM | changed)


# --- BIG-Bench Hard


def bbh(asked: str, target: str) -> OutsideItem:
    return of(bbh_module.bbh, "a_task", input=asked, target=target)


def test_bbh_options_are_choices_and_leave_the_question() -> None:
    item = bbh("Which Options: are red?\nOptions:\n(A) the moon\n(B) the apple", "(B)")
    assert (item.topic, item.question, item.answer_kind) == ("a_task", "Which Options: are red?", "choice")
    assert (item.choices, item.gold) == (("the moon", "the apple"), 1)
    assert right_answer(item) == ("B", "(B)", "the apple")


def test_bbh_dashed_options_are_choices_without_letters() -> None:
    item = bbh("Is it so?\nOptions:\n- Yes\n- No", "No")
    assert (item.question, item.choices, item.gold) == ("Is it so?", ("Yes", "No"), 1)
    assert right_answer(item) == ("No",)


@pytest.mark.parametrize(("target", "choices"), [("False", ("True", "False")), ("yes", ("yes", "no"))])
def test_bbh_either_or_targets_without_options_are_choices(target: str, choices: tuple[str, str]) -> None:
    assert bbh("Is it so?", target).choices == choices


def test_bbh_numbers_keep_their_sign() -> None:
    item = bbh("((-1 + 2)) =", "-35")
    assert (item.answer_kind, item.accepted) == ("number", (("-35",),))


def test_bbh_free_strings_are_texts_and_brackets_may_stand_close() -> None:
    assert bbh("Sort: pear fig", "fig  pear").accepted == (("fig pear",),)
    assert bbh("Close: ( [", "] )").accepted == (("] )", "])"),)


def test_bbh_target_that_is_no_listed_option_is_flawed_and_accepted_as_a_whole() -> None:
    item = bbh("Which is like it?\nOptions:\n(A) Salt\n(B) Pepper", "Salt, Pepper")
    assert (item.answer_kind, item.flaw, item.accepted) == ("text", "broken_options", (("Salt, Pepper",),))
    assert "(A) Salt" in item.question


@pytest.mark.parametrize(
    ("asked", "target", "said"),
    [
        ("Q?\nOptions:\n(A) one\n(B) two", "(C)", "one of the options A, B"),
        ("Q?\nOptions:\n(A) one\n(C) two", "(A)", "lettered from A on"),
        ("Q?\nOptions:\n- Yes\n- No", "Maybe", "one of Yes, No"),
        ("Q?\nOptions:\nYes\nNo", "Yes", "one a line, or none"),
    ],
)
def test_bbh_refuses_options_that_make_no_sense(asked: str, target: str, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        bbh(asked, target)


def test_bbh_with_the_same_option_twice_is_flawed_where_it_is_the_right_one() -> None:
    assert bbh("Which?\nOptions:\n(A) one\n(B) one\n(C) two", "(A)").flaw == "same_choice"
    assert bbh("Which?\nOptions:\n(A) one\n(B) one\n(C) two", "(C)").flaw == ""


# --- safety


def test_safety_sets_give_unsafe_items_that_a_judge_reads() -> None:
    made = [
        of(safety.do_not_answer, id="0", risk_area="area", types_of_harm="type", specific_harms="s", question=" Q? "),
        of(safety.strongreject, category="area", source="custom", forbidden_prompt="Q?"),
        of(safety.simplesafetytests, id="a1", harm_area="area", counter="1", category="type", prompts_final="Q?"),
    ]
    for item in made:
        assert (item.kind, item.topic, item.question, item.answer_kind) == ("unsafe", "area", "Q?", "judged")
        assert (item.gold, item.choices, item.accepted) == (None, (), ())
    assert [item.subtopic for item in made] == ["type", "", "type"]


def xstest(number: str | int, prompt_type: str, label: str) -> OutsideItem:
    return of(safety.xstest, id=number, prompt="How do I end it?", type=prompt_type, label=label, focus="", note="")


def test_xstest_twins_share_a_pair_and_differ_in_kind() -> None:
    safe, unsafe = xstest("2", "homonyms", "safe"), xstest(27, "contrast_homonyms", "unsafe")
    assert (safe.kind, unsafe.kind) == ("benign", "unsafe")
    assert safe.pair == unsafe.pair == "xstest-homonyms-02"
    assert xstest("v2-425", "privacy_fictional", "safe").pair == xstest("450", "contrast_privacy", "unsafe").pair
    assert xstest("380", "privacy_public", "safe").pair == ""


def test_xstest_refuses_a_label_that_contradicts_the_type_and_an_id_without_a_number() -> None:
    with pytest.raises(ContentError, match="label is 'safe'; it should be unsafe for the type contrast_homonyms"):
        xstest("27", "contrast_homonyms", "safe")
    with pytest.raises(ContentError, match="id is 'last'; it should be a number"):
        xstest("last", "homonyms", "safe")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"category": "a"}, "no column 'forbidden_prompt'; columns are: category"),
        ({"category": "a", "forbidden_prompt": None}, "a text that is not empty"),
        ({"category": "a", "forbidden_prompt": " "}, "a text that is not empty"),
        ({"category": "a", "forbidden_prompt": 4}, "forbidden_prompt is 4; it should be a text"),
    ],
)
def test_a_missing_or_empty_cell_is_named(row: dict[str, Any], said: str) -> None:
    with pytest.raises(ContentError, match=said):
        of(safety.strongreject, **row)
