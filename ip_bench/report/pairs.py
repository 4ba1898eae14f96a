"""Paired responses side by side as the page shows them: the differing words marked, as many as there is room for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from markupsafe import Markup

from ip_bench.report.differing import marked
from ip_bench.report.words import arm_name, brief, contrast_name, number
from ip_bench.schemas import validator

#: What all pairs come to at most, in bytes of the page; a full run has at most 2 MB beside them.
ROOM = 2_000_000
_FRAME = 1_000  # bytes of a pair beside its texts
_Key = tuple[str, str, str]  # task, arm and reference


class Side(NamedTuple):
    """One side of a pair: who asked, what was asked and answered, marked, and how it was read."""

    arm: str
    system: Markup
    prompt: Markup
    response: Markup
    cut: str
    kind: str
    read: str


class Pair(NamedTuple):
    """A pair: its item and cell, whether its two responses came to different answers, and both sides.

    `system` is the system message where both sides have the same one, "" else.
    """

    item: str
    cell: str
    moved: bool
    kinds: tuple[str, ...]
    system: Markup
    sides: tuple[Side, Side]


class Group(NamedTuple):
    """The pairs of a contrast of a task: those shown, and of how many, of which so many moved."""

    id: str
    task: str
    contrast: str
    pairs: tuple[Pair, ...]
    of: int
    moved: int


class Shown(NamedTuple):
    """All groups of a page that have pairs, the pairs shown and those that there are."""

    groups: tuple[Group, ...]
    pairs: int
    of: int
    kinds: tuple[str, ...]
    tasks: tuple[str, ...]


def checked(records: Iterable[Any]) -> list[Mapping[str, Any]]:
    """Return records as they are; raises ValueError for one that is not of schema pair, with its number."""
    found, check = [], validator("pair")
    for number_of, record in enumerate(records, 1):
        if fault := next(check.iter_errors(record), None):
            raise ValueError(f"pair {number_of}: {'.'.join(map(str, fault.path))} {fault.message:.100}")
        found.append(record)
    return found


def shown(tasks: Mapping[str, Mapping[str, Any]], records: Sequence[Mapping[str, Any]]) -> Shown:
    """Return the pairs of a page by task and contrast, in the order of `tasks`, those that moved first.

    Tasks and contrasts take turns until `ROOM` is used up.
    """
    by_contrast: dict[_Key, list[Mapping[str, Any]]] = {}
    for record in records:
        if record["task"] in tasks:
            by_contrast.setdefault((record["task"], record["arm"], record["reference"]), []).append(record)
    kept = _kept(by_contrast, tasks)
    groups = [
        Group(f"pairs-{place}-{k}", task, contrast_name(one, entry["config"]), _moved_first(own), **_counts(one))
        for place, (task, entry) in enumerate(tasks.items())
        for k, one in enumerate(entry.get("pairs", ()))
        if (own := kept.get((task, one["arm"], one["reference"])))
    ]
    kinds = sorted({kind for group in groups for pair in group.pairs for kind in pair.kinds})
    return Shown(
        tuple(groups), sum(len(group.pairs) for group in groups), sum(group.of for group in groups), tuple(kinds),
        tuple(dict.fromkeys(group.task for group in groups)),
    )  # fmt: skip


def _counts(one: Mapping[str, Any]) -> dict[str, int]:
    return {"of": one["pairs"], "moved": one["moved"]}


def _kept(by_contrast: Mapping[_Key, Sequence[Mapping[str, Any]]], tasks: Mapping[str, Any]) -> dict[_Key, list[Pair]]:
    """Return as many pairs of each contrast as there is room for."""
    kept: dict[_Key, list[Pair]] = {key: [] for key in by_contrast}
    room = ROOM
    for turn in zip_longest(*by_contrast.values()):
        for key, record in zip(by_contrast, turn, strict=True):
            if record is not None:
                pair = _pair(record, str(tasks[key[0]]["config"]))
                room -= _size(pair)
                if room < 0:
                    return kept
                kept[key].append(pair)
    return kept


def _moved_first(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda one: not one.moved))


def _pair(record: Mapping[str, Any], config: str) -> Pair:
    first, second = record["sides"]
    texts = {name: marked(first[name], second[name]) for name in ("system", "prompt", "response")}
    same = first["system"] == second["system"]
    sides = [
        Side(
            arm_name(arm, config),
            Markup() if same else texts["system"][k],
            texts["prompt"][k],
            texts["response"][k],
            f"the first {len(side['response']):,} of {side['chars']:,} characters"
            if side["chars"] > len(side["response"])
            else "",
            side["kind"].replace("_", " "),
            _read(side),
        )
        for k, (arm, side) in enumerate(((record["arm"], first), (record["reference"], second)))
    ]
    return Pair(
        brief(record["item_id"], 200),
        ", ".join(dict.fromkeys((brief(record["realization_id"], 100), brief(record["template_id"], 100)))),
        record["moved"],
        tuple(dict.fromkeys(side.kind for side in sides)),
        texts["system"][0] if same else Markup(),
        (sides[0], sides[1]),
    )


def _read(side: Mapping[str, Any]) -> str:
    """Return what a response was read as, in words."""
    values = [
        f"{name.replace('_', ' ')} {'no value' if value is None else number(value, 2 if value % 1 else 0)}"
        for name, value in side["values"].items()
    ]
    return "; ".join(filter(None, (side["read"] and f"“{side['read']}”", ", ".join(values))))


def _size(pair: Pair) -> int:
    """Return about how many bytes a pair has on the page."""
    texts = [pair.system, *(text for side in pair.sides for text in (side.system, side.prompt, side.response))]
    return _FRAME + sum(len(str(text).encode("utf-8", "backslashreplace")) for text in texts)
