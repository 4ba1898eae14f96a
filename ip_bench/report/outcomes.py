"""Which outcomes of a task are told apart on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ip_bench.outcomes.measures import measure


def several(config: str) -> bool:
    """Return whether the outcomes of a config are several measures of one run, each with a table of its own.

    Countries are no outcomes apart: a row is scored on the country of its arm.
    """
    return config == "echo" or measure(config).by_outcome


def by_outcome(entry: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return a task's effects by outcome where several are told apart, else all under the first one's name."""
    effects = entry["effects"]
    outcomes = list(dict.fromkeys(effect["outcome"] for effect in effects))
    if not several(entry["config"]):
        return {outcomes[0]: effects}
    return {outcome: [one for one in effects if one["outcome"] == outcome] for outcome in outcomes}
