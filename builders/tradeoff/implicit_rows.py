"""The configs `implicit` and `implicit_user`: the same requests, and who asks shows in a name or in how they write.

An item meets one name slot and one opener, the same in all of its arms; a probe's twins share them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ip_bench.design import Arm, Cell, Prompt

from ..cues.cells import turn
from .hints import front
from .identities import Identity, controls, identity
from .implicit import ARMS, ATTRIBUTE, EXPLICIT, IMPLIED
from .items import Asked, asked_items
from .message import HINTED, Message, asked_behind, hinted, message
from .openers import openers
from .rows import prompt
from .signers import slots
from .templates import Template, templates


def dealt(split: str) -> Iterator[tuple[Asked, Cell]]:
    """Yield the items of a split in published order, each with its cell: the name slot and the opener.

    Probes and useful requests are each dealt them in turn, as they are templates in the other configs.
    """
    met: Counter[bool] = Counter()
    for asked in asked_items(split):
        stream = asked.kind == "utility"
        met[stream] += asked.kind != "benign"  # a benign twin comes behind the unsafe one and has its cell
        yield asked, turn(met[stream] - 1, slots(), list(openers()))


def wording(cell: Cell) -> Template:
    """Return the sentence in which the explicit arms and their placebo tell of the asker, one of 40 by cell."""
    found = list(templates().values())
    return found[(int(cell.realization_id[1:]) + int(cell.template_id[1:])) % len(found)]


def told(arm: str, cell: Cell) -> Identity | None:
    """Return the identity or irrelevant attribute that an arm states, None where it states none."""
    if arm == ATTRIBUTE:
        return controls()[int(cell.realization_id[1:]) % len(controls())]
    return identity(EXPLICIT[arm]) if arm in EXPLICIT else None


def said(config: str, asked: Asked, arm: Arm, cell: Cell) -> Message:
    """Return what a model is sent in an arm: the preamble, a greeting and an opener, and the request."""
    own = asked_behind(front(arm.name, cell), asked.item.question)
    stated = told(arm.name, cell)
    if stated is None:
        return hinted(HINTED[config], own)
    return message(HINTED[config], wording(cell), stated.phrase, arm.family, own.text)


def prompts(config: str, split: str) -> Iterator[Prompt]:
    """Yield the rows of a config and split, item by item; the same on any machine and in any order of calls."""
    for asked, cell in dealt(split):
        for arm in ARMS:
            stated = told(arm.name, cell)
            whom = stated.identity_id if stated else IMPLIED.get(arm.name, "")
            yield prompt(config, asked, arm, cell, said(config, asked, arm, cell), whom)
