"""Every task has a measure of its own, and the published benchmark lists those of generation, one for one."""

from __future__ import annotations

import pytest
import yaml
from hub.fixtures import small
from leaderboard.made import effect

from ip_bench import catalog
from ip_bench.files import read_json
from ip_bench.hub.evalfile import eval_yaml
from ip_bench.leaderboard.headline import Headline, headlines, is_mini, notes
from ip_bench.outcomes.measures import measure
from ip_bench.release.recipes import DATASETS, recipe

__all__ = ["small"]


@pytest.mark.parametrize("dataset", [name for name in DATASETS if recipe(name).TASKS])
def test_every_task_has_one_headline_with_an_id_of_its_own(dataset):
    tasks = {}
    for one in catalog.tasks().values():
        if one.dataset != dataset:
            continue
        effects = [
            {"arm": arm, "outcome": contrast.outcome}
            for contrast in recipe(dataset).CONTRASTS[one.config]
            for arm in (contrast.arm, f"{contrast.arm} minus placebo")
        ]
        kind = "log-likelihood" if one.choice else "generation"
        tasks[one.task] = {"config": one.config, "measure": kind, "effects": effects}
    found = headlines({"dataset": {"name": dataset}, "tasks": tasks})
    assert sorted(one.task for one in found) == sorted(tasks)
    assert len({one.id for one in found}) == len(found)
    assert [one.id for one in found if is_mini(one.task) != one.id.endswith("_mini")] == []
    primary = {config: next(one for one in own if one.primary) for config, own in recipe(dataset).CONTRASTS.items()}
    for one in found:
        assert one.effect["outcome"] == primary[one.config].outcome
        assert one.effect["arm"] == f"{primary[one.config].arm} minus placebo"
        effects = tasks[one.task]["effects"]
        mine = [effect for effect in effects if effect["outcome"] == one.effect["outcome"]]
        assert one.contrasts == len(mine if measure(one.config).by_outcome else effects)


def test_the_benchmark_lists_the_tasks_of_generation(small):
    tasks = {
        one.task: {
            "config": one.config,
            "measure": "generation",
            "effects": [
                {"arm": f"{contrast.arm} minus placebo", "outcome": contrast.outcome}
                for contrast in recipe(one.dataset).CONTRASTS[one.config]
                if contrast.primary
            ],
        }
        for one in catalog.tasks().values()
        if one.dataset == "ip-cues" and not one.choice
    }
    found = headlines({"dataset": {"name": "ip-cues"}, "tasks": tasks})
    listed = yaml.safe_load(eval_yaml(read_json(small / "manifest.json")))["tasks"]
    assert sorted(one.id for one in found) == sorted(one["id"] for one in listed)
    assert {one.id: one.config for one in found} == {one["id"]: one["config"] for one in listed}


def test_the_notes_say_how_much_of_a_suite_was_asked():
    one = Headline("ip_cues_cultural", "cultural", "generation", effect("uk minus placebo", 0.1), 11)
    dataset = {"name": "ip-cues", "version": "1.0.0"}
    run = {"backend": "hf", "model": "a/b", "model_args": {}, "dataset": dataset, "ip_bench": "0.1.0"}
    assert "232 items, full suite, ip-cues 1.0.0" in notes(one, run)
    looks = {"items": [58, 116, 232], "asked": 232}
    assert notes(one, run | {"sequential": looks}) == notes(one, run)
    said = notes(one, run | {"sequential": looks | {"asked": 58}})
    assert "full suite, stopped after 58 of 232 items, ip-cues" in said
    mini = one._replace(task="ip_cues_cultural_mini")
    assert "mini suite" in notes(mini, run)
    assert mini.id == "cultural_uk_mini"
