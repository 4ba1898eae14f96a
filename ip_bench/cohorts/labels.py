"""What tells a cohort from the rest: answers it gives more often than the others, under false-discovery control.

A person's own answer to an item helped to place the person, so the same answer would speak for itself. Memberships are
therefore made anew without the items tested: items are put into folds, and a person's cohort for the items of one fold
comes from the answers to the others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import false_discovery_control, norm

from ip_bench.cohorts.answers import Answers
from ip_bench.cohorts.choose import Cohorts
from ip_bench.seeds import generator

FOLDS = 5
LEVEL = 0.05


class Label(NamedTuple):
    """An option that a cohort gives more often than the rest, with the log-odds ratio and the adjusted p."""

    cohort: int
    item_id: str
    text: str
    option: str
    share: float
    rest: float
    log_odds: float
    p_adjusted: float


def labels(cohorts: Cohorts, answers: Answers, *, level: float = LEVEL, top: int = 5) -> list[Label]:
    """Return up to `top` labels a cohort, by log-odds ratio, among the options with adjusted p at most `level`.

    All options of all items in all cohorts are one family of one-sided tests (Benjamini and Hochberg). Log-odds ratios
    are of counts with half an answer added (Haldane and Anscombe).
    """
    if cohorts.count_ < 2:
        return []
    counts = crossed_counts(cohorts, answers)
    total = counts.sum(2, keepdims=True)
    yes, no = counts, total - counts
    others_yes, others_no = yes.sum(0) - yes, no.sum(0) - no
    cells = np.stack([yes, no, others_yes, others_no]) + 0.5
    ratio = np.log(cells[0]) - np.log(cells[1]) - np.log(cells[2]) + np.log(cells[3])
    p = norm.sf(ratio / np.sqrt((1 / cells).sum(0)))
    asked = np.broadcast_to(np.arange(counts.shape[2]) < answers.options[:, None], counts.shape)
    adjusted = np.ones(counts.shape)
    adjusted[asked] = false_discovery_control(p[asked])
    found = []
    for cohort in range(cohorts.count_):
        items, options = np.nonzero((adjusted[cohort] <= level) & asked[cohort])
        order = np.lexsort((options, items, -ratio[cohort, items, options]))[:top]
        for item, option in zip(items[order], options[order], strict=True):
            known, at = answers.items[item], (cohort, item, option)
            rest = others_yes[at] / max(others_yes[at] + others_no[at], 1)
            share = yes[at] / max(total[cohort, item, 0], 1)
            found.append(Label(
                cohort, known.item_id, known.text, known.options[option], float(share), float(rest), float(ratio[at]),
                float(adjusted[at]),
            ))  # fmt: skip
    return found


def crossed_counts(cohorts: Cohorts, answers: Answers) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    """Return counts of options (cohorts, items, options) of people whose cohort was found without the item."""
    items, width = len(answers.items), int(answers.options.max())
    fold = generator("label folds", items, cohorts.seed).permutation(items) % FOLDS
    counts = np.zeros((cohorts.count_, items, width))
    for number in range(FOLDS):
        tested = fold[answers.item] == number
        member = cohorts.fold_in(answers.where(~tested)).argmax(1)
        some = answers.where(tested)
        np.add.at(counts, (member[some.person], some.item, some.answer), 1.0)
    return counts
