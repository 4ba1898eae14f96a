"""Do cohorts say more of held-out answers than other divisions of the same people into as many groups?

The measure is log-likelihood a held-out cell gained over the item's own shares. Beside the cohorts stand demographic
columns and the groups of a platform, each brought to as many groups and, where it has more, also with all of its own;
the cohorts' labels shuffled; and k-means on the places of a continuum: answers simulated from the fitted factorization
with normal places, in the same cells, refitted and divided like the real ones. Any continuum can be cut into groups
that predict; cohorts are more than a cut where they gain more than it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from ip_bench.cohorts.answers import Answers, Floats, Group, Ints
from ip_bench.cohorts.compare import Mean, mean_over_cells
from ip_bench.cohorts.factor import Factorization, Places
from ip_bench.cohorts.mixture import parted
from ip_bench.cohorts.shares import group_shares, item_shares
from ip_bench.seeds import generator

SHUFFLES = 20
CONTINUA = 5
AS_THEY_ARE = " (all levels)"  # marks a division with more groups than there are cohorts


class Gain(NamedTuple):
    """Log-likelihood a held-out cell gained over the item's shares by a division, with an interval over people.

    `less`: what the cohorts gain more than it, on the same cells; None for the cohorts. Beside k-means on a continuum,
    everyone is wholly in the likeliest cohort, as there: soft membership alone gains more.
    """

    division: str
    groups: int
    gain: Mean
    less: Mean | None


def cell_gains(train: Answers, held_out: Answers, membership: Floats) -> Floats:
    """Return the log-likelihood each held-out cell gains; people of no group (a row of zeros) gain nothing."""
    shares, base = group_shares(train, membership), item_shares(train)
    here = membership[held_out.person]
    p = np.einsum("cg,gc->c", here, shares[:, held_out.item, held_out.answer])
    alone = base[held_out.item, held_out.answer]
    return np.asarray(np.log(p + (1 - here.sum(1)) * alone) - np.log(alone))


def coherence(
    train: Answers,
    held_out: Answers,
    membership: Floats,
    model: Factorization,
    *,
    continua: int = CONTINUA,
    seed: int = 0,
) -> list[Gain]:
    """Return the gains of cohorts and of what they are compared with.

    `membership` (people, groups) and `model` were fitted to `train`, which has the people and items of `held_out`.
    """
    count = membership.shape[1]
    mine = cell_gains(train, held_out, membership)
    found = [Gain("cohorts", count, _mean(mine, held_out), None)]

    def add(name: str, groups: int, gains: Floats) -> None:
        found.append(Gain(name, groups, _mean(gains, held_out), _mean(mine - gains, held_out)))

    for group in train.groups:
        merged = merged_levels(group, count)
        add(group.name, int(merged.max()) + 1, cell_gains(train, held_out, _indicator(merged)))
        if len(group.levels) > count:
            own = cell_gains(train, held_out, _indicator(group.codes))
            add(f"{group.name}{AS_THEY_ARE}", len(group.levels), own)
    add("k-means on places", count, cell_gains(train, held_out, _indicator(_cut(model.places_, count, seed))))
    shuffled = np.zeros(len(held_out))
    for draw in range(SHUFFLES):
        order = generator("shuffled", len(membership), seed, draw).permutation(len(membership))
        shuffled += cell_gains(train, held_out, membership[order]) / SHUFFLES
    add("shuffled labels", count, shuffled)
    gains = [_continuum(train, held_out, model, count, seed, draw) for draw in range(continua)]
    if gains:
        null = np.mean(gains, axis=0)  # people are wholly in one group there, so for this the cohorts' are, too
        whole = cell_gains(train, held_out, _indicator(membership.argmax(1)))
        found.append(Gain("k-means on a fitted continuum", count, _mean(null, held_out), _mean(whole - null, held_out)))
    return found


def merged_levels(group: Group, count: int) -> Ints:
    """Return codes of at most `count` groups: numeric levels by neighbours, others with the rarest put together."""
    sizes = np.bincount(group.codes[group.codes >= 0], minlength=len(group.levels))
    if len(group.levels) <= count:
        return group.codes
    if all(_is_number(level) for level in group.levels):
        middle = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
        place = np.unique((middle * count).astype(np.int64), return_inverse=True)[1]
    else:
        rank = np.argsort(np.argsort(-sizes, kind="stable"))
        place = np.minimum(rank, count - 1)
    return np.where(group.codes >= 0, place[group.codes], -1)


def simulated(like: Answers, model: Factorization, *seed: object) -> Answers:
    """Return answers in the same cells from people at standard normal places, by the fitted model."""
    draw = generator("continuum", len(like), *seed)
    people, dims = len(like.people), model.places_.mean.shape[1]
    at = Places(draw.standard_normal((people, dims)), np.zeros((people, dims, dims)))
    p = model.predict_at(at, like.person, like.item)
    answer = (draw.random((len(like), 1)) > np.cumsum(p, axis=1)).sum(1)
    return replace(like, answer=np.minimum(answer, like.options[like.item] - 1))


def _continuum(train: Answers, held_out: Answers, model: Factorization, count: int, seed: int, draw: int) -> Floats:
    cells = np.argsort(np.concatenate([train.person, held_out.person]), kind="stable")
    person, item, answer = (
        np.concatenate(pair)[cells]
        for pair in ((train.person, held_out.person), (train.item, held_out.item), (train.answer, held_out.answer))
    )
    both = replace(train, person=person, item=item, answer=answer)
    made = simulated(both, model, seed, draw)
    back = np.empty_like(made.answer)
    back[cells] = made.answer
    learnt = replace(train, answer=back[: len(train)])
    asked = replace(held_out, answer=back[len(train) :])
    places = clone(model).set_params(seed=seed).fit(learnt).places_
    return cell_gains(learnt, asked, _indicator(_cut(places, count, seed)))


def _cut(places: Places, count: int, seed: int) -> Ints:
    return parted(places.mean, count, "k-means on places", len(places.mean), count, seed)


def _indicator(codes: Ints) -> Floats:
    return np.asarray(codes[:, None] == np.arange(max(int(codes.max()) + 1, 1)), dtype=np.float64)


def _mean(gains: Floats, held_out: Answers) -> Mean:
    people = len(held_out.people)
    cells = np.bincount(held_out.person, minlength=people).astype(np.float64)
    return mean_over_cells(np.bincount(held_out.person, gains, minlength=people).astype(np.float64), cells)


def _is_number(level: str) -> bool:
    return level.lstrip("+-").replace(".", "", 1).isdigit()


def rows(gains: list[Gain]) -> Iterator[dict[str, object]]:
    """Yield gains as records of plain values."""
    for each in gains:
        record: dict[str, object] = {
            "division": each.division, "groups": each.groups, "gain": each.gain.estimate, "ci": [*each.gain[1:]],
        }  # fmt: skip
        if each.less is not None:
            record |= {"cohorts_gain_more": each.less.estimate, "cohorts_gain_more_ci": [*each.less[1:]]}
        yield record
