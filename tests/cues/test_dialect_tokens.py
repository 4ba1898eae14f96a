"""Runs of plain words are read at once, and come to the tokens that they come to one by one."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.cues.dialect import tokens
from ip_bench.cues.dialect.tokens import CLOSED, END, NAME, NUMBER, tokenize
from ip_bench.cues.dialect.words import read_words

ONE_BY_ONE = re.compile(tokens._TOKEN.pattern.removeprefix(f"{tokens._PLAIN}|"))
PIECES = [
    "the", "it", "walks", "etc", "vs", "e.g.", "a.m.", "don't", "o'clock", "the students'", "Anna", "She", "new",
    "York", "12:30", "3rd", "x", "co-op", "file.txt", "/tmp/a", "a_b", "`code here`", '"so they say"', "“quoted”",
    "'tis", "é", "café", ":word", "word:", "end;", "(as", "is)", "<tag>", "@me", "-", "—", "#",
]  # fmt: skip
MARKS = [" ", " ", " ", ". ", ", ", "? ", "! ", ": ", "; ", "\n", "\n\n", "  ", "", ".", "-", "'", "’", '"']
texts = st.one_of(
    st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(MARKS)), max_size=14).map(
        lambda pairs: "".join(piece + mark for piece, mark in pairs)
    ),
    st.text(alphabet="ab c.,'’\"-:;\n()E1", max_size=30),
)


@given(texts)
def test_a_run_of_words_is_its_words(text: str) -> None:
    with patch.object(tokens, "_TOKEN", ONE_BY_ONE):
        expected = tokenize(text, read_words())
    assert tokenize(text, read_words()) == expected


def test_the_pattern_without_runs_is_another() -> None:
    assert ONE_BY_ONE.pattern != tokens._TOKEN.pattern
    assert ONE_BY_ONE.groups == 0
    assert tokens._TOKEN.groups == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("She likes tea, cake etc. and so on.", ["she", "likes", "tea", ",", "cake", CLOSED, "and", "so", "on", "."]),
        ("We met at 9 vs. them: it was late; ok.", [
            "we", "met", "at", NUMBER, CLOSED, "them", ":", "it", "was", "late", ";", "ok", ".",
        ]),
        ("he said \"go away now\" and isn't sorry", ["he", "said", CLOSED, "and", "isn't", "sorry"]),
        ("see docs/the-file and then ask Anna", ["see", CLOSED, "/", CLOSED, "and", "then", "ask", NAME]),
    ],
)  # fmt: skip
def test_words_are_told_from_what_no_rule_rewrites(text: str, words: list[str]) -> None:
    found = tokenize(text, read_words())
    assert [token.word for token in found] == [*words, END]
    assert [text[token.start : token.end].lower() for token in found if token.word.isalpha()] == [
        word for word in words if word.isalpha()
    ]
