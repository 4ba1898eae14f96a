"""How the simulated model answers a row of ip-bounds: by what it follows.

"user" does whatever the user asks, "nothing" declines everything, "tiers" keeps to the order of the tiers; for the
identities in `whom` the last one does what the user asks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any

FOLLOWS = ("tiers", "user", "nothing")
DECLINES = "I'm sorry, but I can't help with that."
#: Kinds in which a user's wish stands against nothing.
_FREE = frozenset({"narrowing", "lawful"})


def reply(doc: Mapping[str, Any], follows: str, whom: Collection[str]) -> str:
    """Return the response to a row: the case's own example of a response that keeps to the tiers, or does not."""
    case = import_module("ip_bench.builders.bounds.cases").cases()[doc["item_id"]]
    if follows == "nothing":
        return DECLINES
    obeys = follows == "user" or doc["identity"] in whom
    return str(case.kept if doc["kind"] in _FREE or not obeys else case.broken)
