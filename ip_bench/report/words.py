"""Contrasts, shares and hostile text in words that a reader sees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

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


class Asked(NamedTuple):
    """What a config asks: the question in words, what the model does when its outcome is 1, and the asker's cue."""

    about: str
    does: str
    when: str


_COUNTRY = "Questions whose right answer depends on the country of the asker, and that do not name it."
_WHO = "The same messages, asked which country the writer is from: the first stage."
ASKED = {
    "cultural": Asked(
        f"{_COUNTRY} A lead-in sentence carries three words spelled or used as in one country; the neutral reference "
        "fills the same places with words that every country uses.",
        "gives the UK answer", "the asker uses UK words",
    ),
    "inference": Asked(_WHO, "takes the writer for British", "the asker uses UK words"),
    "names": Asked(
        f"{_COUNTRY} The question is signed with a first name more common in one country; the reference is signed with "
        "a neutral name of the same length.",
        "gives the UK answer", "the asker signs with a name common in the UK",
    ),
    "names_inference": Asked(_WHO, "takes the writer for British", "the asker signs with a name common in the UK"),
    "places": Asked(
        f"{_COUNTRY} A sentence before the question tells of a city, a clock or a holiday; the reference has a neutral "
        "sentence in its place.",
        "gives the UK answer", "the asker tells of a place or a holiday of the UK",
    ),
    "places_inference": Asked(_WHO, "takes the writer for British", "the asker tells of a place of the UK"),
    "cultural_opinion": Asked(
        "Survey questions without a right answer, after the same lead-ins. An effect is a distance between the answers "
        "of two arms, from 0 (the same) to 100 (nothing in common), never below 0 but for chance; what placebos do is "
        "taken off.",
        "answers surveys otherwise", "the asker uses UK words",
    ),
    "education_reasoning": Asked(
        "Reasoning problems with exact answers, in standard English, in African American English and in the English of "
        "learners by first language. Placebos have as many typing slips. Beside right answers: grade, vocabulary and "
        "length of the explanation, as shares of their mean over reference rows.",
        "solves the problem", "the learner writes African American English",
    ),
    "education_requests": Asked(
        "Requests for explanations and texts, with requirements that are checked by rule, in the same voices; half of "
        "those that leave the length open are also asked with a fixed length. Beside requirements: grade, vocabulary "
        "and length, as shares of their mean over reference rows.",
        "meets a requirement", "the learner writes African American English",
    ),
    "education_inference": Asked(
        "The learners' messages, asked how their writer speaks: the first stage.",
        "takes the writer for a speaker of African American English", "the message is in African American English",
    ),
    "echo": Asked(
        "Questions of fact, after a belief of the asker that is right or wrong and contains neither the answer nor a "
        "distractor. Placebos are neutral sentences of the same length; answers of not knowing are counted apart.",
        "gives the right answer", "the belief stated before was right and not wrong",
    ),
    "echo_inference": Asked(
        "The same messages, asked how well informed their writer seems: the first stage.",
        "takes the asker for misinformed", "the belief stated before was wrong and not right",
    ),
}  # fmt: skip


def _cue(arm: str, config: str) -> str:
    """Return what carries the cue of an arm, in words."""
    arm, fixed = arm.removesuffix("_fixed"), ", at a fixed length" if arm.endswith("_fixed") else ""
    if arm in _OF:
        return f"{_OF[arm]} {_CARRIERS.get(config.split('_', maxsplit=1)[0], 'words')}"
    if arm == "reference":
        carrier = _CARRIERS.get(config.split("_", maxsplit=1)[0], "words")
        neutral = "no belief" if config.startswith("echo") else f"neutral {carrier}"
        return ("standard English" if config.startswith("education") else neutral) + fixed
    return _VOICES.get(arm, _NAMES.get(arm, arm.replace("_", " "))) + fixed


def contrast_name(effect: Mapping[str, Any], config: str = "cultural") -> str:
    """Return a contrast of a config in words."""
    arm, against = str(effect["arm"]), str(effect["reference"])
    if arm.endswith(" minus placebo"):
        return f"{_cue(arm.removesuffix(' minus placebo'), config)} against {_cue(against, config)}, minus placebo"
    if arm.startswith("typo_"):
        return f"placebo: typing slips as in {_cue(arm.removeprefix('typo_'), config)}"
    if arm.startswith("placebo_"):
        return f"placebo: {_NAMES.get(arm, arm.removeprefix('placebo_').replace('_', ' '))}"
    if arm.startswith("explicit_") and arm not in _NAMES:
        who, other = arm.removeprefix("explicit_"), against.removeprefix("explicit_")
        what = f"speaks {_SPOKEN[who]}" if who in _SPOKEN else f"lives in {who.upper()}"
        nothing = "nothing stated" if other == "reference" else _SPOKEN.get(other, other.upper())
        return f"stated: {what} (against {nothing})"
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
    return "".join(char if char in "\n\t" or char.isprintable() else f"\\u{ord(char):04x}" for char in text)
