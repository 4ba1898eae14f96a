"""How near a frozen model can be brought to each cohort, by ways of stating the cohort: its steerability."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from ip_bench.cohorts.answers import Answers, Floats, Ints
from ip_bench.cohorts.choose import Cohorts
from ip_bench.cohorts.compare import Mean
from ip_bench.cohorts.labels import labels
from ip_bench.steering.aligned import group_distances, spoken
from ip_bench.steering.distances import steerability
from ip_bench.steering.paired import averaged
from ip_bench.steering.parts import Parts, on_items
from ip_bench.steering.persona import centroids
from ip_bench.steering.told import DESCRIBED, described_cohorts
from ip_bench.steering.train import Trained

PLAIN, SAID, SOFT = "raw question", "cohort described in the prompt", "soft prompt of the cohort"


class Way(NamedTuple):
    """A way of stating a cohort, and how near the model is to the cohort then: 1 - mean distance, over items.

    `gain` is how much nearer than with the raw question, on the same items; None for the raw question itself.
    """

    way: str
    representativeness: Mean
    gain: Mean | None


class Reached(NamedTuple):
    """A cohort (from 1) on `items` (seen or unseen): all ways, the best of them, and the representativeness then.

    `answered` is how many of the items enough people of the cohort answered.
    """

    cohort: int
    items: str
    answered: int
    ways: tuple[Way, ...]
    way: str
    steerability: float


def reached(
    lm: Any, answers: Answers, parts: Parts, trained: Trained, cohorts: Cohorts, measure: str = "wasserstein"
) -> list[Reached]:
    """Return how near the model is brought to each cohort on seen and on unseen items; empty where there are none.

    What a cohort answers are the shares of all people by their membership, which follows from their answers to seen
    items. To an unseen item nobody's answer has been learned from; of seen ones the map has learned them.
    """
    if not cohorts.count_:
        return []
    member = cohorts.membership_at(trained.filter.fold_in(on_items(answers, parts.seen)))
    learn = on_items(answers.of_people(parts.learn), parts.seen)
    wording = trained.plan.wording
    heads = described_cohorts(labels(cohorts, learn, top=DESCRIBED), cohorts.count_, answers.items, wording)
    plain = group_distances(spoken(lm, answers.items, wording=wording), answers, member, measure)
    found = []
    for at, (head, center) in enumerate(zip(heads, centroids(cohorts), strict=True)):
        said = spoken(lm, answers.items, head, wording)
        steered = spoken(lm, answers.items, wording=wording, virtual=_Always(lm.model, trained, center))
        own = member[:, [at]]
        apart = {PLAIN: plain[at]} | {
            way: group_distances(shares, answers, own, measure)[0] for way, shares in ((SAID, said), (SOFT, steered))
        }
        for side, items in (("seen", parts.seen), ("unseen", parts.unseen_items)):
            found.append(_reached(at + 1, side, {way: each[items] for way, each in apart.items()}))
    return found


class _Always:
    """The virtual tokens of one persona vector, for any rows."""

    def __init__(self, model: Any, trained: Trained, vector: Floats) -> None:
        self._soft = trained.map.to(model.device)
        self._vector = torch.as_tensor(vector, dtype=torch.float32, device=model.device)

    def __call__(self, rows: Ints) -> torch.Tensor:
        made: torch.Tensor = self._soft(self._vector.expand(len(rows), -1))
        return made


def _reached(cohort: int, items: str, apart: dict[str, Floats]) -> Reached:
    known = ~np.isnan(np.stack([*apart.values()])).any(0)
    kept = {way: each[known] for way, each in apart.items()}
    best = steerability(kept)
    ways = tuple(
        Way(way, averaged(1 - each), None if way == PLAIN else averaged(kept[PLAIN] - each))
        for way, each in kept.items()
    )
    return Reached(cohort, items, int(known.sum()), ways, best.way, best.representativeness)
