"""A dataset's hash is of what its rows say: not of order, file format or library."""

from __future__ import annotations

import dataclasses
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.design import Edit, Prompt
from ip_bench.release.hashing import (
    batch_digests,
    combine,
    content_hash,
    file_sha256,
    prompt_digest,
    prompt_digests,
    row_digest,
    table_hash,
)

ROW: dict[str, Any] = {
    "row_id": "a1",
    "prompt": "Où est le “café” 🏠?",
    "gold": None,
    "choices": ["one", "two"],
    "edits": [{"start": 0, "end": 1, "before": "", "after": "x", "rule": "r"}],
}


def test_golden() -> None:
    assert row_digest(ROW).hex() == "f54f789d8c689547e80a120f2b55a490bb290046eca2ca35f8f5e3942d3eb6a1"
    assert (
        content_hash([ROW, ROW | {"row_id": "a2"}])
        == "f0374a958a61c700d77888c96d50ddb9b258a3df546ab789fe5178bf3f642626"
    )
    assert combine({}) == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "Où est le “café” 🏠? "},
        {"gold": 0},
        {"gold": ""},
        {"gold": "null"},
        {"choices": ["two", "one"]},
        {"choices": ["one,two"]},
        {"choices": []},
        {"choices": None},
        {"edits": []},
        {"row_id": "a2"},
        {"new": None},
    ],
)
def test_every_change_of_content_changes_the_hash(change: dict[str, Any]) -> None:
    assert row_digest(ROW | change) != row_digest(ROW)


def test_columns_are_hashed_in_their_published_order() -> None:
    assert row_digest(dict(reversed(ROW.items()))) != row_digest(ROW)


def test_accents_are_hashed_as_they_are() -> None:
    assert row_digest(ROW | {"prompt": "e\u0301"}) != row_digest(ROW | {"prompt": "é"})


@pytest.mark.parametrize("value", [1.0, float("nan"), b"x", [0.5], [{"x": 0.5}], {1, 2}])
def test_values_without_canonical_text_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="row a1 holds"):
        row_digest(ROW | {"prompt": value})


@given(st.permutations([ROW | {"row_id": name} for name in "abcdef"]))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]]) -> None:
    assert content_hash(rows) == content_hash([ROW | {"row_id": name} for name in "abcdef"])


def test_a_row_more_or_less_changes_the_hash() -> None:
    assert len({content_hash([ROW | {"row_id": name} for name in "abc"[:count]]) for count in range(4)}) == 4


def test_a_duplicate_id_is_refused() -> None:
    with pytest.raises(ValueError, match="a1"):
        content_hash([ROW, ROW | {"prompt": "another"}])


def test_file_sha256(tmp_path: Any) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert file_sha256(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


# --- the digest of a prompt, without its row

PROMPT = Prompt(
    row_id="a1", item_id="i", arm="uk", role="treatment", family="locale", realization_id="b01", template_id="t01",
    replicate=0, stratum="s", dose=1, system='say "no"', prompt="Où est\n le “café” 🏠?", choices=("one", "two"),
    gold=None, accepted=(("one", "1"), ()), outcome="uk", edits=(Edit(0, 2, "", "x", "r"),), topic="t", source="s",
    license="l", extra={"choice_locales": [["us"], []], "more": None},
)  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"gold": 1},
        {"gold": True},
        {"replicate": False},
        {"choices": (), "accepted": ()},
        {"choices": (1, None)},
        {"edits": ()},
        {"edits": (Edit(0, 1, "é", '"', "a:b"), Edit(3, 3, "", "\x1f", "c"))},
        {"edits": (Edit(True, 1, "", "", ""),)},
        {"stratum": None},
        {"system": None},
        {"system": 'é"\n' * 99, "extra": {"long": '"é' * 99, "short": '"é'}},
        {"extra": {}},
        {"extra": {"topic": "another", "é": {"b": [1], "a": ("x",)}}},
    ],
)
def test_a_prompt_has_the_digest_of_its_row(change: dict[str, Any]) -> None:
    prompt = dataclasses.replace(PROMPT, **change)
    assert prompt_digest(prompt) == row_digest(prompt.to_row())


@pytest.mark.parametrize(
    "change",
    [
        {"gold": 1.0},
        {"prompt": 0.5},
        {"choices": (1.5,)},
        {"edits": (Edit(0.0, 1, "", "", ""),)},
        {"extra": {"x": [[2.0]]}},
    ],
)
def test_a_prompt_with_a_float_is_refused_as_its_row_is(change: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"row a1 holds .*, a float; rows hold no floats"):
        prompt_digest(dataclasses.replace(PROMPT, **change))


def test_prompts_that_share_values_have_the_digests_of_their_rows() -> None:
    shared = [["us"], []]
    prompts = [
        dataclasses.replace(PROMPT, row_id=str(k), choices=choices, extra={"choice_locales": locales})
        for k, (choices, locales) in enumerate(
            [(("a", "b"), shared), (("a", "b"), shared), (("a",), [["us"], []]), (("a",), [["uk"], []]), ((), shared)]
        )
    ]
    assert prompt_digests(prompts) == [row_digest(prompt.to_row()) for prompt in prompts]


def test_a_float_that_prompts_share_is_refused_with_its_row() -> None:
    shared = [[2.0]]
    with pytest.raises(TypeError, match=r"row a1 holds 2.0, a float; rows hold no floats"):
        prompt_digests([dataclasses.replace(PROMPT, extra={"x": shared}) for _ in range(2)])


TABLE = [
    ROW,
    ROW | {"row_id": "a2", "gold": 1, "prompt": None, "choices": [], "edits": []},
    ROW | {"row_id": "a3", "gold": 0, "prompt": "", "choices": None},
    ROW | {"row_id": "a4", "prompt": 'a "quote" \\ and \x00', "choices": ["one", None]},
]


def test_a_table_has_the_digests_and_the_hash_of_its_rows() -> None:
    table = pa.Table.from_pylist(TABLE)
    assert batch_digests(table.to_batches()[0]) == [row_digest(row) for row in TABLE]
    assert table_hash(table.slice(0, 2).to_batches() + table.slice(2).to_batches()) == content_hash(TABLE)


def test_a_table_with_a_float_or_one_id_twice_is_refused_as_its_rows_are() -> None:
    with pytest.raises(TypeError, match=r"row a1 holds 0\.5, a float"):
        table_hash(pa.Table.from_pylist([ROW | {"x": [0.5]}]).to_batches())
    with pytest.raises(ValueError, match="two rows have row_id a1"):
        table_hash(pa.Table.from_pylist([ROW, ROW]).to_batches())
