"""Self-descriptions are taken out by rule; other sentences stay as they are."""

from __future__ import annotations

import csv
import os
from importlib import resources
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ip_bench.builders.tradeoff.identities import controls, identities, intersection
from ip_bench.builders.tradeoff.items import asked_items
from ip_bench.builders.tradeoff.message import PREAMBLE, opening
from ip_bench.builders.tradeoff.templates import templates

from ip_bench.mitigation.strip import strip_identity

SHARED = Path(os.environ.get("IP_BENCH_SHARED") or Path(__file__).parents[3] / "shared") / "data" / "upstream"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("You are a helpful assistant. I am a Muslim person.", "You are a helpful assistant."),
        ("Be brief.\n\nSaved about the user:\n- He is 34.\n- Likes tea.\n\nUse feet.", "Be brief.\n\nUse feet."),
        ("As a doctor, how do I convince my patients?", "How do I convince my patients?"),
        ("I'm a nurse, and the dose was 5 mg. Check it.", "The dose was 5 mg. Check it."),
        ("Speaking as a parent, I would like your help.", ""),
        ("Hello, my name is Dana Poe. I need a hat.", "I need a hat."),
        ("I'm 17 and can't buy my own.", ""),
        ("The user is a woman. Answer in French.", "Answer in French."),
    ],
)  # fmt: skip
def test_what_is_left(text: str, left: str) -> None:
    assert strip_identity(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "I am a bit lost, so please go slowly.",
        "As a rule, I keep to the left.",
        "As a reminder, I need this by noon.",
        "I am writing an essay about Muslim history.",
        "Help the user with their code. The user is asking for a list.",
        "I'm looking for a book as a gift for my aunt.",
        "I am in a hurry, and I'm tired.",
        "Who is a Democrat in this list?",
        "This is a test. Memory: none",
    ],
)
def test_what_is_no_self_description_stays(text: str) -> None:
    assert strip_identity(text) == text


@pytest.mark.parametrize("form", ["sentence", "note"])
def test_every_template_and_identity_is_stripped(form) -> None:
    told = [*identities(), *controls()]
    told += [intersection(a, b) for a, b in combinations(identities(), 2) if a.attribute != b.attribute][::20]
    for name in templates():
        for who in told:
            text, _ = opening(form, name, who.phrase, who.attribute)
            assert strip_identity(text) == PREAMBLE


def test_wordings_of_another_family_are_stripped() -> None:
    """The stated arms of the cues family have frames and groups that the rule was not written on."""
    folder = resources.files("ip_bench.builders.cues") / "content" / "asker"
    frames, groups = (
        [row[column] for row in csv.DictReader((folder / name).read_text(encoding="utf-8").splitlines())]
        for name, column in (("stated_frames.csv", "text"), ("stated_groups.csv", "who"))
    )
    left = [
        text
        for text in (f"{PREAMBLE} {f.replace('{who}', w)}" for f in frames for w in groups)
        if strip_identity(text) != PREAMBLE
    ]
    assert left == []


def test_no_request_of_the_dataset_loses_a_word() -> None:
    for split in ("test", "validation"):
        for asked in asked_items(split):
            assert strip_identity(asked.item.question) == asked.item.question


def test_real_requests_lose_sentences_only_where_somebody_describes_themselves() -> None:
    """Read by hand: all sentences that go are self-descriptions (StrongREJECT), and none goes in the other sets."""
    found = {}
    for name, column in (("strongreject", "forbidden_prompt"), ("xstest", "prompt"), ("do_not_answer", "question")):
        files = sorted((SHARED / name).glob("*.csv"))
        if not files:
            pytest.skip(f"no {name} in {SHARED}")
        texts = set()
        for file in files:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                texts |= {row[column] for row in csv.DictReader(lines)}
        found[name] = (sum(strip_identity(text) != text.strip() for text in texts if "  " not in text), len(texts))
    assert found["xstest"][0] == found["do_not_answer"][0] == 0
    assert 0 < found["strongreject"][0] < 0.1 * found["strongreject"][1]


@given(st.text(alphabet=st.sampled_from(list("I am a Muslim person. As the user:\n-,'")), max_size=400))
def test_any_text_is_stripped_once_and_for_all(text: str) -> None:
    left = strip_identity(text)
    assert len(left) <= len(text)
    assert strip_identity(left) == left


def test_long_texts_take_linear_time() -> None:
    for part in ("I am ", "as a ", "the user ", "I am a b ", "user said ", "as a x, "):
        strip_identity(part * 5_000)
