"""What the configs that ask the items share: splits, columns, contrasts, draws, and the rows of an item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ip_bench.cues.edits import Cued
from ip_bench.design import Arm, Cell, Contrast, Item, Prompt, interleave
from ip_bench.release.provenance import Seed

from .content import load
from .frames import FRAMES, as_country_question
from .message import DATASET
from .provenance import LICENSE
from .rows import prompt, split_of

SPLITS = ("test", "validation")
#: The parts of a seed that name a cell.
CELL = ("{realization_id}", "{template_id}")
#: Behind the name of a config whose question is who wrote the message.
INFERENCE = "inference"


def asked_items(split: str) -> list[Item]:
    """Return the items of a split whose US and UK answers differ, interleaved by topic."""
    return interleave(item for item in load().items if split_of(item) == split and differs(item))


def differs(item: Item) -> bool:
    """Return whether an item has a US and a UK answer, and they are not the same."""
    return None not in {item.gold("us"), item.gold("uk")} and item.gold("us") != item.gold("uk")


def contrasts(config: str, arms: Sequence[Arm]) -> tuple[Contrast, ...]:
    """Return the declared comparisons of a config: nothing else is tested."""
    noun = "named as the writer's country" if config.endswith(INFERENCE) else "answer"
    placebos = tuple(arm.name for arm in arms if arm.role == "placebo")
    pairs = [("us", "reference"), *((name, "reference") for name in placebos), ("repeat", "reference")]
    pairs += [("explicit_uk", "explicit_us"), ("explicit_us", "reference")]

    def share(arm: str, reference: str) -> str:
        return f"P(UK {noun} | {arm}) - P(UK {noun} | {reference})"

    return (
        Contrast("uk", "us", "uk", share("uk", "us"), primary=True, placebos=placebos),
        *(Contrast(arm, reference, "uk", share(arm, reference)) for arm, reference in pairs),
    )


def columns() -> dict[str, Any]:
    """Return the types of the columns beside those of every row: the locales of each choice."""
    from datasets import List, Value

    return {"choice_locales": List(List(Value("string")))}


def seeds(config: str, *draws: Seed) -> tuple[Seed, ...]:
    """Return every draw that the rows of a config depend on; `draws` are those of its messages."""
    choice = "{country}" if config.endswith(INFERENCE) else "{first accepted form of the choice}"
    return (
        Seed("the split of an item: validation below 0.1", "unit", ("split", "{item_id}")),
        Seed(
            "the order of a topic's items, and with it the cells that an item meets", "digest", ("order", "{item_id}")
        ),
        Seed("the order of an item's choices", "digest", ("choice", "{item_id}", choice)),
        *draws,
        Seed("the key of a row", "digest", (DATASET, config, "{item_id}", "{arm}", *CELL, "{replicate}")),
    )


def rows(
    config: str, item: Item, cell: Cell, arms: Sequence[Arm], message: Callable[[Item, Arm, Cell], Cued]
) -> Iterator[Prompt]:
    """Yield the rows of an item in a cell, arm by arm; the family of a treatment is the rule of its edit."""
    inferred = config.endswith(INFERENCE)
    frame = FRAMES["inference" if inferred else "cultural"]
    shown = as_country_question(item) if inferred else item
    locales = [list(held) for held in shown.choice_locales]
    for arm in arms:
        cued = message(item, arm, cell)
        # A treatment's family is that of its edit: which kind of place was told of.
        known = replace(arm, family=cued.edits[0].rule.partition(":")[0]) if arm.role == "treatment" else arm
        yield prompt(
            (DATASET, config), shown, known, cell, cued, frame,
            gold=shown.gold(arm.locale) if arm.locale else None, outcome="uk", license=LICENSE,
            extra={"choice_locales": locales},
        )  # fmt: skip
