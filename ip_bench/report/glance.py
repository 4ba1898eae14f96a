"""Every verdict of a run in one table: a row a task and outcome, a column a kind of contrast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ip_bench.report.findings import MARKS
from ip_bench.report.identities import headline
from ip_bench.report.outcomes import by_outcome
from ip_bench.report.words import contrast_name

#: The columns: what a claim stands on, and what it is checked by.
COLUMNS = ("cue, minus placebo", "stated outright", "other contrasts", "placebos", "same prompt again")
_LESS = " minus placebo"


class Shown(NamedTuple):
    """An effect on the page: the id of its row, its record, its names, its key of `MARKS`, the id of its pairs."""

    row: str
    effect: Mapping[str, Any]
    name: str
    short: str
    verdict: str
    group: str


class Row(NamedTuple):
    """A row of the table: the task's place and name, its outcome where it has several, and effects by column."""

    place: int
    task: str
    outcome: str
    cells: tuple[tuple[str, tuple[Shown, ...]], ...]


def shown(place: int, entry: Mapping[str, Any]) -> dict[str, list[Shown]]:
    """Return the effects of the task at a place by outcome; those of single identities are told elsewhere."""
    groups = {(one["arm"], one["reference"]): f"pairs-{place}-{k}" for k, one in enumerate(entry.get("pairs", ()))}
    return {
        outcome: [
            Shown(
                f"effect-{place}-{nth}-{k}", effect, contrast_name(effect, entry["config"]), _short(effect["arm"]),
                mark(effect), groups.get((effect["arm"].removesuffix(_LESS), effect["reference"]), ""),
            )
            for k, effect in enumerate(headline(entry, effects))
        ]
        for nth, (outcome, effects) in enumerate(by_outcome(entry).items())
    }  # fmt: skip


def columns(found: Sequence[Row]) -> list[str]:
    """Return the columns in which a row has something."""
    filled = {column for row in found for column, own in row.cells if own}
    return [column for column in COLUMNS if column in filled]


def mark(effect: Mapping[str, Any]) -> str:
    """Return the key of `MARKS` for an effect."""
    return effect["verdict"] if effect["estimate"] is not None and effect["verdict"] in MARKS else "none"


def rows(tasks: Sequence[str], effects: Sequence[Mapping[str, Sequence[Shown]]]) -> list[Row]:
    """Return the rows of the table from the effects of each task; of an effect with placebos, the one minus placebo."""
    return [
        Row(place, task, outcome if len(of) > 1 else "", _cells(own))
        for place, (task, of) in enumerate(zip(tasks, effects, strict=True))
        for outcome, own in of.items()
    ]


def _cells(own: Sequence[Shown]) -> tuple[tuple[str, tuple[Shown, ...]], ...]:
    adjusted = {(one.effect["arm"], one.effect["reference"]) for one in own}
    kept = [one for one in own if (f"{one.effect['arm']}{_LESS}", one.effect["reference"]) not in adjusted]
    return tuple((column, tuple(one for one in kept if _column(one.effect["arm"]) == column)) for column in COLUMNS)


def _short(arm: str) -> str:
    """Return an arm in as few words as its column allows."""
    plain = arm.removesuffix(_LESS)
    return "all" if plain == "placebo" else plain.removeprefix("placebo_").removeprefix("explicit_").replace("_", " ")


def _column(arm: str) -> str:
    stated, other, placebos, again = COLUMNS[1:]
    if arm.startswith("explicit"):
        return stated
    if arm.endswith(_LESS):
        return COLUMNS[0]
    return placebos if arm.startswith(("placebo", "typo_")) else again if arm == "repeat" else other
