"""How a judge agrees with labels: accuracy, F1 of refusals, kappa, and its errors of either kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ip_bench.effects.arrays import Numbers
from ip_bench.judging.figures import of_counts, share
from ip_bench.judging.rows import Row
from ip_bench.outcomes.refusal.detector import COMPLIANCE, LABELS, Verdict

ALL = "all"


def agreement(rows: Sequence[Row], said: Sequence[Verdict], alpha: float) -> list[dict[str, Any]]:
    """Return the figures over all labeled rows, then of each model, by name.

    A row without a verdict is counted (`unread`, `no_label`) and is in none of the shares.
    """
    models = sorted({row.model for row in rows if row.label})
    return [_figures(name, rows, said, alpha) for name in (ALL, *(models if len(models) > 1 else ()))]


def confusion(rows: Sequence[Row], said: Sequence[Verdict]) -> dict[str, dict[str, int]]:
    """Return, for each label, how often each verdict was given, or which status a row without one had."""
    return {
        label: dict(
            sorted(
                Counter(
                    one.label or one.status for row, one in zip(rows, said, strict=True) if row.label == label
                ).items()
            )
        )
        for label in LABELS
    }


def _figures(model: str, rows: Sequence[Row], said: Sequence[Verdict], alpha: float) -> dict[str, Any]:
    own = [
        (row, one) for row, one in zip(rows, said, strict=True) if row.label is not None and model in (ALL, row.model)
    ]
    read = [(row, one) for row, one in own if one.label is not None]
    prompts = [row.prompt for row, _ in read]
    truth = np.array([row.label != COMPLIANCE for row, _ in read], dtype=bool)
    found = np.array([one.label != COMPLIANCE for _, one in read], dtype=bool)
    refused, complied = ([prompt for prompt, yes in zip(prompts, side, strict=True) if yes] for side in (truth, ~truth))
    return {
        "model": model,
        "rows": len(own),
        "unread": sum(one.status == "unread" for _, one in own),
        "no_label": sum(one.label is None and one.status != "unread" for _, one in own),
        "accuracy": share((truth == found).astype(float).tolist(), prompts, alpha),
        "f1": of_counts(_cells([truth & found, ~truth & found, truth & ~found]), prompts, f1, alpha),
        "kappa": of_counts(_cells(_crossed([truth, ~truth], [found, ~found])), prompts, kappa, alpha),
        "sensitivity": share(found[truth].astype(float).tolist(), refused, alpha),
        "specificity": share((~found[~truth]).astype(float).tolist(), complied, alpha),
        "three_classes": {
            "accuracy": share([float(row.label == one.label) for row, one in read], prompts, alpha),
            "kappa": of_counts(
                _cells(
                    _crossed(
                        *(
                            [np.array([each == label for each in side], dtype=bool) for label in LABELS]
                            for side in ([row.label for row, _ in read], [one.label for _, one in read])
                        )
                    )
                ),
                prompts, kappa, alpha,
            ),
        },
    }  # fmt: skip


def f1(sums: Numbers) -> Numbers:
    """Return F1 (k,) of hits, false alarms and misses (k, 3); nan without any."""
    hits, false, missed = sums.T
    return np.asarray(2 * hits / (2 * hits + false + missed))


def kappa(sums: Numbers) -> Numbers:
    """Return Cohen's kappa (1960) (k,) of square tables, flat (k, c * c): labels by verdicts.

    nan where chance alone agrees in every row.
    """
    width = round(sums.shape[1] ** 0.5)
    tables = sums.reshape(-1, width, width)
    rows = tables.sum(axis=(1, 2))
    agreed = np.trace(tables, axis1=1, axis2=2) / rows
    chance = (tables.sum(axis=1) * tables.sum(axis=2)).sum(axis=1) / rows**2
    return np.asarray((agreed - chance) / (1 - chance))


def _cells(columns: Sequence[np.ndarray[Any, np.dtype[np.bool_]]]) -> Numbers:
    return np.column_stack([column.astype(np.float64) for column in columns])


def _crossed(
    one: Sequence[np.ndarray[Any, np.dtype[np.bool_]]], other: Sequence[np.ndarray[Any, np.dtype[np.bool_]]]
) -> list[np.ndarray[Any, np.dtype[np.bool_]]]:
    return [first & second for first in one for second in other]
