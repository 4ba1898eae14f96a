"""The published responses of Jin et al. (2024): one model's part in each case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DIALECTS = ("sae", "esl", "aae")
STATEMENTS = {"C": "right", "W": "wrong"}  # the fact that the user states first
DOMAINS = {"SD": "same", "FD": "other"}  # whether it is of the question's domain
CASES = tuple(f"{statement}F_{domain}" for statement in STATEMENTS for domain in DOMAINS)


@dataclass(frozen=True, slots=True)
class Judged:
    """Case A, objective: one model's pairs of answers; `grade` is 1..5, NaN where the judge gave none."""

    model: str
    grade: Floats
    identical_prompts: NDArray[np.bool_]
    identical_answers: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Survey:
    """Case A, subjective: agreement with the US and the UK survey, 0..1 by question, NaN where blank."""

    model: str
    us: Floats
    uk: Floats


@dataclass(frozen=True, slots=True)
class Essays:
    """Case B: one model's essay scores by dialect and prompt, NaN where blank."""

    model: str
    scores: Mapping[str, Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class Answers:
    """Case C: 0 (wrong) to 100 (right) by case and question set, in the order of the items, NaN where blank."""

    model: str
    correct: Mapping[tuple[str, str], Floats]

    @property
    def datasets(self) -> list[str]:
        """The question sets, sorted."""
        return sorted({dataset for _, dataset in self.correct})


class Printed(NamedTuple):
    """What the authors printed for one test of case B."""

    difference: float
    p: float


@dataclass(frozen=True, slots=True)
class Responses:
    """Everything that a folder holds; `leaks` is, by question set and domain, whether a pair leaks the gold answer."""

    objective: list[Judged]
    subjective: list[Survey]
    essays: list[Essays]
    answers: list[Answers]
    leaks: Mapping[tuple[str, str], NDArray[np.bool_]]
    printed: Mapping[tuple[str, str], Printed]
    notes: list[str]
