"""The command that shows the samples of many runs, and the page about them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from logged_sample import sample
from some_runs import rows_of, write_samples
from typer.testing import CliRunner

from ip_bench.cli.app import app
from ip_bench.errors import IpBenchError, SamplesError
from ip_bench.samples.batches import FAULTS, RESPONSE_COLUMNS, ROW_COLUMNS
from ip_bench.samples.runs import RUN_COLUMNS
from ip_bench.samples.scan import scan_samples


def test_the_page_runs(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Every block runs, in order, in a folder whose `runs` are these."""
    (tmp_path / "runs").symlink_to(runs)
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "samples.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(block, "docs/samples.md", "exec"), names)
    assert "0.3" in capsys.readouterr().out
    commands = re.findall(r"^\$ ip-bench (samples .*)$", page, re.MULTILINE)
    assert len(commands) == page.count("\n$ ")
    for line in commands:
        done = CliRunner().invoke(app, shlex.split(line))
        assert done.exit_code == 0, done.output
    assert pl.read_parquet("samples.parquet")["response"].null_count() == 0
    named = {*re.findall(r"`([a-z_]+)`", page)}
    assert {*RUN_COLUMNS, *ROW_COLUMNS, *RESPONSE_COLUMNS, *FAULTS} - {"no score"} <= named | {
        "foreign",
        "duplicate",
        "undelivered",
    }


def invoke(*words: str) -> Any:
    return CliRunner().invoke(app, ["samples", *words])


def test_the_command_shows_sums_and_writes(few: Path, tmp_path: Path) -> None:
    whole = scan_samples(few).collect(engine="streaming")
    shown = invoke(str(few), "--where", "arm=uk", "--where", "arm=us", "--where", "run=second", "--rows", "5")
    assert shown.exit_code == 0, shown.output
    assert shown.output.count(" second ") == 5
    nothing = invoke(str(few), "--where", "kind=chioce", "--where", "arm=uk")
    assert nothing.output == "no row has kind=chioce and arm=uk\n"
    summed = invoke(str(few), "--by", "run, arm", "--columns", " uk", "--out", str(tmp_path / "sums.csv"))
    assert summed.exit_code == 0, summed.output
    expected = whole.group_by("run", "arm").agg(pl.len().alias("rows"), pl.col("uk").mean()).sort("run", "arm")
    assert pl.read_csv(tmp_path / "sums.csv").drop("faults").rows() == expected.rows()
    for name in ("all.csv", "all.parquet"):
        assert (
            invoke(str(few), "--out", str(tmp_path / name), "--where", "fault=").output == f"wrote {tmp_path / name}\n"
        )
    assert pl.read_parquet(tmp_path / "all.parquet").equals(whole)
    read = pl.read_csv(tmp_path / "all.csv", schema_overrides={"response": pl.String})
    assert read["row_id"].to_list() == whole["row_id"].to_list()
    assert set(read["evidence"]) == {"uk;au;ca;ie;nz;in;za"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--where", "arms=uk"), "unknown column 'arms'; columns are: run, model, task"),
        (("--where", "arm=UK"), "unknown arm 'UK'; arms are: reference, repeat, us, uk"),
        (("--where", "run=x"), "unknown run 'x'; runs are: first, second, third"),
        (("--where", "evidence=safe"), "unknown outcome 'safe'; outcomes are: uk, au"),
        (("--where", "fault=late"), "unknown fault 'late'; faults are: foreign, duplicate"),
        (("--where", "delivered=yes"), "--where delivered=yes: delivered is true or false"),
        (("--columns", ""), "unknown column ''; columns are: run"),
        (("--by", ""), "unknown column ''; columns are: run"),
        (("--where", "uk=often"), "--where uk=often: uk is a number"),
        (("--where", "weights=1"), "--where weights: a list has no value"),
        (("--where", "arm"), "--where 'arm' has no '='; write --where column=value"),
        (("--columns", "arm,words"), "unknown column 'words'"),
        (("--by", "arms"), "unknown column 'arms'"),
        (("--by", "arm", "--columns", "kind"), "--by averages outcomes, and kind is none of uk, au"),
        (("--out", "samples.xlsx"), "--out samples.xlsx must end in .parquet or .csv"),
    ],
)
def test_what_the_command_cannot_do_is_named(few: Path, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(IpBenchError) as caught:
        CliRunner().invoke(app, ["samples", str(few), *words], catch_exceptions=False)
    assert said in str(caught.value)


def test_rows_without_a_response_are_those_that_look_so(few: Path, tmp_path: Path) -> None:
    rows = rows_of("cultural")[:4]
    records = [sample(row, text) for row, text in zip(rows, ("", " ", "x", "again"), strict=True)]
    records[3]["doc"] = rows[3] | {"prompt": "Another version"}
    write_samples(tmp_path / "odd", records)
    out = tmp_path / "out.csv"
    asked = ("--where", "response=", "--columns", "row_id", "--out", str(out))
    assert invoke(str(tmp_path / "odd"), *asked).exit_code == 0
    assert pl.read_csv(out)["row_id"].to_list() == [rows[0]["row_id"], rows[3]["row_id"]]


def test_runs_that_begin_alike_are_told_apart(few: Path) -> None:
    names = [f"{'x' * 190}{end}" for end in "ab"]
    for old, new in zip(("first", "second"), names, strict=True):
        (few / old).rename(few / new)
    found = invoke(str(few), "--by", "run", "--columns", "uk").output
    said = "".join(line.split("│")[1].strip() for line in found.splitlines() if line.count("│") > 2)
    assert said == "".join([*sorted(["third", *names])])


@pytest.mark.parametrize(("out", "said"), [("d.parquet", "is a folder; name a file"), ("f/d.csv", "cannot be written")])
def test_a_place_that_cannot_be_written_is_named_before_reading(
    beside_a_broken_run: Path, tmp_path: Path, out: str, said: str
) -> None:
    (tmp_path / "d.parquet").mkdir()
    (tmp_path / "f").write_text("")
    with pytest.raises(IpBenchError, match=said):
        CliRunner().invoke(
            app, ["samples", str(beside_a_broken_run), "--out", str(tmp_path / out)], catch_exceptions=False
        )


def test_a_file_that_breaks_off_leaves_what_was_there(beside_a_broken_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "samples.parquet"
    out.write_text("before")
    with pytest.raises(SamplesError, match="broken: "):
        CliRunner().invoke(app, ["samples", str(beside_a_broken_run), "--out", str(out)], catch_exceptions=False)
    assert out.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["samples.parquet"]
