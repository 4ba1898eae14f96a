"""Shares of an item's options, in all and in groups, each drawn a little to what is known of more people."""

from __future__ import annotations

import numpy as np

from ip_bench.cohorts.answers import Answers, Floats

SMOOTHING = 2.0  # pseudo-answers an item
GROUP_SMOOTHING = 4.0  # pseudo-answers of a group to an item, in the item's shares


def pseudo_answers(answers: Answers, weight: float = SMOOTHING) -> Floats:
    """Return pseudo-answers (items, options) that sum to `weight`: the shares over all items of as many options."""
    counts, options = answers.counts(), answers.options
    prior = np.zeros(counts.shape)
    for size in np.unique(options):
        same = options == size
        total = counts[same].sum(0)[:size] + 1.0
        prior[np.ix_(same, np.arange(size))] = weight * total / total.sum()
    return prior


def item_shares(answers: Answers, weight: float = SMOOTHING) -> Floats:
    """Return the smoothed shares of each item's options (items, options), 0 where an item has fewer."""
    shares = answers.counts() + pseudo_answers(answers, weight)
    return np.asarray(shares / shares.sum(1, keepdims=True))


def group_shares(answers: Answers, membership: Floats) -> Floats:
    """Return the smoothed shares in groups (groups, items, options); `membership` (people, groups) may be soft."""
    shape = (len(answers.items), int(answers.options.max()))
    cell = answers.item * shape[1] + answers.answer
    base = item_shares(answers)
    shares = np.empty((membership.shape[1], *shape))
    for group, weights in enumerate(membership.T):
        given = np.bincount(cell, weights[answers.person], minlength=shape[0] * shape[1]).reshape(shape)
        counts = given + GROUP_SMOOTHING * base
        shares[group] = counts / counts.sum(1, keepdims=True)
    return shares
