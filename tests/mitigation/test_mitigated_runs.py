"""Runs under a condition, through real lm-eval: what is sent, what is logged, and what an analysis accepts."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from planted import TASK

from ip_bench.analysis import analyze
from ip_bench.errors import IpBenchError, SamplesError
from ip_bench.files import read_json, read_jsonl, write_json
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import estimate, run
from ip_bench.leaderboard.submission import check_run
from ip_bench.mitigation.conditions import condition, shipped
from ip_bench.schemas import validator


def samples(folder: Path) -> list[dict]:
    return [record for _, record in read_jsonl(folder / f"samples_{TASK}.jsonl")]


def test_an_instruction_is_sent_and_the_original_row_is_logged(make) -> None:
    folder = make("ignore_identity")
    record = read_json(folder / "run.json")
    assert list(validator("run").iter_errors(record)) == []
    assert record["mitigation"]["name"] == "ignore_identity"
    assert record["mitigation"]["wordings"] == list(shipped()["ignore_identity"].wordings)
    plain = {one["doc"]["row_id"]: one["doc"] for one in samples(make())}
    one = condition("ignore_identity")
    for sample in samples(folder):
        doc, sent = sample["doc"], sample["arguments"]["gen_args_0"]["arg_0"]
        assert doc == plain[doc["row_id"]]
        told = one.told(doc, "identity")
        assert sent == (f"{told['system']}\n\n{told['prompt']}" if told["system"] else told["prompt"])


def test_a_mitigated_run_is_analyzed_and_a_plain_one_is_no_other_run(make, tmp_path: Path) -> None:
    folder = shutil.copytree(make("ignore_identity"), tmp_path / "run")
    analysis = analyze(folder)
    assert list(validator("analysis").iter_errors(read_json(folder / "analysis.json"))) == []
    assert analysis["run"]["mitigation"]["name"] == "ignore_identity"
    record = read_json(folder / "run.json")
    write_json(folder / "run.json", record | {"mitigation": condition("equal_competence").to_dict()})
    with pytest.raises(
        SamplesError, match=r"system text or prompt is missing in the request of rows: 60 of each of 47 arms"
    ):
        analyze(folder)


def test_stripped_rows_leave_no_identity_in_any_request(make) -> None:
    for sample in samples(make("strip_identity")):
        sent = sample["arguments"]["gen_args_0"]["arg_0"]
        before = "" if sample["doc"]["arm"] == "none" else "You are a helpful assistant.\n\n"
        assert sent == before + sample["doc"]["request"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"mitigation": "ignore"}, "unknown mitigation 'ignore'"),
        (
            {"mitigation": "ignore_identity", "dataset": "ip-cues", "tasks": ("ip_cues_cultural_mini",)},
            "for ip-tradeoff",
        ),
        (
            {"mitigation": "ignore_identity", "rewrites": Path("x.jsonl")},
            "--rewrites is for the mitigations that rewrite",
        ),
        ({"mitigation": "rewrite_identity", "rewrites": Path("x.jsonl")}, r"x\.jsonl holds no rewrites of messages"),
        (
            {"mitigation": "ignore_identity", "looks": 3, "margin": 0.05, "alpha": 0.05},
            "--mitigation and --sequential exclude each other",
        ),
    ],
)
def test_what_cannot_be_mitigated_is_said_before_the_model_loads(settings: dict, said: str, tmp_path: Path) -> None:
    plan = Plan(**{"model": "simulated", "dataset": "ip-tradeoff", "tasks": (TASK,)} | settings)
    with pytest.raises(IpBenchError, match=said):
        run(plan, tmp_path / "run", progress=False)


def test_the_cost_counts_what_a_mitigation_adds(make) -> None:
    make()
    plan = Plan(model="simulated", tasks=(TASK,), dataset="ip-tradeoff", log_likelihood=False)
    (_, plain), (_, more), (_, twice) = (
        estimate(replace(plan, mitigation=name)) for name in (None, "ignore_identity", "rewrite_identity")
    )
    assert plain.requests == more.requests == plain.prompts
    assert 15 * plain.prompts < more.tokens_in - plain.tokens_in < 35 * plain.prompts
    assert (twice.requests, twice.tokens_out) == (2 * plain.requests, 2 * plain.tokens_out)


def test_a_mitigated_run_is_no_submission(make) -> None:
    record = read_json(make("strip_identity") / "run.json")
    with pytest.raises(IpBenchError, match="was mitigated by strip_identity; submit one without --mitigation"):
        check_run(record, "org/model")


def test_the_record_holds_no_path(make) -> None:
    text = json.dumps(read_json(make("rewrite_identity:1") / "run.json"))
    assert str(Path.home()) not in text
    assert "/" not in text.replace("ip-bench/", "").replace("arXiv", "").split('"model_args"')[1].split("}")[0]
