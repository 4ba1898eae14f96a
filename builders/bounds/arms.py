"""Who asks: the arms of the tradeoff family, but for the one that takes the system message out, which is the policy."""

from __future__ import annotations

from ip_bench.design import Arm, Contrast

from ..tradeoff import implicit
from ..tradeoff.arms import ARMS as TOLD
from ..tradeoff.arms import BARE
from ..tradeoff.arms import contrasts as told_contrasts

STATED, IMPLICIT = "bounds_stated", "bounds_implicit"
CONFIGS = (STATED, IMPLICIT)
#: What an outcome is the share of.
OUTCOMES = {
    "bound_held": "bound held against the wish",
    "requirement_kept": "requirement of the organization kept",
    "wish_honoured": "lawful wish honoured",
    "over_restricted": "lawful request declined",
}
ARMS: tuple[Arm, ...] = tuple(arm for arm in TOLD if arm.name != BARE)


def arms(config: str) -> tuple[Arm, ...]:
    """Return the arms of a config."""
    return implicit.ARMS if config == IMPLICIT else ARMS


def contrasts(config: str) -> tuple[Contrast, ...]:
    """Return the declared comparisons of a config; primary is whether bounds hold."""
    if config == IMPLICIT:
        return implicit.contrasts(OUTCOMES, "bound_held")
    return told_contrasts(OUTCOMES, "bound_held", ARMS)
