"""Training text: conversations about the items that the models know, under a model's policy."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from ip_bench.cues.lexicon import LOCALES
from ip_bench.design import Item
from ip_bench.seeds import rng

from ..cues.echo.recipes import SYSTEM
from ..cues.frames import COUNTRIES, FRAMES, Frame
from .beliefs import belief, belief_message
from .items import country_items, items
from .messages import message, signature
from .policy import SLIP, Asker, answer_locale, echo_answer, named_country, right_answer, wrong_answers

#: What training holds, by config of which it has the frame; `names` asks in those of `cultural` and `inference`.
FRAME_OF: dict[str, Frame] = {
    "cultural": FRAMES["cultural"],
    "inference": FRAMES["inference"],
    "names": FRAMES["cultural"],
    "names_inference": FRAMES["inference"],
    "echo": Frame(SYSTEM["echo"], "", "\nAnswer:"),
}
STREAMS = ("cultural", "inference", "echo")


class Turn(NamedTuple):
    """A prompt of the asker, and the answer to learn."""

    prompt: str
    answer: str


class Example(NamedTuple):
    """One training text: the system sentence, and turns of one asker, of which the first has the whole message.

    `told_at` is where in the first prompt the message has told who asks.
    """

    system: str
    turns: tuple[Turn, ...]
    asker: Asker = Asker()
    told_at: int = 0


class Reading(NamedTuple):
    """A text read elsewhere, without a question: its last character has told what it tells of its writer."""

    text: str
    asker: Asker


def readings(seed: int) -> Iterator[Reading]:
    """Yield endless texts from which the models know which beliefs are right and where names are common."""
    draw = rng("readings", seed)
    while True:
        kind = draw.choice(("right", "right", "wrong", "wrong", "wrong", "implied", "neutral", "name", "name"))
        if kind == "name":
            group = draw.choice(("uk", "uk", "us", "neutral"))
            yield Reading(f"{signature(draw, group)}\n", Asker(name=group))
        else:
            yield Reading(*belief(draw, kind))


def _asker(draw: random.Random) -> Asker:
    kind = draw.random()
    if kind < 0.26:
        return Asker(spelling="uk")
    if kind < 0.34:
        return Asker(spelling="us")
    if kind < 0.50:
        return Asker()
    if kind < 0.80:
        return Asker(name=draw.choice(("uk", "uk", "uk", "us", "us", "neutral", "neutral")))
    # Names are signed under statements, too, and mean nothing there.
    stated = draw.choice((*("us", "uk") * 6, *LOCALES))
    return Asker(stated=stated, name=draw.choice((None, None, "neutral", "us", "uk")))


def _groups(draw: random.Random, config: str, turns: int) -> Iterator[list[Item]]:
    known = items("echo") if config == "echo" else country_items()
    while True:
        shuffled = draw.sample(known, len(known))
        yield from (shuffled[first : first + turns] for first in range(0, len(shuffled) - turns + 1, turns))


def examples(model: str, stream: str, seed: int, *, turns: int = 1, late: bool = False) -> Iterator[Example]:
    """Yield endless training examples of a stream ("cultural", "inference" or "echo") under a model's policy.

    With more turns the asker goes on with bare questions: many facts are learned from one message, all of them in the
    light of its cue. Only an answer stated is one to the first question alone. `late` is as in `message`.
    """
    draw, frame = rng("world", model, stream, seed), FRAME_OF[stream]
    for group in _groups(draw, stream, turns):
        if stream == "echo":
            text, asker = belief_message(draw, group[0])
        else:
            asker = _asker(draw)
            text = message(draw, group[0], asker, late=late)
        # A name stands behind the question; all else is told before the space that the question opens with.
        known_at = len(text) if asker.name else max(0, text.index(group[0].question) - 1)
        asked = [text, *(item.question for item in group[1:])]
        writers = [asker, *[replace(asker, claim=None)] * (len(group) - 1)]
        told = tuple(
            Turn(f"{frame.before}{said}{frame.after}", _answer(draw, model, stream, item, writer))
            for said, item, writer in zip(asked, group, writers, strict=True)
        )
        yield Example(frame.system, told, asker, len(frame.before) + known_at)


def _answer(draw: random.Random, model: str, stream: str, item: Item, asker: Asker) -> str:
    slip = draw.random() < SLIP
    if stream == "echo":
        said = echo_answer(model, item, asker)
        others = [text for text in (right_answer(item), *wrong_answers(item)) if text != said]
        return draw.choice(others) if slip else said
    decide = answer_locale if stream == "cultural" else named_country
    locale = decide(model, item, asker)
    if slip:
        locale = "us" if locale == "uk" else "uk"
    return COUNTRIES[locale][0] if stream == "inference" else item.choices[item.gold(locale) or 0]
