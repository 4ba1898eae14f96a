"""Whom a model is aligned to before any steering: its distance to every group, with intervals over items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ip_bench.cohorts.answers import Answers, Floats, Item
from ip_bench.cohorts.compare import Mean
from ip_bench.cohorts.shares import group_shares
from ip_bench.steering import prompts
from ip_bench.steering.distances import distances
from ip_bench.steering.evaluate import averaged
from ip_bench.steering.score import encoded, option_log_probabilities

LEAST = 20  # answers of a group to an item, below which their shares say too little


class Alignment(NamedTuple):
    """A group, how near the model is to it (1 - mean distance, interval over items), and how many items that is of.

    `behind` is how much farther the group is than the nearest one, over the same items; None for the nearest itself.
    """

    group: str
    representativeness: Mean
    items: int
    behind: Mean | None


def spoken(lm: Any, items: Sequence[Item], head: str = "", wording: str = "plain") -> Floats:
    """Return P(option) (items, most options) of a model by log-probabilities; `head` stands before every question."""
    asked = [head + prompts.question(item, wording) for item in items]
    texts = [
        [encoded(lm, text, said) for said in prompts.choices(item)] for text, item in zip(asked, items, strict=True)
    ]
    return np.asarray(np.exp(option_log_probabilities(lm.model, texts, None)))


def alignment(
    model: Floats, answers: Answers, membership: Floats, names: Sequence[str], measure: str = "wasserstein"
) -> list[Alignment]:
    """Return groups in the order of their nearness to a model; the people as a whole are among them.

    Args:
        model: P(option) of the model (items, most options), nan where it gave none.
        answers: What people answered.
        membership: Of people in groups (people, groups); may be soft.
        names: Of the groups.
        measure: As in `distances`.
    """
    everyone = np.concatenate([membership, np.ones((len(answers.people), 1))], 1)
    shares = group_shares(answers, everyone)
    apart = np.stack([distances(model, each, answers.items, measure) for each in shares])
    for group, weights in enumerate(everyone.T):
        known = np.bincount(answers.item, weights[answers.person], minlength=len(answers.items))
        apart[group, known < LEAST] = np.nan
    kept = [each[~np.isnan(each)] for each in apart]
    nearest = min((at for at, each in enumerate(kept) if len(each)), key=lambda at: kept[at].mean(), default=None)
    found = []
    for at, (name, each) in enumerate(zip([*names, "everyone"], kept, strict=True)):
        behind = None
        if nearest is not None and at != nearest:
            more = apart[at] - apart[nearest]
            behind = averaged(more[~np.isnan(more)])
        found.append(Alignment(name, averaged(1 - each), len(each), behind))
    return sorted(found, key=lambda one: -np.inf if np.isnan(one.representativeness.estimate)
                  else one.representativeness.estimate, reverse=True)  # fmt: skip
