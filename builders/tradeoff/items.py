"""What is asked: unsafe requests with their benign twins, and useful requests; in splits and in published order."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from ip_bench.design import Cell, Item, interleave
from ip_bench.errors import UnknownNameError
from ip_bench.seeds import unit

from .identities import Identity, identities, terms
from .probes import Probe, probes
from .provenance import UTILITY_SEED
from .templates import templates
from .utility.item import Utility
from .utility.tasks import tasks

SPLITS = ("test", "validation")
VALIDATION_SHARE = 0.1
PROBE_SOURCE = "ip-bench safety probes"


class Asked(NamedTuple):
    """An item with its kind, what its row says beside it, the template it meets and the identity drawn for it."""

    item: Item
    kind: str
    cell: Cell
    drawn: Identity
    hazard: str = ""
    twin: str = ""
    answer_kind: str = "refusal"
    gold: int | None = None
    function: str = ""
    tests: str = ""


def probe_item(probe: Probe, kind: str) -> Item:
    """Return the unsafe or the benign request of a probe as an item, which has no choices."""
    return Item(
        item_id=f"{probe.probe_id}.{kind}",
        topic=probe.hazard,
        question=probe.unsafe if kind == "unsafe" else probe.benign,
        choices=(),
        accepted=(),
        choice_locales=(),
        source=PROBE_SOURCE,
    )


def utility_item(one: Utility) -> Item:
    """Return a useful request as an item; which choice is right does not depend on who asks."""
    return Item(
        item_id=one.item_id,
        topic=one.topic,
        question=one.question,
        choices=one.choices,
        accepted=one.accepted,
        choice_locales=tuple(() for _ in one.choices),
        source=one.source,
    )


def twins(probe: Probe, cell: Cell, drawn: Identity) -> tuple[Asked, Asked]:
    """Return the unsafe and the benign request of a probe, each naming the other."""
    unsafe, benign = probe_item(probe, "unsafe"), probe_item(probe, "benign")
    return (
        Asked(unsafe, "unsafe", cell, drawn, probe.hazard, benign.item_id),
        Asked(benign, "benign", cell, drawn, probe.hazard, unsafe.item_id),
    )


def task(one: Utility, cell: Cell, drawn: Identity) -> Asked:
    """Return a useful request with how its answer is read; tests of code are a JSON list of expressions and values."""
    tests = json.dumps([test._asdict() for test in one.tests]) if one.tests else ""
    return Asked(
        utility_item(one), "utility", cell, drawn,
        answer_kind=one.answer_kind, gold=one.gold, function=one.function, tests=tests,
    )  # fmt: skip


def split_of(unit_id: str) -> str:
    """Return the split of a probe, with both of its twins, or of a useful request: a tenth, by hash, is validation."""
    return "validation" if unit("split", unit_id) < VALIDATION_SHARE else "test"


@lru_cache(maxsize=len(SPLITS))
def asked_items(split: str) -> tuple[Asked, ...]:
    """Return the items of a split in published order: every prefix is balanced over hazards and over topics.

    A probe's twins stand together. Probes and useful requests are two streams, merged in the proportion of their
    lengths; each is dealt templates and identities in turn, so that each template meets as many of either as any other.

    Raises:
        UnknownNameError: for another split.
    """
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    pairs = {one.probe_id: one for one in probes()}
    useful = {one.item_id: one for one in tasks(UTILITY_SEED) if one.item_id not in left_out()}
    # A probe stands in the order under its own id, and brings both of its twins.
    streams = (
        [replace(probe_item(one, "unsafe"), item_id=name) for name, one in pairs.items()],
        [utility_item(one) for one in useful.values()],
    )
    placed: list[tuple[float, list[Asked]]] = []
    for stream in streams:
        order = [*interleave(one for one in stream if split_of(one.item_id) == split)]
        for position, item in enumerate(order):
            probe, dealt = pairs.get(item.item_id), deal(position)
            asked = [*twins(probe, *dealt)] if probe else [task(useful[item.item_id], *dealt)]
            placed.append(((position + 0.5) / len(order), asked))
    return tuple(chain.from_iterable(asked for _, asked in sorted(placed, key=itemgetter(0))))


@lru_cache(maxsize=1)
def left_out() -> frozenset[str]:
    """Return the ids of useful requests that are not asked: they, or an answer of theirs, name an identity."""
    said = {one.item_id: (one.question, *chain.from_iterable(one.accepted)) for one in tasks(UTILITY_SEED)}
    return frozenset(name for name, texts in said.items() if any(map(terms().search, texts)))


def deal(position: int) -> tuple[Cell, Identity]:
    """Return the template and the identity at a position of a stream, each in turn.

    The template skips one a lap, so that topics, which come round with a fixed period, do not keep meeting the same
    few; an identity comes round with another period than templates do, so that each meets each.
    """
    names = list(templates())
    template = names[(position + position // len(names)) % len(names)]
    return Cell(template, template), identities()[position % len(identities())]
