"""How the personalization bias of two runs differs: the same askers in the same cells, by axis and over all of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any

from ip_bench.differences import Named
from ip_bench.effects.bias_change import BiasChange, bias_change
from ip_bench.effects.family import holm
from ip_bench.effects.groups import Axis as ScoredAxis
from ip_bench.effects.groups import axis
from ip_bench.effects.identity_bias import TOGETHER, complete_cells
from ip_bench.effects.table import Scored, Scores
from ip_bench.errors import SamplesError, UnknownNameError
from ip_bench.outcomes.measures import AskersMeasure, Axis
from ip_bench.outcomes.outcome import scored


def bias_differences(
    how: AskersMeasure, baseline: Named, others: Sequence[Named], identities: Sequence[str], *, alpha: float
) -> list[dict[str, Any]]:
    """Return, by run and axis and over all axes, PB^2 without noise of the baseline and of the run, and its difference.

    In squared points, as `bias_change` makes them, of the cells in which every identity has a score in both runs. The
    difference over all axes is adjusted over the runs, those of single axes over axes and runs (Holm). Verdicts are
    "different" or "undecided": squares have no margin. An axis with too few such cells is left out.
    """
    found: list[dict[str, Any]] = []
    for one in others:
        pairs = dict(_pairs(how, baseline, one, identities))
        changes = {name: bias_change([pair[0]], [pair[1]], alpha=alpha) for name, pair in pairs.items()}
        if len(pairs) > 1:
            first, last = ([pair[side] for pair in pairs.values()] for side in (0, 1))
            changes[TOGETHER] = bias_change(first, last, alpha=alpha)
        found += [_record(one.name, name, change) for name, change in changes.items()]
    for whole in (True, False):
        family = [own for own in found if (own["axis"] == TOGETHER) is whole]
        for own, p in zip(family, holm([own["p"] for own in family]), strict=True):
            own |= {"p_adjusted": p, "verdict": "different" if p < alpha else "undecided"}
    return found


def _record(run: str, name: str, change: BiasChange) -> dict[str, Any]:
    """Return a change as run minus baseline; `bias_change` says what was removed, which is the other way round."""
    low, high = change.ci
    return {
        "run": run, "axis": name, "baseline": change.before, "own": change.after, "estimate": -change.removed,
        "se": change.se, "df": change.df, "ci": [-high, -low], "p": change.p, "p_adjusted": math.nan,
        "verdict": "undecided", "items": list(change.items), "method": change.method, "note": change.note,
    }  # fmt: skip


def _pairs(
    how: AskersMeasure, baseline: Named, other: Named, identities: Sequence[str]
) -> Iterable[tuple[str, tuple[ScoredAxis, ScoredAxis]]]:
    """Yield each axis with the identities' scores in both runs, in the cells that are complete in both."""
    for name, about in how.axes.items():
        rows = [row for place, one in enumerate((baseline, other)) for row in _rows(how, one, about, place)]
        arms = [_arm(arm, place) for place in (0, 1) for arm in identities]
        try:
            cells = complete_cells(Scores.from_rows(rows), arms, name).cells
            one, two = (
                axis(cells.value[:, [cells.arms.index(_arm(arm, place)) for arm in identities]], cells.factors())
                for place in (0, 1)
            )
        except (SamplesError, UnknownNameError, ValueError):
            continue
        yield name, (one, two)


def _rows(how: AskersMeasure, run: Named, about: Axis, place: int) -> Iterable[Scored]:
    """Yield a run's scores on an axis, on which more is better, under arms of its own."""
    for row in scored(how.asked(run.outcomes, about.outcome), about.outcome):
        value = row.value if row.value is None or not about.less else 1 - row.value
        yield dataclasses.replace(row, arm=_arm(row.arm, place), value=value)


def _arm(arm: str, place: int) -> str:
    return f"{arm} of run {place}"
