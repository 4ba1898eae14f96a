"""Thinking text is split off, whatever its markup, and an answer is what is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.outcomes.thinking import opens_thinking, split_thinking


@pytest.mark.parametrize(
    ("text", "answer", "finished"),
    [
        (" 999 ", "999", True),
        ("<think>In the UK it is 999.</think>\n911", "911", True),
        ("<THINK>x</Think>911", "911", True),
        ("<thinking>a</thinking>911", "911", True),
        ("the prompt opened it</think> 911", "911", True),
        ("<think>a</think><think>b</think>911", "911", True),
        ("<think>a <reason>b</reason> c</think>911", "911", True),
        ("911 <think>wait</think> or 999", "911   or 999", True),
        ("<think>I wonder", "", False),
        ("911 <think>or not", "911", False),
        ("<think></think>", "", True),
        ("a < b and b > c", "a < b and b > c", True),
        ("<b>911</b>", "<b>911</b>", True),
        ("<|channel|>analysis<|message|>UK?<|end|><|channel|>final<|message|>999<|return|>", "999", True),
        ("<|channel|>analysis<|message|>UK?", "", False),
        ("", "", True),
    ],
)
def test_answer_of(text, answer, finished):
    found = split_thinking(text)
    assert (found.answer, found.finished) == (answer, finished)


def test_the_thinking_is_kept():
    assert split_thinking("<think>In the UK it is 999.</think>911").thinking == "<think>In the UK it is 999.</think>"
    assert split_thinking("999.</think>911").thinking == "999.</think>"
    assert split_thinking("911").thinking == ""


def test_megabytes_of_tags_are_read():
    # Quadratic reading of this took minutes; the result is what matters here.
    assert split_thinking("<think>" * 200_000).finished is False
    assert split_thinking("<think>" * 200_000 + "</reason>").answer == ""
    assert split_thinking("</think>" * 200_000 + "911").answer == "911"


@given(st.text(max_size=200), st.text(max_size=200))
def test_nothing_of_the_thinking_is_answered(thought, answer):
    thought, answer = thought.replace("<", ""), answer.replace("<", "")
    found = split_thinking(f"<think>{thought}</think>{answer}")
    assert found == (answer.strip(), f"<think>{thought}</think>", True)
    assert split_thinking(f"{thought}</think>{answer}").answer == answer.strip()
    assert split_thinking(f"<think>{thought}") == ("", f"<think>{thought}", False)


@given(st.lists(st.sampled_from(["<think>", "</think>", "</reason>", "<|channel|>", "a", "\n", "<"])))
def test_any_mixture_of_tags_is_read_without_losing_text(parts):
    text = "".join(parts)
    found = split_thinking(text)
    assert set(found.answer) <= set(text) | {" "}
    assert found.answer.count("a") + found.thinking.count("a") == text.count("a")


@pytest.mark.parametrize(
    ("request_text", "opened"),
    [
        ("user: hi\nassistant: <think>\n", True),
        ("user: hi\nassistant: <THINK>", True),
        ("user: hi\nassistant: <think>\n\n</think>\n\n", False),
        ("<think> is a tag. What is it for?", False),
        ("", False),
    ],
)
def test_a_request_may_open_the_thinking(request_text, opened):
    assert opens_thinking(request_text) is opened


def test_what_the_request_opened_is_thinking_until_it_is_closed():
    assert split_thinking("So it is 999", opened=True) == ("", "So it is 999", False)
    assert split_thinking("So it < 1000", opened=True) == ("", "So it < 1000", False)
    assert split_thinking("So it is 999</think>911", opened=True) == ("911", "So it is 999</think>", True)
    assert split_thinking("<think>999</think>911", opened=True).answer == "911"
