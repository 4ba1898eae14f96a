"""A small model that was trained to read prompts, and maps trained on it, made once a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import stances

from ip_bench.cohorts import Answers
from ip_bench.steering.folder import save
from ip_bench.steering.parts import Parts, on_items
from ip_bench.steering.persona import centroids, cohorts_of
from ip_bench.steering.train import Trained, Training, train, weights_hash

PEOPLE = 600


class Planted(NamedTuple):
    answers: Answers
    parts: Parts


class Made(NamedTuple):
    trained: Trained
    folder: Path
    weights: tuple[str, str]  # hash of the model's weights before and after


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """Small matrices are quicker on one thread, and sums come out the same on any number of cores."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    folder = tmp_path_factory.mktemp("steering") / "small"
    stances.train(stances.world(), folder)
    return folder


@pytest.fixture(scope="session")
def planted() -> Planted:
    made = stances.world()
    codes = np.arange(PEOPLE)
    cuts = (0.65 * PEOPLE, 0.75 * PEOPLE)
    people = (codes[codes < cuts[0]], codes[(codes >= cuts[0]) & (codes < cuts[1])], codes[codes >= cuts[1]])
    return Planted(stances.answers(made, PEOPLE), Parts(*people, made.seen, made.unseen))


@pytest.fixture(scope="session")
def lm(checkpoint: Path) -> Any:
    from lm_eval.models.huggingface import HFLM

    return HFLM(pretrained=str(checkpoint), device="cpu", batch_size=32)


@pytest.fixture(scope="session")
def steered(
    lm: Any, checkpoint: Path, planted: Planted, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Made]:
    """Return a function that trains a map of a mode, once, and gives it with its folder."""
    made: dict[str, Made] = {}

    def one(mode: str) -> Made:
        if mode not in made:
            before = weights_hash(lm.model)
            plan = Training(mode=mode, tokens=4, rate=5e-3, dims=4, cells=12, epochs=8, batch=64, patience=3)
            trained = train(lm, planted.answers, planted.parts, plan)
            learn = on_items(planted.answers, planted.parts.seen).of_people(planted.parts.learn)
            middle = centroids(cohorts_of(trained.filter, learn, 4))
            folder = tmp_path_factory.mktemp("steering") / mode
            save(folder, lm, str(checkpoint), trained, planted.answers, middle, {})
            made[mode] = Made(trained, folder, (before, weights_hash(lm.model)))
        return made[mode]

    return one
