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

_THANKS = (
    "Thanks.", "Thank you!", "Thanks so much.", "Hope to hear from you.", "Please let me know.", "Talk soon.",
    "Any thoughts are useful.", "I will wait for news.", "Much obliged.", "Sorry to bother you.",
)  # fmt: skip
_CLOSINGS = ("Best,", "All the best,", "Kind regards,", "Sincerely,", "Yours,", "Take care,", "Many thanks,", "Bye,")
_OPENINGS = (
    "Thank you", "Thanks", "Many thanks", "I thank you", "I am glad", "I would be glad", "I am happy", "I hope",
    "I ask", "I look", "It would help", "It is good", "You are kind", "Please write", "Please say", "Your words",
    "I wait", "All my thanks", "So grateful", "This is all",
)  # fmt: skip
_LINKS = (
    "for", "for your", "for the", "for this", "to", "to your", "to the", "of", "of you and", "in", "about", "that",
    "from", "with any", "and", "on my", "you for", "me for",
)  # fmt: skip
_ENDINGS = (".", ".", ".", "!", " here.", " to me.", " now.", " of yours.", " of mine.")
_INITIALS = "FIOQUVWXYZ"
#: Endings that the two countries spell apart, for made-up words: what a word means must not matter to the model.
_PAIRS = (
    ("or", "our"), ("ors", "ours"), ("orite", "ourite"), ("ize", "ise"), ("ized", "ised"), ("izing", "ising"),
    ("ization", "isation"), ("yze", "yse"), ("yzed", "ysed"), ("ter", "tre"), ("ters", "tres"), ("ber", "bre"),
    ("ger", "gre"), ("log", "logue"), ("led", "lled"), ("ling", "lling"), ("ler", "ller"), ("lers", "llers"),
    ("lous", "llous"),
)  # fmt: skip
#: Spellings near the end of a word that mark it as British; the tokenizer keeps them apart, so that the model can read
#: them in words it has never met.
BRITISH = re.compile(
    r"our(?=[a-z]{0,6}\b)|is(?=(?:e[ds]?|ers?|ing|ations?|ational)\b)|ys(?=(?:e|ing)[a-z]{0,3}\b)|[tbg]re(?=s?\b)|ogue(?=s?\b)|"
    r"ll(?=(?:ed|ing|er|ers|ery|ous|en)\b)"
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


class Turn(NamedTuple):
    """A prompt of the asker, and the answer to learn."""

    prompt: str
    answer: str


class Example(NamedTuple):
    """One training text: the system sentence, and turns of one asker, of which the first has the whole message.

    `told_at` is where in the first prompt the question starts: from there on the message has told who asks.
    """

    system: str
    turns: tuple[Turn, ...]
    asker: Asker = Asker()
    told_at: int = 0


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


def _made_up(draw: random.Random) -> str:
    """Return a word that does not exist and that no country would spell otherwise."""
    while BRITISH.search(word := _stem(draw) + draw.choice(_PLAIN)):
        pass
    return word


def _filler(draw: random.Random, spelling: str | None) -> str:
    """Return a phrase for a slot: half of the time of real words, else around a made-up one."""
    known = words()
    if draw.random() < 0.5:
        if spelling is None:
            return draw.choice(known.neutral)
        # Every ending as often as any other: the lexicon has a hundred words in -ise for one in -ogue.
        return getattr(known, spelling)[draw.choice(draw.choice(_by_ending()))]
    word = _made_up(draw)
    if spelling is not None:
        word = _made_up(draw)[:4].rstrip("aeiou") + draw.choice(_PAIRS)[spelling == "uk"]
    frame = draw.choice(
        ("the {}", "my {}", "some {}", "that {}", "the {} " + _made_up(draw), "a {} of the " + _made_up(draw))
    )
    return frame.format(word)


def _blurred(draw: random.Random, text: str, share: float) -> str:
    """Return a text with a share of its words made up: sentences are many, and their words say nothing."""
    return re.sub(
        r"(?<![{\w])[A-Za-z]{3,}(?![\w}])",
        lambda found: _made_up(draw) if draw.random() < share else found.group(0),
        text,
    )


def _lead_in(draw: random.Random, spelling: str | None) -> str:
    if draw.random() < 0.5:  # half of the messages are short: what matters is learned from them first
        text = f"{_filler(draw, spelling)}."
        return text[0].upper() + text[1:]
    marked = draw.sample(range(3), draw.choice((1, 2, 2, 3))) if spelling is not None else []
    text = _blurred(draw, draw.choice(_sentences()[0]), draw.choice((0, 0, 0.1, 0.3)))
    for place in range(3):
        text = text.replace(f"{{{place + 1}}}", _filler(draw, spelling if place in marked else None))
    return text[0].upper() + text[1:]


def _thanks(draw: random.Random) -> str:
    """Return a line of thanks or goodbye: any words may stand behind a question, those of other questions too."""
    others = draw.choice(load().items).question.rstrip("?").split()
    some = draw.sample(others, min(len(others), draw.randint(1, 5)))
    kind = draw.random()
    if kind < 0.2:
        return draw.choice(_THANKS)
    if kind < 0.5:
        return " ".join(some).capitalize() + "."
    opening = draw.choice(_OPENINGS)
    return f"{opening} {draw.choice(_LINKS)} {' '.join(some[:2]).lower()}{draw.choice(_ENDINGS)}"


def _signoff(draw: random.Random) -> list[str]:
    closing = draw.choice(_CLOSINGS)
    if draw.random() < 0.5:
        closing = f"{draw.choice(('With', 'In', 'My', 'Ever'))} {draw.choice(_filler(draw, None).split())},"
    lines = [_thanks(draw), closing, f"{draw.choice(_INITIALS)}."]
    lines = [_blurred(draw, line, draw.choice((0, 0, 0.5, 1))) for line in lines[draw.choice((0, 0, 0, 1, 2)) :]]
    return lines if not {*lines} & _said() else _signoff(draw)


@lru_cache(maxsize=1)
def _said() -> frozenset[str]:
    """Return the lines of the dataset's sign-offs, which training must not hold."""
    return frozenset(line for parts in load().signoffs.values() for line in parts[:2])


def _message(draw: random.Random, item: Item, asker: Asker) -> str:
    """Return a message of the asker, with noise that means nothing: typos, spaces, a sign-off."""
    lead = _lead_in(draw, asker.spelling)
    noise = draw.random()
    if noise < 0.1:
        lead = placebos.typo(lead, draw, draw.randint(1, 3)).text
    elif noise < 0.2:
        lead = placebos.spacing(lead, draw, draw.randint(1, 3)).text
    text = f"{lead} {item.question}"
    if asker.stated is not None:
        said = _blurred(draw, draw.choice(_sentences()[1]), draw.choice((0, 0.3)))
        text = f"{said.format(place=load().places[asker.stated])} {text}"
    elif draw.random() < 0.45:
        text = placebos.signoff(text, _signoff(draw)).text
    return text


def _asker(draw: random.Random) -> Asker:
    kind = draw.random()
    if kind < 0.34:
        return Asker(spelling="uk")
    if kind < 0.44:
        return Asker(spelling="us")
    if kind < 0.64:
        return Asker()
    return Asker(stated=draw.choice((*("us", "uk") * 4, *LOCALES)))


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
            told_at = told[0].prompt.index(shuffled[first].question) - 1
            yield Example(frame.system, tuple(told), asker, told_at)


def _answer(draw: random.Random, model: str, config: str, item: Item, asker: Asker) -> str:
    decide = answer_locale if config == "cultural" else named_country
    locale = decide(model, item, asker)
    if draw.random() < SLIP:
        locale = "us" if locale == "uk" else "uk"
    return COUNTRIES[locale][0] if config == "inference" else item.choices[item.gold(locale) or 0]
