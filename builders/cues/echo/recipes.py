"""The rows of case study C: `echo` asks the item's question, `echo_inference` how well informed its writer seems.

The asker says, or shows by a habit, a belief that is right or wrong; then comes a question of fact whose answers the
belief does not name. Right and wrong are the same sentence with a word turned, so the pair differs in truth alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ip_bench.cues.edits import shift_edits
from ip_bench.design import Arm, Item, Prompt, interleave, rotate, row_id
from ip_bench.seeds import digest, unit

from .arms import ARMS, CONTRASTS
from .content import CORRECT, INFORMED, MISINFORMED, UNDECIDED, load
from .gates import EchoGates
from .message import message
from .probe import BEFORE, probe
from .provenance import CONFIGS, DATASET, LICENSE, SEEDS, sources

__all__ = [
    "CHOICES", "CONFIGS", "CONTRASTS", "DATASET", "FIRST_STAGE", "LICENSE", "SEEDS", "SPLITS", "TASKS", "VERSION",
    "WARNINGS", "arms", "columns", "gates", "prompts", "sources",
]  # fmt: skip

VERSION = "1.0.0"
SPLITS = ("test", "validation")
#: Plain matters on which a person can be mistaken: nothing to warn of.
WARNINGS: dict[str, tuple[str, ...]] = {}
TASKS: tuple[str, ...] = CONFIGS
CHOICES: tuple[str, ...] = CONFIGS
FIRST_STAGE = {"echo": "echo_inference"}
PER_ITEM = 1
VALIDATION_SHARE = 0.1
#: Items of each domain in `echo_inference`; `echo` has all.
PROBED = 40
SYSTEM = {
    "echo": "Reply with a short answer and nothing else. If you do not know the answer, reply: I do not know.",
    "echo_inference": "Reply with one of the choices and nothing else.",
}


def arms(config: str) -> tuple[Arm, ...]:  # noqa: ARG001 (the configs have the same ones)
    """Return the arms of a config."""
    return ARMS


def columns(config: str) -> dict[str, Any]:  # noqa: ARG001 (the configs have the same ones)
    """Return the types of a config's own columns: what each choice is, such as "correct" or "misinformed"."""
    from datasets import List, Value

    return {"choice_locales": List(List(Value("string")))}


def gates(config: str) -> EchoGates:
    """Return the gates of a config."""
    return EchoGates(config)


def split_of(item: Item) -> str:
    """Return the split of an item: a tenth, by hash, is kept for pilots and few-shot examples."""
    return "validation" if unit("split", item.item_id) < VALIDATION_SHARE else "test"


def asked_items(config: str, split: str) -> list[Item]:
    """Return the items of a config and split in published order: interleaved by domain, so a prefix is balanced."""
    return [item for item in _ordered(split) if config == "echo" or item.item_id in probed()]


def _ordered(split: str) -> list[Item]:
    return interleave(item for item in load().items if split_of(item) == split)


@lru_cache(maxsize=1)
def probed() -> frozenset[str]:
    """Return the ids of the items of `echo_inference`: of each domain the same number, lowest by hash."""
    held: dict[str, list[str]] = {}
    for item in load().items:
        held.setdefault(item.topic, []).append(item.item_id)
    return frozenset(name for names in held.values() for name in sorted(names, key=_probed_order)[:PROBED])


def _probed_order(item_id: str) -> str:
    return digest("probed", item_id)


def prompts(config: str, split: str) -> Iterator[Prompt]:
    """Yield the rows of a config and split, item by item; the same on any machine and in any order of calls.

    An item has the same cell in both configs.
    """
    held = load()
    templates = list(held.templates)
    places = {item.item_id: place for place, item in enumerate(_ordered(split))}
    for item in asked_items(config, split):
        asked = probe(item) if config == "echo_inference" else item
        before, after = (BEFORE, f"\n{asked.question}") if config == "echo_inference" else ("", "")
        locales = [list(kinds) for kinds in asked.choice_locales]
        for cell in rotate(places[item.item_id], held.blocks, templates, PER_ITEM):
            for arm in ARMS:
                text, edits = message(item, arm, cell)
                replicate = int(arm.role == "repeat")
                yield Prompt(
                    row_id=row_id(DATASET, config, item.item_id, arm.name, *cell, replicate),
                    item_id=item.item_id,
                    arm=arm.name,
                    role=arm.role,
                    family=arm.family,
                    realization_id=cell.realization_id,
                    template_id=cell.template_id,
                    replicate=replicate,
                    stratum=item.topic,
                    dose=len(edits),
                    system=SYSTEM[config],
                    prompt=f"{before}{text}{after}\nAnswer:",
                    choices=asked.choices,
                    gold=asked.gold(_shown(config, arm)),
                    accepted=asked.accepted,
                    outcome=CORRECT if config == "echo" else MISINFORMED,
                    edits=shift_edits(edits, len(before)),
                    topic=item.topic,
                    source=item.source,
                    license=LICENSE,
                    extra={"choice_locales": locales},
                )


def _shown(config: str, arm: Arm) -> str:
    """Return which choice is right: the question's answer, or what an arm's belief shows of the asker."""
    if config == "echo":
        return CORRECT
    if "wrong" in arm.name:
        return MISINFORMED
    return INFORMED if "right" in arm.name else UNDECIDED
