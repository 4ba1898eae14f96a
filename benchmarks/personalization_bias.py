"""Does the interval of the debiased PB^2 hold 0 where no identity differs, and are two that differ named?

Writes docs/personalization_bias.md: `python benchmarks/personalization_bias.py [processes]`, about ten minutes of CPU.
Each run draws items with P(yes) from a beta distribution and a template's shift of its logit, both shared by all arms;
31 identities and 10 irrelevant attributes answer each prompt. A planted gap takes the same part off every P(yes) of an
identity, so that its mean falls by exactly the gap. The estimators are those of `ip_bench.effects`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ip_bench.builders.tradeoff.items import asked_items
from numpy.typing import NDArray
from scipy.special import expit, logit

from ip_bench.effects.gaps import personalization_bias
from ip_bench.effects.groups import axis
from ip_bench.effects.identity_gaps import identity_gaps
from ip_bench.effects.planning import plan
from ip_bench.effects.power import Components, Layout, power_of
from ip_bench.effects.table import Cells, column
from ip_bench.files import write_text
from ip_bench.harness.suites import mini_items
from ip_bench.seeds import generator

PAGE = Path(__file__).parent.parent / "docs" / "personalization_bias.md"
RUNS, PERMUTATIONS, PLAN_ITEMS = 2_000, 99, 200_000
IDENTITIES, CONTROLS, TEMPLATE_SD = 31, 10, 0.3
PLANTED, GAP = (4, 17), 0.03
ARMS = tuple(f"identity {k:02}" for k in range(IDENTITIES)) + tuple(f"control {k}" for k in range(CONTROLS))

Floats = NDArray[np.float64]


class Part(NamedTuple):
    """One axis: its items, the mean of P(yes), and the sum of its beta's parameters (small: items differ much)."""

    name: str
    items: int
    mean: float
    spread: float = 2.4


class Design(NamedTuple):
    """One setting. `same`: share of prompts that all arms answer alike; `wording`: SD of identity x template."""

    name: str
    parts: tuple[Part, ...]
    templates: int = 12
    per_item: int = 1
    repeats: int = 1
    same: float = 0.0
    wording: float = 0.0


class Null(NamedTuple):
    """What runs without any identity effect gave: shares of runs, points and their squares."""

    design: Design
    runs: int
    holding: float
    above: float
    published: float
    published_high: float
    floor: float
    permuted_high: float
    square: float
    error: float
    width: float
    rejected: float
    named: float


class Planted(NamedTuple):
    """What runs with two planted gaps gave beside the plan: shares of runs, and the error of the first."""

    design: Design
    runs: int
    power: float
    error: float
    planned: float
    both: float
    false: float


def published(**change: object) -> Design:
    """Return a setting of the size that the published figures have: 285 questions, 939 unsafe requests."""
    parts = (Part("utility", 285, 0.65), Part("safety", 939, 0.95))
    return Design("285 + 939 items", parts)._replace(**change)


def dataset(name: str, share: float = 1.0) -> Design:
    """Return a setting with the three axes of ip-tradeoff, a share of its items, each in one of 40 templates."""
    of = Counter(asked.kind for asked in asked_items("test"))
    levels = {"unsafe": 0.95, "utility": 0.65, "benign": 0.9}
    parts = tuple(Part(kind, round(share * of[kind]), level) for kind, level in levels.items())
    return Design(f"{name}: {' + '.join(str(part.items) for part in parts)} items", parts, templates=40)


def nulls() -> list[Design]:
    """Return the settings without an effect."""
    items = len(asked_items("test"))
    mini = dataset("ip-tradeoff mini", mini_items(items, 1) / items)
    return [
        published(),
        published(repeats=3),
        published(same=0.5),
        published(same=0.9),
        published(wording=0.02),
        dataset("ip-tradeoff"),
        mini,
        mini._replace(same=0.9),
        mini._replace(name="two templates an item", per_item=2, templates=12),
    ]


def planned_items(part: Part) -> int:
    """Return the items with which the plan finds the gap on an axis with power .8, among so many identities."""
    design = Design("plan", (part,))
    parts, moved = _components(design)
    layout = plan(GAP, parts, realizations=design.templates, family=IDENTITIES, discordant=moved).layout
    assert layout is not None, "some number of items finds it"
    return layout.items


def planted() -> list[Design]:
    """Return the settings with planted gaps: on the first axis of each."""
    safety = Part("safety", 939, 0.95)
    planned = safety._replace(items=planned_items(safety))
    return [
        Design(f"{planned.items:,} safety items, as planned", (planned,)),
        Design("939 safety items", (safety,)),
        Design("939 safety items", (safety,), repeats=3),
    ]


def frame(design: Design, part: Part) -> Cells:
    """Return the cells of an axis, all values 0: each item in as many templates as the design says, in turn."""
    count, per_item = design.templates, design.per_item
    item = np.repeat(np.arange(part.items), per_item)
    template = (item + np.tile(np.arange(per_item) * (count // per_item), part.items)) % count
    value = np.zeros((len(item), len(ARMS)))
    return Cells(ARMS, column(item), column(template), None, value, value == 0)


def chances(
    design: Design, part: Part, cells: Cells, rng: np.random.Generator, gap: float = 0.0, arms: int = len(ARMS)
) -> Floats:
    """Return one run's P(yes), (cells, arms), with `gap` taken off the planted identities."""
    item, template = cells.factors()
    base = rng.beta(part.mean * part.spread, (1 - part.mean) * part.spread, part.items)[item]
    shift = rng.normal(0, TEMPLATE_SD, int(template.max()) + 1)[template]
    chance = np.repeat(expit(logit(np.clip(base, 1e-9, 1 - 1e-9)) + shift)[:, None], arms, axis=1)
    if gap:
        chance[:, list(PLANTED)] *= 1 - gap / chance[:, 0].mean()
    if design.wording:
        chance = np.clip(chance + rng.normal(0, design.wording, (int(template.max()) + 1, arms))[template], 0, 1)
    return chance


def answers(design: Design, chance: Floats, rng: np.random.Generator) -> Floats:
    """Return scores (cells, arms) drawn from their P(yes)."""
    if design.repeats > 1:
        return np.asarray(rng.binomial(design.repeats, chance) / design.repeats)
    heard = rng.random(chance.shape)
    if design.same:
        alike = rng.random(len(heard)) < design.same
        heard[alike] = heard[alike, :1]
    return (heard < chance).astype(float)


def without_effect(design: Design, runs: int) -> Null:
    """Return what `runs` runs of a setting without an effect gave."""
    rng = generator("benchmarks", "personalization bias", *design[2:], [list(part) for part in design.parts])
    cells = [frame(design, part) for part in design.parts]
    factors = [own.factors() for own in cells]
    found, named = [], 0
    for run in range(runs):
        drawn = [chances(design, part, own, rng) for part, own in zip(design.parts, cells, strict=True)]
        values = [answers(design, chance, rng) for chance in drawn]
        axes = [axis(value[:, :IDENTITIES], own) for value, own in zip(values, factors, strict=True)]
        found.append(personalization_bias(axes, permutation="flips", draws=PERMUTATIONS, seed=("run", run)))
        named += bool(_named(cells[0]._replace(value=values[0])))
    low, high = np.array([one.square_ci for one in found]).T
    square, pb = np.array([(one.square, one.published) for one in found]).T
    return Null(
        design, runs, float(((low <= 0) & (high >= 0)).mean()), float((low > 0).mean()), float(pb.mean()),
        float(np.quantile(pb, 0.95)), float(np.mean([one.floor for one in found])),
        float(np.mean([one.permuted_high for one in found])), float(square.mean()),
        float(square.std() / np.sqrt(runs)), float((high - low).mean()),
        float(np.mean([one.p <= 0.05 for one in found])), named / runs,
    )  # fmt: skip


def with_gaps(design: Design, runs: int) -> Planted:
    """Return how often two planted gaps on the first axis are named, beside the plan."""
    rng = generator("benchmarks", "planted gaps", *design[2:], [list(part) for part in design.parts])
    part = design.parts[0]
    cells, wanted = frame(design, part), {ARMS[k] for k in PLANTED}
    hits, false = np.zeros(runs), 0
    for run in range(runs):
        named = _named(cells._replace(value=answers(design, chances(design, part, cells, rng, GAP), rng)))
        hits[run] = len(named & wanted)
        false += bool(named - wanted)
    error = hits.std() / 2 / np.sqrt(runs)
    both = (hits == len(PLANTED)).mean()
    return Planted(design, runs, hits.mean() / 2, float(error), planned_power(design), float(both), false / runs)


def planned_power(design: Design) -> float:
    """Return the power that the plan predicts for one planted identity."""
    parts, moved = _components(design)
    layout = Layout(items=design.parts[0].items, realizations=design.templates, rows_per_item=design.per_item)
    return power_of(GAP, parts, layout, alpha=0.05 / IDENTITIES, discordant=moved).different


def _named(cells: Cells) -> set[str]:
    effects = identity_gaps(cells, ARMS[:IDENTITIES], "yes", against=ARMS[IDENTITIES:], margin=0.02)
    return {effect.arm for effect in effects if effect.p_adjusted < effect.alpha}


def _components(design: Design) -> tuple[Components, float]:
    """Return the components of a planted identity minus ten controls, and the share of items that tell them apart.

    From the P(yes) of many items of the first axis, each in a template of its own: what a dozen templates happen to be
    is no part of a plan. A planted identity is uncertain where the others are sure, so it varies more.
    """
    part = design.parts[0]._replace(items=PLAN_ITEMS)
    own = design._replace(wording=0.0, templates=PLAN_ITEMS, per_item=1)
    rng = generator("benchmarks", "components", part.name)
    chance = chances(own, part, frame(own, part), rng, GAP)
    variance = (chance * (1 - chance)).mean(axis=0) / own.repeats
    planted, control = chance[:, PLANTED[0]], chance[:, -1]
    row = np.sqrt((variance[PLANTED[0]] + variance[-1] / CONTROLS) / 2)
    drawn = answers(own, chance, rng)
    moved = (drawn[:, PLANTED[0]] != drawn[:, IDENTITIES:].mean(axis=1)).mean()
    forms = design.wording * np.sqrt(1 + 1 / CONTROLS)
    return Components(float((control - planted).std()), float(row), float(forms)), float(moved)


def page(rows: list[Null], powers: list[Planted]) -> str:
    """Return the page."""
    runs = rows[0].runs
    head = f"""# Personalization bias: simulated runs

Made by `python benchmarks/personalization_bias.py`, which writes this page anew. {IDENTITIES} identities answer the
same items in the same templates; items differ (beta distributed P(yes), mean .65 for utility, .95 for safety, .90 for
benign requests answered), templates shift all identities alike (SD {TEMPLATE_SD} of the logit).

## No identity differs

{runs:,} runs a row; a share near 95% has a Monte Carlo standard error of {np.sqrt(0.95 * 0.05 / runs):.1%}. *Holds 0*:
the share of 95% intervals of the signed debiased PB^2 that hold 0 (93-98% is the target); *above 0*: the share that
lies above it. PB as published is in points: its mean and 95th percentile over runs, and what a run's own records give
for them, the mean floor and the mean 95th percentile under permutation. PB^2 debiased: the mean, which should be 0,
with its standard error over runs, and the mean width of its interval. *p <= .05*: rejections by sign flips. *Named*:
runs in which Holm's test names any of the {IDENTITIES} identities on the first axis against the mean of {CONTROLS}
controls (at most 5%).

| setting | holds 0 | above 0 | PB published | 95th | floor | 95th permuted | PB^2 debiased | width | p <= .05 | named |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
"""
    lines = [
        f"| {_name(row.design)} | {row.holding:.1%} | {row.above:.1%} | {row.published:.2f} | {row.published_high:.2f} "
        f"| {row.floor:.2f} | {row.permuted_high:.2f} | {row.square:+.3f} +- {row.error:.3f} | {row.width:.2f} "
        f"| {row.rejected:.1%} | {row.named:.1%} |"
        for row in rows
    ]
    middle = f"""

Answers of one sampled run are drawn for each identity alone, given the item; "answered alike" shares one draw among all
identities in a part of the prompts, as a model does that is sure. Where identities meet the templates differently (SD
of identity x template), permutations and sign flips, which take these templates as they are, find what is there in
these templates; the interval and the floor reckon with other templates.

## Two identities are {100 * GAP:.0f} points lower

{powers[0].runs:,} runs a row. Each identity is compared with the mean of {CONTROLS} controls, paired by item and
template, with Holm over {IDENTITIES} identities. *Named*: how often a planted identity is named, with its Monte Carlo
standard error, beside the power that `ip_bench.effects.power_of` predicts for it at alpha / {IDENTITIES} (Holm's later
steps, at a little more, are not reckoned with); "as planned" has the items that `ip_bench.effects.plan` asks for power
.8. The plan takes the size of a gap and its standard error as independent. Where failures are rare, both grow with
each failure (they correlate by .29 with 939 items), so a gap is named less often than planned where power is low, and
more often where it is high. *Both*: runs that name both. *Others*: runs that name any identity without a gap.

| setting | named | planned | both | others |
|---|---:|---:|---:|---:|
"""
    found = [
        f"| {_name(row.design)} | {row.power:.1%} +- {row.error:.1%} | {row.planned:.1%} | {row.both:.1%} "
        f"| {row.false:.1%} |"
        for row in powers
    ]
    return head + "\n".join(lines) + middle + "\n".join(found) + "\n"


def _name(design: Design) -> str:
    each = f"{design.per_item} of {design.templates} an item" if design.per_item > 1 else f"{design.templates}"
    said = [design.name, f"templates {each}"]
    said += [f"{design.repeats} sampled runs averaged" if design.repeats > 1 else "one sampled run"]
    said += [f"{design.same:.0%} of prompts answered alike" if design.same else ""]
    said += [f"identity x template SD {design.wording:g}" if design.wording else ""]
    return ", ".join(filter(None, said))


def main() -> None:
    """Simulate every setting in some processes, and write the page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("processes", nargs="?", type=int, default=2)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--page", type=Path, default=PAGE, help="where the page goes")
    asked = parser.parse_args()
    with ProcessPoolExecutor(asked.processes) as pool:
        none = [pool.submit(without_effect, design, asked.runs) for design in nulls()]
        gaps = [pool.submit(with_gaps, design, asked.runs) for design in planted()]
        for job in as_completed([*none, *gaps]):
            print(job.result(), flush=True)
        rows, powers = [job.result() for job in none], [job.result() for job in gaps]
    write_text(asked.page, page(rows, powers))


if __name__ == "__main__":
    main()
