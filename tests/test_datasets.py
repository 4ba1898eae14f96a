"""Every dataset goes the whole way: a run of the simulated model, its effects, and the report."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from ip_bench import catalog
from ip_bench.analysis import analyze
from ip_bench.errors import SamplesError
from ip_bench.files import read_json
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import run
from ip_bench.outcomes.measures import measure
from ip_bench.release.recipes import recipe
from ip_bench.report.page import several, write_report
from ip_bench.schemas import validator

BUILDS = {"ip-echo": "echo_dataset", "ip-education": "education_dataset", "ip-cues": "dataset"}
PLANTED = {"effect": 0.35, "first_stage": 0.35, "explicit": 0.4}
#: For each dataset tasks of every measure that it has.
RUNS = {
    "ip-echo": ("ip_echo_answers_mini", "ip_echo_inference_mini", "ip_echo_inference_mc_mini"),
    "ip-education": ("ip_education_inference_mini", "ip_education_requests_mini", "ip_education_inference_mc_mini"),
    "ip-cues": ("ip_cues_names_mini", "ip_cues_names_inference_mini", "ip_cues_places_mc_mini"),
}


@pytest.fixture(scope="module", params=RUNS)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Yield a dataset's name and the folder of a run with its analysis; the dataset is the installed one meanwhile."""
    name = request.param
    folder = tmp_path_factory.mktemp("runs") / name
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IP_BENCH_DATA", str(request.getfixturevalue(BUILDS[name])))
        plan = Plan(model="simulated", model_args=PLANTED, suite="mini", dataset=name, tasks=RUNS[name])
        run(plan, folder, progress=False)
        analyze(folder)
        yield name, folder


def test_the_records_are_what_their_schemas_say(ran: tuple[str, Path]) -> None:
    name, folder = ran
    analysis = read_json(folder / "analysis.json")
    assert list(validator("analysis").iter_errors(analysis)) == []
    assert list(validator("run").iter_errors(read_json(folder / "run.json"))) == []
    assert analysis["dataset"]["name"] == analysis["run"]["dataset"]["name"] == name
    assert set(analysis["tasks"]) == set(RUNS[name])
    assert set(analysis["balance"]) == {catalog.task(task).config for task in RUNS[name]}


def test_planted_effects_come_back_on_the_primary_outcome(ran: tuple[str, Path]) -> None:
    name, folder = ran
    for task, entry in read_json(folder / "analysis.json")["tasks"].items():
        primary = next(one for one in recipe(name).CONTRASTS[entry["config"]] if one.primary)
        keys = [(effect["outcome"], effect["arm"]) for effect in entry["effects"]]
        assert len(set(keys)) == len(keys)
        found = next(
            effect for effect in entry["effects"]
            if (effect["arm"], effect["outcome"]) == (f"{primary.arm} minus placebo", primary.outcome)
        )  # fmt: skip
        if task == "ip_education_requests_mini":  # this model writes no texts
            assert found["estimate"] is None
            continue
        assert found["n_items"] > 50
        low, high = found["ci_simultaneous"]
        if entry["config"] != "echo_inference":  # this model does not take anyone for misinformed
            assert low <= 0.35 <= high, task
            assert found["estimate"] > 0.1, task
        kinds = {kind for arm in entry["arms"] for kind in arm["kinds"]}
        assert kinds == {"choice"}


def test_the_arms_have_the_means_of_the_outcomes_that_start_from_them(ran: tuple[str, Path]) -> None:
    name, folder = ran
    for entry in read_json(folder / "analysis.json")["tasks"].values():
        present = {arm["arm"] for arm in entry["arms"]}
        declared = recipe(name).CONTRASTS[entry["config"]]
        contrasts = [one for one in declared if {one.arm, one.reference} <= present]
        primary = next(one for one in contrasts if one.primary)
        for arm in entry["arms"]:
            own = list(dict.fromkeys(one.outcome for one in contrasts if one.arm == arm["arm"])) or [primary.outcome]
            assert set(arm["means"]) == set(own)
            assert (arm["outcome"], arm["share"]) == (own[0], arm["means"][own[0]])


def test_the_report_shows_each_outcome_and_says_what_was_asked(ran: tuple[str, Path]) -> None:
    name, folder = ran
    analysis = read_json(folder / "analysis.json")
    text = write_report(folder).read_text(encoding="utf-8")
    for task, entry in analysis["tasks"].items():
        outcomes = {effect["outcome"] for effect in entry["effects"]} if several(entry["config"]) else {""}
        assert text.count(f'aria-label="Effects of {task} on ') == len(outcomes)
        assert f"<dt>{entry['config']}</dt>" in text
    assert not re.search(r"\b(None|nan|NaN|Undefined)\b", text)
    assert (">n/a<" in text) == (name == "ip-education")  # whose requests got no text


def test_stages_are_those_of_the_dataset(ran: tuple[str, Path]) -> None:
    name, folder = ran
    stages = {(one["task"], one["first_stage_task"]) for one in read_json(folder / "analysis.json")["wald"]}
    assert (
        stages
        == {
            "ip-echo": {("ip_echo_answers_mini", "ip_echo_inference_mini")},
            "ip-education": {("ip_education_requests_mini", "ip_education_inference_mini")},
            "ip-cues": {("ip_cues_names_mini", "ip_cues_names_inference_mini")},
        }[name]
    )


def test_settings_in_which_tasks_differ_are_recorded_by_task(ran: tuple[str, Path]) -> None:
    name, folder = ran
    settings = read_json(folder / "run.json")["generation"]
    assert settings["temperature"] == 0.7
    expected = {"ip_education_inference_mini": 48, "ip_education_requests_mini": 1024}
    assert settings["max_gen_toks"] == (expected if name == "ip-education" else 48)


def test_a_folder_with_a_task_of_another_dataset_is_refused(ran: tuple[str, Path], tmp_path: Path) -> None:
    name, folder = ran
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    other = next(one.task for one in catalog.tasks().values() if one.dataset != name)
    (copy / f"samples_{other}.jsonl").touch()
    with pytest.raises(SamplesError, match="samples of 2 datasets lie together"):
        analyze(copy)


def test_measures_differ_where_they_should(ran: tuple[str, Path]) -> None:
    _, folder = ran
    for entry in read_json(folder / "analysis.json")["tasks"].values():
        adjusted = {effect["outcome"] for effect in entry["effects"]}
        assert measure(entry["config"]).by_outcome or len(adjusted) < 9
