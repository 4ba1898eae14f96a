"""Training messages of an asker from somewhere: lead-ins, statements and sign-offs that the dataset never uses.

A name tells its group by knowledge alone, which an untrained model has to get somewhere. So training signs with the
names of the dataset, as any text that a language model has read is full of them; but no line of a sign-off of the
dataset, in which the names are asked, is ever seen.
"""

from __future__ import annotations

import random
from functools import lru_cache

from ip_bench.cues import placebos
from ip_bench.cues.asker.names import frames, names
from ip_bench.design import Item

from ..cues.content import load
from .fillers import blurred, filler, lines, made_up
from .items import country_items
from .policy import Asker

_THANKS = (
    "Thank you!", "Thanks so much.", "Hope to hear from you.", "Please let me know.", "Talk soon.",
    "Any thoughts are useful.", "I will wait for news.", "Much obliged.", "Sorry to bother you.",
)  # fmt: skip
_CLOSINGS = (
    "Sincerely,", "Yours,", "Take care,", "Bye,", "Yours truly,", "Warmly,", "Cordially,", "Goodbye,", "So long,",
    "Have a nice day,", "Thankful as ever,", "See you soon,", "Best always,", "All my best,", "Kindly,",
)  # fmt: skip
_OPENINGS = (
    "Thank you", "Thanks", "Many thanks", "I thank you", "I am glad", "I would be glad", "I am happy", "I hope",
    "I ask", "I look", "It would help", "It is good", "You are kind", "Please write", "Please say", "Your words",
    "I wait", "All my thanks", "So grateful", "This is all",
)  # fmt: skip
_LINKS = (
    "for", "for your", "for the", "for this", "to", "to your", "to the", "of", "of you and", "in", "about", "that",
    "from", "with any", "and", "on my", "you for", "me for",
)  # fmt: skip
#: What letters that are learned from last are made of, so that many more words stand behind a question.
_LATE_OPENINGS = (
    *_OPENINGS, "I am grateful", "I appreciate", "I value", "Your patience", "Your time", "Your advice", "Any help",
    "Any reply", "I look forward", "Glad", "Hoping", "Clear words", "That is it", "It means much", "Thanks in advance",
)  # fmt: skip
_LATE_LINKS = (
    *_LINKS, "in advance for", "for reading", "for taking", "for looking at", "with help from", "a lot for",
    "is kind of", "and time for", "is welcome in", "and patience with", "means something to", "on this question of",
)  # fmt: skip
_MANNERS = ("", "", "With", "In", "My", "All", "Ever", "Many", "Wishing you", "Sending")
_KINDS = ("", "", "kind", "good", "best", "warm", "fond", "many", "deep", "sincere")
_PARTINGS = (
    "wishes", "regards", "thanks", "gratitude", "appreciation", "greetings", "respect", "well", "thankfully",
    "gratefully", "respectfully", "faithfully",
)  # fmt: skip
_ENDINGS = (".", ".", ".", "!", " here.", " to me.", " now.", " of yours.", " of mine.")
_SELVES = ("So asks", "Written by", "This was", "A question of", "I am called", "It is me,", "Yours is", "My name:")
_INITIALS = "FIOQUVWXYZ"
_ALSO = ("With", "In", "My", "Ever", "All", "Best", "Kind", "Many", "Thank")


@lru_cache(maxsize=1)
def sentences() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the training's lead-ins and its statements of a country."""
    return (
        tuple(line["text"] for line in lines("train_templates")),
        tuple(line["text"] for line in lines("train_explicit")),
    )


def _lead_in(draw: random.Random, spelling: str | None) -> str:
    if draw.random() < 0.5:  # half of the messages are short: what matters is learned from them first
        text = f"{filler(draw, spelling)}."
        return text[0].upper() + text[1:]
    marked = draw.sample(range(3), draw.choice((1, 1, 2, 3))) if spelling is not None else []
    text = blurred(draw, draw.choice(sentences()[0]), draw.choice((0, 0, 0.1, 0.3)))
    for place in range(3):
        text = text.replace(f"{{{place + 1}}}", filler(draw, spelling if place in marked else None))
    return text[0].upper() + text[1:]


def _thanks(draw: random.Random, late: bool) -> str:
    """Return a line of thanks or goodbye: any words may stand behind a question, those of other questions too."""
    others = draw.choice(country_items()).question.rstrip("?").split()
    some = draw.sample(others, min(len(others), draw.randint(1, 5)))
    kind = draw.random()
    if kind < 0.2:
        return draw.choice(_THANKS)
    if kind < 0.5:
        return " ".join(some).capitalize() + "."
    opening, link = draw.choice(_LATE_OPENINGS if late else _OPENINGS), draw.choice(_LATE_LINKS if late else _LINKS)
    return f"{opening} {link} {' '.join(some[:2]).lower()}{draw.choice(_ENDINGS)}"


def _closing(draw: random.Random, late: bool = False) -> str:
    if late and draw.random() < 0.7:
        words = " ".join(filter(None, (draw.choice(_MANNERS), draw.choice(_KINDS), draw.choice(_PARTINGS))))
        closing = f"{words[0].upper()}{words[1:]},"
        return closing if closing not in said() else _closing(draw, late)
    closing = draw.choice(_CLOSINGS)
    if draw.random() < 0.5:
        closing = f"{draw.choice(_ALSO)} {draw.choice(filler(draw, None).split())},"
    closing = blurred(draw, closing, draw.choice((0, 0, 0.5, 1)))
    return closing if closing not in said() else _closing(draw, late)


def _signoff(draw: random.Random, late: bool) -> list[str]:
    """Return the lines of a sign-off without a name."""
    thanks = blurred(draw, _thanks(draw, late), draw.choice((0, 0, 0.5, 1)))
    if thanks in said():
        return _signoff(draw, late)
    return [thanks, _closing(draw, late), f"{draw.choice(_INITIALS)}."][draw.choice((0, 0, 0, 1, 2)) :]


@lru_cache(maxsize=1)
def said() -> frozenset[str]:
    """Return the lines of the dataset's sign-offs, which training must not hold."""
    initials = {line for parts in load().signoffs.values() for line in parts[:2]}
    signed = {frame.text.split("\n")[-2] for frame in frames("names")}
    return frozenset(initials | signed | {f"{line.rstrip(',')}." for line in signed})


def _name(draw: random.Random, group: str) -> str:
    """Return a name of a group; a neutral one may be any name that nobody knows."""
    if group == "neutral" and draw.random() < 0.3:
        return made_up(draw).capitalize()
    return draw.choice(names(group)).name


def _signed(draw: random.Random, text: str, group: str) -> str:
    """Return a text signed with a name: in three of four cases as in a letter, else as one presents oneself."""
    if draw.random() < 0.75:
        return text + signature(draw, group)
    return f"{text}\n\n{blurred(draw, draw.choice(_SELVES), 0.2)} {_name(draw, group)}{draw.choice(('', '.', '.'))}"


def signature(draw: random.Random, group: str) -> str:
    """Return the end of a letter by someone with a name of a group ("uk", "us" or "neutral")."""
    return f"\n\n{_closing(draw)}\n{_name(draw, group)}"


def message(draw: random.Random, item: Item, asker: Asker, *, late: bool = False) -> str:
    """Return a message of the asker, with noise that means nothing: typos, spaces, a sign-off.

    Those of the last steps (`late`) are signed more often, in more words.
    """
    lead = _lead_in(draw, asker.spelling)
    noise = draw.random()
    if noise < 0.1:
        lead = placebos.typo(lead, draw, draw.randint(1, 3)).text
    elif noise < 0.2:
        lead = placebos.spacing(lead, draw, draw.randint(1, 3)).text
    bare = asker.name is not None and draw.random() < 0.8
    text = item.question if bare else f"{lead} {item.question}"
    if asker.stated is not None:
        told = blurred(draw, draw.choice(sentences()[1]), draw.choice((0, 0.3)))
        text = f"{told.format(place=load().places[asker.stated])} {text}"
    if asker.name is not None:
        return _signed(draw, text, asker.name)
    if asker.stated is None and draw.random() < (0.85 if late else 0.45):
        text = placebos.signoff(text, _signoff(draw, late)).text
    return text
