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
from typing import NamedTuple

import numpy as np
import torch
from lm_eval.models.huggingface import HFLM

from ip_bench.cohorts.compare import Mean
from ip_bench.files import write_text
from ip_bench.steering.evaluate import Evaluation, evaluate
from ip_bench.steering.parts import Parts, on_items
from ip_bench.steering.persona import cohorts_of
from ip_bench.steering.reached import Reached, reached
from ip_bench.steering.train import Training, train, weights_hash

ROOT = Path(__file__).parent.parent
PEOPLE = 700
COHORTS = 4


class World(NamedTuple):
    """What was found in one world with maps of one mode."""

    methods: Evaluation
    cohorts: list[Reached]


def world(seed: int, folder: Path) -> dict[str, World]:
    """Return what is found in the world of one seed, by mode."""
    sys.path.insert(0, str(ROOT / "tests" / "steering"))
    stances = import_module("stances")
    made = stances.world(seed)
    stances.train(made, folder, seed=seed)
    answers = stances.answers(made, PEOPLE, seed=seed + 1)
    codes = np.arange(PEOPLE)
    parts = Parts(codes[:400], codes[400:450], codes[450:], made.seen, made.unseen)
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
        methods = evaluate(lm, answers, parts, trained, cohorts, most=15, seed=seed)
        found[mode] = World(methods, reached(lm, answers, parts, trained, cohorts))
        assert weights_hash(lm.model) == before
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "steering_results.md")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    began = time.process_time()
    found = []
    for seed in range(chosen.seeds):
        with TemporaryDirectory() as scratch:
            found.append(world(seed, Path(scratch) / "small"))
        spent = time.process_time() - began
        print(f"seed {seed}: {spent:.0f} s of one core", flush=True)
    write_text(chosen.out, page(found, time.process_time() - began))


def methods(found: list[dict[str, World]]) -> list[str]:
    """Return the table of methods: means over worlds, lowest to highest."""
    accuracy: dict[tuple[str, str], list[float]] = defaultdict(list)
    loss: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in found:
        for mode, its in one.items():
            for row in its.methods.rows:
                soft = row.method.startswith(("soft", "random"))
                if soft or mode == "prefix":  # the other methods are alike in both
                    name = f"{row.method} ({mode})" if soft else row.method
                    accuracy[name, row.items].append(100 * row.accuracy.estimate)
                    loss[name, row.items].append(row.log_loss.estimate)
    lines = ["| method | seen items | log-loss | unseen items | log-loss |", "|---|---|---|---|---|"]
    for name in dict.fromkeys(name for name, _ in accuracy):
        cells = []
        for items in ("seen", "unseen"):
            values, losses = accuracy.get((name, items)), loss.get((name, items))
            cells += ["-", "-"] if not values or not losses else [
                f"{np.mean(values):.1f} ({min(values):.1f} to {max(values):.1f})", f"{np.mean(losses):.3f}",
            ]  # fmt: skip
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def differences(found: list[dict[str, World]]) -> list[str]:
    """Return the table of paired differences in accuracy, world by world."""
    cells: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in found:
        for mode, its in one.items():
            for each in its.methods.differences:
                cells[mode, each.items, each.against].append(points(each.accuracy))
    heads = " | ".join(f"world {number}" for number in range(1, len(found) + 1))
    lines = [f"| mode | items | minus | {heads} |", f"|---|---|---|{'---|' * len(found)}"]
    return lines + [f"| {' | '.join([*key, *each])} |" for key, each in cells.items()]


def points(mean: Mean) -> str:
    return f"{100 * mean.estimate:+.1f} ({100 * mean.low:+.1f} to {100 * mean.high:+.1f})"


def ways(found: list[dict[str, World]]) -> list[str]:
    """Return the table of ways of stating a cohort: means over cohorts and worlds, lowest to highest."""
    near: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one in found:
        for mode, its in one.items():
            for each in its.cohorts:
                for way in each.ways:
                    name = f"{way.way} ({mode})" if way.way.startswith("soft") else way.way
                    if name != way.way or mode == "prefix":
                        near[name][each.items].append(way.representativeness.estimate)
    lines = ["| the cohort is stated by | seen items | unseen items |", "|---|---|---|"]
    for name, by in near.items():
        cells = [f"{np.mean(by[side]):.3f} ({min(by[side]):.3f} to {max(by[side]):.3f})" for side in ("seen", "unseen")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def page(found: list[dict[str, World]], spent: float) -> str:
    worlds = f"{len(found)} world{'s' * (len(found) > 1)}"
    return "\n".join([
        "# Steering in a planted world: the figures", "",
        f"Written by `benchmarks/steering.py --seeds {len(found)}` ({spent / 60:.0f} minutes of one core). The worlds",
        "are test devices, and so are the models: small transformers trained to read these prompts. The figures say",
        "that the machinery works, and nothing about people or about large models. What steering costs elsewhere is in",
        "[steering_tax.md](steering_tax.md).", "",
        "Accuracy in percent, macro-averaged over 250 unseen people, and log-loss in nats: means over",
        f"{worlds} (lowest to highest). Unseen items were in the training of no method, and of no model.", "",
        *methods(found), "",
        "## Person by person", "",
        "Accuracy of the soft prompt of all answers minus that of others, in points, on the same cells: mean over",
        "people of a person's difference, with a 95% interval over people. The best prompt is the one with the highest",
        "accuracy on these people. Filtering is no rival on unseen items, of which it knows nothing.", "",
        *differences(found), "",
        "## Cohorts", "",
        f"How near the model comes to each of {COHORTS} cohorts: representativeness, 1 - the mean Wasserstein distance",
        f"of its answers from the cohort's shares, as a mean over cohorts and {worlds} (lowest to highest).", "",
        *ways(found),
    ]) + "\n"  # fmt: skip


if __name__ == "__main__":
    main()
