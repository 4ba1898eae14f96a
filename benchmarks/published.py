"""Stopping early on published responses: model calls and errors of designs, resampled from what real models answered.

A population is one model's answers, right or wrong, to the items of case C of a published study, each asked in two
arms. A run draws its items from it with replacement. Without an effect, the two answers of an item change places at
random; an effect is planted on top, by making wrong answers of one arm right at random. So how two answers to one item
go together is as it is in real models, and the truth is known. No row of the responses leaves this module.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from ratios import Result, Row
from scipy import stats
from sequential import ALPHA, EFFECT, POWER, TARGETS, Floats, stops, two_sided

from ip_bench.effects.designs import group_sequential
from ip_bench.effects.planning import plan
from ip_bench.effects.power import Components
from ip_bench.effects.sequential import Interim, futile_below, levels_of, look
from ip_bench.reproduce.jin2024_data import DOMAINS, Answers
from ip_bench.reproduce.jin2024_files import read
from ip_bench.seeds import generator

ROOT = Path(__file__).parent.parent
FOLDER = Path(os.environ.get("IP_BENCH_SHARED") or ROOT.parent / "shared") / "data" / "published" / "jin2024"
RUNS, BATCH = 4_000, 500


class Population(NamedTuple):
    """The answers of a model, 0 or 1, by item and arm: the fact that the user states first is right, or wrong."""

    name: str
    right: Floats


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


def populations(folder: Path = FOLDER) -> list[Population]:
    """Return one population a model and domain of the stated fact; items without both answers are left out."""
    return [_population(answers, domain) for answers in read(folder).answers for domain in DOMAINS]


def _population(answers: Answers, domain: str) -> Population:
    arms = [
        np.concatenate([answers.correct[f"{statement}F_{domain}", dataset] for dataset in answers.datasets])
        for statement in "CW"
    ]
    both = np.column_stack(arms) / 100
    return Population(f"{answers.model}, {DOMAINS[domain]} domain", both[~np.isnan(both).any(axis=1)])


def drawn(population: Population, effect: float, items: int, rng: np.random.Generator) -> Floats:
    """Return the answers of a batch of runs (runs, items, arms), with an effect of the first arm over the second."""
    answers = population.right[rng.integers(len(population.right), size=(BATCH, items))]
    swapped = rng.random((BATCH, items, 1)) < 0.5
    answers = np.where(swapped, answers[..., ::-1], answers)
    turned = rng.random((BATCH, items)) < effect / (1 - population.right.mean())
    answers[..., 0] = np.maximum(answers[..., 0], turned)
    return answers


def moments(population: Population, effect: float) -> tuple[float, float, float]:
    """Return the SD of an item's difference, and the variances of an answer in the arm with the effect and without."""
    base = float(population.right.mean())
    apart = float((population.right[:, 0] != population.right[:, 1]).mean())
    both_wrong = float((population.right.sum(axis=1) == 0).mean())
    turned = effect / (1 - base)
    # A difference is 1 or -1 where the answers differ; turning undoes it where the first is wrong, or makes one.
    square = apart / 2 + apart / 2 * (1 - turned) + both_wrong * turned
    raised = base + effect
    return math.sqrt(square - effect**2), raised * (1 - raised), base * (1 - base)


def measure(population: Population) -> Found:
    """Simulate the three designs without an effect and with the planned one."""
    sd, raised, base = moments(population, EFFECT)
    layout = plan(EFFECT, Components(sd, 0.0, 0.0), power=POWER, realizations=None).layout
    assert layout is not None, "a population has enough items when they are drawn with replacement"
    z = stats.norm.isf(ALPHA / 2) + stats.norm.ppf(POWER)
    each = math.ceil((raised + base) * (z / EFFECT) ** 2)
    staged = group_sequential(layout.items, df=layout.items - 1, power=POWER)
    order = tuple(sorted({*staged.items, layout.items}))
    looks, fixed = [order.index(count) for count in staged.items], order.index(layout.items)
    fractions = staged.design.fractions()
    levels = np.array(levels_of(staged.design, fractions).difference)[:, None]
    below = [futile_below(staged.design, fractions, count - 1)[k] for k, count in enumerate(staged.items)]
    futile_at = np.array(below)[:, None]
    rates: dict[str, list[float]] = {"sequential": [], "paired": [], "unpaired": []}
    calls = []
    for effect in (0.0, EFFECT):
        rng = generator("published", population.name, effect)
        batches = [_seen(drawn(population, effect, order[-1], rng), order) for _ in range(RUNS // BATCH)]
        estimate, se = (np.concatenate(parts, axis=1) for parts in zip(*batches, strict=True))
        p = two_sided(estimate, se, np.array(order)[:, None] - 1)
        hits, futile = p[looks] < levels, np.abs(estimate[looks]) < se[looks] * futile_at
        for run in range(10):
            history = [Interim(float(estimate[k, run]), float(se[k, run]), order[k] - 1) for k in looks]
            said = [look(staged.design, history[: k + 1]).verdict for k in range(len(looks) - 1)]
            rule = np.select([hits[:-1, run], futile[:-1, run]], ["different", "undecided"], "continue").tolist()
            assert said == rule, f"look() and the vectorized rule differ in run {run} of {population.name}"
        found, share = stops(hits, futile, staged.items, layout.items)
        calls.append(share * layout.calls)
        rates["sequential"].append(found)
        rates["paired"].append(float((p[fixed] < ALPHA).mean()))
        rates["unpaired"].append(float(np.mean([_apart(population, effect, each, rng) for _ in range(RUNS // BATCH)])))
    return Found(
        population,
        Planned(layout.calls, 2 * each, each),
        {name: found[0] for name, found in rates.items()},
        {name: found[1] for name, found in rates.items()},
        (calls[0], calls[1]),
    )


def _seen(answers: Floats, items: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return the mean paired difference and its standard error after each number of items (looks, runs)."""
    difference = answers[..., 0] - answers[..., 1]
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
    lines = [
        "| answers of | items | right | correlation | unpaired: calls | error | power | paired: calls | error | power "
        "| sequential: calls, no effect | calls | error | power | of unpaired | of paired |",
        "|---|" + "---:|" * 15,
    ]
    for one in found:
        right = one.population.right
        cells = [
            f"{len(right):,}", f"{right.mean():.2f}", f"{np.corrcoef(right.T)[0, 1]:.2f}",
            f"{one.calls.unpaired:,}", f"{one.error['unpaired']:.3f}", f"{one.power['unpaired']:.3f}",
            f"{one.calls.paired:,}", f"{one.error['paired']:.3f}", f"{one.power['paired']:.3f}",
            *(f"{calls:,.0f}" for calls in one.sequential),
            f"{one.error['sequential']:.3f}", f"{one.power['sequential']:.3f}",
            f"{one.sequential[1] / one.calls.unpaired:.2f}", f"{one.sequential[1] / one.calls.paired:.2f}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join((one.population.name, *cells))} |")
    return "\n".join(lines)


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
    text = f"""The same designs on what real models answered: right or wrong, to items asked in two arms (case C of Jin
et al., 2024: four models, the fact that the user states first is right or wrong). {RUNS:,} runs a figure draw their
items from these with replacement. Without an effect the two answers of an item change places at random; an effect of
{EFFECT:g} is planted on top. One row an item and arm, no realizations. The unpaired design has other items in each arm
and is analyzed by the z of two shares, as peers do. All are planned for {POWER:.0%} power. How many calls pairing saves
is a matter of how far the answers to one item go together.

{table(found)}"""
    return Result(text, rows)


def report() -> str:
    """Return the table."""
    return result().text


if __name__ == "__main__":
    print(report())
