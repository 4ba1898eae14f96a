"""A running hub with the real client turned to it, and small versions of ip-cues to publish there.

Other folders' tests use these by `from hub.fixtures import hub, small, small_tradeoff, versions`.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub.server import Hub, running
from ip_bench.errors import UnknownNameError
from ip_bench.release import recipes
from ip_bench.release.build import build, content_hashes
from ip_bench.release.hashing import combine, content_hash, file_sha256

ITEMS = 40
Version = Callable[..., Path]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Yield a hub to which this process's client speaks, with a cache of its own, no token, and no waits."""
    from huggingface_hub import constants, file_download
    from huggingface_hub.utils import _http, disable_progress_bars

    with running() as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
        monkeypatch.delenv("HF_TOKEN", raising=False)
        for module in (_http, file_download):
            monkeypatch.setattr(module, "time", SimpleNamespace(sleep=lambda seconds: None))
        disable_progress_bars()
        _http.close_session()
        yield server
        _http.close_session()


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a build of ip-cues with few items."""
    return built(tmp_path_factory.mktemp("small") / "ip-cues", slice(ITEMS))


def built(folder: Path, items: slice) -> Path:
    """Build ip-cues of some of its items into a folder, and return it."""
    from ip_bench.builders.cues import asked, cells, content, words

    held = content.load()
    with pytest.MonkeyPatch.context() as patch:
        for module in (words, asked, cells):
            patch.setattr(module, "load", lambda: held._replace(items=held.items[items]))
        build("ip-cues", folder, check=False)
    return folder


@pytest.fixture(scope="session")
def small_tradeoff(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a build of ip-tradeoff with few items; what publishes it has to lock it first."""
    from ip_bench.builders.tradeoff import implicit_rows, items, recipes

    few = {split: items.asked_items(split)[:ITEMS] for split in items.SPLITS}
    folder = tmp_path_factory.mktemp("small") / "ip-tradeoff"
    with pytest.MonkeyPatch.context() as patch:
        for module in (recipes, implicit_rows):
            patch.setattr(module, "asked_items", few.__getitem__)
        build("ip-tradeoff", folder, check=False)
    return folder


@pytest.fixture
def versions(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Version:
    """Return a function that makes a folder of a version, and locks what it makes.

    `versions("1.1.0", prompt=" Thanks!")` appends to one row's prompt; `warnings=["dialect"]` are those of the config
    `cultural`; `lock=False` leaves the lock as it is. Meanwhile the installed recipe is of version 1.0.0.
    """
    from ip_bench.builders.cues import recipes as cues

    monkeypatch.setattr(cues, "VERSION", "1.0.0")
    locks: dict[str, Any] = {}

    def locked(name: str, version: str) -> dict[str, Any]:
        if version not in locks:
            raise UnknownNameError("version", version, locks, where=name)
        return dict(locks[version])

    def make(version: str, *, prompt: str = "", warnings: Sequence[str] = (), lock: bool = True) -> Path:
        number = len(list(tmp_path.glob("version-*")))
        folder = Path(shutil.copytree(small, tmp_path / f"version-{number}" / "ip-cues"))
        file = folder / "manifest.json"
        manifest = json.loads(file.read_text(encoding="utf-8"))
        manifest["version"] = version
        manifest["configs"]["cultural"]["warnings"] = list(warnings)
        if version == cues.VERSION:  # which is held to its recipe
            monkeypatch.setattr(cues, "WARNINGS", {"cultural": tuple(warnings)} if warnings else {})
        if prompt:
            change_row(folder, manifest, prompt)
        file.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        if lock:
            locks[version] = content_hashes(manifest)
        return folder

    monkeypatch.setattr(recipes, "locked", locked)
    return make


def change_row(folder: Path, manifest: dict[str, Any], prompt: str) -> None:
    """Append to the prompt of a row of cultural/validation, and let the manifest promise it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    described = manifest["configs"]["cultural"]
    entry = described["splits"]["validation"]
    table = pq.read_table(folder / entry["file"])
    rows = table.to_pylist()
    rows[3]["prompt"] += prompt
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), folder / entry["file"])
    entry |= {"content_hash": content_hash(rows), "sha256": file_sha256(folder / entry["file"])}
    described["content_hash"] = combine(
        {split: bytes.fromhex(one["content_hash"]) for split, one in described["splits"].items()}
    )


def reset(hub: Hub, repos: dict[Any, Any], large: dict[str, bytes]) -> None:
    """Bring a hub's repositories and large files back to what was kept."""
    hub.store.repos = {key: _copied(repo) for key, repo in repos.items()}
    hub.store.large = dict(large)


def kept(hub: Hub) -> tuple[dict[Any, Any], dict[str, bytes]]:
    """Return a hub's repositories and large files, to be brought back."""
    return {key: _copied(repo) for key, repo in hub.store.repos.items()}, dict(hub.store.large)


def _copied(repo: Any) -> Any:
    mutable = ("allowed", "commits", "heads", "tags", "pulls")
    return dataclasses.replace(repo, **{name: getattr(repo, name).copy() for name in mutable})
