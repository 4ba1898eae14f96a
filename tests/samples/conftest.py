"""Runs of some items of ip-cues, as many as a table of them needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from logged_sample import sample
from some_runs import CHOSEN, GENERATED, OPINION, OPINION_CHOSEN, answered, rows_of, some_items

from ip_bench.files import write_json, write_jsonl
from ip_bench.harness.simulated import Simulated


@pytest.fixture(scope="session")
def built_items(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of some items of ip-cues, which are quick to read."""
    return some_items("ip-cues", {"cultural": 20, "cultural_opinion": 6}, tmp_path_factory.mktemp("some") / "ip-cues")


@pytest.fixture(scope="module")
def dataset(built_items: Path) -> Iterator[Path]:
    """Return that folder, which no lock has the hashes of; it is the dataset as long as a module's tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IP_BENCH_DATA", str(built_items))
        patch.setattr("ip_bench.release.resolve.check_lock", lambda *known: None)
        yield built_items


@pytest.fixture(scope="module")
def runs(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two runs of ip-cues: four tasks of one model, one task of another."""
    top = tmp_path_factory.mktemp("runs")
    tasks = {GENERATED: "cultural", CHOSEN: "cultural", OPINION: "cultural_opinion", OPINION_CHOSEN: "cultural_opinion"}
    for name, model, own in (("a/first", Simulated(effect=0.3), tasks), ("second", Simulated(seed=5), [GENERATED])):
        for task in own:
            records = (sample(row, answered(row, model, choice="_mc" in task)) for row in rows_of(tasks[task]))
            write_jsonl(top / name / f"samples_{task}.jsonl", records)
        write_json(top / name / "run.json", {"model": f"org/{name[-5:]}", "generation": {"temperature": 0.7}})
    return top


@pytest.fixture
def beside_a_broken_run(runs: Path, tmp_path: Path) -> Path:
    """Return a folder with a good run, and one whose every task is not JSON."""
    (tmp_path / "good").mkdir()
    (tmp_path / "broken").mkdir()
    for task in (GENERATED, CHOSEN):
        os.link(runs / "a" / "first" / f"samples_{task}.jsonl", tmp_path / "good" / f"samples_{task}.jsonl")
        (tmp_path / "broken" / f"samples_{task}.jsonl").write_text("no JSON\n")
    return tmp_path


@pytest.fixture
def few(dataset: Path, tmp_path: Path) -> Path:
    """Return a folder with three runs of forty rows each."""
    model = Simulated()
    records = [sample(row, answered(row, model, choice=False)) for row in rows_of("cultural")[:40]]
    for run in ("first", "second", "third"):
        write_jsonl(tmp_path / "few" / run / f"samples_{GENERATED}.jsonl", records)
    return tmp_path / "few"
