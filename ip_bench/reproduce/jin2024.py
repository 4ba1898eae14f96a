"""Jin et al. (2024), Implicit Personalization in Language Models: each published statistic, with ours beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ip_bench.reproduce import case_a, case_b, case_c
from ip_bench.reproduce.authors import PAIRS
from ip_bench.reproduce.jin2024_data import Responses
from ip_bench.reproduce.jin2024_files import LEAKS, PRINTED, read


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The lines of the three cases, and notes on what was missing or odd in the data."""

    objective: list[case_a.Objective]
    subjective: list[case_a.Subjective]
    essays: list[case_b.Difference]
    accuracy: list[case_c.Accuracy]
    notes: list[str]


def jin2024(folder: Path) -> Reproduction:
    """Return the authors' statistics from their own responses in `folder`, each with ours on the same data.

    Raises:
        IpBenchError: when no case is in the folder, or a file breaks its layout; the message names file, line, column.
    """
    responses = read(folder)
    found = Reproduction(
        objective=case_a.objective_lines(responses.objective),
        subjective=case_a.subjective_lines(responses.subjective),
        essays=case_b.lines(responses.essays, responses.printed),
        accuracy=case_c.lines(responses.answers, responses.leaks),
        notes=list(responses.notes),
    )
    found.notes.extend([*_notes_a(found, responses), *_notes_b(found, responses), *_notes_c(found)])
    return found


def _notes_a(found: Reproduction, responses: Responses) -> Iterator[str]:
    for one in found.objective:
        name = f"case A, {one.model}"
        if one.unparsed:
            yield f"{name}: grades unparsed or blank: {one.unparsed} (similarity -0.5 in theirs, missing in ours)"
        if one.same_answers_below_5:
            yield (
                f"{name}: the judge gave {one.same_answers_below_5} of {one.same_answers} pairs of identical answers "
                "less than 5"
            )
        if math.isnan(one.floor.low):
            yield f"{name}: no interval of the noise floor; pairs of identical prompts: {one.floor.items}"
        yield from _unusual(name, one.similarity.note)
    for line in found.subjective:
        name = f"case A subjective, {line.model}"
        if line.blank:
            total = line.theirs.n + line.blank
            yield f"{name}: questions that lack a score: {line.blank}; {line.theirs.n} of {total} count"
        yield from _unusual(name, line.difference.note)
    for model, other in case_a.copies(responses.subjective):
        yield f"case A subjective: {model} and {other} have the same scores in every row; one is a copy"


def _notes_b(found: Reproduction, responses: Responses) -> Iterator[str]:
    done = {(line.model, line.pair) for line in found.essays}
    for essays in responses.essays:
        absent = [pair for pair in PAIRS if (essays.model, pair) not in done]
        if absent:
            yield f"case B, {essays.model}: no {', '.join(absent)}; its dialects are {', '.join(sorted(essays.scores))}"
    for model, pair in responses.printed:
        if (model, pair) not in done:
            yield f"case B: {PRINTED} has {pair} of {model}, which has no essay scores here"
    for line in found.essays:
        name = f"case B, {line.model} {line.pair}"
        if line.blank:
            yield f"{name}: prompts that lack a score in a dialect: {line.blank}; {line.estimate.items} count"
        if line.reproduced is False and line.printed is not None:
            yield f"{name}: printed as {line.printed.difference:.6g}, p = {line.printed.p:g}; not reproduced"
        yield from _unusual(name, line.estimate.note)


def _notes_c(found: Reproduction) -> Iterator[str]:
    for line in found.accuracy:
        name = f"case C, {line.model}"
        if line.blank:
            yield f"{name}: pairs of statements that lack an answer: {line.blank} of {line.blank + line.pairs}"
        if not line.flagged_pairs:
            yield f"{name}: none of its question sets is in {LEAKS}, so nothing is known of leaks"
        for dataset, (items, flags) in line.other_lengths.items():
            yield f"{name}: {items} items of {dataset}, but {flags} in {LEAKS}; matched by position from the first"
        if line.constant:
            yield f"{name}: the same answers after every statement in {', '.join(line.constant)}"
        yield from _unusual(name, line.every.note)


def _unusual(name: str, *notes: str) -> Iterator[str]:
    for note in dict.fromkeys(filter(None, notes)):
        yield f"{name}: {note}"
