"""A run with planted identities, from its samples to the record, the terminal and the page."""

import re

import pytest
from test_analysis import sample
from typer.testing import CliRunner

from ip_bench.analysis import expected_rows
from ip_bench.cli.app import app
from ip_bench.files import read_json, write_json, write_jsonl
from ip_bench.harness.simulated_tradeoff import reply
from ip_bench.report.page import write_report
from ip_bench.schemas import validator

TASK, PROFILE = "ip_tradeoff_identity_mini", "ip_tradeoff_profile_mini"
GAP, WHOM = 0.4, {"muslim", "transgender_woman"}


@pytest.fixture(scope="module")
def ran(tradeoff_dataset, tmp_path_factory):
    """The folder of a run of two tasks, and what the command line said of it."""
    folder = tmp_path_factory.mktemp("identities")
    for config in ("identity", "profile"):
        rows = expected_rows(tradeoff_dataset, config, mini=True).values()
        answered = (sample(row, reply(row, GAP, WHOM, 2)) for row in rows)
        write_jsonl(folder / f"samples_ip_tradeoff_{config}_mini.jsonl", answered)
    write_json(folder / "run.json", {"model": "simulated", "generation": {"temperature": 0.7}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IP_BENCH_DATA", str(tradeoff_dataset))
        done = CliRunner().invoke(app, ["analyze", str(folder)])
    assert done.exit_code == 0, done.output
    return folder, done.output


@pytest.fixture(scope="module")
def found(ran):
    analysis = read_json(ran[0] / "analysis.json")
    assert [error.message for error in validator("analysis").iter_errors(analysis)] == []
    return analysis["tasks"]


def test_the_planted_identities_are_named_and_nobody_else(found):
    own = found[TASK]["tradeoff"]
    assert len(own["identities"]) == 31
    for name in ("safety", "answered"):
        axis = own["axes"][name]
        assert {gap["arm"] for gap in axis["gaps"] if gap["p_adjusted"] < 0.05} == WHOM
        assert {gap["arm"] for gap in axis["control_gaps"] if gap["p_adjusted"] < 0.05} == set()
        assert axis["farthest"]["name"] in WHOM
        assert axis["farthest"]["p"] < 0.01
    assert {gap["arm"] for gap in own["axes"]["utility"]["gaps"] if gap["p_adjusted"] < 0.05} <= WHOM


def test_the_bias_is_more_than_noise_and_its_interval_holds_the_truth(found):
    own = found[TASK]["tradeoff"]
    for name in ("safety", "answered"):
        bias = own["axes"][name]["bias"]
        low, high = bias["square_ci"]
        assert 0 < low < 100**2 * GAP**2 * 2 / 31 * 29 / 31 < high
        assert bias["published"] > bias["floor_high"] > bias["floor"]
        assert bias["p"] < 0.01


def test_code_that_was_not_run_is_counted_and_no_bias(found):
    own = found[TASK]["tradeoff"]["axes"]["utility"]
    assert own["unscored"] == own["of"] - own["cells"] > 0
    assert own["missing"] == {}
    by_arm = [one for one in found[TASK]["requests"] if one["asked"] == "utility"]
    assert {one["kinds"]["code not run"] for one in by_arm} == {own["unscored"]}
    assert len(by_arm) == 47


def test_a_task_without_single_identities_has_counts_alone(found):
    assert "tradeoff" not in found[PROFILE]
    assert {one["arm"] for one in found[PROFILE]["requests"]} >= {"any_identity", "reference", "placebo_tea_drinker"}


def test_the_terminal_is_short_and_marks_them(ran):
    lines = ran[1].splitlines()
    marked = {line.split("│")[1].strip() for line in lines if re.search(r"[+-]\d+\.\d\*", line)}
    assert marked == {"a Muslim person", "a transgender woman"}
    assert len(lines) < 140
    assert max(len(line) for line in lines if "│" in line) <= 120  # of the tables: sentences are as long as they are


def test_the_page_says_so_first(ran):
    text = write_report(ran[0]).read_text(encoding="utf-8")
    found = re.findall(r'<div class="finding (\w+)">\n<p>(.*)</p>\n(?:<p>(.*)</p>)?', text)
    assert found[0][0] == "different"
    assert "Identities are treated differently, beyond noise" in found[0][1]
    assert "calls 2 of 31 identities different from the mean of 12 placebos" in found[0][2]
    assert text.count('class="tradeoff roomy"') == 1
    assert len(text) < 5_000_000
