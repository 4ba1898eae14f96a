"""Runs of ip-bounds: four simulated respondents get the verdicts they deserve; tiny and a chat endpoint are asked."""

import json
import subprocess
import sys
from collections import Counter

import pytest
from chat_server import chat_server
from ip_bench.builders.bounds.cases import cases

from ip_bench.analysis import analyze
from ip_bench.errors import UnknownNameError
from ip_bench.files import read_json, read_jsonl
from ip_bench.harness.plan import Plan, tasks_folder
from ip_bench.harness.runner import run
from ip_bench.harness.simulated import Simulated
from ip_bench.outcomes.bounds import OUTCOMES, bounds_outcome
from ip_bench.report.page import answer, write_report
from ip_bench.report.terminal import tables
from ip_bench.schemas import validator
from ip_bench.selfcheck import checkpoint

STATED = "ip_bounds_stated_mini"
ARMS = 46
RESPONDENTS = {
    "user": {"follows": "user"},
    "nothing": {"follows": "nothing"},
    "tiers": {"follows": "tiers"},
    "tiers, but for one identity": {"follows": "tiers", "whom": "muslim"},
}


@pytest.fixture(scope="module", autouse=True)
def _data(bounds_dataset):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IP_BENCH_DATA", str(bounds_dataset))
        yield


@pytest.fixture(scope="module")
def analyses(tmp_path_factory):
    """Return the analysis of each respondent's run, with the folder that it is in."""
    found = {}
    for name, arguments in RESPONDENTS.items():
        folder = tmp_path_factory.mktemp("bounds") / "run"
        plan = Plan(model="simulated", model_args=arguments, dataset="ip-bounds", tasks=(STATED,), suite="mini")
        run(plan, folder, progress=False)
        found[name] = (analyze(folder), folder)
    return found


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("user", "user"), ("nothing", "nothing"), ("tiers", "tiers"), ("tiers, but for one identity", "tiers")],
)
def test_each_respondent_gets_the_verdict_that_it_deserves(analyses, name, verdict):
    analysis, _ = analyses[name]
    assert list(validator("analysis").iter_errors(json.loads(json.dumps(analysis)))) == []
    assert analysis["tasks"][STATED]["bounds"]["verdict"] == verdict


def test_who_is_treated_otherwise_is_named_and_nobody_else(analyses):
    for name, (analysis, _) in analyses.items():
        entry = analysis["tasks"][STATED]
        named = {
            gap["arm"]
            for axis in entry["tradeoff"]["axes"].values()
            for gap in axis["gaps"]
            if gap["verdict"].startswith("different")
        }
        declared = {one["arm"] for one in entry["effects"] if one["verdict"] == "different"}
        expected = {"muslim"} if name.endswith("identity") else set()
        assert named == expected, name
        assert declared <= {f"{who}{tail}" for who in expected for tail in ("", " minus placebo")}, name
        assert bool(declared) == bool(expected)
        said = " ".join(answer(analysis))
        assert ("a Muslim person (bounds held -100.0" in said) == bool(expected), said


def test_the_matrix_says_which_tier_won(analyses):
    def shares(name, who):
        precedence = analyses[name][0]["tasks"][STATED]["bounds"]["precedence"]
        return {(one["asks"], one["against"]): one["share"] for one in precedence if one["who"] == who}

    assert set(shares("tiers", "untold").values()) == {1.0}
    user = shares("user", "untold")
    assert (user["user", "nothing"], user["user", "organization"], user["user", "law"]) == (1.0, 0.0, 0.0)
    nothing = shares("nothing", "told")
    assert (nothing["user", "nothing"], nothing["user", "law"], nothing["organization", "law"]) == (0.0, 1.0, 1.0)
    told = shares("tiers, but for one identity", "told")
    assert 0.9 < told["user", "law"] < 1
    kinds = {(one["of"], one["outcome"]): one for one in analyses["nothing"][0]["tasks"][STATED]["bounds"]["kinds"]}
    assert kinds["lawful", "over_restricted"]["share"] == 1.0


def test_every_outcome_is_measured_on_the_cases_that_are_evidence_on_it(analyses):
    _analysis, folder = analyses["tiers"]
    asked = Counter(outcome for case in cases().values() for outcome in {check["outcome"] for check in case.checks})
    assert set(asked) == set(OUTCOMES)
    assert all(count >= 150 for count in asked.values())
    (file,) = folder.glob(f"samples_{STATED}*.jsonl")
    for _, sample in zip(range(200), read_jsonl(file), strict=False):
        row = sample[1]["doc"]
        outcome = bounds_outcome(row, sample[1]["filtered_resps"][0])
        assert set(outcome.values) <= set(outcome.asked_outcomes)
        unasked = "bound_held" not in outcome.asked_outcomes
        assert outcome.reason("bound_held") == ("not asked" if unasked else outcome.kind)
    with pytest.raises(UnknownNameError, match="bound_held, requirement_kept"):
        outcome.value("safe")


def test_the_report_has_the_matrix_and_the_terminal_the_gaps(analyses):
    _, folder = analyses["tiers, but for one identity"]
    page = write_report(folder).read_text(encoding="utf-8")
    assert "Which tier wins" in page
    assert "an organization&#39;s rule" in page
    assert "For whom do bounds hold" in page
    titles = [str(table.title) for table in tables(read_json(folder / "analysis.json"))]
    assert titles == [f"{STATED}: effects in points", f"{STATED}: gaps in points"]


def test_what_a_simulated_model_follows_is_checked():
    with pytest.raises(UnknownNameError, match="tiers, user, nothing"):
        Simulated(follows="me")


def lm_eval(tmp_path, *arguments, timeout=900):
    done = subprocess.run(
        [
            sys.executable, "-m", "lm_eval", "run", "--include_path", str(tasks_folder()), "--log_samples",
            "--output_path", str(tmp_path), *arguments,
        ],
        check=False, capture_output=True, text=True, timeout=timeout,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    (results,) = tmp_path.rglob("results_*.json")
    return json.loads(results.read_text())["results"]


def test_lm_eval_runs_the_group_on_tiny(tmp_path):
    results = lm_eval(
        tmp_path, "--model", "hf", "--model_args", f"pretrained={checkpoint('tiny')}", "--tasks", "ip_bounds",
        "--apply_chat_template", "--device", "cpu", "--batch_size", "32", "--limit", "46", "--gen_kwargs",
        "max_gen_toks=12",
    )  # fmt: skip
    for task in ("ip_bounds_stated", "ip_bounds_implicit"):
        assert results[task]["answered,none"] > 0
        (file,) = tmp_path.rglob(f"samples_{task}_*.jsonl")
        for _, one in read_jsonl(file):
            sent = one["arguments"]["gen_args_0"]["arg_0"]
            assert one["doc"]["system"][:200] in sent
            assert one["doc"]["prompt"] in sent


def test_lm_eval_asks_a_chat_endpoint_with_the_policy_as_system_message(tmp_path):
    with chat_server(lambda body, count: (200, "I can't help with that, but the front desk can.")) as (address, sent):
        results = lm_eval(
            tmp_path, "--model", "local-chat-completions", "--tasks", STATED, "--apply_chat_template", "--limit", "46",
            "--model_args",
            f"model=served,base_url={address}/chat/completions,tokenized_requests=False",
        )  # fmt: skip
    assert len(sent) == ARMS
    rows = [one["doc"] for _, one in read_jsonl(next(tmp_path.rglob(f"samples_{STATED}_*.jsonl")))]
    asked = Counter((body["messages"][0]["content"].strip(), body["messages"][1]["content"]) for body in sent)
    assert asked == Counter((row["system"].strip(), row["prompt"]) for row in rows)
    assert {body["messages"][0]["role"] for body in sent} == {"system"}
    assert results[STATED]["answered,none"] == 1
