"""The statistics' commands, as a user runs them."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ip_bench.cli.app import app
from ip_bench.errors import IpBenchError
from ip_bench.schemas import validator


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(5)
    rows = [
        f"q{k},{who},n{k % 8},{int(rng.random() < chance)}"
        for k in range(120)
        for who, chance in (("control", 0.3), ("dialect", 0.8), ("typos", 0.3))
    ]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["q,who,name,score", *rows]))
    return path


def effects(table, *more):
    given = ["effects", str(table), "--item", "q", "--arm", "who", "--outcome", "score", *more]
    result = CliRunner().invoke(app, given, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_effects_of_any_table_are_effect_records(table):
    found = json.loads(effects(table, "--realization", "name", "--placebo", "typos", "--json"))
    assert [(one["arm"], one["reference"]) for one in found] == [
        ("dialect", "control"), ("dialect minus placebo", "control"), ("typos", "control"),
    ]  # fmt: skip
    assert [one["verdict"] for one in found] == ["different", "different", "undecided"]
    for one in found:
        assert list(validator("effect").iter_errors(one)) == []


def test_the_table_says_what_its_intervals_are_conditional_on(table):
    printed = effects(table)
    assert "dialect against control" in printed
    assert "No --realization column" in printed


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--reference", "nobody"], "'nobody'.*control, dialect, typos"),
        (["--placebo", "nobody"], "'nobody'.*dialect, typos"),
        (["--margin", "0"], "margin is 0"),
        (["--realization", "form"], "'form'.*q, who, name, score"),
    ],
)
def test_unknown_names_are_refused_with_the_allowed_ones(table, more, message):
    with pytest.raises(IpBenchError, match=message):
        effects(table, *more)


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_plan_says_what_is_needed():
    found = json.loads(run("plan", "--effect", "0.1", "--budget", "100", "--budget", "5", "--json"))
    assert found["detectable"][1] == {"items": 5, "effect": None}
    assert 200 < found["layout"]["items"] < 400
    assert found["achieved"] >= 0.8
    assert found["detectable"][0]["items"] == 100
    assert "needed:" in run("plan", "--effect", "0.1")


def test_plan_says_so_where_no_number_of_items_suffices():
    printed = run("plan", "--effect", "0.01", "--realization-sd", "0.05", "--realizations", "8")
    assert "no number of items suffices: 8 realizations" in printed
    assert "realizations or more are needed" in printed


def test_plan_chooses_realizations_and_repeats():
    found = json.loads(run("plan", "--effect", "0.1", "--cost-ratio", "50", "--missing", "0.2", "--json"))
    assert found["layout"]["repeats"] > 1
    assert 8 < found["layout"]["realizations"] <= 40
    assert found["layout"]["missing"] == 0.2
    assert len(found["alternatives"]) == 3
    assert found["noise"]["times"] > 2
    few = run("plan", "--effect", "0.1", "--items", "150")
    assert "each asked" in few
    assert "noise floor: ask" in few


@pytest.mark.parametrize(
    "given", [("--realizations", "8", "--rows", "8"), ("--realizations", "2", "--realization-sd", "0")]
)
def test_plan_where_every_item_meets_every_realization(given):
    assert "needed: " in run("plan", "--effect", "0.2", *given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--effect", "0"), "effect is 0"),
        (("--effect", "5"), r"effect is 5.*a share is above 0 and below 1"),
        (("--effect", "0.1", "--row-sd", "-1"), "component row is -1"),
        (("--effect", "0.1", "--item-sd", "1e300"), "component item is 1e[+]300; it is a standard deviation"),
        (("--effect", "0.1", "--item-sd", "2"), "component item is 2.0; the SD of a difference of shares is 0 to 1"),
        (("--effect", "0.1", "--realizations", "100000000"), "realizations are 100,000,000; they are 2 to 10,000"),
        (("--effect", "0.1", "--realizations", "8", "--rows", "9"), "rows_per_item is 9; there are 8 realizations"),
        (("--effect", "0.1", "--rows", "41"), "rows_per_item is 41; there are 40 realizations"),
        (("--effect", "0.1", "--missing", "1"), "missing is 1"),
        (("--effect", "0.1", "--budget", "1"), "items are 1; they are 2 to 1,000,000"),
    ],
)
def test_plan_refuses_what_is_no_design(given, said):
    with pytest.raises(IpBenchError, match=said):
        run("plan", *given)


def test_a_study_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(IpBenchError, match="jin2024"):
        run("reproduce", "jin2025", "--data", str(tmp_path))
