"""Two runs of simulated models that differ in one planted effect, on the rows of one small task."""

from __future__ import annotations

from pathlib import Path

import pytest

import ip_bench

TASK = "ip_cues_names_mini"


@pytest.fixture(scope="session")
def runs(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the runs `follows` (a planted effect of 30 points) and `ignores` (none)."""
    folder = tmp_path_factory.mktemp("runs")
    for name, model_args in (("follows", {"effect": 0.3}), ("ignores", "effect=0.0,seed=1")):
        ip_bench.run("simulated", model_args, out=folder / name, suite="mini", tasks=TASK, progress=False)
    return folder


@pytest.fixture(scope="session")
def comparison(runs: Path) -> ip_bench.Comparison:
    """Return the comparison of the two."""
    return ip_bench.compare([runs / "follows", runs / "ignores"])
