"""The truth of the reference models: exhaustive means over items x word blocks x lead-ins, by direct forward passes.

No lm-eval here. For each cell and arm the messages of all items share their beginning, which is computed once; the
answer of interest is then scored token by token at the temperature of the generation tasks.
`python -m ip_bench.builders.reference_model.truth` writes truth.json next to this file, for the test split.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ip_bench.design import Arm, Cell, Item, full_cross
from ip_bench.files import read_json, write_json

from ..cues.content import load
from ..cues.message import ARMS, message
from ..cues.recipes import COUNTRIES, FRAMES, asked_items
from .policy import MODELS, PLANTED
from .train import CHECKPOINTS, render
from .world import Example, Turn

TEMPERATURE = 0.7
#: Arms with a known truth, per config; the rest are arms of other locales.
TRUE_ARMS = {
    "cultural": (
        "reference", "us", "uk", "placebo_typo", "placebo_spacing", "placebo_synonym", "placebo_signoff",
        "explicit_us", "explicit_uk",
    ),
    "inference": ("reference", "us", "uk"),
}  # fmt: skip
FILE = Path(__file__).parent / "truth.json"


def load_model(name: str, folder: Path = CHECKPOINTS) -> tuple[Any, Any]:
    """Return a checkpoint's (model, tokenizer)."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(folder / name).eval(), AutoTokenizer.from_pretrained(folder / name)


def uk_answer(item: Item, config: str) -> str:
    """Return the text whose probability is the outcome: the item's UK answer, or the country's name."""
    return COUNTRIES["uk"][0] if config == "inference" else item.choices[item.gold("uk") or 0]


def cells() -> list[Cell]:
    """Return the exhaustive cross of word blocks and lead-ins."""
    content = load()
    return list(full_cross(list(content.blocks), list(content.templates)))


def matrix(
    model: Any,
    tokenizer: Any,
    config: str,
    arms: Sequence[str],
    items: Sequence[Item],
    at: Sequence[Cell] | None = None,
    *,
    chat: bool = True,
) -> NDArray[np.float64]:
    """Return P(UK answer) at the tasks' temperature, as an array of shape (arms, cells, items)."""
    known: dict[str, Arm] = {arm.name: arm for arm in ARMS}
    frame = FRAMES[config]
    hole = Example(frame.system, (Turn(f"{frame.before}\0{frame.after}", "\0"),))
    *context, (answer, _) = render(hole, tokenizer, chat=chat)
    opening, closing = "".join(text for text, _ in context).split("\0")

    @cache
    def tokens(text: str) -> tuple[int, ...]:
        return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])

    def row(item: Item, arm: Arm, cell: Cell) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        # A question opens with a space and a capital, where the tokenizer always cuts: the parts can be cut alone.
        lead, _, rest = message(item, arm, cell).text.partition(f" {item.question}")
        head, tail = tokens(f"{opening}{lead}"), tokens(f" {item.question}{rest}{closing}")
        return head, tail, tokens(answer.replace("\0", uk_answer(item, config)))

    return np.array(
        [
            [_probabilities(model, [row(item, known[arm], cell) for item in items]) for cell in at or cells()]
            for arm in arms
        ]
    )


def _probabilities(
    model: Any, rows: Sequence[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]]
) -> NDArray[np.float64]:
    """Return the probability of each target after its head and tail; a head that all rows share is run once."""
    import torch
    from transformers import DynamicCache

    shared = rows[0][0] if len({head for head, _, _ in rows}) == 1 else ()
    tails = [(head[len(shared) :] + tail, target) for head, tail, target in rows]
    size = max(len(tail) + len(target) for tail, target in tails)
    ids = torch.full((len(rows), size), model.config.pad_token_id)
    wanted = torch.zeros((len(rows), size), dtype=torch.bool)
    for place, (tail, target) in enumerate(tails):
        ids[place, : len(tail) + len(target)] = torch.tensor(tail + target)
        wanted[place, len(tail) : len(tail) + len(target)] = True
    with torch.inference_mode():
        past = None
        if shared:
            one = model.model(input_ids=torch.tensor([shared]), use_cache=True).past_key_values
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


def main() -> None:
    """Compute the truth of the models named on the command line and write it next to this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", choices=MODELS, default=list(MODELS))
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS)
    parser.add_argument("--out", type=Path, default=FILE)
    chosen = parser.parse_args()
    items = asked_items("test")
    found = read_json(chosen.out) if chosen.out.exists() else {}
    for name in chosen.models:
        model, tokenizer = load_model(name, chosen.checkpoints)
        record: dict[str, Any] = {
            "weights_sha256": weights_hash(chosen.checkpoints / name),
            "items": len(items),
        }
        for config, arms in TRUE_ARMS.items():
            means = {}
            for arm in arms:
                means[arm] = round(float(matrix(model, tokenizer, config, [arm], items).mean()), 5)
                sys.stderr.write(f"{name} {config} {arm} {means[arm]:.4f}\n")
            record[config] = {"p_uk": means, "planted": PLANTED[name][config]}
        found[name] = record
    write_json(chosen.out, found)


if __name__ == "__main__":
    main()
