"""Pairs of responses to read side by side, of every contrast: what was asked, what was answered, how it was read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from ip_bench.design import Contrast
from ip_bench.mitigation.conditions import Condition
from ip_bench.outcomes.measures import AskersMeasure, measure
from ip_bench.outcomes.outcome import Measured
from ip_bench.outcomes.samples import TaskOutcomes
from ip_bench.seeds import digest

#: The file of pairs beside analysis.json, and what the pairs of all tasks of a run come to at most.
FILE = "pairs.jsonl"
PAIRS, BYTES = 1_200, 1_800_000
_TEXT = 2_000  # characters of a text that are kept
_READ = 200
_EACH = 4  # of so many pairs of a contrast, one did not move


class Chosen(NamedTuple):
    """Pairs of a task (records of schema pair), and by contrast how many pairs there are, moved, and were chosen."""

    pairs: list[dict[str, Any]]
    counts: list[dict[str, Any]]


class _Pair(NamedTuple):
    arm: str
    reference: str
    treatment: Measured
    other: Measured

    @property
    def moved(self) -> bool:
        return self.treatment.answer != self.other.answer


def side_by_side(
    found: TaskOutcomes, contrasts: Sequence[Contrast], *, condition: Condition | None = None, tasks: int = 1
) -> Chosen:
    """Return pairs of each contrast: three that moved for one that did not, spread over items; the same each time.

    A pair moved where its two responses came to different answers. A task has the share of `PAIRS` and `BYTES` that
    falls to it among `tasks`; the contrasts of a task take turns. Prompts are those of the `condition` asked under.
    """
    outcomes: dict[tuple[str, str], list[str]] = {}
    for contrast in contrasts:
        outcomes.setdefault((contrast.arm, contrast.reference), []).append(contrast.outcome)
    cells: dict[tuple[str, str, str], dict[str, Measured]] = {}
    for one in found.outcomes:
        cells.setdefault((one.item_id, one.realization_id, one.template_id), {})[one.arm] = one
    by_contrast = {
        names: [_Pair(*names, cell[names[0]], cell[names[1]]) for cell in cells.values() if {*names} <= cell.keys()]
        for names in outcomes
    }
    pairs: list[dict[str, Any]] = []
    room = BYTES // tasks
    for turn in zip_longest(*(_ordered(every) for every in by_contrast.values())):
        for pair in filter(None, turn):
            record = _record(found, pair, outcomes[pair.arm, pair.reference], condition)
            room -= len(json.dumps(record))
            if room < 0 or len(pairs) == max(1, PAIRS // tasks):
                return _chosen(pairs, by_contrast)
            pairs.append(record)
    return _chosen(pairs, by_contrast)


def _chosen(pairs: list[dict[str, Any]], by_contrast: Mapping[tuple[str, str], Sequence[_Pair]]) -> Chosen:
    counts = [
        {
            "arm": arm,
            "reference": reference,
            "pairs": len(every),
            "moved": sum(pair.moved for pair in every),
            "chosen": sum((one["arm"], one["reference"]) == (arm, reference) for one in pairs),
        }
        for (arm, reference), every in by_contrast.items()
    ]
    return Chosen(pairs, counts)


def _ordered(pairs: Sequence[_Pair]) -> Iterator[_Pair]:
    """Yield pairs such that any first part of them is spread over items, and mostly moved."""
    met: dict[tuple[bool, str], int] = {}
    places = []
    for pair in sorted(pairs, key=lambda one: digest("pairs to read", one.arm, one.treatment.row_id)):
        laps = met[pair.moved, pair.treatment.item_id] = met.get((pair.moved, pair.treatment.item_id), 0) + 1
        places.append((laps, pair))
    places.sort(key=lambda place: place[0])
    moved, still = ([pair for _, pair in places if pair.moved is side] for side in (True, False))
    ranked = [(k + k // (_EACH - 1), pair) for k, pair in enumerate(moved)]
    ranked += [(k * _EACH + _EACH - 1, pair) for k, pair in enumerate(still)]
    return (pair for _, pair in sorted(ranked, key=lambda one: one[0]))


def _record(found: TaskOutcomes, pair: _Pair, outcomes: Sequence[str], condition: Condition | None) -> dict[str, Any]:
    how = measure(found.samples.config)

    def side(one: Measured) -> dict[str, Any]:
        row = found.rows[one.row_id]
        told = (condition.told(row, found.samples.config) if condition else None) or row
        response = found.responses[one.row_id]
        asked = [name for name in outcomes if not isinstance(how, AskersMeasure) or name in how.evidence(one)]
        return {
            "row_id": one.row_id,
            "system": told["system"][:_TEXT],
            "prompt": told["prompt"][:_TEXT],
            "response": response[:_TEXT],
            "chars": len(response),
            "kind": one.kind,
            "read": one.text if one.text != response and len(one.text) <= _READ else "",
            "values": {name: one.value(name) for name in asked},
        }

    return {
        "task": found.samples.task,
        "arm": pair.arm,
        "reference": pair.reference,
        "item_id": pair.treatment.item_id,
        "realization_id": pair.treatment.realization_id,
        "template_id": pair.treatment.template_id,
        "moved": pair.moved,
        "sides": [side(pair.treatment), side(pair.other)],
    }
