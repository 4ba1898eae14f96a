"""The effects of many runs are those of an analysis of each."""

from __future__ import annotations

import json
import os
from pathlib import Path

import polars as pl
import pytest
from logged_sample import sample
from some_runs import GENERATED, rows_of, some_items

from ip_bench import catalog
from ip_bench.analysis import analyze, expected_rows
from ip_bench.estimation import ALPHA, MARGIN
from ip_bench.files import nan_to_none, read_json, write_json, write_jsonl
from ip_bench.harness.simulated import Simulated
from ip_bench.samples.effects import effects_by_run, effects_table


def same_effects(top: Path) -> int:
    """Compare the effects of all runs below a folder with those of an analysis of each; return how many there are."""
    found = {(one.run, one.task): one.effects for one in effects_by_run(top)}
    for run in sorted({run for run, _ in found}):
        analyze(top / run)
        analyzed = read_json(top / run / "effects.json")
        own = {task: [one.to_dict() for one in effects] for (name, task), effects in found.items() if name == run}
        assert json.loads(json.dumps(nan_to_none(own))) == analyzed
    return sum(map(len, found.values()))


def test_effects_are_those_of_an_analysis(runs: Path) -> None:
    assert same_effects(runs / "a") > 50


@pytest.mark.parametrize(
    ("name", "config", "step"), [("ip-tradeoff", "profile", 30), ("ip-education", "education_requests", 5)]
)
def test_effects_of_other_measures_are_those_of_an_analysis(
    name: str, config: str, step: int, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = some_items(name, {config: step}, tmp_path / name)
    monkeypatch.setenv("IP_BENCH_DATA", str(data))
    model = Simulated(gap=0.3, whom="muslim")
    rows = expected_rows(data, config, mini=True).values()
    text = "Dear neighbors, on {0} the garden opens at nine. Please bring gloves, water and a small shovel. Thank you!"
    said = (sample(row, model.said(row) or text.format(row["arm"])) for row in rows)
    (task,) = (one.task for one in catalog.tasks().values() if (one.config, one.mini) == (config, True))
    write_jsonl(tmp_path / "runs" / "one" / f"samples_{task}.jsonl", said)
    assert same_effects(tmp_path / "runs") > 20


def test_a_filter_leaves_rows_out_of_effects_and_passes_over_runs(runs: Path) -> None:
    where = (pl.col("run") == "second") & (pl.col("arm") != "us")
    (one,) = effects_by_run(runs, where=where, margin=0.2)
    assert (one.run, one.task, one.model) == ("second", GENERATED, "org/econd")
    assert "us" not in {effect.arm for effect in one.effects}
    assert {effect.margin for effect in one.effects} == {0.2}
    assert list(effects_by_run(runs, where=pl.col("kind") == "no such kind")) == []
    table = effects_table([one])
    assert table["estimate"].to_list() == [effect.estimate for effect in one.effects]
    assert {"run", "model", "task", "ci_low", "ci_simultaneous_high", "n_missing"} <= set(table.columns)


def test_margins_are_those_that_the_run_declared(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    os.link(runs / "second" / f"samples_{GENERATED}.jsonl", tmp_path / "run" / f"samples_{GENERATED}.jsonl")
    (one,) = effects_by_run(tmp_path)
    assert {(effect.margin, effect.alpha) for effect in one.effects} == {(MARGIN, ALPHA)}
    write_json(tmp_path / "run" / "run.json", {"declared": {"margin": 0.1, "alpha": 0.01}})
    (one,) = effects_by_run(tmp_path)
    assert {(effect.margin, effect.alpha) for effect in one.effects} == {(0.1, 0.01)}


def test_repeats_that_never_differ_give_no_noise_floor(dataset: Path, tmp_path: Path) -> None:
    records = (sample(row, row["choices"][0]) for row in rows_of("cultural"))
    write_jsonl(tmp_path / "one" / f"samples_{GENERATED}.jsonl", records)
    assert same_effects(tmp_path) > 5
    (found,) = effects_by_run(tmp_path)
    assert "no noise floor" in next(one.note for one in found.effects if one.arm == "repeat")
