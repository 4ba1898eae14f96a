"""Many runs as one lazy table: the same outcomes as read one by one, at constant memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from logged_sample import sample
from some_runs import CHOSEN, GENERATED, OPINION, OPINION_CHOSEN, rows_of

from ip_bench.analysis import expected_rows
from ip_bench.errors import SamplesError
from ip_bench.files import write_jsonl
from ip_bench.outcomes.opinion import OpinionOutcome
from ip_bench.outcomes.samples import find_samples, read_outcomes
from ip_bench.release.recipes import DATASETS, recipe
from ip_bench.release.resolve import resolve
from ip_bench.samples.batches import RESPONSE_COLUMNS, ROW_COLUMNS
from ip_bench.samples.runs import RUN_COLUMNS, find_runs
from ip_bench.samples.scan import scan_samples

MEMORY = """
import resource, sys
import polars as pl
from ip_bench.samples.scan import scan_samples
from ip_bench.release import resolve

resolve.check_lock = lambda *known: None  # the data are some items
table = scan_samples(sys.argv[1]).group_by("run", "arm").agg(pl.len(), pl.col("uk").mean(), pl.col("response").max())
rows = table.collect(engine="streaming")["len"].sum()
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_every_sample_is_scored_as_when_it_is_read_alone(runs: Path) -> None:
    table = scan_samples(runs).collect(engine="streaming")
    folders = {"a/first": runs / "a" / "first", "second": runs / "second"}
    for run, folder in folders.items():
        for samples in find_samples(folder):
            data = resolve(samples.dataset, recipe(samples.dataset).VERSION)
            expected = expected_rows(data, samples.config, mini=samples.mini)
            found = read_outcomes(samples, expected)
            own = table.filter(pl.col("run") == run, pl.col("task") == samples.task)
            assert own["row_id"].to_list() == [one.row_id for one in found.outcomes]
            names = list(dict.fromkeys(one.outcome for one in recipe("ip-cues").CONTRASTS[samples.config]))
            for name in names:
                assert own[name].to_list() == [one.value(name) for one in found.outcomes]
            for name in ("item_id", "arm", "role", "replicate", "stratum"):
                assert own[name].to_list() == [expected[one.row_id][name] for one in found.outcomes]
            assert own["response"].to_list() == [found.responses[one.row_id] for one in found.outcomes]
            read = own.select("kind", "thinking_chars", "weights").rows()
            assert read == [(one.kind, one.thinking_chars, weights(one)) for one in found.outcomes]
            same = own.select("delivered", "fault", pl.col("evidence").list.join(" "), "measure").unique().rows()
            assert same == [(True, None, " ".join(names), "log-likelihood" if samples.choice else "generation")]


def weights(outcome: Any) -> list[float] | None:
    return list(outcome.weights) if isinstance(outcome, OpinionOutcome) else None


def test_what_all_samples_of_a_file_share_is_said_on_each(runs: Path) -> None:
    table = scan_samples([runs / "second", runs / "a"]).select(RUN_COLUMNS).unique().collect(engine="streaming")
    version = recipe("ip-cues").VERSION
    said = ("ip-cues", version, "cultural", "generation")
    assert set(table.rows()) >= {("second", "org/econd", GENERATED, *said), ("first", "org/first", GENERATED, *said)}
    assert table.height == 5


def test_folders_without_runs_and_runs_of_one_name_are_named(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(SamplesError, match="is not a folder"):
        scan_samples(tmp_path / "none")
    with pytest.raises(SamplesError, match=r"no samples of an ip-bench task \(samples_ip_\*\.jsonl\) in or below"):
        scan_samples(tmp_path)
    other = tmp_path / "first"
    other.mkdir()
    file = runs / "a" / "first" / f"samples_{GENERATED}.jsonl"
    os.link(file, other / file.name)
    with pytest.raises(SamplesError, match=r"two runs are named first: .* and .*; name a folder above both"):
        scan_samples([runs / "a", tmp_path])
    twice = find_runs([runs / "second", runs / "second", runs])
    assert [one.run for one in twice] == ["a/first", "second", *["a/first"] * 3]
    assert [one.samples.task for one in twice] == [GENERATED, GENERATED, CHOSEN, OPINION, OPINION_CHOSEN]
    os.link(file, other / f"samples_{GENERATED}_2026-01-02T03-04-05.123456.jsonl")
    with pytest.raises(SamplesError, match=f"several runs of {GENERATED}"):
        scan_samples(tmp_path)


def test_no_outcome_is_named_as_another_column() -> None:
    fixed = {*RUN_COLUMNS, *ROW_COLUMNS, *RESPONSE_COLUMNS}
    for name in DATASETS:
        made = recipe(name)
        assert not fixed & {one.outcome for config in made.TASKS for one in made.CONTRASTS[config]}


def test_memory_does_not_grow_with_the_number_of_samples(runs: Path, tmp_path: Path) -> None:
    """Long responses, so that holding them would show: 14 MB of text a run."""
    rows = rows_of("cultural")
    length = 14_000_000 // len(rows)
    first = tmp_path / "few" / "run0" / f"samples_{GENERATED}.jsonl"
    write_jsonl(first, (sample(row, row["choices"][0] + "." * length) for row in rows))
    for name, count in (("few", 4), ("many", 16)):
        for place in range(count):
            file = tmp_path / name / f"run{place}" / first.name
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists():
                os.link(first, file)
    used = {}
    for name, count in (("few", 4), ("many", 16)):
        command = [sys.executable, "-c", MEMORY, str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
        read, used[name] = map(int, done.stdout.split())
        assert read == count * len(rows)
    assert used["many"] < used["few"] + 60  # of the 170 MB of responses more
