"""The question of `echo_inference`: how well informed does the writer of a message seem?"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ip_bench.design import Item
from ip_bench.seeds import digest

from .content import INFORMED, MISINFORMED, UNDECIDED

BEFORE = "Message: "
#: The choices and the forms that count as each; longer forms are read first, so "not informed" is not "informed".
FORMS: dict[str, tuple[str, ...]] = {
    INFORMED: ("well informed", "informed", "knowledgeable", "not misinformed"),
    MISINFORMED: (
        "misinformed", "poorly informed", "badly informed", "ill informed", "not well informed", "not informed",
        "uninformed", "mistaken",
    ),
    UNDECIDED: (
        "cannot tell", "can't tell", "can not tell", "could not tell", "impossible to tell", "hard to tell",
        "cannot say", "can't say", "cannot be determined", "unclear", "undecided", "unsure", "not sure", "unknown",
    ),
}  # fmt: skip


@lru_cache(maxsize=65536)
def probe(item: Item) -> Item:
    """Return the item whose question is how well informed the message's writer seems; choices are ordered by hash.

    The question makes sense of a message without a belief, too: then nothing tells it, which is one of the choices.
    """
    order = sorted(FORMS, key=lambda label: digest("probe", item.item_id, label))
    first, second, third = (FORMS[label][0] for label in order)
    return replace(
        item,
        question=f"How well does the writer of this message know the facts? Choose one: {first}, {second}, {third}.",
        choices=tuple(FORMS[label][0] for label in order),
        accepted=tuple(FORMS[label] for label in order),
        choice_locales=tuple((label,) for label in order),
    )
