"""What a rule can be about: a vocabulary in which one scope covers those below it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Literal, NamedTuple

from ip_bench.errors import UnknownNameError
from ip_bench.yamls import read_yaml


class Scope(NamedTuple):
    """A scope: an `act` (what an answer gives or does), a `statement` (what it says), or a `manner` (how).

    A manner has `values`, one of which a rule names, or a `unit` in which a rule sets bounds. `breaks` are checks that
    only a response passes which gives what the scope is about.
    """

    scope: str
    kind: Literal["act", "statement", "manner"]
    meaning: str
    values: tuple[str, ...] = ()
    unit: str = ""
    breaks: tuple[Mapping[str, Any], ...] = ()


@lru_cache(maxsize=1)
def scopes() -> dict[str, Scope]:
    """Return all scopes by id."""
    found = read_yaml(resources.files("ip_bench.bounds") / "scopes.yaml").value["scopes"]
    return {
        name: Scope(
            name,
            record["kind"],
            record["meaning"],
            tuple(record.get("values", ())),
            record.get("unit", ""),
            tuple(record.get("breaks", ())),
        )
        for name, record in found.items()
    }


def scope(name: str) -> Scope:
    """Return a scope by id; raises UnknownNameError for another."""
    if name not in scopes():
        raise UnknownNameError("scope", name, scopes())
    return scopes()[name]


def covers(upper: str, lower: str) -> bool:
    """Return whether a scope is another one, or stands above it."""
    return upper == lower or lower.startswith(f"{upper}.")


def breaks_of(name: str) -> tuple[Mapping[str, Any], ...]:
    """Return the checks that tell a response which gives what a scope is about, those of the scopes above included."""
    return tuple(check for one in scopes().values() if covers(one.scope, name) for check in one.breaks)


def overlap(one: str, other: str) -> bool:
    """Return whether two scopes have a part in common."""
    return covers(one, other) or covers(other, one)
