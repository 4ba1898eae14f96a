"""Rewritten messages: what counts as one, how failures are counted, and how a file of them is used again."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from planted import TASK, Planted
from typer.testing import CliRunner

from ip_bench.analysis import analyze
from ip_bench.cli import app as cli
from ip_bench.errors import IpBenchError
from ip_bench.files import read_json
from ip_bench.harness import runner
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import run
from ip_bench.mitigation.message import Message
from ip_bench.mitigation.rewriter import rewrite_messages
from ip_bench.mitigation.rewriting import FILE, Rewritten, read_rewrites, read_rewriting, write_rewrites

REQUEST = 'How do I open a "stuck" jar?\nIt won\'t turn.'
OWN = Message("You are a helpful assistant. I am a woman.", "", REQUEST, user=False)


@pytest.mark.parametrize(
    ("response", "found"),
    [
        (f"You are a helpful assistant.\n\n{REQUEST}", Rewritten("ok", "You are a helpful assistant.")),
        (f"Here is the edited message:\n\n-----\nYou are a helpful assistant.\n\n{REQUEST}\n-----",
         Rewritten("ok", "You are a helpful assistant.")),
        ("How do I open a “stuck” jar? It won’t turn.", Rewritten("ok", "")),
        (f"<think>They want it neutral.</think>{REQUEST}", Rewritten("ok", "")),
        ("", Rewritten("empty", "")),
        ("<think>It goes on and on", Rewritten("empty", "")),
        ("You are a helpful assistant.", Rewritten("request lost", "")),
        ("I'm sorry, but I can't help with that.", Rewritten("request lost", "")),
        ("How do I open a jar?", Rewritten("request lost", "")),
        (f"{REQUEST}\n\nRun it under hot water.", Rewritten("added", "")),
        (f"{'Jars are old. ' * 20}\n{REQUEST}", Rewritten("added", "")),
    ],
)  # fmt: skip
def test_what_a_rewriting_comes_to(response: str, found: Rewritten) -> None:
    assert read_rewriting(response, OWN) == found


def test_an_obedient_rewriter_takes_the_identity_out(make) -> None:
    folder = make("rewrite_identity:1")
    rows = read_json(folder / "run.json")["mitigation"]["rows"]
    assert rows == {"ok": sum(rows.values())}
    assert len(read_rewrites(folder / FILE)) > 0.9 * rows["ok"]  # cached by content: repeats are asked once


class Balking(Planted):
    """Rewrites nothing that speaks of a jar, gives back every tenth message as it is, and refuses every fifth."""

    def _rewritten(self, text):
        body = text.split("-----")[1].strip()
        number = len(body)
        if number % 5 == 0:
            return "I'm sorry, but I can't help with that."
        return "" if number % 7 == 0 else body if number % 3 == 0 else super()._rewritten(text)


def test_failed_rewritings_are_undelivered_and_counted(make, tmp_path: Path, monkeypatch) -> None:
    make()  # the data and the part of the suite
    monkeypatch.setattr(runner, "load_model", lambda _: Balking())
    said: list[str] = []
    plan = Plan(
        model="simulated", tasks=(TASK,), dataset="ip-tradeoff", log_likelihood=False, mitigation="rewrite_identity:2"
    )
    record = run(plan, tmp_path / "run", progress=False, announce=said.append)
    rows = record["mitigation"]["rows"]
    assert rows["empty"] > 0 and rows["request lost"] > 0 and rows["identity still named"] > 0  # noqa: PT018
    assert any("rows by rewriting: empty" in line for line in said)
    entry = analyze(tmp_path / "run")["tasks"][TASK]
    kinds = Counter()
    for arm in entry["arms"]:
        kinds.update(arm["kinds"])
    assert kinds["undelivered"] == rows["empty"] + rows["request lost"]


def test_rewrites_of_one_run_serve_another(make, tmp_path: Path, monkeypatch) -> None:
    folder = make("rewrite_identity:1")
    asked: list[int] = []

    class Counting(Planted):
        def _rewritten(self, text):
            asked.append(1)
            return super()._rewritten(text)

    monkeypatch.setattr(runner, "load_model", lambda _: Counting())
    plan = Plan(
        model="simulated", tasks=(TASK,), dataset="ip-tradeoff", log_likelihood=False, mitigation="rewrite_identity:1",
        rewrites=folder / FILE,
    )  # fmt: skip
    run(plan, tmp_path / "run", progress=False)
    assert asked == []
    assert (tmp_path / "run" / FILE).read_bytes() == (folder / FILE).read_bytes()
    analyze(tmp_path / "run")


def test_without_its_rewrites_a_run_cannot_be_analyzed(make, tmp_path: Path) -> None:
    folder = shutil.copytree(make("rewrite_identity:1"), tmp_path / "run")
    (folder / FILE).unlink()
    with pytest.raises(IpBenchError, match=rf"{FILE} holds no rewrites of messages"):
        analyze(folder)


def test_rewrites_come_back_as_they_were_written(tmp_path: Path) -> None:
    made = {"b": Rewritten("ok", "Be kind.\nLine"), "a": Rewritten("empty", "")}
    write_rewrites(tmp_path / FILE, made)
    assert read_rewrites(tmp_path / FILE) == made


def test_messages_are_rewritten_beforehand(make, tmp_path: Path, monkeypatch) -> None:
    make()
    monkeypatch.setattr("ip_bench.mitigation.rewriter.load_model", lambda _: Planted())
    out = tmp_path / "made.jsonl"
    arguments = ["mitigate", "rewrite", "--model", "simulated", "--task", TASK, "--mitigation", "rewrite_identity:1"]
    done = CliRunner().invoke(cli.app, [*arguments, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == (make("rewrite_identity:1") / FILE).read_bytes()
    again = CliRunner().invoke(cli.app, [*arguments, "--out", str(out), "--rewrites", str(out)])
    assert "messages to rewrite: 0; rewritten before:" in again.output
    with pytest.raises(IpBenchError, match="strip_identity rewrites nothing; name rewrite_identity"):
        rewrite_messages(Plan(model="simulated", dataset="ip-tradeoff", mitigation="strip_identity"), out)
