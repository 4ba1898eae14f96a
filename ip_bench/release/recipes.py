"""Which datasets there are, and the recipe module of each; builders are reached by name only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module, resources
from typing import Any, Protocol, cast

from ip_bench.design import Arm, Contrast, Prompt
from ip_bench.errors import IntegrityError, UnknownNameError
from ip_bench.release.crossing import Cross
from ip_bench.release.provenance import Seed, Source


class Gates(Protocol):
    """What checks the rows of one config as they stream by, and counts what was checked."""

    def checked(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts as they came; raises ContentError where a row must not be published."""
        ...

    def report(self) -> dict[str, Any]:
        """Return the counts for manifest and card, as integers; `checked.rows` is the number of all rows."""
        ...


class Crossing(Protocol):
    """What a builder module offers that can cross all items with all cells."""

    #: The configs that have a cross.
    CONFIGS: tuple[str, ...]

    def cross(
        self, config: str, *, templates: Sequence[str] | None = None, intersect: Sequence[str] = ()
    ) -> Cross[Any, Any]:
        """Return the cross of a config, in these templates (None: in all) and with these intersections beside."""
        ...


class Recipe(Protocol):
    """What a builder module offers."""

    DATASET: str
    VERSION: str
    LICENSE: str
    CONFIGS: tuple[str, ...]
    SPLITS: tuple[str, ...]
    CONTRASTS: dict[str, tuple[Contrast, ...]]
    #: For each config, every draw that its rows depend on.
    SEEDS: dict[str, tuple[Seed, ...]]
    #: For a config whose content needs one, its warnings (`ip_bench/release/cautions.py`).
    WARNINGS: dict[str, tuple[str, ...]]
    #: The configs that tasks ask; the others have no measure yet that a result could name.
    TASKS: tuple[str, ...]
    #: The configs whose every row has choices, so that log-likelihoods can be asked, too.
    CHOICES: tuple[str, ...]
    #: For a config, the one that asks of the same messages what the model infers of the asker.
    FIRST_STAGE: dict[str, str]

    def arms(self, config: str) -> tuple[Arm, ...]:
        """Return the arms of a config, in published order."""
        ...

    def columns(self, config: str) -> dict[str, Any]:
        """Return the types (of `datasets`) of the columns that a config has beside those of every row."""
        ...

    def gates(self, config: str) -> Gates:
        """Return the gates of a config, which have seen no row yet."""
        ...

    def prompts(self, config: str, split: str) -> Iterator[Prompt]:
        """Yield the rows of a config and split."""
        ...

    def sources(self) -> tuple[Source, ...]:
        """Return what the rows are taken from."""
        ...


_MODULES = {
    "ip-cues": "ip_bench.builders.cues.recipes",
    "ip-education": "ip_bench.builders.cues.education.recipes",
    "ip-echo": "ip_bench.builders.cues.echo.recipes",
    "ip-tradeoff": "ip_bench.builders.tradeoff.recipes",
    "ip-bounds": "ip_bench.builders.bounds.recipes",
    "ip-personas": "ip_bench.builders.personas.recipes",
}
DATASETS: tuple[str, ...] = tuple(_MODULES)
_CROSSES = {"ip-tradeoff": "ip_bench.builders.tradeoff.cross"}
#: The datasets of which there is a full cross.
CROSSED: tuple[str, ...] = tuple(_CROSSES)


class OwnRecipe(Recipe, Protocol):
    """A recipe that no package ships: one config, with the dataset's name, and the words for it."""

    def words(self) -> tuple[str, str, str]:
        """Return what is asked, what a model does that has the outcome, and when the first treatment holds."""
        ...


_REGISTERED: dict[str, OwnRecipe] = {}


def register(made: OwnRecipe) -> str:
    """Make a recipe that no package ships known in this process, in place of an earlier one; return its name."""
    _REGISTERED[made.DATASET] = made
    return made.DATASET


def registered() -> Mapping[str, OwnRecipe]:
    """Return the recipes that were registered, by name."""
    return _REGISTERED


def recipe(name: str) -> Recipe:
    """Return the recipe of a dataset; raises UnknownNameError for another name."""
    if name in _REGISTERED:
        return _REGISTERED[name]
    if name not in _MODULES:
        raise UnknownNameError("dataset", name, (*DATASETS, *_REGISTERED))
    return cast("Recipe", import_module(_MODULES[name]))


def crossing(name: str) -> Crossing:
    """Return the cross of a dataset; raises UnknownNameError for one that does not exist or has none."""
    if name not in CROSSED:
        raise UnknownNameError("dataset", name, CROSSED, where="the full crosses")
    return cast("Crossing", import_module(_CROSSES[name]))


def locked(name: str, version: str) -> dict[str, Any]:
    """Return the locked content hashes `{config: {split: hash}}` of a released version.

    Raises:
        UnknownNameError: for a version that was never locked.
    """
    file = resources.files("ip_bench.dataset_cards") / name / "lock.json"
    versions = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if version not in versions:
        raise UnknownNameError("version", version, versions or ["(none locked)"], where=name)
    return dict(versions[version])


def check_lock(name: str, version: str, hashes: dict[str, dict[str, str]], where: str) -> None:
    """Raise IntegrityError, naming both hashes, where a split's content is not the locked one.

    A split that is not in the lock, or only there, has the hash None on the other side. Of a registered recipe no hash
    was promised: its version tells the content.
    """
    if name in _REGISTERED:
        return
    promised = locked(name, version)
    if empty := sorted(config for config, splits in hashes.items() if not splits and config not in promised):
        raise IntegrityError(f"{where}: {name} {version} has no config {empty[0]}; configs are: {', '.join(promised)}")
    for config in sorted(promised.keys() | hashes.keys()):
        expected, found = promised.get(config, {}), hashes.get(config, {})
        for split in sorted(expected.keys() | found.keys()):
            if found.get(split) != expected.get(split):
                raise IntegrityError(
                    f"{where}: {name}/{config}/{split} {version} has content hash {found.get(split)}, locked is "
                    f"{expected.get(split)}; delete it to have it built anew, or raise the version if the content was "
                    "meant to change"
                )
