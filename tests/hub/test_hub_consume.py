"""A published version is read back by the libraries that people use, and `load` and `diff` hold it to its manifest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.fixtures import Version, change_row
from hub.server import Hub
from hub.store import READER, STRANGER, WRITER, Blob
from ip_bench.errors import IntegrityError, IpBenchError, UnknownNameError
from ip_bench.hub.diff import describe, diff
from ip_bench.hub.failures import HubError
from ip_bench.hub.load import load
from ip_bench.hub.publish import publish
from ip_bench.release.hashing import content_hash

REPO = "some-org/ip-cues"
HASH = "[0-9a-f]{64}"


def send(folder: Path) -> None:
    publish("ip-cues", namespace="some-org", folder=folder, token=WRITER)


def promised(folder: Path, config: str, split: str) -> str:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return str(manifest["configs"][config]["splits"][split]["content_hash"])


def spoil(hub: Hub, path: str, data: bytes, *, lfs: bool = True) -> None:
    """Let the hub serve another file under the tag, as a broken or hostile one would."""
    repo = hub.dataset(REPO)
    head = repo.at("main")
    repo.tags["v1.0.0"] = repo.add("main", {**head.files, path: Blob(data, lfs=lfs)}, "spoiled", head.sha).sha


# --- the libraries, each in a process that knows nothing but the hub's address

READ = """
import json, sys
from ip_bench.release.hashing import content_hash

def plain(value):
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return None if value is None or value != value else value

repo, hashes = sys.argv[1], {}
from datasets import load_dataset
for config in ("cultural", "inference"):
    hashes["datasets " + config] = content_hash(load_dataset(repo, config, revision="v1.0.0")["validation"])
stream = load_dataset(repo, "cultural", revision="v1.0.0", split="validation", streaming=True)
hashes["streaming"] = content_hash(stream)
default = load_dataset(repo, revision="v1.0.0")
hashes["default"] = content_hash(default["validation"])
assert default["test"].num_rows > 1000

import pandas
path = f"datasets/{repo}@v1.0.0/cultural/validation.parquet"
frame = pandas.read_parquet("hf://" + path, dtype_backend="pyarrow")
names = frame.columns
rows = pandas.DataFrame(frame).astype(object).to_dict("records")
integers = {"gold", "replicate", "dose"}
hashes["pandas"] = content_hash(
    {n: int(v) if n in integers and (v := plain(row[n])) is not None else plain(row[n]) for n in names} for row in rows
)

import polars
from huggingface_hub import HfFileSystem
with HfFileSystem().open(path) as file:  # polars' own hf:// knows no other hub than huggingface.co
    hashes["polars"] = content_hash(polars.read_parquet(file).to_dicts())
print(json.dumps(hashes))
"""


def test_a_published_version_is_read_by_every_library_at_its_tag(hub: Hub, versions: Version, tmp_path: Path) -> None:
    folder = versions("1.0.0")
    send(folder)
    send(versions("2.0.0", prompt=" Thanks!"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "IP_BENCH"))}
    environment |= {
        "HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(tmp_path / "hf"),
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", READ, REPO], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.pop("datasets inference") == promised(folder, "inference", "validation")
    assert found.keys() == {"datasets cultural", "streaming", "default", "pandas", "polars"}
    assert set(found.values()) == {promised(folder, "cultural", "validation")}


# --- load


def test_load_returns_the_rows_of_the_named_revision(hub: Hub, versions: Version) -> None:
    old, new = versions("1.0.0"), versions("2.0.0", prompt=" Thanks!")
    send(old)
    send(new)
    for revision, folder in (("v1.0.0", old), ("v2.0.0", new), (hub.dataset(REPO).tags["v1.0.0"], old)):
        rows = load(REPO, "cultural", "validation", revision=revision)
        assert content_hash(rows) == promised(folder, "cultural", "validation")
    assert content_hash(load(old, "inference", "validation")) == promised(old, "inference", "validation")


def test_another_file_than_the_promised_one_is_refused_with_both_hashes(hub: Hub, versions: Version) -> None:
    send(versions("1.0.0"))
    spoil(hub, "cultural/validation.parquet", b"PAR1 something else PAR1")
    with pytest.raises(IntegrityError, match=f"validation.parquet has SHA-256 {HASH}, its manifest says {HASH}"):
        load(REPO, "cultural", "validation", revision="v1.0.0")


def test_a_changed_row_with_its_sha_is_refused_by_the_content_hash(hub: Hub, versions: Version) -> None:
    folder = versions("1.0.0")
    send(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    promise = promised(folder, "cultural", "validation")
    change_row(folder, manifest, " Thanks!")
    spoil(hub, "cultural/validation.parquet", (folder / "cultural/validation.parquet").read_bytes())
    manifest["configs"]["cultural"]["splits"]["validation"]["content_hash"] = promise
    spoil(hub, "manifest.json", json.dumps(manifest).encode(), lfs=False)
    with pytest.raises(IntegrityError, match=f"has content hash {HASH}, its manifest says {promise}"):
        load(REPO, "cultural", "validation", revision="v1.0.0")


def test_a_changed_row_with_all_its_hashes_is_refused_by_the_lock(hub: Hub, versions: Version) -> None:
    folder = versions("1.0.0")
    send(folder)
    promise = promised(folder, "cultural", "validation")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change_row(folder, manifest, " Thanks!")
    spoil(hub, "cultural/validation.parquet", (folder / "cultural/validation.parquet").read_bytes())
    spoil(hub, "manifest.json", json.dumps(manifest).encode(), lfs=False)
    with pytest.raises(IntegrityError, match=f"has content hash {HASH}, locked is {promise}"):
        load(REPO, "cultural", "validation", revision="v1.0.0")


def test_load_names_what_does_not_exist(hub: Hub, versions: Version) -> None:
    folder = versions("1.0.0")
    send(folder)
    with pytest.raises(UnknownNameError, match=r"unknown config 'x' in .*; configs are: cultural, inference"):
        load(REPO, "x", revision="v1.0.0")
    with pytest.raises(UnknownNameError, match=r"unknown split 'train' in .*; splits are: test, validation"):
        load(folder, "cultural", "train")
    with pytest.raises(UnknownNameError, match=r"unknown revision 'v9' in some-org/ip-cues; revisions are: v1\.0\.0"):
        load(REPO, "cultural", revision="v9")
    with pytest.raises(IpBenchError, match=r"name the revision of some-org/ip-cues; tags are: v1\.0\.0"):
        load(REPO, "cultural")
    with pytest.raises(
        UnknownNameError, match=r"unknown dataset 'ip-x'; datasets are: ip-cues, .*, ip-personas, NAMESPACE/NAME on"
    ):
        load("ip-x", "cultural")
    with pytest.raises(HubError, match="reading some-org/nothing@v1: no such repository"):
        load("some-org/nothing", "cultural", revision="v1")
    with pytest.raises(IntegrityError, match=r"has no manifest\.json"):
        load(folder / "cultural", "cultural")


def test_a_gated_dataset_says_that_it_is(hub: Hub, versions: Version) -> None:
    folder = versions("1.0.0")
    send(folder)
    hub.dataset(REPO).gated = "manual"
    for token in (None, STRANGER):
        with pytest.raises(HubError, match="the dataset is gated; accept its terms on its page") as raised:
            load(REPO, "cultural", "validation", revision="v1.0.0", token=token)
        assert raised.value.status == (403 if token else 401)
    hub.dataset(REPO).allowed.add("stranger")
    for token in (STRANGER, READER):
        rows = load(REPO, "cultural", "validation", revision="v1.0.0", token=token)
        assert content_hash(rows) == promised(folder, "cultural", "validation")


def test_a_dataset_by_name_is_the_local_one(versions: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = versions("1.0.0")
    monkeypatch.setenv("IP_BENCH_DATA", str(folder))
    expected = promised(folder, "cultural", "validation")
    assert content_hash(load("ip-cues", "cultural", "validation")) == expected
    assert content_hash(load("ip-cues", "cultural", "validation", revision="v1.0.0")) == expected
    with pytest.raises(IntegrityError, match=r"asked for is ip-cues 2\.0\.0"):
        load("ip-cues", "cultural", version="2.0.0")


# --- diff


def test_diff_names_the_rows_that_changed(hub: Hub, versions: Version) -> None:
    old, new = versions("1.0.0"), versions("2.0.0", prompt=" Thanks!")
    send(old)
    send(new)
    for a, b in ((f"{REPO}@v1.0.0", f"{REPO}@v2.0.0"), (old, f"{REPO}@main"), (str(old), str(new))):
        found = diff(a, b)
        assert (found.a.version, found.b.version, found.needs) == ("1.0.0", "2.0.0", "X")
        (moved,) = [one for one in found.splits if not one.same]
        assert (moved.config, moved.split, moved.added, moved.removed) == ("cultural", "validation", (), ())
        assert list(moved.changed.values()) == [("prompt",)]
        assert (moved.hash_a, moved.hash_b) == tuple(promised(f, "cultural", "validation") for f in (old, new))
    text = describe(found)
    assert f"~ {next(iter(moved.changed))}: prompt" in text
    assert "cultural/test: same rows" in text
    assert "X of X.Y.Z must rise" in text
    json.dumps(found.to_dict())


def edit(folder: Path, change: object) -> Path:
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    change(manifest["configs"])  # type: ignore[operator]
    file.write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_diff_says_which_number_must_rise(versions: Version) -> None:
    base = versions("1.0.0")
    assert diff(base, base).needs == "none"
    less = edit(versions("1.1.0"), lambda configs: configs.pop("inference"))
    more, fewer = diff(less, base), diff(base, less)
    assert (more.needs, fewer.needs) == ("Y", "X")
    assert all(one.added and one.hash_a is None for one in more.splits if one.config == "inference")
    assert all(one.removed and one.hash_b is None for one in fewer.splits if one.config == "inference")
    assert "(not there) -> " in describe(more)
    words = diff(base, edit(versions("1.0.1"), lambda configs: configs["cultural"]["contrasts"].pop()))
    assert (words.needs, dict(words.declared)) == ("Z", {"cultural": ("contrasts",)})


def test_diff_checks_each_file_that_it_reads(versions: Version) -> None:
    old, new = versions("1.0.0"), versions("2.0.0", prompt=" Thanks!")
    (new / "cultural" / "validation.parquet").write_bytes(b"PAR1")
    with pytest.raises(IntegrityError, match=f"cultural/validation.parquet has SHA-256 {HASH}, its manifest says"):
        diff(old, new)


def test_diff_wants_folders_or_hub_versions(hub: Hub, versions: Version, tmp_path: Path) -> None:
    with pytest.raises(IpBenchError, match=r"neither a built folder .* nor a hub version like my-org/ip-cues@v1\.0\.0"):
        diff(versions("1.0.0"), tmp_path / "nothing")


# --- the commands


def test_the_commands_say_what_they_did(hub: Hub, versions: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    import typer

    from ip_bench.cli import hub as commands

    app = typer.Typer()
    app.command()(commands.publish)
    app.command()(commands.diff)
    monkeypatch.setenv("HF_TOKEN", WRITER)
    old, new = (str(versions(name, prompt=words)) for name, words in (("1.0.0", ""), ("2.0.0", " Thanks!")))

    def run(*given: str) -> str:
        result = CliRunner().invoke(app, list(given), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    publishing = ("publish", "ip-cues", "--namespace", "some-org", "--folder", old)
    assert "some-org/ip-cues 1.0.0: published, tag v1.0.0 set" in run(*publishing)
    assert "tag v1.0.0 has the same rows; nothing was sent" in run(*publishing)
    assert "proposed; publish again after the merge" in run(*publishing[:-1], new, "--pr")
    assert "cultural/validation: 0 added, 0 removed, 1 changed" in run("diff", old, new)
    assert json.loads(run("diff", f"{REPO}@v1.0.0", new, "--json"))["needs"] == "X"
