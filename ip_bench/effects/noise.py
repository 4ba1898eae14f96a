"""The noise floor: how much of an outcome's variance is sampling, and how often a prompt is worth repeating."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from ip_bench.effects.arrays import groups, numbers
from ip_bench.errors import SamplesError

MOST_REPEATS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseFloor:
    """What repeats of the same prompt say.

    `sampling`: variance of one response around its prompt's mean; `between`: variance of those means between prompts
    (both unbiased; `between` may be negative). `share`: sampling over both. `sampling_ci`: 95%. `repeats`: how often to
    ask each prompt. `smallest`: the difference of two arms' means that sampling alone exceeds once in 20 runs of this
    size. Where no prompt changed its outcome, `sampling` is 0 and tells nothing of its size: the others are NaN.
    """

    sampling: float
    sampling_ci: tuple[float, float]
    between: float
    share: float
    repeats: int
    smallest: float
    prompts: int
    rows: int
    note: str = ""


def noise_floor(value: ArrayLike, prompt: ArrayLike, *, cost_ratio: float = 0.0) -> NoiseFloor:
    """Return the split of an outcome's variance by repeats, from rows of one arm (NaN: no outcome; left out).

    `value` and `prompt` (which prompt a row repeats) have shape (n,). One-way analysis of variance with the factor
    random (Searle, Casella and McCulloch 1992, ch. 3); the interval takes the sampling variance as normal.
    `cost_ratio`: what a further prompt costs beyond its calls, in calls.

    Raises:
        SamplesError: for fewer than two prompts, no repeated prompt, or infinite values; with the counts.
        ValueError: for a negative cost ratio.
    """
    values = numbers(value, "value")
    (code,) = groups([prompt], len(values))
    present = ~np.isnan(values)
    values, (code,) = values[present], groups([code[present]], int(present.sum()))
    each = np.bincount(code)
    rows, prompts = len(values), len(each)
    if prompts < 2 or rows == prompts:
        raise SamplesError(f"{rows} rows of {prompts} prompts; two prompts are needed, and one that is repeated")
    means = np.bincount(code, weights=values) / each
    freedom = rows - prompts
    sampling = float(((values - means[code]) ** 2).sum()) / freedom
    spread = float((each * (means - values.mean()) ** 2).sum()) / (prompts - 1)
    between = (spread - sampling) / float((rows - (each**2).sum() / rows) / (prompts - 1))
    whole = sampling + max(between, 0.0)
    low, high = (freedom * sampling / float(scipy.stats.chi2.ppf(tail, freedom)) for tail in (0.975, 0.025))
    smallest = float(scipy.stats.norm.isf(0.025)) * math.sqrt(2 * sampling / rows)
    notes = []
    if not sampling:
        low = high = smallest = math.nan
        notes.append(f"none of {prompts} prompts changed its outcome: greedy decoding, or one seed for all repeats")
    if between < 0:
        notes.append("between prompts came out negative: too small to be told from 0 here, taken as 0")
    return NoiseFloor(
        sampling=sampling, sampling_ci=(low, high), between=between, share=sampling / whole if whole else math.nan,
        repeats=repeats_worth(sampling, max(between, 0.0), cost_ratio),
        smallest=smallest, prompts=prompts, rows=rows,
        note="; ".join(notes),
    )  # fmt: skip


def repeats_worth(within: float, between: float, cost_ratio: float) -> int:
    """Return how often to ask a prompt so that a budget gives the smallest variance.

    That is sqrt(cost ratio x within / between), rounded to the better neighbor; `cost_ratio` is what a further prompt
    costs beyond its own calls, in calls (Cochran 1977, sec. 10.6). Where it costs nothing beyond them, once is best,
    whatever the noise: new prompts teach more. At most 64.

    Raises:
        ValueError: for a negative variance or cost ratio.
    """
    if within < 0 or between < 0 or cost_ratio < 0:
        raise ValueError(f"within is {within}, between {between}, cost ratio {cost_ratio}; none may be negative")
    if within == 0 or cost_ratio == 0:
        return 1
    if between == 0:
        return MOST_REPEATS
    best = math.sqrt(cost_ratio * within / between)

    def cost(count: int) -> float:
        return (cost_ratio + count) * (between + within / count)

    return min(MOST_REPEATS, min(max(1, math.floor(best)), math.ceil(best), key=cost))


def prompts_to_repeat(precision: float, *, repeats: int = 2) -> int:
    """Return how many prompts to ask `repeats` times so that the sampling variance is known to a relative error.

    The standard error of a variance with f degrees of freedom is sqrt(2 / f) of it (normal theory), and each prompt
    gives repeats - 1: 0.1 and two repeats need 200 prompts, a subset of the run.

    Raises:
        ValueError: for a precision that is not positive, or fewer than two repeats.
    """
    if not precision > 0 or repeats < 2:
        raise ValueError(f"precision is {precision} and repeats {repeats}; they must be positive, and 2 or more")
    return math.ceil(2 / precision**2 / (repeats - 1) - 1e-9)
