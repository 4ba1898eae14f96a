"""Shares and differences as an audit writes them, with intervals over prompts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ip_bench.design import Contrast
from ip_bench.effects.arrays import Numbers
from ip_bench.effects.clusters import codes
from ip_bench.effects.effect import Effect
from ip_bench.effects.paired import Pairs, paired_effect
from ip_bench.effects.rates import effective, rate_effect
from ip_bench.effects.resampling import bootstrap, cluster_sums
from ip_bench.effects.table import column

MARGIN = 0.02  # a push of verdicts that is small: judges differ from people by as much


def share(values: Sequence[float], prompts: Sequence[str], alpha: float) -> dict[str, Any]:
    """Return the share of ones, with Wilson's interval over the effective number of rows.

    Completions of one prompt are no independent rows: `effective` is how many independent ones they are worth.
    """
    cluster = codes(list(prompts)) if prompts else np.empty(0, dtype=np.intp)
    found = rate_effect(list(values), arm="rows", outcome="share", factors=[cluster], alpha=alpha)
    worth = float("nan") if found.note else effective(np.asarray(values, dtype=np.float64), [cluster])[0]
    return {
        "share": found.estimate, "low": found.ci[0], "high": found.ci[1], "rows": found.n_rows,
        "prompts": found.n_items, "effective": worth, "note": found.note,
    }  # fmt: skip


def difference(values: Sequence[float], prompts: Sequence[str], what: str, alpha: float, margin: float) -> Effect:
    """Return the mean of differences with its interval over prompts; `what` says of what."""
    pairs = Pairs(np.asarray(values, dtype=np.float64), column(list(prompts)), None, None, {})
    return paired_effect(pairs, Contrast("changed", "as it was", what, what), margin=margin, alpha=alpha)


def shown(effect: Effect) -> dict[str, Any]:
    """Return what an audit writes of an effect."""
    return {
        "estimate": effect.estimate, "low": effect.ci[0], "high": effect.ci[1], "p": effect.p_adjusted,
        "verdict": effect.verdict, "rows": effect.n_rows, "prompts": effect.n_items, "note": effect.note,
    }  # fmt: skip


def of_counts(
    cells: Numbers, prompts: Sequence[str], statistic: Callable[[Numbers], Numbers], alpha: float
) -> dict[str, Any]:
    """Return a statistic of counts with a percentile interval of a bootstrap over prompts.

    `cells` (n, m) say in which of m cells each row is; `statistic` turns sums (k, m) into k numbers.
    """
    if not len(cells):
        return {"share": float("nan"), "low": float("nan"), "high": float("nan"), "note": "no rows"}
    sums = cluster_sums(cells, codes(list(prompts)))
    found = bootstrap(sums, statistic, interval="percentile", alpha=alpha, seed=("judge audit", sums.shape))
    return {"share": found.estimate, "low": found.ci[0], "high": found.ci[1], "note": found.note}
