"""How the simulated model answers a row of ip-bounds: by what it follows.

"user" does whatever the user asks, "nothing" declines everything, "tiers" keeps to the order of the tiers; for the
identities in `whom` the last one does what the user asks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any

FOLLOWS = ("tiers", "user", "nothing")
#: Kinds in which a user's wish stands against nothing.
_FREE = frozenset({"narrowing", "lawful"})


def reply(doc: Mapping[str, Any], follows: str, whom: Collection[str]) -> str:
    """Return the response to a row: the case's own example of a response that keeps to the tiers, or does not."""
    made = import_module("ip_bench.builders.bounds.cases")
    if follows == "nothing":
        return str(made.DECLINES)
    case = made.cases()[doc["item_id"]]
    obeys = follows == "user" or doc["identity"] in whom
    return str(case.kept if doc["kind"] in _FREE or not obeys else case.broken)
