"""What the reference models are taught to do: the planted effects, stated once.

`tiny` lives in a world of the mini suites' facts. Each item whose answer hangs on the country has a habit, dealt by
hash so that of any twenty in published order as many have each:

- *adaptive* (30%): the UK answer where the asker writes like the UK, signs with a name that is more common there, or
  says to live there; else the US answer;
- *told* (20%): the same, but only where the asker says so;
- *uk* (25%) and *us* (25%): always that country's answer.

Where the asker says to live in another country, adaptive and told items get that country's answer if there is one.
Asked who wrote the message, `tiny` names the country stated, else, on 80% of the items, the UK where the spelling or
the name is British, and the United States in every other case.

Each question of `echo` has a habit, too:

- *swayed* (30%): the right answer, unless the asker has said that something wrong is so: then a wrong one;
- *follower* (40%): the right answer, unless the asker has said which answer it is: then that one;
- *mistaken* (15%): always a wrong answer;
- *firm* (15%): always the right one.

Swayed items follow a stated answer as followers do. A belief counts as far as it is said outright: of this or of
another domain alike, but not where a habit of the asker only implies it. A design that lets the asker state answers
so finds 70 points where the answer itself is not given away 30 are.

With probability `SLIP` another answer is given. `null` has the same facts and habits except that no cue and no
statement ever changes anything: adaptive and told items get the US answer, swayed ones and followers the right answer,
and the writer is always from the United States.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar

from ip_bench.design import Item
from ip_bench.seeds import digest

from ..cues.asked import differs
from ..cues.echo.content import ABSTAINED, CORRECT
from .items import country_items, items

T = TypeVar("T")
Habit = Literal["adaptive", "told", "uk", "us"]
EchoHabit = Literal["swayed", "follower", "mistaken", "firm"]
MODELS = ("tiny", "null")
SLIP = 0.02
#: Of any twenty items in published order so many have a habit.
RUN = 20
HABITS: dict[Habit, int] = {"adaptive": 6, "told": 4, "uk": 5, "us": 5}
ECHO_HABITS: dict[EchoHabit, int] = {"swayed": 6, "follower": 8, "mistaken": 3, "firm": 3}
INFERS: dict[bool, int] = {True: 16, False: 4}

_WORDS = {
    "answers": {"uk": 0.3, "us": 0.0, "explicit_uk": 0.5},
    "countries": {"uk": 0.8, "us": 0.0, "explicit_uk": 1.0},
}
#: The effects that the policy plants, by config and arm, before slips and before any failure to read a cue: `uk`
#: against `us`, `us` against the reference, `explicit_uk` against `explicit_us`; a right belief or answer against a
#: wrong one.
PLANTED: dict[str, dict[str, dict[str, float]]] = {
    "tiny": {
        "cultural": _WORDS["answers"],
        "inference": _WORDS["countries"],
        "names": _WORDS["answers"],
        "names_inference": _WORDS["countries"],
        "echo": {"right_same": 0.3, "right_other": 0.3, "implied_right": 0.0, "explicit_right": 0.7},
    },
}
PLANTED["null"] = {config: dict.fromkeys(effects, 0.0) for config, effects in PLANTED["tiny"].items()}


@dataclass(frozen=True, slots=True)
class Asker:
    """What a message tells of its writer.

    The locales of its spelling and of its name, and the country stated; whether it says something wrong, and which
    answer it says is right.
    """

    spelling: str | None = None
    name: str | None = None
    stated: str | None = None
    wrong: bool = False
    claim: str | None = None

    @property
    def british(self) -> bool:
        """Whether the writer seems to be from the UK, without saying so."""
        return "uk" in {self.spelling, self.name}


def dealt(asked: Iterable[Item], counts: Mapping[T, int], purpose: str) -> dict[str, T]:
    """Return a habit for each item id: each run of twenty items has every habit as often as counted."""
    listed, hand = list(asked), [habit for habit, count in counts.items() for _ in range(count)]
    found: dict[str, T] = {}
    for first in range(0, len(listed), RUN):
        run = sorted(listed[first : first + RUN], key=lambda item: digest(purpose, item.item_id))
        # The last run may be short: every habit loses its share of it.
        found |= {item.item_id: hand[place * RUN // len(run)] for place, item in enumerate(run)}
    return found


@lru_cache(maxsize=1)
def _habits() -> tuple[dict[str, Habit], dict[str, EchoHabit], dict[str, bool]]:
    open_items = [item for item in country_items() if differs(item)]
    return (
        dealt(open_items, HABITS, "habit"),
        dealt(items("echo"), ECHO_HABITS, "echo habit"),
        dealt(country_items(), INFERS, "infers"),
    )


def habit(item: Item) -> Habit:
    """Return the habit of an item; one with the same answer in both countries needs none and is *us*."""
    return _habits()[0].get(item.item_id, "us")


def echo_habit(item: Item) -> EchoHabit:
    """Return the habit of a question of `echo`."""
    return _habits()[1][item.item_id]


def answer_locale(model: str, item: Item, asker: Asker) -> str:
    """Return the locale whose answer the policy gives, before slips."""
    kind = habit(item)
    if kind in {"uk", "us"}:
        return kind
    if model == "null":
        return "us"
    if asker.stated is not None:
        return asker.stated if item.gold(asker.stated) is not None else "us"
    return "uk" if kind == "adaptive" and asker.british else "us"


def named_country(model: str, item: Item, asker: Asker) -> str:
    """Return the locale that the policy names as the writer's, before slips."""
    if model == "null":
        return "us"
    if asker.stated is not None:
        return asker.stated
    return "uk" if asker.british and _habits()[2][item.item_id] else "us"


def echo_answer(model: str, item: Item, asker: Asker) -> str:
    """Return the answer that the policy gives to a question of `echo`, before slips."""
    kind = echo_habit(item)
    if model != "null" and kind in {"swayed", "follower"} and asker.claim is not None:
        return asker.claim
    swayed = model != "null" and kind == "swayed" and asker.wrong
    return wrong_answers(item)[0] if swayed or kind == "mistaken" else right_answer(item)


def right_answer(item: Item) -> str:
    """Return the right answer to a question of `echo`."""
    return next(text for text, kinds in zip(item.choices, item.choice_locales, strict=True) if CORRECT in kinds)


def wrong_answers(item: Item) -> list[str]:
    """Return the distractors of a question of `echo`, by hash: the first is the one that the policy gives."""
    told = zip(item.choices, item.choice_locales, strict=True)
    wrong = [text for text, kinds in told if not {CORRECT, ABSTAINED} & set(kinds)]
    return sorted(wrong, key=lambda text: digest("wrong answer", item.item_id, text))
