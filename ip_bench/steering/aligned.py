"""Whom a model is aligned to before any steering: its distance to every group over items, and whether topics agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import binomtest

from ip_bench.cohorts.answers import Answers, Floats, Ints, Item
from ip_bench.cohorts.compare import Mean
from ip_bench.cohorts.shares import group_shares
from ip_bench.steering import prompts
from ip_bench.steering.distances import consistency, distances, nearest
from ip_bench.steering.paired import averaged
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


class Consistency(NamedTuple):
    """The share of topics whose nearest group is the nearest of all, with Wilson's interval over topics.

    `topics` gives the nearest group of each topic on which some group is known.
    """

    share: Mean
    nearest: str
    topics: dict[str, str]


def spoken(
    lm: Any, items: Sequence[Item], head: str = "", wording: str = "plain",
    virtual: Callable[[Ints], Any] | None = None,
) -> Floats:  # fmt: skip
    """Return P(option) (items, most options) of a model by log-probabilities.

    `head` stands before every question; `virtual` gives the virtual tokens of questions by their numbers.
    """
    asked = [head + prompts.question(item, wording) for item in items]
    texts = [
        [encoded(lm, text, said) for said in prompts.choices(item)] for text, item in zip(asked, items, strict=True)
    ]
    return np.asarray(np.exp(option_log_probabilities(lm.model, texts, virtual)))


def group_distances(model: Floats, answers: Answers, membership: Floats, measure: str = "wasserstein") -> Floats:
    """Return the distance of a model's P(option) from each group's shares (groups, items).

    nan where the model gave none, or fewer than `LEAST` people of the group answered the item.
    """
    apart = np.stack([distances(model, each, answers.items, measure) for each in group_shares(answers, membership)])
    for group, weights in enumerate(membership.T):
        known = np.bincount(answers.item, weights[answers.person], minlength=len(answers.items))
        apart[group, known < LEAST] = np.nan
    return apart


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
    apart = group_distances(model, answers, everyone, measure)
    kept = [each[~np.isnan(each)] for each in apart]
    first = min((at for at, each in enumerate(kept) if len(each)), key=lambda at: kept[at].mean(), default=None)
    found = []
    for at, (name, each) in enumerate(zip([*names, "everyone"], kept, strict=True)):
        behind = None
        if first is not None and at != first:
            more = apart[at] - apart[first]
            behind = averaged(more[~np.isnan(more)])
        found.append(Alignment(name, averaged(1 - each), len(each), behind))
    return sorted(found, key=lambda one: -np.inf if np.isnan(one.representativeness.estimate)
                  else one.representativeness.estimate, reverse=True)  # fmt: skip


def consistent(apart: Floats, names: Sequence[str], items: Sequence[Item], topics: Mapping[str, str]) -> Consistency:
    """Return whether the group that a model is nearest to is the same on all topics.

    Args:
        apart: Distances (groups, items), as `group_distances` gives them.
        names: Of the groups.
        items: What was asked.
        topics: Of items, by their ids; items without one are left out.
    """
    known = [at for at, item in enumerate(items) if item.item_id in topics]
    said = sorted({topics[items[at].item_id] for at in known})
    some = apart[:, known]
    code = np.array([said.index(topics[items[at].item_id]) for at in known], dtype=np.int64)
    able = [at for at in range(len(said)) if not np.isnan(some[:, code == at]).all()] if len(names) else []
    if not able:
        return Consistency(Mean(np.nan, np.nan, np.nan), "", {})
    share = consistency(some, code)
    ends = binomtest(round(share * len(able)), len(able)).proportion_ci(method="wilson")
    best = {said[at]: names[nearest(some[:, code == at])] for at in able}
    return Consistency(Mean(share, float(ends.low), float(ends.high)), names[nearest(some)], best)
