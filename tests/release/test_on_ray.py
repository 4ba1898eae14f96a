"""A real Ray cluster of two workers: the same files as by one process, also when a worker is killed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ip_bench.builders.cues.education import recipes

from ip_bench.errors import ContentError, IpBenchError
from ip_bench.release import on_ray, shards
from ip_bench.release.build import build

SMALL: dict[str, Any] = {
    "dataset": "ip-tradeoff",
    "configs": ["identity_user"],
    "splits": ["validation"],
    "templates": ["t09", "t10"],
    "shard_rows": 3_000,
}
#: Run by each process of the cluster at its start; `killed` ends the first worker that is about to finish a shard.
SITE = """
import os, signal, sys
from pathlib import Path

def killed(say, **arguments):
    from ip_bench.release import shards
    whole, mark = shards.RowsHash.hexdigest, Path(__file__).with_name("death")
    def ends(self):
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(self)
    shards.RowsHash.hexdigest = ends
    return shards.write(say, **arguments)

def dies(say, **arguments):
    os._exit(7)

def small(say, **arguments):
    from ip_bench.builders.cues.education import recipes
    from ip_bench.release import build
    whole = recipes.tasks_asked
    recipes.tasks_asked = lambda config, split: whole(config, split)[:16]
    return build.write(say, **arguments)

def refused(say, **arguments):
    from ip_bench.errors import ContentError
    raise ContentError("item x must not be published")

def lost(say, **arguments):
    raise LookupError("lost")
"""


def held(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start a cluster of two workers, ended with the module; return a folder of modules that they import."""
    pytest.importorskip("ray", reason="ray is not installed")
    folder = tmp_path_factory.mktemp("r")
    (folder / "faulty.py").write_text(SITE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("RAY_AUTH_TOKEN", "0" * 32)  # else Ray puts one into the home folder
        with on_ray.cluster(2, folder=folder / "t"):
            yield folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "cross"
    shards.cross(**SMALL, out=out)
    return out


def test_one_process_and_a_cluster_write_the_same_bytes(cluster: Path, whole: Path, tmp_path: Path) -> None:
    said: list[str] = []
    shards.cross(**SMALL, out=tmp_path / "out", engine="ray", progress=said.append)
    assert held(tmp_path / "out") == held(whole)
    assert len(said) == 4


def test_a_worker_that_is_killed_changes_nothing(
    cluster: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "WORK", "faulty:killed")
    shards.cross(**SMALL, out=tmp_path / "out", engine="ray", workers=2)
    assert (cluster / "death").exists()
    assert held(tmp_path / "out") == held(whole)


def test_a_dataset_built_on_a_cluster_is_that_of_one_process(
    cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ip_bench.release import build as building

    whole, called = recipes.tasks_asked, building._call
    monkeypatch.setattr(recipes, "tasks_asked", lambda config, split: whole(config, split)[:16])
    build("ip-education", tmp_path / "one", check=False)
    monkeypatch.setattr(building, "_call", lambda *job: called(*job)._replace(function="faulty:small"))
    building.build_all({"ip-education": tmp_path / "ray"}, check=False, engine="ray", workers=None)
    assert held(tmp_path / "ray") == held(tmp_path / "one")


@pytest.mark.parametrize(
    ("function", "kind", "words"),
    [
        ("refused", ContentError, "^item x must not be published$"),
        ("lost", RuntimeError, r"Traceback[\s\S]+LookupError: lost"),
        ("dies", RuntimeError, r"a process that makes identity_user/validation-\d+-of-\d+\.parquet ended 2 times"),
    ],
)
def test_an_error_of_a_worker_is_that_of_one_process(
    cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, kind: type[Exception], words: str
) -> None:
    monkeypatch.setattr(shards, "WORK", f"faulty:{function}")
    monkeypatch.setattr(on_ray, "RETRIES", 1)
    with pytest.raises(kind, match=words):
        shards.cross(**SMALL, out=tmp_path / "out", engine="ray")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://localhost:1", "127.0.0.1:99999", "bogus"])
def test_an_address_where_nothing_listens_is_named(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray", reason="ray is not installed")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(IpBenchError, match=f"no Ray cluster answers at '{address}' "):
        shards.cross(**SMALL, out=tmp_path / "out", engine="ray", address=address)


def test_where_ray_is_not_installed_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    for call in (lambda **more: shards.cross(**SMALL, **more), build_one):
        with pytest.raises(IpBenchError, match=r"needs Ray; pip install 'ip-bench\[ray\]'"):
            call(out=tmp_path / "out", engine="ray")
    assert list(tmp_path.iterdir()) == []


def build_one(out: Path, engine: str) -> None:
    from ip_bench.release.build import build_all

    build_all({"ip-echo": out}, engine=engine)
