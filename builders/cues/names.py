"""The configs `names` and `names_inference`: the question signed with a first name that is more common in one country.

The reference is signed with a name that statistics give to neither sex nor country. All names of a slot have the same
number of characters, so a treatment differs from its reference in which name it is and in nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ip_bench.cues import placebos
from ip_bench.cues.asker.names import frames, names
from ip_bench.cues.edits import Cued, apply_edits, shift_edits
from ip_bench.design import Arm, Cell, Contrast, Edit, Item, Prompt
from ip_bench.release.provenance import Seed
from ip_bench.seeds import rng

from . import asked, cells
from .asked import CELL
from .asked_gates import AskedGates
from .cells import Dealt
from .content import load
from .message import DATASET

CONFIGS = ("names", "names_inference")
ARMS: tuple[Arm, ...] = (
    Arm("reference", "reference", "neutral"),
    Arm("repeat", "repeat", "neutral"),
    Arm("us", "treatment", "names", "us"),
    Arm("uk", "treatment", "names", "uk"),
    Arm("placebo_name", "placebo", "name"),
    Arm("placebo_signoff", "placebo", "signoff"),
    Arm("placebo_typo", "placebo", "typo"),
    Arm("explicit_us", "explicit", "explicit", "us"),
    Arm("explicit_uk", "explicit", "explicit", "uk"),
)
SLOTS: tuple[str, ...] = tuple(f"n{name.slot:02d}" for name in names("neutral"))
TEMPLATES: dict[str, str] = {frame.frame_id: frame.text for frame in frames("names")}
SEEDS: dict[str, tuple[Seed, ...]] = {
    config: asked.seeds(config, Seed("the letters that a typo swaps", "rng", (DATASET, "names", *CELL)))
    for config in CONFIGS
}


@lru_cache(maxsize=len(SLOTS))
def other_neutral(slot: str) -> str:
    """Return the neutral name behind a slot's own, in a circle, among those of the same (or the nearest) length."""
    held = [name.name for name in names("neutral")]
    own = SLOTS.index(slot)
    behind = [held[(own + step) % len(held)] for step in range(1, len(held))]
    return min(behind, key=lambda name: abs(len(name) - len(held[own])))


def name_of(slot: str, arm: str) -> str:
    """Return the name that signs a slot's message in an arm: that of the group `us` or `uk`, or a neutral one."""
    if arm == "placebo_name":
        return other_neutral(slot)
    return names(arm if arm in {"us", "uk"} else "neutral")[SLOTS.index(slot)].name


@lru_cache(maxsize=4096)
def _signed(arm: Arm, cell: Cell) -> Cued:
    """Return what stands behind the question, with its edits against the reference's."""
    slot, template = cell
    before, _, _ = TEMPLATES[template].partition("{name}")
    own = name_of(slot, "reference")
    neutral, at = before + own, len(before)
    edits: tuple[Edit, ...] = ()
    if arm.name in {"us", "uk", "placebo_name"}:
        rule = f"{arm.family}:{arm.locale or 'neutral'}"
        edits = (Edit(at, at + len(own), own, name_of(slot, arm.name), rule),)
    elif arm.family == "signoff":
        edits = (Edit(at - len(",\n"), len(neutral), f",\n{own}", ".", "signoff"),)
    elif arm.family == "typo":
        # In lower case, for a typo leaves names alone; the letter that a capital stands for is never an inner one.
        draw = rng(DATASET, "names", *cell)
        edits = tuple(
            edit._replace(before=before[edit.start : edit.end], after=before[edit.start] + edit.after[1:])
            for edit in placebos.typo(before.lower(), draw, 1).edits
        )
    return Cued(apply_edits(neutral, edits), edits)


def message(item: Item, arm: Arm, cell: Cell) -> Cued:
    """Return the asker's message in an arm: the question and its sign-off, with edits against the reference message."""
    text, edits = _signed(arm, cell)
    text, edits = item.question + text, shift_edits(edits, len(item.question))
    if arm.role != "explicit":
        return Cued(text, edits)
    statements = list(load().statements.values())
    said = statements[SLOTS.index(cell.realization_id) % len(statements)]
    edits = (Edit(0, 0, "", f"{said.format(place=load().places[str(arm.locale)])} ", "explicit"),)
    return Cued(apply_edits(text, edits), edits)


@lru_cache(maxsize=1024)
def _said(cell: Cell) -> str:
    return "\n".join(_signed(arm, cell).text for arm in ARMS if arm.role != "explicit")


def plan(split: str) -> Iterator[Dealt]:
    """Yield the items of a split in published order, each with its cell."""
    templates = list(TEMPLATES)
    return cells.deal(asked.asked_items(split), lambda k: cells.turn(k, SLOTS, templates), _said, len(SLOTS))


def arms(config: str) -> tuple[Arm, ...]:  # noqa: ARG001 (both configs have the same ones)
    """Return the arms of a config."""
    return ARMS


def contrasts(config: str) -> tuple[Contrast, ...]:
    """Return the declared comparisons of a config; nothing else is tested."""
    return asked.contrasts(config, ARMS)


def columns(config: str) -> dict[str, Any]:  # noqa: ARG001 (both configs have the same ones)
    """Return the types of a config's columns beside those of every row."""
    return asked.columns()


def gates(config: str) -> AskedGates:  # noqa: ARG001 (both configs have the same ones)
    """Return the gates of a config, which have seen no row yet."""
    return AskedGates(ARMS, cells.left_out(plan), equal={"us", "uk", "placebo_name"})


def prompts(config: str, split: str) -> Iterator[Prompt]:
    """Yield the rows of a config and split, item by item; the same on any machine and in any order of calls."""
    for item, cell, _ in plan(split):
        yield from asked.rows(config, item, cell, ARMS, message)
