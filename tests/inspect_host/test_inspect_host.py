"""The Inspect tasks, run by inspect-ai on its own test model: the same rows, outcomes and effects as elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hub.fixtures import built, hub
from leaderboard.conftest import use

from ip_bench.errors import IntegrityError
from ip_bench.estimation import effects_of
from ip_bench.files import read_json
from ip_bench.harness.export import GENERATION
from ip_bench.harness.plan import tasks_folder
from ip_bench.harness.simulated import Simulated
from ip_bench.outcomes.measures import measure
from ip_bench.outcomes.outcome import score_generation
from ip_bench.release.hashing import content_hash
from ip_bench.release.recipes import recipe
from ip_bench.selfcheck import checkpoint

pytest.importorskip("inspect_ai", reason="inspect-ai is not installed: pip install 'ip-bench[inspect]'")

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ("cultural", "inference")
NAMES = [f"ip_cues_{config}{suite}" for config in CONFIGS for suite in ("", "_mini")]

__all__ = ["hub"]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("few") / "ip-cues", slice(10, 18))


@pytest.fixture
def data(few: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a small build that is the installed dataset meanwhile; Inspect's files go into the test's folder."""
    use(few, monkeypatch)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "inspect"))
    return few


def rows_of(name: str, **given: Any) -> list[dict[str, Any]]:
    from ip_bench.inspect import tasks

    return [one.metadata for one in getattr(tasks, name)(**given).dataset]


def answered(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return an answer for each conversation, of a model with planted effects; some conversations get none."""
    model = Simulated(empty=0.05)
    found: dict[str, str] = {}
    for row in rows:
        request = type("Request", (), {"doc": row})
        found.setdefault(f"{row['system']}|{row['prompt']}", model.generate_until([request])[0])
    return found


def evaluated(name: str, folder: Path, **options: Any) -> Any:
    """Return the log of a task on a model with planted effects, and what that model says."""
    from inspect_ai import eval as run
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    from ip_bench.inspect import tasks

    said = answered(rows_of(name))

    def model(messages: Any, *_: Any) -> Any:
        output = ModelOutput.from_content(model="mockllm", content=said.get(asked(messages), "no idea"))
        output.usage = ModelUsage()  # else inspect fetches a tokenizer to count with
        return output

    (log,) = run(
        getattr(tasks, name)(), model=get_model("mockllm/model", custom_outputs=model), log_dir=str(folder),
        display="none", **options,
    )  # fmt: skip
    return log, said


def asked(messages: Any) -> str:
    return "|".join(message.text for message in messages)


@pytest.mark.parametrize("name", ["ip_cues_cultural_mini", "ip_cues_inference"])
def test_effects_are_those_of_the_analysis(name: str, data: Path, tmp_path: Path) -> None:
    log, said = evaluated(name, tmp_path)
    assert log.status == "success", log.error
    config = name.split("_")[2]
    rows = rows_of(name)
    outcomes = [score_generation(row, said[f"{row['system']}|{row['prompt']}"]) for row in rows]
    made = recipe("ip-cues")
    present = {one.arm for one in outcomes}
    contrasts = [one for one in made.CONTRASTS[config] if {one.arm, one.reference} <= present]
    expected = effects_of(measure(config), outcomes, contrasts, margin=0.05, alpha=0.05)
    (score,) = log.results.scores
    found = {key: entry.value for key, entry in score.metrics.items()}
    for effect in expected:
        name = f"effect_{effect.arm.replace(' ', '_')}"
        figures = [found[name], found[f"{name}_ci_low"], found[f"{name}_ci_high"]]
        if effect.arm == "repeat":  # this model says the same again
            assert all(value != value for value in figures)
        else:
            assert figures == pytest.approx([effect.estimate, *effect.ci], nan_ok=True)
    assert len(found) == 3 * len(expected)
    unanswered = sum(not one.answered for one in outcomes)
    assert (score.scored_samples, score.unscored_samples) == (len(rows) - unanswered, unanswered)
    assert unanswered > 0
    assert log.eval.headline_metric.metric == "effect_uk_minus_placebo"
    assert log.eval.metadata["suite"] == ("mini" if "mini" in log.eval.task else "full")


def test_a_few_rows_have_no_effect(data: Path, tmp_path: Path) -> None:
    log, _ = evaluated("ip_cues_cultural_mini", tmp_path, limit=10)
    values = {key: entry.value for key, entry in log.results.scores[0].metrics.items()}
    assert all(value != value for value in values.values())
    assert "effect_uk_minus_placebo" in values


def test_several_epochs_are_refused(data: Path, tmp_path: Path) -> None:
    log, _ = evaluated("ip_cues_cultural_mini", tmp_path, limit=2, epochs=2)
    assert log.status == "error"
    assert "repeats are rows of the dataset" in log.error.message


def test_a_row_that_does_not_reach_the_model_has_no_outcome(data: Path, tmp_path: Path) -> None:
    from inspect_ai.solver import generate, solver

    @solver
    def without_system() -> Any:
        async def solve(state: Any, _: Any) -> Any:
            state.messages = [message for message in state.messages if message.role != "system"]
            return state

        return solve

    log, _ = evaluated("ip_cues_cultural_mini", tmp_path, solver=[without_system(), generate()], limit=5)
    assert log.status == "success", log.error
    assert log.results.scores[0].unscored_samples == 5
    assert {one.scores["outcome"].reason for one in log.samples} == {"undelivered"}


def test_rows_are_the_published_ones_in_order(data: Path, tmp_path: Path) -> None:
    promised = read_json(data / "manifest.json")["configs"]
    for config in CONFIGS:
        for given in ({}, {"data": str(data)}):
            rows = rows_of(f"ip_cues_{config}", **given)
            assert content_hash(rows) == promised[config]["splits"]["test"]["content_hash"]
    other = tmp_path / "ip-cues"
    other.mkdir()
    (other / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(IntegrityError, match=r"manifest\.json"):
        rows_of("ip_cues_cultural", data=str(other))


def test_a_published_dataset_is_read_at_the_tag(data: Path, hub: Any) -> None:
    from hub.store import WRITER

    from ip_bench.hub.publish import publish

    publish("ip-cues", namespace="some-org", folder=data, token=WRITER)
    repo = hub.dataset("some-org/ip-cues")
    repo.add("main", {}, "everything deleted", repo.heads["main"])
    assert rows_of("ip_cues_cultural", data="some-org/ip-cues") == rows_of("ip_cues_cultural")


def test_answers_are_sampled_as_under_lm_eval() -> None:
    shared = (tasks_folder() / "cues" / "_generate.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(shared)["generation_kwargs"] == GENERATION


def test_inspects_command_runs_a_real_model(dataset: Path, tmp_path: Path) -> None:
    from inspect_ai.log import list_eval_logs, read_eval_log

    file, logs = "ip_bench/inspect/tasks.py", str(tmp_path / "logs")
    environment = os.environ | {"IP_BENCH_DATA": str(dataset)}
    command = [sys.executable, "-m", "inspect_ai"]
    listed = subprocess.run(
        [*command, "list", "tasks", file], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [line.rpartition("@")[2].strip() for line in listed.stdout.splitlines() if "@" in line]
    assert sorted(names) == sorted(NAMES)
    model = ["--model", "hf/tiny", "-M", f"model_path={checkpoint('tiny')}", "-M", "device=cpu"]
    done = subprocess.run(
        [*command, "eval", f"{file}@{NAMES[1]}", *model, "--limit", "40", "--log-dir", logs, "--display", "none"],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (info,) = list_eval_logs(logs)
    log = read_eval_log(info)
    assert (log.status, log.eval.task, len(log.samples)) == ("success", NAMES[1], 40), log.error
    assert {one.scores["outcome"].explanation for one in log.samples} <= {"choice", "other", "several"}
