"""The grammar of every dataset: items x arms x realizations, crossed into prompts.

A design is balanced and incomplete: each item meets a few *cells* (a realization carried by a template),
rotated so that every realization meets equally many items, and every arm of an item uses the same cells.
So a contrast compares two prompts that differ in the cue alone, and realizations are real, common factors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import gcd
from typing import Any, Literal, NamedTuple, get_args

from ip_bench.seeds import digest, digests, tail

Role = Literal["reference", "treatment", "placebo", "repeat", "explicit"]
ROLES: tuple[str, ...] = get_args(Role)


class Edit(NamedTuple):
    """One replacement: `text[start:end] == before` in the input became `after`; `rule` says why."""

    start: int
    end: int
    before: str
    after: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is asked; the same in every arm.

    `choices[k]` is the k-th answer, `accepted[k]` the forms that count as it, and `choice_locales[k]` the
    locales in which it is the right one (empty for a distractor).
    """

    item_id: str
    topic: str
    question: str
    choices: tuple[str, ...]
    accepted: tuple[tuple[str, ...], ...]
    choice_locales: tuple[tuple[str, ...], ...]
    source: str

    def gold(self, locale: str) -> int | None:
        """Return the index of the locale's right choice, or None where the item has no answer for it."""
        for index, locales in enumerate(self.choice_locales):
            if locale in locales:
                return index
        return None


@dataclass(frozen=True, slots=True)
class Arm:
    """Who seems to ask: a name, the part it plays, its cue family, and the locale it points to, if any."""

    name: str
    role: Role
    family: str
    locale: str | None = None


class Cell(NamedTuple):
    """One surface form: which realization, carried by which template."""

    realization_id: str
    template_id: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """A declared comparison: the mean of `outcome` in `arm` minus its mean in `reference`, paired by item and cell.

    What it comes to minus placebo takes off the mean difference of the arms `placebos` from `placebo_reference`.
    """

    arm: str
    reference: str
    outcome: str
    estimand: str
    primary: bool = False
    placebos: tuple[str, ...] = ()
    placebo_reference: str = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One row of a dataset: Item x Realization, rendered, with the log of its edits (contract of every config)."""

    row_id: str
    item_id: str
    arm: str
    role: Role
    family: str
    realization_id: str
    template_id: str
    replicate: int
    stratum: str
    dose: int
    system: str
    prompt: str
    choices: tuple[str, ...]
    gold: int | None
    accepted: tuple[tuple[str, ...], ...]
    outcome: str
    edits: tuple[Edit, ...]
    topic: str
    source: str
    license: str
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_row(self) -> dict[str, Any]:
        """Return the row as plain lists, dicts and scalars, columns in the published order."""
        row: dict[str, Any] = {name: getattr(self, name) for name in CORE_COLUMNS}
        row["choices"] = list(self.choices)
        row["accepted"] = [list(forms) for forms in self.accepted]
        row["edits"] = [edit._asdict() for edit in self.edits]
        return row | dict(self.extra)


CORE_COLUMNS: tuple[str, ...] = tuple(name for name in Prompt.__dataclass_fields__ if name != "extra")


def row_id(
    dataset: str, config: str, item_id: str, arm: str, realization_id: str, template_id: str, replicate: int
) -> str:
    """Return the 32-character key of a row: a hash of every field that distinguishes it."""
    return digest(dataset, config, item_id, arm, realization_id, template_id, replicate)


def row_ids(dataset: str, config: str, item_id: str, tails: Iterable[bytes]) -> list[str]:
    """Return the `row_id` of an item in each cell of a cross, faster; `tails` are made by `row_tail`."""
    return digests((dataset, config, item_id), tails)


def row_tail(arm: str, realization_id: str, template_id: str, replicate: int) -> bytes:
    """Return the fields of a `row_id` that are not of its item."""
    return tail(arm, realization_id, template_id, replicate)


def interleave(items: Iterable[Item]) -> list[Item]:
    """Order items so that every prefix is balanced over topics: first of each topic, second of each, and so on.

    Within a topic the order is by hash of the item, so a prefix is a stratified random subset.
    """
    topics: dict[str, list[Item]] = {}
    for item in items:
        topics.setdefault(item.topic, []).append(item)
    ranked = [
        (rank, digest("order", item.item_id), item)
        for members in topics.values()
        for rank, item in enumerate(sorted(members, key=lambda item: digest("order", item.item_id)))
    ]
    return [item for _, _, item in sorted(ranked, key=lambda entry: entry[:2])]


def rotate(position: int, realizations: Sequence[str], templates: Sequence[str], per_item: int) -> list[Cell]:
    """Return the `per_item` distinct cells of the item at `position` in the interleaved order.

    Every run of `len(realizations)` items meets each realization equally often. The distance between an item's
    realizations changes from lap to lap, so that no two are always met together, and the template moves on by a
    step that shares no divisor with their number, so that each realization meets each template.
    """
    count, carriers = len(realizations), len(templates)
    if not 1 <= per_item <= count:
        raise ValueError(f"per_item is {per_item}; with {count} realizations it must be in 1..{count}")
    lap = position // count
    drift = next(step for step in range(carriers + 1) if gcd(count + step, carriers) == 1)
    offsets = [0] + [1 + (lap + step) % (count - 1) for step in range(per_item - 1)]
    return [
        Cell(realizations[(position + offset) % count], templates[(position + lap * drift + step) % carriers])
        for step, offset in enumerate(offsets)
    ]


def full_cross(realizations: Sequence[str], templates: Sequence[str]) -> Iterator[Cell]:
    """Yield every cell there is."""
    for realization in realizations:
        for template in templates:
            yield Cell(realization, template)
