"""The lm-eval tasks of ip-personas: accuracy over people, by arm, with what needs no model beside it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from ip_bench.tasks.personas.people import OverPeople, right

from ip_bench.errors import IpBenchError
from ip_bench.harness.plan import Plan, tasks_folder, tasks_of

DOC = {
    "realization_id": "p0001",
    "family": "personas",
    "arm": "none",
    "choices": ["Disagree", "Pass", "Agree"],
    "accepted": [["Disagree"], ["Pass"], ["Agree"]],
    "gold": 2,
    "mode": 0,
}


@pytest.mark.parametrize(
    ("results", "share"),
    [
        ([(-2.0, False), (-3.0, False), (-1.0, True)], 1.0),
        ([(-1.0, True), (-3.0, False), (-2.0, False)], 0.0),
        ([(-1.0, True), (-3.0, False), (-1.0, False)], 0.5),
        (["Agree."], 1.0),
        (["Disagree"], 0.0),
        (["I would rather not say."], 0.0),
    ],
)
def test_an_answer_is_right_wrong_or_tied(results: list[Any], share: float) -> None:
    assert right(DOC, results) == share


def test_people_count_alike_however_much_they_answered() -> None:
    rows = [("a", 1.0), ("a", 1.0), ("a", 1.0), ("a", 1.0), ("b", 0.0), ("c", 0.0), ("c", 1.0)]
    low, mean, high = (OverPeople(figure)(rows) for figure in ("ci_low", "mean", "ci_high"))
    assert mean == pytest.approx(0.5)
    assert high - mean == pytest.approx(mean - low) == pytest.approx(4.303 * 0.5 / math.sqrt(3), rel=1e-3)
    assert math.isnan(OverPeople("ci_low")([("a", 1.0)]))
    assert OverPeople("mean")([("a", 1.0)]) == 1.0
    assert math.isnan(OverPeople("mean")([]))


@pytest.mark.parametrize(
    ("task", "arms"),
    [
        ("steering", ("none", "demographics", "description", "own_answers", "mistaken")),
        ("steering_soft", ("soft_1", "soft_5", "soft_10", "soft_20")),
        ("steering_generate", ("none", "demographics", "description", "own_answers", "mistaken")),
    ],
)
def test_lm_eval_runs_the_mini_tasks(
    task: str, arms: tuple[str, ...], personas_dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    monkeypatch.setenv("IP_BENCH_DATA", str(personas_dataset))
    monkeypatch.setattr("ip_bench.tasks.personas.MINI_PEOPLE", 15)  # a fourth, so that the test is short
    name = f"ip_personas_{task}_mini"
    found = simple_evaluate(
        model="dummy",
        tasks=[name],
        task_manager=TaskManager(include_path=str(tasks_folder()), include_defaults=False),
        bootstrap_iters=0,
        verbosity="ERROR",
    )
    results = {key.partition(",")[0]: value for key, value in found["results"][name].items()}
    logged = found["samples"][name]
    assert {sample["doc"]["arm"] for sample in logged} == {*arms}
    assert len({sample["doc"]["realization_id"] for sample in logged}) == 15
    for arm in arms:
        if task == "steering_generate":  # the dummy says nothing that is an option
            assert results[f"accuracy_{arm}"] == 0
            continue
        for tail in ("", "_new_items"):
            value = results[f"accuracy_{arm}{tail}"]
            assert results[f"accuracy_{arm}{tail}_ci_low"] < value < results[f"accuracy_{arm}{tail}_ci_high"]
            assert abs(value - results[f"accuracy_chance{tail}"]) < 0.2
    assert 0.2 < results["accuracy_item_mode"] < 0.6
    assert "accuracy_item_mode_new_items" not in results


@pytest.mark.parametrize("tail", ["", "_mini"])
def test_a_group_asks_what_any_model_can_be_asked(
    tail: str, personas_dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    monkeypatch.setenv("IP_BENCH_DATA", str(personas_dataset))
    manager = TaskManager(include_path=str(tasks_folder()), include_defaults=False)
    found = simple_evaluate(
        model="dummy", tasks=[f"ip_personas{tail}"], task_manager=manager, limit=5, bootstrap_iters=0, verbosity="ERROR"
    )
    assert set(found["samples"]) == {f"ip_personas_steering{tail}", f"ip_personas_steering_generate{tail}"}


def test_runs_of_paired_effects_have_no_tasks_of_this_dataset() -> None:
    with pytest.raises(IpBenchError, match="ip-personas has no tasks of paired effects to run; datasets with them are"):
        tasks_of(Plan(model="simulated", dataset="ip-personas"))
