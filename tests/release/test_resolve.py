"""Data are used only when they are the promised ones; what is wrong is said by name, with both hashes."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ip_bench.builders.cues import recipes as cues

from ip_bench.errors import IntegrityError, IpBenchError, UnknownNameError
from ip_bench.release import build as building
from ip_bench.release import recipes, resolve
from ip_bench.release.build import content_hashes
from ip_bench.release.hashing import content_hash, file_sha256
from ip_bench.release.resolve import cache_root, load, verify

VERSION = cues.VERSION
HASH = "[0-9a-f]{64}"


@pytest.fixture
def folder(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the dataset to spoil, under a lock of its content, with an empty cache and no data named."""
    manifest = json.loads((dataset / "manifest.json").read_text(encoding="utf-8"))
    promised = {manifest["version"]: content_hashes(manifest)}

    def locked(name: str, version: str) -> dict[str, Any]:
        if version not in promised:
            raise UnknownNameError("version", version, promised, where=name)
        return promised[version]

    monkeypatch.setattr(recipes, "locked", locked)
    monkeypatch.delenv("IP_BENCH_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Path(shutil.copytree(dataset, tmp_path / "data" / "ip-cues"))


@pytest.fixture
def copying_build(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Replace the build by a copy of the session's, and return the list of the folders built."""
    built: list[Path] = []

    def copy(name: str, out: Path, **settings: object) -> None:
        built.append(out)
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(dataset, out)

    monkeypatch.setattr(building, "build", copy)
    return built


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    change(manifest)
    file.write_text(json.dumps(manifest), encoding="utf-8")


def split(manifest: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = manifest["configs"]["cultural"]["splits"]["validation"]
    return found


def change_a_row(folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = folder / "cultural" / "validation.parquet"
    table = pq.read_table(file)
    rows = table.to_pylist()
    rows[3]["prompt"] += " Thanks!"
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), file)
    return file


def test_a_good_folder_verifies_deeply(folder: Path) -> None:
    manifest = verify(folder, "ip-cues", VERSION, deep=True)
    assert manifest["version"] == VERSION
    assert manifest == json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def test_a_changed_file_is_refused_with_both_hashes(folder: Path) -> None:
    promised = file_sha256(folder / "cultural" / "validation.parquet")
    file = change_a_row(folder)
    with pytest.raises(IntegrityError, match=f"has SHA-256 {file_sha256(file)}, its manifest says {promised}"):
        verify(folder, "ip-cues", VERSION)


def test_one_flipped_byte_is_refused(folder: Path) -> None:
    file = folder / "inference" / "test.parquet"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(IntegrityError, match=rf"inference/test\.parquet has SHA-256 {HASH}, its manifest says {HASH}"):
        verify(folder, "ip-cues", VERSION)


def test_a_changed_file_with_its_sha_is_refused_when_rows_are_hashed(folder: Path) -> None:
    file = change_a_row(folder)
    change_manifest(folder, lambda manifest: split(manifest).update(sha256=file_sha256(file)))
    with pytest.raises(IntegrityError, match=f"has content hash {HASH}, its manifest says {HASH}"):
        verify(folder, "ip-cues", VERSION, deep=True)


def test_a_changed_file_with_all_its_hashes_is_refused_by_the_lock(folder: Path) -> None:
    import pyarrow.parquet as pq

    file = change_a_row(folder)
    found = content_hash(pq.read_table(file).to_pylist())
    change_manifest(folder, lambda manifest: split(manifest).update(sha256=file_sha256(file), content_hash=found))
    with pytest.raises(
        IntegrityError, match=f"cultural/validation {VERSION} has content hash {found}, locked is {HASH}"
    ):
        verify(folder, "ip-cues", VERSION)


def test_a_changed_content_hash_is_refused(folder: Path) -> None:
    change_manifest(folder, lambda manifest: split(manifest).update(content_hash="0" * 64))
    with pytest.raises(IntegrityError, match=f"has content hash {'0' * 64}, locked is {HASH}"):
        verify(folder, "ip-cues", VERSION)


def smuggle(manifest: dict[str, Any]) -> None:
    manifest["configs"]["more"] = manifest["configs"]["inference"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (smuggle, "ip-cues/more/test .* has content hash .*, locked is None"),
        (lambda m: m["configs"].update(more=m["configs"]["inference"] | {"splits": {}}), "has no config more"),
        (lambda m: split(m).update(rows=7), "has [0-9]+ rows, its manifest says 7"),
        (lambda m: m["configs"]["inference"].update(content_hash="00"), "inference has content hash .* says 00"),
        (lambda m: m["configs"]["inference"]["contrasts"].pop(), "does not declare the contrasts of inference"),
        (lambda m: m["configs"]["cultural"]["warnings"].append("dialect"), "does not declare the warnings of cultural"),
        (lambda m: m.update(license="MIT"), "does not declare the license of the installed ip-cues"),
        (lambda m: m["seed_functions"].clear(), "does not declare the seed_functions of the installed ip-cues"),
    ],
)
def test_a_changed_manifest_of_true_rows_is_refused(folder: Path, change: Callable[..., Any], said: str) -> None:
    change_manifest(folder, change)
    with pytest.raises(IntegrityError, match=said):
        verify(folder, "ip-cues", VERSION)


def test_what_another_version_declares_is_not_known_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change_manifest(folder, lambda manifest: manifest.update(license="MIT"))
    monkeypatch.setattr(cues, "VERSION", "9.9.9")
    assert verify(folder, "ip-cues", VERSION)["license"] == "MIT"


def test_items_are_counted_where_rows_are_hashed(folder: Path) -> None:
    change_manifest(folder, lambda manifest: split(manifest).update(items=3))
    verify(folder, "ip-cues", VERSION)
    with pytest.raises(IntegrityError, match=r"validation\.parquet has [0-9]+ items, its manifest says 3"):
        verify(folder, "ip-cues", VERSION, deep=True)


def test_a_file_without_rows_of_a_dataset_is_refused(folder: Path) -> None:
    file = folder / "cultural" / "validation.parquet"
    file.write_bytes(b"no parquet")
    change_manifest(folder, lambda manifest: split(manifest).update(sha256=file_sha256(file)))
    with pytest.raises(IntegrityError, match=r"validation\.parquet has no rows of a dataset: ArrowInvalid"):
        verify(folder, "ip-cues", VERSION)


def test_another_version_or_name_is_refused(folder: Path) -> None:
    change_manifest(folder, lambda manifest: manifest.update(version="0.9.0"))
    with pytest.raises(IntegrityError, match=f"holds ip-cues 0.9.0, asked for is ip-cues {VERSION}"):
        verify(folder, "ip-cues", VERSION)
    with pytest.raises(UnknownNameError, match=f"unknown version '0.9.0' in ip-cues; versions are: {VERSION}"):
        verify(folder, "ip-cues", "0.9.0")
    change_manifest(folder, lambda manifest: manifest.update(name="ip-x"))
    with pytest.raises(IntegrityError, match=f"holds ip-x 0.9.0, asked for is ip-cues {VERSION}"):
        verify(folder, "ip-cues", VERSION)


def test_a_missing_file_or_config_is_refused(folder: Path) -> None:
    (folder / "cultural" / "validation.parquet").unlink()
    with pytest.raises(IntegrityError, match=r"cultural/validation\.parquet is missing"):
        verify(folder, "ip-cues", VERSION)
    change_manifest(folder, lambda manifest: manifest["configs"].pop("cultural"))
    with pytest.raises(IntegrityError, match=f"cultural/test {VERSION} has content hash None, locked is {HASH}"):
        verify(folder, "ip-cues", VERSION)


def test_a_file_outside_the_folder_is_refused(folder: Path) -> None:
    shutil.copy(folder / "cultural" / "validation.parquet", folder.parent / "outside.parquet")
    for name in ("../outside.parquet", "cultural/../../outside.parquet", str(folder.parent / "outside.parquet")):
        change_manifest(folder, lambda manifest, name=name: split(manifest).update(file=name))
        with pytest.raises(IntegrityError, match=f"{re.escape(name)} is missing"):
            verify(folder, "ip-cues", VERSION)


def test_a_folder_of_links_is_read_as_its_files(folder: Path) -> None:
    for name in ("cultural/test.parquet", "manifest.json"):  # as in the cache of a hub's client
        blob = folder.parent / name.replace("/", "-")
        (folder / name).rename(blob)
        (folder / name).symlink_to(blob)
    verify(folder, "ip-cues", VERSION)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"x"', "{}", '{"name": "ip-cues", "version": "1.0.0", "configs": []}']
)
def test_a_manifest_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(IntegrityError, match="ip-cues"):
        verify(folder, "ip-cues", VERSION)


@pytest.mark.parametrize("key", ["file", "sha256", "content_hash"])
def test_a_manifest_entry_without_a_key_is_refused(folder: Path, key: str) -> None:
    change_manifest(folder, lambda manifest: split(manifest).pop(key))
    with pytest.raises(IntegrityError, match=f"cultural.*'{key}' is a required property"):
        verify(folder, "ip-cues", VERSION)


# --- where data are found


def test_the_cache_is_under_xdg_cache_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root() == tmp_path / "ip-bench"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_root() == tmp_path / ".cache" / "ip-bench"


@pytest.mark.parametrize("named", ["itself", "its parent"])
def test_a_named_folder_is_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch, copying_build: list[Path], named: str
) -> None:
    monkeypatch.setenv("IP_BENCH_DATA", str(folder if named == "itself" else folder.parent))
    assert resolve.resolve("ip-cues", VERSION) == folder
    assert copying_build == []


def test_a_named_folder_that_does_not_verify_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, copying_build: list[Path]
) -> None:
    change_a_row(folder)
    monkeypatch.setenv("IP_BENCH_DATA", str(folder))
    with pytest.raises(IntegrityError, match=f"has SHA-256 {HASH}, its manifest says {HASH}"):
        resolve.resolve("ip-cues", VERSION)
    with pytest.raises(IntegrityError):
        load("ip-cues", "cultural", "validation")
    assert copying_build == []


def test_a_named_folder_that_is_not_there_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IP_BENCH_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(IntegrityError, match=r"nowhere holds no readable manifest\.json of ip-cues"):
        resolve.resolve("ip-cues", VERSION)


def test_without_a_named_folder_the_dataset_is_built_once(folder: Path, copying_build: list[Path]) -> None:
    cached = cache_root() / f"ip-cues-{VERSION}"
    assert resolve.resolve("ip-cues", VERSION) == cached
    assert resolve.resolve("ip-cues", VERSION) == cached
    assert copying_build == [cached]


@pytest.mark.parametrize("spoil", ["a row", "the manifest", "everything"])
def test_a_bad_cache_entry_is_named_and_made_anew(
    folder: Path, copying_build: list[Path], caplog: pytest.LogCaptureFixture, spoil: str
) -> None:
    cached = resolve.resolve("ip-cues", VERSION)
    if spoil == "a row":
        change_a_row(cached)
    elif spoil == "the manifest":
        change_manifest(cached, lambda manifest: split(manifest).pop("file"))
    else:
        shutil.rmtree(cached)
        cached.mkdir()
    with caplog.at_level(logging.WARNING):
        assert resolve.resolve("ip-cues", VERSION) == cached
    assert len(caplog.records) == 1
    assert "cached dataset is not usable and is made anew" in caplog.text
    assert str(cached) in caplog.text
    assert copying_build == [cached, cached]
    verify(cached, "ip-cues", VERSION)


def test_who_start_together_on_a_cold_cache_build_once(folder: Path, copying_build: list[Path]) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: resolve.resolve("ip-cues", VERSION), range(4)))
    assert len(set(found)) == len(copying_build) == 1
    verify(found[0], "ip-cues", VERSION)


def test_a_version_that_is_not_here_says_where_to_get_it(folder: Path, copying_build: list[Path]) -> None:
    with pytest.raises(
        IpBenchError, match=f"ip-cues 9.9.9 is not here: this installation builds {VERSION}; set IP_BENCH_DATA"
    ):
        resolve.resolve("ip-cues", "9.9.9")
    with pytest.raises(UnknownNameError, match="unknown dataset 'ip-x'; datasets are: ip-cues"):
        resolve.resolve("ip-x", "1.0.0")
    assert copying_build == []


def test_the_hub_is_asked_only_where_a_namespace_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    asked = []

    def snapshot(repo: str, *, repo_type: str, revision: str) -> str:
        asked.append((repo, repo_type, revision))
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    monkeypatch.setenv("IP_BENCH_NAMESPACE", "some-org")
    with pytest.raises(IntegrityError, match=f"holds ip-cues {VERSION}, asked for is ip-cues 0.9.0"):
        resolve.resolve("ip-cues", "0.9.0")
    assert asked == [("some-org/ip-cues", "dataset", "v0.9.0")]


# --- loading


def test_load_returns_the_verified_rows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IP_BENCH_DATA", str(folder))
    manifest = verify(folder, "ip-cues", VERSION)
    loaded = load("ip-cues", "inference", "validation")
    assert content_hash(loaded) == manifest["configs"]["inference"]["splits"]["validation"]["content_hash"]


def test_a_folder_may_hold_several_datasets(education_dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ip_bench

    monkeypatch.setenv("IP_BENCH_DATA", str(education_dataset.parent))
    manifest = verify(education_dataset, "ip-education", recipes.recipe("ip-education").VERSION, deep=True)
    promised = manifest["configs"]["education_requests"]["splits"]["validation"]["content_hash"]
    assert content_hash(load("ip-education", "education_requests", "validation")) == promised
    assert content_hash(ip_bench.load("ip-education", "education_requests", "validation")) == promised
    assert content_hash(ip_bench.load(education_dataset, "education_requests", "validation")) == promised


def test_load_names_what_does_not_exist() -> None:
    with pytest.raises(UnknownNameError, match="unknown config 'x' in ip-cues; configs are: cultural, inference"):
        load("ip-cues", "x")
    with pytest.raises(
        UnknownNameError, match="unknown split 'train' in ip-cues/cultural; splits are: test, validation"
    ):
        load("ip-cues", "cultural", "train")
