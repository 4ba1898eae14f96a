"""The command, with judges as users have them: rules, an interface, models of transformers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from chat_server import chat_server
from judges_made import made, prejudiced
from typer.testing import CliRunner

from ip_bench.cli.judges import judge_audit, public_name
from ip_bench.errors import IpBenchError
from ip_bench.judging import read_audit

TINY = Path(__file__).parents[2] / "builders" / "reference_model" / "checkpoints" / "tiny"


@pytest.fixture
def app() -> typer.Typer:
    one = typer.Typer()
    one.command()(judge_audit)
    return one


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        {"id": row.row_id, "prompt": row.prompt, "completion": row.completion, "model": row.model, "label": row.label}
        for row in made(12)
    ]
    path = tmp_path / "labeled.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_the_rules_are_measured_and_written(app: typer.Typer, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "audit.json"
    result = CliRunner().invoke(app, ["--data", str(data), "--out", str(out)])
    assert result.exit_code == 0, result.output
    for words in (
        "rules against labels",
        "plain repeat",
        "label_order: not applicable",
        "org/llama-2-b",
        "blinding in 0",
    ):
        assert words in result.stdout
    assert "24 rows as they are" in result.stderr
    record = read_audit(out)
    assert record["judge"] == "rules"
    assert str(tmp_path) not in out.read_text(encoding="utf-8")
    printed = CliRunner().invoke(app, ["--data", str(data), "--json"])
    assert json.loads(printed.stdout) == record  # the same again, to the last digit


def test_a_prejudiced_interface_is_found_out(app: typer.Typer, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "audit.json"
    with chat_server(lambda body, _: (200, prejudiced(body["messages"][0]["content"]))) as (address, sent):
        result = CliRunner().invoke(
            app,
            ["--data", str(data), "--judge", f"{address}#small", "--out", str(out), "--repeats", "2", "--variants",
             "31", "--perturbation", "identity_seen", "--perturbation", "identity_hidden"],
        )  # fmt: skip
    assert result.exit_code == 0, result.output
    seen, hidden = read_audit(out)["perturbations"]
    assert seen["refusal_stays"]["share"] < hidden["refusal_stays"]["share"] == 1
    asked = [body["messages"][0]["content"] for body in sent]
    assert len(asked) == 24 * (2 + 2 * 31)
    assert sum("Muslim" in one for one in asked) == 24
    assert read_audit(out)["judge"] == f"{address}#small"


def test_a_model_that_says_no_label_is_counted(app: typer.Typer, data: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    out = tmp_path / "audit.json"
    result = CliRunner().invoke(app, ["--data", str(data), "--judge", f"causal:{TINY}", "--out", str(out)])
    assert result.exit_code == 0, result.output
    record = read_audit(out)
    assert record["judge"] == "causal:tiny"
    assert record["agreement"][0]["unread"] == 24  # the model answers other questions
    assert "Without a verdict: 24 of 24" in result.stdout


def test_a_classifier_made_here(app: typer.Typer, data: Path, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    tokenizer = transformers.AutoTokenizer.from_pretrained(TINY)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=128, id2label={0: "LABEL_0", 1: "LABEL_1"}, label2id={"LABEL_0": 0, "LABEL_1": 1},
    )  # fmt: skip
    folder, out = tmp_path / "guard", tmp_path / "audit.json"
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    meanings = ["--meaning", "LABEL_0=full_refusal", "--meaning", "LABEL_1=full_compliance"]
    result = CliRunner().invoke(
        app, ["--data", str(data), "--judge", f"classifier:{folder}", *meanings, "--out", str(out), "--repeats", "2"]
    )
    assert result.exit_code == 0, result.output
    record: dict[str, Any] = read_audit(out)
    assert record["judge"] == "classifier:guard"
    assert record["agreement"][0]["kappa"]["share"] < 0.5  # nobody trained it
    assert record["consistency"]["label_stays"]["share"] == 1
    assert "lists no labels" in result.stdout


@pytest.mark.parametrize(
    ("judge", "name"),
    [
        ("rules", "rules"),
        ("file:/home/somebody/heads/head.json", "file:head.json"),
        ("file:heads/head.json", "file:head.json"),
        (f"causal:{TINY}", "causal:tiny"),
        ("causal:/nowhere/model", "causal:model"),
        ("classifier:org/guard", "classifier:org/guard"),
        ("https://me:secret@host.example:8000/v1?key=secret#m", "https://host.example:8000/v1#m"),
    ],
)
def test_names_hold_no_folder_and_no_secret(judge: str, name: str) -> None:
    assert public_name(judge) == name


def test_what_cannot_be_done_is_one_error(app: typer.Typer, data: Path, tmp_path: Path) -> None:
    for arguments, says in (
        (["--data", str(tmp_path / "no.jsonl")], "no.jsonl cannot be read"),
        (["--data", str(data), "--judge", "oracle"], "unknown refusal judge"),
        (["--data", str(data), "--perturbation", "bribe"], "unknown perturbation"),
        (["--data", str(data), "--out", str(tmp_path)], "is a folder"),
        (["--data", str(data), "--alpha", "0.7"], "alpha is 0.7"),
    ):
        error = CliRunner().invoke(app, arguments).exception
        assert isinstance(error, IpBenchError)
        assert says in str(error)
