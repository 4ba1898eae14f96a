"""What the doctor finds: on this machine as it is, and on models that can and cannot be asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from chat_server import chat_server
from typer.testing import CliRunner

from ip_bench import doctor
from ip_bench.cli import app as cli
from ip_bench.selfcheck import checkpoint


def looked(*words: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code, and the findings by check."""
    done = CliRunner().invoke(cli.app, ["doctor", "--json", *words], catch_exceptions=False)
    record = json.loads(done.stdout)
    assert record["ok"] == (done.exit_code == 0)
    assert all(one["fix"] for one in record["findings"] if one["state"] != "ok")
    return done.exit_code, {one["check"]: one for one in record["findings"]}


def test_this_installation_is_sound(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_0123456789")
    done = CliRunner().invoke(cli.app, ["doctor", "--out", str(tmp_path / "run")], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "hf_0123456789" not in done.output
    assert "there is one" in done.output
    assert [line for line in done.output.splitlines() if line.startswith("ok   dataset") and "cultural " in line]


def test_a_damaged_dataset_and_a_place_that_cannot_be_written_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    monkeypatch.setenv("IP_BENCH_DATA", str(tmp_path))
    code, found = looked("--out", "/proc/runs")
    assert code == 1
    assert found["dataset"]["state"] == "fail"
    assert found["out"]["state"] == "fail"


def test_a_package_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "requires", lambda name: ["numpy>=99", "no-such-package", 'torch>=99; extra == "eval"'])
    found = list(doctor.packages("eval"))
    assert [one.state for one in found] == ["fail", "fail", "fail", "ok"]
    assert "tested is >=99" in found[0].found
    assert found[1].fix == "pip install 'ip-bench'"
    assert [one.state for one in doctor.packages(None)] == ["fail", "fail", "warn", "ok"]


def test_the_template_of_a_checkpoint_is_looked_into_without_its_weights(dataset: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tokenizer"
    folder.mkdir()
    for file in checkpoint("tiny").iterdir():
        if "token" in file.name or file.suffix == ".jinja":
            (folder / file.name).write_bytes(file.read_bytes())
    (folder / "config.json").write_bytes((checkpoint("tiny") / "config.json").read_bytes())
    _, found = looked("--model", "hf", "--model-args", f"pretrained={folder}")
    assert found["chat template"]["state"] == "ok"
    assert "with a system role" in found["chat template"]["found"]
    template = "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}"
    (folder / "chat_template.jinja").write_text(template)
    for words, state in (((), "fail"), (("--no-chat-template",), "ok"), (("--dataset", "ip-tradeoff"), "warn")):
        _, found = looked("--model", "hf", "--model-args", f"pretrained={folder}", *words)
        assert found["chat template"]["state"] == state, found
    code, found = looked("--model", "hf", "--model-args", f"pretrained={tmp_path / 'nowhere'}")
    assert (code, found["model"]["state"]) == (1, "fail")


def test_an_endpoint_is_asked_one_small_request(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    statuses = iter([200, 401, 404])
    with chat_server(lambda body, number: (next(statuses), "Yes.")) as (url, sent):
        words = ("--model", "local-chat-completions", "--model-args", f"model=m,base_url={url}/chat/completions")
        code, found = looked(*words)
        assert (code, found["endpoint"]["state"]) == (0, "ok")
        assert found["endpoint"]["found"].endswith("answered 'Yes.'")
        assert (len(sent), sent[0]["model"], sent[0]["max_tokens"]) == (1, "m", 8)
        for advice in ("key", "base_url"):
            code, found = looked(*words)
            assert (code, found["endpoint"]["state"]) == (1, "fail")
            assert advice in found["endpoint"]["fix"]
        assert "sk-0123456789" not in json.dumps(found)
    code, found = looked(*words)
    assert (code, found["endpoint"]["state"]) == (1, "fail")
    assert "Connection refused" in found["endpoint"]["found"]


def test_a_backend_that_does_not_exist_or_lacks_its_key(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, found = looked("--model", "vlm")
    assert (code, found["backend"]["state"]) == (1, "fail")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    code, found = looked("--model", "openai-chat-completions", "--model-args", "model=m")
    assert (code, found["key"]["fix"]) == (1, "export OPENAI_API_KEY=...")
    assert looked("--model", "simulated")[0] == 0
