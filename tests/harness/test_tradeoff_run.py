"""Runs of ip-tradeoff: through lm-eval's own command on tiny, and whole on the simulated model with planted gaps."""

import json
import math
import subprocess
import sys
from html import unescape

import numpy as np
import pytest
from ip_bench.builders.tradeoff.probes import probes

from ip_bench.analysis import analyze
from ip_bench.errors import IpBenchError
from ip_bench.files import read_json, read_jsonl, write_json
from ip_bench.harness.plan import Plan, tasks_folder, tasks_of
from ip_bench.harness.runner import run
from ip_bench.harness.simulated import Simulated
from ip_bench.harness.simulated_tradeoff import COMPLIES, DECLINES
from ip_bench.judging import Row, audit
from ip_bench.outcomes.outcome import reached
from ip_bench.outcomes.refusal import COMPLIANCE, FULL, judge_by_name
from ip_bench.outcomes.tradeoff import OUTCOME_OF, tradeoff_outcome
from ip_bench.report.page import write_report
from ip_bench.schemas import validator
from ip_bench.selfcheck import checkpoint

IDENTITY = "ip_tradeoff_identity_mini"
ARMS = 47
GAP, WHOM = 0.3, {"muslim", "transgender_woman"}


@pytest.fixture(scope="module", autouse=True)
def _data(tradeoff_dataset):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IP_BENCH_DATA", str(tradeoff_dataset))
        yield


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Return the folder of an analyzed run in which two identities get worse answers on all three axes."""
    folder = tmp_path_factory.mktemp("tradeoff") / "run"
    arguments = {"gap": GAP, "whom": "+".join(sorted(WHOM))}
    plan = Plan(model="simulated", model_args=arguments, dataset="ip-tradeoff", tasks=(IDENTITY,), suite="mini")
    record = run(plan, folder, progress=False)
    assert list(validator("run").iter_errors(record)) == []
    analyze(folder, allow_code=True)
    return folder


def test_lm_eval_runs_the_mini_group_on_tiny_and_gives_all_three_axes(tmp_path):
    done = subprocess.run(
        [
            sys.executable, "-m", "lm_eval", "run", "--model", "hf",
            "--model_args", f"pretrained={checkpoint('tiny')}", "--include_path", str(tasks_folder()),
            "--tasks", "ip_tradeoff_mini", "--apply_chat_template", "--device", "cpu", "--batch_size", "64",
            "--limit", str(8 * ARMS), "--gen_kwargs", "max_gen_toks=12", "--log_samples",
            "--output_path", str(tmp_path),
        ],
        check=False, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    (file,) = tmp_path.rglob("results_*.json")
    results = json.loads(file.read_text())["results"][IDENTITY]
    (file,) = tmp_path.rglob(f"samples_{IDENTITY}_*.jsonl")
    read = [tradeoff_outcome(one["doc"], one["filtered_resps"][0], limit=12) for _, one in read_jsonl(file)]
    assert len(read) == 8 * ARMS
    for asked, outcome in OUTCOME_OF.items():  # what was printed is what the logged answers come to
        told, untold = (
            {one.item_id: one.values[outcome] for one in read if (one.arm, one.asked) == (arm, asked) and one.answered}
            for arm in ("any_identity", "reference")
        )
        pairs = told.keys() & untold.keys()
        assert results[f"n_pairs_{outcome},none"] == len(pairs) > 0
        assert results[f"mean_any_identity_{outcome},none"] == pytest.approx(np.mean([*told.values()]))
        assert results[f"mean_reference_{outcome},none"] == pytest.approx(np.mean([*untold.values()]))
        effect = results[f"effect_any_identity_{outcome},none"]
        low, high = (results[f"effect_any_identity_{outcome}_ci_{end},none"] for end in ("low", "high"))
        assert math.isnan(effect) if len(pairs) < 2 else low <= effect <= high
        if len(pairs) > 1:
            assert effect == pytest.approx(np.mean([told[item] - untold[item] for item in pairs]))
    assert results["answered,none"] == pytest.approx(np.mean([one.answered for one in read]))


def test_who_gets_worse_answers_is_found_and_nobody_else(planted):
    entry = read_json(planted / "analysis.json")["tasks"][IDENTITY]
    found = {(one["arm"], one["outcome"]): one for one in entry["effects"]}
    different = {arm for (arm, _), one in found.items() if one["verdict"] == "different"}
    assert different <= {f"{who}{tail}" for who in WHOM for tail in ("", " minus placebo")}
    assert {f"{who} minus placebo" for who in WHOM} <= different
    for who in WHOM:
        for outcome, sign in (("safe", -1), ("refused_benign", 1), ("correct", -1)):
            low, high = found[f"{who} minus placebo", outcome]["ci_simultaneous"]
            assert low <= sign * GAP <= high


def test_every_row_says_how_it_was_read_and_code_was_run(planted):
    entry = read_json(planted / "analysis.json")["tasks"][IDENTITY]
    assert len(entry["arms"]) == ARMS
    for arm in entry["arms"]:
        assert sum(arm["kinds"].values()) == arm["rows"] == entry["arms"][0]["rows"]
        assert set(arm["kinds"]) <= {"answer", "full_compliance", "full_refusal", "other"}
    kinds = analyze(planted)["tasks"][IDENTITY]["arms"][0]["kinds"]
    assert kinds["code not run"] > 0


def test_an_audit_of_the_judge_is_carried_into_the_effects(planted, tmp_path):
    rows = [
        Row(f"{place}-{label}", probe.unsafe, said, "simulated", wrong if place % 10 == 0 else label)
        for place, probe in enumerate(probes()[:100])
        for said, label, wrong in ((DECLINES[0], FULL, COMPLIANCE), (COMPLIES[0], COMPLIANCE, FULL))
    ]
    write_json(tmp_path / "audit.json", audit(rows, judge_by_name("rules"), name="rules", perturbations=()))
    analysis = analyze(planted, audit=tmp_path / "audit.json")
    assert list(validator("analysis").iter_errors(read_json(planted / "analysis.json"))) == []
    entry = analysis["tasks"][IDENTITY]
    plain = {(one["arm"], one["outcome"]): one for one in entry["effects"]}
    carried = {(one["arm"], one["outcome"]): one for one in entry["judge_error"]}
    assert {outcome for _, outcome in carried} == {"safe", "refused_benign"}
    for key in (("muslim", "safe"), ("muslim minus placebo", "refused_benign")):
        assert carried[key]["estimate"] == pytest.approx(plain[key]["estimate"] / 0.8, abs=0.02)
        low, high = (end["ci"][1] - end["ci"][0] for end in (plain[key], carried[key]))
        assert low < high
    assert "With the judge's errors carried" in unescape(write_report(planted).read_text())


def test_the_report_draws_the_three_axes(planted):
    page = write_report(planted).read_text()
    assert "<svg" in page
    for axis in ("safe", "utility", "benign"):
        assert axis in page.lower()
    assert "Muslim" in page


class UserTurnOnly(Simulated):
    """A model whose chat template has no system role."""

    class tokenizer:  # noqa: N801  (the attribute that lm-eval's models have)
        chat_template = "{{ messages[-1]['content'] }}"

    def apply_chat_template(self, chat_history, **settings):
        assert all(turn["content"] for turn in chat_history)
        return "\n".join(turn["content"] for turn in chat_history if turn["role"] != "system")


def test_a_model_without_a_system_role_is_told_in_the_user_turn(tmp_path, monkeypatch):
    monkeypatch.setattr("ip_bench.harness.simulated.Simulated", UserTurnOnly)
    said = []
    plan = Plan(model="simulated", dataset="ip-tradeoff", suite="mini", limit=ARMS)
    record = run(plan, tmp_path / "run", progress=False, announce=said.append)
    assert record["tasks"]
    assert all(task.endswith("_user_mini") for task in record["tasks"])
    assert record["chat_template"]["system_role"] is False
    assert any("no system role" in line for line in said)
    rows = [row for _, row in read_jsonl(tmp_path / "run" / "samples_ip_tradeoff_identity_user_mini.jsonl")]
    assert len({row["doc"]["identity"] for row in rows}) > 40
    assert all(reached(row["doc"], row["arguments"]["gen_args_0"]["arg_0"]) for row in rows)
    assert all(row["arguments"]["gen_args_0"]["arg_1"]["max_gen_toks"] == 1024 for row in rows)


def test_a_task_without_such_a_twin_is_refused(tmp_path, monkeypatch, dataset):
    monkeypatch.setenv("IP_BENCH_DATA", str(dataset))
    monkeypatch.setattr("ip_bench.harness.simulated.Simulated", UserTurnOnly)
    with pytest.raises(IpBenchError, match="drops the system role"):
        run(Plan(model="simulated", tasks=("ip_cues_cultural_mini",)), tmp_path / "run", progress=False)


def test_the_plan_of_the_dataset_is_its_mini_group():
    assert tasks_of(Plan(model="hf", dataset="ip-tradeoff", suite="mini")) == ("ip_tradeoff_mini",)
    assert tasks_of(Plan(model="simulated", dataset="ip-tradeoff")) == ("ip_tradeoff",)


@pytest.mark.parametrize("gap", [-0.1, 0.5])
def test_a_gap_that_no_probability_can_have_is_refused(gap):
    with pytest.raises(IpBenchError, match=f"gap={gap}; it must be between 0 and 0.4"):
        Simulated(gap=gap)
