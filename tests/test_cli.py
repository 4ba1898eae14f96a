"""The command line as a whole: how it ends, what it says next, how far it is, and what a shell completes."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from chat_server import chat_server

from ip_bench.cli import app as cli
from ip_bench.cli import exits, next_step
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.progress import Lines, Progress, duration, progress

TASK = "ip_cues_names_mini"


def ended(words: list[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the exit code of a command line in this process."""
    monkeypatch.setattr("sys.argv", ["ip-bench", *words])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code


# --- exit codes


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 0), (["--version"], 0), (["tasks-path"], 0), (["tasks-path", "--json"], 0),
        (["bounds", "check", "nowhere.yaml"], 2), (["report", "nowhere"], 2), (["rum"], 2), (["run"], 2),
    ],
)  # fmt: skip
def test_exit_codes(words: list[str], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(words, monkeypatch) == code


def test_a_typing_error_is_told_the_near_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, near in ((["rum"], "'run'"), (["run", "--modle", "x"], "--model"), (["build", "ip-cus"], "'ip-cues'")):
        assert ended(words, monkeypatch) == 2
        assert near in capsys.readouterr().err
    assert "did you mean" not in str(UnknownNameError("arm", "zzz", ["uk"]))


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (IpBenchError("x is 3; it must be 2"), 2, "x is 3; it must be 2"),
        (ModuleNotFoundError("no torch", name="torch.nn"), 2, "pip install 'ip-bench[eval]'"),
        (PermissionError(13, "Permission denied", "/x"), 2, "Permission denied: /x"),
        (KeyError("arm"), 70, "a fault of ip-bench (KeyError)"),
        (ModuleNotFoundError("no x", name="x"), 70, "a fault of ip-bench"),
    ],
)
def test_an_error_is_one_line_or_a_record(
    error: Exception, code: int, said: str, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exits.ended(error, as_json=as_json) == code
    out, err = capsys.readouterr()
    assert out == ""
    *more, last = err.splitlines()
    assert bool(more) == (code == 70)  # the traceback
    assert said in (json.loads(last)["error"]["message"] if as_json else last)


def test_a_key_on_the_command_line_is_never_echoed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "sk-abcdefgh"
    for arguments in (f"pretrained=/no,api_key={key}", f"api_key {key}", f"base_url=http://me:{key}@host"):
        monkeypatch.setattr("sys.argv", ["ip-bench", "run", "--model", "hf", "--model-args", arguments])
        for error in (IpBenchError(f"refused: {key} at http://me:{key}@host"), RuntimeError(key)):
            exits.ended(error, as_json=False)
        text = capsys.readouterr().err
        assert "refused" in text
        assert key not in text or " " in arguments
    assert ended(["run", "--model", "hf", "--model-args", f"api_key:{key}"], monkeypatch) == 2
    assert key not in capsys.readouterr().err


def test_the_page_has_the_exit_codes() -> None:
    page = (Path(__file__).parents[1] / "docs" / "cli.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d+) \| (.*?) \|", page, re.MULTILINE) == [
        (str(one.code), one.name) for one in exits.EXITS
    ]


# --- what to do next


def test_what_is_said_next_follows_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert next_step.next_of().state in {"new", "bare"}
    folder = Path("runs/latest")
    folder.mkdir(parents=True)
    (folder / f"samples_{TASK}.jsonl").touch()
    assert next_step.next_of().state == "samples"
    assert next_step.next_of().commands[0][0] == f"ip-bench analyze {folder}"
    (folder / "analysis.json").write_text("{}")
    (folder / "run.json").write_text('{"model": "m\\u202e", "dataset": {"name": "ip-cues", "version": "2.0.0"}}')
    assert "ip-cues 2.0.0" in next_step.next_of().words
    assert next_step.next_of().commands[0][0] == f"ip-bench report {folder}"
    Path("runs/latest.config.yaml").touch()
    assert next_step.next_of() == ("interrupted", next_step.next_of().words, next_step.next_of().commands)
    assert next_step.next_of().commands[0][0] == "ip-bench run --config runs/latest.config.yaml"


def test_torch_is_asked_for_where_it_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(next_step, "find_spec", lambda name: None)
    found = next_step.next_of()
    assert found.state == "bare"
    assert "pip install 'ip-bench[eval]'" in [command for command, _ in found.commands]


@pytest.mark.usefixtures("dataset")
def test_an_interrupted_run_says_so_and_goes_on_from_its_file(tmp_path: Path) -> None:
    held, free = threading.Event(), threading.Event()

    def reply(body: Any, number: int) -> tuple[int, str]:
        if number == 5 and not free.is_set():
            held.set()
            free.wait(60)
        return 200, "an answer"

    words = [sys.executable, "-m", "ip_bench.cli"]
    with chat_server(reply) as (url, sent):
        arguments = f"model=served,base_url={url}/chat/completions,tokenized_requests=False,max_retries=1"
        process = subprocess.Popen(
            [*words, "run", "--model", "local-chat-completions", "--model-args", arguments, "--task", TASK,
             "--limit", "12"],
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert held.wait(120)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        free.set()
        assert process.returncode == 130
        assert said.splitlines()[-1].startswith("ip-bench: interrupted; the same command goes on where it was")
        assert "Traceback" not in said
        told = subprocess.run([*words, "--json"], cwd=tmp_path, capture_output=True, text=True, check=True)
        (goes_on,) = json.loads(told.stdout)["next"]
        assert goes_on["command"] == "ip-bench run --config runs/latest.config.yaml"
        before = len(sent)
        done = subprocess.run(
            [*words, *goes_on["command"].split()[1:], "--json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["run"]["answers"] == {"kept": 4, "asked": 8}
        assert len(sent) - before == 8
    assert not (tmp_path / "runs" / "latest.config.yaml").exists()


@pytest.mark.usefixtures("dataset")
def test_an_endpoint_that_does_not_answer_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = "model=x,base_url=http://127.0.0.1:9/v1/chat/completions,max_retries=1"
    words = ["run", "--model", "local-chat-completions", "--model-args", arguments, "--task", TASK, "--limit", "7"]
    assert ended(words, monkeypatch) == 2
    said = capsys.readouterr().err
    assert said.splitlines()[-1].startswith("ip-bench: the endpoint failed:")
    assert "Traceback" not in said


# --- progress


def test_lines_are_rare_and_say_what_is_left() -> None:
    log, now = io.StringIO(), iter(range(0, 100_000, 10))
    at = Lines(print, log, lambda: next(now))
    at.step("asking", 1000)
    for _ in range(100):
        at.advance(10)
    said = log.getvalue().splitlines()
    assert len(said) == 9
    assert said[4] == "asking: 500 of 1,000 (50%), about 8 minutes left"
    at.step("quick", 4)
    at.advance(3)
    at.step("of unknown length")
    at.advance(3)
    assert log.getvalue().splitlines() == said


def test_times_are_words() -> None:
    assert [duration(each) for each in (0.2, 1, 59, 600, 3_600, 12_000)] == [
        "1 second", "1 second", "59 seconds", "10 minutes", "1 hour", "3 hours 20 minutes",
    ]  # fmt: skip


def test_bars_of_libraries_are_silent_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    from tqdm import tqdm

    with progress():
        list(tqdm(range(3), disable=False))
    assert capsys.readouterr().err == ""
    list(tqdm(range(3), disable=False))
    assert "3/3" in capsys.readouterr().err
    Progress().advance()


@pytest.mark.usefixtures("dataset")
def test_on_a_terminal_a_line_moves_and_none_of_it_is_in_the_output(tmp_path: Path) -> None:
    mine, theirs = pty.openpty()
    words = ["run", "--model", "simulated", "--task", TASK, "--limit", "7", "--out", str(tmp_path / "run")]
    process = subprocess.Popen(
        [sys.executable, "-m", "ip_bench.cli", *words], stdout=subprocess.PIPE, stderr=theirs, text=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while chunk := _read(mine):
        shown += chunk
    out, _ = process.communicate()
    assert process.returncode == 0, shown
    assert b"loading the model" in shown
    assert b"\x1b[" in shown
    assert "\x1b" not in out
    assert out.splitlines()[0] == f"simulated: {TASK}"
    assert f"simulated: {TASK}".encode() not in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux's end of a terminal that nobody holds open
        return b""


# --- completion


#: What is typed, and words that must be among what is offered.
OFFERED = {
    "ip-bench ru": {"run"},
    "ip-bench run --dataset ip-e": {"ip-education", "ip-echo"},
    "ip-bench run --suite ": {"mini", "full"},
    "ip-bench run --model local-": {"local-completions", "local-chat-completions"},
    "ip-bench run --dataset ip-echo --task ip_echo_mc": {"ip_echo_mc", "ip_echo_mc_mini"},
    "ip-bench cue apply --family s": {"spelling", "slang", "stated", "spacing", "synonym", "signoff"},
    "ip-bench cue apply --family spelling --level i": {"ie", "in"},
    "ip-bench bounds check ba": {"bank"},
}
COMPLETED = """
import contextlib, io, json, os, sys
from ip_bench.cli.app import app
found = {}
for words in json.load(sys.stdin):
    number = str(len(words.split(" ")) - 1)
    os.environ |= {"_IP_BENCH_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": number}
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        app(prog_name="ip-bench")
    found[words] = out.getvalue().split()
heavy = sorted({"torch", "transformers", "scipy", "polars", "datasets"} & set(sys.modules))
print(json.dumps({"found": found, "heavy": heavy}))
"""


def test_a_shell_completes_values_and_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPLETED], cwd=tmp_path, input=json.dumps([*OFFERED]), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    record = json.loads(done.stdout)
    assert record["heavy"] == []
    for words, offered in OFFERED.items():
        found = record["found"][words]
        assert set(found) >= offered
        assert all(word.startswith(words.split(" ")[-1]) for word in found)
    assert record["found"]["ip-bench run --dataset ip-echo --task ip_echo_mc"] == ["ip_echo_mc", "ip_echo_mc_mini"]


def test_values_that_are_listed_for_completion_are_those_that_exist() -> None:
    from ip_bench.cli import values
    from ip_bench.harness.plan import backends
    from ip_bench.harness.suites import SUITES
    from ip_bench.selfcheck import MODELS

    assert values.SUITES == SUITES
    assert values.REFERENCES == MODELS
    assert set(values.backends()) <= set(backends())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_of_each_shell_can_be_shown(shell: str) -> None:
    # What --show-completion prints once it has found the shell, which it cannot where none started the tests.
    command = Path(sys.executable).with_name("ip-bench")
    asked = os.environ | {"_IP_BENCH_COMPLETE": f"source_{shell}"}
    done = subprocess.run([command], env=asked, capture_output=True, text=True, check=True)
    assert "_IP_BENCH_COMPLETE" in done.stdout
