"""Of many runs only what is asked for is opened, scored and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from some_runs import CHOSEN

from ip_bench.errors import SamplesError
from ip_bench.outcomes.reading import Reader
from ip_bench.samples.pruning import conjuncts, may_hold
from ip_bench.samples.scan import scan_samples


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_filter_on_runs_opens_no_other_file(beside_a_broken_run: Path, engine: Any) -> None:
    table = scan_samples(beside_a_broken_run)
    good = table.filter(pl.col("run") == "good")
    for query in (
        good,
        good.filter(pl.col("arm") == "uk", pl.col("uk") == 1),
        table.filter(pl.col("run").is_in(["good"]) & (pl.col("kind") == "choice")),
        table.filter(pl.col("uk") == 1).filter(pl.col("model") == "good", pl.col("task") == CHOSEN),
        table.filter(pl.col("run") == "neither"),
    ):
        query.collect(engine=engine)
    with pytest.raises(SamplesError, match=r"broken: samples_ip_cues_cultural_mini\.jsonl:1: not JSON"):
        table.filter((pl.col("run") == "good") | (pl.col("arm") == "uk")).collect(engine=engine)
    with pytest.raises(SamplesError, match="broken: "):
        table.head(1).collect(engine=engine)  # the broken run comes first


def test_only_what_is_asked_for_is_scored(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **settings: object) -> None:
        raise AssertionError("scored")

    monkeypatch.setattr(Reader, "outcome", refuse)
    table = scan_samples(few)
    assert table.select("run", "arm", "response", "delivered", "fault").collect(engine="streaming").height == 120
    assert table.group_by("run").len().collect(engine="streaming").height == 3
    for name in ("kind", "uk", "evidence", "thinking_chars", "weights"):
        with pytest.raises(AssertionError, match="scored"):
            table.select(name).collect(engine="streaming")


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_the_first_rows_are_taken_before_or_after_a_filter(few: Path, engine: Any) -> None:
    table = scan_samples(few)
    whole = table.collect(engine="streaming")
    late = 43  # rows: beyond the first file
    for filtered in (pl.col("arm") == "uk", pl.col("run") == "second"):
        for query in (
            lambda rows, keep=filtered: rows.filter(keep).head(7),
            lambda rows, keep=filtered: rows.head(late).filter(keep),
            lambda rows, keep=filtered: rows.filter(keep).tail(2),
        ):
            assert query(table).collect(engine=engine).equals(query(whole))
    assert table.select("uk", "run").head(3).collect(engine=engine).equals(whole.select("uk", "run").head(3))
    assert table.select(pl.len()).collect(engine=engine).item() == whole.height


def test_a_conjunction_is_told_from_other_filters() -> None:
    run, arm, uk = pl.col("run") == "x", pl.col("arm") == "uk", pl.col("uk") > 0
    assert len(list(conjuncts(run & arm & uk))) == len(list(conjuncts(run & (arm & uk)))) == 3
    assert len(list(conjuncts((run | arm) & uk))) == 2
    for whole in (run | arm, run ^ arm, ~(run & arm), pl.col("run").is_in(["x"]), run):
        assert len(list(conjuncts(whole))) == 1


def test_a_part_that_is_not_row_by_row_leaves_every_file() -> None:
    run = pl.col("run")
    for part in (
        pl.len() > 100,
        run.count() > 5,
        run.is_duplicated(),
        run.n_unique() > 1,
        run.filter(run == "b") == "b",
    ):
        assert may_hold(part & (run == "a"), {"run": "a"})
        assert not may_hold(part & (run == "b"), {"run": "a"})
    assert may_hold(pl.lit(value=False), {"run": "a"})
