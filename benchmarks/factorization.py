"""Opinions factorized: our categorical filtering beside `implicit` and `red-dwarf`, on the same planted population.

What a user would take instead answers the same question of the same cells, a tenth of which is held out: which option
did this person choose? ALS for implicit feedback has a column an option, and the option of the highest score is its
answer. Red-dwarf runs the Polis pipeline; a person is answered by the shares of their group.
"""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, NamedTuple, Protocol

import numpy as np
from ip_bench.builders.personas.population import population
from ratios import Result, Row
from scipy.sparse import csr_array, csr_matrix
from threadpoolctl import threadpool_limits

from ip_bench.cohorts import Answers, Categorical, ItemMode
from ip_bench.cohorts.answers import Floats, Ints
from ip_bench.cohorts.compare import scores
from ip_bench.cohorts.shares import group_shares, item_shares

PEOPLE = 5_000
HELD_OUT = 0.1
FACTORS = 8  # of ALS, for which 4, 16 and 32 name fewer answers here
NOT_INSTALLED = "not installed (`pip install ip-bench[bench]`)"


class Model(Protocol):
    """What is timed: a fit to answers. It has `predict` (options), or `predict_proba` where it gives probabilities."""

    def fit(self, answers: Answers) -> object: ...


class Als:
    """`implicit`'s alternating least squares on the options that people chose."""

    def fit(self, answers: Answers) -> Als:
        als = importlib.import_module("implicit.als").AlternatingLeastSquares(
            factors=FACTORS, random_state=0, num_threads=1
        )
        self.options = answers.options
        columns = answers.item * self.options.max() + answers.answer
        shape = (len(answers.people), len(self.options) * int(self.options.max()))
        chosen = csr_matrix(csr_array((np.ones(len(answers), dtype=np.float32), (answers.person, columns)), shape))
        als.fit(chosen, show_progress=False)
        self.people, self.columns = np.asarray(als.user_factors), np.asarray(als.item_factors)
        return self

    def predict(self, person: Ints, item: Ints) -> Ints:
        most = int(self.options.max())
        fitted = np.einsum("cd,cod->co", self.people[person], self.columns.reshape(-1, most, FACTORS)[item])
        fitted[np.arange(most) >= self.options[item][:, None]] = -np.inf
        return fitted.argmax(axis=1)


class RedDwarf:
    """`red-dwarf`'s Polis pipeline; the answers of a person are the shares of their group."""

    def fit(self, answers: Answers) -> RedDwarf:
        run = importlib.import_module("reddwarf.implementations.polis").run_pipeline
        middle = (answers.options[answers.item] - 1) / 2
        vote = np.sign(answers.answer - middle).astype(int).tolist()  # disagree, pass, agree
        cells = zip(answers.person.tolist(), answers.item.tolist(), vote, strict=True)
        votes = [{"participant_id": p, "statement_id": i, "vote": v, "modified": 0} for p, i, v in cells]
        groups = run(votes=votes, random_state=0).participants_df["cluster_id"].fillna(-1).astype(int)
        self.groups = np.full(len(answers.people), -1)
        self.groups[groups.index.to_numpy()] = groups.to_numpy()
        membership = (self.groups[:, None] == np.arange(-1, self.groups.max() + 1)).astype(np.float64)
        self.shares = group_shares(answers, membership)
        self.shares[0] = item_shares(answers)
        return self

    def predict_proba(self, person: Ints, item: Ints) -> Floats:
        return np.asarray(self.shares[self.groups[person] + 1, item])


class Way(NamedTuple):
    """One way: its name, its package ("" for ours) and module, and how it is made."""

    name: str
    package: str
    module: str
    made: Callable[[], Model]


OURS, MODE = "categorical filtering", "the item's most frequent answer"
WAYS = (
    Way(OURS, "", "ip_bench", Categorical),
    Way(MODE, "", "ip_bench", ItemMode),
    Way("`implicit` ALS", "implicit", "implicit", Als),
    Way("`red-dwarf`, Polis groups", "red-dwarf", "reddwarf", RedDwarf),
)


class Found(NamedTuple):
    """What a way gave: seconds to fit, the share of held-out answers that it names, log-loss (NaN: no probability)."""

    seconds: float
    accuracy: float
    loss: float


def measured(way: Way, train: Answers, held_out: Answers) -> Found | None:
    """Return what a way gives; None where its package is not installed."""
    if find_spec(way.module) is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other people's packages, about their own dependencies
        model: Any = way.made()
        start = time.perf_counter()
        model.fit(train)
        seconds = time.perf_counter() - start
    own = scores(model, held_out)
    cells = own.cells.sum()
    return Found(seconds, float(own.right.sum() / cells), float(own.loss.sum() / cells))


def result(people: int = PEOPLE) -> Result:
    """Return the table of this machine, on one core, and its rows of the one table."""
    answers = population(people)
    train, held_out = answers.split(HELD_OUT, "benchmarks", "factorization", people)
    for way in WAYS:
        if find_spec(way.module):
            importlib.import_module(way.module)
    with threadpool_limits(limits=1):
        found = {way.name: measured(way, train, held_out) for way in WAYS}
    lines = [
        f"{len(answers.people):,} people, {len(answers.items)} items, {len(answers):,} answers of which "
        f"{len(held_out):,} are held out.",
        "",
        "| way | seconds to fit | held-out answers named | log-loss |",
        "|---|---:|---:|---:|",
    ]
    ours, rows = found[OURS], []
    assert ours is not None, "our own is installed"
    for way in WAYS:
        own = found[way.name]
        name = f"{way.name} {version(way.package)}" if own and way.package else way.name
        if own is None:
            lines.append(f"| {name} | {NOT_INSTALLED} | - | - |")
        else:
            loss = "no probabilities" if np.isnan(own.loss) else f"{own.loss:.3f}"
            lines.append(f"| {name} | {own.seconds:.2f} | {own.accuracy:.1%} | {loss} |")
        if way.package:
            rows += _rows(name, ours, own)
    return Result("\n".join(lines), rows)


def _rows(peer: str, ours: Found, theirs: Found | None) -> list[Row]:
    time_taken, accuracy = f"{ours.seconds:.2f} s", f"{ours.accuracy:.1%}"
    if theirs is None:
        return [Row("factorization of votes, fit", time_taken, peer, NOT_INSTALLED)]
    return [
        Row("factorization of votes, fit", time_taken, peer, f"{theirs.seconds:.2f} s", theirs.seconds / ours.seconds),
        Row("held-out votes named by it", accuracy, peer, f"{theirs.accuracy:.1%}", ours.accuracy / theirs.accuracy),
    ]


def report() -> str:
    """Return the table of this machine."""
    return result().text


if __name__ == "__main__":
    print(report())
