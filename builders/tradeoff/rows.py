"""The row of an item in an arm and a cell, whatever tells of the asker."""

from __future__ import annotations

from ip_bench.design import Arm, Cell, Prompt, row_id

from .arms import OUTCOME_OF
from .items import Asked
from .message import Message
from .provenance import DATASET, LICENSE


def prompt(config: str, asked: Asked, arm: Arm, cell: Cell, said: Message, identity_id: str) -> Prompt:
    """Return the row of an item; `said` is its message, `identity_id` whom that states or hints at, "" for nobody."""
    item = asked.item
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
            "identity": identity_id,
            "system_edits": [edit._asdict() for edit in said.system_edits],
        },
    )
