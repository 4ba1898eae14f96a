"""Populations of what real models answered, from which runs are resampled with a known effect.

A population is one model's answers, right or wrong, to the items of case C of a published study, each asked in two
arms. A run draws its items from it with replacement. Without an effect, the two answers of an item change places at
random; an effect is planted on top, by making wrong answers of one arm right at random. So how two answers to one item
go together is as it is in real models, and the truth is known. No row of the responses is printed or written.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ip_bench.reproduce.jin2024_data import DOMAINS, Answers, Floats
from ip_bench.reproduce.jin2024_files import read

ROOT = Path(__file__).parent.parent
FOLDER = Path(os.environ.get("IP_BENCH_SHARED") or ROOT.parent / "shared") / "data" / "published" / "jin2024"
BATCH = 500  # runs


class Population(NamedTuple):
    """The answers of a model, 0 or 1, by item and arm: the fact that the user states first is right, or wrong."""

    name: str
    right: Floats


def populations(folder: Path = FOLDER) -> list[Population]:
    """Return one population a model and domain of the stated fact; items without both answers are left out."""
    return [_population(answers, domain) for answers in read(folder).answers for domain in DOMAINS]


def _population(answers: Answers, domain: str) -> Population:
    both = in_arms(answers, domain)
    return Population(f"{answers.model}, {DOMAINS[domain]} domain", both[~np.isnan(both).any(axis=1)])


def in_arms(answers: Answers, domain: str) -> Floats:
    """Return a model's answers by item and arm, 0 or 1, NaN where there is none."""
    arms = [
        np.concatenate([answers.correct[f"{statement}F_{domain}", dataset] for dataset in answers.datasets])
        for statement in "CW"
    ]
    return np.column_stack(arms) / 100


def drawn(population: Population, effect: float, items: int, rng: np.random.Generator) -> Floats:
    """Return the answers of a batch of runs (runs, items, arms), with an effect of the first arm over the second."""
    return planted(population, rng.integers(len(population.right), size=(BATCH, items)), effect, rng)


def planted(population: Population, chosen: NDArray[np.intp], effect: float, rng: np.random.Generator) -> Floats:
    """Return the answers to the chosen items (runs, items, arms), with an effect of the first arm over the second."""
    answers = population.right[chosen]
    swapped = rng.random((*chosen.shape, 1)) < 0.5
    answers = np.where(swapped, answers[..., ::-1], answers)
    turned = rng.random(chosen.shape) < turning(population, effect)
    answers[..., 0] = np.maximum(answers[..., 0], turned)
    return answers


def turning(population: Population, effect: float) -> float:
    """Return the share of wrong answers to make right for an effect."""
    return effect / (1 - float(population.right.mean()))


def squares(population: Population, effect: float) -> Floats:
    """Return the expected square of each item's difference.

    A difference is 1 or -1 where the answers differ; turning undoes it where the first is wrong, or makes one where
    both are.
    """
    turned = turning(population, effect)
    return np.array([turned, 1 - turned / 2, 0.0])[population.right.sum(axis=1).astype(int)]


def moments(population: Population, effect: float) -> tuple[float, float, float]:
    """Return the SD of an item's difference, and the variances of an answer in the arm with the effect and without."""
    base = float(population.right.mean())
    raised = base + effect
    square = float(squares(population, effect).mean())
    return math.sqrt(square - effect**2), raised * (1 - raised), base * (1 - base)
