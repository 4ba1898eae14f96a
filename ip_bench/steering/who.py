"""Which persona a request means: a fixed one, or that of the answers in its row."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ip_bench.cohorts.answers import Floats, Item
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.files import read_json
from ip_bench.seeds import generator
from ip_bench.steering.folder import Loaded
from ip_bench.steering.persona import folded, random_vectors

Given = Mapping[str, int]  # option codes by item id


def number_of(answers: object) -> int | None:
    """Return how many answers are used: None for "all".

    Raises:
        IpBenchError: for anything but all or a number of 0 or more.
    """
    if str(answers) == "all":
        return None
    if not str(answers).isdigit():
        raise IpBenchError(f"answers={answers!r}; it must be all, or how many answers of a person are used")
    return int(str(answers))


def given_in(
    doc: Mapping[str, Any], items: Sequence[Item], number: int | None, learned: Collection[str] | None = None
) -> Given:
    """Return the answers that a row's column `given` has, without the item that is asked, as `coded` takes them.

    `given` is a list of {"item": id, "answer": option}, or the same as JSON text. Those used are drawn by content.

    Raises:
        IpBenchError: where the row has no such column, or it holds anything else.
    """
    if "given" not in doc:
        raise IpBenchError(
            "a row has no column 'given' with a person's answers; name a persona instead: persona=cohort:1"
        )
    pairs = doc["given"]
    try:
        pairs = json.loads(pairs) if isinstance(pairs, str) else pairs
        said = {str(each["item"]): str(each["answer"]) for each in pairs}
    except (ValueError, TypeError, KeyError) as error:
        raise IpBenchError(
            f"column 'given' holds {str(doc['given'])[:80]!r}; it must be a list of {{'item': ..., 'answer': ...}}"
        ) from error
    return coded(without_asked(said, doc), items, number, learned)


def coded(
    said: Mapping[str, str], items: Sequence[Item], number: int | None, learned: Collection[str] | None = None
) -> Given:
    """Return option codes by item id, of `number` answers at most, drawn by content.

    Items that the map does not know are left out, and so are those that are not among the `learned`.

    Raises:
        UnknownNameError: for an answer that is no option of its item.
        IpBenchError: where answers are given and all of them are to items that the map does not know.
    """
    known = {each.item_id: each for each in items}
    used = sorted(item for item in said if item in known)
    if said and not used:
        raise IpBenchError(
            f"none of the {len(said)} answers given ({', '.join(sorted(said)[:3])}) is to an item of the map, such as "
            f"{', '.join(sorted(known)[:3])}; train a map on the items that are given"
        )
    for item in used:
        if said[item] not in known[item].options:
            raise UnknownNameError("option", said[item], known[item].options, f"item {item}")
    used = [item for item in used if learned is None or item in learned]
    order = generator("answers used", [[item, said[item]] for item in used]).permutation(len(used))
    chosen = [used[int(at)] for at in order[:number]]
    return {item: known[item].options.index(said[item]) for item in chosen}


def without_asked(said: Mapping[str, str], doc: object) -> dict[str, str]:
    """Return answers without the one to the item that a row asks (its `item_id`), which would give it away."""
    asked = str(doc.get("item_id")) if isinstance(doc, Mapping) else ""
    return {item: answer for item, answer in said.items() if item != asked}


def fixed(persona: str, loaded: Loaded) -> Floats | dict[str, str]:
    """Return who all rows are asked of: the vector (1, persona) of cohort:NUMBER (from 1) or random:SEED, or answers.

    Answers by item id come from a JSON file; those to items that the map does not know are left out.

    Raises:
        IpBenchError: where there is no such cohort or file, or an answer in it is none.
    """
    if match := re.fullmatch(r"cohort:(\d+)", persona):
        at, count = int(match[1]), len(loaded.centroids)
        if not 1 <= at <= count:
            raise UnknownNameError("cohort", at, [str(each) for each in range(1, count + 1)] or ["(none was found)"])
        return np.asarray(loaded.centroids[at - 1 : at])
    if match := re.fullmatch(r"random:(\d+)", persona):
        nobody = folded(loaded.trained.filter, [{}], loaded.items)
        return random_vectors(nobody, int(match[1]))
    if not Path(persona).is_file():
        raise IpBenchError(
            f"persona={persona!r} is neither cohort:NUMBER nor random:SEED nor a JSON file of answers by item id"
        )
    try:
        said = {str(item): str(answer) for item, answer in read_json(Path(persona)).items()}
    except (ValueError, AttributeError) as error:
        raise IpBenchError(f"{persona} is no JSON object of answers by item id ({error})") from error
    coded(said, loaded.items, None)
    known = {each.item_id for each in loaded.items}
    return {item: answer for item, answer in said.items() if item in known}
