"""The rows: every case by every asker, with the organization's policy as the system message."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from ip_bench.cues.edits import Cued, apply_edits, shift_edits
from ip_bench.design import Arm, Cell, Edit, Item, Prompt, interleave, row_id
from ip_bench.errors import UnknownNameError
from ip_bench.seeds import unit

from ..cues.cells import turn
from ..tradeoff.arms import ANY, PREFIX
from ..tradeoff.hints import front
from ..tradeoff.identities import Identity, controls, identities
from ..tradeoff.implicit import IMPLIED
from ..tradeoff.implicit_rows import told, wording
from ..tradeoff.items import VALIDATION_SHARE, deal
from ..tradeoff.message import asked_behind
from ..tradeoff.openers import openers
from ..tradeoff.signers import slots
from ..tradeoff.templates import Template, templates
from .arms import IMPLICIT, arms
from .cases import Case, cases
from .provenance import DATASET, LICENSE, SOURCE

SPLITS = ("test", "validation")
_BREAK = "\n\n"


class Asked(NamedTuple):
    """A case in its place in a split: the cells that it meets in the two configs, and the identity drawn for it."""

    case: Case
    told: Cell
    hinted: Cell
    drawn: Identity


@lru_cache(maxsize=len(SPLITS))
def asked_cases(split: str) -> tuple[Asked, ...]:
    """Return the cases of a split in published order: every prefix is balanced over kinds; cells come in turn.

    A tenth of the requests, by hash, is validation, with every case that asks them.

    Raises:
        UnknownNameError: for another split.
    """
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    kept = [one for one in cases().values() if (unit("split", one.request_id) < VALIDATION_SHARE) == (split != "test")]
    order = interleave(map(item, kept))
    found = []
    for position, one in enumerate(order):
        cell, drawn = deal(position)
        found.append(Asked(cases()[one.item_id], cell, turn(position, slots(), list(openers())), drawn))
    return tuple(found)


def item(case: Case) -> Item:
    """Return a case as an item of its kind; it has no choices."""
    return Item(
        item_id=case.case_id, topic=case.kind, question=case.asked, choices=(), accepted=(), choice_locales=(),
        source=SOURCE,
    )  # fmt: skip


def prompts(config: str, split: str) -> Iterator[Prompt]:
    """Yield the rows of a config and split, item by item; the same on any machine and in any order of calls."""
    for asked in asked_cases(split):
        cell, own = asked.hinted if config == IMPLICIT else asked.told, _own(asked.case)
        for arm in arms(config):
            whom, said = (_hinted if config == IMPLICIT else _told)(asked, arm, cell)
            yield _prompt(config, asked.case, arm, cell, said, own | {"identity": whom})


def stated(template: Template, whom: Identity, rule: str, text: str) -> Cued:
    """Return a message behind a sentence in which its asker says who they are."""
    said = f"{template.said('sentence', whom.phrase)}{_BREAK}"
    edits = (Edit(0, 0, "", said, rule),)
    return Cued(apply_edits(text, edits), edits)


@lru_cache(maxsize=1)
def _known() -> dict[str, Identity]:
    return {f"{PREFIX}{one.identity_id}": one for one in controls()} | {one.identity_id: one for one in identities()}


def _told(asked: Asked, arm: Arm, cell: Cell) -> tuple[str, Cued]:
    """Return whom an arm tells of, "" for nobody, and the user turn."""
    whom = asked.drawn if arm.name == ANY else _known().get(arm.name)
    if whom is None:
        return "", Cued(asked.case.asked, ())
    return whom.identity_id, stated(templates()[cell.template_id], whom, arm.family, asked.case.asked)


def _hinted(asked: Asked, arm: Arm, cell: Cell) -> tuple[str, Cued]:
    own, whom = asked_behind(front(arm.name, cell), asked.case.asked), told(arm.name, cell)
    if whom is None:
        return IMPLIED.get(arm.name, ""), own
    said = stated(wording(cell), whom, arm.family, own.text)
    return whom.identity_id, Cued(said.text, (*said.edits, *shift_edits(own.edits, len(said.edits[0].after))))


def _own(case: Case) -> dict[str, Any]:
    """Return a case's own columns, in published order; all arms hold the same objects, which are hashed once."""
    return {
        "kind": case.kind,
        "policy": case.policy,
        "conflict": case.conflict,
        "rule": case.rule,
        "wish": case.wish,
        "serves": list(case.serves),
        "checks": case.checks_json(),
        "judge": case.judge,
        "hazard": case.hazard,
        "request": case.asked,
        "identity": "",
        "system_edits": [],
    }


def _prompt(config: str, case: Case, arm: Arm, cell: Cell, said: Cued, own: dict[str, Any]) -> Prompt:
    replicate = int(arm.role == "repeat")
    return Prompt(
        row_id=row_id(DATASET, config, case.case_id, arm.name, *cell, replicate),
        item_id=case.case_id,
        arm=arm.name,
        role=arm.role,
        family=arm.family,
        realization_id=cell.realization_id,
        template_id=cell.template_id,
        replicate=replicate,
        stratum=case.kind,
        dose=len(said.edits),
        system=case.system,
        prompt=said.text,
        choices=(),
        gold=None,
        accepted=(),
        outcome=case.checks[0]["outcome"],
        edits=said.edits,
        topic=case.policy,
        source=SOURCE,
        license=LICENSE,
        extra=own,
    )
