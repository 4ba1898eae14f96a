"""Code of models: how it is read, what it cannot do, and defects of earlier code that ours must not have."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ip_bench import sandbox, sandboxed
from ip_bench.errors import ContentError, IpBenchError, UnknownNameError
from ip_bench.outcomes.code import (
    LONGEST_CODE,
    NO_OUTCOME,
    CodeTest,
    TaskAnswer,
    assertion,
    extract_code,
    read_task_answer,
    same,
)
from ip_bench.sandbox import Limits, Ran, decoded, run_code

pytestmark = pytest.mark.skipif(os.name != "posix", reason="code runs on Linux and macOS only")
linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces and Landlock are of Linux")

TESTS = (CodeTest("double(2)", "4"), CodeTest("double(-3)", "-6"))
RIGHT = "def double(n):\n    return 2 * n\n"
SHORT = Limits(cpu_seconds=1, wall_seconds=8.0)
PATIENT = Limits(cpu_seconds=5, wall_seconds=60.0)
#: What is right for one of the two tests, so that what comes after it decides.
FIRST = "def double(n):\n    if n == 2:\n        return 4\n"
#: Writes what a report might look like into every open pipe.
FORGE = """
import os
def double(n):
    return 0
for pipe in range(3, 64):
    for line in ('{"passed": true}', '{"test": 0, "value": true}', '{"test": 99, "value": 4}', '[[[', '5'):
        try:
            os.write(pipe, (line + chr(10)).encode())
        except OSError:
            pass
"""
#: Writes what no JSON reader wants.
DEEP = """
import os
for pipe in range(3, 64):
    try:
        os.write(pipe, b"[" * 9000 + bytes([10]))
    except OSError:
        pass
"""
KILLS = """
import os
def f():
    for pid in (os.getppid(), 1, -1):
        try:
            os.kill(pid, 9)
        except OSError:
            pass
    return 7
"""


def read(response: str, **options: object) -> TaskAnswer:
    options = {"allow_code": True, "limits": PATIENT} | options
    return read_task_answer(response, "code", function="double", tests=TESTS, **options)  # type: ignore[arg-type]


def fenced(code: str) -> str:
    return f"Here is the function.\n\n```python\n{code}```\nIt doubles a number."


def value_of(code: str, *, guard: bool, limits: Limits = PATIENT) -> tuple[str, object]:
    """Return what `f()` comes to after some code."""
    return run_code(code, ["f()"], limits, guard=guard).values[0]


# --- defects of the code of an earlier study, each by its name


def test_a_number_is_never_compared_with_its_text() -> None:
    for said in ("Answer: 18", "Answer: 18.0", "Answer: $18.00", "Answer: 1,8", "The answer is **18**."):
        assert read_task_answer(said, "number", [("18",)], 0).right == (said != "Answer: 1,8"), said
    assert not same("4", 4)
    assert same(4.0, 4)
    assert not read(fenced("def double(n):\n    return str(2 * n)\n")).right


def test_a_minus_sign_is_not_dropped() -> None:
    assert read_task_answer("Answer: -33", "number", [("-33",)], 0).right
    assert read_task_answer("Answer: 33", "number", [("-33",)], 0).right is False
    assert read_task_answer("Answer: -33", "number", [("33",)], 0).right is False
    assert not read(fenced("def double(n):\n    return abs(2 * n)\n")).right


def test_the_code_of_the_response_is_scored_and_no_other_variable() -> None:
    wrong = fenced("def double(n):\n    return n + 2\n")
    found = [read(response) for response in (fenced(RIGHT), wrong, fenced(RIGHT))]
    assert [(one.right, one.passed, one.text) for one in found] == [
        (True, 2, RIGHT),
        (False, 1, "def double(n):\n    return n + 2\n"),
        (True, 2, RIGHT),
    ]


def test_code_never_runs_in_this_process(tmp_path: Path) -> None:
    code = f"import os\nopen({str(tmp_path / 'made')!r}, 'w').close()\nos._exit(3)\n"
    assert read(fenced(code + RIGHT)).right is False
    assert list(tmp_path.iterdir()) == []
    assert value_of("import os\ndef f(): return os.getpid()", guard=True) != ("value", os.getpid())
    module = Path(sandbox.__file__).read_text(encoding="utf-8") + Path(
        sys.modules[read_task_answer.__module__].__file__ or ""
    ).read_text(encoding="utf-8")
    assert re.findall(r"(?<![\w.])(?:exec|eval|compile|__import__)\(", module) == []


def test_an_answer_is_read_beyond_the_first_newline() -> None:
    assert read("First, think.\nThen write.\n\n" + fenced(RIGHT)).right
    assert read_task_answer("Let me see.\n6 times 7 is 42.\n\nAnswer: 42", "number", [("42",)], 0).right


def test_what_cannot_be_read_is_counted_and_not_wrong() -> None:
    for response, kind in {
        "I like to double numbers, and it is easy.": "unparsed",
        "def double(n) is what I would write": "unparsed",
        "": "empty",
        "<think>double it": "unfinished",
        "I cannot help with that.": "refused",
    }.items():
        assert (read(response).kind, read(response).right) == (kind, None), response
        assert kind in NO_OUTCOME
    long = read_task_answer("word " * 40, "number", [("18",)], 0)
    assert (long.kind, long.right) == ("unparsed", None)


def test_a_response_cut_at_the_token_limit_is_counted_apart() -> None:
    for response, kind in ((fenced(RIGHT), "code"), ("Answer: 18", "number"), ("Answer: 17", "number")):
        found = read_task_answer(
            response, kind, [("18",)], 0, function="double", tests=TESTS, allow_code=True, truncated=True
        )
        assert (found.kind, found.right) == ("truncated", None)
    assert "truncated" in NO_OUTCOME


# --- reading


def test_code_is_not_run_unless_the_user_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ip_bench.outcomes.code.run_code", lambda *_: pytest.fail("code ran"))
    found = read_task_answer(fenced(RIGHT), "code", function="double", tests=TESTS)
    assert (found.kind, found.right, found.text, found.held) == ("code not run", None, RIGHT, ())
    assert found.kind in NO_OUTCOME


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        (fenced(RIGHT), RIGHT, True),
        (f"```\nx = 1\n```\n{fenced(RIGHT)}\n```python\nprint(double(2))\n```", RIGHT, True),
        (f"```python\n{RIGHT}```\nBetter:\n~~~py\n{RIGHT}\n~~~\n", f"{RIGHT}\n", True),
        (f"```python\n{RIGHT}", RIGHT, True),
        ("```python\ndouble = lambda n: 2 * n\n```\n```python\ndouble(2)\n```", "double = lambda n: 2 * n\n", True),
        ("```python\nprint(1)\n```", "print(1)\n", True),
        (RIGHT, RIGHT, False),
    ],
)
def test_the_last_block_that_defines_the_function_is_the_code(text: str, code: str, marked: bool) -> None:
    assert extract_code(text, "double") == (code, marked)


def test_code_without_a_fence_and_after_thinking_is_read() -> None:
    assert read(RIGHT).right
    assert read(
        f"<think>Should it be 3 * n?\n```python\ndef double(n): return 3 * n\n```</think>\n{fenced(RIGHT)}"
    ).right


def test_marked_code_with_an_error_is_wrong() -> None:
    for code, detail in (("def double(n:\n", "SyntaxError"), ("1 / 0\n" + RIGHT, "ZeroDivisionError")):
        found = read(fenced(code))
        assert (found.kind, found.right, found.passed, found.detail) == ("answer", False, 0, detail)
    assert read(fenced(FIRST + "    raise KeyError(n)\n"))[1:5:2] == (False, 1)
    assert read(fenced(FIRST + "    raise KeyError(n)\n")).detail == "KeyError"


def test_code_that_is_too_long_is_counted() -> None:
    assert read(fenced(RIGHT + "#" * LONGEST_CODE)).kind == "unparsed"


def test_bad_calls_are_named() -> None:
    with pytest.raises(UnknownNameError, match="answer kind"):
        read_task_answer("x", "essay")
    with pytest.raises(ContentError, match="'double' has no tests"):
        read_task_answer("x", "code", function="double")
    with pytest.raises(ContentError, match="index of the right answer"):
        read_task_answer("Answer: 1", "number", [("1",)])


def test_a_published_assertion_becomes_a_test() -> None:
    assert assertion("assert double((1, 2))[0] == {'a': [-1.5]}") == CodeTest("double((1, 2))[0]", "{'a': [-1.5]}")
    for text in ("assert double(1)", "assert double(1) == f(2)", "double(1) == 2", "assert (", "assert a == 1 == b"):
        with pytest.raises(ContentError, match="a test must be"):
            assertion(text)


@pytest.mark.parametrize(
    ("value", "expected", "equal"),
    [
        (0.1 + 0.2, 0.3, True),
        (float("nan"), float("nan"), True),
        (1, 1.0, True),
        (True, 1, True),
        (10**400, 1.0, False),
        ("1.0", 1.0, False),
        (None, 0, False),
        ([1, 2], (1, 2), False),
        ([1.0, [0.30000000000000004]], [1, [0.3]], True),
        ([1], [1, 2], False),
        ({"a": 0.1 + 0.2}, {"a": 0.3}, True),
        ({"a": 1}, {"b": 1}, False),
        ({1, 2}, {2, 1}, True),
    ],
)
def test_values_are_compared_with_their_types(value: object, expected: object, equal: bool) -> None:
    assert same(value, expected) == equal


def test_values_keep_their_types_on_the_way() -> None:
    plain = {"a": [1, -2.5, True, None], (1, "b"): ({3}, frozenset({4}), b"\x00")}
    assert decoded(sandboxed.encoded(plain)) == plain
    ran = run_code("values = " + repr(plain), ["values", "object()", "1 / 0", "values['a'][0]"], PATIENT)
    assert ran.values[0] == ("value", plain)
    assert [kind for kind, _ in ran.values] == ["value", "error", "error", "value"]
    assert (ran.ended, ran.values[2][1]) == ("finished", "ZeroDivisionError")


# --- hostile code


@pytest.mark.parametrize(
    ("code", "ended"),
    [("while True:\n    pass\n", "time"), (FIRST + "    while True:\n        pass\n", "time")],
)
def test_an_infinite_loop_is_ended(code: str, ended: str) -> None:
    found = read(fenced(code), limits=SHORT)
    assert (found.right, found.detail) == (False, ended)


def test_code_that_only_waits_is_ended() -> None:
    found = run_code("import time\ntime.sleep(1000)", ["1"], Limits(cpu_seconds=1, wall_seconds=0.5))
    assert (found.ended, found.values) == ("time", (("none", ""),))


@pytest.mark.parametrize("guard", [True, False])
@pytest.mark.parametrize("start", ["os.fork()", "threading.Thread(target=int).start()"])
def test_a_fork_bomb_starts_no_process(start: str, guard: bool) -> None:
    code = f"import os, threading\nmade = 0\ndef f():\n    global made\n    {start}\n    made += 1\n"
    kind, error = run_code(code, ["f()", "made"], PATIENT, guard=guard).values[0]
    assert (kind, error in {"PermissionError", "BlockingIOError", "RuntimeError"}) == ("error", True), error
    assert run_code(code, ["f()", "made"], PATIENT, guard=guard).values[1] == ("value", 0)


def test_a_memory_hog_is_refused_memory() -> None:
    code = "def f():\n    held = []\n    while True:\n        held.append(bytearray(50_000_000))\n"
    assert value_of(code, guard=True) == ("error", "MemoryError")


def test_huge_output_goes_nowhere_and_a_huge_report_is_ended() -> None:
    printed = run_code(
        "import sys\ndef f():\n    for _ in range(200): print('x' * 100_000)\n    return 1", ["f()"], PATIENT
    )
    assert printed.values == (("value", 1),)
    reported = run_code("", ["'x' * 10_000_000", "1"], PATIENT)
    assert reported.ended == "output"
    assert reported.values[1] == ("none", "")


@pytest.mark.parametrize("guard", [True, False])
def test_no_file_is_written(guard: bool, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    victim = tmp_path / "victim"
    victim.write_text("whole", encoding="utf-8")
    victim.chmod(0o666)
    for folder in (str(tmp_path), "."):
        code = f"def f():\n    with open({folder + '/new'!r}, 'w') as out:\n        out.write('x' * 10**6)\n"
        assert value_of(code, guard=guard)[0] == "error"
    assert not (tmp_path / "new").exists()
    if guard or "files closed by Landlock" in run_code("", [], PATIENT).held:
        for act in (f"open({str(victim)!r}, 'w')", f"os.remove({str(victim)!r})", f"os.truncate({str(victim)!r}, 0)"):
            assert value_of(f"import os\ndef f():\n    {act}\n", guard=guard)[0] == "error", act
        assert victim.read_text(encoding="utf-8") == "whole"


@linux
@pytest.mark.parametrize("guard", [True, False])
def test_the_environment_is_not_there(guard: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IP_BENCH_TEST_KEY", "not-for-models")
    kind, names = value_of("import os\ndef f(): return sorted(os.environ)", guard=guard)
    assert (kind, "IP_BENCH_TEST_KEY" in names) == ("value", False)  # type: ignore[operator]
    code = f"def f(): return b'not-for-models' in open('/proc/{os.getpid()}/environ', 'rb').read()"
    assert value_of(code, guard=guard) != ("value", True)


@pytest.mark.parametrize("guard", [True, False])
def test_no_socket_reaches_this_machine(guard: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.0)
        port = server.getsockname()[1]
        code = (
            "import importlib\ndef f():\n    socket = importlib.import_module('_socket')\n"
            f"    one = socket.socket()\n    one.settimeout(2)\n    one.connect(('127.0.0.1', {port}))\n    return 1\n"
        )
        if guard or "network namespace" in run_code("", [], PATIENT).held:
            kind, error = value_of(code, guard=guard)
            assert (kind, error in {"OSError", "PermissionError"}) == ("error", True), error
            with pytest.raises(BlockingIOError):
                server.accept()


@pytest.mark.parametrize("leave", ["os._exit(0)", "sys.exit(0)", "raise SystemExit(0)", "quit()", "os.abort()"])
def test_leaving_before_the_tests_end_passes_no_test(leave: str) -> None:
    assert read(fenced(f"import os, sys\n{RIGHT}\n{leave}\n"))[1:4:2] == (False, 0)
    later = read(fenced(f"import os, sys\n{FIRST}    {leave}\n"))
    assert (later.kind, later.right, later.passed) == ("answer", False, 1)


def test_printed_verdicts_do_not_count() -> None:
    forged = "\n".join(
        f"{out}.write({line!r} + chr(10))"
        for out in ("sys.stdout", "sys.stderr")
        for line in ("2 passed", "OK", '{"test": 0, "value": 4}', '{"held": []}')
    )
    found = read(fenced(f"import os, sys\n{forged}\ndef double(n):\n    return 0\n"))
    assert (found.right, found.passed) == (False, 0)


def test_what_is_written_to_the_pipe_itself_passes_only_with_the_right_values() -> None:
    """Code that finds the pipe can report values, but has to know the right ones: they are not in its process."""
    assert read(fenced(FORGE))[1:4:2] == (False, 0)
    assert read(fenced(DEEP + RIGHT)).right


def test_an_object_that_equals_everything_equals_nothing() -> None:
    code = "class Any:\n    def __eq__(self, other): return True\n    def __hash__(self): return 4\n"
    assert not read(fenced(f"{code}def double(n):\n    return Any()\n")).right
    code = "class Four(int):\n    def __eq__(self, other): return True\n"
    assert read(fenced(f"{code}def double(n):\n    return Four(4)\n")).passed == 1


def test_code_cannot_reach_its_watcher_or_other_processes() -> None:
    held = run_code("", [], PATIENT).held
    if "process namespace" not in held:
        pytest.skip("no process namespace here: only the guard keeps code from sending signals")
    assert value_of(KILLS, guard=False) in {("value", 7), ("none", "")}
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert value_of(f"import os\ndef f(): return os.kill({bystander.pid}, 9)", guard=False)[0] == "error"
    bystander.communicate(b"\n")
    assert bystander.returncode == 0


def test_what_confines_the_code_is_told() -> None:
    found = read(fenced(RIGHT))
    assert {"limits", "guard"} <= set(found.held)
    if os.geteuid() == 0:
        assert "user nobody" in found.held
        assert value_of("import os\ndef f(): return os.geteuid()", guard=False) == ("value", sandboxed.NOBODY)


def test_the_task_and_its_folder_are_gone_afterwards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sandbox.tempfile, "tempdir", str(tmp_path))
    assert run_code("x = 1", ["x"], PATIENT).values == (("value", 1),)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_does_not_start_is_an_error_and_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.sandboxed, "__file__", "/nonexistent/sandboxed.py")
    with pytest.raises(IpBenchError, match="did not start"):
        run_code("x = 1", ["x"], PATIENT)


def test_a_run_in_full() -> None:
    ran = run_code(RIGHT, ["double(2)", "double('a')", "double(None)"], PATIENT)
    assert ran == Ran("finished", "", (("value", 4), ("value", "aa"), ("error", "TypeError")), ran.held)
