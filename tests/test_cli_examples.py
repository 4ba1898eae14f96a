"""Every command: examples that the real parser takes, help that fits a terminal, JSON, and errors as JSON."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from ip_bench.cli import app as cli
from ip_bench.cli.examples import _EXAMPLES, examples
from ip_bench.cli.exits import EXITS

WIDTH = 80
#: Commands whose examples need nothing but an empty folder, and no time.
CHEAP = (
    "bounds compile", "bounds resolve", "cue apply", "mitigate conditions", "tasks-path", "tasks export",
)  # fmt: skip


ROOT: Any = get_command(cli.app)  # made once: that takes a tenth of a second


def tree(command: Any = ROOT, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each command and group by its words, the root as ""."""
    yield name, command
    for below in getattr(command, "commands", {}):
        yield from tree(command.commands[below], f"{name} {below}".strip())


COMMANDS = {name: command for name, command in tree() if not hasattr(command, "commands")}
LINES = [(name, one.command) for name in COMMANDS for one in examples(name)]


def ours(line: str) -> list[str]:
    """Return the words of an example that `ip-bench` gets: without what is piped, or stands around it."""
    line = line.replace("\\\n", " ")
    if "$(" in line:
        return shlex.split(re.findall(r"\$\(ip-bench (.*?)\)", line)[0])
    (part,) = (part for part in re.split(r"\|", line) if "ip-bench " in part)
    return shlex.split(re.split(r"[<>]", part)[0].replace("ip-bench", "", 1))


def test_every_command_has_examples_and_every_example_a_command() -> None:
    assert [name for name in COMMANDS if not examples(name)] == []
    assert set(_EXAMPLES) == set(COMMANDS)


def test_every_command_is_in_a_panel() -> None:
    panels = {name for panel in cli.PANELS.values() for name in panel}
    assert panels == {name.split()[0] for name in COMMANDS}


@pytest.mark.parametrize(("name", "line"), LINES)
def test_an_example_is_parsed(name: str, line: str) -> None:
    words, command = ours(line), ROOT
    context = command.make_context("ip-bench", [], resilient_parsing=True)
    while getattr(command, "commands", None):
        _, command, words = command.resolve_command(context, words)
    assert command.name == name.rsplit(maxsplit=1)[-1]
    if "--config" in words:  # whose file a run leaves
        words[words.index("--config") : words.index("--config") + 2] = ["--model", "simulated"]
    command.make_context(command.name, words, parent=context)  # raises what the parser refuses


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_shows_the_examples_as_written(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    assert ROOT.main([*name.split(), "--help"], prog_name="ip-bench", standalone_mode=False) == 0
    output = capsys.readouterr().out
    shown = [line.strip() for line in output.splitlines()]
    assert max(map(len, shown)) <= WIDTH
    assert "…" not in output  # a word that found no room
    for one in examples(name):
        for line in f"$ {one.command}".splitlines():
            assert line.strip() in shown
    assert name or all(str(one.code) in output for one in EXITS)


@pytest.mark.parametrize(("name", "line"), [pair for pair in LINES if pair[0] in CHEAP])
def test_a_cheap_example_runs(name: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if "--from" in line or "--lexicon" in line:
        pytest.skip("needs a run, or a lexicon of one's own")
    done = CliRunner().invoke(cli.app, ours(line), input='{"id": 1, "text": "The color of it."}\n')
    assert done.exit_code == 0, done.output
    assert done.stdout.strip()


# --- JSON


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_command_takes_json(name: str) -> None:
    command = dict(tree())[name]
    assert [param for param in command.params if "--json" in param.opts]


@pytest.mark.parametrize("name", COMMANDS)
def test_an_error_is_json_where_json_is_asked(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["ip-bench", *name.split(), "--json", "--no-such-option"])
    monkeypatch.setattr(cli, "app", ROOT)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    said = capsys.readouterr()
    assert said.out == ""
    record = json.loads(said.err.splitlines()[-1])
    assert (stop.value.code, record["error"]["code"], record["error"]["name"]) == (2, 2, "bad input")
    assert "--no-such-option" in record["error"]["message"]


@pytest.mark.parametrize(
    "words",
    [
        [], ["tasks-path"], ["plan", "--effect", "0.1"], ["mitigate", "conditions"], ["bounds", "check", "bank"],
        ["bounds", "compile", "bank"], ["bounds", "resolve", "bank", "--wish", "manner.emoji=none"],
        ["tasks", "export", "--namespace", "some-org", "--out", "tasks"],
    ],
)  # fmt: skip
def test_json_is_one_document(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli.app, [*words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "NaN" not in done.stdout
    json.loads(done.stdout)


def test_not_a_number_is_null_and_no_text_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    from ip_bench.cli.output import print_json, result

    print_json({"a": [float("nan"), float("inf"), 1.5], "b": "\ud83d x"})
    said = capsys.readouterr().out
    assert json.loads(said) == {"a": [None, None, 1.5], "b": "\ud83d x"}
    with result(as_json=True) as give:
        print("a library says something")
        give([1])
    out, err = capsys.readouterr()
    assert json.loads(out) == [1]
    assert "a library" in err
