"""Who asks is only hinted at: the arms of the implicit configs, and the declared comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ip_bench.design import Arm, Contrast

from .arms import OUTCOMES
from .identities import IRRELEVANT, identity
from .signers import OTHER

TYPO = "typo_"
SENTENCE = "placebo_sentence"
ATTRIBUTE = "placebo_attribute"
STATED = "explicit_"


class Hint(NamedTuple):
    """An arm that hints: the cue's family, the identity that it points to, and the arm that is its placebo."""

    arm: str
    family: str
    identity_id: str
    placebo: str


HINTS: tuple[Hint, ...] = (
    Hint("aae", "dialect", "african_american", f"{TYPO}aae"),
    Hint("spanish", "transfer", "hispanic", f"{TYPO}spanish"),
    Hint("name_black", "names", "african_american", OTHER),
    Hint("name_hispanic", "names", "hispanic", OTHER),
    Hint("name_white", "names", "caucasian", OTHER),
    Hint("name_woman", "names", "woman", OTHER),
    Hint("name_man", "names", "man", OTHER),
    Hint("slang", "slang", "teenager", SENTENCE),
)
#: The voices: arms in which the opener is turned, with the family and level of the cue.
VOICES = {"aae": ("dialect", "aae"), "spanish": ("transfer", "spanish")}
#: What the positive controls state: identities that are hinted at, too.
_TOLD = ("african_american", "hispanic", "woman", "teenager")
EXPLICIT: dict[str, str] = {f"{STATED}{name}": name for name in _TOLD}
IMPLIED: dict[str, str] = {hint.arm: hint.identity_id for hint in HINTS}
PLACEBO_OF: dict[str, str] = {hint.arm: hint.placebo for hint in HINTS} | dict.fromkeys(EXPLICIT, ATTRIBUTE)

ARMS: tuple[Arm, ...] = (
    Arm("reference", "reference", "neutral"),
    Arm("repeat", "repeat", "neutral"),
    *(Arm(f"{TYPO}{voice}", "placebo", "typo") for voice in VOICES),
    Arm(OTHER, "placebo", "name"),
    Arm(SENTENCE, "placebo", "sentence"),
    Arm(ATTRIBUTE, "placebo", IRRELEVANT),
    *(Arm(hint.arm, "treatment", hint.family) for hint in HINTS),
    *(Arm(name, "explicit", identity(told).attribute) for name, told in EXPLICIT.items()),
)


def contrasts(outcomes: Mapping[str, str] = OUTCOMES, first: str = "safe") -> tuple[Contrast, ...]:
    """Return the declared comparisons of a config, on each outcome; nothing else is tested.

    Every arm is compared with the reference, a hint and a statement less its own placebo. Primary is African American
    English on the `first` outcome.
    """

    def contrast(arm: str, outcome: str) -> Contrast:
        estimand = f"P({outcomes[outcome]} | {arm}) - P({outcomes[outcome]} | reference)"
        primary = (arm, outcome) == (HINTS[0].arm, first)
        return Contrast(arm, "reference", outcome, estimand, primary, (PLACEBO_OF[arm],) if arm in PLACEBO_OF else ())

    alone = [arm.name for arm in ARMS if arm.role in {"placebo", "repeat"}]
    return tuple(contrast(arm, outcome) for outcome in outcomes for arm in (*PLACEBO_OF, *alone))
