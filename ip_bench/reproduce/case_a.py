"""Case A, cultural adaptivity: similarity of the answers to British and American prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ip_bench.reproduce import authors
from ip_bench.reproduce.interval import Estimate, beyond, family, mean_limits, wilson
from ip_bench.reproduce.jin2024_data import Judged, Survey

SHARE = (0.0, 1.0)


class Objective(NamedTuple):
    """One model's line: theirs over all pairs, and of `identical` prompts alone; ours by whether the prompts differ.

    `floor` is the mean distance 1 - s of identical prompts, `distance` that of different prompts minus the floor.
    """

    model: str
    theirs: authors.Similarity
    identical: authors.Similarity
    unparsed: int
    similarity: Estimate
    share: Estimate
    floor: Estimate
    distance: Estimate
    same_answers: int
    same_answers_below_5: int


class Subjective(NamedTuple):
    """One model's line: theirs is 1 - |uk - us|; ours its interval, and the signed difference uk - us."""

    model: str
    theirs: authors.Similarity
    blank: int
    similarity: Estimate
    difference: Estimate


def objective_lines(judged: Sequence[Judged]) -> list[Objective]:
    """Return a line a model; Holm over the models' distances beyond the floor."""
    lines = [_objective(one) for one in judged]
    return [line._replace(distance=d) for line, d in zip(lines, family([x.distance for x in lines]), strict=True)]


def _objective(judged: Judged) -> Objective:
    graded = ~np.isnan(judged.grade)
    distance = 1 - authors.grade_similarity(judged.grade)
    differ, same = distance[graded & ~judged.identical_prompts], distance[graded & judged.identical_prompts]
    apart, floor = (mean_limits(values, bounds=SHARE) for values in (differ, same))
    same_answers = graded & judged.identical_answers
    return Objective(
        model=judged.model,
        theirs=authors.objective(judged.grade),
        identical=authors.objective(judged.grade[judged.identical_prompts]),
        unparsed=int((~graded).sum()),
        similarity=apart.estimate().from_one(),
        share=wilson(int((1 - differ > authors.ABOVE).sum()), len(differ)),
        floor=floor.estimate(),
        distance=beyond(apart, floor).estimate(),
        same_answers=int(same_answers.sum()),
        same_answers_below_5=int((judged.grade[same_answers] < 5).sum()),
    )


def subjective_lines(surveys: Sequence[Survey]) -> list[Subjective]:
    """Return a line a model; Holm over the models' signed differences."""
    lines = [_subjective(one) for one in surveys]
    return [line._replace(difference=d) for line, d in zip(lines, family([x.difference for x in lines]), strict=True)]


def _subjective(survey: Survey) -> Subjective:
    difference = survey.uk - survey.us
    known = difference[~np.isnan(difference)]
    return Subjective(
        model=survey.model,
        theirs=authors.subjective(survey),
        blank=len(difference) - len(known),
        similarity=mean_limits(np.abs(known), bounds=SHARE).estimate().from_one(),
        difference=mean_limits(known, bounds=(-1.0, 1.0)).estimate(),
    )


def copies(surveys: Sequence[Survey]) -> list[tuple[str, str]]:
    """Return the pairs of models whose subjective scores are the same in every row."""
    columns = [(one.model, one.us.tobytes() + b"|" + one.uk.tobytes()) for one in surveys]
    return [(a, b) for i, (a, first) in enumerate(columns) for b, second in columns[i + 1 :] if first == second]
