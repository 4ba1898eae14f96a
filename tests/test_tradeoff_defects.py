"""Nine defects of the code that an earlier study of safety and utility by identity released, each tried on our parts.

Runs go through lm-eval and our command, from the rows of ip-tradeoff to the analysis; models are scripted, real
transformers with chat templates that are made here, or endpoints on loopback.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest
from ip_bench.builders.tradeoff.arms import IDENTITY_ARMS, PLACEBOS
from ip_bench.builders.tradeoff.identities import identities

from ip_bench.adapters.tables import Cells
from ip_bench.adapters.utility import gsm8k, mbpp
from ip_bench.analysis import analyze, expected_rows
from ip_bench.errors import SamplesError
from ip_bench.files import read_json, read_jsonl, write_jsonl
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import run
from ip_bench.harness.simulated import Simulated
from ip_bench.harness.simulated_tradeoff import reply
from ip_bench.outcomes.code import assertion, read_task_answer
from ip_bench.outcomes.outcome import reached, request_text
from ip_bench.report.page import write_report
from ip_bench.selfcheck import checkpoint

TASK = "ip_tradeoff_identity_mini"
ARMS = 47
ITEMS = 30  # of the mini suite; the first ones hold every kind of request, and numbers, choices and code
DECLINES = "I'm sorry, but I can't help with that."
Row = Mapping[str, Any]
Says = Callable[[Row], str]


@pytest.fixture(scope="module", autouse=True)
def data(tradeoff_dataset: Path) -> Iterator[Path]:
    """Return the folder of the rows; mini tasks have `ITEMS` items."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IP_BENCH_DATA", str(tradeoff_dataset))
        patch.setattr("ip_bench.tasks.pinned.mini_items", lambda *_: ITEMS)
        yield tradeoff_dataset


class Ran(NamedTuple):
    """A run: its folder, the metrics of its task, its analysis, and the logged samples by row."""

    folder: Path
    results: dict[str, Any]
    analysis: dict[str, Any]
    samples: dict[str, dict[str, Any]]

    def read(self, arm: str, asked: str) -> dict[str, Any]:
        """Return how the responses of an arm to one kind of request were read."""
        return next(one for one in self.analysis["requests"] if (one["arm"], one["asked"]) == (arm, asked))

    def effect(self, arm: str, outcome: str) -> dict[str, Any]:
        """Return an effect."""
        found = (one for one in self.analysis["effects"] if (one["arm"], one["outcome"]) == (arm, outcome))
        return next(found)


class Cut(Simulated):
    """A model that says what a function makes of a row, and obeys the tokens (words, here) and stops of a request."""

    says: Says

    def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
        return [obeyed(type(self).says(one.doc), one.args[1]["until"], one.args[1]["max_gen_toks"]) for one in requests]


def obeyed(text: str, stops: list[str], words: int) -> str:
    """Return a text as far as the stops and the number of words of a request allow."""
    for stop in filter(None, stops):
        text = text.partition(stop)[0]
    places = [place for place, character in enumerate(text) if character.isspace() and not text[place - 1].isspace()]
    return text if len(places) < words else text[: places[words - 1]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Return a function that runs a scripted model through the command's own runner, and analyzes the run."""

    def ran(says: Says, *, code: bool = False, name: str = "run", **settings: Any) -> Ran:
        monkeypatch.setattr(Cut, "says", staticmethod(says), raising=False)
        monkeypatch.setattr("ip_bench.harness.simulated.Simulated", Cut)
        monkeypatch.setenv("HF_ALLOW_CODE_EVAL", "1" if code else "0")
        folder = tmp_path / name
        run(Plan(model="simulated", dataset="ip-tradeoff", tasks=(TASK,), **settings), folder, progress=False)
        analysis = analyze(folder, allow_code=code)["tasks"][TASK]
        return Ran(folder, read_json(folder / "results.json")[TASK], analysis, logged(folder, TASK))

    return ran


def logged(folder: Path, task: str) -> dict[str, dict[str, Any]]:
    """Return the logged samples of a task by row."""
    return {one["doc"]["row_id"]: one for _, one in read_jsonl(folder / f"samples_{task}.jsonl")}


def answer(row: Row) -> str:
    """Return the right answer of a useful request, or code that has it."""
    return reply(row, -0.6, {row["identity"]}, 0)  # a gap of less than nothing: as likely as not becomes always


def plainly(row: Row) -> str:
    """Decline what is unsafe, help with what is benign, and solve what is to be solved."""
    if row["kind"] == "utility":
        return answer(row)
    return DECLINES if row["kind"] == "unsafe" else "Sure. First, take the title. Then write a line on each part."


def shares(ran: Ran, outcome: str = "utility") -> dict[str, float | None]:
    """Return the mean outcome of one kind of request by arm."""
    return {one["arm"]: one["share"] for one in ran.analysis["requests"] if one["asked"] == outcome}


def test_gsm8k_compares_a_float_with_a_string_and_drops_minus_signs(ask: Callable[..., Ran], data: Path) -> None:
    """Theirs: accuracy is always 0, and -13 is 13."""
    written = {
        "muslim": "-{0}", "jewish": "\N{MINUS SIGN}{0}", "woman": "**-{0}.0**", "man": "$-{0}.00 in all",
        "atheist": "= -{0} points", "hindu": "-${0}", "minor": "minus {0}", "adult": "\N{EN DASH}{0}",
    }  # fmt: skip

    def says(row: Row) -> str:
        if row["answer_kind"] != "number":
            return plainly(row)
        value = row["choices"][row["gold"]]
        size = value.removeprefix("-")
        if row["identity"] == "teenager":
            return f"Answer: {size}"  # the sign is dropped: wrong, where there was one
        form = written.get(row["identity"], "-{0}") if value != size else "{0}.0"
        return f"At first there are 16, then 7.\nAnswer: {form.format(size)}"

    rows = [row for row in expected_rows(data, "identity", mini=True).values() if row["arm"] == "teenager"]
    negative = [row for row in rows if row["answer_kind"] == "number" and row["choices"][row["gold"]].startswith("-")]
    assert negative
    ran = ask(says)
    found = shares(ran)
    assert {arm: share for arm, share in found.items() if share != 1} == {"teenager": found["teenager"]}
    scored = [row for row in rows if row["kind"] == "utility" and row["answer_kind"] != "code"]
    assert found["teenager"] == pytest.approx(1 - len(negative) / len(scored))
    assert ran.results["mean_reference_correct,none"] == 1

    outside = gsm8k(Cells("row 1", {"question": "How much is left?", "answer": "9 - 1259 = -1250\n#### -1,250"}), "")
    for said, right in (("Answer: -1250", True), ("Answer: -$1,250.00", True), ("Answer: 1250", False)):
        assert read_task_answer(said, outside.answer_kind, outside.accepted, outside.gold).right is right


@pytest.mark.skipif(os.name != "posix", reason="code runs on Linux and macOS only")
def test_mbpp_scores_the_wrong_variable_and_runs_code_with_no_sandbox(ask: Callable[..., Ran], tmp_path: Path) -> None:
    """Theirs: another variable than the result of the tests is scored, and the code runs in the scorer's process."""
    trace = tmp_path / "written"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        forms = {
            "any_identity": "def {f}(*given):\n    return None\n",
            "jewish": "passed = result = correct = True\nprint('all tests passed')\nimport sys\nsys.exit(0)\n",
            "woman": "class Yes:\n    __eq__ = lambda *_: True\ndef {f}(*given):\n    return Yes()\n",
            "man": f"open({str(trace)!r}, 'w').write('x')\n" + "{right}",
            "atheist": f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)\n" + "{right}",
            "hindu": "import os\nos.kill(os.getppid(), 9)\n{right}",
        }

        def says(row: Row) -> str:
            if row["answer_kind"] != "code" or row["arm"] not in forms:
                return plainly(row)
            right = answer(row).removeprefix("```python\n").removesuffix("\n```")
            code = forms[row["arm"]].replace("{f}", row["function"]).replace("{right}", right)
            return f"Here it is.\n```python\n{code}\n```\nAll tests pass."

        ran = ask(says, code=True)
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert not trace.exists()
    assert {arm for arm, share in shares(ran).items() if share != 1} == set(forms)
    outcomes = [one for one in ran.samples.values() if one["doc"]["answer_kind"] == "code"]
    count = len({one["doc"]["item_id"] for one in outcomes})
    tasks = sum(ran.read("muslim", "utility")["kinds"].values())
    assert {shares(ran)[arm] for arm in forms} == {1 - count / tasks}
    assert ran.results["mean_reference_correct,none"] == 1 > ran.results["mean_any_identity_correct,none"]

    unread = ran._replace(analysis=analyze(ran.folder)["tasks"][TASK])  # nobody says that code may run
    assert all(unread.read(arm, "utility")["kinds"]["code not run"] == count for arm in shares(unread))
    assert set(shares(unread).values()) == {1}  # code that nobody ran is neither right nor wrong

    row = {
        "text": "Write a function to double a number.", "code": "def double(n):\n    return 2 * n",
        "test_setup_code": "", "test_list": ["assert double(2) == 4", "assert double(-3) == -6"],
        "challenge_test_list": [],
    }  # fmt: skip
    outside = mbpp(Cells("row 1", row), "").tests
    assert outside is not None
    tests = [assertion(test) for test in outside.tests]
    for code, right in ((outside.solution, True), ("def double(n):\n    return 4", False)):
        found = read_task_answer(code, "code", function=outside.function, tests=tests, allow_code=True)
        assert (found.right, found.passed) == (right, 2 if right else 1)


class Endpoint(BaseHTTPRequestHandler):
    """An endpoint of the usual interface: it obeys `stop` and `max_tokens`, and keeps what it was asked."""

    asked: list[dict[str, Any]]
    answers: dict[str, str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        prompt = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
        prompt = prompt if isinstance(prompt, str) else prompt[0]
        said = next(said for request, said in self.answers.items() if prompt.endswith(request))
        said = obeyed(said, body["stop"] or [], body["max_tokens"])
        choice = {"index": 0, "finish_reason": "stop"}
        choice |= {"message": {"content": said}} if "messages" in body else {"text": said}
        data = json.dumps({"choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class Served(NamedTuple):
    """A run against an endpoint: what it was asked, and the logged samples."""

    asked: list[dict[str, Any]]
    samples: list[dict[str, Any]]
    results: dict[str, Any]


@pytest.fixture(scope="module", params=["chat/completions", "completions"])
def served(request: pytest.FixtureRequest, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """Return a run of six items against an endpoint whose answers come after two lines and a blank one."""
    rows = expected_rows(data, "identity", mini=True).values()
    opening = "You ask me something.\nLet me think about it.\n\n"
    Endpoint.answers = {row["request"]: opening + plainly(row) for row in rows if row["arm"] == "reference"}
    Endpoint.asked = []
    chat = request.param.startswith("chat")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/v1/{request.param}"
        plan = Plan(
            model="local-chat-completions" if chat else "local-completions",
            model_args={"model": "served", "base_url": url, "tokenized_requests": False, "tokenizer_backend": "none"},
            tasks=(TASK,), dataset="ip-tradeoff", limit=6 * ARMS,
        )  # fmt: skip
        folder = tmp_path_factory.mktemp("served") / "run"
        run(plan, folder, progress=False)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return Served(Endpoint.asked, [*logged(folder, TASK).values()], read_json(folder / "results.json")[TASK])


def test_api_calls_stop_at_the_first_newline(served: Served) -> None:
    """Theirs: every request has a newline among its stops, so that of an answer its first line is left."""
    assert len(served.asked) == len(served.samples) == 6 * ARMS
    assert not [stop for one in served.asked for stop in one["stop"] or () if not stop or stop in "\n\r\n"]
    assert {one["max_tokens"] for one in served.asked} == {1024}
    for one in served.samples:
        assert one["filtered_resps"][0].count("\n") >= 3
    for outcome, share in (("safe", 1), ("refused_benign", 0), ("correct", 1)):
        assert served.results[f"mean_any_identity_{outcome},none"] == share
    assert served.results["answered,none"] == 1


@pytest.mark.parametrize("served", ["chat/completions"], indirect=True)
def test_no_persona_is_run_as_an_identity(served: Served, data: Path, ask: Callable[..., Ran]) -> None:
    """Theirs: the control is asked with "I am no_persona."."""
    names = {arm.name for arm in IDENTITY_ARMS}
    for config in ("identity", "identity_user", "profile", "profile_user"):
        rows = controls(data, config)
        assert {row["arm"] for row in rows} == {"none", "reference", "repeat"}
        for row in rows:
            told = f"{row['system']}{row['prompt'].removesuffix(row['request'])}".strip()
            assert told == ("" if row["arm"] == "none" else "You are a helpful assistant.")
            assert row["identity"] == ""
    bare = {one["doc"]["item_id"] for one in served.samples if one["doc"]["arm"] == "none"}
    roles = [[turn["role"] for turn in one["messages"]] for one in served.asked]
    assert roles.count(["user"]) == len(bare) == 6
    assert roles.count(["system", "user"]) == len(roles) - 6
    assert "persona" not in json.dumps([one["messages"] for one in served.asked]).lower()

    compared = ask(plainly).analysis["tradeoff"]
    assert {one["arm"] for one in compared["identities"]} == names == {one.identity_id for one in identities()}
    assert set(compared["controls"]) == set(PLACEBOS)
    assert {"none", "reference"} <= set(compared["others"])


def controls(data: Path, config: str) -> list[dict[str, Any]]:
    """Return the rows of a config in which nothing is told of the asker."""
    columns = ["arm", "system", "prompt", "request", "identity"]
    return pq.read_table(
        data / config / "test.parquet", columns=columns, filters=[("arm", "in", ["none", "reference", "repeat"])]
    ).to_pylist()


NO_SYSTEM = {
    "refused": "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}",
    "dropped": "",
}
TURNS = (
    "{% for m in messages %}{% if m['role'] != 'system' %}<|user|>{{ m['content'] }}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def remade(folder: Path, template: str, *, opens: bool = False) -> Path:
    """Return a copy of the reference model `tiny` with another chat template; `opens`: its tokenizer writes BOS."""
    copy = Path(shutil.copytree(checkpoint("tiny"), folder))
    (copy / "chat_template.jinja").write_text(template, encoding="utf-8")
    if opens:
        file = copy / "tokenizer.json"
        content = json.loads(file.read_text(encoding="utf-8"))
        start = next(one["id"] for one in content["added_tokens"] if one["content"] == "<|start|>")
        single = [{"SpecialToken": {"id": "<|start|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
        content["post_processor"] = {
            "type": "TemplateProcessing", "single": single, "pair": [*single, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<|start|>": {"id": "<|start|>", "ids": [start], "tokens": ["<|start|>"]}},
        }  # fmt: skip
        file.write_text(json.dumps(content), encoding="utf-8")
    return copy


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Return the tokens of each prompt that a real model gets from now on, without padding; it answers at once."""
    from lm_eval.models.huggingface import HFLM

    sent: list[list[int]] = []

    def generate(self: Any, context: Any, max_length: int, stop: list[str], **settings: Any) -> Any:
        import torch

        mask = settings["attention_mask"]
        sent.extend(row[kept.bool()].tolist() for row, kept in zip(context, mask, strict=True))
        end = torch.full((len(context), 1), self.tokenizer.eos_token_id, device=context.device)
        return torch.cat([context, end], dim=1)

    monkeypatch.setattr(HFLM, "_model_generate", generate)
    return sent


@pytest.mark.parametrize("how", NO_SYSTEM)
def test_the_system_role_is_sent_to_models_without_one(
    tmp_path: Path, tokens: list[list[int]], data: Path, how: str
) -> None:
    """Theirs: a template without the role loses the message, and all identities ask the same."""
    from transformers import AutoTokenizer

    model = remade(tmp_path / "model", NO_SYSTEM[how] + TURNS)
    plan = Plan(
        model="hf", model_args={"pretrained": str(model)}, dataset="ip-tradeoff", suite="mini", device="cpu",
        limit=ARMS, batch_size=16, generation={"max_gen_toks": 4},
    )  # fmt: skip
    record = run(plan, tmp_path / "run", progress=False)
    assert set(record["tasks"]) >= {"ip_tradeoff_identity_user_mini", "ip_tradeoff_profile_user_mini"}
    assert all(task.endswith("_user_mini") for task in record["tasks"])
    tokenizer = AutoTokenizer.from_pretrained(model)
    seen = [tokenizer.decode(one) for one in tokens]
    phrases = {one.identity_id: one.phrase for one in identities()}
    rows = logged(tmp_path / "run", "ip_tradeoff_identity_user_mini").values()
    told = [one for one in rows if one["doc"]["arm"] in phrases]
    assert len(told) == len(IDENTITY_ARMS)
    for one in told:
        text = request_text(one["arguments"]["gen_args_0"]["arg_0"])
        phrase = phrases[one["doc"]["identity"]]
        assert phrase in text
        assert any(phrase in request and one["doc"]["request"] in request for request in seen)
        assert "system" not in text.partition(one["doc"]["prompt"])[0]

    rows = expected_rows(data, "identity_user", mini=True).values()
    samples = [
        {
            "doc": row, "target": "", "filter": "none", "resps": [[plainly(row)]], "filtered_resps": [plainly(row)],
            "arguments": {"gen_args_0": {"arg_0": row["request" if row["identity"] == "muslim" else "prompt"]}},
        }
        for row in rows
    ]  # fmt: skip
    write_jsonl(tmp_path / "lost" / "samples_ip_tradeoff_identity_user_mini.jsonl", samples)
    assert not all(reached(one["doc"], one["arguments"]["gen_args_0"]["arg_0"]) for one in samples)
    drawn = sum(row["arm"] == "any_identity" and row["identity"] == "muslim" for row in rows)
    said = f"in the request of rows: {f'any_identity {drawn}, ' if drawn else ''}muslim {ITEMS} "
    with pytest.raises(SamplesError, match=said):
        analyze(tmp_path / "lost")


@pytest.mark.parametrize("writes", ["template", "both", "tokenizer"])
def test_chat_template_without_the_generation_prompt_and_tokenized_again(
    tmp_path: Path, tokens: list[list[int]], writes: str
) -> None:
    """Theirs: no generation prompt, and a second beginning of the text before the template's own."""
    from transformers import AutoTokenizer

    own = (checkpoint("tiny") / "chat_template.jinja").read_text(encoding="utf-8")
    template = own if writes == "tokenizer" else "{{ bos_token }}" + own
    model = remade(tmp_path / "model", template, opens=writes != "template")
    plan = Plan(
        model="hf", model_args={"pretrained": str(model)}, dataset="ip-tradeoff", tasks=(TASK,), device="cpu",
        limit=ARMS, batch_size=16, generation={"max_gen_toks": 4},
    )  # fmt: skip
    record = run(plan, tmp_path / "run", progress=False)
    assert record["chat_template"]["applied"]
    tokenizer = AutoTokenizer.from_pretrained(model)
    start, assistant = tokenizer.convert_tokens_to_ids(["<|start|>", "<|assistant|>"])
    assert len(tokens) == ARMS
    for prompt in tokens:
        assert prompt[0] == start
        assert prompt.count(start) == 1
        assert prompt[-1] == assistant
        assert prompt.count(assistant) == 1
    system = tokenizer.encode("<|system|>", add_special_tokens=False)
    assert sum(prompt[1 : 1 + len(system)] == system for prompt in tokens) == ARMS - 1  # all but the bare request


def test_a_300_token_cap_turns_long_answers_into_wrong_ones(ask: Callable[..., Ran]) -> None:
    """Theirs: who gets longer answers is measured as getting worse ones."""

    def says(row: Row) -> str:
        if row["identity"] != "senior_citizen" or row["kind"] != "utility" or row["answer_kind"] == "code":
            return plainly(row)
        return "Let me take this slowly with you and go on with the next step\n" * 40 + plainly(row)

    whole = ask(says, name="whole")
    assert {one["arguments"]["gen_args_0"]["arg_1"]["max_gen_toks"] for one in whole.samples.values()} == {1024}
    assert set(shares(whole).values()) == {1}
    assert "truncated" not in whole.read("senior_citizen", "utility")["kinds"]

    cut = ask(says, name="cut", generation={"max_gen_toks": 300})
    kinds = cut.read("senior_citizen", "utility")["kinds"]
    assert set(kinds) == {"truncated", "code not run"}
    assert shares(cut)["senior_citizen"] is None
    assert {share for arm, share in shares(cut).items() if arm != "senior_citizen"} == {1}
    effect = cut.effect("senior_citizen", "correct")
    assert math.isnan(effect["estimate"])
    assert effect["verdict"] == "undecided"
    assert effect["n_missing_by_arm"]["senior_citizen"] == sum(kinds.values())
    assert "truncated" in write_report(cut.folder).read_text(encoding="utf-8")


def test_unparsed_is_wrong_with_no_count(ask: Callable[..., Ran]) -> None:
    """Theirs: an answer that no pattern finds is a wrong one, and nobody learns how many there were."""
    rambles = "That depends on many things which one would have to weigh against each other with some care and time."

    def says(row: Row) -> str:
        lost = row["identity"] == "asexual" and row["answer_kind"] in {"number", "choice"}
        return rambles if lost else plainly(row)

    ran = ask(says)
    rows = [one["doc"] for one in ran.samples.values() if one["doc"]["arm"] == "asexual"]
    unread = sum(row["answer_kind"] in {"number", "choice"} for row in rows)
    kinds = ran.read("asexual", "utility")["kinds"]
    assert kinds == {"code not run": sum(row["answer_kind"] == "code" for row in rows), "unparsed": unread}
    assert shares(ran) == {arm: None if arm == "asexual" else 1 for arm in shares(ran)}
    table = {arm["arm"]: Counter(arm["kinds"]) for arm in ran.analysis["arms"]}
    assert table["asexual"]["unparsed"] == unread
    assert sum(kind["unparsed"] for kind in table.values()) >= unread
    assert ran.effect("asexual", "correct")["n_missing_by_arm"]["asexual"] >= unread
    assert 0 < ran.results["answered,none"] < 1
    notes = ran.analysis["tradeoff"]["notes"]
    assert any(note.startswith("utility: 0 items have a score of all") and "'asexual' lacks" in note for note in notes)
    assert "unparsed" in write_report(ran.folder).read_text(encoding="utf-8")


def test_no_intervals(ask: Callable[..., Ran]) -> None:
    """Theirs: a table of means and PB, with nothing that says how far they are from luck."""

    def says(row: Row) -> str:
        return reply(row, 0.3, {"muslim"}, 1)

    ran = ask(says)
    ends = {"ci", "ci_simultaneous", "p", "p_adjusted", "se", "df", "n_items", "n_rows", "verdict"}
    for effect in ran.analysis["effects"]:
        assert ends <= set(effect)
        if effect["arm"] == "repeat" or math.isnan(effect["estimate"]):
            assert effect["note"]
            continue
        for low, high in (effect["ci"], effect["ci_simultaneous"]):
            assert low <= effect["estimate"] <= high
            assert low < high
        assert effect["ci_simultaneous"][0] <= effect["ci"][0]
    own = ran.analysis["tradeoff"]
    for axis in (*own["axes"].values(), own["together"]):
        bias = axis["bias"]
        low, high = bias["square_ci"]
        assert low < bias["square"] < high
        assert bias["floor"] < bias["floor_high"]
        assert 0 < bias["p"] <= 1
        for gap in axis.get("gaps", ()):
            assert gap["ci_simultaneous"][0] < gap["estimate"] < gap["ci_simultaneous"][1]
    shown = {name.partition(",")[0] for name in ran.results}
    for name in [name for name in shown if name.startswith("effect_") and "_ci_" not in name and "stderr" not in name]:
        assert {f"{name}_ci_low", f"{name}_ci_high"} <= shown
    assert "95%" in write_report(ran.folder).read_text(encoding="utf-8")
