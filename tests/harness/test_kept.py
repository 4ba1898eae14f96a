"""Answers kept as they come: a run that was killed asks nothing twice, and repeats never share an answer."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing

import pytest
from chat_server import chat_server
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from typer.testing import CliRunner

from ip_bench.cli import app as cli
from ip_bench.errors import IpBenchError
from ip_bench.files import read_json, read_jsonl
from ip_bench.harness import kept
from ip_bench.harness.kept import check_answers, keeping, kept_beside, scope_of
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import measured_pace
from ip_bench.seeds import digest, unit

TASK = "ip_cues_cultural_mini"
ASKED, KILLED_AT = 60, 25


def said(body):
    """Return the response to a chat: one of a few answers, by hash of what is asked."""
    return f"answer {int(9 * unit('said', json.dumps(body['messages'])))}"


def command(url, out, concurrent=1):
    address = f"model=served,base_url={url}/chat/completions,tokenized_requests=False"
    arguments = f"{address},num_concurrent={concurrent},max_retries=1"
    return [
        sys.executable, "-m", "ip_bench.cli", "run", "--model", "local-chat-completions", "--model-args", arguments,
        "--task", TASK, "--limit", str(ASKED), "--out", str(out),
    ]  # fmt: skip


@pytest.mark.usefixtures("dataset")
def test_a_killed_run_asks_nothing_twice_and_ends_in_the_same_table(tmp_path):
    held, killed = threading.Event(), threading.Event()
    answered = []

    def reply(body, number):
        if number == KILLED_AT and not killed.is_set():
            held.set()
            killed.wait(60)
            return 500, ""  # nobody reads it
        answered.append(json.dumps(body["messages"]))
        return 200, said(body)

    with chat_server(reply) as (url, sent):
        process = subprocess.Popen(command(url, tmp_path / "run"), stdout=subprocess.DEVNULL)
        assert held.wait(120)
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed.set()
        assert not (tmp_path / "run").exists()
        assert len(answered) == KILLED_AT - 1
        done = subprocess.run(command(url, tmp_path / "run"), check=True, capture_output=True, text=True)
        assert f"{KILLED_AT - 1} requests were answered before" in done.stdout
        assert len(answered) == ASKED
        assert len(sent) == ASKED + 1  # what was being asked when the process died was never answered
        whole = Counter(answered)
        for options, asked in (([], whole), ([], Counter()), (["--fresh"], whole)):
            answered.clear()
            done = CliRunner().invoke(cli.app, [*command(url, tmp_path / "whole")[3:], *options])
            assert done.exit_code == 0, done.output
            assert Counter(answered) == asked
    for name in ("results.json", f"samples_{TASK}.jsonl"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert read_json(tmp_path / "run" / "run.json")["answers"] == {
        "kept": KILLED_AT - 1,
        "asked": ASKED - KILLED_AT + 1,
    }


@pytest.mark.usefixtures("dataset")
def test_many_connections_give_each_row_its_own_answer(tmp_path):
    with chat_server(lambda body, _: (200, said(body))) as (url, sent):
        for count in (ASKED, ASKED):  # the second time nothing is asked
            done = CliRunner().invoke(cli.app, command(url, tmp_path / "run", concurrent=8)[3:])
            assert done.exit_code == 0, done.output
            assert len(sent) == count
            for _, row in read_jsonl(tmp_path / "run" / f"samples_{TASK}.jsonl"):
                asked = row["arguments"]["gen_args_0"]["arg_0"]
                messages = json.loads(asked[0] if isinstance(asked, list) else asked)
                assert row["filtered_resps"] == [said({"messages": messages})]


class Telling(LM):
    """A backend that answers with a number that grows, tells its hook, and breaks off after `last` answers."""

    def __init__(self, last=10**9, *, hooked=True):
        super().__init__()
        self.count, self.last, self.hooked = 0, last, hooked

    def _next(self, method, request):
        if self.count == self.last:
            raise KeyboardInterrupt
        self.count += 1
        answer = f"{request.args[0]} {self.count}" if method == "generate_until" else (-float(self.count), True)
        if self.hooked:
            self.cache_hook.add_partial(method, request.args, answer)
        return answer

    def generate_until(self, requests, disable_tqdm=False):
        order = sorted(range(len(requests)), key=lambda place: requests[place].args[0])  # as backends batch by length
        answers = {place: self._next("generate_until", requests[place]) for place in order}
        return [answers[place] for place in range(len(requests))]

    def loglikelihood(self, requests, disable_tqdm=False):
        return [self._next("loglikelihood", one) for one in requests]

    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        raise NotImplementedError


def generation(row, text, *, replicate=0, temperature=0.7):
    return Instance(
        request_type="generate_until", doc={"row_id": row, "replicate": replicate},
        arguments=(text, {"until": ["\n"], "temperature": temperature}), idx=0,
    )  # fmt: skip


def choice(row, idx):
    return Instance(
        request_type="loglikelihood", doc={"row_id": row, "replicate": 0}, arguments=("Q", f" {idx}"), idx=idx
    )


def test_repeats_and_settings_never_share_an_answer(tmp_path):
    file = tmp_path / "answers.sqlite"
    first = generation("a", "Q")
    requests = [
        first, generation("b", "Q", replicate=1), generation("a", "Q", temperature=0.0), first, generation("a", "R"),
    ]  # fmt: skip
    model = Telling()
    with keeping(model, file, "s") as tally:
        answers = model.generate_until(requests)
    assert len(set(answers)) == len(requests) == tally.asked
    silent = Telling(last=0)
    with keeping(silent, file, "s") as tally:
        assert silent.generate_until(requests) == answers
        assert silent.generate_until(requests[::-1]) != answers  # in another order, each request has its own answer
        assert silent.generate_until([requests[4]]) == answers[4:]
    assert (tally.kept, tally.asked) == (11, 0)
    other = Telling()
    with keeping(other, file, "another model") as tally:
        other.generate_until(requests)
    assert tally.asked == 5
    assert "generate_until" not in vars(model)  # the model is as it was
    assert vars(other)["cache_hook"].dbdict is None


def test_what_was_told_before_a_break_is_kept_and_the_rest_is_drawn_anew(tmp_path):
    file, drawn = tmp_path / "answers.sqlite", []
    requests = [generation(f"row {k}", f"Q{k % 3}") for k in range(9)]
    broken = Telling(last=4)
    with pytest.raises(KeyboardInterrupt), keeping(broken, file, "s", reseed=drawn.append):
        broken.generate_until(requests)
    assert drawn == []
    model = Telling()
    with keeping(model, file, "s", reseed=drawn.append) as tally:
        answers = model.generate_until(requests)
    assert (tally.kept, tally.asked, drawn) == (4, 5, [4])
    assert all(answer.startswith(f"Q{k % 3} ") for k, answer in enumerate(answers))
    unhooked = Telling(hooked=False)
    with keeping(unhooked, file, "t"):
        assert unhooked.generate_until(requests) == Telling().generate_until(requests)
    with keeping(unhooked, file, "t") as tally:
        unhooked.generate_until(requests)
    assert tally.kept == 9


def test_log_likelihoods_come_back_as_they_were(tmp_path):
    file, requests = tmp_path / "answers.sqlite", [choice(row, idx) for row in "ab" for idx in range(2)]
    model = Telling()
    with keeping(model, file, "s"):
        answers = model.loglikelihood(requests)
    with keeping(model, file, "s"):
        assert model.loglikelihood(requests) == answers == [(-1.0, True), (-2.0, True), (-3.0, True), (-4.0, True)]


def test_fresh_begins_a_round_and_loses_nothing(tmp_path):
    file, requests = tmp_path / "answers.sqlite", [generation("a", "Q"), generation("b", "Q")]
    for scope in ("s", "t"):
        with keeping(model := Telling(), file, scope):
            model.generate_until(requests)
    with keeping(model, file, "s", fresh=True) as tally:
        model.generate_until(requests[:1])
    assert (tally.kept, tally.asked) == (0, 1)
    with keeping(model, file, "s") as tally:  # of the earlier round nothing is taken: it may be of another model
        model.generate_until(requests)
    assert (tally.kept, tally.asked) == (1, 1)
    with keeping(model, file, "t") as tally:
        model.generate_until(requests)
    assert tally.kept == 2
    with closing(sqlite3.connect(file)) as answers:
        assert answers.execute("SELECT count(*) FROM answers").fetchone() == (6,)


class Rewriting(Telling):
    """A backend that tells its hook other settings than it was asked with, as vLLM does, and all at the end."""

    def generate_until(self, requests, disable_tqdm=False):
        answers = []
        for one in requests:
            if self.count == self.last:
                raise KeyboardInterrupt
            self.count += 1
            answers.append(f"{one.args[0]} {self.count}")
        for one, answer in zip(requests, answers, strict=True):
            self.cache_hook.add_partial("generate_until", (one.args[0], one.args[1] | {"until": ["<eos>"]}), answer)
        return answers


def test_a_backend_that_tells_late_and_otherwise_is_asked_in_parts(tmp_path):
    file, requests = tmp_path / "answers.sqlite", [generation(f"row {k}", f"Q{k % 5}") for k in range(10)]
    with pytest.raises(KeyboardInterrupt), keeping(model := Rewriting(last=7), file, "s", at_once=3):
        model.generate_until(requests)
    with keeping(model := Rewriting(), file, "s", at_once=3) as tally:
        answers = model.generate_until(requests)
    assert (tally.kept, tally.asked) == (6, 4)
    assert [answer.split()[0] for answer in answers] == [one.args[0] for one in requests]


def test_the_hook_goes_by_the_text_where_settings_were_rewritten(tmp_path):
    class Breaking(Rewriting):
        def generate_until(self, requests, disable_tqdm=False):
            super().generate_until(requests)
            raise KeyboardInterrupt

    file = tmp_path / "answers.sqlite"
    requests = [generation("a", "Q"), generation("b", "R"), generation("c", "R", temperature=0.0)]
    with pytest.raises(KeyboardInterrupt), keeping(model := Breaking(), file, "s"):
        model.generate_until(requests)
    with keeping(model := Telling(), file, "s") as tally:
        answers = model.generate_until(requests)
    assert (tally.kept, tally.asked) == (1, 2)  # R is asked in two ways, so which answer is whose cannot be told
    assert answers[0] == "Q 1"


def test_a_backend_that_gives_fewer_answers_is_named(tmp_path):
    class Short(Telling):
        def generate_until(self, requests, disable_tqdm=False):
            return super().generate_until(requests[:1])

    file, requests = tmp_path / "answers.sqlite", [generation("a", "Q"), generation("b", "R")]
    with (
        pytest.raises(IpBenchError, match="answered 1 of 2 requests; start the run again"),
        keeping(model := Short(), file, "s"),
    ):
        model.generate_until(requests)
    with keeping(model := Telling(), file, "s") as tally:
        model.generate_until(requests)
    assert tally.kept == 1


def test_a_disk_that_is_full_ends_the_run_and_no_retry(tmp_path, monkeypatch):
    class Retrying(Telling):
        """A backend that takes any exception for a failure of the endpoint, and asks again."""

        def generate_until(self, requests, disable_tqdm=False):
            for _ in range(3):
                try:
                    return super().generate_until(requests)
                except Exception:
                    continue
            return []

    def full(self, answers):
        raise kept._UnwrittenError("database or disk is full")

    monkeypatch.setattr(kept._Store, "put", full)
    model = Retrying()
    with pytest.raises(IpBenchError, match=r"disk is full.*--answers"), keeping(model, tmp_path / "a.sqlite", "s"):
        model.generate_until([generation("a", "Q")])
    assert model.count == 1


def test_a_scope_is_the_model_its_revision_and_what_it_is_asked(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"one")
    told = {
        "backend": "hf", "arguments": {"pretrained": str(folder), "dtype": "bfloat16"}, "revision": "", "content": "c",
        "seed": 1,
    }  # fmt: skip
    same = told | {"arguments": told["arguments"] | {"batch_size": 8, "token": "hf_secret", "num_concurrent": 4}}
    for name in ("add_bos_token", "prefix_token_id", "think_end_token"):
        assert scope_of(**told | {"arguments": told["arguments"] | {name: "x"}}) != scope_of(**told)
    scope = scope_of(**told)
    assert scope_of(**same) == scope
    for changed in (
        {"backend": "vllm"}, {"revision": "abc"}, {"content": "d"}, {"seed": 2},
        {"arguments": told["arguments"] | {"dtype": "float16"}}, {"arguments": {"pretrained": "org/model"}},
    ):  # fmt: skip
        assert scope_of(**told | changed) != scope
    file, time = folder / "model.safetensors", (folder / "model.safetensors").stat().st_mtime_ns
    file.write_bytes(b"two")
    os.utime(file, ns=(time, time))
    assert scope_of(**told) != scope  # trained on in its place, of the same size and time


def test_the_file_holds_no_prompt_and_a_broken_one_is_refused_and_left(tmp_path):
    file = tmp_path / "answers.sqlite"
    with keeping(model := Telling(), file, "s"):
        model.generate_until([generation("a", "a question that stays here")])
    with sqlite3.connect(file) as answers:
        rows = answers.execute("SELECT * FROM answers").fetchall()
    answers.close()
    assert rows == [("s", 0, rows[0][2], json.dumps("a question that stays here 1"))]
    assert len(rows[0][2]) == len(digest("x")) + 1
    broken = tmp_path / "broken.sqlite"
    broken.write_text("no database, but somebody's notes " * 40)
    with (
        pytest.raises(IpBenchError, match=r"answers cannot be kept in .*broken\.sqlite .*--answers"),
        keeping(Telling(), broken, "s"),
    ):
        pass
    assert broken.read_text().startswith("no database")
    with closing(sqlite3.connect(tmp_path / "notes.sqlite")) as notes, notes:
        notes.execute("CREATE TABLE notes (text)")
    with pytest.raises(IpBenchError, match="a database of something else"):
        check_answers(tmp_path / "notes.sqlite")
    with pytest.raises(IpBenchError, match=r"--answers"):
        check_answers(broken / "answers.sqlite")
    assert kept_beside(tmp_path / "run" / "..") == tmp_path.with_name(f"{tmp_path.name}.answers.sqlite")


@pytest.mark.usefixtures("dataset")
def test_a_probe_says_how_long_a_run_takes_and_its_answers_are_kept(tmp_path):
    with chat_server(lambda body, _: (200, said(body))) as (url, sent):
        arguments = [*command(url, tmp_path / "run")[3:], "--dry-run", "--probe", "8", "--price", "0.15,0.6"]
        done = CliRunner().invoke(cli.app, arguments)
        assert done.exit_code == 0, done.output
        assert "in shared prefixes" in done.output
        assert "at 0.15 and 0.6 a million tokens" in done.output
        assert "requests a second (measured on 8)" in done.output
        assert len(sent) == 8
        CliRunner().invoke(cli.app, command(url, tmp_path / "run")[3:])
        assert len(sent) == ASKED
        assert read_json(tmp_path / "run" / "run.json")["answers"] == {"kept": 8, "asked": ASKED - 8}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--dry-run", "--fresh"], "--fresh is for a run"),
        (["--dry-run", "--probe", "3"], "answers of simulated cost nothing"),
        (["--dry-run", "--sequential", "--limit", "5"], "exclude each other"),
        (["--dry-run", "--price", "cheap"], "--price is 'cheap'; it must be two prices"),
        (["--dry-run", "--price", "1,-2"], "--price is '1,-2'"),
        (["--probe", "3"], "--probe is for --dry-run"),
    ],
)
def test_bad_estimates_are_refused(options, said):
    done = CliRunner().invoke(cli.app, ["run", "--model", "simulated", *options])
    assert isinstance(done.exception, IpBenchError)
    assert said in str(done.exception)


def test_a_probe_of_rewritten_messages_is_refused(tmp_path):
    plan = Plan(model="hf", dataset="ip-tradeoff", mitigation="rewrite_identity")
    with pytest.raises(IpBenchError, match="--probe cannot time rewrite_identity"):
        measured_pace(plan, 3, tmp_path / "answers.sqlite")
