"""The declared contrasts of a config, estimated from outcomes: each, minus placebo, and adjusted for each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.family import adjust
from ip_bench.looks import Stopped
from ip_bench.outcomes.measures import Measure, Member
from ip_bench.outcomes.outcome import Measured

MARGIN, ALPHA = 0.05, 0.05


def declared_contrasts(config: Mapping[str, Any], present: set[str]) -> list[Contrast]:
    """Return the contrasts that a config's manifest declares and whose arms are both present."""
    declared = (Contrast(**{**entry, "placebos": tuple(entry["placebos"])}) for entry in config["contrasts"])
    return [contrast for contrast in declared if {contrast.arm, contrast.reference} <= present]


def effects_of(
    measure: Measure,
    outcomes: Sequence[Measured],
    contrasts: Sequence[Contrast],
    *,
    margin: float,
    alpha: float,
    stopped: Stopped | None = None,
) -> list[Effect]:
    """Return the declared contrasts, the pooled placebo, and each contrast minus placebo, family by family.

    Of a run that could stop early, with the intervals and p-values of the look at which it did.
    """
    families = (measure.members(outcomes, family) for family in measure.families(contrasts))
    return estimated(families, margin=margin, alpha=alpha, stopped=stopped)


def estimated(
    families: Iterable[Sequence[Member]], *, margin: float, alpha: float, stopped: Stopped | None = None
) -> list[Effect]:
    """Return the effects of families of members, the members of each adjusted for each other; see `effects_of`."""
    found: list[Effect] = []
    for members in families:

        def compute(alpha: float, members: Sequence[Member] = members) -> list[Effect]:
            return adjust([effect(margin=margin, alpha=alpha, family=len(members)) for effect in members])

        found += compute(alpha) if stopped is None else stopped.adjusted(compute, len(members))
    return found
