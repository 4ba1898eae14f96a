"""The rows of the config `opinions`: one for each answer of a person to a statement."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ip_bench.design import Arm, Item, Prompt, row_id

from .planted import cohorts
from .provenance import DATASET, LICENSE
from .splits import asked, is_unseen, side

CONFIG = "opinions"
#: An answer is there as it was given; nothing is told of the person.
ARM = Arm("none", "reference", "personas")
TEMPLATE = "statement"
OUTCOME = "same_answer"


def prompts(split: str) -> Iterator[Prompt]:
    """Yield the rows of a split, statement by statement, and of a statement by person."""
    from .population import population, truth

    unseen, _ = side(split)
    answers, planted = population(), truth()
    codes = {one.item_id: code for code, one in enumerate(answers.items)}
    here = np.array([is_unseen(person) == unseen for person in answers.people])[answers.person]
    names = [one.cohort for one in cohorts()]
    own = [
        {"cohort": names[planted.cohort[person]]}
        | {one.name: one.levels[one.codes[person]] if one.codes[person] >= 0 else "" for one in answers.groups}
        for person in range(len(answers.people))
    ]
    for item in asked(split):
        code = codes[item.item_id]
        scale = {"scale": answers.items[code].scale}
        for cell in np.flatnonzero(here & (answers.item == code)):
            person = int(answers.person[cell])
            yield plain(
                CONFIG, item, answers.people[person], int(answers.answer[cell]), scale | own[person]
            )  # fmt: skip


def plain(config: str, item: Item, who: str, answer: int, own: dict[str, object]) -> Prompt:
    """Return a row that is a statement with an answer, and asks nothing of a model."""
    return Prompt(
        row_id=row_id(DATASET, config, item.item_id, ARM.name, who, TEMPLATE, 0),
        item_id=item.item_id,
        arm=ARM.name,
        role=ARM.role,
        family=ARM.family,
        realization_id=who,
        template_id=TEMPLATE,
        replicate=0,
        stratum=item.topic,
        dose=0,
        system="",
        prompt=item.question,
        choices=item.choices,
        gold=answer,
        accepted=item.accepted,
        outcome=OUTCOME,
        edits=(),
        topic=item.topic,
        source=item.source,
        license=LICENSE,
        extra=own,
    )
