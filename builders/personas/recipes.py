"""The dataset `ip-personas`: opinions of synthetic people, planted cohorts, and answers to predict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ip_bench.design import Arm, Contrast, Prompt
from ip_bench.errors import UnknownNameError
from ip_bench.release.recipes import Gates

from . import cohort_rows, opinions, steering
from .gates import CohortGates, PersonasGates, SteeringGates
from .message import ARMS
from .provenance import CONFIGS, DATASET, LICENSE, SEEDS, sources
from .splits import SPLITS

__all__ = [
    "CHOICES", "CONFIGS", "CONTRASTS", "DATASET", "FIRST_STAGE", "LICENSE", "SEEDS", "SPLITS", "TASKS", "VERSION",
    "WARNINGS", "arms", "columns", "gates", "prompts", "sources",
]  # fmt: skip

VERSION = "1.0.0"
#: The rows are about people and not by them: what is measured is an accuracy, and no effect of who asks.
TASKS: tuple[str, ...] = ()
CHOICES: tuple[str, ...] = ()
FIRST_STAGE: dict[str, str] = {}
CONTRASTS: dict[str, tuple[Contrast, ...]] = dict.fromkeys(CONFIGS, ())
WARNINGS: dict[str, tuple[str, ...]] = {}

_ROWS = {module.CONFIG: module.prompts for module in (opinions, cohort_rows, steering)}
_GATES = {opinions.CONFIG: PersonasGates, cohort_rows.CONFIG: CohortGates, steering.CONFIG: SteeringGates}


def arms(config: str) -> tuple[Arm, ...]:
    """Return the arms of a config; `opinions` and `cohorts` have one, in which nothing is told."""
    return ARMS if config == steering.CONFIG else (opinions.ARM,)


def columns(config: str) -> dict[str, Any]:
    """Return the types of a config's own columns.

    `cohort` is the planted one, `scale` that of the options. `opinions`: a column for each demographic, empty where
    unknown. `cohorts`: the `description`, the `shares` of the options in thousandths, and of how many `answers`.
    `steering`: `given` are the own answers, as options, that the prompt shows or that a vector is folded in from,
    `mode` the answer of most seen people to a seen statement, `shares` those of a cohort's options.
    """
    from datasets import List, Value

    text, number = Value("string"), Value("int32")
    own: dict[str, dict[str, Any]] = {
        opinions.CONFIG: {
            "scale": text, "cohort": text, "age": text, "area": text, "schooling": text, "leaning": text, "home": text,
        },
        cohort_rows.CONFIG: {
            "cohort": text, "scale": text, "description": text, "shares": List(number), "answers": number,
        },
        steering.CONFIG: {
            "cohort": text, "scale": text, "given": List({"item": text, "answer": text}), "mode": number,
            "shares": List(number),
        },
    }  # fmt: skip
    if config not in own:
        raise UnknownNameError("config", config, CONFIGS, where=DATASET)
    return own[config]


def gates(config: str) -> Gates:
    """Return the gates of a config, which have seen no row yet."""
    return _GATES[config]()


def prompts(config: str, split: str) -> Iterator[Prompt]:
    """Yield the rows of a config and split, statement by statement; the same on any machine and in any order."""
    if config not in _ROWS:
        raise UnknownNameError("config", config, CONFIGS, where=DATASET)
    return _ROWS[config](split)
