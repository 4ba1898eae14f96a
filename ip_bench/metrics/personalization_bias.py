"""Personalization bias over groups without its noise, as an `evaluate` metric; see `ip_bench.effects.gaps`."""

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate
import numpy as np

from ip_bench.effects.gaps import personalization_bias
from ip_bench.effects.groups import axis
from ip_bench.effects.table import Scores
from ip_bench.files import nan_to_none
from ip_bench.metrics import columns, within

_INPUTS = """
Args:
    predictions: a score in [0, 1] per row, NaN where a response gave none.
    items: what was asked, the same for every group.
    groups: who seemed to ask.
    axes: what the score is of, safety or utility say (optional; each axis has its own items).
    realizations: which name or sentence carried the group (optional; shared by all groups).
    alpha: the error level of the interval and of the noise floor.
Returns:
    published (the formula as published, in points), square (the debiased square, signed) with square_ci, debiased, ci,
    p, floor, permuted, and the rest of the record.
"""


class PersonalizationBias(evaluate.Metric):  # type: ignore[misc]  # evaluate has no type hints
    """Personalization bias in points: as published, debiased, with its interval and the noise floor of the run."""

    def _info(self) -> Any:
        return evaluate.MetricInfo(
            description="Personalization bias over groups, as published and without its noise.",
            citation="Vijjini et al. (2024), arXiv 2406.11107",
            inputs_description=_INPUTS,
            features=datasets.Features(
                predictions=datasets.Value("float64"), items=datasets.Value("string"), groups=datasets.Value("string")
            ),
        )

    def _compute(
        self,
        predictions: Sequence[float],
        items: Sequence[str],
        groups: Sequence[str],
        *,
        axes: Sequence[str] | None = None,
        realizations: Sequence[str] | None = None,
        alpha: float = 0.05,
        draws: int = 2_000,
    ) -> dict[str, Any]:
        value = within(predictions, "scores")
        rows = columns(predictions, items=items, groups=groups, axes=axes, realizations=realizations)
        item, arm, form = rows["items"], rows["groups"], rows.get("realizations")
        outcome = rows.get("axes", np.full(len(value), "score"))
        names = sorted(set(arm.tolist()))
        tables = []
        for name in np.unique(outcome):
            own = outcome == name
            scores = Scores.of(
                item=item[own], arm=arm[own], value=value[own], realization=None if form is None else form[own]
            )
            cells = scores.cells(names)
            tables.append(axis(cells.value, cells.factors()))
        found = personalization_bias(tables, alpha=alpha, draws=draws)
        return dict(nan_to_none(found._asdict()))
