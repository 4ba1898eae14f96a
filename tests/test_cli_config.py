"""A run's file: what it records, that it asks the same again, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ip_bench.cli import app as cli
from ip_bench.errors import ContentError, IntegrityError, IpBenchError, UnknownNameError
from ip_bench.run_config import read_config, write_config

TASK = "ip_cues_names_mini"


def run(*words: str) -> Any:
    return CliRunner().invoke(cli.app, ["run", *words], catch_exceptions=False)


@pytest.fixture(scope="module")
def first(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of the simulated model, the dataset named by its folder."""
    out = tmp_path_factory.mktemp("runs") / "first"
    words = ["--model", "simulated", "--model-args", "effect=0.35,seed=3", "--task", TASK, "--limit", "40"]
    done = run(*words, "--dataset", str(dataset), "--out", str(out), "--temperature", "0.5")
    assert done.exit_code == 0, done.output
    return out


def changed(first: Path, out: Path, **parts: dict[str, Any]) -> str:
    """Write the file of the first run with other values, and return its path."""
    record = yaml.safe_load((first / "config.yaml").read_text())
    for part, values in parts.items():
        record[part] |= values
    out.write_text(yaml.safe_dump(record))
    return str(out)


def test_the_file_says_what_was_asked_and_with_what(first: Path) -> None:
    record = read_config(first / "config.yaml").value
    options = record["options"]
    assert (options["model"], options["model-args"]) == ("simulated", {"effect": "0.35", "seed": "3"})
    assert (options["task"], options["limit"], options["temperature"], options["suite"]) == ([TASK], 40, 0.5, "full")
    assert {"config", "json", "dry-run", "fresh"}.isdisjoint(options)
    assert record["dataset"]["name"] == "ip-cues"
    assert set(record["dataset"]["content_hash"]) > {"names", "cultural"}
    assert {"ip-bench", "python", "lm-eval"} <= set(record["versions"])
    assert record["resolved"]["tasks"] == [TASK]
    assert not list(first.parent.glob("*.config.yaml"))


def test_a_replay_gives_the_same_samples_and_the_command_line_comes_first(first: Path, tmp_path: Path) -> None:
    file = str(first / "config.yaml")
    assert run("--config", file, "--out", str(tmp_path / "again")).exit_code == 0
    samples = f"samples_{TASK}.jsonl"
    assert (tmp_path / "again" / samples).read_bytes() == (first / samples).read_bytes()
    other = run("--config", file, "--out", str(tmp_path / "other"), "--model-args", "seed=4", "--limit", "30")
    assert other.exit_code == 0
    record = read_config(tmp_path / "other" / "config.yaml").value["options"]
    assert (record["model-args"], record["limit"]) == ({"effect": "0.35", "seed": "4"}, 30)
    assert (tmp_path / "other" / samples).read_bytes() != (first / samples).read_bytes()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"suit": "full"}, r"unknown option 'suit' in bad\.yaml:\d+; options are: model, .*did you mean 'suite'"),
        ({"limit": "many"}, r"bad\.yaml:\d+: limit is 'many'; .*integer"),
        ({"limit": 0}, r"bad\.yaml:\d+: limit is 0; .*greater than or equal to 1"),
        ({"margin": 3}, r"bad\.yaml:\d+: margin is 3; .*between 0 and 1"),
        ({"task": TASK}, r"bad\.yaml:\d+: task is .*; it must be a list of texts"),
        ({"sequential": 3}, r"bad\.yaml:\d+: sequential is 3; it must be true or false"),
        ({"model-args": "a=b"}, r"bad\.yaml:\d+: model-args is 'a=b'; it must be a mapping"),
        ({"model-args": {"a": "b,c"}}, r"bad\.yaml:\d+: model-args a is 'b,c'; .*without a comma"),
        ({"model": "similated"}, r"unknown model backend 'similated'.*did you mean 'simulated'"),
    ],
)
def test_what_is_wrong_with_a_file_is_named_with_its_line(
    first: Path, tmp_path: Path, values: dict[str, Any], said: str
) -> None:
    with pytest.raises((ContentError, UnknownNameError), match=said):
        run("--config", changed(first, tmp_path / "bad.yaml", options=values), "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_other_rows_are_refused_and_other_packages_named(first: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    out = ("--out", str(tmp_path / "out"), "--dry-run")
    with pytest.raises(IntegrityError, match=r"asks ip-cues 0\.9\.0, here is \d.*--dataset ip-cues"):
        run("--config", changed(first, bad, dataset={"version": "0.9.0"}), *out)
    with pytest.raises(IntegrityError, match=r"asks ip-cues/cultural with content hash None"):
        run("--config", changed(first, bad, dataset={"content_hash": {}}), *out)
    asked_anyway = run("--config", str(bad), *out, "--dataset", "ip-cues")
    assert asked_anyway.exit_code == 0
    done = run("--config", changed(first, bad, versions={"scipy": "0.1"}), *out)
    assert done.exit_code == 0
    assert "scipy was 0.1, here is " in done.stderr


@pytest.mark.parametrize("text", ["[1]", "options: 3", "options: {}\nmore: 1", "a: ["])
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(IpBenchError, match=r"x\.yaml:\d"):
        run("--config", str(tmp_path / "x.yaml"))


def test_a_secret_is_not_recorded_and_has_to_be_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: Path
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "tok_0123456789")
    file = tmp_path / "config.yaml"
    arguments = {
        "api_key": "sk-0123456789", "base_url": "http://me:pass@host/v1", "note": "x tok_0123456789",
        "max_tokens": "64",
    }  # fmt: skip
    write_config(file, {"model": "local-completions", "model-args": arguments}, {"name": "ip-cues"})
    text = file.read_text()
    assert not [secret for secret in ("sk-0123", "me:pass", "tok_0123") if secret in text]
    assert read_config(file).value["options"]["model-args"]["max_tokens"] == "64"
    with pytest.raises(IpBenchError, match=r"config\.yaml:\d+: api_key is a secret.*--model-args api_key=\.\.\."):
        run("--config", str(file), "--dry-run")
    given = "api_key=sk-1,base_url=http://host/v1,note=x"
    done = run("--config", str(file), "--model-args", given, "--dry-run", "--task", TASK, "--dataset", "ip-cues")
    assert done.exit_code == 0, done.output


def test_a_folder_that_no_build_wrote_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IpBenchError, match=r"a folder without manifest\.json; name one that `ip-bench build` wrote"):
        run("--model", "simulated", "--dataset", str(tmp_path), "--out", str(tmp_path / "out"))
