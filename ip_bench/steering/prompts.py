"""What a model reads: a statement with its options, and what may stand before it about the person who answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ip_bench.cohorts.answers import Group, Item
from ip_bench.errors import UnknownNameError

Pairs = Iterable[tuple[Item, int]]


def _plain(item: Item) -> str:
    *first, last = item.options
    return f"Statement: {item.text or item.item_id}\nAnswer ({', '.join(first)} or {last}):"


def _survey(item: Item) -> str:
    """Return what the dataset ip-personas asks of a person of whom nothing is told."""
    return "\n\n".join([
        "In a survey, a person says how far they agree with statements.",
        f'This person was given the statement:\n"{item.text or item.item_id}"',
        f"Options: {'; '.join(item.options)}.",
        "Which option did this person choose? Say one of the options and nothing else.",
        "Answer:",
    ])  # fmt: skip


WORDINGS: Mapping[str, Callable[[Item], str]] = {"plain": _plain, "survey": _survey}


def question(item: Item, wording: str = "plain") -> str:
    """Return the prompt of an item; its choices follow as `choices(item)`.

    Raises:
        UnknownNameError: for another wording than `plain` and `survey`.
    """
    if wording not in WORDINGS:
        raise UnknownNameError("wording", wording, WORDINGS)
    return WORDINGS[wording](item)


def choices(item: Item) -> list[str]:
    """Return what a model says to give each option, with the space before it."""
    return [f" {option}" for option in item.options]


def answered(pairs: Pairs, wording: str = "plain") -> str:
    """Return items with the options given, in the form in which the next item is asked."""
    return "".join(f"{question(item, wording)}{choices(item)[code]}\n\n" for item, code in pairs)


def demographics(groups: Iterable[Group], person: int) -> str:
    """Return what is known of a person besides the answers; empty where nothing is."""
    known = [f"{each.name} {each.levels[each.codes[person]]}" for each in groups if each.codes[person] >= 0]
    return f"About the person: {', '.join(known)}.\n\n" if known else ""


def cohort(pairs: Pairs, wording: str = "plain") -> str:
    """Return a cohort described by the options that tell it from the rest; empty where there are none."""
    text = answered(pairs, wording)
    return f"People like this person say:\n\n{text}" if text else ""
