"""Each task file says what the catalog says: one config of one version of a dataset, asked in one way."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
import yaml

from ip_bench import catalog
from ip_bench.errors import UnknownNameError
from ip_bench.harness.runner import tasks_folder
from ip_bench.outcomes.measures import measure
from ip_bench.release.recipes import DATASETS, recipe

FOLDER = tasks_folder() / "cues"
TASKS = tuple(catalog.tasks().values())
SHARED = {"_base", "_generate", "_choose", "_learner"}
FUNCTIONS = "ip_bench.tasks.cues"


class Loader(yaml.SafeLoader):
    """Reads lm-eval's YAML; a function is its name."""


Loader.add_constructor("!function", lambda loader, node: str(node.value))


def read(name: str) -> dict[str, Any]:
    loader = Loader((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return dict(loader.get_single_data())


@pytest.mark.parametrize("one", TASKS, ids=lambda one: one.task)
def test_a_task_file_says_what_the_catalog_says(one: catalog.Asked) -> None:
    content, made = read(one.task), recipe(one.dataset)
    own = f"{one.config}{'_mini' * one.mini}_v{made.VERSION.replace('.', '_')}"
    learner = measure(one.config).generation.__module__.endswith("learner")
    assert content == {
        "task": one.task,
        "include": "_choose.yaml" if one.choice else "_learner.yaml" if learner else "_generate.yaml",
        "custom_dataset": f"{FUNCTIONS}.{own}",
        "metadata": {"version": made.VERSION, "dataset": one.dataset, "config": one.config},
    }
    cues = import_module(FUNCTIONS)
    assert getattr(cues, own) == cues.Pinned(one.dataset, one.config, made.VERSION, mini=one.mini)


@pytest.mark.parametrize("group", catalog.groups())
def test_a_group_lists_exactly_its_tasks(group: str) -> None:
    members = [catalog.task(name) for name in catalog.groups()[group]]
    (dataset,) = {one.dataset for one in members}
    assert read(group) == {
        "group": group,
        "task": [one.task for one in members],
        "metadata": {"version": recipe(dataset).VERSION},
    }
    first = members[0]
    like = [one.task for one in TASKS if one[1::2] == (dataset, first.choice) and one.mini == first.mini]
    assert [one.task for one in members] == like


def test_there_is_a_file_for_each_name_and_no_other() -> None:
    named = set(catalog.tasks()) | set(catalog.groups()) | SHARED
    assert {file.stem for file in FOLDER.glob("*.yaml")} == named
    assert not set(catalog.tasks()) & set(catalog.groups())
    cues = import_module(FUNCTIONS)
    pinned = [value for value in vars(cues).values() if isinstance(value, cues.Pinned)]
    assert len(pinned) == len({(one.dataset, one.config, one.mini) for one in TASKS})


def test_every_config_is_asked_in_both_suites_and_those_with_choices_by_likelihood() -> None:
    for dataset in DATASETS:
        made = recipe(dataset)
        assert set(made.TASKS) <= set(made.CONFIGS)
        assert {(one.config, one.choice, one.mini) for one in TASKS if one.dataset == dataset} == {
            (config, choice, mini)
            for config in made.TASKS
            for mini in (False, True)
            for choice in ((False, True) if config in made.CHOICES else (False,))
        }
        for config in made.TASKS:
            assert (measure(config).choice is not None) == (config in made.CHOICES), config
            assert sum(one.primary for one in made.CONTRASTS[config]) == 1
        for config, first in made.FIRST_STAGE.items():
            assert {config, first} <= set(made.TASKS)


@pytest.mark.parametrize("one", TASKS, ids=lambda one: one.task)
def test_the_mini_suite_keeps_the_primary_contrast_and_its_controls(one: catalog.Asked) -> None:
    made = recipe(one.dataset)
    every = {arm.name for arm in made.arms(one.config)}
    kept = every & import_module(FUNCTIONS).MINI_ARMS.get(one.config, every)
    primary = next(contrast for contrast in made.CONTRASTS[one.config] if contrast.primary)
    assert {primary.arm, primary.reference, "reference", "repeat", *primary.placebos} <= kept
    assert any(name.startswith("explicit_") for name in kept)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ip_cues_cultural_mc_mini", ("ip-cues", "cultural", True, True)),
        ("ip_cues_names_inference", ("ip-cues", "names_inference", False, False)),
        ("ip_echo_answers", ("ip-echo", "echo", False, False)),
        ("ip_echo_inference_mini", ("ip-echo", "echo_inference", False, True)),
        ("ip_education_requests", ("ip-education", "education_requests", False, False)),
    ],
)
def test_a_name_says_what_is_asked(name: str, said: tuple[Any, ...]) -> None:
    assert catalog.task(name) == (name, *said)


@pytest.mark.parametrize("name", ["ip_cues", "ip_education_requests_mc", "echo", ""])
def test_another_name_is_named(name: str) -> None:
    with pytest.raises(UnknownNameError, match=f"unknown task '{name}'; tasks are: ip_cues_cultural, "):
        catalog.task(name)
