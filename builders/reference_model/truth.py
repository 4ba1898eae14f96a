"""The truth of the reference models: exhaustive means over items x word blocks x lead-ins, by direct forward passes.

No lm-eval here. For each cell and arm the messages of all items share their beginning, which is computed once; the
answer of interest is then scored token by token at the temperature of the generation tasks.
`python -m ip_bench.builders.reference_model.truth` writes truth.json next to this file, for the test split.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable, Sequence
from itertools import takewhile
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
    "inference": ("reference", "us", "uk", "explicit_us", "explicit_uk"),
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
    at: Iterable[Cell] | None = None,
    *,
    chat: bool = True,
) -> NDArray[np.float64]:
    """Return P(UK answer) at the tasks' temperature, as an array of shape (arms, cells, items)."""
    known: dict[str, Arm] = {arm.name: arm for arm in ARMS}
    frame = FRAMES[config]
    rows = []
    for name in arms:
        per_arm = []
        for cell in at if at is not None else cells():
            pairs = []
            for item in items:
                text = message(item, known[name], cell).text
                prompt = f"{frame.before}{text}{frame.after}"
                example = Example(frame.system, (Turn(prompt, uk_answer(item, config)),))
                (context, _), (target, _) = render(example, tokenizer, chat=chat)
                pairs.append((context, target))
            per_arm.append(_probabilities(model, tokenizer, pairs))
        rows.append(per_arm)
    return np.array(rows)


def _probabilities(model: Any, tokenizer: Any, pairs: list[tuple[str, str]]) -> NDArray[np.float64]:
    """Return the probability of each target after its context; a common beginning of the contexts is run once."""
    import torch
    from transformers import DynamicCache

    encoded = [tuple(tokenizer(part, add_special_tokens=False)["input_ids"] for part in pair) for pair in pairs]
    columns = zip(*(context for context, _ in encoded), strict=False)
    shared = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
    tails = [context[shared:] + target for context, target in encoded]
    size = max(map(len, tails))
    ids = torch.full((len(tails), size), tokenizer.pad_token_id)
    wanted = torch.zeros((len(tails), size), dtype=torch.bool)
    for row, ((_, target), tail) in enumerate(zip(encoded, tails, strict=True)):
        ids[row, : len(tail)] = torch.tensor(tail)
        wanted[row, len(tail) - len(target) : len(tail)] = True
    with torch.inference_mode():
        past = None
        if shared:
            one = model.model(input_ids=torch.tensor([encoded[0][0][:shared]]), use_cache=True).past_key_values
            past = DynamicCache()
            for number, layer in enumerate(one.layers):
                past.update(
                    layer.keys.expand(len(tails), -1, -1, -1),
                    layer.values.expand(len(tails), -1, -1, -1),
                    number,
                )
        hidden = model.model(input_ids=ids, past_key_values=past, use_cache=False)[0]
        learned = wanted[:, 1:]
        logs = torch.log_softmax(model.lm_head(hidden[:, :-1][learned]) / TEMPERATURE, dim=-1)
        token = logs.gather(1, ids[:, 1:][learned].unsqueeze(1)).squeeze(1)
        owner = torch.arange(len(tails)).unsqueeze(1).expand_as(learned)[learned]
        total = torch.zeros(len(tails), dtype=token.dtype).index_add_(0, owner, token)
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
