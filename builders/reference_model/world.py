"""Training text: the items' questions in messages whose words and sentences the dataset never uses."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from ip_bench.cues import placebos
from ip_bench.cues.lexicon import LOCALES, read_lexicon
from ip_bench.design import Item
from ip_bench.seeds import rng

from ..cues.content import load
from ..cues.recipes import COUNTRIES, FRAMES
from .policy import SLIP, Asker, answer_locale, named_country

_THANKS = ("Thanks.", "Thank you!", "Thanks so much.", "Hope to hear from you.", "Please let me know.", "Talk soon.",
           "Any thoughts are useful.", "I will wait for news.", "Much obliged.", "Sorry to bother you.")  # fmt: skip
_CLOSINGS = ("Best,", "All the best,", "Kind regards,", "Sincerely,", "Yours,", "Take care,", "Many thanks,", "Bye,")
_INITIALS = "FIOQUVWXYZ"
_NOUNS = [
    "plan",
    "letter",
    "box",
    "page",
    "room",
    "list",
    "chair",
    "song",
    "picture",
    "table",
    "story",
    "bag",
    "door",
    "shirt",
    "garden",
    "window",
    "book",
    "note",
]


class Turn(NamedTuple):
    """A prompt of the asker, and the answer to learn."""

    prompt: str
    answer: str


class Example(NamedTuple):
    """One training text: the system sentence, and turns of one asker, of which the first has the whole message."""

    system: str
    turns: tuple[Turn, ...]


class Words(NamedTuple):
    """Slot fillers: phrases in US spelling, the same in UK spelling, and neutral ones."""

    us: tuple[str, ...]
    uk: tuple[str, ...]
    neutral: tuple[str, ...]


def _lines(name: str) -> list[dict[str, str]]:
    text = (resources.files(__package__) / "content" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@lru_cache(maxsize=1)
def held_out() -> tuple[frozenset[str], frozenset[str]]:
    """Return what training must not contain: stems of the blocks' spelling words, and all words of the blocks."""
    stems, whole = set(), set()
    for slots in load().blocks.values():
        for slot in slots:
            for form in (slot.neutral, slot.synonym, *slot.forms.values()):
                whole |= set(re.findall(r"[a-z]+", form.lower()))
            if slot.kind == "spelling":
                stems |= {slot.forms[locale][:5] for locale in ("us", "uk")}
    return frozenset(stems), frozenset(whole)


def allowed(text: str) -> bool:
    """Return whether a training filler shares no word with the dataset's blocks and no stem with their spelling."""
    stems, whole = held_out()
    return not any(word in whole or any(stem in word for stem in stems) for word in re.findall(r"[a-z]+", text.lower()))


@lru_cache(maxsize=1)
def words() -> Words:
    """Return the fillers: spelling pairs outside the blocks, set in small phrases, and neutral phrases."""
    us, uk = [], []
    for number, concept in enumerate(read_lexicon("spelling")):
        for a, b in zip(concept.forms["us"], concept.forms["uk"], strict=True):
            if a == b or not (allowed(a) and allowed(b)):
                continue
            noun = _NOUNS[number % len(_NOUNS)]
            noun_like = "n" in concept.pos and a in concept.forms["us"][:2]
            frame = ("the {}", "my {}", "some {}", "that {}")[number % 4] if noun_like else f"the {{}} {noun}"
            us.append(frame.format(a))
            uk.append(frame.format(b))
    asked = sorted({word for item in load().items for word in re.findall(r"\b[a-z]{4,}\b", item.question)})
    neutral = [line["phrase"] for line in _lines("train_words")] + [f"the {word}" for word in asked]
    return Words(tuple(us), tuple(uk), tuple(phrase for phrase in neutral if allowed(phrase)))


@lru_cache(maxsize=1)
def _sentences() -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(line["text"] for line in _lines("train_templates")),
        tuple(line["text"] for line in _lines("train_explicit")),
    )


def _lead_in(draw: random.Random, spelling: str | None) -> str:
    known = words()
    chosen = draw.sample(known.neutral, 3)
    if spelling is not None:
        pool = known.uk if spelling == "uk" else known.us
        for place in draw.sample(range(3), draw.choice((1, 2, 2, 3))):
            chosen[place] = draw.choice(pool)
    text = draw.choice(_sentences()[0])
    for place, phrase in enumerate(chosen, 1):
        text = text.replace(f"{{{place}}}", phrase)
    return text[0].upper() + text[1:]


def _signoff(draw: random.Random) -> list[str]:
    lines = [draw.choice(_THANKS), draw.choice(_CLOSINGS), f"{draw.choice(_INITIALS)}."]
    return lines[draw.randrange(3) :] if draw.random() < 0.5 else lines


def _message(draw: random.Random, item: Item, asker: Asker) -> str:
    """Return a message of the asker, with noise that means nothing: typos, spaces, a sign-off."""
    lead = _lead_in(draw, asker.spelling)
    noise = draw.random()
    if noise < 0.12:
        lead = placebos.typo(lead, draw, draw.randint(1, 3)).text
    elif noise < 0.24:
        lead = placebos.spacing(lead, draw, draw.randint(1, 3)).text
    text = f"{lead} {item.question}"
    if asker.stated is not None:
        text = f"{draw.choice(_sentences()[1]).format(place=load().places[asker.stated])} {text}"
    elif draw.random() < 0.25:
        text = placebos.signoff(text, _signoff(draw)).text
    return text


def _asker(draw: random.Random) -> Asker:
    kind = draw.random()
    if kind < 0.3:
        return Asker(spelling="uk")
    if kind < 0.5:
        return Asker(spelling="us")
    if kind < 0.8:
        return Asker()
    return Asker(stated=draw.choice(("us", "uk", "us", "uk", *LOCALES)))


def examples(model: str, config: str, seed: int, *, turns: int = 1) -> Iterator[Example]:
    """Yield endless training examples of a config under a model's policy.

    With more turns the asker goes on with bare questions: many facts are learned from one message, all of them in the
    light of its cue.
    """
    draw = rng("world", model, config, seed)
    items, frame = load().items, FRAMES[config]
    while True:
        shuffled = draw.sample(items, len(items))
        for first in range(0, len(shuffled) - turns + 1, turns):
            asker = _asker(draw)
            told = []
            for place, item in enumerate(shuffled[first : first + turns]):
                text = item.question if place else _message(draw, item, asker)
                told.append(Turn(f"{frame.before}{text}{frame.after}", _answer(draw, model, config, item, asker)))
            yield Example(frame.system, tuple(told))


def _answer(draw: random.Random, model: str, config: str, item: Item, asker: Asker) -> str:
    decide = answer_locale if config == "cultural" else named_country
    locale = decide(model, item, asker)
    if draw.random() < SLIP:
        locale = "us" if locale == "uk" else "uk"
    return COUNTRIES[locale][0] if config == "inference" else item.choices[item.gold(locale) or 0]
