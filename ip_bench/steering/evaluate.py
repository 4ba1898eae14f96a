"""Every way to say how a person answers, beside the others, on people whom nothing has learned from.

Asked are cells of items that were learned from (`seen`) and of items that were not (`unseen`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from ip_bench.cohorts.answers import Answers, Floats, Ints
from ip_bench.cohorts.baselines import Chance, ItemMode
from ip_bench.cohorts.choose import Cohorts
from ip_bench.cohorts.factor import Places
from ip_bench.errors import IpBenchError
from ip_bench.steering import prompts
from ip_bench.steering.paired import Difference, Row, Scores, differences, row, scored
from ip_bench.steering.parts import FEW, Cells, Parts, cells_of, few, on_items
from ip_bench.steering.persona import centroids, random_vectors, vector
from ip_bench.steering.score import encoded, option_log_probabilities
from ip_bench.steering.soft import SoftMap, fresh
from ip_bench.steering.textual import TextRidge, words
from ip_bench.steering.told import told
from ip_bench.steering.train import Trained

KNOWN = (0, *FEW, None)  # answers by which people are known; 0 is the cold start, None all of them


class Evaluation(NamedTuple):
    """The table of methods, and what the steered model gains over others on the same people."""

    rows: list[Row]
    differences: list[Difference]


class Asked(NamedTuple):
    """What all methods are asked: the same cells, of people whose answers to seen items are known in part."""

    items: str
    cells: Cells


def evaluate(
    lm: Any, answers: Answers, parts: Parts, trained: Trained, cohorts: Cohorts | None = None, *,
    most: int | None = 20, seed: int = 0, say: Callable[[str], None] | None = None,
) -> Evaluation:  # fmt: skip
    """Return the table of methods, and paired differences.

    Args:
        lm: The lm-eval hf model that the map was trained for.
        answers: The answers that the map was trained on, of all people.
        parts: Who and what was learned from.
        trained: The map and its factorization.
        cohorts: Cohorts among the people learned from, for centroids and stated descriptions.
        most: Cells of a kind that are asked of a person at most.
        seed: With the content, what is asked and drawn.
        say: Told which method is under way.

    Raises:
        IpBenchError: where there is nothing to ask of unseen people.
    """
    tell = say or (lambda text: None)  # noqa: ARG005
    sides = cells_of(answers, parts.unseen, parts, seed, most)
    found: list[Scores] = []
    in_words: set[str] = set()
    for name, cells in zip(("seen", "unseen"), sides, strict=True):
        if not len(cells.asked):
            raise IpBenchError(f"{len(parts.unseen)} unseen people have no answers to {name} items that could be asked")
        asked = Asked(name, cells)
        for method, p in _without_model(answers, parts, trained, asked, seed):
            found.append(scored(method, name, cells.asked, p))
        for method, heads in told(answers, parts, trained, cohorts, cells):
            tell(f"{method}, {name} items")
            found.append(scored(method, name, cells.asked, _asked(lm, cells.asked, trained.plan.wording, heads, None)))
            in_words.add(method)
        for method, soft, vectors in _steered(lm.model, trained, cohorts, asked, seed):
            tell(f"{method}, {name} items")
            p = _asked(lm, cells.asked, trained.plan.wording, None, (soft, vectors))
            found.append(scored(method, name, cells.asked, p))
    return Evaluation([row(each) for each in found], differences(found, in_words))


def _without_model(
    answers: Answers, parts: Parts, trained: Trained, asked: Asked, seed: int
) -> list[tuple[str, Floats]]:
    """Return P(option) of the methods that have no language model; filtering knows seen items alone."""
    learn = on_items(answers.of_people(np.concatenate([parts.learn, parts.check])), parts.seen)
    cells, known = asked.cells.asked, asked.cells.known
    chance = Chance().fit(learn).predict_proba(cells.person, cells.item)
    mode = ItemMode().fit(learn).predict_proba(cells.person, cells.item)
    found = [("chance", chance), ("item mode", mode)]
    places = trained.filter.fold_in(known)
    if asked.items == "seen":
        for number in KNOWN:
            some = trained.filter.fold_in(few(known, number, "given", seed))
            p = trained.filter.predict_at(some, cells.person, cells.item)
            found.append((f"filtering, {_count(number)}", p))
    table = words(answers.items, parts.seen)
    learned: Places = trained.filter.fold_in(learn)
    ridge = TextRidge(seed).fit(learn, learned.mean, table)
    return [*found, ("ridge on text", ridge.predict_at(places.mean, cells.person, cells.item))]


def _steered(
    model: Any, trained: Trained, cohorts: Cohorts | None, asked: Asked, seed: int
) -> list[tuple[str, SoftMap, Floats]]:
    """Return the map and the persona vectors (people, persona) of each method that steers."""
    known = asked.cells.known
    full = vector(trained.filter.fold_in(known))
    found = [
        ("random soft prompt", fresh(model, trained.map.shape, "random", seed), full),
        ("soft prompt of nobody", trained.map, random_vectors(full, seed)),
    ]
    for number in KNOWN:
        some = full if number is None else vector(trained.filter.fold_in(few(known, number, "given", seed)))
        found.append((f"soft prompt, {_count(number)}", trained.map, some))
    if cohorts is not None and cohorts.count_:
        member = cohorts.membership_at(trained.filter.fold_in(known)).argmax(1)
        found.append(("soft prompt of the cohort", trained.map, centroids(cohorts)[member]))
    return found


def _count(number: int | None) -> str:
    return "all answers" if number is None else f"{number} answer{'' if number == 1 else 's'}"


def _asked(
    lm: Any, cells: Answers, wording: str, heads: list[str] | None, steer: tuple[SoftMap, Floats] | None
) -> Floats:
    """Return P(option) of cells from a model, with words before the question or virtual tokens before it."""
    known: dict[tuple[str, int], Any] = {}
    texts = []
    for at, code in enumerate(cells.item):
        head, item = heads[at] if heads else "", cells.items[int(code)]
        if (head, int(code)) not in known:
            asks = head + prompts.question(item, wording)
            known[head, int(code)] = [encoded(lm, asks, said) for said in prompts.choices(item)]
        texts.append(known[head, int(code)])
    if steer is None:
        return np.asarray(np.exp(option_log_probabilities(lm.model, texts, None)))
    soft, vectors = steer
    soft.to(lm.model.device)

    def virtual(rows: Ints) -> torch.Tensor:
        persona = torch.as_tensor(vectors[cells.person[rows]], dtype=torch.float32, device=lm.model.device)
        made: torch.Tensor = soft(persona)
        return made

    return np.asarray(np.exp(option_log_probabilities(lm.model, texts, virtual)))
