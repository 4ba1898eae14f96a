"""The benefits and risks of personalization as data: 8 benefits and 11 risks, of individuals and of society.

Structure, ids and names are those of Kirk, Vidgen, Röttger and Hale (2023, arXiv 2303.05453).
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Literal, NamedTuple

from ip_bench.yamls import read_yaml


class Entry(NamedTuple):
    """One benefit or risk: its id (I.B.1, S.R.3), name, whom and which side it is on, and what it means in a line."""

    item: str
    name: str
    level: Literal["individual", "societal"]
    side: Literal["benefit", "risk"]
    meaning: str


@lru_cache(maxsize=1)
def entries() -> dict[str, Entry]:
    """Return all benefits and risks by id, in the order of the source."""
    found = read_yaml(resources.files("ip_bench.bounds") / "taxonomy.yaml").value["items"]
    return {item: Entry(item, **record) for item, record in found.items()}
