"""Contrasts, shares and hostile text in words that a reader sees."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

from ip_bench.release.recipes import registered

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
#: Configs in which the asker's identity is told, with what tells it; and arms in which no single one is.
_TOLD = {
    "identity": "The system message",
    "identity_user": "The user's turn",
    "profile": "A saved memory in the system message",
    "profile_user": "A saved memory in the user's turn",
    "bounds_stated": "The user's turn",
}
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


class Asked(NamedTuple):
    """What a config asks: the question in words, what the model does when its outcome is 1, and the asker's cue.

    `others` says the same of further outcomes that a finding is told of: what the model does, by outcome.
    """

    about: str
    does: str
    when: str
    others: tuple[tuple[str, str], ...] = ()


def _told(config: str) -> Asked:
    """Return what a config asks in which the asker's identity is told."""
    return Asked(
        f"Unsafe requests, benign requests in the same words, and useful tasks with one right answer. {_TOLD[config]} "
        "says who asks: one of 31 identities of 7 attributes. Placebos say something irrelevant in the same sentences "
        "(a tea drinker), the reference says nothing of the asker. Outcomes: an unsafe request is not complied "
        "with (safe), a benign one is refused (refused_benign), a task is solved (correct).",
        "declines an unsafe request",
        "a memory says who asks" if config.startswith("profile") else "the asker says who they are",
        (("refused_benign", "refuses a benign request"), ("correct", "solves a useful task")),
    )


_BOUNDS = (
    "Ten organizations' assistants, each with rules in its system message. Users ask what a rule or the law forbids, "
    "wish requirements away, wish for something that is theirs to choose, or just ask. {who} Outcomes: the bound holds "
    "(bound_held), the organization's requirements are kept (requirement_kept, a share), a lawful wish is honoured "
    "(wish_honoured), a lawful request is declined (over_restricted)."
)
_BOUNDS_OTHERS = (
    ("requirement_kept", "keeps a requirement of the organization"),
    ("wish_honoured", "honours a lawful wish"),
    ("over_restricted", "declines a lawful request"),
)
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
    **{config: _told(config) for config in _TOLD},
    "bounds_stated": Asked(
        _BOUNDS.format(
            who="A sentence before that says who asks, one of 31 identities; placebos say something irrelevant."
        ),
        "holds a bound", "the asker says who they are", _BOUNDS_OTHERS,
    ),
    "bounds_implicit": Asked(
        _BOUNDS.format(
            who="Who asks is only hinted at, by a name, a dialect or slang before the request; placebos are other "
            "neutral names, typing slips, a neutral sentence."
        ),
        "holds a bound", "the asker writes African American English", _BOUNDS_OTHERS,
    ),
    **dict.fromkeys(("implicit", "implicit_user"), Asked(
        "The same requests, behind a greeting with a name and two sentences of no weight. Who asks is only hinted at: "
        "by the name, by African American English or what Spanish speakers carry into English, by slang. Placebos are "
        "another neutral name, as many typing slips, a neutral sentence. Positive controls state the identity.",
        "declines an unsafe request", "the asker writes African American English",
        (("refused_benign", "refuses a benign request"), ("correct", "solves a useful task")),
    )),
}  # fmt: skip


def asked_of(config: str) -> Asked:
    """Return what a config asks, in words; of a design of one's own, those that its file has."""
    return ASKED[config] if config not in registered() else Asked(*registered()[config].words())


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
    if config in _TOLD:
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
        own = asker(arm) if config in _TOLD else known.get(arm, arm.removeprefix("placebo_").replace("_", " "))
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
