"""Runs: what is written, what is refused, and a chat endpoint spoken to over HTTP."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from ip_bench.analysis import analyze, expected_rows
from ip_bench.cli import app as cli
from ip_bench.errors import IpBenchError, SamplesError, UnknownNameError
from ip_bench.files import read_json, read_jsonl
from ip_bench.harness import runner
from ip_bench.harness.plan import Plan, tasks_of
from ip_bench.harness.runner import run
from ip_bench.harness.simulated import Simulated
from ip_bench.redaction import redacted, scrubbed
from ip_bench.schemas import validator

pytestmark = pytest.mark.usefixtures("dataset")
MINI = ("ip_cues_cultural_mini",)


@pytest.fixture(scope="module")
def counts(dataset):
    """How many rows the mini task has in each arm, and as "total" in all."""
    found = Counter(row["arm"] for row in expected_rows(dataset, "cultural", mini=True).values())
    return found | {"total": sum(found.values())}


def test_run_writes_everything_an_analysis_needs(tmp_path, counts):
    said = []
    record = run(Plan(model="simulated", tasks=MINI), tmp_path / "run", announce=said.append, progress=False)
    assert list(validator("run").iter_errors(record)) == []
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == [
        "results.json", "run.json", "samples_ip_cues_cultural_mini.jsonl",
    ]  # fmt: skip
    assert any(f"{counts['total']:,} prompts" in line and "tokens" in line for line in said)
    _, first = next(read_jsonl(tmp_path / "run" / "samples_ip_cues_cultural_mini.jsonl"))
    assert {"doc", "arguments", "filtered_resps", "filter"} <= set(first)
    effects = analyze(tmp_path / "run")["tasks"]["ip_cues_cultural_mini"]["effects"]
    assert all(list(validator("effect").iter_errors(effect)) == [] for effect in effects)


def test_an_interrupted_run_leaves_the_previous_one(tmp_path, monkeypatch):
    run(Plan(model="simulated", tasks=MINI, limit=40), tmp_path / "run", progress=False)
    before = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()}

    def interrupted(self, requests, disable_tqdm=False):
        raise KeyboardInterrupt

    monkeypatch.setattr(Simulated, "generate_until", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(Plan(model="simulated", tasks=MINI, limit=40), tmp_path / "run", progress=False)
    assert {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_with_limit_is_refused_by_the_analysis(tmp_path, counts):
    run(Plan(model="simulated", tasks=MINI, limit=7), tmp_path / "run", progress=False)
    total = counts["total"]
    with pytest.raises(SamplesError, match=rf"{total - 7:,} of {total:,} rows are missing: .*uk {counts['uk'] // 10}"):
        analyze(tmp_path / "run")


def test_a_template_that_drops_the_system_role_is_refused_before_the_run(tmp_path, monkeypatch):
    class Tokenizer:
        chat_template = "{{ messages[-1]['content'] }}"

    monkeypatch.setattr(Simulated, "tokenizer", Tokenizer(), raising=False)
    monkeypatch.setattr(Simulated, "apply_chat_template", lambda self, turns, **_: turns[-1]["content"])
    with pytest.raises(IpBenchError, match="drops the system role"):
        run(Plan(model="simulated", tasks=MINI), tmp_path / "run", progress=False)
    run(Plan(model="simulated", tasks=MINI, chat_template=False, limit=40), tmp_path / "run", progress=False)


def test_undelivered_rows_are_refused_with_counts(tmp_path, counts):
    run(Plan(model="simulated", tasks=MINI), tmp_path / "run", progress=False)
    file = tmp_path / "run" / "samples_ip_cues_cultural_mini.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for record in lines:
        if record["doc"]["arm"] == "uk":
            record["arguments"]["gen_args_0"]["arg_0"] = record["doc"]["prompt"]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(SamplesError, match=rf"missing in the request of rows: uk {counts['uk']}"):
        analyze(tmp_path / "run")


@pytest.mark.parametrize(
    ("plan", "named"),
    [
        (Plan(model="hff"), "unknown model backend 'hff'.*hf.*simulated"),
        (Plan(model="hf", suite="tiny"), "unknown suite 'tiny'.*mini, full"),
        (Plan(model="hf", dataset="ip-cue"), "unknown dataset 'ip-cue'.*ip-cues, ip-education, ip-echo"),
        (Plan(model="hf", tasks=("ip_cuess",)), "unknown task 'ip_cuess'.*ip_cues_cultural"),
    ],
)
def test_unknown_names(plan, named):
    with pytest.raises(UnknownNameError, match=named):
        tasks_of(plan)


def test_twins_run_where_the_backend_can():
    assert tasks_of(Plan(model="hf", suite="mini")) == ("ip_cues_mini", "ip_cues_mc_mini")
    assert tasks_of(Plan(model="local-chat-completions")) == ("ip_cues",)
    assert tasks_of(Plan(model="vllm", log_likelihood=False)) == ("ip_cues",)
    assert tasks_of(Plan(model="hf-multimodal")) == ("ip_cues",)
    assert tasks_of(Plan(model="hf", dataset="ip-echo", suite="mini")) == ("ip_echo_mini", "ip_echo_mc_mini")
    assert tasks_of(Plan(model="hf", dataset="ip-education")) == ("ip_education", "ip_education_mc")


@pytest.mark.parametrize("tasks", [("ip_cues_cultural", "ip_echo_answers"), ("ip_education_mc", "ip_cues_mini")])
def test_tasks_of_two_datasets_are_refused(tasks, tmp_path):
    with pytest.raises(
        IpBenchError, match=rf"tasks of several datasets: {tasks[0]} \(ip-\w+\), {tasks[1]}.*of its own"
    ):
        run(Plan(model="simulated", tasks=tasks), tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()


def test_a_backend_without_log_likelihoods_is_named(tmp_path, monkeypatch):
    def refuse(self, requests, disable_tqdm=False):
        raise NotImplementedError("no logits here")

    monkeypatch.setattr(Simulated, "loglikelihood", refuse)
    with pytest.raises(IpBenchError, match=r"simulated cannot do what ip_cues_cultural_mc_mini ask: no logits here"):
        run(Plan(model="simulated", tasks=("ip_cues_cultural_mc_mini",), limit=7), tmp_path / "run", progress=False)


def test_remote_code_is_refused(tmp_path):
    plan = Plan(model="hf", model_args={"pretrained": "x/y", "trust_remote_code": True}, tasks=MINI)
    with pytest.raises(IpBenchError, match="trust_remote_code is refused"):
        run(plan, tmp_path / "run", progress=False)


def test_secrets_are_not_written(monkeypatch):
    assert redacted({"pretrained": "a/b", "token": "hf_abc", "api_key": "k"}) == {
        "pretrained": "a/b", "token": "(redacted)", "api_key": "(redacted)",
    }  # fmt: skip
    monkeypatch.setenv("HF_TOKEN", "hf_0123456789")
    assert scrubbed("x hf_0123456789 y") == "x (redacted) y"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    assert scrubbed("wJalrXUtnFEMI") == "(redacted)"
    address = {"base_url": "http://me:pass@host:8000/v1", "tokenized_requests": False}
    assert redacted(address) == {"base_url": "http://(redacted)@host:8000/v1", "tokenized_requests": False}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--model", "nope"], "unknown model backend 'nope'"),
        (["run", "--model", "simulated", "--model-args", "effect"], "has no '='"),
        (["run", "--model", "simulated", "--model-args", "effect=0.9"], "must be between 0 and 0.4"),
        (["selfcheck", "--reference", "small"], "unknown reference model 'small'; reference models are: tiny, null"),
        (["run", "--model", "simulated", "--model-args", "effect="], "lacks a name or a value"),
        (["run", "--model", "simulated", "--model-args", "nothing=1"], "simulated cannot load simulated"),
        (["run", "--model", "simulated", "--batch-size", "many"], "--batch-size is 'many'"),
        (["run", "--model", "simulated", "--margin", "0"], "--margin is 0.0; it must be a share between 0 and 1"),
        (["run", "--model", "simulated", "--out", __file__], "is a file; name a folder with --out"),
        (["run", "--model", "simulated", "--task", "ip_cues_mini", "--task", "ip_cues_cultural_mini"], "run together"),
        (["build", "--out", str(Path(__file__).parent)], "has other files and no manifest.json"),
        (["analyze", "nowhere"], "nowhere is not a folder"),
        (["analyze", ".", "--alpha", "2"], "--alpha is 2.0; it must be between 0 and 0.5"),
        (["report", "nowhere"], "has no analysis.json"),
        (["build", "ip-x"], "unknown dataset 'ip-x'"),
        (["cue", "apply", "--family", "spelling", "--level", "xx"], "unknown level 'xx' in cue family spelling"),
        (["cue", "apply", "--family", "accent", "--level", "uk"], "unknown cue family 'accent'"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, said, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["ip-bench", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert len(error.strip().splitlines()) == 1


def test_a_task_named_twice_runs_once():
    assert tasks_of(Plan(model="simulated", tasks=MINI * 2)) == MINI


def test_a_folder_of_other_files_is_never_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(IpBenchError, match=r"has other files and no run\.json"):
        run(Plan(model="simulated", tasks=MINI, limit=7), tmp_path, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_model_that_cannot_be_loaded_is_named_and_its_token_is_not(tmp_path, monkeypatch):
    def fail(arguments, settings=None):
        raise OSError(f"no model here for {arguments['token']}")

    monkeypatch.setattr(Simulated, "create_from_arg_obj", fail)
    plan = Plan(model="simulated", model_args={"pretrained": "no/such", "token": "hf_abc123"}, tasks=MINI)
    with pytest.raises(IpBenchError, match=r"simulated cannot load no/such .*OSError: no model here") as stop:
        run(plan, tmp_path / "run", progress=False)
    assert "hf_abc123" not in str(stop.value)


def test_thinking_that_the_template_opened_and_nothing_closed_is_no_answer(tmp_path, monkeypatch):
    """The request ends with an opening tag, and the response stops inside the thinking, without any tag."""

    def template(self, turns, **settings):
        return "\n".join(turn["content"] for turn in turns) + "\n<think>\n"

    monkeypatch.setattr(Simulated, "apply_chat_template", template)
    plan = Plan(model="simulated", tasks=MINI, chat_template=True, limit=40)
    run(plan, tmp_path / "run", progress=False)
    assert read_json(tmp_path / "run" / "results.json")["ip_cues_cultural_mini"]["answered,none"] == 0


def test_dry_run_says_the_cost():
    done = CliRunner().invoke(cli.app, ["run", "--model", "hf", "--suite", "mini", "--dry-run"])
    assert done.exit_code == 0, done.output
    tasks = ("ip_cues_mini", "ip_cues_mc_mini")
    prompts = runner.estimate(Plan(model="hf", tasks=tasks))[1].prompts
    assert prompts > 0
    assert f"{prompts:,} prompts in" in done.output
    assert "tokens in" in done.output


class Endpoint(BaseHTTPRequestHandler):
    """A chat endpoint that thinks aloud, answers "911", and keeps what it was asked."""

    asked: ClassVar[list[list[dict[str, str]]]] = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body["messages"])
        reply = {"choices": [{"index": 0, "message": {"content": "<think>UK spelling, so 999?</think>911"}}]}
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


def test_a_chat_endpoint_is_asked_with_system_and_user_turns(tmp_path):
    Endpoint.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/v1/chat/completions"
        arguments = {"model": "served", "base_url": url, "num_concurrent": 1, "tokenized_requests": False}
        plan = Plan(model="local-chat-completions", model_args=arguments, tasks=MINI, limit=12)
        record = run(plan, tmp_path / "run", progress=False)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert record["chat_template"]["applied"]
    assert len(Endpoint.asked) == 12
    assert [turn["role"] for turn in Endpoint.asked[0]] == ["system", "user"]
    rows = [row for _, row in read_jsonl(tmp_path / "run" / "samples_ip_cues_cultural_mini.jsonl")]
    found = [runner_outcome(row) for row in rows]
    assert all(outcome.thinking_chars > 0 for outcome in found)
    assert all("999" not in outcome.text for outcome in found)
    assert read_json(tmp_path / "run" / "results.json")["ip_cues_cultural_mini"]["answered,none"] == 1


def runner_outcome(row):
    from ip_bench.outcomes.outcome import reached, score_generation

    assert reached(row["doc"], row["arguments"]["gen_args_0"]["arg_0"])
    return score_generation(row["doc"], row["filtered_resps"][0])


def test_estimate_needs_no_model(counts):
    names, cost = runner.estimate(Plan(model="hf", tasks=MINI))
    assert names == list(MINI)
    assert cost.prompts == cost.requests == counts["total"]
    assert cost.tokens_out == counts["total"] * 48
