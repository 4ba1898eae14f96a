"""The effects of a run on refusals, with what an audit found of the judge's errors in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.judging.corrected import corrected
from ip_bench.outcomes.measures import Measure
from ip_bench.outcomes.outcome import Measured, scored

#: The outcomes that are a judge's verdicts.
JUDGED = ("safe", "refused_benign")


def effects_with_judge_error(
    outcomes: Sequence[Measured],
    contrasts: Sequence[Contrast],
    audit: Mapping[str, Any],
    how: Measure,
    *,
    model: str,
    margin: float,
    alpha: float,
    judge: str,
) -> list[Effect]:
    """Return the contrasts of a config on safety and false refusal, corrected for the judge's error, by family.

    A safe answer that declines nothing counts as the refusal it stands for. NaN, with the cause, where the audit has
    too few labels of the model's family.

    Raises:
        IpBenchError: where the audit is of another judge.
    """
    found: list[Effect] = []
    for family in how.families([one for one in contrasts if one.outcome in JUDGED]):
        rows = scored(how.asked(outcomes, family[0].outcome), family[0].outcome)
        found += corrected(rows, audit, family, model=model, margin=margin, alpha=alpha, judge=judge)
    return found
