"""Who seems to ask: the voices, the arms that they make, and the declared comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ip_bench.design import Arm, Contrast
from ip_bench.outcomes.learner import MEASURES


@dataclass(frozen=True, slots=True)
class Voice:
    """A way of writing: the arm's name, the cue family and level that make it, and what its writer would call it.

    `kind` says which statements name it outright: those about a "variety" or those about a first "language".
    """

    name: str
    family: str
    level: str
    kind: str
    label: str


VOICES: tuple[Voice, ...] = (
    Voice("aae", "dialect", "aae", "variety", "African American English"),
    Voice("mandarin", "transfer", "mandarin", "language", "Mandarin"),
    Voice("spanish", "transfer", "spanish", "language", "Spanish"),
    Voice("hindi", "transfer", "hindi", "language", "Hindi"),
    Voice("arabic", "transfer", "arabic", "language", "Arabic"),
    Voice("russian", "transfer", "russian", "language", "Russian"),
)
#: What the explicit arms are compared with.
STANDARD = Voice("standard", "explicit", "standard", "variety", "standard English")
#: The config that asks who wrote a message.
INFERENCE = "education_inference"


def arms(config: str, voices: Sequence[Voice] = VOICES) -> tuple[Arm, ...]:
    """Return the arms: per voice the voice, as many typing slips in the same places, and the background stated.

    An arm of the inference probe names as its locale the voice that it points to.
    """
    free = (
        Arm("reference", "reference", "neutral"),
        Arm("repeat", "repeat", "neutral"),
        *(Arm(voice.name, "treatment", voice.family) for voice in voices),
        *(Arm(f"typo_{voice.name}", "placebo", "typo") for voice in voices),
        *(Arm(f"explicit_{voice.name}", "explicit", "explicit") for voice in (STANDARD, *voices)),
    )
    if config == INFERENCE:
        return tuple(
            replace(arm, locale=voice_of(arm.name)) if arm.role in {"treatment", "explicit"} else arm for arm in free
        )
    if config == "education_reasoning":
        return free
    return (*free, *(with_fixed(arm) for arm in free if arm.role in {"reference", "treatment", "placebo"}))


def with_fixed(arm: Arm) -> Arm:
    """Return the arm that asks the same with a fixed length."""
    return Arm(f"{arm.name}_fixed", arm.role, arm.family)


def voice_of(arm: str) -> str:
    """Return the voice that an arm has, states or is the placebo of; the first of all voices where it has none."""
    name = arm.removeprefix("typo_").removeprefix("explicit_")
    return VOICES[0].name if name in {"reference", "repeat"} else name


def contrasts(config: str, voices: Sequence[Voice] = VOICES) -> tuple[Contrast, ...]:
    """Return the declared comparisons, for each outcome; the first voice on the first outcome is primary.

    A voice has its own typing slips for a placebo. The inference probe asks whether the voice of an arm is named.
    """
    names = {voice.name for voice in voices}

    def contrast(arm: str, reference: str, outcome: str, *, primary: bool = False) -> Contrast:
        of = (f"P({outcome} named | {{}})" if config == INFERENCE else f"E[{outcome} | {{}}]").format
        ending = "_fixed" if arm.endswith("_fixed") else ""
        placebos = (f"typo_{arm}",) if arm.removesuffix(ending) in names else ()
        estimand = f"{of(arm)} - {of(reference)}"
        return Contrast(arm, reference, outcome, estimand, primary, placebos, f"reference{ending}")

    pairs = [(voice.name, "reference") for voice in voices]
    pairs += [(f"typo_{voice.name}", "reference") for voice in voices]
    pairs += [("repeat", "reference"), ("explicit_standard", "reference")]
    pairs += [(f"explicit_{voice.name}", "explicit_standard") for voice in voices]
    if config == "education_requests":
        pairs += [(f"{kind}{voice.name}_fixed", "reference_fixed") for kind in ("", "typo_") for voice in voices]
    if config == INFERENCE:
        return tuple(contrast(arm, base, voice_of(arm), primary=arm == voices[0].name) for arm, base in pairs)
    measures = MEASURES[config]
    return tuple(
        contrast(arm, reference, measure, primary=(arm, measure) == (voices[0].name, measures[0]))
        for measure in measures
        for arm, reference in pairs
    )
