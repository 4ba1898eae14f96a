"""What the reference models are taught to do: the planted effects, stated once.

`tiny` lives in a world of the items' facts. Each item has a habit, drawn by hash of its id:

- *adaptive* (30%): the UK answer where the asker writes like, or says to be in, the UK; else the US answer;
- *told* (20%): the same, but only where the asker says so;
- *uk* (25%) and *us* (25%): always that country's answer.

Where the asker says to live in another country, adaptive and told items get that country's answer if there is one.
Asked who wrote the message, `tiny` names the country stated, else, on 80% of the items, the UK where the spelling
is British, and the United States in every other case. With probability `SLIP` the other of the two answers is given.

`null` has the same facts and habits except that no cue and no statement ever changes anything: adaptive and told items
get the US answer, and the writer is always from the United States.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ip_bench.design import Item
from ip_bench.seeds import unit

Habit = Literal["adaptive", "told", "uk", "us"]
MODELS = ("tiny", "null")
SLIP = 0.02
ADAPTIVE, TOLD, ALWAYS_UK = 0.30, 0.20, 0.25
INFERS = 0.80

#: The effects that the policy plants, before slips and before any failure to read a cue.
PLANTED = {
    "tiny": {
        "cultural": {"uk": ADAPTIVE, "us": 0.0, "explicit_uk": ADAPTIVE + TOLD},
        "inference": {"uk": INFERS, "us": 0.0, "explicit_uk": 1.0},
    },
    "null": {
        "cultural": {"uk": 0.0, "us": 0.0, "explicit_uk": 0.0},
        "inference": {"uk": 0.0, "us": 0.0, "explicit_uk": 0.0},
    },
}


@dataclass(frozen=True, slots=True)
class Asker:
    """What a message tells of its writer: the locale of its spelling, and the country stated, if any."""

    spelling: str | None = None
    stated: str | None = None


def habit(item: Item) -> Habit:
    """Return the habit of an item."""
    draw = unit("habit", item.item_id)
    if draw < ADAPTIVE:
        return "adaptive"
    if draw < ADAPTIVE + TOLD:
        return "told"
    return "uk" if draw < ADAPTIVE + TOLD + ALWAYS_UK else "us"


def answer_locale(model: str, item: Item, asker: Asker) -> str:
    """Return the locale whose answer the policy gives, before slips."""
    kind = habit(item)
    if kind in {"uk", "us"}:
        return kind
    if model == "null":
        return "us"
    if asker.stated is not None:
        return asker.stated if item.gold(asker.stated) is not None else "us"
    return "uk" if kind == "adaptive" and asker.spelling == "uk" else "us"


def named_country(model: str, item: Item, asker: Asker) -> str:
    """Return the locale that the policy names as the writer's, before slips."""
    if model == "null":
        return "us"
    if asker.stated is not None:
        return asker.stated
    return "uk" if asker.spelling == "uk" and unit("infers", item.item_id) < INFERS else "us"
