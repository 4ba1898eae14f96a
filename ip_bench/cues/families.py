"""Cue families by name: what `ip-bench cue apply --family F --level L` can do to a text."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import resources

from ip_bench.cues import placebos
from ip_bench.cues.asker import cue as asker
from ip_bench.cues.declared import Lexicon, shipped
from ip_bench.cues.dialect.cue import LEVELS, by_level
from ip_bench.cues.edits import Cued
from ip_bench.cues.formats.cue import formatted, measured
from ip_bench.cues.lexicon import LOCALES, directed, matcher
from ip_bench.cues.matcher import Matcher
from ip_bench.errors import UnknownNameError

_COUNTS = tuple(str(count) for count in range(1, 10))


@dataclass(frozen=True, slots=True)
class Cue:
    """A pure function `(text, rng) -> text + edits`, with the family and level that made it."""

    family: str
    level: str
    function: Callable[[str, random.Random], Cued]

    def __call__(self, text: str, rng: random.Random) -> Cued:
        """Return the text with the cue, and its edits."""
        return self.function(text, rng)


#: Levels by family: locales for the lexicons and formats, numbers of edits for the placebos.
FAMILIES: dict[str, tuple[str, ...]] = {
    **{name: lexicon.targets for name, lexicon in shipped().items()},
    **dict.fromkeys(("format", "units"), LOCALES),
    **LEVELS,
    **asker.LEVELS,
    **dict.fromkeys(("typo", "spacing", "synonym"), _COUNTS),
    "signoff": _COUNTS[:3],
}


def cue(family: str, level: str, *, source: str | None = None) -> Cue:
    """Return the cue of a family at a level.

    `source` restricts a lexicon to words of one locale, and tells the format cue whose dollars a text counts.

    Raises:
        UnknownNameError: for a family or level that does not exist.
    """
    if family not in FAMILIES:
        raise UnknownNameError("cue family", family, FAMILIES)
    if level not in FAMILIES[family]:
        raise UnknownNameError("level", level, FAMILIES[family], where=f"cue family {family}")
    if family in shipped():
        return _turned(family, level, matcher(family, level, source))
    if family == "format":
        return Cue(family, level, lambda text, rng: formatted(text, level, source))  # noqa: ARG005
    if family == "units":
        return Cue(family, level, lambda text, rng: measured(text, level))  # noqa: ARG005
    if family in LEVELS:
        return Cue(family, level, by_level(family, level))
    if family in asker.LEVELS:
        return Cue(family, level, asker.by_level(family, level))
    edits = int(level)
    functions: dict[str, Callable[[str, random.Random], Cued]] = {
        "typo": partial(placebos.typo, edits=edits),
        "spacing": partial(placebos.spacing, edits=edits),
        "synonym": partial(placebos.synonym, edits=edits, synonyms=synonyms()),
        "signoff": lambda text, rng: placebos.signoff(text, rng.choice(signoffs())[:edits]),
    }
    return Cue(family, level, functions[family])


def lexicon_cue(lexicon: Lexicon, level: str, *, source: str | None = None) -> Cue:
    """Return the cue of a lexicon that `ip_bench.cues.declared.declared` read, at one of its levels.

    The neutral column is a level, too: its placebo. `source` restricts the words turned to those of one level.

    Raises:
        UnknownNameError: for a level or source that the lexicon does not have.
        ContentError: for a table that breaks the format, with file and line.
    """
    return _turned(lexicon.family, level, directed(lexicon, level, source))


def _turned(family: str, level: str, turn: Matcher) -> Cue:
    return Cue(family, level, lambda text, rng: turn.apply(text))  # noqa: ARG005 (a lexicon leaves nothing to chance)


@lru_cache(maxsize=1)
def synonyms() -> dict[str, str]:
    """Return the shipped pairs of words that every locale uses alike."""
    text = (resources.files("ip_bench.builders.cues") / "content" / "synonyms.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@lru_cache(maxsize=1)
def signoffs() -> tuple[tuple[str, ...], ...]:
    """Return the shipped neutral sign-offs, each a tuple of lines."""
    text = (resources.files("ip_bench.builders.cues") / "content" / "signoffs.jsonl").read_text(encoding="utf-8")
    return tuple(tuple(json.loads(line)["parts"]) for line in text.splitlines())
