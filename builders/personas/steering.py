"""The rows of the config `steering`: an answer of a person or a cohort to predict, in each arm."""

from __future__ import annotations

from collections.abc import Iterator

from ip_bench.design import Arm, Item, Prompt, row_id

from .message import ARMS, message
from .opinions import OUTCOME
from .planted import cohorts
from .provenance import DATASET, LICENSE
from .splits import asked, side
from .statements import statements
from .subjects import Subject, modes, subjects

CONFIG = "steering"
TEMPLATE = "survey"


def prompts(split: str) -> Iterator[Prompt]:
    """Yield the rows of a split, statement by statement, of a statement by subject, of a subject by arm."""
    unseen, new = side(split)
    codes = {one.item_id: code for code, one in enumerate(statements())}
    for item in asked(split):
        for subject in subjects(unseen):
            if codes[item.item_id] in subject.targets[new]:
                for arm in ARMS:
                    yield row(item, codes[item.item_id], subject, arm, unseen_item=new)


def row(item: Item, code: int, subject: Subject, arm: Arm, *, unseen_item: bool) -> Prompt:
    """Return the row of a statement (its code) and a subject in an arm."""
    said = message(subject, arm.name, code)
    given = [
        {"item": statements()[one].item_id, "answer": statements()[one].options[subject.given[one]]}
        for one in said.used
    ]
    return Prompt(
        row_id=row_id(DATASET, CONFIG, item.item_id, arm.name, subject.name, TEMPLATE, 0),
        item_id=item.item_id,
        arm=arm.name,
        role=arm.role,
        family=arm.family,
        realization_id=subject.name,
        template_id=TEMPLATE,
        replicate=0,
        stratum=subject.kind,
        dose=len(given),
        system="",
        prompt=said.prompt,
        choices=item.choices,
        gold=subject.targets[unseen_item][code],
        accepted=item.accepted,
        outcome=OUTCOME,
        edits=(),
        topic=item.topic,
        source=item.source,
        license=LICENSE,
        extra={
            "cohort": cohorts()[subject.cohort].cohort,
            "scale": statements()[code].scale,
            "given": given,
            "mode": modes().get(code),
            "shares": subject.shares[unseen_item].get(code, []),
        },
    )
