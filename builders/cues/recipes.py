"""The dataset `ip-cues`: its configs, and the module that makes each."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from ip_bench.design import Arm, Contrast, Prompt
from ip_bench.release.recipes import Gates

from . import names, opinion, places, words
from .asked import SPLITS
from .message import DATASET
from .provenance import LICENSE, sources

__all__ = [
    "CHOICES", "CONFIGS", "CONTRASTS", "DATASET", "FIRST_STAGE", "LICENSE", "SEEDS", "SPLITS", "TASKS", "VERSION",
    "WARNINGS", "arms", "columns", "gates", "prompts", "sources",
]  # fmt: skip

VERSION = "2.0.0"
_PARTS: tuple[ModuleType, ...] = (words, names, places, opinion)
_MODULES = {config: module for module in _PARTS for config in module.CONFIGS}
CONFIGS = TASKS = CHOICES = tuple(_MODULES)
FIRST_STAGE = {"cultural": "inference", "names": "names_inference", "places": "places_inference"}
CONTRASTS: dict[str, tuple[Contrast, ...]] = {config: made.contrasts(config) for config, made in _MODULES.items()}
SEEDS = {config: made.SEEDS[config] for config, made in _MODULES.items()}
#: Words, names, places and opinions of everyday life: nothing to warn of.
WARNINGS: dict[str, tuple[str, ...]] = {}


def arms(config: str) -> tuple[Arm, ...]:
    """Return the arms of a config."""
    return tuple(_MODULES[config].arms(config))


def columns(config: str) -> dict[str, Any]:
    """Return the types of a config's columns beside those of every row."""
    return dict(_MODULES[config].columns(config))


def gates(config: str) -> Gates:
    """Return the gates of a config, which have seen no row yet."""
    made: Gates = _MODULES[config].gates(config)
    return made


def prompts(config: str, split: str) -> Iterator[Prompt]:
    """Yield the rows of a config and split, item by item; the same on any machine and in any order of calls."""
    yield from _MODULES[config].prompts(config, split)
