"""Steering in a planted world, over several worlds and models. Writes docs/steering_results.md.

    python benchmarks/steering.py

Each seed makes another world, trains another small model to read its prompts (tests/steering/stances.py), trains maps
of both modes on it, and asks all methods of people, and of items, that nothing has learned from.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from lm_eval.models.huggingface import HFLM

from ip_bench.files import write_text
from ip_bench.steering.evaluate import Row, evaluate
from ip_bench.steering.parts import Parts, on_items
from ip_bench.steering.persona import cohorts_of
from ip_bench.steering.train import Training, train, weights_hash

ROOT = Path(__file__).parent.parent
PEOPLE = 700
COHORTS = 4


def tables(seed: int, folder: Path) -> dict[str, list[Row]]:
    """Return the table of each mode for one seed."""
    sys.path.insert(0, str(ROOT / "tests" / "steering"))
    stances = import_module("stances")
    world = stances.world(seed)
    stances.train(world, folder, seed=seed)
    answers = stances.answers(world, PEOPLE, seed=seed + 1)
    codes = np.arange(PEOPLE)
    parts = Parts(codes[:400], codes[400:450], codes[450:], world.seen, world.unseen)
    lm = HFLM(pretrained=str(folder), device="cpu", batch_size=64)
    before, found = weights_hash(lm.model), {}
    for mode in ("prefix", "prompt"):
        trained = train(
            lm,
            answers,
            parts,
            Training(mode=mode, tokens=4, rate=5e-3, dims=4, cells=12, epochs=8, batch=64, patience=3),
        )
        learn = on_items(answers, parts.seen).of_people(parts.learn)
        cohorts = cohorts_of(trained.filter, learn, COHORTS)
        found[mode] = evaluate(lm, answers, parts, trained, cohorts, most=15, seed=seed)
        assert weights_hash(lm.model) == before
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "steering_results.md")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    began = time.process_time()
    accuracy: dict[tuple[str, str], list[float]] = defaultdict(list)
    loss: dict[tuple[str, str], list[float]] = defaultdict(list)
    for seed in range(chosen.seeds):
        with TemporaryDirectory() as scratch:
            for mode, rows in tables(seed, Path(scratch) / "small").items():
                for row in rows:
                    soft = row.method.startswith(("soft", "random"))
                    if soft or mode == "prefix":  # the other methods are alike in both
                        name = f"{row.method} ({mode})" if soft else row.method
                        accuracy[name, row.items].append(100 * row.accuracy.estimate)
                        loss[name, row.items].append(row.log_loss.estimate)
        spent = time.process_time() - began
        print(f"seed {seed}: {spent:.0f} s of one core", flush=True)
        write_text(chosen.out, page(accuracy, loss, seed + 1, spent))


def page(
    accuracy: dict[tuple[str, str], list[float]], loss: dict[tuple[str, str], list[float]], seeds: int, spent: float
) -> str:
    lines = [
        "# Steering in a planted world: the figures", "",
        f"Written by `benchmarks/steering.py --seeds {seeds}` ({spent / 60:.0f} minutes of one core). The worlds are",
        "test devices, and so are the models: small transformers trained to read these prompts. The figures say that",
        "the machinery works, and nothing about people or about large models.", "",
        "Accuracy in percent, macro-averaged over 250 unseen people, and log-loss in nats: means over",
        f"{seeds} world{'s' * (seeds > 1)} (lowest to highest). Unseen items were in the training of no method, and of",
        "no model.", "",
        "| method | seen items | log-loss | unseen items | log-loss |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for name in dict.fromkeys(name for name, _ in accuracy):
        cells = []
        for items in ("seen", "unseen"):
            values, losses = accuracy.get((name, items)), loss.get((name, items))
            cells += ["-", "-"] if not values or not losses else [
                f"{np.mean(values):.1f} ({min(values):.1f} to {max(values):.1f})", f"{np.mean(losses):.3f}",
            ]  # fmt: skip
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
