"""Nothing a test does touches the user's caches, and the dataset is built once a session."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples every time, and no test fails because a machine was busy.
settings.register_profile("ip-bench", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", deadline=None, max_examples=5_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ip-bench"))

# Set before any test module imports datasets or transformers, which read these on import.
_HOME = Path(tempfile.mkdtemp(prefix="ip-bench-tests-"))
os.environ |= {
    "XDG_CACHE_HOME": str(_HOME / "cache"),
    "HF_HOME": str(_HOME / "hf"),
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
for _name in ("IP_BENCH_DATA", "IP_BENCH_NAMESPACE", "HF_DATASETS_CACHE", "HF_HUB_CACHE"):
    os.environ.pop(_name, None)


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="module", autouse=True)
def _no_design_stays_registered() -> Iterator[None]:
    yield
    recipes = sys.modules.get("ip_bench.release.recipes")
    if recipes is not None:
        recipes._REGISTERED.clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many code blocks of the documents were run, parsed or read (tests/docs)."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", ()):
        counts.update(dict(getattr(report, "user_properties", ())).get("blocks", {}))
    if counts:
        told = ", ".join(f"{number} {how}" for how, number in sorted(counts.items()))
        terminalreporter.write_line(f"blocks and commands of the documents: {told}")


def built(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a build of a dataset, which is made once for all processes of a session.

    The lock is not checked here, but whatever reads the folder checks it: after a change of content run `make lock`.
    """
    from filelock import FileLock

    from ip_bench.release.build import build

    root = tmp_path_factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "data" / name
    folder.parent.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            build(name, folder, check=False)
    return folder


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of a fresh build of ip-cues; for the rest of the session `IP_BENCH_DATA` names it."""
    folder = built("ip-cues", tmp_path_factory)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IP_BENCH_DATA", str(folder))
        yield folder


@pytest.fixture(scope="session")
def education_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a fresh build of ip-education, which is not named by `IP_BENCH_DATA`; see `dataset`."""
    return built("ip-education", tmp_path_factory)


@pytest.fixture(scope="session")
def echo_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a fresh build of ip-echo, which is not named by `IP_BENCH_DATA`; see `dataset`."""
    return built("ip-echo", tmp_path_factory)


@pytest.fixture(scope="session")
def tradeoff_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a fresh build of ip-tradeoff, which is not named by `IP_BENCH_DATA`; see `dataset`."""
    return built("ip-tradeoff", tmp_path_factory)


@pytest.fixture(scope="session")
def bounds_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a fresh build of ip-bounds, which is not named by `IP_BENCH_DATA`; see `dataset`."""
    return built("ip-bounds", tmp_path_factory)


@pytest.fixture(scope="session")
def personas_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a fresh build of ip-personas, which is not named by `IP_BENCH_DATA`; see `dataset`."""
    return built("ip-personas", tmp_path_factory)
