"""Labeled rows as they come from a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.judging.rows import Row, read_rows

GOOD = {"id": 1, "prompt": "How?", "completion": "Like so.", "model": "m", "label": "full_compliance"}


def written(folder: Path, *records: object) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in records), encoding="utf-8")
    return path


def test_a_record_becomes_a_row(tmp_path: Path) -> None:
    more = GOOD | {"id": "b", "arm": "woman", "thinking": True, "finish_reason": "length", "label": None}
    first, second = read_rows(written(tmp_path, GOOD, "", more))
    assert first == Row("1", "How?", "Like so.", "m", "full_compliance")
    assert second == Row('"b"', "How?", "Like so.", "m", None, "woman", True, "length")


@pytest.mark.parametrize(
    ("records", "says"),
    [
        (["{"], "line 1 of rows.jsonl is not JSON"),
        (["[" * 100_000], "line 1 of rows.jsonl is not JSON"),
        ([[]], "holds a list"),
        ([GOOD, {"id": 2, "prompt": "How?"}], "line 2 of rows.jsonl has no text 'completion'"),
        ([GOOD | {"prompt": 3}], "no text 'prompt'"),
        ([{name: GOOD[name] for name in GOOD if name != "id"}], "no 'id'"),
        ([GOOD, GOOD], "lines 1 and 2 of rows.jsonl have one id, model and arm"),
        ([GOOD | {"label": None}, GOOD | {"id": 2, "label": None}], "none of the 2 rows of rows.jsonl has a label"),
        ([], "none of the 0 rows"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, records: list[object], says: str) -> None:
    with pytest.raises(IpBenchError, match=says):
        read_rows(written(tmp_path, *records))


def test_another_label_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"'refused' in line 1 of rows.jsonl; labels are: full_refusal"):
        read_rows(written(tmp_path, GOOD | {"label": "refused"}))


def test_a_missing_file_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(IpBenchError) as caught:
        read_rows(tmp_path / "rows.jsonl")
    assert "rows.jsonl cannot be read" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_any_text_has_a_key() -> None:
    assert len({Row("1", "\ud83d", text).key for text in ("", "\udc00", "\x00", "a" * 10**6)}) == 4
