"""Paired contrasts: complete pairs by item and cell, clustered on every crossed factor."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ip_bench.design import Contrast
from ip_bench.effects.clusters import clustered_mean, codes
from ip_bench.effects.effect import Effect, Verdict
from ip_bench.errors import SamplesError

FEW_DISCORDANT = 10  # with fewer items off the common difference, the normal theory of a mean of -1, 0, 1 fails


@dataclass(frozen=True, slots=True)
class Scored:
    """One row's score on one outcome; `value` is None where the row gave no outcome (`reason` says why)."""

    item: str
    realization: str
    template: str
    arm: str
    value: float | None
    reason: str = ""


class Pairs(NamedTuple):
    """Complete pairs: the differences, their crossed factors, and what was lost."""

    difference: NDArray[np.float64]
    key: list[tuple[str, str, str]]
    missing: dict[str, int]

    def factors(self) -> list[NDArray[np.intp]]:
        """Return the cluster codes of items, realizations and (where several carried the cue) templates.

        This is the one definition of the clusters; standard errors, degrees of freedom and counts all use it.
        """
        columns = list(zip(*self.key, strict=True))
        found = [codes(columns[0]), codes(columns[1])]
        template = codes(columns[2])
        if template.max() > 0 and not _nested(found[1], template):
            found.append(template)
        return found


def _nested(outer: NDArray[np.intp], inner: NDArray[np.intp]) -> bool:
    """Return whether the two labelings are one and the same partition (a template of its own for each)."""
    pairs = len(np.unique(np.stack([outer, inner]), axis=1).T)
    return pairs == int(outer.max()) + 1 == int(inner.max()) + 1


def pair(rows: Iterable[Scored], contrast: Contrast) -> Pairs:
    """Pair the two arms of a contrast by (item, realization, template).

    Raises:
        SamplesError: when an arm has two rows for one key, or a score that is not a finite number.
    """
    sides: dict[str, dict[tuple[str, str, str], float | None]] = {contrast.arm: {}, contrast.reference: {}}
    missing = Counter({contrast.arm: 0, contrast.reference: 0})
    for row in rows:
        if row.arm not in sides:
            continue
        key = (row.item, row.realization, row.template)
        if key in sides[row.arm]:
            raise SamplesError(f"two rows of arm {row.arm!r} for item, realization, template {key}")
        if row.value is not None and not math.isfinite(row.value):
            raise SamplesError(f"score {row.value} in arm {row.arm!r}, item {row.item!r}; scores must be finite")
        sides[row.arm][key] = row.value
    treated, control = sides[contrast.arm], sides[contrast.reference]
    both = [key for key in treated if key in control]
    for key in both:
        missing[contrast.arm] += treated[key] is None
        missing[contrast.reference] += control[key] is None
    complete = sorted(
        (key, a, b) for key in both if (a := treated[key]) is not None and (b := control[key]) is not None
    )
    return Pairs(np.array([a - b for _, a, b in complete]), [key for key, _, _ in complete], dict(missing))


def paired_effect(
    pairs: Pairs,
    contrast: Contrast,
    *,
    margin: float,
    alpha: float = 0.05,
    model: str = "",
    dataset_hash: str = "",
    largest: float = 1.0,
    family: int = 1,
) -> Effect:
    """Return the mean paired difference with its clustered interval and verdict.

    Fewer than two items or two realizations give NaN. Where fewer than 10 items differ from 0 (or, less than a tenth of
    the items, from the most frequent difference: 1 where every answer turned), the interval is exact over items:
    Clopper-Pearson on the shares of items above and below, each at alpha/2; the note says that it is conditional on
    the realizations.
    `largest` is the largest difference that the exact method has to reckon with (where one is larger, it is not used),
    and `family` the number of contrasts that its simultaneous interval has to cover (`adjust` cannot widen it later).

    Raises:
        ValueError: when `margin` is not above 0 or `alpha` is not in (0, 1/2).
    """
    _check(margin, alpha)
    labels = {
        "outcome": contrast.outcome,
        "arm": contrast.arm,
        "reference": contrast.reference,
        "alpha": alpha,
        "margin": margin,
        "n_missing_by_arm": pairs.missing,
        "estimand": contrast.estimand,
        "model": model,
        "dataset_hash": dataset_hash,
    }
    n = len(pairs.difference)
    items = {key[0] for key in pairs.key}
    forms = {key[1] for key in pairs.key}
    counts = {"n_items": len(items), "n_realizations": len(forms), "n_rows": n}
    if len(items) < 2 or len(forms) < 2:
        note = f"{len(items)} items and {len(forms)} realizations in complete pairs; two of each are needed"
        return nan_effect(note, **labels, **counts)  # type: ignore[arg-type]
    means = _item_means(pairs)
    for common, few in ((0.0, FEW_DISCORDANT), (_most_frequent(means), min(FEW_DISCORDANT, len(means) / 10))):
        if np.count_nonzero(means != common) < few and np.abs(pairs.difference).max() <= largest:
            return _exact(pairs, common, labels, counts, largest=largest, family=family)
    estimate = float(pairs.difference.mean())
    variance = clustered_mean(pairs.difference, pairs.factors())
    se = math.sqrt(variance.covariance[0, 0])
    method = f"mean paired difference, {len(variance.clusters)}-way clusters {variance.clusters}, t"
    note = _missing_note(pairs.missing, n)
    return summarize(estimate, se, variance.df, method=method, note=note, **labels, **counts)  # type: ignore[arg-type]


def _missing_note(missing: Mapping[str, int], complete: int) -> str:
    """Say so where an arm lost more than a tenth of its rows: the effect is then of what was answered."""
    heavy = [f"{arm} {lost}" for arm, lost in missing.items() if lost > 0.1 * (complete + lost)]
    return f"rows without an outcome: {', '.join(heavy)}; the effect is of answered pairs only" if heavy else ""


def summarize(
    estimate: float,
    se: float,
    df: float,
    *,
    margin: float,
    alpha: float,
    method: str,
    **rest: object,
) -> Effect:
    """Return an Effect from an estimate, its standard error and degrees of freedom (t interval, TOST verdict)."""
    p = float(2 * stats.t.sf(abs(estimate) / se, df)) if se > 0 else math.nan
    reach = float(stats.t.ppf(1 - alpha / 2, df)) * se
    ci = (estimate - reach, estimate + reach)
    verdict = judge(estimate, se, df, margin=margin, alpha=alpha, p=p)
    return Effect(
        estimate=estimate, se=se, df=df, ci=ci, alpha=alpha, p=p, p_adjusted=p, ci_simultaneous=ci,
        margin=margin, verdict=verdict, method=method, **rest,  # type: ignore[arg-type]
    )  # fmt: skip


def nan_effect(note: str, *, margin: float, alpha: float, **rest: object) -> Effect:
    """Return an undecided Effect without numbers; `note` names the cause and the counts."""
    nan = math.nan
    return Effect(
        estimate=nan, se=nan, df=nan, ci=(nan, nan), alpha=alpha, p=nan, p_adjusted=nan,
        ci_simultaneous=(nan, nan), margin=margin, verdict="undecided", method="none", note=note,
        **rest,  # type: ignore[arg-type]
    )  # fmt: skip


def judge(estimate: float, se: float, df: float, *, margin: float, alpha: float, p: float) -> Verdict:
    """Return the three-way verdict: a test against 0 and two one-sided tests against the margin (TOST).

    `p` is the (adjusted) p-value of the test against 0. Schuirmann (1987); the equivalence test is at `alpha`.
    """
    if not (math.isfinite(estimate) and math.isfinite(se)):
        return "undecided"
    reach = float(stats.t.ppf(1 - alpha, df)) * se
    inside = -margin < estimate - reach and estimate + reach < margin
    return _verdict(differs=p < alpha, inside=inside)


def _verdict(*, differs: bool, inside: bool) -> Verdict:
    if differs:
        return "different but negligible" if inside else "different"
    return "equivalent" if inside else "undecided"


def _check(margin: float, alpha: float) -> None:
    if not margin > 0 or not math.isfinite(margin):
        raise ValueError(f"margin is {margin}; it must be a positive number, declared before the run")
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha is {alpha}; it must be between 0 and 0.5")


def _item_means(pairs: Pairs) -> NDArray[np.float64]:
    item = codes([key[0] for key in pairs.key])
    return np.asarray(np.bincount(item, weights=pairs.difference) / np.bincount(item))


def _most_frequent(values: NDArray[np.float64]) -> float:
    distinct, counts = np.unique(values, return_counts=True)
    return float(distinct[np.argmax(counts)])


def _exact(
    pairs: Pairs,
    common: float,
    labels: Mapping[str, object],
    counts: Mapping[str, int],
    *,
    largest: float,
    family: int,
) -> Effect:
    """Bound the effect by exact limits on the shares of items above and below the common difference c.

    An item's mean difference lies in [-m, m], so the effect lies between c - (m + c) P(below) and c + (m - c) P(above);
    with Clopper-Pearson limits of the shares at alpha/2 each it covers with at least 1 - alpha. TOST at alpha uses
    limits at alpha. p is the largest of the sign tests of the items, the realizations and the templates.
    """
    alpha, margin = float(labels["alpha"]), float(labels["margin"])  # type: ignore[arg-type]
    means = _item_means(pairs)
    n, above, below = len(means), int((means > common).sum()), int((means < common).sum())

    def limits(level: float) -> tuple[float, float]:
        down, up = (float(stats.beta.ppf(1 - level, k + 1, n - k)) if k < n else 1.0 for k in (below, above))
        return common - (largest + common) * down, common + (largest - common) * up

    wide, narrow, simultaneous = limits(alpha / 2), limits(alpha), limits(alpha / 2 / family)
    p = max(_sign_test(pairs.difference, factor) for factor in pairs.factors())
    excluded = not simultaneous[0] <= 0 <= simultaneous[1]
    inside = -margin < narrow[0] and narrow[1] < margin
    note = (
        f"{above} items above and {below} below {common:+.3g} of {n}: exact limits, conditional on these realizations"
    )
    verdict = _verdict(differs=excluded and p < alpha, inside=inside)
    return Effect(
        estimate=float(means.mean()), se=math.nan, df=math.nan, ci=wide, p=p, p_adjusted=p,
        ci_simultaneous=simultaneous, verdict=verdict,
        method="exact limits on items that moved (Clopper-Pearson)", note=note,
        **labels, **counts,  # type: ignore[arg-type]
    )  # fmt: skip


def _sign_test(difference: NDArray[np.float64], factor: NDArray[np.intp]) -> float:
    sums = np.bincount(factor, weights=difference)
    up, down = int((sums > 0).sum()), int((sums < 0).sum())
    return float(stats.binomtest(up, up + down).pvalue) if up + down else 1.0
