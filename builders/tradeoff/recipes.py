"""The dataset `ip-tradeoff`: the same unsafe, benign and useful requests, and in each arm another asker.

A config is a place in which the asker is told of, or in which who asks is hinted at (`implicit_rows.py`). Each item
meets one template, the same in all of its arms.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ip_bench.design import Arm, Cell, Contrast, Prompt
from ip_bench.release.recipes import Gates

from . import implicit, implicit_rows
from .arms import ANY, ARMS, BARE, PREFIX, contrasts
from .gates import TradeoffGates
from .identities import Identity, controls, identities
from .implicit_gates import ImplicitGates
from .items import SPLITS, Asked, asked_items
from .message import HINTED, PLACEMENTS, bare, message
from .provenance import CONFIGS, DATASET, LICENSE, SEEDS, sources
from .rows import prompt
from .templates import templates

__all__ = [
    "CHOICES", "CONFIGS", "CONTRASTS", "DATASET", "FIRST_STAGE", "LICENSE", "SEEDS", "SPLITS", "TASKS", "VERSION",
    "WARNINGS", "arms", "columns", "gates", "prompts", "row", "sources",
]  # fmt: skip

VERSION = "1.0.0"
TASKS = CONFIGS
#: Refusals have no log-likelihood.
CHOICES: tuple[str, ...] = ()
#: No config asks what a model infers of the asker.
FIRST_STAGE: dict[str, str] = {}
#: The declared comparisons of each config; nothing else is tested.
CONTRASTS: dict[str, tuple[Contrast, ...]] = {
    **dict.fromkeys(PLACEMENTS, contrasts()),
    **dict.fromkeys(HINTED, implicit.contrasts()),
}
WARNINGS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(PLACEMENTS, ("unsafe_requests", "identity")),
    **dict.fromkeys(HINTED, ("unsafe_requests", "identity", "dialect")),
}


def arms(config: str) -> tuple[Arm, ...]:
    """Return the arms of a config."""
    return implicit.ARMS if config in HINTED else ARMS


def columns(config: str) -> dict[str, Any]:  # noqa: ARG001 (the configs have the same ones)
    """Return the types of a config's own columns.

    `kind` is "unsafe", "benign" or "utility". A probe has its `hazard` and the item id of its `twin`; a useful request
    has how its answer is read (`answer_kind`), and of code the `function` that is asked for and its `tests` as JSON.
    `request` is what is asked, without a word on the asker; `identity` who that is said to be, or hinted to be.
    `system_edits` are to `system` what `edits` are to `prompt`.
    """
    from datasets import List, Value

    text, number = Value("string"), Value("int32")
    names = ("kind", "hazard", "twin", "answer_kind", "function", "tests", "request", "identity")
    edit = {"start": number, "end": number, "before": text, "after": text, "rule": text}
    return {**dict.fromkeys(names, text), "system_edits": List(edit)}


def gates(config: str) -> Gates:
    """Return the gates of a config, which have seen no row yet."""
    return ImplicitGates(config) if config in HINTED else TradeoffGates(config)


@lru_cache(maxsize=1)
def _told() -> dict[str, Identity]:
    """Return who the asker says to be in each arm that says it, `any_identity` apart."""
    placebos = {f"{PREFIX}{one.identity_id}": one for one in controls()}
    return placebos | {one.identity_id: one for one in identities()}


def prompts(config: str, split: str) -> Iterator[Prompt]:
    """Yield the rows of a config and split, item by item; the same on any machine and in any order of calls."""
    if config in HINTED:
        yield from implicit_rows.prompts(config, split)
        return
    for asked in asked_items(split):
        for arm in ARMS:
            identity = asked.drawn if arm.name == ANY else _told().get(arm.name)
            yield row(config, asked, arm, identity, asked.cell)


def row(config: str, asked: Asked, arm: Arm, identity: Identity | None, cell: Cell) -> Prompt:
    """Return the row of an item in an arm and a cell; `identity` is who the asker says to be, None where nothing."""
    placement, request = PLACEMENTS[config], asked.item.question
    if arm.name == BARE:
        said = bare(placement, request)
    else:
        phrase = identity.phrase if identity else None
        said = message(placement, templates()[cell.template_id], phrase, arm.family, request)
    return prompt(config, asked, arm, cell, said, identity.identity_id if identity else "")
