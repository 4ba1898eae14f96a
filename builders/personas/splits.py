"""Which people and which statements are unseen, and the cells of each split."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ip_bench.design import Item, interleave
from ip_bench.errors import UnknownNameError
from ip_bench.seeds import digest, unit

from .provenance import STATEMENTS
from .statements import Statement, statements

#: People and items, people, items, and neither are those that a model has learned from.
SPLITS = ("train", "unseen_people", "unseen_items", "unseen_both")
UNSEEN_PEOPLE = 0.2  # of the people
UNSEEN_ITEMS = 2  # of each topic


def is_unseen(person: str) -> bool:
    """Return whether a person is unseen: a fifth of them, by hash."""
    return unit("split", person) < UNSEEN_PEOPLE


@lru_cache(maxsize=1)
def unseen_items() -> frozenset[str]:
    """Return the ids of the unseen statements: two of each topic, by hash."""
    topics: dict[str, list[str]] = {}
    for one in statements():
        topics.setdefault(one.topic, []).append(one.item_id)
    return frozenset(
        name
        for members in topics.values()
        for name in sorted(members, key=lambda name: digest("split", name))[:UNSEEN_ITEMS]
    )


def side(split: str) -> tuple[bool, bool]:
    """Return whether a split is of unseen people, and whether of unseen items; raises UnknownNameError."""
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    return split in {"unseen_people", "unseen_both"}, split in {"unseen_items", "unseen_both"}


@lru_cache(maxsize=len(SPLITS))
def asked(split: str) -> tuple[Item, ...]:
    """Return the statements of a split in published order: every prefix is balanced over topics."""
    _, unseen = side(split)
    return tuple(interleave(_items(one for one in statements() if (one.item_id in unseen_items()) == unseen)))


def _items(found: Iterable[Statement]) -> list[Item]:
    return [
        Item(
            item_id=one.item_id,
            topic=one.topic,
            question=one.text,
            choices=one.options,
            accepted=tuple((option,) for option in one.options),
            choice_locales=tuple(() for _ in one.options),
            source=STATEMENTS,
        )
        for one in found
    ]
