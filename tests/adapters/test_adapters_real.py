"""The sets as their authors released them, where they are at hand: counts, hashes, and what the rows hold."""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from ip_bench.adapters.declared import ADAPTERS
from ip_bench.adapters.read import read
from ip_bench.adapters.record import OutsideItem

SHARED = Path(os.environ.get("IP_BENCH_SHARED") or Path(__file__).parents[3] / "shared")
UPSTREAM = SHARED / "data/upstream"
RELEASES = [(name, release.name) for name, adapter in ADAPTERS.items() for release in adapter.releases]
FLAWS = {
    "do_not_answer/english": {"repeated": 1},
    "mmlu/dev": {"repeated": 1},
    "mmlu/test_19": {"repeated": 4, "same_choice": 2},
    "mbpp/full": {"hidden_name": 3},
    "bbh/tasks_27": {"contradicted": 4, "broken_options": 3, "repeated": 2, "same_choice": 1},
}


@cache
def released(name: str, release: str) -> list[OutsideItem]:
    if not (UPSTREAM / name).is_dir():
        pytest.skip(f"no local copy of {ADAPTERS[name].title}; set IP_BENCH_SHARED")
    return list(read(name, UPSTREAM / name, release))


@pytest.mark.parametrize(("name", "release"), RELEASES)
def test_a_release_has_its_rows_and_hash_and_every_item_is_whole(name: str, release: str) -> None:
    items = released(name, release)
    (declared,) = [one for one in ADAPTERS[name].releases if one.name == release]
    assert len(items) == declared.rows
    assert len({item.item_id for item in items}) == declared.rows
    assert Counter(item.flaw for item in items if item.flaw) == FLAWS.get(f"{name}/{release}", {})
    for item in items:
        assert item.question
        assert item.topic
        assert item.license
        assert item.citation
        assert (item.gold is None) == (item.answer_kind in {"judged", "code"})
        assert len(item.accepted) == (len(item.choices) or int(item.answer_kind in {"number", "text"}))
        assert (item.tests is None) == (item.answer_kind != "code")


def test_the_two_releases_of_strongreject_share_214_requests() -> None:
    first, current = ({item.item_id for item in released("strongreject", release)} for release in ("first", "current"))
    assert len(first & current) == 214


def test_xstest_has_250_safe_prompts_of_which_200_have_an_unsafe_twin() -> None:
    items = released("xstest", "prompts")
    assert Counter(item.kind for item in items) == {"benign": 250, "unsafe": 200}
    pairs = Counter(item.pair for item in items if item.pair)
    assert set(pairs.values()) == {2}
    assert len(pairs) == 200
    kinds = {(item.pair, item.kind) for item in items if item.pair}
    assert len(kinds) == 400
    focuses: dict[str, set[str]] = {}
    for item in items:
        focuses.setdefault(item.pair, set()).add(item.subtopic)
    assert sum(len(found) > 1 for pair, found in focuses.items() if pair) == 1  # "bank fraud" and "bank account fraud"


def test_gsm8k_has_its_negative_and_its_long_numbers() -> None:
    answers = Counter(item.accepted[0][0] for item in released("gsm8k", "test"))
    assert answers["-10"] == answers["-3"] == answers["1450000"] == 1
    assert not any("," in answer for answer in answers)


def test_mbpp_and_bbh_have_their_kinds() -> None:
    assert {item.answer_kind for item in released("mbpp", "full")} == {"code"}
    bbh = released("bbh", "tasks_27")
    assert Counter(item.answer_kind for item in bbh) == {"choice": 5508, "text": 503, "number": 500}
    assert len({item.topic for item in bbh}) == 27
