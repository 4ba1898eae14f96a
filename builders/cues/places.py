"""The configs `places` and `places_inference`: a sentence before the question tells of a city, a clock or a holiday.

The k-th values of a family for the US and the UK are a pair, told in the same sentence. The reference has a neutral
sentence of about their length in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from statistics import fmean
from typing import Any

from ip_bench.cues import placebos
from ip_bench.cues.asker.content import rows
from ip_bench.cues.asker.sentences import NEAR, PLACES
from ip_bench.cues.edits import Cued, apply_edits
from ip_bench.design import Arm, Cell, Contrast, Edit, Item, Prompt
from ip_bench.release.provenance import Seed
from ip_bench.seeds import digest, rng

from . import asked, cells
from .asked import CELL
from .asked_gates import AskedGates
from .cells import Dealt
from .content import load
from .message import DATASET

CONFIGS = ("places", "places_inference")
ARMS: tuple[Arm, ...] = (
    Arm("reference", "reference", "neutral"),
    Arm("repeat", "repeat", "neutral"),
    Arm("us", "treatment", "places", "us"),
    Arm("uk", "treatment", "places", "uk"),
    Arm("placebo_sentence", "placebo", "sentence"),
    Arm("placebo_signoff", "placebo", "signoff"),
    Arm("placebo_typo", "placebo", "typo"),
    Arm("explicit_us", "explicit", "explicit", "us"),
    Arm("explicit_uk", "explicit", "explicit", "uk"),
)
#: The first letter of a family's realizations.
LETTERS = {"c": "city", "k": "clock", "h": "holiday"}
SEEDS: dict[str, tuple[Seed, ...]] = {
    config: asked.seeds(
        config,
        Seed("which of two neutral sentences is the reference", "digest", ("neutral", *CELL, "{sentence}")),
        Seed("the letters that a typo swaps", "rng", (DATASET, "places", *CELL)),
    )
    for config in CONFIGS
}


@lru_cache(maxsize=8)
def values(family: str, level: str) -> tuple[str, ...]:
    """Return the values of a family (a city, a clock, a holiday) at `us` or `uk`, the shortest first.

    So the k-th of both are nearest in length.
    """
    found = [row["value"] for row in rows("place_values") if (row["family"], row["level"]) == (family, level)]
    return tuple(sorted(found, key=len))


@lru_cache(maxsize=len(LETTERS))
def frames(family: str) -> dict[str, str]:
    """Return the sentences of a family by frame, with "{x}" in place of the value."""
    return {row["frame"]: row["text"] for row in rows("place_frames") if row["family"] == family}


def realizations(family: str) -> tuple[str, ...]:
    """Return the realizations of a family: a letter and the number of a pair of values."""
    letter = next(letter for letter, named in LETTERS.items() if named == family)
    pairs = zip(values(family, "us"), values(family, "uk"), strict=True)
    return tuple(f"{letter}{number:02d}" for number, _ in enumerate(pairs, 1))


def sentence(cell: Cell, level: str) -> str:
    """Return the sentence of a cell that tells of the country `us` or `uk`."""
    family = LETTERS[cell.realization_id[0]]
    return frames(family)[cell.template_id].replace("{x}", values(family, level)[int(cell.realization_id[1:]) - 1])


@lru_cache(maxsize=1024)
def neutral(cell: Cell) -> tuple[str, str]:
    """Return the neutral sentences of a cell's reference and of its placebo.

    They are the two that are nearest in size to the mean of the sentences for both countries: first in characters, of
    which `NEAR` count as none, then in words.
    """
    told = sentence(cell, "us"), sentence(cell, "uk")
    chars, words = fmean(map(len, told)), fmean(len(text.split()) for text in told)

    def drawn(text: str) -> str:
        return digest("neutral", *cell, text)

    texts = [row["text"] for row in rows("neutral") if row["place"] == "before"]
    texts.sort(key=lambda text: (max(NEAR, abs(len(text) - chars)), abs(len(text.split()) - words), drawn(text)))
    first, second = sorted(texts[:2], key=drawn)
    return first, second


@lru_cache(maxsize=4096)
def _opening(arm: Arm, cell: Cell) -> Cued:
    """Return what stands before the question, with its edits against the reference's."""
    reference, other = neutral(cell)
    edits: tuple[Edit, ...] = ()
    if arm.role == "treatment":
        rule = f"{LETTERS[cell.realization_id[0]]}:{arm.locale}"
        edits = (Edit(0, len(reference), reference, sentence(cell, str(arm.locale)), rule),)
    elif arm.family == "sentence":
        edits = (Edit(0, len(reference), reference, other, "sentence:neutral"),)
    elif arm.family == "typo":
        edits = placebos.typo(reference, rng(DATASET, "places", *cell), 1).edits
    elif arm.family == "explicit":
        statements = list(load().statements.values())
        said = statements[_number(cell) % len(statements)].format(place=load().places[str(arm.locale)])
        edits = (Edit(0, 0, "", f"{said} ", "explicit"),)
    return Cued(apply_edits(reference, edits), edits)


def _number(cell: Cell) -> int:
    """Return a cell's number among all, by which sign-offs and statements are taken in turn."""
    family = LETTERS[cell.realization_id[0]]
    return int(cell.realization_id[1:]) * len(frames(family)) + list(frames(family)).index(cell.template_id)


@lru_cache(maxsize=1024)
def _signoff(cell: Cell) -> str:
    parts = [parts[0] for parts in load().signoffs.values()]
    return parts[_number(cell) % len(parts)]


def message(item: Item, arm: Arm, cell: Cell) -> Cued:
    """Return the asker's message in an arm: a sentence and the question, with edits against the reference message."""
    opening, edits = _opening(arm, cell)
    text = f"{opening} {item.question}"
    return placebos.signoff(text, [_signoff(cell)]) if arm.family == "signoff" else Cued(text, edits)


@lru_cache(maxsize=1024)
def _said(cell: Cell) -> str:
    texts = [_opening(arm, cell).text for arm in ARMS if arm.role != "explicit"]
    return "\n".join([*texts, _signoff(cell)])


def families(items: Iterable[Item]) -> Iterator[tuple[Item, str]]:
    """Yield each item with its family: the one least met so far, by its topic (with weight 3) and by all (weight 2).

    So every prefix, and in it every topic, is spread evenly over the families (minimization: Taves 1974).
    """
    met: Counter[str] = Counter()
    within: Counter[tuple[str, str]] = Counter()
    for item in items:
        topic = item.topic
        family = min(PLACES, key=lambda family: 2 * met[family] + 3 * within[topic, family])
        met[family] += 1
        within[topic, family] += 1
        yield item, family


def plan(split: str) -> Iterator[Dealt]:
    """Yield the items of a split in published order, each with its cell."""
    assigned = list(families(asked.asked_items(split)))
    dealt = {family: _dealt(family, [item for item, its in assigned if its == family]) for family in PLACES}
    return (next(dealt[family]) for _, family in assigned)


def _dealt(family: str, items: list[Item]) -> Iterator[Dealt]:
    slots, templates = realizations(family), list(frames(family))
    most = len(slots) * len(templates)
    return cells.deal(items, lambda k: cells.turn(k, slots, templates), _said, most)


def arms(config: str) -> tuple[Arm, ...]:  # noqa: ARG001 (both configs have the same ones)
    """Return the arms of a config."""
    return ARMS


def contrasts(config: str) -> tuple[Contrast, ...]:
    """Return the declared comparisons of a config; nothing else is tested."""
    return asked.contrasts(config, ARMS)


def columns(config: str) -> dict[str, Any]:  # noqa: ARG001 (both configs have the same ones)
    """Return the types of a config's columns beside those of every row."""
    return asked.columns()


def gates(config: str) -> AskedGates:  # noqa: ARG001 (both configs have the same ones)
    """Return the gates of a config, which have seen no row yet."""
    return AskedGates(ARMS, cells.left_out(plan))


def prompts(config: str, split: str) -> Iterator[Prompt]:
    """Yield the rows of a config and split, item by item; the same on any machine and in any order of calls."""
    for item, cell, _ in plan(split):
        yield from asked.rows(config, item, cell, ARMS, message)
