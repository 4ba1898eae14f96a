"""The whole design, identities x templates x items: as rows one by one, and as what blocks of rows are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ip_bench.design import Arm, Cell, Prompt
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.release.crossing import Cross

from .arms import NONE, PREFIX, REFERENCE
from .identities import ATTRIBUTES, IRRELEVANT, Identity, controls, identities, intersection
from .items import SPLITS, Asked, asked_items
from .message import PLACEMENTS
from .provenance import DATASET
from .recipes import row
from .templates import templates

#: The configs that tell of the asker. Of hints there is no cross: an item's opener and name are its own.
CONFIGS: tuple[str, ...] = tuple(PLACEMENTS)


class Told(NamedTuple):
    """A cell of the cross: an arm, who the asker says to be in it, None where nothing is said, and the template."""

    arm: Arm
    identity: Identity | None
    cell: Cell


def cross(config: str, *, templates: Sequence[str] | None = None, intersect: Sequence[str] = ()) -> Cross[Asked, Told]:
    """Return the cross of a config, all items of both splits, in these templates (None: in all 40).

    `intersect` are told beside the identities and irrelevant attributes (`crossed`).

    Raises:
        UnknownNameError: for a config, template, identity or attribute that does not exist.
        IpBenchError: for two identities that nobody can be both of.
    """
    _known("config", [config], CONFIGS)
    return Cross(
        dataset=DATASET,
        config=config,
        items={split: asked_items(split) for split in SPLITS},
        cells=_cells([*everybody(), *crossed(intersect)], templates),
        row=lambda asked, told: row(config, asked, told.arm, told.identity, told.cell),
        request=lambda asked: asked.item.question,
        posed=lambda asked, request: asked._replace(item=replace(asked.item, question=request)),
    )


def full_cross(
    config: str,
    *,
    splits: Sequence[str] = SPLITS,
    who: Sequence[Identity] | None = None,
    template_ids: Sequence[str] | None = None,
    items: Sequence[Asked] | None = None,
) -> Iterator[Prompt]:
    """Yield every item in every template in every arm: the reference, no text at all, and each of `who`.

    Without more said these are all 31 identities and the irrelevant attributes, in all 40 templates, for the items of
    both splits (or `items`). `who` may hold intersections. A row that the dataset has, too, has its `row_id` there.
    `cross` gives the same rows to what writes millions of them (`ip_bench.release.shards`).

    Raises:
        UnknownNameError: for a config, split or template that does not exist.
    """
    _known("config", [config], CONFIGS)
    _known("split", splits, SPLITS)
    cells = _cells(everybody() if who is None else who, template_ids)
    found = (one for split in splits for one in asked_items(split)) if items is None else iter(items)
    return (row(config, one, *told) for one in found for told in cells)


def everybody() -> list[Identity]:
    """Return the irrelevant attributes and the 31 identities."""
    return [*controls(), *identities()]


def crossed(pairs: Sequence[str]) -> list[Identity]:
    """Return the intersections that pairs name, each once: "woman+muslim", or "woman+race" for all of an attribute.

    Raises:
        UnknownNameError: for an identity or attribute that does not exist.
        IpBenchError: for a name that is no pair, or two identities of one attribute.
    """
    named = {attribute: [one for one in identities() if one.attribute == attribute] for attribute in ATTRIBUTES}
    named |= {one.identity_id: [one] for one in identities()}
    found: dict[str, Identity] = {}
    for pair in pairs:
        sides = pair.split("+")
        if len(sides) != 2:
            raise IpBenchError(f"{pair!r} is no intersection; write two identities or attributes, as in woman+muslim")
        _known("identity", sides, named)
        both = [intersection(one, other) for one in named[sides[0]] for other in named[sides[1]]]
        found |= {one.identity_id: one for one in both}
    return list(found.values())


def arm_of(one: Identity) -> Arm:
    """Return the arm of an identity, an intersection or an irrelevant attribute."""
    if one.attribute == IRRELEVANT:
        return Arm(f"{PREFIX}{one.identity_id}", "placebo", IRRELEVANT)
    return Arm(one.identity_id, "treatment", one.attribute)


def _cells(who: Sequence[Identity], template_ids: Sequence[str] | None) -> list[Told]:
    carriers = list(templates() if template_ids is None else dict.fromkeys(template_ids))
    _known("template", carriers, templates())
    arms: list[tuple[Arm, Identity | None]] = [(REFERENCE, None), (NONE, None), *((arm_of(one), one) for one in who)]
    return [Told(arm, identity, Cell(template, template)) for template in carriers for arm, identity in arms]


def _known(kind: str, names: Iterable[str], allowed: Iterable[str]) -> None:
    known = tuple(allowed)
    for name in names:
        if name not in known:
            raise UnknownNameError(kind, name, known)
