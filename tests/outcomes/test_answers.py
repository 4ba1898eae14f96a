"""What a free response answers, from literal responses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.outcomes.answers import ANSWERED, LONGEST_ANSWER, named_choices, normalize, pick_choice, read_answer

EMERGENCY = [["911"], ["999", "112"], ["000", "triple zero"]]
COUNTRIES = [["United States", "US", "USA", "America"], ["United Kingdom", "UK", "Britain"], ["Côte d'Ivoire"]]
GRADES = [["A"], ["First", "first class"], ["First class honours"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("U.S.", "us"),
        ("U.S", "us"),
        ("the U.S.A.!", "the usa"),
        ("e.g. U.K.", "eg uk"),
        ("CÔTE d’Ivoire", "cote d ivoire"),
        ("Zürich", "zurich"),
        ("Straße", "strasse"),
        ("½ cup", "1 2 cup"),
        ("1/2 cup", "1 2 cup"),
        ("  zip-code\t(5 digits) ", "zip code 5 digits"),
        ("ends here. A new one", "ends here a new one"),
        ("ends.A new one", "ends a new one"),
        ("!?…", ""),
        ("", ""),
    ],
)
def test_normalized(text, words):
    assert normalize(text) == words


@given(st.text())
def test_normalizing_twice_changes_nothing_more(text):
    once = normalize(text)
    assert normalize(once) == once


@pytest.mark.parametrize(
    ("response", "accepted", "kind", "choice"),
    [
        ("999", EMERGENCY, "choice", 1),
        ("Dial 911.", EMERGENCY, "choice", 0),
        ("**Triple Zero**", EMERGENCY, "choice", 2),
        ("999 or 112", EMERGENCY, "choice", 1),
        ("999 or 911", EMERGENCY, "several", None),
        ("1999", EMERGENCY, "other", None),
        ("\n\n  911\n999 in the UK", EMERGENCY, "choice", 0),
        ("---\n911", EMERGENCY, "choice", 0),
        ("<think>999? No.</think>911", EMERGENCY, "choice", 0),
        ("The U.S.", COUNTRIES, "choice", 0),
        ("the U.S", COUNTRIES, "choice", 0),
        ("cote d'ivoire", COUNTRIES, "choice", 2),
        ("Australia", COUNTRIES, "other", None),
        ("first class honours", GRADES, "choice", 2),
        ("a first class degree", GRADES, "choice", 1),
        ("A", GRADES, "choice", 0),
        ("a.", GRADES, "choice", 0),
        ("It is a pass", GRADES, "other", None),
        ("I'm sorry, but I can't say.", EMERGENCY, "refused", None),
        ("I cannot answer that", EMERGENCY, "refused", None),
        ("As an AI, I have no country.", EMERGENCY, "refused", None),
        ("I can’t know, but 911", EMERGENCY, "choice", 0),
        ("", EMERGENCY, "empty", None),
        ("  \n ", EMERGENCY, "empty", None),
        ("<think>only this</think>", EMERGENCY, "empty", None),
        ("!!!", EMERGENCY, "unparsed", None),
        ("911 " * 600, EMERGENCY, "unparsed", None),
        ("<html>" + "<p>911</p>" * 10_000, EMERGENCY, "unparsed", None),
        ("<think>is it 911", EMERGENCY, "unfinished", None),
        ("911", [], "other", None),
        ("911", [[], [""], ["?"]], "other", None),
    ],
)
def test_reads(response, accepted, kind, choice):
    found = read_answer(response, accepted)
    assert (found.kind, found.choice) == (kind, choice)


def test_a_response_of_100_kb_is_kept_short():
    found = read_answer("<html>" + "x" * 100_000, EMERGENCY)
    assert found.kind == "unparsed"
    assert len(found.text) == LONGEST_ANSWER


def test_thinking_is_counted_in_characters():
    assert read_answer("<think>abc</think>911", EMERGENCY).thinking_chars == len("<think>abc</think>")
    assert read_answer("911", EMERGENCY).thinking_chars == 0


def test_the_longest_form_hides_the_shorter_one_inside_it():
    accepted = [["gas"], ["gas station"], ["petrol station"]]
    assert named_choices("the gas station", accepted) == {1}
    assert named_choices("gas at the petrol station", accepted) == {0, 2}
    assert named_choices("gasoline", accepted) == set()


@given(st.text(max_size=3000), st.lists(st.lists(st.text(max_size=12), max_size=3), max_size=4))
def test_no_text_raises_and_only_a_choice_has_an_index(response, accepted):
    found = read_answer(response, accepted)
    assert (found.choice is not None) == (found.kind == "choice")
    assert found.choice is None or 0 <= found.choice < len(accepted)
    assert found.kind in ANSWERED | {"refused", "empty", "unparsed", "unfinished"}


@given(st.sampled_from(["911", "999", "triple zero"]), st.sampled_from(["", " ", "**", '"', "(", "…"]))
def test_an_accepted_form_is_read_in_any_dress(form, dress):
    expected = next(k for k, forms in enumerate(EMERGENCY) if form in forms)
    for text in (form, form.upper(), f"{dress}{form}{dress}", f"Call {form}!"):
        assert read_answer(text, EMERGENCY).choice == expected


def test_pick_choice():
    assert pick_choice([-3.0, -1.0, -2.0]) == 1
    assert pick_choice([-1.0, -1.0]) == 0
    assert pick_choice([-4.0, -6.0], lengths=[2, 6]) == 1
    assert pick_choice([-4.0, -6.0], lengths=[0, 6]) == 1
    assert pick_choice([-1.0, float("nan")]) is None
    assert pick_choice([float("-inf"), -3.0]) == 1
    assert pick_choice([float("-inf"), float("-inf")]) is None
    assert pick_choice([]) is None
    with pytest.raises(ValueError, match="zip"):
        pick_choice([-1.0, -2.0], lengths=[1])


@pytest.mark.parametrize("label", ["Answer:", "**Answer**", "The answer is:", "Final answer:"])
def test_a_line_that_only_announces_the_answer_is_passed_over(label):
    assert read_answer(f"{label}\n\n999", EMERGENCY).choice == 1
    assert read_answer(label, EMERGENCY).kind == "other"


def test_an_answer_inside_thinking_that_the_request_opened_is_none():
    assert read_answer("In the UK: 999", EMERGENCY, thinking=True).kind == "unfinished"
    assert read_answer("In the UK: 999</think>911", EMERGENCY, thinking=True).choice == 0
