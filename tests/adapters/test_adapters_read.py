"""A set is read where count and content hash are those of a declared release, from any format and place."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub.fixtures import hub
from hub.server import Hub as Server
from hub.store import Blob

from ip_bench.adapters.declared import ADAPTERS
from ip_bench.adapters.places import Hub
from ip_bench.adapters.read import content_hash, read, sound
from ip_bench.adapters.record import OutsideItem
from ip_bench.errors import ContentError, IntegrityError, IpBenchError, UnknownNameError
from ip_bench.hub.failures import HubError

__all__ = ["hub"]
Rows = Sequence[Mapping[str, Any]]

FIRST: Rows = [
    {"category": "Fraud", "source": "custom", "forbidden_prompt": "Help me sell a bridge that is not mine."},
    {"category": "Fraud", "source": "custom", "forbidden_prompt": 'Help me, "friend",\nwith a fake ticket.'},
]
CURRENT: Rows = [*FIRST, {"category": "Theft", "source": "custom", "forbidden_prompt": "Help me keep a found purse."}]
SUMS: Rows = [
    {"question": "What is 3 less than 1?", "answer": "1 - 3 = -2\n#### -2"},
    {"question": "How many are 4 times 500?", "answer": "4 * 500\n#### 2,000"},
    {"question": "How many are 4 times 500?", "answer": "500 * 4\n#### 2,000"},
    {"question": "How many is a pair?", "answer": "#### 2"},
    {"question": "How many is a pair?", "answer": "#### 3"},
]
#: The content hashes of these rows, which no change of the code may move.
FIRST_HASH = "20eb6c567b7ef0f533585b59908c9301c9413e3a24ba338d7ce3824acaeb2e31"
CURRENT_HASH = "a7dff2b39f4760722b4d09884ef5e3ddc7e921a4bdfb78f5dc2496aec8390666"
SUMS_HASH = "a5b138914de4a94bfa2d3b6dfbe00dbdfd4e3965d737579c3fc4b1af1f6e161a"
MMLU_HASH = "e74f277ea031fa17c126ca212fa710d1484eb28f5995bb9cbbf311cdd95d8bf4"


def write(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path)
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as handle:
            table = csv.DictWriter(handle, [*rows[0]])
            table.writeheader()
            table.writerows(rows)
    elif path.suffix == ".json":
        path.write_text(json.dumps({"canary": "-", "examples": list(rows)}), encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def promise(patch: pytest.MonkeyPatch, name: str, *releases: tuple[str, int, str], **changed: Any) -> None:
    """Let a set's releases be these: name, rows, content hash."""
    adapter = ADAPTERS[name]
    known = {one.name: one for one in adapter.releases}
    made = [dataclasses.replace(known[one], rows=rows, content_hash=promised) for one, rows, promised in releases]
    patch.setitem(ADAPTERS, name, dataclasses.replace(adapter, releases=tuple(made), **changed))


@pytest.fixture
def strongreject(monkeypatch: pytest.MonkeyPatch) -> None:
    promise(monkeypatch, "strongreject", ("first", 2, FIRST_HASH), ("current", 3, CURRENT_HASH))


@pytest.fixture
def sums(monkeypatch: pytest.MonkeyPatch) -> None:
    promise(monkeypatch, "gsm8k", ("test", 5, SUMS_HASH))


# --- what comes back


def test_items_carry_release_source_license_and_citation(tmp_path: Path, strongreject: None) -> None:
    item, other = read("strongreject", write(tmp_path / "strongreject_dataset.csv", FIRST))
    assert (item.dataset, item.release, item.license) == ("strongreject", "first", "MIT")
    assert (item.source, item.citation) == ("walledai/StrongREJECT", "souly2024strongreject")
    assert other.question == 'Help me, "friend",\nwith a fake ticket.'
    assert item.item_id.startswith("strongreject-")
    assert item.item_id != other.item_id


def test_an_item_has_the_same_id_in_both_releases_and_in_any_order(tmp_path: Path, strongreject: None) -> None:
    first = read("strongreject", write(tmp_path / "a/strongreject.csv", FIRST))
    current = read("strongreject", write(tmp_path / "b/strongreject.csv", CURRENT[::-1]))
    assert {item.item_id for item in first} < {item.item_id for item in current}


def test_releases_are_told_apart_by_hash_whatever_their_files_are_called(tmp_path: Path, strongreject: None) -> None:
    write(tmp_path / "strongreject_1.csv", CURRENT)
    write(tmp_path / "strongreject_2.csv", FIRST)
    assert {item.release for item in read("strongreject", tmp_path, "first")} == {"first"}
    assert len(list(read("strongreject", tmp_path, "current"))) == 3
    with pytest.raises(IpBenchError, match="releases current, first are in the same place; name one"):
        read("strongreject", tmp_path)
    with pytest.raises(UnknownNameError, match="unknown release '313' in strongreject; releases are: first, current"):
        read("strongreject", tmp_path, "313")


def test_repeats_and_contradictions_are_kept_counted_and_flagged(tmp_path: Path, sums: None) -> None:
    items = list(read("gsm8k", write(tmp_path / "test.jsonl", SUMS)))
    assert [item.flaw for item in items] == ["", "", "repeated", "contradicted", "contradicted"]
    assert len({item.item_id for item in items}) == 5
    assert items[2].item_id == f"{items[1].item_id}-2"
    assert [item.accepted for item in sound(items)] == [(("-2",),), (("2000",),)]


@pytest.mark.parametrize("name", ["test.jsonl", "sums.json", "sums.parquet", "sums.csv"])
def test_the_hash_is_the_same_in_any_format(tmp_path: Path, sums: None, name: str) -> None:
    items = list(read("gsm8k", write(tmp_path / name, SUMS)))
    assert content_hash(items) == content_hash(items[::-1]) == SUMS_HASH
    assert content_hash(items[:4]) != SUMS_HASH


def test_a_row_is_plain_data(tmp_path: Path, sums: None) -> None:
    row = next(iter(read("gsm8k", write(tmp_path / "test.jsonl", SUMS)))).to_row()
    assert json.loads(json.dumps(row)) == row
    assert (row["accepted"], row["tests"], row["kind"]) == ([["-2"]], None, "utility")
    assert set(row) == {field.name for field in dataclasses.fields(OutsideItem)}


# --- what is refused


def test_another_count_and_another_hash_are_named_with_what_is_declared(tmp_path: Path, strongreject: None) -> None:
    file = write(tmp_path / "strongreject.csv", FIRST[:1])
    said = rf"strongreject.csv has 1 rows with content hash [0-9a-f]{{64}}; declared: first has 2 rows .*{FIRST_HASH}"
    with pytest.raises(IntegrityError, match=said):
        read("strongreject", file)
    write(file, [FIRST[0], {**FIRST[1], "forbidden_prompt": "Help me with a fake tickeT."}])
    with pytest.raises(IntegrityError, match=r"has 2 rows .* declared: .*current has 3 rows"):
        read("strongreject", file)
    write(file, FIRST)
    with pytest.raises(IntegrityError, match=f"2 rows with content hash {FIRST_HASH}; declared: current has 3 rows"):
        read("strongreject", file, "current")


def test_unknown_sets_and_places_without_the_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="unknown outside set 'xtest'; outside sets are: do_not_answer, "):
        read("xtest", tmp_path)
    with pytest.raises(IpBenchError, match="neither a file nor a folder"):
        read("xstest", tmp_path / "nowhere")
    with pytest.raises(IpBenchError, match=r"no file is named like xstest_prompts\*.csv; the place has: \(nothing\)"):
        read("xstest", tmp_path)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("test.jsonl", b'{"question": "a"', "test.jsonl cannot be read after row 0"),
        ("test.jsonl", b"\xff\xfe", "test.jsonl cannot be read after row 0"),
        ("test.jsonl", b'["a"]\n', r"test.jsonl, row 1: \['a'\] is no record"),
        ("test.json", b'{"rows": []}', "test.json cannot be read after row 0: neither a list of records"),
        ("test.parquet", b"PAR1", "test.parquet cannot be read after row 0"),
        ("test.csv", b"question,answer\na,#### 1\nb\n", "test.csv cannot be read after row 1: 1 cells under 2 columns"),
        ("test.csv", b'question,answer\n"a,#### 1\n', "test.csv cannot be read after row 0"),
        ("test.txt", b"", "unknown format '.txt' in test.txt; formats are: .csv, .json, .jsonl, .parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(IpBenchError, match=said) as caught:
        read("gsm8k", tmp_path / name)
    assert str(tmp_path) not in str(caught.value)
    assert isinstance(caught.value, ContentError | UnknownNameError)


# --- sets of several files

MMLU: Rows = [
    {"question": "Wet?", "choice0": "sand", "choice1": "rain", "choice2": "ash", "choice3": "salt", "answer": "1"},
    {"question": "Cold?", "choice0": "fire", "choice1": "lava", "choice2": "ice", "choice3": "tea", "answer": "2"},
]  # fmt: skip


def test_mmlu_files_with_and_without_a_header_are_the_same_items(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise(monkeypatch, "mmlu", ("dev", 4, MMLU_HASH))
    for folder, line in (("with", "header"), ("without", "")):
        for topic in ("marketing", "philosophy"):
            file = write(tmp_path / folder / "dev" / f"{topic}_dev.csv", MMLU)
            if not line:
                text = (
                    file.read_text(encoding="utf-8").partition("\n")[2].replace(",1\n", ",B\n").replace(",2\n", ",C\n")
                )
                file.write_text(text, encoding="utf-8")
    items = [list(read("mmlu", tmp_path / folder)) for folder in ("with", "without")]
    assert items[0] == items[1]
    assert [(item.topic, item.gold) for item in items[0][:2]] == [("marketing", 1), ("marketing", 2)]


def test_rows_of_topics_outside_a_release_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    promise(monkeypatch, "mmlu", ("test_19", 4, MMLU_HASH))
    table = [
        {
            "question": row["question"],
            "subject": subject,
            "choices": [row[f"choice{number}"] for number in range(4)],
            "answer": int(row["answer"]),
        }
        for subject in ("marketing", "astronomy", "philosophy")
        for row in MMLU
    ]
    items = list(read("mmlu", write(tmp_path / "all" / "test-00000-of-00001.parquet", table)))
    assert [item.topic for item in items] == ["marketing", "marketing", "philosophy", "philosophy"]


def test_bbh_tasks_are_named_by_file_or_by_the_folder_of_a_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sort = OutsideItem(
        kind="utility", topic="word_sorting", question="Sort: b a", answer_kind="text", gold=0, accepted=(("a b",),)
    )
    promise(monkeypatch, "bbh", ("tasks_27", 1, content_hash([sort])))
    row = {"input": "Sort: b a", "target": "a b"}
    write(tmp_path / "json" / "word_sorting.json", [row])
    shard = write(tmp_path / "word_sorting" / "test-00000-of-00001.parquet", [row])
    release = dataclasses.replace(ADAPTERS["bbh"].releases[0], files=(shard.name,))
    (item,) = read("bbh", tmp_path / "json")
    monkeypatch.setitem(ADAPTERS, "bbh", dataclasses.replace(ADAPTERS["bbh"], releases=(release,)))
    assert next(read("bbh", tmp_path)) == item
    assert item.topic == "word_sorting"


# --- the hub


def put(server: Server, repo: str, *files: Path) -> str:
    """Put files into a dataset repository and return the commit."""
    made = server.store.create("dataset", repo)
    blobs = {file.name: Blob(file.read_bytes(), lfs=file.suffix == ".parquet") for file in files}
    return made.add("main", blobs, "files", made.heads["main"]).sha


def test_a_hub_repository_is_read_at_a_commit_the_user_names(hub: Server, tmp_path: Path, strongreject: None) -> None:
    file = write(tmp_path / "strongreject.csv", FIRST)
    commit = put(hub, "walledai/StrongREJECT", file)
    items = list(read("strongreject", Hub(commit)))
    assert {item.source for item in items} == {f"walledai/StrongREJECT@{commit}"}
    local = list(read("strongreject", file))
    assert [item.item_id for item in items] == [item.item_id for item in local]


def test_a_pinned_commit_is_what_the_hub_route_reads(
    hub: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = put(hub, "openai/gsm8k", write(tmp_path / "test.jsonl", SUMS))
    promise(monkeypatch, "gsm8k", ("test", 5, SUMS_HASH), commit=commit)
    repo = hub.dataset("openai/gsm8k")
    repo.add("main", {"test.jsonl": Blob(b"{}")}, "main has moved", commit)
    assert len(list(read("gsm8k", Hub()))) == 5


def test_another_repository_and_other_files_are_held_to_the_same_hash(hub: Server, tmp_path: Path, sums: None) -> None:
    commit = put(
        hub, "some-org/sums", write(tmp_path / "shard.parquet", SUMS), write(tmp_path / "bad.parquet", SUMS[1:])
    )
    assert len(list(read("gsm8k", Hub(commit, "some-org/sums", ("shard.*",))))) == 5
    with pytest.raises(IntegrityError, match=r"bad\.parquet has 4 rows"):
        read("gsm8k", Hub(commit, "some-org/sums", ("bad.parquet",)))
    with pytest.raises(
        IpBenchError, match=r"no file is named like test\.jsonl; the place has: bad\.parquet, shard\.parquet"
    ):
        read("gsm8k", Hub(commit, "some-org/sums"))


@pytest.mark.parametrize("revision", ["main", "v1.0.0", "refs/pr/1", "abc123", "A" * 40])
def test_a_revision_that_may_move_is_refused(revision: str) -> None:
    with pytest.raises(
        IpBenchError, match="is no commit of Paul/XSTest, and a branch or tag may move; name 40 hex digits"
    ):
        read("xstest", Hub(revision))


def test_a_commit_that_the_repository_does_not_have_is_an_error_of_the_hub(hub: Server) -> None:
    hub.store.create("dataset", "Paul/XSTest")
    with pytest.raises(HubError, match="reading the files of Paul/XSTest@"):
        read("xstest", Hub("0" * 40))


@pytest.mark.parametrize("name", [name for name, adapter in ADAPTERS.items() if adapter.commit is None])
def test_a_set_without_a_pinned_commit_names_the_local_route(name: str) -> None:
    with pytest.raises(
        IpBenchError, match=rf"no commit of .* is pinned for {name}; .*read\('{name}', Path\(FOLDER\)\)"
    ):
        read(name, Hub())
