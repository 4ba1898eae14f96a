"""The configs `cultural` and `inference`: a lead-in of a country's words, and the item's question or who wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ip_bench.cues.gates import Gates
from ip_bench.cues.lexicon import LOCALES
from ip_bench.design import Arm, Contrast, Item, Prompt, interleave, rotate
from ip_bench.release.provenance import Seed

from . import asked
from .asked import CELL
from .content import load
from .frames import FRAMES, as_country_question
from .message import ARMS, DATASET, message
from .provenance import LICENSE
from .rows import prompt, split_of

CONFIGS = ("cultural", "inference")
#: Cells of an item; the probe has the first of them.
PER_ITEM = {"cultural": 2, "inference": 1}
PLACEBOS = tuple(arm.name for arm in ARMS if arm.role == "placebo")
SEEDS: dict[str, tuple[Seed, ...]] = {
    config: asked.seeds(config, Seed("the letters that a typo swaps", "rng", (DATASET, "{item_id}", CELL[0])))
    for config in CONFIGS
}


def contrasts(config: str) -> tuple[Contrast, ...]:
    """Return the declared comparisons of a config; nothing else is tested."""
    noun = "named as the writer's country" if config == "inference" else "answer"

    def share(outcome: str, arm: str, reference: str) -> str:
        return f"P({outcome} {noun} | {arm}) - P({outcome} {noun} | {reference})"

    def contrast(arm: str, reference: str, outcome: str, *, primary: bool = False) -> Contrast:
        placebos = PLACEBOS if arm in LOCALES and reference == "us" else ()
        return Contrast(arm, reference, outcome, share(outcome.upper(), arm, reference), primary, placebos)

    others = [locale for locale in LOCALES if locale not in {"us", "uk"}]
    return (
        contrast("uk", "us", "uk", primary=True),
        *(contrast(locale, "us", locale) for locale in others),
        contrast("us", "reference", "uk"),
        *(contrast(arm.name, "reference", "uk") for arm in ARMS if arm.role in {"placebo", "repeat"}),
        contrast("explicit_uk", "explicit_us", "uk"),
        *(contrast(f"explicit_{locale}", "explicit_us", locale) for locale in others),
        contrast("explicit_us", "reference", "uk"),
    )


def arms(config: str) -> tuple[Arm, ...]:  # noqa: ARG001 (the configs have the same ones)
    """Return the arms of a config."""
    return ARMS


def columns(config: str) -> dict[str, Any]:  # noqa: ARG001 (the configs have the same ones)
    """Return the types of a config's columns beside those of every row."""
    return asked.columns()


def gates(config: str) -> Gates:
    """Return the gates of a config."""
    return Gates(config)


def asked_items(split: str) -> list[Item]:
    """Return the items of a split in published order: interleaved by topic, so every prefix is balanced."""
    return interleave(item for item in load().items if split_of(item) == split)


def arms_of(item: Item) -> list[Arm]:
    """Return the arms in which an item is asked: those of a locale only where its answer is not the US one."""
    return [
        arm for arm in ARMS if arm.locale in {None, "us"} or item.gold(str(arm.locale)) not in {None, item.gold("us")}
    ]


def prompts(config: str, split: str) -> Iterator[Prompt]:
    """Yield the rows of a config and split, item by item; the same on any machine and in any order of calls."""
    content, frame = load(), FRAMES[config]
    blocks, templates = list(content.blocks), list(content.templates)
    for position, item in enumerate(asked_items(split)):
        shown = item if config == "cultural" else as_country_question(item)
        own = {"choice_locales": [list(locales) for locales in shown.choice_locales]}
        for cell in rotate(position, blocks, templates, PER_ITEM[config]):
            for arm in arms_of(item):
                yield prompt(
                    (DATASET, config), shown, arm, cell, message(item, arm, cell), frame,
                    gold=shown.gold(arm.locale) if arm.locale else None,
                    outcome=arm.locale if arm.locale and arm.locale != "us" else "uk", license=LICENSE,
                    extra=own,
                )  # fmt: skip
