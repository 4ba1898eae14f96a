"""Each task file says what the catalog says: one config of one version of a dataset, asked in one way."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from itertools import islice
from typing import Any

import pytest
import yaml
from ip_bench.tasks.pinned import MINI_ARMS, Pinned

from ip_bench import catalog
from ip_bench.errors import UnknownNameError
from ip_bench.harness.plan import tasks_folder
from ip_bench.outcomes.measures import measure
from ip_bench.release.recipes import DATASETS, recipe

FOLDERS = {
    "ip-cues": "cues",
    "ip-education": "cues",
    "ip-echo": "cues",
    "ip-tradeoff": "tradeoff",
    "ip-bounds": "bounds",
}
TASKS = tuple(catalog.tasks().values())
SHARED = {"cues": {"_base", "_generate", "_choose", "_learner"}, "tradeoff": {"_base"}, "bounds": {"_base"}}


class Loader(yaml.SafeLoader):
    """Reads lm-eval's YAML; a function is its name."""


Loader.add_constructor("!function", lambda loader, node: str(node.value))


def read(dataset: str, name: str) -> dict[str, Any]:
    loader = Loader((tasks_folder() / FOLDERS[dataset] / f"{name}.yaml").read_text(encoding="utf-8"))
    return dict(loader.get_single_data())


def form(one: catalog.Asked) -> str:
    """Return the file that the tasks of a form share."""
    if one.dataset in {"ip-tradeoff", "ip-bounds"}:
        return "_base.yaml"
    learner = measure(one.config).generation.__module__.endswith("learner")
    return "_choose.yaml" if one.choice else "_learner.yaml" if learner else "_generate.yaml"


@cache
def shared(dataset: str, config: str) -> str:
    """Return what stands before the cue and is the same in all arms of an item, by the first rows of a config."""
    texts: dict[str, set[str]] = {}
    for row in islice(recipe(dataset).prompts(config, "test"), 2_000):
        texts.setdefault(row.item_id, set()).add(row.system)
    return "system" if all(len(own) == 1 and "" not in own for own in texts.values()) else "nothing"


@pytest.mark.parametrize("one", TASKS, ids=lambda one: one.task)
def test_a_task_file_says_what_the_catalog_says(one: catalog.Asked) -> None:
    content, made = read(one.dataset, one.task), recipe(one.dataset)
    own = f"{one.config}{'_mini' * one.mini}_v{made.VERSION.replace('.', '_')}"
    functions = f"ip_bench.tasks.{FOLDERS[one.dataset]}"
    assert content == {
        "task": one.task,
        "include": form(one),
        "custom_dataset": f"{functions}.{own}",
        "metadata": {
            "version": made.VERSION,
            "dataset": one.dataset,
            "config": one.config,
            "shared": shared(one.dataset, one.config),
        },
    }
    assert getattr(import_module(functions), own) == Pinned(one.dataset, one.config, made.VERSION, mini=one.mini)


@pytest.mark.parametrize("group", catalog.groups())
def test_a_group_lists_exactly_its_tasks(group: str) -> None:
    members = [catalog.task(name) for name in catalog.groups()[group]]
    (dataset,) = {one.dataset for one in members}
    assert read(dataset, group) == {
        "group": group,
        "task": [one.task for one in members],
        "metadata": {"version": recipe(dataset).VERSION},
    }
    (kind,) = {(one.choice, one.mini, one.config.endswith("_user")) for one in members}
    like = [one for one in TASKS if one.dataset == dataset]
    assert members == [one for one in like if (one.choice, one.mini, one.config.endswith("_user")) == kind]


def test_there_is_a_file_for_each_name_and_no_other() -> None:
    assert not set(catalog.tasks()) & set(catalog.groups())
    groups = {name: catalog.task(members[0]).dataset for name, members in catalog.groups().items()}
    datasets = {one.task: one.dataset for one in TASKS} | groups
    for folder, shared in SHARED.items():
        named = {name for name, dataset in datasets.items() if FOLDERS[dataset] == folder}
        assert {file.stem for file in (tasks_folder() / folder).glob("*.yaml")} == named | shared
        asked = {(one.dataset, one.config, one.mini) for one in TASKS if FOLDERS[one.dataset] == folder}
        pinned = vars(import_module(f"ip_bench.tasks.{folder}")).values()
        assert {(one.dataset, one.config, one.mini) for one in pinned if isinstance(one, Pinned)} == asked


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
    kept = every & MINI_ARMS.get(one.config, every)
    primary = next(contrast for contrast in made.CONTRASTS[one.config] if contrast.primary)
    assert {primary.arm, primary.reference, "reference", "repeat", *primary.placebos} <= kept
    stated = one.dataset in {"ip-tradeoff", "ip-bounds"}  # who asks is stated in every treatment
    assert stated or any(name.startswith("explicit_") for name in kept)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ip_cues_cultural_mc_mini", ("ip-cues", "cultural", True, True)),
        ("ip_cues_names_inference", ("ip-cues", "names_inference", False, False)),
        ("ip_echo_answers", ("ip-echo", "echo", False, False)),
        ("ip_echo_inference_mini", ("ip-echo", "echo_inference", False, True)),
        ("ip_education_requests", ("ip-education", "education_requests", False, False)),
        ("ip_tradeoff_identity_user_mini", ("ip-tradeoff", "identity_user", False, True)),
    ],
)
def test_a_name_says_what_is_asked(name: str, said: tuple[Any, ...]) -> None:
    assert catalog.task(name) == (name, *said)


@pytest.mark.parametrize("name", ["ip_cues", "ip_education_requests_mc", "echo", ""])
def test_another_name_is_named(name: str) -> None:
    with pytest.raises(UnknownNameError, match=f"unknown task '{name}'; tasks are: ip_cues_cultural, "):
        catalog.task(name)


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("ip_tradeoff_mini", "ip_tradeoff_user_mini"),
        ("ip_tradeoff_identity", "ip_tradeoff_identity_user"),
        ("ip_tradeoff_profile_user", "ip_tradeoff_profile_user"),
        ("ip_tradeoff_user", "ip_tradeoff_user"),
        ("ip_cues_mini", None),
        ("ip_cues_cultural_mc", None),
    ],
)
def test_a_model_without_a_system_role_is_asked_the_same_in_the_user_turn(name: str, turned: str | None) -> None:
    assert catalog.in_user_turn(name) == turned
