"""A contrast minus its placebo: what is left of a cue's effect after that of edits which say nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.paired import Pairs, Scored, paired_effect
from ip_bench.errors import SamplesError


def _cells(rows: Iterable[Scored], arms: Sequence[str]) -> dict[tuple[str, str, str], dict[str, float]]:
    """Return the scores of the arms by (item, realization, template), where every arm has one."""
    found: dict[tuple[str, str, str], dict[str, float]] = {}
    for row in rows:
        if row.arm in arms and row.value is not None:
            if not math.isfinite(row.value):
                raise SamplesError(f"score {row.value} in arm {row.arm!r}, item {row.item!r}; scores must be finite")
            found.setdefault((row.item, row.realization, row.template), {})[row.arm] = row.value
    return {key: scores for key, scores in sorted(found.items()) if len(scores) == len(arms)}


def pooled_placebo(
    rows: Sequence[Scored],
    placebos: Sequence[str],
    reference: str,
    outcome: str,
    *,
    margin: float,
    alpha: float = 0.05,
    family: int = 1,
) -> Effect:
    """Return the mean of all placebo arms minus the reference arm, over complete cells."""
    complete = _cells(rows, [*placebos, reference])
    pairs = Pairs(
        np.array([np.mean([scores[arm] for arm in placebos]) - scores[reference] for scores in complete.values()]),
        list(complete),
        _missing(rows, [*placebos, reference]),
    )
    contrast = Contrast("placebo", reference, outcome, f"mean over {len(placebos)} placebos, minus {reference}")
    return paired_effect(pairs, contrast, margin=margin, alpha=alpha, family=family)


def placebo_adjusted(
    rows: Sequence[Scored],
    contrast: Contrast,
    placebos: Sequence[str],
    reference: str,
    *,
    margin: float,
    alpha: float = 0.05,
    family: int = 1,
) -> Effect:
    """Return (arm - its reference) - (mean placebo - neutral reference), cell by cell, clustered as any contrast."""
    arms = list(dict.fromkeys([contrast.arm, contrast.reference, *placebos, reference]))
    complete = _cells(rows, arms)
    pairs = Pairs(
        np.array(
            [
                scores[contrast.arm]
                - scores[contrast.reference]
                - np.mean([scores[arm] for arm in placebos])
                + scores[reference]
                for scores in complete.values()
            ]
        ),
        list(complete),
        _missing(rows, arms),
    )
    named = Contrast(
        f"{contrast.arm} minus placebo",
        contrast.reference,
        contrast.outcome,
        f"[{contrast.estimand}] - [mean over {len(placebos)} placebos, minus {reference}]",
    )
    return paired_effect(pairs, named, margin=margin, alpha=alpha, largest=2.0, family=family)


def _missing(rows: Iterable[Scored], arms: Sequence[str]) -> dict[str, int]:
    counts = Counter(row.arm for row in rows if row.arm in arms and row.value is None)
    return {arm: counts[arm] for arm in arms}
