"""The lm-eval tasks by name, and what a name says: dataset, config, how it is measured, and which rows it asks."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ip_bench.errors import UnknownNameError
from ip_bench.release.recipes import DATASETS, recipe, registered


class Asked(NamedTuple):
    """A task: its name, the dataset and config that it asks, by choice or generation, all rows or the mini ones."""

    task: str
    dataset: str
    config: str
    choice: bool
    mini: bool


def stem(dataset: str, config: str) -> str:
    """Return how the names of a config's tasks begin: `ip_<family>_<config>`, the family's name only once.

    The one config of a registered recipe has the dataset's name: `ip_<dataset>`, which is its group, too.
    """
    if dataset in registered():
        return f"ip_{dataset}"
    family = dataset.removeprefix("ip-")
    return f"ip_{family}_{'answers' if config == family else config.removeprefix(f'{family}_')}"


def tasks() -> dict[str, Asked]:
    """Return all tasks by name, in the order of datasets and configs; those of registered recipes come last."""
    return _tasks((*DATASETS, *registered()))


@lru_cache(maxsize=8)
def _tasks(datasets: tuple[str, ...]) -> dict[str, Asked]:
    found = {}
    for dataset in datasets:
        made = recipe(dataset)
        for config in made.TASKS:
            for choice in (False, True) if config in made.CHOICES else (False,):
                for mini in (False, True):
                    name = f"{stem(dataset, config)}{'_mc' * choice}{'_mini' * mini}"
                    found[name] = Asked(name, dataset, config, choice, mini)
    return found


def task(name: str) -> Asked:
    """Return a task by name; raises UnknownNameError for another name."""
    if name not in tasks():
        raise UnknownNameError("task", name, tasks())
    return tasks()[name]


def groups() -> dict[str, tuple[str, ...]]:
    """Return the groups of tasks by name: for each dataset `ip_<family>`, with tails `_user`, `_mc` and `_mini`.

    Tasks of `_user` say all in the user turn, for models without a system role, and are a group of their own.
    """
    found: dict[str, list[str]] = {}
    for one in tasks().values():
        family = one.dataset.removeprefix("ip-")
        user = "_user" * one.config.endswith("_user")
        found.setdefault(f"ip_{family}{user}{'_mc' * one.choice}{'_mini' * one.mini}", []).append(one.task)
    return {name: tuple(members) for name, members in found.items()}


def in_user_turn(name: str) -> str | None:
    """Return the task or group that asks the same with all in the user turn, None where there is none."""
    stem, mini = name.removesuffix("_mini"), "_mini" * name.endswith("_mini")
    found = f"{stem.removesuffix('_user')}_user{mini}"
    return found if found in tasks() or found in groups() else None
