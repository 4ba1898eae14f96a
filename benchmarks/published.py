"""Stopping early on published responses: model calls and errors of designs on resampled answers of real models."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from ratios import Result, Row, figures
from resampled import BATCH, FOLDER, Population, drawn, moments, populations
from scipy import stats
from sequential import ALPHA, EFFECT, POWER, TARGETS, Floats, stops, two_sided

from ip_bench.effects.designs import Sequential, group_sequential
from ip_bench.effects.planning import plan
from ip_bench.effects.power import Components, Layout
from ip_bench.effects.sequential import Interim, futile_below, levels_of, look
from ip_bench.seeds import generator

RUNS = 4_000


class Paired(NamedTuple):
    """The paired designs for the effect, fixed and with looks, and the items at which either is analyzed."""

    fixed: Layout
    staged: Sequential
    items: tuple[int, ...]


class Judged(NamedTuple):
    """How often the designs find an effect, and the mean calls of the one with looks."""

    fixed: float
    staged: float
    calls: float


class Planned(NamedTuple):
    """The calls of the two fixed designs for the effect, and the items of an arm of the unpaired one."""

    paired: int
    unpaired: int
    each: int


class Found(NamedTuple):
    """One population's figures: the error, the power, and the mean calls at no effect and at the planned one."""

    population: Population
    calls: Planned
    error: dict[str, float]
    power: dict[str, float]
    sequential: tuple[float, float]


def each_arm(population: Population) -> int:
    """Return how many items of an arm the unpaired design asks for the effect."""
    _, raised, base = moments(population, EFFECT)
    z = stats.norm.isf(ALPHA / 2) + stats.norm.ppf(POWER)
    return math.ceil((raised + base) * (z / EFFECT) ** 2)


def paired(sd: float) -> Paired:
    """Return the paired designs for the effect, where an item's difference has this SD."""
    layout = plan(EFFECT, Components(sd, 0.0, 0.0), power=POWER, realizations=None).layout
    assert layout is not None, "a population has enough items when they are drawn with replacement"
    staged = group_sequential(layout.items, df=layout.items - 1, power=POWER)
    return Paired(layout, staged, tuple(sorted({*staged.items, layout.items})))


def measure(population: Population) -> Found:
    """Simulate the three designs without an effect and with the planned one."""
    each, design = each_arm(population), paired(moments(population, EFFECT)[0])
    rates: dict[str, list[float]] = {"sequential": [], "paired": [], "unpaired": []}
    calls = []
    for effect in (0.0, EFFECT):
        rng = generator("published", population.name, effect)
        answers = (drawn(population, effect, design.items[-1], rng) for _ in range(RUNS // BATCH))
        found = judged(design, (one[..., 0] - one[..., 1] for one in answers))
        calls.append(found.calls)
        rates["sequential"].append(found.staged)
        rates["paired"].append(found.fixed)
        rates["unpaired"].append(float(np.mean([_apart(population, effect, each, rng) for _ in range(RUNS // BATCH)])))
    return Found(
        population,
        Planned(design.fixed.calls, 2 * each, each),
        {name: found[0] for name, found in rates.items()},
        {name: found[1] for name, found in rates.items()},
        (calls[0], calls[1]),
    )


def judged(design: Paired, differences: Iterable[Floats]) -> Judged:
    """Return what the designs make of batches of paired differences (runs, items)."""
    fixed, staged, items = design
    estimate, se = (
        np.concatenate(parts, axis=1) for parts in zip(*(_seen(one, items) for one in differences), strict=True)
    )
    looks = [items.index(count) for count in staged.items]
    fractions = staged.design.fractions()
    levels = np.array(levels_of(staged.design, fractions).difference)[:, None]
    below = [futile_below(staged.design, fractions, count - 1)[k] for k, count in enumerate(staged.items)]
    p = two_sided(estimate, se, np.array(items)[:, None] - 1)
    hits, futile = p[looks] < levels, np.abs(estimate[looks]) < se[looks] * np.array(below)[:, None]
    for run in range(10):
        history = [Interim(float(estimate[k, run]), float(se[k, run]), items[k] - 1) for k in looks]
        said = [look(staged.design, history[: k + 1]).verdict for k in range(len(looks) - 1)]
        rule = np.select([hits[:-1, run], futile[:-1, run]], ["different", "undecided"], "continue").tolist()
        assert said == rule, f"look() and the vectorized rule differ in run {run}"
    found, share = stops(hits, futile, staged.items, fixed.items)
    return Judged(float((p[items.index(fixed.items)] < ALPHA).mean()), found, share * fixed.calls)


def _seen(difference: Floats, items: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return the mean difference and its standard error after each number of items (looks, runs)."""
    at, count = np.array(items) - 1, np.array(items)[:, None]
    mean = difference.cumsum(axis=1).T[at] / count
    squared = (difference**2).cumsum(axis=1).T[at] - count * mean**2
    return mean, np.sqrt(np.maximum(squared, 0) / (count * (count - 1)))


def _apart(population: Population, effect: float, each: int, rng: np.random.Generator) -> float:
    """Return how often the z of two shares, of other items in each arm, says that they differ."""
    first = drawn(population, effect, each, rng)[..., 0].mean(axis=1)
    second = drawn(population, effect, each, rng)[..., 1].mean(axis=1)
    spread: NDArray[np.float64] = np.sqrt((first * (1 - first) + second * (1 - second)) / each)
    return float((np.abs(first - second) > stats.norm.isf(ALPHA / 2) * spread).mean())


def table(found: list[Found]) -> str:
    """Return the figures by population."""
    heads = (
        "answers of", "items", "right", "correlation", "unpaired: calls", "error", "power", "paired: calls", "error",
        "power", "sequential: calls, no effect", "calls", "error", "power", "of unpaired", "of paired",
    )  # fmt: skip
    rows = (
        (
            one.population.name,
            f"{len(one.population.right):,}", f"{one.population.right.mean():.2f}", f"{_correlation(one):.2f}",
            f"{one.calls.unpaired:,}", f"{one.error['unpaired']:.3f}", f"{one.power['unpaired']:.3f}",
            f"{one.calls.paired:,}", f"{one.error['paired']:.3f}", f"{one.power['paired']:.3f}",
            *(f"{calls:,.0f}" for calls in one.sequential),
            f"{one.error['sequential']:.3f}", f"{one.power['sequential']:.3f}",
            f"{one.sequential[1] / one.calls.unpaired:.2f}", f"{one.sequential[1] / one.calls.paired:.2f}",
        )
        for one in found
    )  # fmt: skip
    return figures(heads, rows)


def _correlation(one: Found) -> float:
    """Return the correlation of the two answers to an item."""
    return float(np.corrcoef(one.population.right.T)[0, 1])


def result(folder: Path = FOLDER) -> Result:
    """Return the table and its rows of the one table; where the responses are not at hand, a row that says so."""
    what = f"model calls to find {EFFECT:g}, published responses"
    if not folder.is_dir():
        said = "the published responses are not at hand (IP_BENCH_SHARED)"
        return Result(f"Not measured: {said}.", [Row(what, "-", "fixed designs", said)])
    found = [measure(one) for one in populations(folder)]
    total = sum(one.sequential[1] for one in found)
    error = max(one.error["sequential"] for one in found)
    rows = []
    for name, peer in {"unpaired": "unpaired fixed design", "paired": "the same paired design, fixed"}.items():
        theirs = sum(getattr(one.calls, name) for one in found)
        shares = sorted(one.sequential[1] / getattr(one.calls, name) for one in found)
        target = f"at most {TARGETS[name]:g} of its calls"
        said = f"{theirs:,} calls, error {max(one.error[name] for one in found):.3f} at most"
        rows.append(
            Row(
                f"{what}, {len(found)} populations ({shares[0]:.2f} to {shares[-1]:.2f} of the calls)",
                f"{total:,.0f} calls, error {error:.3f} at most",
                peer,
                said,
                theirs / total,
                target,
                total / theirs <= TARGETS[name],
            )
        )
    near = [one for one in found if one.sequential[1] <= TARGETS["unpaired"] * one.calls.unpaired]
    closest = f", which correlate at {min(map(_correlation, near)):.2f} or more" if near else ""
    text = f"""The same designs on what real models answered: right or wrong, to items asked in two arms (case C of Jin
et al., 2024: four models, the fact that the user states first is right or wrong). {RUNS:,} runs a figure draw their
items from these with replacement. Without an effect the two answers of an item change places at random; an effect of
{EFFECT:g} is planted on top. One row an item and arm, no realizations. The unpaired design has other items in each arm
and is analyzed by the z of two shares, as peers do. All are planned for {POWER:.0%} power. How many calls pairing saves
is a matter of how far the answers to one item go together: {len(near)} of {len(found)} populations come to a quarter of
the unpaired design's calls{closest}.

{table(found)}"""
    return Result(text, rows)


def report() -> str:
    """Return the table."""
    return result().text


if __name__ == "__main__":
    print(report())
