"""How often is any of 30 true nulls rejected? Simulated families of contrasts that share one reference arm.

Binary answers of items in two cells each, P(yes) uniform on .2 to .8; every realization of every arm shifts its arm's
probability by its own N(0, SD) draw; a fifth of the answers are drawn for their arm alone, the rest come from one draw
per cell. "own": each arm has names of its own, so that a contrast has the realizations of two arms. "true": so many
contrasts have an effect of 30 points, and errors are counted among the others (step-down).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ip_bench.effects.multiplier import max_t
from ip_bench.seeds import generator

CONTRASTS, DRAWS, ALPHA = 30, 399, 0.05

Floats = NDArray[np.float64]


class Design(NamedTuple):
    """One family. `sd`: of a realization's effect; `own`: arms have other realizations; `true`: contrasts with one."""

    items: int
    realizations: int
    sd: float
    own: bool = False
    true: int = 0


class Found(NamedTuple):
    """Shares of runs with an error, and the mean quantiles."""

    design: Design
    single_step: float
    step_down: float
    holm: float
    alone: float
    critical: float
    bonferroni: float


def grid() -> list[Design]:
    """Return the designs."""
    few = [Design(300, 8, sd) for sd in (0.0, 0.02, 0.04, 0.12)]
    return [
        *few,
        Design(200, 8, 0.04, own=True),
        Design(300, 8, 0.12, own=True),
        Design(300, 8, 0.12, true=10),
        Design(300, 40, 0.04),
    ]


def calibrate(design: Design, runs: int) -> Found:
    """Return what `runs` families of a design gave."""
    rng = generator("benchmarks", "familywise", list(design))
    count, df = design.realizations, design.realizations - 1
    item, step = np.repeat(np.arange(design.items), 2), np.tile(np.arange(2), design.items)
    form = (item + step * (count // 2)) % count
    limit = float(stats.t.ppf(1 - ALPHA / 2 / CONTRASTS, df))
    nulls = slice(design.true, None)
    holm_rank = CONTRASTS - design.true
    errors, critical = np.zeros(4), 0.0
    for run in range(runs):
        shift = rng.normal(0, design.sd, (CONTRASTS + 1, count))[:, form]
        shift[1 : design.true + 1] += 0.3
        draw, other = rng.random(len(item)), rng.random((CONTRASTS + 1, len(item)))
        heard = np.where(rng.random(other.shape) < 0.2, other, draw)
        level = rng.uniform(0.2, 0.8 - 0.3 * (design.true > 0), design.items)[item]
        answers = (heard < level + shift).astype(float)
        t, influence, factors = (_own if design.own else _matched)(answers, item, form, count)
        found = max_t(t, np.full(CONTRASTS, df), influence, factors, alpha=ALPHA, draws=DRAWS, seed=("run", run))
        own = 2 * stats.t.sf(np.abs(t), df)
        errors += [
            found.single_step[nulls].min() <= ALPHA,
            found.step_down[nulls].min() <= ALPHA,
            own[nulls].min() <= ALPHA / holm_rank,
            (own[nulls] <= ALPHA).mean(),
        ]
        critical += float(found.critical[0])
    return Found(design, *(errors / runs).tolist(), critical / runs, limit)


def _matched(answers: Floats, item: Floats, form: Floats, count: int) -> tuple[Floats, Floats, list[Floats]]:
    """Return T, influence and factors of arms that share their cells."""
    difference = (answers[1:] - answers[0]).T
    influence = (difference - difference.mean(axis=0)) / len(item)
    terms = [_square(influence[::2] + influence[1::2]), _square(np.eye(count)[:, form] @ influence)]
    variance = np.maximum.reduce([terms[0] + terms[1] - _square(influence), *terms])
    return difference.mean(axis=0) / np.sqrt(variance), influence, [item, form]


def _own(answers: Floats, item: Floats, form: Floats, count: int) -> tuple[Floats, Floats, list[Floats]]:
    """Return the same for arms with realizations of their own: one row an answer, each arm's names its own clusters."""
    cells, arms = len(item), len(answers)
    errors = (answers - answers.mean(axis=1, keepdims=True)) / cells
    influence = np.zeros((arms, cells, arms - 1))
    influence[0] = -errors[0][:, None]
    influence[np.arange(1, arms), :, np.arange(arms - 1)] = errors[1:]
    paired = (errors[1:] - errors[0]).T
    by_item = _square(paired[::2] + paired[1::2])
    by_name = _square((errors @ np.eye(count)[form]).T)
    by_name = by_name[1:] + by_name[0]
    cell = _square(errors.T)
    variance = np.maximum.reduce([by_item + by_name - cell[1:] - cell[0], by_item, by_name])
    t = (answers[1:].mean(axis=1) - answers[0].mean()) / np.sqrt(variance)
    names = np.arange(arms)[:, None] * count + form
    return t, influence.reshape(arms * cells, -1), [np.tile(item, arms), names.ravel()]


def _square(sums: Floats) -> Floats:
    return np.asarray(len(sums) / (len(sums) - 1) * (sums**2).sum(axis=0))


def table(rows: list[Found], runs: int) -> str:
    """Return the table of designs that were calibrated with so many runs each."""
    lines = [
        f"{CONTRASTS} contrasts, {runs:,} runs a row, {DRAWS} draws, alpha {ALPHA}. Shares of runs with any error; "
        "a contrast alone: share of tests.",
        "",
        "| items | realizations | SD | own | true | max-T | step-down | Holm | alone | max-T quantile | Bonferroni |",
        "|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for found in rows:
        design = found.design
        lines.append(
            f"| {design.items} | {design.realizations} | {design.sd:g} | {'yes' if design.own else 'no'} "
            f"| {design.true} | {found.single_step:.1%} | {found.step_down:.1%} | {found.holm:.1%} | {found.alone:.1%} "
            f"| {found.critical:.2f} | {found.bonferroni:.2f} |"
        )
    return "\n".join(lines)
