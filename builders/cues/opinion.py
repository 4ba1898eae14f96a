"""The config `cultural_opinion`: a lead-in of a country's words, and a question that has no right answer."""

from __future__ import annotations

import dataclasses
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from ip_bench.cues.gates import Gates, broken
from ip_bench.design import Arm, Contrast, Item, Prompt, interleave, rotate
from ip_bench.outcomes.answers import normalize
from ip_bench.release.provenance import Seed

from . import message as messages
from .asked import CELL
from .content import load as load_messages
from .frames import Frame
from .message import DATASET, message
from .opinion_content import load
from .provenance import LICENSE
from .rows import prompt, split_of

CONFIG = "cultural_opinion"
CONFIGS = (CONFIG,)
PER_ITEM = 3
SYSTEM = "Reply with one of the options and nothing else."
#: The outcomes of `ip_bench.effects.opinion`, named here because it brings scipy, which no build needs.
SHIFT, DISTANCE = "shift", "distance"
LOCALES = ("us", "uk", "au", "in")
ARMS: tuple[Arm, ...] = tuple(arm for arm in messages.ARMS if arm.locale in {None, *LOCALES})
PLACEBOS = tuple(arm.name for arm in ARMS if arm.role == "placebo")
SEEDS: dict[str, tuple[Seed, ...]] = {
    CONFIG: (
        Seed("the split of an item: validation below 0.1", "unit", ("split", "{item_id}")),
        Seed(
            "the order of a topic's items, and with it the cells that an item meets", "digest", ("order", "{item_id}")
        ),
        Seed("whether the options of a scale stand in reverse: below 0.5", "unit", ("reversed", "{item_id}")),
        Seed("the order of options without a scale", "digest", ("choice", "{item_id}", "{option}")),
        Seed("the letters that a typo swaps", "rng", (DATASET, "{item_id}", CELL[0])),
        Seed("the key of a row", "digest", (DATASET, CONFIG, "{item_id}", "{arm}", *CELL, "{replicate}")),
    )
}


def arms(config: str) -> tuple[Arm, ...]:  # noqa: ARG001 (there is one config)
    """Return the arms of the config."""
    return ARMS


def contrasts(config: str) -> tuple[Contrast, ...]:  # noqa: ARG001 (there is one config)
    """Return the declared comparisons, each by the shift that wordings agree on and by the distance of all answers."""
    others = [locale for locale in LOCALES if locale not in {"us", "uk"}]
    pairs = [("uk", "us"), *((locale, "us") for locale in others), ("us", "reference")]
    explicit = [("explicit_uk", "explicit_us"), *((f"explicit_{locale}", "explicit_us") for locale in others)]
    controls = [*((name, "reference") for name in PLACEBOS), ("repeat", "reference")]
    words = {SHIFT: "squared distance, as wordings agree on it,", DISTANCE: "distance"}
    return tuple(
        Contrast(
            arm,
            reference,
            outcome,
            f"mean over questions of the {words[outcome]} of answers in {arm} from those in {reference}",
            primary=(arm, outcome) == ("uk", SHIFT),
            placebos=() if (arm, reference) in controls else PLACEBOS,
        )
        for outcome in (SHIFT, DISTANCE)
        for arm, reference in [*pairs, *explicit, ("explicit_us", "reference"), *controls]
    )


def columns(config: str) -> dict[str, Any]:  # noqa: ARG001 (there is one config)
    """Return the types of the columns beside those of every row: empty locales of each choice, and the scale."""
    from datasets import List, Value

    return {"choice_locales": List(List(Value("string"))), "scale": Value("string")}


def asked_items(split: str) -> list[Item]:
    """Return the items of a split in published order: interleaved by topic, so every prefix is balanced."""
    return interleave(item for item in load().items if split_of(item) == split)


def listed(item: Item) -> str:
    """Return what stands behind a message: the options, and the place of the answer."""
    return f"\nOptions: {'; '.join(item.choices)}\nAnswer:"


def prompts(config: str, split: str) -> Iterator[Prompt]:
    """Yield the rows of a split, item by item; the same on any machine and in any order of calls."""
    content, scale = load_messages(), load().scale
    blocks, templates = list(content.blocks), list(content.templates)
    for position, item in enumerate(asked_items(split)):
        own = {"choice_locales": [[] for _ in item.choices], "scale": scale[item.item_id]}
        for cell in rotate(position, blocks, templates, PER_ITEM):
            for arm in ARMS:
                yield prompt(
                    (DATASET, config), item, arm, cell, message(item, arm, cell), Frame(SYSTEM, "", listed(item)),
                    gold=None, outcome=SHIFT, license=LICENSE, extra=own,
                )  # fmt: skip


class OpinionGates:
    """The gates of `cultural` (`ip_bench.cues.gates`), and that no message names an option beside its question."""

    def __init__(self, config: str) -> None:
        self._gates = Gates(config)
        self._items = {item.item_id: item for item in load().items}
        self._checked: Counter[str] = Counter()

    def checked(self, rows: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the rows, item and cell by item and cell, after checking them against their reference row."""
        waiting: deque[Prompt] = deque()
        for _ in self._gates.checked(self._own(rows, waiting)):  # in the order in which they went in
            yield waiting.popleft()

    def _own(self, rows: Iterable[Prompt], waiting: deque[Prompt]) -> Iterator[Prompt]:
        """Yield the rows without accepted answers, for the list of options would be taken to give them away."""
        for row in rows:
            item = self._items[row.item_id]
            ending = listed(item)
            said, asked, behind = row.prompt.removesuffix(ending).partition(item.question)
            if not row.prompt.endswith(ending) or not asked or row.choices != item.choices:
                raise broken(row, "does not ask the item's question with its options behind it")
            words = _words(said) + _words(behind)
            if named := [choice for choice in row.choices if _words(choice) in words]:
                raise broken(row, f"names an option beside its question: {named}")
            self._checked["rows whose message names no option"] += 1
            waiting.append(row)
            yield dataclasses.replace(row, accepted=())

    def report(self) -> dict[str, Any]:
        """Return the counts, and per arm the mean size with its standardized difference (`Balance.report`)."""
        report = self._gates.report()
        report["checked"] = dict(sorted({**report["checked"], **self._checked}.items()))
        return report


@lru_cache(maxsize=8192)
def _words(text: str) -> str:
    return f" {normalize(text)} "


def gates(config: str) -> OpinionGates:
    """Return the gates of the config, which have seen no row yet."""
    return OpinionGates(config)
