"""A run that may be submitted, made once; and the hub's fixtures by name."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hub.fixtures import hub, small

from ip_bench.analysis import analyze
from ip_bench.files import read_json, write_json
from ip_bench.harness.plan import Plan
from ip_bench.leaderboard import identity, submission
from ip_bench.leaderboard.reference_check import selfcheck_record
from ip_bench.release import recipes
from ip_bench.release.build import content_hashes
from ip_bench.selfcheck import selfcheck

__all__ = ["hub", "small"]

TASK = "ip_cues_cultural_mini"
FINISHED = "2025-03-01T12:00:00+00:00"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the client upload as it does: it hands its HTTP library a file in a way which that has deprecated."""
    for item in items:
        if "hub" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"))


@pytest.fixture(scope="session")
def finished_run(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of the simulated model with its analysis and selfcheck; copy it before a change."""
    folder = tmp_path_factory.mktemp("runs") / "latest"
    plan = Plan(model="simulated", suite="mini", tasks=(TASK,), margin=0.05, alpha=0.05)
    with pytest.MonkeyPatch.context() as patch:
        use(small, patch)
        checks = selfcheck(folder, reference="simulated", plan=plan, progress=False)
        redated(folder, FINISHED)
        analyze(folder)
    write_json(folder / "selfcheck.json", selfcheck_record(read_json(folder / "run.json"), "simulated", checks))
    return folder


@pytest.fixture
def results(finished_run: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the run for one test, whose dataset is the installed one meanwhile; the samples are links."""
    use(small, monkeypatch)
    return Path(shutil.copytree(finished_run, tmp_path / "latest", copy_function=_link))


def use(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let a small build be the dataset, and its hashes the locked ones."""
    hashes = content_hashes(read_json(folder / "manifest.json"))

    def locked(name: str, version: str) -> dict[str, Any]:
        return hashes

    patch.setenv("IP_BENCH_DATA", str(folder))
    patch.setattr(recipes, "locked", locked)
    patch.setattr(submission, "locked", locked)
    patch.setattr(identity, "NO_MODEL", frozenset())  # the runs of these tests are of the simulated model


def redated(folder: Path, when: str) -> None:
    """Say in a run's records that it ended at another time."""
    for name in ("run", "analysis"):
        file = folder / f"{name}.json"
        if file.exists():
            record = read_json(file)
            (record if name == "run" else record["run"])["finished"] = when
            write_json(file, record)


def changed(folder: Path, name: str, **more: object) -> None:
    """Change keys of a record, in analysis.json also in its copy of the run."""
    record = read_json(folder / f"{name}.json")
    write_json(folder / f"{name}.json", record | more)
    if name == "run":
        analysis = read_json(folder / "analysis.json")
        write_json(folder / "analysis.json", analysis | {"run": record | more})


def _link(source: str, target: str) -> None:
    if source.endswith(".jsonl"):
        Path(target).symlink_to(source)
    else:
        shutil.copy(source, target)
