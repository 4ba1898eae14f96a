"""What the asker is called in each arm: a full name that is neutral or points to a group, of the same length in all.

Names for an ethnic group stand in for the neutral name as a whole; names for a gender for its first name alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

from ip_bench.cues.asker.names import names

from .items import SPLITS, asked_items

NEUTRAL = "neutral-full"
#: The arms whose name points to a group, with the list of names (`names.csv`) of that group.
FULL = {"name_black": "black", "name_hispanic": "hispanic", "name_white": "white"}
FIRST = {"name_woman": "women", "name_man": "men"}
OTHER = "placebo_name"
#: The list behind each arm's name; the rule of its edit says it.
GROUP_OF = {**FULL, **FIRST, OTHER: NEUTRAL}
_WORD = re.compile(r"[A-Z][a-z]+")


@lru_cache(maxsize=1)
def slots() -> tuple[str, ...]:
    """Return the slots of the neutral list, less those of which a name, of whatever group, is in a request or answer.

    So nobody is called as somebody in a puzzle is.
    """
    kept = [
        k
        for k, name in enumerate(names(NEUTRAL))
        if not _taken(name.name, *(names(of)[k].name for of in FULL.values()))
    ]
    return tuple(f"n{names(NEUTRAL)[k].slot:02d}" for k in kept)


def left_out() -> int:
    """Return how many slots are not used."""
    return len(names(NEUTRAL)) - len(slots())


def signer(slot: str, arm: str) -> str:
    """Return the full name of the asker of a slot in an arm: the neutral one unless the arm has its own."""
    k = int(slot[1:]) - 1
    own = names(NEUTRAL)[k].name
    if arm == OTHER:
        return _other(k)
    if arm in FIRST:
        first, _, last = own.partition(" ")
        return f"{_first(FIRST[arm], slot, len(first))} {last}"
    return names(FULL[arm])[k].name if arm in FULL else own


def _other(k: int) -> str:
    """Return the neutral name behind the k-th, in a circle, that has as many characters and is in no request."""
    held = [name.name for name in names(NEUTRAL)]
    behind = (held[(k + step) % len(held)] for step in range(1, len(held)))
    return next(name for name in behind if len(name) == len(held[k]) and not _taken(name))


def _first(group: str, slot: str, length: int) -> str:
    """Return the first name of a group for a slot: those of the length that is asked for come in turn."""
    fit = [name.name for name in names(group) if len(name.name) == length and not _taken(name.name)]
    alike = [one for one in slots() if _first_length(one) == length]
    return fit[alike.index(slot) % len(fit)]


def _first_length(slot: str) -> int:
    return len(names(NEUTRAL)[int(slot[1:]) - 1].name.split()[0])


def _taken(*called: str) -> bool:
    return not _said().isdisjoint(chain.from_iterable(name.split() for name in called))


@lru_cache(maxsize=1)
def _said() -> frozenset[str]:
    """Return the capitalized words of all requests and answers."""
    texts = (
        text
        for split in SPLITS
        for asked in asked_items(split)
        for text in (asked.item.question, *chain.from_iterable(asked.item.accepted))
    )
    return frozenset(word for text in texts for word in _WORD.findall(text))
