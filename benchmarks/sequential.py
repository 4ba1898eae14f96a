"""Stopping early: errors under repeated looks, and calls of the model beside fixed and unpaired designs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import ratios
from numpy.typing import NDArray
from scipy import stats

from ip_bench.design import rotate
from ip_bench.effects.designs import group_sequential, look_items
from ip_bench.effects.mixture import limit, tuned
from ip_bench.effects.planning import plan
from ip_bench.effects.power import Components, variance
from ip_bench.effects.sequential import Design, Interim, futile_below, levels_of, look
from ip_bench.harness.plan import LOOKS
from ip_bench.seeds import generator

RUNS, BATCH = 10_000, 250
ROWS = 2  # rows an item and arm
POWER, ALPHA = 0.8, 0.05
TARGETS = {"unpaired": 0.25, "paired": 0.75}  # of the calls of the fixed designs, at the planned effect
EFFECT = 0.05  # which the targets are about
HABIT = (0.15, 0.15)  # an item's probability: most items are answered the same way nearly every time
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class World:
    """A planned effect, and how much realizations differ. Outcomes are 0 or 1."""

    effect: float
    realizations: int
    sd: float

    def parts(self) -> Components:
        """Return the variance components, by integration over the items' probabilities."""
        p = habits()
        shift = 2 * self.effect * (1 - p)
        other = p + shift
        row = math.sqrt(float(np.mean(p * (1 - p)) + np.mean(other * (1 - other))) / 2)
        return Components(float(shift.std()), row, self.sd, self.sd * float((2 * (1 - p)).std()))


class Seen(NamedTuple):
    """Estimates and standard errors by look and run: two-way, and clustered by item alone."""

    estimate: Floats
    se: Floats
    item_se: Floats


@lru_cache(maxsize=1)
def habits() -> Floats:
    """Return the quantiles of an item's probability of the outcome."""
    return np.asarray(stats.beta.ppf((np.arange(4096) + 0.5) / 4096, *HABIT))


def simulate(world: World, effect: float, items: tuple[int, ...], seed: str) -> Seen:
    """Return what the looks see: two-way clustered, floors included, as `clusters.clustered_mean` has it."""
    forms = [str(k) for k in range(world.realizations)]
    cells = np.array([[int(cell.realization_id) for cell in rotate(k, forms, ["t"], ROWS)] for k in range(items[-1])])
    batches = [_batch(world, effect, items, cells, generator("sequential", seed, k)) for k in range(RUNS // BATCH)]
    return Seen(*(np.concatenate(parts, axis=1) for parts in zip(*batches, strict=True)))


def _batch(
    world: World, effect: float, items: tuple[int, ...], cells: NDArray[np.intp], rng: np.random.Generator
) -> Seen:
    many = items[-1]
    p = habits().astype(np.float32)[rng.integers(0, 4096, (BATCH, many, 1))]
    shift = (effect + world.sd * rng.standard_normal((BATCH, world.realizations), dtype=np.float32))[:, cells]
    treated = rng.random((BATCH, many, ROWS), dtype=np.float32) < p + 2 * shift * np.where(shift > 0, 1 - p, p)
    difference = treated.astype(np.float32) - (rng.random((BATCH, many, ROWS), dtype=np.float32) < p)
    sums, squares = difference.sum(2, dtype=np.float64), (difference**2).sum(2, dtype=np.float64)
    total, total_squared, by_row = sums.cumsum(1), (sums**2).cumsum(1), squares.cumsum(1)
    by_form, met, before = np.zeros((BATCH, world.realizations)), np.zeros(world.realizations), 0
    estimates, errors, item_errors = [], [], []
    for count in items:
        block = cells[before:count].ravel()
        which = np.zeros((len(block), world.realizations), dtype=np.float32)
        which[np.arange(len(block)), block] = 1
        by_form += difference[:, before:count].reshape(BATCH, -1) @ which
        met, before = met + which.sum(0), count
        rows = count * ROWS
        mean = total[:, count - 1] / rows
        item = total_squared[:, count - 1] - 2 * ROWS * mean * total[:, count - 1] + count * (ROWS * mean) ** 2
        cell = by_row[:, count - 1] - rows * mean**2
        form = ((by_form - met * mean[:, None]) ** 2).sum(1)
        item, cell, form = (
            clusters / (clusters - 1) * squared / rows**2
            for clusters, squared in ((count, item), (rows, cell), (world.realizations, form))
        )
        estimates.append(mean)
        errors.append(np.sqrt(np.maximum(item + form - cell, np.maximum(item, form))))
        item_errors.append(np.sqrt(item))
    return Seen(np.array(estimates), np.array(errors), np.array(item_errors))


class Row(NamedTuple):
    """One world's figures; calls are shares of the fixed design's, errors shares of runs without an effect."""

    world: World
    fixed_items: int
    fixed_calls: int
    largest: float
    looks: int
    error: dict[str, float]
    power: dict[str, float]
    calls: dict[str, tuple[float, float, float]]
    unpaired: dict[str, float]


def measure(world: World) -> Row:
    """Simulate a world without an effect, with the planned one, and with twice that."""
    parts = world.parts()
    layout = plan(world.effect, parts, power=POWER, realizations=world.realizations, rows_per_item=ROWS).layout
    assert layout is not None, "the worlds have enough realizations"
    whole = variance(parts, layout)
    common = world.sd**2 / world.realizations
    df = world.realizations - 1
    staged = group_sequential(
        layout.items, lap=world.realizations, realization_share=common / whole, df=df, power=POWER
    )
    order = tuple(sorted({*staged.items, layout.items}))
    looks, fixed = [order.index(count) for count in staged.items], order.index(layout.items)
    levels = np.array(levels_of(staged.design, staged.design.fractions()).difference)[:, None]
    futile_at = np.array(futile_below(staged.design, staged.design.fractions(), df))[:, None]
    rho = tuned(math.sqrt(whole), ALPHA)
    rules: dict[str, list[tuple[float, float]]] = {}
    for times in (0, 1, 2):
        seen = simulate(world, times * world.effect, order, f"{world} {times}")
        p = two_sided(seen.estimate, seen.se, df)
        futile = np.abs(seen.estimate[looks]) < seen.se[looks] * futile_at
        hits = {
            "group-sequential": p[looks] < levels,
            "mixture": p[looks] < 2 * stats.norm.sf(limit(np.maximum(seen.se[looks], 1e-9), rho=rho, alpha=ALPHA)),
            "uncorrected": p[looks] < ALPHA,
            "items only": two_sided(seen.estimate, seen.item_se, layout.items - 1)[looks] < levels,
        }
        _check_against_look(staged.design, seen, looks, hits["group-sequential"], futile, df)
        for name, hit in hits.items():
            halts = futile if name == "group-sequential" else np.zeros_like(hit)
            rules.setdefault(name, []).append(stops(hit, halts, staged.items, layout.items))
        rules.setdefault("fixed", []).append((float((p[fixed] < ALPHA).mean()), 1.0))
    share = float(habits().mean())
    binary = share * (1 - share) + (share + world.effect) * (1 - share - world.effect)
    calls = rules["group-sequential"][1][1] * layout.calls
    plain = binary / (world.effect / (stats.norm.isf(ALPHA / 2) + stats.norm.ppf(POWER))) ** 2
    return Row(
        world, layout.items, layout.calls, staged.items[-1] / layout.items, len(staged.items),
        {name: found[0][0] for name, found in rules.items()}, {name: found[1][0] for name, found in rules.items()},
        {name: (found[0][1], found[1][1], found[2][1]) for name, found in rules.items()},
        {
            "calls": calls / (2 * binary / (whole - common)),
            "plain calls": calls / (2 * plain),
            "plain error": 2 * float(stats.norm.sf(stats.norm.isf(ALPHA / 2) / math.sqrt(1 + common * plain / binary))),
        },
    )  # fmt: skip


def two_sided(estimate: Floats, se: Floats, df: float) -> Floats:
    """Return two-sided p-values under t; 1 where all differences are equal, which licenses nothing."""
    t = np.divide(np.abs(estimate), se, out=np.zeros_like(se), where=se > 0)
    return np.asarray(2 * stats.t.sf(t, df))


def stops(hits: NDArray[np.bool_], halts: NDArray[np.bool_], items: tuple[int, ...], fixed: int) -> tuple[float, float]:
    """Return how often a run stops with a hit, not with a halt, and its mean calls as a share of the fixed ones."""
    over = hits | halts
    stop = np.where(over.any(0), over.argmax(0), len(items) - 1)
    return float(hits[stop, np.arange(hits.shape[1])].mean()), float(np.array(items)[stop].mean()) / fixed


def _check_against_look(
    design: Design, seen: Seen, looks: list[int], hits: NDArray[np.bool_], halts: NDArray[np.bool_], df: int
) -> None:
    for run in range(10):
        history = [Interim(float(seen.estimate[k, run]), float(seen.se[k, run]), df) for k in looks]
        said = [look(design, history[: k + 1]) for k in range(len(looks))]
        rule = np.select([hits[:, run], halts[:, run]], ["different", "undecided"], "continue").tolist()
        assert [one.verdict for one in said[:-1]] == rule[:-1], f"look() and the vectorized rule differ in run {run}"


def equivalence(world: World, margin: float) -> dict[str, float]:
    """Return how a design with a margin does without an effect and with one as large as the margin."""
    parts = world.parts()
    layout = plan(world.effect, parts, power=POWER, realizations=world.realizations, rows_per_item=ROWS).layout
    assert layout is not None, "the worlds have enough realizations"
    share = world.sd**2 / world.realizations / variance(parts, layout)
    df = world.realizations - 1
    staged = group_sequential(
        layout.items, lap=world.realizations, realization_share=share, df=df, power=POWER, margin=margin
    )
    levels = levels_of(staged.design, staged.design.fractions())
    found = {}
    for name, effect in (("none", 0.0), ("margin", margin)):
        seen = simulate(world, effect, staged.items, f"{world} equivalence {name}")
        room = margin - np.abs(seen.estimate)
        inside = (room > 0) & (two_sided(room, seen.se, df) / 2 < np.array(levels.equivalence)[:, None])
        differs = two_sided(seen.estimate, seen.se, df) < np.array(levels.difference)[:, None]
        called = inside & ~differs & ~np.logical_or.accumulate(differs, axis=0)
        found[f"equivalent, {name}"] = float(called.any(0).mean())
        found[f"calls, {name}"] = stops(inside | differs, np.zeros_like(inside), staged.items, layout.items)[1]
    return found


#: What `ip-bench run --sequential` declares on the cultural task: its items, word blocks, contrasts and margin.
WIRED_ITEMS, WIRED_FAMILY, WIRED_MARGIN = 422, 29, 0.05


def wired() -> str:
    """Return the table of what `ip-bench run --sequential` declares, beside all items analyzed at the end."""
    world = World(0.1, 16, 0.04)
    items = look_items(WIRED_ITEMS, lap=world.realizations, looks=LOOKS)
    design = Design(looks=tuple(count / items[-1] for count in items), margin=WIRED_MARGIN, family=WIRED_FAMILY)
    levels, df = levels_of(design, design.fractions()), world.realizations - 1
    rows = []
    for effect in (0.0, 0.05, 0.1, 0.2, 0.3):
        seen = simulate(world, effect, items, f"wired {effect}")
        differs = two_sided(seen.estimate, seen.se, df) < np.array(levels.difference)[:, None]
        room = WIRED_MARGIN - np.abs(seen.estimate)
        inside = (room > 0) & (two_sided(room, seen.se, df) / 2 < np.array(levels.equivalence)[:, None])
        none = np.zeros_like(inside)
        called, calls = stops(differs | inside, none, items, items[-1])
        different = stops(differs, inside & ~differs, items, items[-1])[0]
        last = two_sided(seen.estimate[-1], seen.se[-1], df) < ALPHA / WIRED_FAMILY
        rows.append(
            f"| {effect:.2f} | {last.mean():.3f} | {different:.3f} | {called - different:.3f} | {calls:.2f} |\n"
        )
    return "| effect | different, all items | different | equivalent | calls |\n" + "|---:" * 5 + "|\n" + "".join(rows)


WORLDS = (
    World(0.03, 40, 0.04),
    World(0.04, 40, 0.04),
    World(0.05, 40, 0.04),
    World(0.03, 40, 0.02),
    World(0.03, 40, 0.0),
    World(0.05, 16, 0.04),
)


def ratio_rows(rows: list[Row]) -> list[ratios.Row]:
    """Return the rows of the one table, of the worlds with an effect of `EFFECT`."""
    found = []
    for row in rows:
        if row.world.effect != EFFECT:
            continue
        share, fixed = row.calls["group-sequential"][1], row.fixed_calls
        ours = f"{share * fixed:,.0f} calls, error {row.error['group-sequential']:.3f}"
        what = (
            f"model calls to find {EFFECT:g}, {row.world.realizations} realizations of SD {row.world.sd:g}, simulated"
        )
        beside = {
            "unpaired": (
                "unpaired fixed design of the same error",
                row.unpaired["calls"],
                f"error {ALPHA:.3f} by its formula",
            ),
            "paired": ("the same paired design, fixed", share, f"error {row.error['fixed']:.3f}"),
        }
        for name, (peer, part, error) in beside.items():
            target = f"at most {TARGETS[name]:g} of its calls"
            theirs = f"{share * fixed / part:,.0f} calls, {error}"
            found.append(ratios.Row(what, ours, peer, theirs, 1 / part, target, part <= TARGETS[name]))
    return found


def result() -> ratios.Result:
    """Return the tables, and their rows of the one table."""
    rows = [measure(world) for world in WORLDS]
    head = (
        "| effect | realizations | their SD | fixed items | looks | error, fixed | error | power, fixed | power "
        "| calls, no effect | calls, planned | calls, twice | calls at most |\n" + "|---:" * 13 + "|\n"
    )
    body = "".join(
        f"| {row.world.effect:.2f} | {row.world.realizations} | {row.world.sd:.2f} | {row.fixed_items:,} | {row.looks} "
        f"| {row.error['fixed']:.3f} | {row.error['group-sequential']:.3f} | {row.power['fixed']:.3f} "
        f"| {row.power['group-sequential']:.3f} | "
        + " | ".join(f"{share:.3f}" for share in (*row.calls["group-sequential"], row.largest))
        + " |\n"
        for row in rows
    )
    other = (
        "| effect | realizations | their SD | error, looks uncorrected | error, items alone | mixture: error | power "
        "| calls, planned | calls of unpaired | calls of unpaired plain z | its error |\n" + "|---:" * 11 + "|\n"
    )
    other += "".join(
        f"| {row.world.effect:.2f} | {row.world.realizations} | {row.world.sd:.2f} | {row.error['uncorrected']:.3f} "
        f"| {row.error['items only']:.3f} | {row.error['mixture']:.3f} | {row.power['mixture']:.3f} "
        f"| {row.calls['mixture'][1]:.2f} | {row.unpaired['calls']:.2f} | {row.unpaired['plain calls']:.2f} "
        f"| {row.unpaired['plain error']:.3f} |\n"
        for row in rows
    )
    world, margin = WORLDS[0], 0.05
    same = equivalence(world, margin)
    text = f"""{RUNS:,} simulated runs a figure; outcomes are 0 or 1; an item's probability is Beta{HABIT}, so two
answers to one prompt correlate at {1 / (1 + sum(HABIT)):.2f}; {ROWS} rows an item and arm. Calls are shares of those of
the paired fixed design of 80% power under the same analysis (two-way clusters, t).

It stops for futility, as undecided, where the chance of a difference at the last look is small: `group_sequential`
chooses how small, and how fast the error is spent, for the fewest calls at the planned effect.

{head}{body}
Calls of unpaired: what the group-sequential design calls on average at the planned effect, as a share of the calls of
a design of the same power with other items in each arm; plain z also ignores realizations, and pays with its error.

{other}
`ip-bench run --sequential` cannot ask more items than the dataset has ({WIRED_ITEMS}, with 16 word blocks of SD 0.04
here), shares alpha among the {WIRED_FAMILY} effects of its task and stops as equivalent within {WIRED_MARGIN}; the
second column is the same analysis after all items:

{wired()}
With a margin of {margin} in the first world: without an effect {same["equivalent, none"]:.3f} of runs say equivalent,
at {same["calls, none"]:.2f} of the fixed design's calls; with an effect as large as the margin
{same["equivalent, margin"]:.3f} do.
"""
    return ratios.Result(text, ratio_rows(rows))


def report() -> str:
    """Return the tables."""
    return result().text


if __name__ == "__main__":
    print(report())
