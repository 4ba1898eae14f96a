"""Train the map from persona vectors to virtual tokens; the model stays as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from ip_bench.cohorts.answers import Answers, Floats, Ints
from ip_bench.cohorts.factor import Categorical
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.seeds import generator
from ip_bench.steering import prompts
from ip_bench.steering.parts import FEW, Parts, on_items
from ip_bench.steering.persona import vector
from ip_bench.steering.score import Text, encoded, said_logits
from ip_bench.steering.soft import Shape, SoftMap, fresh

LAST = 0.1  # the learning rate of the last epoch over that of the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How to train; hidden units, weight decay and epochs are those of Li et al. (2023).

    `wording` is how items are asked (`prompts.WORDINGS`). `cells` are asked of a person in an epoch at most. Training
    ends where `patience` epochs bring no gain on the people who are held out for that.
    """

    mode: str = "prefix"
    wording: str = "plain"
    tokens: int = 1
    hidden: int = 32
    dims: int = 8
    epochs: int = 10
    rate: float = 1e-3
    weight_decay: float = 1e-3
    batch: int = 32
    cells: int = 16
    patience: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that no training can have."""
        whole = ("tokens", "hidden", "dims", "epochs", "batch", "cells", "patience")
        if wrong := [name for name in whole if getattr(self, name) < 1]:
            raise IpBenchError(f"{wrong[0]} is {getattr(self, wrong[0])}; it must be 1 or more")
        if self.wording not in prompts.WORDINGS:
            raise UnknownNameError("wording", self.wording, prompts.WORDINGS)
        if not 0 < self.rate < 1 or not 0 <= self.weight_decay < 1:
            raise IpBenchError(f"rate {self.rate} and weight decay {self.weight_decay} must be in (0, 1) and [0, 1)")


class Trained(NamedTuple):
    """A map, the factorization whose places it takes, and the loss on held-out people by epoch (first: untrained)."""

    map: SoftMap
    filter: Categorical
    losses: list[float]
    plan: Training


class Examples(NamedTuple):
    """Cells to learn from: a vector, an item and an answer each."""

    persona: Floats
    item: Ints
    answer: Ints


def train(
    lm: Any, answers: Answers, parts: Parts, plan: Training, *, say: Callable[[str], None] | None = None
) -> Trained:
    """Return a map trained on the answers of `parts.learn` to the seen items.

    `lm` is an lm-eval hf model; its weights get no gradient, and the map alone is changed.

    Raises:
        IpBenchError: where the model's layers do not take a prefix, or the loss is not finite.
    """
    tell = say or (lambda text: None)  # noqa: ARG005
    seen = on_items(answers, parts.seen)
    learn, check = seen.of_people(parts.learn), seen.of_people(parts.check)
    found = Categorical(dims=plan.dims, seed=plan.seed).fit(learn)
    model = lm.model
    model.requires_grad_(False)
    shape = Shape.of(model, plan.mode, persona=2 * len(found.ridge_), tokens=plan.tokens, hidden=plan.hidden)
    soft = fresh(model, shape, plan.seed)
    texts = _texts(lm, answers, parts.seen, plan.wording)
    held_out = [_examples(found, check, plan, size, "check", size) for size in (*FEW, None)]  # the same each epoch
    optimizer = torch.optim.AdamW(soft.parameters(), lr=plan.rate, weight_decay=plan.weight_decay)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, LAST, total_iters=plan.epochs)
    losses = [_loss(model, soft, texts, held_out, plan)]
    best, waited = _copy(soft), 0
    for epoch in range(plan.epochs):
        drawn = _examples(found, learn, plan, "drawn", "learn", epoch)
        order = generator("steering batches", plan.seed, epoch).permutation(len(drawn.item))
        for first in range(0, len(order), plan.batch):
            optimizer.zero_grad()
            _batch_loss(model, soft, texts, drawn, order[first : first + plan.batch]).backward()
            torch.nn.utils.clip_grad_norm_(soft.parameters(), 1.0)
            optimizer.step()
        schedule.step()
        losses.append(_loss(model, soft, texts, held_out, plan))
        tell(f"epoch {epoch + 1}: loss {losses[-1]:.4f} on held-out people, {losses[0]:.4f} at first")
        if not np.isfinite(losses[-1]):
            raise IpBenchError(f"the loss is not finite after epoch {epoch + 1}; lower the rate, which is {plan.rate}")
        if losses[-1] < min(losses[:-1]):
            best, waited = _copy(soft), 0
        else:
            waited += 1
        if waited >= plan.patience:
            break
    soft.load_state_dict(best)
    return Trained(soft.eval(), found, losses, plan)


def weights_hash(model: Any) -> str:
    """Return the SHA-256 of a model's parameters and buffers, by name, in bytes as they are stored."""
    total = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        total.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        total.update(value.detach().cpu().reshape(-1).contiguous().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def _texts(lm: Any, answers: Answers, items: Ints, wording: str) -> dict[int, list[Text]]:
    known = {int(each): answers.items[int(each)] for each in items}
    return {
        code: [encoded(lm, prompts.question(item, wording), said) for said in prompts.choices(item)]
        for code, item in known.items()
    }


def _examples(found: Categorical, some: Answers, plan: Training, size: int | str | None, *seed: object) -> Examples:
    """Return cells asked of people who are known by other cells: so many, all others, or a number drawn for each."""
    draw = generator("steering examples", plan.seed, *seed)
    asked = np.zeros(len(some), dtype=bool)
    known = np.zeros(len(some), dtype=bool)
    ends = np.searchsorted(some.person, np.arange(len(some.people) + 1))
    for first, last in pairwise(ends):
        order = first + draw.permutation(last - first)
        ask = max(min(plan.cells, (last - first) // 2), min(1, last - first))
        rest = last - first - ask
        number = rest if size is None else size
        if size == "drawn":
            number = rest if draw.random() < 0.5 else int(draw.integers(1, max(FEW) + 1))
        asked[order[:ask]] = True
        known[order[ask : ask + int(number)]] = True
    cells = some.where(asked)
    return Examples(vector(found.fold_in(some.where(known)))[cells.person], cells.item, cells.answer)


def _batch_loss(model: Any, soft: SoftMap, texts: dict[int, list[Text]], drawn: Examples, rows: Ints) -> torch.Tensor:
    persona = torch.as_tensor(drawn.persona[rows], dtype=torch.float32, device=model.device)
    said = [texts[int(drawn.item[row])][int(drawn.answer[row])] for row in rows]
    logits, target = said_logits(model, said, soft(persona))
    return cross_entropy(logits.float().flatten(0, 1), target.flatten())


@torch.no_grad()
def _loss(model: Any, soft: SoftMap, texts: dict[int, list[Text]], sets: Sequence[Examples], plan: Training) -> float:
    total, cells = 0.0, 0
    for drawn in sets:
        for first in range(0, len(drawn.item), 4 * plan.batch):
            rows = np.arange(first, min(first + 4 * plan.batch, len(drawn.item)))
            total += float(_batch_loss(model, soft, texts, drawn, rows)) * len(rows)
            cells += len(rows)
    return total / max(cells, 1)


def _copy(soft: SoftMap) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in soft.state_dict().items()}
