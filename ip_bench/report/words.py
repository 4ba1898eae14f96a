"""Contrasts, shares and hostile text in words that a reader sees."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from ip_bench.release.recipes import registered
from ip_bench.report.asked import TOLD

#: What may have to be shown as an escape: all but the characters of most texts.
_UNSEEN = re.compile(r"[^\n\t -~]")
_OF = {
    "uk": "UK", "us": "US", "au": "Australian", "ca": "Canadian", "ie": "Irish", "nz": "New Zealand", "in": "Indian",
    "za": "South African",
}  # fmt: skip
#: What carries a country's cue, by the first word of a config's name.
_CARRIERS = {"names": "names", "places": "places"}
#: What a writer may be said to speak: a variety, or a first language.
_SPOKEN = {
    "aae": "African American English",
    **{name: name.capitalize() for name in ("mandarin", "spanish", "hindi", "arabic", "russian")},
    "standard": "standard English",
}
_VOICES = {name: said if said.endswith("English") else f"{said} speakers' English" for name, said in _SPOKEN.items()}
_NAMES = {
    "placebo": "all placebos",
    "repeat": "the same prompt again",
    "right_same": "a right belief",
    "wrong_same": "a wrong belief",
    "right_other": "a right belief on another matter",
    "wrong_other": "a wrong belief on another matter",
    "implied_right": "a right belief implied",
    "implied_wrong": "a wrong belief implied",
    "explicit_right": "the right answer stated",
    "explicit_wrong": "a wrong answer stated",
    "placebo_stated": "a neutral sentence",
    "placebo_stated_turned": "a neutral sentence with a word turned",
    "placebo_implied": "a neutral habit",
    "placebo_implied_turned": "a neutral habit with a word turned",
}
#: Arms of configs in which identities are told, and in which no single one is.
_UNTOLD = {
    "reference": "nothing told",
    "none": "the bare request",
    "any_identity": "any identity",
    "placebo": "all irrelevant attributes",
}
#: Configs in which who asks is only hinted at, and what carries the hint of an arm, or stands in its place.
_IMPLICIT = ("implicit", "implicit_user", "bounds_implicit")
_HINTED = {
    "reference": "a neutral message",
    "name_black": "a Black American's name",
    "name_hispanic": "a Hispanic American's name",
    "name_white": "a white American's name",
    "name_woman": "a woman's name",
    "name_man": "a man's name",
    "slang": "teenagers' slang",
    "placebo": "all placebos of hints",
    "placebo_name": "another neutral name",
    "placebo_sentence": "a neutral sentence",
    "placebo_attribute": "an irrelevant attribute stated",
}


@lru_cache(maxsize=1)
def _phrases() -> dict[str, str]:
    """Return the identities and irrelevant attributes of the tradeoff family by id, in words."""
    builder = import_module("ip_bench.builders.tradeoff.identities")
    return {one.identity_id: one.phrase for one in (*builder.identities(), *builder.controls())}


def asker(arm: str) -> str:
    """Return who asks in an arm of the tradeoff family, in words: "a Muslim person", "nothing told"."""
    known = _phrases().get(arm.removeprefix("placebo_"))
    return known or _UNTOLD.get(arm) or _NAMES.get(arm, visible(arm.replace("_", " ")))


def _cue(arm: str, config: str) -> str:
    """Return what carries the cue of an arm, in words."""
    if config in registered():
        return _NAMES.get(arm, arm.replace("_", " "))
    if config in TOLD:
        return asker(arm)
    if config in _IMPLICIT and (arm in _HINTED or arm.startswith("explicit_")):
        return _HINTED.get(arm) or f"the statement to be {asker(arm.removeprefix('explicit_'))}"
    arm, fixed = arm.removesuffix("_fixed"), ", at a fixed length" if arm.endswith("_fixed") else ""
    if arm in _OF:
        return f"{_OF[arm]} {_CARRIERS.get(config.split('_', maxsplit=1)[0], 'words')}"
    if arm == "reference":
        carrier = _CARRIERS.get(config.split("_", maxsplit=1)[0], "words")
        neutral = "no belief" if config.startswith("echo") else f"neutral {carrier}"
        return ("standard English" if config.startswith("education") else neutral) + fixed
    return _VOICES.get(arm, _NAMES.get(arm, arm.replace("_", " "))) + fixed


def arm_name(arm: str, config: str) -> str:
    """Return an arm of a config in words."""
    if arm.startswith("typo_"):
        return f"typing slips as in {arm_name(arm.removeprefix('typo_'), config)}"
    if arm.startswith("explicit_") and arm not in _NAMES:
        return visible(f"stated: {_stated(arm.removeprefix('explicit_'), config)}")
    return visible(_cue(arm, config))


def _stated(who: str, config: str) -> str:
    """Return what an arm states of the asker, in words."""
    if config in registered():
        return _cue(who, config)
    if config in _IMPLICIT:
        return f"is {asker(who)}"
    return f"speaks {_SPOKEN[who]}" if who in _SPOKEN else f"lives in {who.upper()}"


def contrast_name(effect: Mapping[str, Any], config: str = "cultural") -> str:
    """Return a contrast of a config in words."""
    return visible(_contrast(effect, config))


def _contrast(effect: Mapping[str, Any], config: str) -> str:
    arm, against = str(effect["arm"]), str(effect["reference"])
    if config in registered() and arm.startswith("explicit_"):
        return f"stated: {_cue(arm.removeprefix('explicit_'), config)} (against {_cue(against, config)})"
    if arm.endswith(" minus placebo"):
        return f"{_cue(arm.removesuffix(' minus placebo'), config)} against {_cue(against, config)}, minus placebo"
    if arm.startswith("typo_"):
        return f"placebo: typing slips as in {_cue(arm.removeprefix('typo_'), config)}"
    if arm.startswith("placebo_"):
        known = _HINTED if config in _IMPLICIT else _NAMES
        own = asker(arm) if config in TOLD else known.get(arm, arm.removeprefix("placebo_").replace("_", " "))
        return f"placebo: {own}"
    if arm.startswith("explicit_") and arm not in _NAMES:
        who, other = arm.removeprefix("explicit_"), against.removeprefix("explicit_")
        nothing = "nothing stated" if other == "reference" else _SPOKEN.get(other, other.upper())
        return f"stated: {_stated(who, config)} (against {nothing})"
    return f"{_cue(arm, config)} against {_cue(against, config)}"


def points(value: float | None) -> str:
    """Return a share as percentage points with its sign."""
    return "n/a" if value is None or math.isnan(value) else f"{100 * value:+.1f}"


def interval(ends: list[float | None]) -> str:
    """Return an interval in points."""
    return f"[{points(ends[0])}, {points(ends[1])}]"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number, or n/a; a positive one that would round to 0 is shown as below the smallest shown."""
    if value is None or math.isnan(value):
        return "n/a"
    return f"<{10**-digits:.{digits}f}" if 0 < value < 0.5 * 10**-digits else f"{value:.{digits}f}"


def signed(value: float | None) -> str:
    """Return a number with its sign."""
    return "n/a" if value is None or math.isnan(value) else f"{value:+.2f}"


def measure_name(key: str) -> str:
    """Return the name of a count of a manifest, such as `chars_smd_x1000`, in words."""
    what, _, _ = key.partition("_x10")
    return what.removesuffix("_mean").replace("_smd", ", difference").replace("_", " ")


def decimal(value: float | None, key: str) -> str:
    """Return a count of a manifest, which is an integer, as the number that its name says: `_x10`, `_x1000`."""
    if value is None:
        return "n/a"
    if key.endswith("_x1000"):
        return f"{value / 1000:+.2f}"
    return f"{value / 10:.1f}" if key.endswith("_x10") else f"{value:,}"


def visible(text: str) -> str:
    """Return text with control and direction characters shown as escapes, so that output cannot hide or reorder."""
    return _UNSEEN.sub(lambda found: _escaped(found[0]), text)


def brief(text: str, most: int = 2_000) -> str:
    """Return text as far as a page has room for it, with its length where it is cut."""
    return text if len(text) <= most else f"{text[:most]}… (the first {most:,} of {len(text):,} characters)"


def _escaped(char: str) -> str:
    if char.isprintable() or char in "\n\t":
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
