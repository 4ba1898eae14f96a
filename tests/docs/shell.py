"""Command lines of a page, run as a reader runs them; programs that start slowly are called in this process."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import typer

from ip_bench.cli import app as cli

IN_PROCESS = re.compile(r"^(?:(?P<before>.*?)\|\s*)?(?P<program>ip-bench|lm-eval) (?P<words>[^|;&]*)$")


def run(text: str) -> tuple[int, str]:
    """Run a command line in the working folder; returns its exit status and all that it printed."""
    if " && " in text:
        for part in text.split(" && "):
            status, printed = run(part)
            if status:
                break
        return status, printed
    if found := IN_PROCESS.match(text):
        given = _shell(found["before"])[1] if found["before"] else ""
        words, source, target = _redirected(shlex.split(_substituted(found["words"]), comments=True))
        given = Path(source).read_text(encoding="utf-8") if source else given
        program = _ip_bench if found["program"] == "ip-bench" else _lm_eval
        status, out, errors = program(words, given)
        if target:
            Path(target).write_text(out, encoding="utf-8")
            out = ""
        return status, out + errors
    return _shell(text)


def parsed(text: str) -> None:
    """Give a command line to the parser of its program; fails where an option or a value is not one of it."""
    for part in re.split(r" && |\|", text):
        words = shlex.split(re.sub(r'"\$\([^)]*\)"', "x", part), comments=True)
        words, _, _ = _redirected(words)
        if words[:3] == ["accelerate", "launch", "-m"]:
            assert words[3] == "ip_bench.cli"
            words = ["ip-bench", *words[4:]]
        if words[0] == "ip-bench":
            _parse_ip_bench(words[1:])
        elif words[0] == "lm-eval":
            _parse_lm_eval(words[1:])


def _shell(text: str) -> tuple[int, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", text], env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def _substituted(text: str) -> str:
    return re.sub(r"\$\(ip-bench (.*?)\)", lambda found: _ip_bench(shlex.split(found[1]), "")[1].strip(), text)


def _redirected(words: list[str]) -> tuple[list[str], str, str]:
    source = target = ""
    kept = []
    rest = iter(words)
    for word in rest:
        if word == "<":
            source = next(rest)
        elif word == ">":
            target = next(rest)
        else:
            kept.append(word)
    return kept, source, target


def _ip_bench(words: list[str], given: str) -> tuple[int, str, str]:
    out, errors = io.StringIO(), io.StringIO()
    before, status = (sys.argv, sys.stdin), 0
    sys.argv, sys.stdin = ["ip-bench", *words], io.StringIO(given)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            cli.main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    finally:
        sys.argv, sys.stdin = before
    return status, out.getvalue(), errors.getvalue()


def _lm_eval(words: list[str], given: str) -> tuple[int, str, str]:
    """Run `lm-eval run` of a task of one's own; lm-eval's index of its 14,000 tasks, which takes long, is left out."""
    from lm_eval import simple_evaluate
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    asked = _parse_lm_eval(words)
    manager = TaskManager(include_path=asked.include_path, include_defaults=False)
    tracker = EvaluationTracker(output_path=asked.output_path)
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as errors:
        results = simple_evaluate(
            model=asked.model, model_args=asked.model_args, tasks=asked.tasks, task_manager=manager, device="cpu",
            apply_chat_template=asked.apply_chat_template, log_samples=True, evaluation_tracker=tracker, batch_size=64,
            gen_kwargs=asked.gen_kwargs,
        )  # fmt: skip
        samples = results.pop("samples")
        tracker.save_results_aggregated(results=results, samples=samples)
        for task, rows in samples.items():
            tracker.save_results_samples(task_name=task, samples=rows)
    return 0, out.getvalue(), errors.getvalue()


def _parse_ip_bench(words: list[str]) -> None:
    name, command = "ip-bench", _commands()
    while hasattr(command, "commands"):
        assert words, f"{name}: which command?"
        assert words[0] in command.commands, f"{name} has no command {words[0]!r}"
        name, command, words = words[0], command.commands[words[0]], words[1:]
    with contextlib.redirect_stdout(io.StringIO()):
        command.make_context(name, list(words))


@cache
def _commands() -> Any:
    return typer.main.get_command(cli.app)


def _parse_lm_eval(words: list[str]) -> Any:
    from lm_eval._cli.harness import HarnessCLI

    return HarnessCLI()._parser.parse_args(words)
