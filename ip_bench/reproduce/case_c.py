"""Case C, echo chamber: accuracy after a right statement of the user minus accuracy after a wrong one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ip_bench.reproduce.authors import accuracies
from ip_bench.reproduce.interval import Estimate, family, mean_limits
from ip_bench.reproduce.jin2024_data import DOMAINS, STATEMENTS, Answers, Floats

Leaks = Mapping[tuple[str, str], NDArray[np.bool_]]
POINTS = (-100.0, 100.0)


class StatementPairs(NamedTuple):
    """One model's pairs of statements, an item's two domains as two rows.

    `difference` is right minus wrong in points, NaN where a side is blank or absent; `flagged` says whether the
    list of leaks has its item, `leaked` whether a statement of the pair has the gold answer.
    """

    item: NDArray[np.intp]
    dataset: NDArray[np.str_]
    domain: NDArray[np.str_]
    difference: Floats
    flagged: NDArray[np.bool_]
    leaked: NDArray[np.bool_]


class Accuracy(NamedTuple):
    """One model's line, in points; `parts` are their differences by domain and by question set.

    `constant` names the sets with the same answers in every case, `other_lengths` those of which the list of leaks
    has another number of items (the model's, the list's).
    """

    model: str
    by_case: Mapping[tuple[str, str], float]
    right: float
    wrong: float
    parts: Mapping[str, float]
    every: Estimate
    flagged: Estimate
    leak_free: Estimate
    leak_free_every: Estimate
    pairs: int
    flagged_pairs: int
    leaked_pairs: int
    blank: int
    constant: tuple[str, ...]
    other_lengths: Mapping[str, tuple[int, int]]


def lines(answers: Sequence[Answers], leaks: Leaks) -> list[Accuracy]:
    """Return a line a model; Holm over the models, separately for each of the four differences."""
    found = [_line(one, leaks) for one in answers]
    names = ("every", "flagged", "leak_free", "leak_free_every")
    columns = [family([getattr(line, name) for line in found]) for name in names]
    return [line._replace(**dict(zip(names, own, strict=True))) for line, *own in zip(found, *columns, strict=True)]


def statement_pairs(answers: Answers, leaks: Leaks) -> StatementPairs:
    """Return the pairs of every question set and domain of a model; flags of leaks belong to items by position."""
    blocks: list[StatementPairs] = []
    first_item = 0
    for dataset in answers.datasets:
        size = _size(answers, dataset)
        blank = np.full(size, math.nan)
        for domain in DOMAINS:
            right, wrong = (answers.correct.get((f"{statement}F_{domain}", dataset), blank) for statement in STATEMENTS)
            flags = leaks.get((dataset, domain), np.empty(0, dtype=bool))[:size]
            blocks.append(
                StatementPairs(
                    item=np.arange(first_item, first_item + size),
                    dataset=np.repeat(dataset, size),
                    domain=np.repeat(domain, size),
                    difference=right - wrong,
                    flagged=np.arange(size) < len(flags),
                    leaked=np.pad(flags, (0, size - len(flags))),
                )
            )
        first_item += size
    return StatementPairs(*(np.concatenate(column) for column in zip(*blocks, strict=True)))


def _line(answers: Answers, leaks: Leaks) -> Accuracy:
    pairs = statement_pairs(answers, leaks)
    known = ~np.isnan(pairs.difference)

    def estimate(rows: NDArray[np.bool_]) -> Estimate:
        return mean_limits(pairs.difference[rows & known], pairs.item[rows & known], bounds=POINTS).estimate()

    parts = {f"{name}_domain": pairs.domain == domain for domain, name in DOMAINS.items()}
    parts |= {dataset: pairs.dataset == dataset for dataset in answers.datasets}
    everywhere = np.ones(len(known), bool)
    return Accuracy(
        model=answers.model,
        by_case=accuracies(answers),
        right=_accuracy(answers, "C"),
        wrong=_accuracy(answers, "W"),
        parts={name: _mean(pairs.difference[rows & known]) for name, rows in parts.items()},
        every=estimate(everywhere),
        flagged=estimate(pairs.flagged),
        leak_free=estimate(pairs.flagged & ~pairs.leaked),
        leak_free_every=estimate(~pairs.leaked),
        pairs=int(known.sum()),
        flagged_pairs=int((pairs.flagged & known).sum()),
        leaked_pairs=int((pairs.leaked & known).sum()),
        blank=int((~known).sum()),
        constant=tuple(dataset for dataset in answers.datasets if _constant(answers, dataset)),
        other_lengths={
            dataset: (size, len(leaks[dataset, domain]))
            for dataset in answers.datasets
            for domain in DOMAINS
            if (dataset, domain) in leaks and (size := _size(answers, dataset)) != len(leaks[dataset, domain])
        },
    )


def _size(answers: Answers, dataset: str) -> int:
    return next(len(values) for (_, own), values in answers.correct.items() if own == dataset)


def _accuracy(answers: Answers, statement: str) -> float:
    values = [own for (case, _), own in answers.correct.items() if case.startswith(statement)]
    joined = np.concatenate(values) if values else np.empty(0)
    return _mean(joined[~np.isnan(joined)])


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan


def _constant(answers: Answers, dataset: str) -> bool:
    """Return whether a question set's answers are the same under several cases, so that no statement mattered."""
    lists = [values for (_, own), values in answers.correct.items() if own == dataset]
    return len(lists) > 1 and all(np.array_equal(lists[0], other, equal_nan=True) for other in lists[1:])
