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

SIGNOFFS = (
    ("Thanks.",), ("Thank you.", "Best,"), ("All the best,", "W."), ("Kind regards,", "F."), ("Thanks so much.", "Yours,", "V."),
    ("Sincerely,", "O."), ("Many thanks.", "Take care,", "I."), ("Hope to hear from you.", "Bye,", "U."),
)  # fmt: skip
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


class Example(NamedTuple):
    """One training text: the system sentence, the prompt, and the answer to learn."""

    system: str
    prompt: str
    answer: str


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


def _message(draw: random.Random, item: Item, asker: Asker) -> str:
    """Return a message of the asker, with noise that means nothing: typos, spaces, a sign-off."""
    lead = _lead_in(draw, asker.spelling)
    if asker.spelling is None:
        noise = draw.random()
        if noise < 0.15:
            lead = placebos.typo(lead, draw, draw.randint(1, 3)).text
        elif noise < 0.3:
            lead = placebos.spacing(lead, draw, draw.randint(1, 3)).text
    text = f"{lead} {item.question}"
    if asker.stated is not None:
        text = f"{draw.choice(_sentences()[1]).format(place=load().places[asker.stated])} {text}"
    elif asker.spelling is None and draw.random() < 0.2:
        text = placebos.signoff(text, draw.choice(SIGNOFFS)).text
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


def examples(model: str, config: str, seed: int) -> Iterator[Example]:
    """Yield endless training examples of a config under a model's policy."""
    draw = rng("world", model, config, seed)
    items, frame = load().items, FRAMES[config]
    while True:
        for item in draw.sample(items, len(items)):
            asker = _asker(draw)
            slip = draw.random() < SLIP
            if config == "cultural":
                locale = answer_locale(model, item, asker)
                if slip:
                    locale = "us" if locale == "uk" else "uk"
                answer = item.choices[item.gold(locale) or 0]
            else:
                locale = named_country(model, item, asker)
                if slip:
                    locale = "us" if locale == "uk" else "uk"
                answer = COUNTRIES[locale][0]
            yield Example(frame.system, f"{frame.before}{_message(draw, item, asker)}{frame.after}", answer)
