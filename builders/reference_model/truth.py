"""The truth of the reference models: means over the mini suites' items x realizations x templates, by forward passes.

No lm-eval here. `cultural` is crossed exhaustively; of the other configs each item and realization meets one or two
templates, rotated so that all templates are met equally often. Abstention in `echo`, which neither model was taught,
is computed on every fifth item. The messages that share their beginning share its
computation; the answer of interest is then scored token by token at the temperature of the generation tasks.
`python -m ip_bench.builders.reference_model.truth` writes truth.json next to this file, for the test split.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from ip_bench.tasks.pinned import MINI_ARMS
from numpy.typing import NDArray

from ip_bench.cues.edits import Cued
from ip_bench.design import Arm, Cell, Item
from ip_bench.files import read_json, write_json

from ..cues import message as words
from ..cues import names
from ..cues.asked import differs
from ..cues.content import load
from ..cues.echo import message as echo
from ..cues.echo.arms import ARMS as ECHO_ARMS
from ..cues.echo.content import ABSTAINED
from ..cues.echo.content import load as load_echo
from ..cues.frames import COUNTRIES
from .items import CONFIGS, items
from .policy import MODELS, PLANTED, right_answer
from .train import CHECKPOINTS, render
from .world import FRAME_OF, Example, Turn

TEMPERATURE = 0.7
AT_ONCE = 64  # more at once is slower: tails are padded to the longest
FIFTH = 5
FILE = Path(__file__).parent / "truth.json"
Message = Callable[[Item, Arm, Cell], Cued]
#: What a message shares with others: the lead-in of its cell, or all up to the end of its question.
Shares = Literal["lead-in", "question", "nothing"]


class Cross(NamedTuple):
    """A config's messages: how one is made, of which arms, realizations and templates, and how many templates each.

    `outcomes` names the shares that are computed, each with the answer that it is the probability of.
    """

    message: Message
    arms: tuple[Arm, ...]
    realizations: tuple[str, ...]
    templates: tuple[str, ...]
    carriers: int
    shares: Shares
    outcomes: dict[str, Callable[[Item], str]]

    def cells(self, place: int) -> list[Cell]:
        """Return the cells of the item at a place: every realization in `carriers` templates of even distance."""
        step, count = len(self.templates) // self.carriers, len(self.templates)
        return [
            Cell(realization, self.templates[(place + number + step * carrier) % count])
            for number, realization in enumerate(self.realizations)
            for carrier in range(self.carriers)
        ]


def uk_answer(item: Item) -> str:
    """Return an item's UK answer."""
    return item.choices[item.gold("uk") or 0]


def uk_country(item: Item) -> str:  # noqa: ARG001 (the same for every item)
    """Return the name of the UK."""
    return COUNTRIES["uk"][0]


def abstention(item: Item) -> str:
    """Return how an answer to a question of `echo` says that it is not known."""
    return item.choices[item.gold(ABSTAINED) or 0]


def cross(config: str) -> Cross:
    """Return the messages whose mean is the truth of a config."""
    if config == "echo":
        held = load_echo()
        outcomes = {"p_correct": right_answer, "p_abstained": abstention}
        return Cross(echo.message, ECHO_ARMS, held.blocks, tuple(held.templates), 1, "nothing", outcomes)
    outcomes = {"p_uk": uk_country if config.endswith("inference") else uk_answer}
    if config.startswith("names"):
        return Cross(names.message, names.ARMS, names.SLOTS, tuple(names.TEMPLATES), 1, "question", outcomes)
    blocks, templates = tuple(load().blocks), tuple(load().templates)
    carriers = len(templates) if config == "cultural" else 2
    return Cross(words.message, words.ARMS, blocks, templates, carriers, "lead-in", outcomes)


def true_arms(config: str) -> list[Arm]:
    """Return the arms of a config's mini task, but for the repeat, whose truth is that of the reference."""
    mini = MINI_ARMS.get(config)
    return [arm for arm in cross(config).arms if arm.role != "repeat" and (mini is None or arm.name in mini)]


def true_items(config: str) -> list[Item]:
    """Return the items that a config's truth is the mean over: those that are asked in every arm of its mini task."""
    return [item for item in items(config) if config == "echo" or differs(item)]


def load_model(name: str, folder: Path = CHECKPOINTS) -> tuple[Any, Any]:
    """Return a checkpoint's (model, tokenizer)."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(folder / name).eval(), AutoTokenizer.from_pretrained(folder / name)


Asked = tuple[Item, Arm, Cell]


def probabilities(
    model: Any, tokenizer: Any, config: str, asked: Sequence[Asked], outcome: str, *, chat: bool = True
) -> NDArray[np.float64]:
    """Return the probability of an outcome's answer to each message asked, at the tasks' temperature."""
    made, frame = cross(config), FRAME_OF[config]
    hole = Example(frame.system, (Turn(f"{frame.before}\0{frame.after}", "\0"),))
    *context, (answer, _) = render(hole, tokenizer, chat=chat)
    opening, closing = "".join(text for text, _ in context).split("\0")

    def parts(item: Item, arm: Arm, cell: Cell) -> tuple[str, str, str]:
        text = made.message(item, arm, cell).text
        # Where a text is cut the tokenizer cuts, too: before a space and a capital, or a line break.
        at = text.index(item.question) + (-1 if made.shares == "lead-in" else len(item.question))
        head, tail = (
            (opening + text[:at], text[at:] + closing) if made.shares != "nothing" else ("", opening + text + closing)
        )
        return head, tail, answer.replace("\0", made.outcomes[outcome](item))

    texts = [parts(*one) for one in asked]
    known = sorted({text for row in texts for text in row})
    ids = dict(zip(known, map(tuple, tokenizer(known, add_special_tokens=False)["input_ids"]), strict=True))
    found = np.zeros(len(texts))
    for head, places in _by_head([row[0] for row in texts]):
        places.sort(key=lambda place: len(ids[texts[place][1]]))
        for first in range(0, len(places), AT_ONCE):
            some = places[first : first + AT_ONCE]
            found[some] = _scored(model, ids[head], [(ids[texts[k][1]], ids[texts[k][2]]) for k in some])
    return found


def _by_head(heads: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    places: dict[str, list[int]] = {}
    for place, head in enumerate(heads):
        places.setdefault(head, []).append(place)
    yield from places.items()


Tokens = tuple[int, ...]


def _scored(model: Any, head: Tokens, rows: Sequence[tuple[Tokens, Tokens]]) -> NDArray[np.float64]:
    """Return the probability of each target after the head, which is run once, and its tail."""
    import torch
    from transformers import DynamicCache

    size = max(len(tail) + len(target) for tail, target in rows)
    ids = torch.full((len(rows), size), model.config.pad_token_id)
    wanted = torch.zeros((len(rows), size), dtype=torch.bool)
    for place, (tail, target) in enumerate(rows):
        ids[place, : len(tail) + len(target)] = torch.tensor(tail + target)
        wanted[place, len(tail) : len(tail) + len(target)] = True
    with torch.inference_mode():
        past = None
        if head:
            one = model.model(input_ids=torch.tensor([head]), use_cache=True).past_key_values
            past = DynamicCache()
            for number, layer in enumerate(one.layers):
                past.update(
                    layer.keys.expand(len(rows), -1, -1, -1), layer.values.expand(len(rows), -1, -1, -1), number
                )
        hidden = model.model(input_ids=ids, past_key_values=past, use_cache=False)[0]
        learned = wanted[:, 1:]
        logs = torch.log_softmax(model.lm_head(hidden[:, :-1][learned]) / TEMPERATURE, dim=-1)
        token = logs.gather(1, ids[:, 1:][learned].unsqueeze(1)).squeeze(1)
        owner = torch.arange(len(rows)).unsqueeze(1).expand_as(learned)[learned]
        total = torch.zeros(len(rows), dtype=token.dtype).index_add_(0, owner, token)
    return np.asarray(total.exp().double())


def weights_hash(folder: Path) -> str:
    """Return the SHA-256 of a checkpoint's weights."""
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def true_means(model: Any, tokenizer: Any, config: str) -> Iterator[tuple[str, str, float]]:
    """Yield (outcome, arm, mean) for every outcome and arm of a config's mini task."""
    made, known = cross(config), true_items(config)
    for number, outcome in enumerate(made.outcomes):
        places = range(0, len(known), FIFTH if number else 1)
        for arm in true_arms(config):
            asked = [(known[place], arm, cell) for place in places for cell in made.cells(place)]
            yield outcome, arm.name, float(probabilities(model, tokenizer, config, asked, outcome).mean())


def record_of(name: str, folder: Path, configs: Sequence[str]) -> dict[str, Any]:
    """Return the truth of a checkpoint: by config the mean of each outcome in each arm, beside what is planted."""
    model, tokenizer = load_model(name, folder)
    record: dict[str, Any] = {"weights_sha256": weights_hash(folder / name)}
    for config in configs:
        held: dict[str, Any] = {"items": len(true_items(config)), "cells": len(cross(config).cells(0))}
        for outcome, arm, mean in true_means(model, tokenizer, config):
            sys.stderr.write(f"{name} {config} {outcome} {arm} {mean:.4f}\n")
            held.setdefault(outcome, {})[arm] = round(mean, 5)
        record[config] = held | {"planted": PLANTED[name][config]}
    return record


def main() -> None:
    """Compute the truth of the models named on the command line and write it next to this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", choices=MODELS, default=list(MODELS))
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS)
    parser.add_argument("--out", type=Path, default=FILE)
    chosen = parser.parse_args()
    for name in chosen.models:
        made = record_of(name, chosen.checkpoints, CONFIGS)
        # Read only now: the other model's truth may have been written meanwhile, by a process beside this one.
        write_json(chosen.out, (read_json(chosen.out) if chosen.out.exists() else {}) | {name: made})


if __name__ == "__main__":
    main()
