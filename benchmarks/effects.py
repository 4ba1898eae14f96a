"""Effects of a table of 1,000,000 rows: max-T and closed form, beside scipy's permutation test and a row bootstrap.

The peers do less and are timed at a size they can do: one contrast, fewer draws. So the table compares how many draws
of how many contrasts each does in a second. Their memory and time grow with draws x rows; ours with items.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from ratios import Result, Row
from scipy import stats

from ip_bench.effects.clusters import clustered
from ip_bench.effects.contrasts import every_contrast
from ip_bench.effects.multiplier import max_t
from ip_bench.effects.resampling import bootstrap, cluster_sums
from ip_bench.effects.signflip import sign_flip
from ip_bench.effects.table import Scores
from ip_bench.seeds import generator

ROWS, ITEMS, ARMS, REALIZATIONS = 1_000_000, 10_000, 31, 40
DRAWS, BOOTSTRAP_DRAWS = 10_000, 2_000
SCIPY_DRAWS, ROW_DRAWS = 1_000, 20  # what the peers can do in seconds
REPETITIONS = 3
REFERENCE = "arm00"
MOST_CLOSED, MOST_MAX_T, MOST_MEMORY = 0.5, 4.0, 2.0  # seconds, seconds, GiB

Floats = NDArray[np.float64]


class Timing(NamedTuple):
    """Seconds of one way (median of the repetitions) for `contrasts` x `draws`; no draws: a closed form."""

    name: str
    seconds: float
    contrasts: int
    draws: int
    beside: str = ""

    @property
    def speed(self) -> float:
        """Draws of contrasts per second."""
        return self.contrasts * self.draws / self.seconds


def scores(rows: int = ROWS, items: int = ITEMS) -> Scores:
    """Return a table of binary answers: the cells of items and realizations are the same in every arm."""
    rng = generator("benchmarks", "effects", rows)
    cells = rows // ARMS
    arm, cell = np.repeat(np.arange(ARMS), cells), np.tile(np.arange(cells), ARMS)
    item, realization = cell % items, (cell // items + 7 * cell) % REALIZATIONS
    level = rng.uniform(0.2, 0.8, items)[item] + rng.normal(0, 0.04, (ARMS, REALIZATIONS))[arm, realization]
    return Scores.of(
        item=item,
        arm=np.array([f"arm{k:02}" for k in range(ARMS)])[arm],
        realization=realization,
        value=(rng.random(len(cell)) < level).astype(float),
    )


def simultaneous(table: Scores, draws: int = DRAWS) -> object:
    """Return max-T over all contrasts with the reference, from the table on."""
    cells = table.cells()
    difference = np.delete(cells.value, cells.arms.index(REFERENCE), axis=1) - cells.of(REFERENCE)[:, None]
    influence = (difference - difference.mean(axis=0)) / len(difference)
    factors = [cells.item.codes, cells.realization.codes] if cells.realization else [cells.item.codes]
    alone = [clustered(column, factors) for column in influence.T]
    se = np.sqrt([one.covariance[0, 0] for one in alone])
    return max_t(difference.mean(axis=0) / se, [one.df for one in alone], influence, factors, draws=draws)


def by_rows(values: Floats, item: NDArray[np.intp], draws: int) -> list[float]:
    """Return the usual bootstrap of a script: the rows of the drawn items, concatenated anew in every draw."""
    rng = generator("benchmarks", "row bootstrap")
    order = np.argsort(item, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(item))[:-1])
    taken = (rng.integers(len(members), size=len(members)) for _ in range(draws))
    return [float(values[np.concatenate([members[k] for k in drawn])].mean()) for drawn in taken]


def seconds(work: Callable[[], object], repetitions: int = REPETITIONS) -> float:
    """Return the median wall time."""
    found = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def timings() -> tuple[list[Timing], float]:
    """Return all ways, ours before their peers, and the peak memory in GiB before the peers ran."""
    table = scores()
    cells = table.cells()
    contrasts = ARMS - 1
    difference = np.delete(cells.value, 0, axis=1) - cells.value[:, :1]
    item = cells.item.codes
    per_item = cluster_sums(difference[:, 0], item)[:, 0]
    sums = cluster_sums(np.column_stack([table.value, np.ones(len(table.value))]), table.item.codes)
    ours = [
        Timing(
            "closed form, every contrast (`every_contrast`)",
            seconds(lambda: every_contrast(table, outcome="yes", reference=REFERENCE, margin=0.05)),
            contrasts,
            0,
        ),
        Timing(
            "two-way multiplier bootstrap with max-T (`max_t`)", seconds(lambda: simultaneous(table)), contrasts, DRAWS
        ),
        Timing(
            "sign flips by item (`sign_flip`)",
            seconds(lambda: sign_flip(difference, item, draws=DRAWS)),
            contrasts,
            DRAWS,
            "`scipy.stats.permutation_test`",
        ),
        Timing(
            "cluster bootstrap on sums (`bootstrap`)",
            seconds(lambda: bootstrap(sums, lambda total: total[:, 0] / total[:, 1], draws=BOOTSTRAP_DRAWS)),
            1,
            BOOTSTRAP_DRAWS,
            "row bootstrap",
        ),
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    peers = [
        Timing("`scipy.stats.permutation_test`", seconds(lambda: _scipy(per_item), 1), 1, SCIPY_DRAWS),
        Timing("row bootstrap", seconds(lambda: by_rows(table.value, table.item.codes, ROW_DRAWS), 1), 1, ROW_DRAWS),
    ]
    return ours + peers, peak


def _scipy(sums: Floats) -> object:
    return stats.permutation_test(
        (sums,),
        lambda values, axis: values.mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=SCIPY_DRAWS,
        batch=100,
        rng=generator("benchmarks", "permutation test"),
    )


def result() -> Result:
    """Return the table of this machine, and its rows of the one table."""
    found, peak = timings()
    speed = {each.name: each.speed for each in found if each.draws}
    lines = [
        f"{ROWS:,} rows, {ITEMS:,} items, {ARMS - 1} contrasts with one reference, {REALIZATIONS} realizations. "
        f"Peak memory of the process before the peers ran, the table included: {peak:.2f} GiB.",
        "",
        "| way | contrasts | draws | seconds | draws x contrasts per s | ratio to its peer |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for each in found:
        done = (f"{each.draws:,}", f"{each.speed:,.0f}") if each.draws else ("-", "-")
        ratio = f"{each.speed / speed[each.beside]:,.0f}x {each.beside}" if each.beside else "-"
        lines.append(f"| {each.name} | {each.contrasts} | {done[0]} | {each.seconds:.2f} | {done[1]} | {ratio} |")
    closed, max_t_time, *_ = found
    rows = [
        Row(
            f"{ARMS - 1} effects of {ROWS:,} rows, closed form", f"{closed.seconds:.2f} s", target=f"< {MOST_CLOSED} s",
            met=closed.seconds < MOST_CLOSED,
        ),
        Row(
            f"the same with {DRAWS:,} max-T draws", f"{max_t_time.seconds:.2f} s, {peak:.2f} GiB",
            target=f"< {MOST_MAX_T:g} s, < {MOST_MEMORY:g} GiB",
            met=max_t_time.seconds < MOST_MAX_T and peak < MOST_MEMORY,
        ),
        *(
            Row(
                each.name, f"{each.speed:,.0f} draws x contrasts/s", each.beside, f"{speed[each.beside]:,.0f}",
                each.speed / speed[each.beside],
            )
            for each in found
            if each.beside
        ),
    ]  # fmt: skip
    return Result("\n".join(lines), rows)


def report() -> str:
    """Return the table of this machine."""
    return result().text


if __name__ == "__main__":
    print(report())
