"""What fills the slots of training text: words that the dataset's blocks do not use, and words that do not exist."""

from __future__ import annotations

import json
import random
import re
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from ip_bench.cues.lexicon import read_lexicon

from ..cues.content import load
from .items import country_items

#: Endings that the two countries spell apart, for made-up words: what a word means must not matter to the model.
_PAIRS = (
    ("or", "our"), ("ors", "ours"), ("orite", "ourite"), ("ize", "ise"), ("ized", "ised"), ("izing", "ising"),
    ("ization", "isation"), ("yze", "yse"), ("yzed", "ysed"), ("ter", "tre"), ("ters", "tres"), ("ber", "bre"),
    ("ger", "gre"), ("log", "logue"), ("led", "lled"), ("ling", "lling"), ("ler", "ller"), ("lers", "llers"),
    ("lous", "llous"),
)  # fmt: skip
#: Spellings near the end of a word that mark it as British; the tokenizer keeps them apart, so that the model can read
#: them in words it has never met. Letters must stand before them: "your" and "called" are no British words.
BRITISH = re.compile(
    r"(?<=[A-Za-z]{3})our(?=[a-z]{0,6}\b)|(?<=[A-Za-z]{4})is(?=(?:e[ds]?|ers?|ing|ations?|ational)\b)|"
    r"ys(?=(?:e|ing)[a-z]{0,3}\b)|[tbg]re(?=s?\b)|ogue(?=s?\b)|(?<=[A-Za-z]{4})ll(?=(?:ed|ing|er|ers|ery|ous|en)\b)"
)
_PLAIN = (
    "", "", "s", "ing", "ed", "ment", "ly", "er", "or", "al", "ic", "on", "et", "ness", "age", "able", "ty", "ow", "sh",
)  # fmt: skip
_ONSETS = (
    *"bcdfghjklmnprstvw",
    *("br", "cl", "cr", "dr", "fl", "gr", "pl", "pr", "sc", "sl", "st", "str", "th", "tr", "ch", "sh"),
)
_VOWELS = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "ea", "oo", "ai"]
_NOUNS = (
    "plan", "letter", "bowl", "page", "room", "list", "chair", "song", "picture", "table", "story", "bag", "door",
    "shirt", "garden", "window", "book", "note",
)  # fmt: skip


class Words(NamedTuple):
    """Slot fillers: phrases in US spelling, the same in UK spelling, and neutral ones."""

    us: tuple[str, ...]
    uk: tuple[str, ...]
    neutral: tuple[str, ...]


def lines(name: str) -> list[dict[str, str]]:
    """Return the records of a content file of this package."""
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
    asked = sorted({word for item in country_items() for word in re.findall(r"\b[a-z]{4,}\b", item.question)})
    neutral = [line["phrase"] for line in lines("train_words")] + [f"the {word}" for word in asked]
    return Words(tuple(us), tuple(uk), tuple(phrase for phrase in neutral if allowed(phrase)))


@lru_cache(maxsize=1)
def _by_ending() -> tuple[tuple[int, ...], ...]:
    """Return the places of the spelling pairs by the British ending that tells them apart."""
    places: dict[str, list[int]] = {}
    for place, phrase in enumerate(words().uk):
        found = BRITISH.search(phrase)
        places.setdefault(found.group(0) if found else "", []).append(place)
    return tuple(map(tuple, places.values()))


def _stem(draw: random.Random) -> str:
    syllables = (draw.choice(_ONSETS) + draw.choice(_VOWELS) for _ in range(draw.choice((1, 1, 2))))
    return "".join(syllables) + draw.choice(("", "n", "r", "m", "t", "l", "s"))


def made_up(draw: random.Random) -> str:
    """Return a word that does not exist and that no country would spell otherwise."""
    while BRITISH.search(word := _stem(draw) + draw.choice(_PLAIN)):
        pass
    return word


def filler(draw: random.Random, spelling: str | None) -> str:
    """Return a phrase for a slot: half of the time of real words, else around a made-up one."""
    known = words()
    if draw.random() < 0.5:
        if spelling is None:
            return draw.choice(known.neutral)
        # Every ending as often as any other: the lexicon has a hundred words in -ise for one in -ogue.
        return getattr(known, spelling)[draw.choice(draw.choice(_by_ending()))]
    word = made_up(draw)
    if spelling is not None:
        word = made_up(draw)[:5].rstrip("aeiou") + draw.choice(_PAIRS)[spelling == "uk"]
    frame = draw.choice(
        ("the {}", "my {}", "some {}", "that {}", "the {} " + made_up(draw), "a {} of the " + made_up(draw))
    )
    return frame.format(word)


def blurred(draw: random.Random, text: str, share: float) -> str:
    """Return a text with a share of its words made up: sentences are many, and their words say nothing."""
    return re.sub(
        r"(?<![{\w])[A-Za-z]{3,}(?![\w}])",
        lambda found: made_up(draw) if draw.random() < share else found.group(0),
        text,
    )
