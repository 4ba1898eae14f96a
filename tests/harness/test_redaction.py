"""What is written of a run names no secret and no place of this machine, however deep it stands; and nothing else."""

from __future__ import annotations

import copy
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from hub.fixtures import small
from leaderboard.conftest import use

from ip_bench.files import read_json
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import run
from ip_bench.leaderboard.private import findings
from ip_bench.redaction import environment_secrets, redacted, scrubbed
from ip_bench.schemas import validator

__all__ = ["small"]

GIVEN: dict[str, Any] = {
    "pretrained": "/data/jdoe/llama",
    "peft": "file:///data/jdoe/my%20adapter",
    "cache": Path("/scratch/jdoe"),
    "drive": PureWindowsPath("D:\\models\\llama"),
    "share": "\\\\nas\\jdoe\\llama",
    "root": "/",
    "engine": {
        "paths": ["/mnt/jdoe/a", "b/c"], "hf_token": "a1b2c3d4e5", "tokenizer": "/mnt/jdoe/tok",
        "deep": [{"x": "/srv/jdoe"}],
    },
    "base_url": ["http://jdoe:secret@host:8000/v1"],
    "rope": {1: 8.0},
    "dtype": "auto",
    "max_length": 4096,
}  # fmt: skip
SHOWN: dict[str, Any] = {
    "pretrained": "llama",
    "peft": "my adapter",
    "cache": "jdoe",
    "drive": "llama",
    "share": "llama",
    "root": "(redacted)",
    "engine": {"paths": ["a", "b/c"], "hf_token": "(redacted)", "tokenizer": "tok", "deep": [{"x": "jdoe"}]},
    "base_url": ["http://(redacted)@host:8000/v1"],
    "rope": {"1": 8.0},
    "dtype": "auto",
    "max_length": 4096,
}


def test_arguments_are_shown_without_secrets_and_places_at_any_depth() -> None:
    assert redacted(GIVEN) == SHOWN
    assert redacted(SHOWN) == SHOWN


def test_secrets_of_the_environment_are_taken_out_and_short_values_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SERVICE_TOKEN", "purple-monkey")
    monkeypatch.setenv("SHORT_TOKEN", "a")
    assert "purple-monkey" in list(environment_secrets())
    assert scrubbed("a purple-monkey washes the dishes", "dishes") == "a (redacted) washes the (redacted)"


@pytest.fixture(scope="module")
def record(small: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the record of a run, as it is written."""
    out = tmp_path_factory.mktemp("run") / "out"
    with pytest.MonkeyPatch.context() as patch:
        use(small, patch)
        run(Plan(model="simulated", tasks=("ip_cues_cultural_mini",), limit=8), out, progress=False)
    lines = (out / "run.json").read_text(encoding="utf-8").splitlines()
    assert list(findings("run.json", lines)) == []
    return dict(read_json(out / "run.json"))


@pytest.mark.parametrize("part", ["", "dataset", "chat_template", "seeds", "declared", "cost"])
def test_the_schema_of_a_run_takes_what_a_run_writes_and_nothing_else(record: dict[str, Any], part: str) -> None:
    assert list(validator("run").iter_errors(record)) == []
    edited = copy.deepcopy(record)
    (edited[part] if part else edited)["peft"] = "x"
    (error,) = validator("run").iter_errors(edited)
    assert "'peft' was unexpected" in error.message
