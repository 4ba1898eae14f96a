"""Bias removed and utility paid, from real runs of a model whose bias and price are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ip_bench.cli import app as cli
from ip_bench.errors import IpBenchError
from ip_bench.files import nan_to_none, read_json
from ip_bench.mitigation.compare import compare
from ip_bench.mitigation.pairs import training_templates
from ip_bench.mitigation.shown import HEADINGS, as_html, as_text
from ip_bench.schemas import validator


@pytest.fixture(scope="module")
def record(make) -> dict:
    folders = [make(name) for name in ("ignore_identity", "strip_identity", "placebo_instruction")]
    return compare(make(), folders)


def axes(record: dict, number: int) -> dict:
    (entry,) = record["runs"][number]["tasks"].values()
    return entry["axes"] | {"together": {"bias": entry["together"]}}


def test_the_record_keeps_its_schema(record: dict) -> None:
    assert list(validator("mitigation").iter_errors(json.loads(json.dumps(nan_to_none(record))))) == []
    assert [run["mitigation"]["name"] for run in record["runs"]] == [
        "ignore_identity", "strip_identity", "placebo_instruction",
    ]  # fmt: skip
    assert all(run["differs"] == [] for run in record["runs"])


def test_halved_gaps_leave_a_quarter_of_the_square(record: dict) -> None:
    for name in ("safety", "utility"):
        bias = axes(record, 0)[name]["bias"]
        share = bias["after"]["square"] / bias["before"]["square"]
        assert 0.1 < share < 0.45
        assert bias["removed"]["estimate"] == pytest.approx(bias["before"]["square"] - bias["after"]["square"])
        assert bias["removed"]["ci"][0] > 0
    assert axes(record, 0)["together"]["bias"]["removed"]["p_adjusted"] < 0.01


def test_stripping_removes_all_of_it_and_costs_nothing(record: dict) -> None:
    found = axes(record, 1)
    for name in ("safety", "utility"):
        assert found[name]["bias"]["after"]["square"] == pytest.approx(0, abs=1e-9)
        assert found[name]["gap_after"]["estimate"] == 0
        assert found[name]["paid"]["estimate"] == 0
        assert found[name]["paid_by_identities"]["estimate"] > 0  # those who got less now get as much


def test_the_price_shows_where_nothing_is_told(record: dict) -> None:
    paid = axes(record, 0)["utility"]["paid"]
    assert -0.5 < paid["estimate"] < -0.1
    assert axes(record, 0)["safety"]["paid"]["estimate"] == 0


def test_a_placebo_removes_and_costs_nothing(record: dict) -> None:
    for name, one in axes(record, 2).items():
        assert one["bias"]["removed"]["estimate"] == pytest.approx(0, abs=1e-9)
        assert one["bias"]["removed"]["p"] != one["bias"]["removed"]["p"]  # NaN: no interval where nothing varies
        assert name == "together" or one["paid"]["estimate"] == 0


def test_an_axis_without_bias_has_a_note_in_place_of_an_interval(record: dict) -> None:
    assert set(axes(record, 0)) == {"safety", "answered", "utility", "together"}
    answered = axes(record, 0)["answered"]
    assert answered["bias"]["removed"]["estimate"] == 0
    assert "differ" in answered["bias"]["removed"]["note"]


def test_wordings_are_told_apart(record: dict) -> None:
    (entry,) = record["runs"][0]["tasks"].values()
    assert [one["wording"] for one in entry["by_wording"]] == [1, 2, 3, 4]
    (strip,) = record["runs"][1]["tasks"].values()
    assert strip["by_wording"] == []


def test_held_out_templates_are_left_out(record: dict, make) -> None:
    half = compare(make(), [make("strip_identity")], without=training_templates())
    (all_of_it,), (rest,) = (list(run["tasks"].values()) for run in (record["runs"][1], half["runs"][0]))
    assert half["without"] == sorted(training_templates())
    assert 0 < rest["axes"]["safety"]["paid"]["n_items"] < all_of_it["axes"]["safety"]["paid"]["n_items"]


def test_text_and_html(record: dict) -> None:
    text = as_text(record)
    assert all(heading in text for heading in HEADINGS)
    assert "ip_tradeoff_identity_mini: placebo_instruction (a placebo)" in text
    assert "answered: no group's mean differs" in text  # why there is no interval
    items = {name: axes(record, 0)[name]["bias"]["removed"]["items"][0] for name in ("safety", "answered", "utility")}
    counts = ", ".join(f"{name} {count}" for name, count in items.items())
    assert f"items scored for each identity in both runs: {counts}\n" in text
    tuned = as_text(record | {"without": ["t02", "t04"]})
    assert "; the items of 2 templates on which a model was tuned are left out\n" in tuned
    hostile = json.loads(json.dumps(nan_to_none(record)))
    hostile["runs"][0]["mitigation"]["name"] = "<script>alert(1)</script>"
    html = as_html(hostile)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_command(make, tmp_path: Path) -> None:
    folders = [str(make()), str(make("ignore_identity"))]
    out, html = tmp_path / "c.json", tmp_path / "c.html"
    done = CliRunner().invoke(cli.app, ["mitigate", "compare", *folders, "--out", str(out), "--html", str(html)])
    assert done.exit_code == 0, done.output
    assert "ignore_identity" in done.output
    assert list(validator("mitigation").iter_errors(read_json(out))) == []
    assert html.read_text(encoding="utf-8").startswith('<section class="mitigations">')


def test_the_commands_from_pairs_to_a_list_of_conditions(make, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        cli.app,
        ["mitigate", "build-pairs", "--run", str(make()), "--out", str(tmp_path / "pairs"), "--format", "parquet"],
    )
    assert done.exit_code == 0, done.output
    assert "left out: same outcome, or none" in done.output
    done = CliRunner().invoke(cli.app, ["mitigate", "conditions"])
    assert "ignore_identity:2  Set aside whatever" in done.output
    with pytest.raises(IpBenchError, match="name one of --from and --run"):
        CliRunner().invoke(cli.app, ["mitigate", "build-pairs", "--out", str(tmp_path / "x")], catch_exceptions=False)


def test_runs_that_cannot_be_compared(make) -> None:
    with pytest.raises(IpBenchError, match="nothing to compare with the baseline"):
        compare(make(), [])
