"""A judge's error rates by model family and group of arms: the part of an audit that effects are corrected with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ip_bench.effects.clusters import codes
from ip_bench.effects.judges import Judged, covariance, stack
from ip_bench.effects.rogan_gladen import moments
from ip_bench.judging.figures import share
from ip_bench.judging.rows import Row
from ip_bench.outcomes.refusal.calibration import model_family
from ip_bench.outcomes.refusal.detector import COMPLIANCE, Verdict

EVERY_ARM = ""


def judge_error(rows: Sequence[Row], said: Sequence[Verdict], alpha: float) -> list[dict[str, Any]]:
    """Return sensitivity and specificity of each model family, over all of its arms and in each group that is named.

    `correlation` is that of the errors of the two shares, which completions of one prompt may have in common.
    """
    labeled = [(row, one) for row, one in zip(rows, said, strict=True) if row.label is not None]
    groups = sorted({(model_family(row.model), arm) for row, _ in labeled for arm in (EVERY_ARM, row.arm)})
    return [
        _error(
            family,
            arm,
            [pair for pair in labeled if model_family(pair[0].model) == family and arm in (EVERY_ARM, pair[0].arm)],
            alpha,
        )
        for family, arm in groups
    ]


def _error(family: str, arm: str, pairs: Sequence[tuple[Row, Verdict]], alpha: float) -> dict[str, Any]:
    read = [(row, float(one.label != COMPLIANCE)) for row, one in pairs if one.label is not None]
    refused = [(row.prompt, verdict) for row, verdict in read if row.label != COMPLIANCE]
    complied = [(row.prompt, 1 - verdict) for row, verdict in read if row.label == COMPLIANCE]
    sides = [share([value for _, value in side], [prompt for prompt, _ in side], alpha) for side in (refused, complied)]
    return {
        "family": family,
        "arm": arm,
        "rows": len(pairs),
        "unread": len(pairs) - len(read),
        "sensitivity": sides[0],
        "specificity": sides[1],
        "correlation": _correlation(read) if refused and complied else 0.0,
    }


def _correlation(read: Sequence[tuple[Row, float]]) -> float:
    """Return the correlation of the errors of sensitivity and of the false-alarm rate."""
    labels = [float(row.label != COMPLIANCE) for row, _ in read]
    judged = Judged.of(
        [verdict for _, verdict in read], labels, factors=[codes([row.prompt for row, _ in read]).astype(np.int64)]
    )
    if judged.clusters(np.ones(len(read), dtype=bool)) < 2:
        return 0.0
    sigma = covariance(moments(judged).influence, stack([judged]))
    spread = math.sqrt(max(0.0, sigma[1, 1] * sigma[2, 2]))
    return float(np.clip(sigma[1, 2] / spread, -1, 1)) if spread > 0 else 0.0
