"""What is written is seen whole or not at all, and never in the place of what is not ours."""

import pytest

from ip_bench.errors import IpBenchError
from ip_bench.files import check_replaceable, read_record, replacing_folder


def test_a_folder_is_replaced_through_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with replacing_folder(tmp_path / "link") as draft:
        (draft / "a").write_text("1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "real"]
    assert (tmp_path / "real" / "a").read_text() == "1"


def test_only_what_is_empty_or_marked_may_be_replaced(tmp_path):
    check_replaceable(tmp_path / "new" / "folder", "run.json")
    check_replaceable(tmp_path / "new", "run.json")
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(IpBenchError, match=r"has other files and no run\.json"):
        check_replaceable(tmp_path, "run.json")
    for file in (tmp_path / "notes.txt", tmp_path / "missing" / ".." / "notes.txt"):
        with pytest.raises(IpBenchError, match="is a file"):
            check_replaceable(file, "run.json")
    with pytest.raises(IpBenchError, match="cannot be made"):
        check_replaceable(tmp_path / "notes.txt" / "below", "run.json")
    (tmp_path / "run.json").write_text("{}")
    check_replaceable(tmp_path, "run.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000])
def test_a_record_that_is_none_is_named(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(IpBenchError, match=r"run\.json"):
        read_record(tmp_path / "run.json")
