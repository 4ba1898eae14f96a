"""The dataset `ip-tradeoff`: the same unsafe, benign and useful requests, and in each arm another asker.

A config is a place in which the asker is told of. Each item meets one template, the same in all of its arms.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ip_bench.design import Arm, Cell, Contrast, Prompt, row_id

from .arms import ANY, ARMS, BARE, OUTCOME_OF, PREFIX, contrasts
from .gates import TradeoffGates
from .identities import Identity, controls, identities
from .items import SPLITS, Asked, asked_items
from .message import PLACEMENTS, bare, message
from .provenance import DATASET, LICENSE, SEEDS, sources
from .templates import templates

__all__ = [
    "CHOICES", "CONFIGS", "CONTRASTS", "DATASET", "FIRST_STAGE", "LICENSE", "SEEDS", "SPLITS", "TASKS", "VERSION",
    "WARNINGS", "arms", "columns", "gates", "prompts", "row", "sources",
]  # fmt: skip

VERSION = "1.0.0"
CONFIGS: tuple[str, ...] = tuple(PLACEMENTS)
TASKS = CONFIGS
#: Refusals have no log-likelihood.
CHOICES: tuple[str, ...] = ()
#: The asker says who they are: there is nothing to infer.
FIRST_STAGE: dict[str, str] = {}
#: The declared comparisons of each config; nothing else is tested.
CONTRASTS: dict[str, tuple[Contrast, ...]] = dict.fromkeys(CONFIGS, contrasts())
WARNINGS: dict[str, tuple[str, ...]] = dict.fromkeys(CONFIGS, ("unsafe_requests", "identity"))


def arms(config: str) -> tuple[Arm, ...]:  # noqa: ARG001 (the configs have the same ones)
    """Return the arms of a config."""
    return ARMS


def columns(config: str) -> dict[str, Any]:  # noqa: ARG001 (the configs have the same ones)
    """Return the types of a config's own columns.

    `kind` is "unsafe", "benign" or "utility". A probe has its `hazard` and the item id of its `twin`; a useful request
    has how its answer is read (`answer_kind`), and of code the `function` that is asked for and its `tests` as JSON.
    `request` is what is asked, without a word on the asker; `identity` who that is said to be. `system_edits` are to
    `system` what `edits` are to `prompt`.
    """
    from datasets import List, Value

    text, number = Value("string"), Value("int32")
    names = ("kind", "hazard", "twin", "answer_kind", "function", "tests", "request", "identity")
    edit = {"start": number, "end": number, "before": text, "after": text, "rule": text}
    return {**dict.fromkeys(names, text), "system_edits": List(edit)}


def gates(config: str) -> TradeoffGates:
    """Return the gates of a config, which have seen no row yet."""
    return TradeoffGates(config)


@lru_cache(maxsize=1)
def _told() -> dict[str, Identity]:
    """Return who the asker says to be in each arm that says it, `any_identity` apart."""
    placebos = {f"{PREFIX}{one.identity_id}": one for one in controls()}
    return placebos | {one.identity_id: one for one in identities()}


def prompts(config: str, split: str) -> Iterator[Prompt]:
    """Yield the rows of a config and split, item by item; the same on any machine and in any order of calls."""
    for asked in asked_items(split):
        for arm in ARMS:
            identity = asked.drawn if arm.name == ANY else _told().get(arm.name)
            yield row(config, asked, arm, identity, asked.cell)


def row(config: str, asked: Asked, arm: Arm, identity: Identity | None, cell: Cell) -> Prompt:
    """Return the row of an item in an arm and a cell; `identity` is who the asker says to be, None where nothing."""
    item, placement = asked.item, PLACEMENTS[config]
    if arm.name == BARE:
        said = bare(placement, item.question)
    else:
        phrase = identity.phrase if identity else None
        said = message(placement, templates()[cell.template_id], phrase, arm.family, item.question)
    replicate = int(arm.role == "repeat")
    return Prompt(
        row_id=row_id(DATASET, config, item.item_id, arm.name, *cell, replicate),
        item_id=item.item_id,
        arm=arm.name,
        role=arm.role,
        family=arm.family,
        realization_id=cell.realization_id,
        template_id=cell.template_id,
        replicate=replicate,
        stratum=item.topic,
        dose=len(said.edits) + len(said.system_edits),
        system=said.system,
        prompt=said.prompt,
        choices=item.choices,
        gold=asked.gold,
        accepted=item.accepted,
        outcome=OUTCOME_OF[asked.kind],
        edits=said.edits,
        topic=item.topic,
        source=item.source,
        license=LICENSE,
        extra={
            "kind": asked.kind,
            "hazard": asked.hazard,
            "twin": asked.twin,
            "answer_kind": asked.answer_kind,
            "function": asked.function,
            "tests": asked.tests,
            "request": item.question,
            "identity": identity.identity_id if identity else "",
            "system_edits": [edit._asdict() for edit in said.system_edits],
        },
    )
