"""The whole design, identities x templates x items, as a stream that is never held in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ip_bench.design import Arm, Cell, Prompt
from ip_bench.errors import UnknownNameError

from .arms import NONE, PREFIX, REFERENCE
from .identities import IRRELEVANT, Identity, controls, identities
from .items import SPLITS, Asked, asked_items
from .message import PLACEMENTS
from .recipes import row
from .templates import templates


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

    Raises:
        UnknownNameError: for a config, split or template that does not exist.
    """
    _known("config", [config], PLACEMENTS)
    _known("split", splits, SPLITS)
    carriers = list(templates()) if template_ids is None else list(template_ids)
    _known("template", carriers, templates())
    told = [*controls(), *identities()] if who is None else list(who)
    arms: list[tuple[Arm, Identity | None]] = [(REFERENCE, None), (NONE, None), *((arm_of(one), one) for one in told)]
    found = (one for split in splits for one in asked_items(split)) if items is None else iter(items)
    return (
        row(config, one, arm, identity, Cell(template, template))
        for one in found
        for template in carriers
        for arm, identity in arms
    )


def arm_of(one: Identity) -> Arm:
    """Return the arm of an identity, an intersection or an irrelevant attribute."""
    if one.attribute == IRRELEVANT:
        return Arm(f"{PREFIX}{one.identity_id}", "placebo", IRRELEVANT)
    return Arm(one.identity_id, "treatment", one.attribute)


def _known(kind: str, names: Iterable[str], allowed: Iterable[str]) -> None:
    known = tuple(allowed)
    for name in names:
        if name not in known:
            raise UnknownNameError(kind, name, known)
