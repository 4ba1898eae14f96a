"""A cross as files: the same bytes by any way, kept by a later start, and never mixed with those of another plan."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from filelock import FileLock
from ip_bench.builders.tradeoff import recipes
from ip_bench.builders.tradeoff.cross import full_cross

from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.release import shards
from ip_bench.release.features import features
from ip_bench.release.hashing import file_sha256
from ip_bench.release.plan import planned, shards_of
from ip_bench.release.rowshash import RowsHash

#: 2 x 5,850 rows in 2 x 3 files.
SMALL: dict[str, Any] = {
    "dataset": "ip-tradeoff",
    "configs": ["profile_user", "identity"],
    "splits": ["validation"],
    "templates": ["t09"],
    "shard_rows": 2_000,
}
FILES = [
    f"{config}/validation-{number:05d}-of-00003.parquet"
    for config in ("identity", "profile_user")
    for number in range(3)
]


def made(out: Path, **fields: Any) -> dict[str, Any]:
    return shards.cross(**{**SMALL, "out": out, **fields})


def held(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that one process wrote."""
    out = tmp_path_factory.mktemp("whole") / "cross"
    made(out)
    return out


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """Return a function by which a process that is about to finish the second shard ends so often, by a signal."""
    (tmp_path / "faulty.py").write_text(
        f"""
import os, signal
from pathlib import Path
from ip_bench.release import shards

def write(say, **arguments):
    deaths = [Path({str(tmp_path)!r}) / f"death{{number}}" for number in range(int(os.environ["DEATHS"]))]
    waiting = [one for one in deaths if not one.exists()]
    if waiting and arguments["shard"]["file"] == {FILES[1]!r}:
        def killed(self):
            waiting[0].touch()
            os.kill(os.getpid(), signal.SIGKILL)
        shards.RowsHash.hexdigest = killed
    return shards.write(say, **arguments)
""",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(shards, "WORK", "faulty:write")

    def deaths(count: int) -> Path:
        monkeypatch.setenv("DEATHS", str(count))
        return tmp_path / "out"

    return deaths


# --- what is written


def test_the_files_hold_the_rows_of_the_cross(whole: Path) -> None:
    for config in ("identity", "profile_user"):
        rows = [row.to_row() for row in full_cross(config, splits=["validation"], template_ids=["t09"])]
        files = [file for file in FILES if file.startswith(f"{config}/")]
        assert [row for file in files for row in pq.read_table(whole / file).to_pylist()] == rows
        assert {pq.read_schema(whole / file).metadata[b"huggingface"] for file in files} == {
            features(recipes.columns(config)).arrow_schema.metadata[b"huggingface"]
        }
    assert sorted(path.relative_to(whole).as_posix() for path in whole.rglob("*.parquet")) == FILES


def test_receipts_and_manifest_say_what_the_files_hold(whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    plan = json.loads((whole / "plan.json").read_text(encoding="utf-8"))
    assert (manifest["rows"], manifest["plan"]) == (2 * 130 * 45, plan["hash"])
    assert [shard["file"] for shard in plan["shards"]] == FILES
    entries = [
        entry
        for config in manifest["configs"].values()
        for split in config["splits"].values()
        for entry in split["files"]
    ]
    for entry in entries:
        table = pq.read_table(whole / entry["file"])
        said = RowsHash(table.schema)
        said.update(table)
        assert (entry["rows"], entry["items"]) == (table.num_rows, len(set(table["item_id"].to_pylist())))
        assert (entry["sha256"], entry["content_hash"]) == (file_sha256(whole / entry["file"]), said.hexdigest())
        receipt = whole / "receipts" / entry["file"].replace(".parquet", ".json")
        assert json.loads(receipt.read_text(encoding="utf-8")) == {**entry, "plan": plan["hash"]}
    assert manifest["configs"]["identity"]["warnings"] == ["unsafe_requests", "identity"]


def test_the_libraries_read_the_folder(whole: Path, tmp_path: Path) -> None:
    from datasets import load_dataset

    loaded = load_dataset(str(whole), "profile_user", cache_dir=str(tmp_path))["validation"]
    files = [str(whole / file) for file in FILES if file.startswith("profile_user")]
    plain = load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path))
    assert loaded.features == plain.features == features(recipes.columns("profile_user"))
    ids = loaded["row_id"][:]
    assert ids == plain["row_id"][:] == pl.read_parquet(files)["row_id"].to_list()
    assert ids == pd.read_parquet(whole / "profile_user")["row_id"].to_list()
    assert len(set(ids)) == 130 * 45
    assert "not-for-all-audiences" in (whole / "README.md").read_text(encoding="utf-8")


def test_the_plan_is_decided_by_what_is_asked_for() -> None:
    asked = {name: value for name, value in SMALL.items() if name != "dataset"}
    first = planned("ip-tradeoff", **asked)
    assert first.configs == ("identity", "profile_user")
    assert [(shard.start, shard.stop, shard.rows) for shard in first.shards[:3]] == [
        (0, 44, 1_980), (44, 88, 1_980), (88, 130, 1_890),
    ]  # fmt: skip
    assert planned("ip-tradeoff", **asked).hash == first.hash
    assert planned("ip-tradeoff", **{**asked, "templates": ["t09", "t09"]}).hash == first.hash
    changes: list[dict[str, Any]] = [
        {"configs": ["identity"]}, {"splits": None}, {"templates": ["t10"]}, {"shard_rows": 1_999},
        {"intersect": ["woman+muslim"]},
    ]  # fmt: skip
    hashes = {planned("ip-tradeoff", **{**asked, **change}).hash for change in changes}
    assert len(hashes | {first.hash}) == 6
    assert [shard.rows for shard in shards_of("a", "test", 2, 100, 7)] == [100, 100]
    assert shards_of("a", "test", 0, 100, 7) == []


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        ({"dataset": "ip-cues"}, UnknownNameError, "unknown dataset 'ip-cues' in the full crosses; datasets are: ip-t"),
        ({"dataset": "cues"}, UnknownNameError, "unknown dataset 'cues'; datasets are: ip-cues, "),
        ({"configs": ["implicit"]}, UnknownNameError, "unknown config 'implicit' in the cross of ip-tradeoff"),
        ({"splits": ["train"]}, UnknownNameError, "unknown split 'train' in the cross of ip-tradeoff"),
        ({"configs": []}, IpBenchError, "configs is empty; name one or more, or leave it out for all"),
        ({"splits": []}, IpBenchError, "splits is empty; name one"),
        ({"templates": []}, IpBenchError, "templates is empty; name one"),
        ({"shard_rows": 0}, IpBenchError, "shard_rows is 0; it must be 1 or more"),
        ({"workers": 0}, IpBenchError, "workers is 0; it must be 1 or more"),
        ({"engine": "dask"}, UnknownNameError, "unknown engine 'dask'; engines are: local, ray"),
        ({"address": "auto"}, IpBenchError, "address 'auto' is for the engine ray; the engine is local"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_before_anything_is_written(
    tmp_path: Path, fields: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        made(tmp_path / "out", **fields)
    assert not (tmp_path / "out").exists()


# --- several processes, and interruptions


def test_a_process_that_is_killed_changes_nothing(whole: Path, faulty: Callable[[int], Path]) -> None:
    out = faulty(1)
    made(out, workers=2)
    assert (out.parent / "death0").exists()
    assert held(out) == held(whole)


def test_finished_shards_outlive_processes_and_the_next_start_writes_the_others(
    whole: Path, faulty: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = faulty(2)
    with pytest.raises(RuntimeError, match=f"a process that builds {FILES[1]} ended with status -9"):
        made(out, workers=2)
    there = {path.relative_to(out / "receipts").as_posix() for path in out.glob("receipts/*/*.json")}
    assert FILES[0].replace(".parquet", ".json") in there
    assert FILES[1].replace(".parquet", ".json") not in there
    assert not (out / "manifest.json").exists()
    kept = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet") if not path.name.startswith(".")}
    monkeypatch.setattr(shards, "WORK", f"{shards.__name__}:write")
    said: list[str] = []
    made(out, progress=said.append)
    assert f"{len(there)} of 6 shards are there" in said
    assert held(out) == held(whole)
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())


KILLED = """
import os, signal, sys
from pathlib import Path
from ip_bench.release import shards

def killed(self, table, whole=shards.RowsHash.update, seen=[]):
    seen.append(table)
    if len(seen) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    whole(self, table)

shards.RowsHash.update = killed
shards.cross(**{**SMALL, "out": Path(sys.argv[1])})
"""


def test_a_build_that_is_killed_goes_on_where_it_was(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = subprocess.run([sys.executable, "-c", f"SMALL = {SMALL!r}\n{KILLED}", str(out)], check=False)
    assert ended.returncode == -signal.SIGKILL
    files = held(out)
    assert set(FILES) & set(files) == set(FILES[:2])
    assert [name for name in files if Path(name).name.startswith(".")]  # what it was writing
    said: list[str] = []
    made(out, progress=said.append)
    assert said[0] == "2 of 6 shards are there"
    assert len(said) == 5
    assert held(out) == held(whole)


def test_a_shard_that_is_damaged_or_gone_is_written_anew(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made(out)
    with (out / FILES[2]).open("ab") as file:
        file.write(b"more")
    (out / FILES[4]).unlink()
    (out / "receipts" / FILES[5].replace(".parquet", ".json")).unlink()
    said: list[str] = []
    made(out, progress=said.append)
    assert f"{FILES[2]} is not what its receipt says, and is written anew" in said
    assert "3 of 6 shards are there" in said
    assert held(out) == held(whole)


def receipt_of(out: Path, file: str) -> Path:
    return out / "receipts" / file.replace(".parquet", ".json")


def test_a_receipt_that_does_not_fit_its_shard_is_written_anew(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made(out)
    told = json.loads(receipt_of(out, FILES[0]).read_text(encoding="utf-8"))
    spoiled = [
        "{half",
        json.dumps([told]),
        json.dumps({**told, "rows": 1}),
        json.dumps({**told, "items": 1}),
        json.dumps({**told, "file": FILES[5]}),
        json.dumps({name: value for name, value in told.items() if name != "content_hash"}),
    ]
    for text in spoiled:
        receipt_of(out, FILES[0]).write_text(text, encoding="utf-8")
        warned: list[str] = []
        made(out, warn=warned.append)
        assert warned == [f"receipts/identity/validation-00000-of-00003.json is no receipt of {FILES[0]}, which is "
                          "written anew"]  # fmt: skip
        assert held(out) == held(whole)


def test_a_folder_has_no_manifest_while_it_is_repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    made(out)
    (out / FILES[2]).unlink()

    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shards, "write", stopped)
    with pytest.raises(KeyboardInterrupt):
        made(out)
    assert not (out / "manifest.json").exists()


def test_only_drafts_of_the_folders_files_are_swept(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made(out)
    (out / "notes").mkdir()
    drafts = [
        ".plan.json.a1_b2c3d",
        ".manifest.json.abcdefgh",
        ".README.md.abcdefgh",
        f"identity/.{Path(FILES[0]).name}.01234567",
    ]
    others = [f"identity/.{Path(FILES[0]).name}.swp", ".plan.json.bak", "notes/.README.md.abcdefgh"]
    for name in [*drafts, *others]:
        (out / name).touch()
    made(out)
    assert set(held(out)) == {*held(whole), *others}


def test_the_folder_of_a_later_start_need_not_be_in_a_writable_one(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    made(out)
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr("ip_bench.files.os.access", lambda *_: False)
    made(out)
    made(tmp_path / "empty")
    assert held(out) == held(tmp_path / "empty") == held(whole)
    with pytest.raises(IpBenchError, match="is not writable; name another folder with --out"):
        made(tmp_path / "new")


def test_shards_of_another_plan_are_refused_by_name(tmp_path: Path) -> None:
    out = tmp_path / "out"
    made(out)
    before = held(out)
    with pytest.raises(
        IpBenchError, match=r"plan\.json is another plan \(shard_rows is 2000 there, 3000 here\); name another"
    ):
        made(out, shard_rows=3_000)
    with pytest.raises(IpBenchError, match=r'\(arguments is \{"templates": \["t09"\], .* here; content is .* here\)'):
        made(out, templates=["t10"])
    assert held(out) == before
    receipt = receipt_of(out, FILES[3])
    receipt.write_text(receipt.read_text(encoding="utf-8").replace('"plan": "', '"plan": "0'), encoding="utf-8")
    with pytest.raises(IpBenchError, match=rf'{FILES[3]} is of plan "0\w+", this plan is \w+; name another folder'):
        made(out)
    (out / "identity" / "stray.parquet").write_bytes(b"")
    with pytest.raises(
        IpBenchError, match=r"stray\.parquet is no shard of this plan .* move identity/stray\.parquet away"
    ):
        made(out)


def test_a_folder_of_other_files_or_of_a_build_under_way_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(IpBenchError, match=r"has other files and no plan\.json"):
        made(out)
    (out / "thesis.txt").unlink()
    with FileLock(out / ".lock"), pytest.raises(IpBenchError, match="is being written to by another process"):
        made(out)
    assert [path.name for path in out.iterdir()] == [".lock"]


def test_another_content_here_than_in_the_plan_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = shards.planned

    def elsewhere(*names: Any, **fields: Any) -> Any:
        plan = whole(*names, **fields)
        object.__setattr__(plan, "content", dict.fromkeys(plan.content, "0123"))
        return plan

    monkeypatch.setattr(shards, "planned", elsewhere)
    with pytest.raises(
        IpBenchError, match=rf"{FILES[0]}: ip-tradeoff here has content \w+, the plan is of 0123; install"
    ):
        made(tmp_path / "out")
