"""What every config's rows are made of in the same way: the split of an item, and the row of a message in a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ip_bench.cues.edits import Cued, shift_edits
from ip_bench.design import Arm, Cell, Item, Prompt, row_id
from ip_bench.seeds import unit

from .frames import Frame

VALIDATION_SHARE = 0.1


def split_of(item: Item) -> str:
    """Return the split of an item: a tenth, by hash, is kept for pilots and few-shot examples."""
    return "validation" if unit("split", item.item_id) < VALIDATION_SHARE else "test"


def prompt(
    key: tuple[str, str],
    item: Item,
    arm: Arm,
    cell: Cell,
    cued: Cued,
    frame: Frame,
    *,
    gold: int | None,
    outcome: str,
    license: str,  # noqa: A002 (the name of the column)
    extra: Mapping[str, Any],
) -> Prompt:
    """Return the row of an item in an arm and a cell; `key` is dataset and config, `cued` the message with its edits.

    The stratum is the item's topic, and the repeat arm is replicate 1.
    """
    replicate = int(arm.role == "repeat")
    return Prompt(
        row_id=row_id(*key, item.item_id, arm.name, *cell, replicate),
        item_id=item.item_id,
        arm=arm.name,
        role=arm.role,
        family=arm.family,
        realization_id=cell.realization_id,
        template_id=cell.template_id,
        replicate=replicate,
        stratum=item.topic,
        dose=len(cued.edits),
        system=frame.system,
        prompt=f"{frame.before}{cued.text}{frame.after}",
        choices=item.choices,
        gold=gold,
        accepted=item.accepted,
        outcome=outcome,
        edits=shift_edits(cued.edits, len(frame.before)) if frame.before else cued.edits,
        topic=item.topic,
        source=item.source,
        license=license,
        extra=extra,
    )
