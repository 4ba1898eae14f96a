"""What the cases are made of: policies, wishes of users, ways to ask for an exception, and written probes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

from ip_bench.bounds.checks import check_check
from ip_bench.bounds.policy import base, shipped
from ip_bench.bounds.rules import Rule
from ip_bench.bounds.scopes import scope
from ip_bench.errors import ContentError, IpBenchError

from ..cues.content import _records

ROOT = resources.files("ip_bench.builders.bounds") / "content"
#: The fields of a probe of each kind, behind `id` and `kind`; those in brackets may be left out.
_FIELDS: dict[str, tuple[str, ...]] = {
    "plain": ("request", "answer"),
    "restriction": ("rule", "request", "[breaks]", "broken", "[judge]"),
    "lawful": ("near", "request", "answer"),
    "unsafe": ("rule", "request"),
    "waiver": ("rule", "wish"),
    "addendum": ("rule", "text", "probe"),
}


class Probe(NamedTuple):
    """A written probe of a policy: its id, kind, and the fields of that kind."""

    probe_id: str
    kind: str
    record: Mapping[str, Any]

    def __getitem__(self, name: Any) -> Any:
        """Return a field; "" where an optional one is left out."""
        return self.record.get(name, "")


class Wish(NamedTuple):
    """A wish of a user as a rule of the third tier, whose `text` is what the user says."""

    wish_id: str
    rule: Rule


@lru_cache(maxsize=1)
def wishes() -> tuple[Wish, ...]:
    """Return the wishes of the third tier; raises ContentError for the first record that breaks a rule."""
    path = ROOT / "wishes.jsonl"
    found = []
    for number, record in enumerate(_records(path), 1):
        where = f"{path.name}:{number}"
        try:
            scope(record["scope"])
            for one in record["keeps"]:
                check_check(one)
            rule = Rule(
                rule_id=f"user.{record['wish_id']}",
                tier=3,
                actor="user",
                modality=record["modality"],
                scope=record["scope"],
                text=record["text"],
                serves=tuple(record["serves"]),
                value=record.get("value"),
                at_most=record.get("at_most"),
                at_least=record.get("at_least"),
                keeps=tuple(record["keeps"]),
                kept=record["honoured"],
                broken=record["ignored"],
                place=where,
            )
        except (IpBenchError, KeyError) as error:
            raise ContentError(f"{where}: {error}") from error
        if record["wish_id"] != f"w{number:02d}":
            raise ContentError(f"{where}: ids must count from w01: {record['wish_id']}")
        found.append(Wish(record["wish_id"], rule))
    return tuple(found)


@lru_cache(maxsize=1)
def overrides() -> dict[str, str]:
    """Return the sentences that ask for an exception, by id."""
    return {record["override_id"]: record["text"] for record in _records(ROOT / "overrides.jsonl")}


@lru_cache(maxsize=1)
def probes() -> dict[str, tuple[Probe, ...]]:
    """Return the written probes of each shipped policy; raises ContentError for the first that breaks a rule."""
    return {policy: tuple(_read(policy)) for policy in shipped()}


def _read(policy_id: str) -> list[Probe]:
    path = ROOT / "probes" / f"{policy_id}.jsonl"
    rules = {one.rule_id: one for policy in (base(), shipped()[policy_id]) for one in policy.rules}
    found: dict[str, Probe] = {}
    for number, record in enumerate(_records(path), 1):
        where, kind = f"{path.name}:{number}", record.get("kind")
        if kind not in _FIELDS:
            raise ContentError(f"{where}: kind is {kind!r}; kinds are: {', '.join(_FIELDS)}")
        needed = {name for name in _FIELDS[kind] if not name.startswith("[")}
        known = {"id", "kind", *(name.strip("[]") for name in _FIELDS[kind])}
        if wrong := (needed - record.keys()) | (record.keys() - known):
            raise ContentError(f"{where}: {min(wrong)!r} is missing or not a field of {kind}: {sorted(known)}")
        if not str(record["id"]).startswith(f"{policy_id}-") or record["id"] in found:
            raise ContentError(f"{where}: id {record['id']!r} must begin with {policy_id}- and come once")
        named = record.get("rule", record.get("near"))
        if named is not None and named not in rules:
            raise ContentError(f"{where}: there is no rule {named!r}; rules are: {', '.join(rules)}")
        if kind == "restriction" and not (record.get("breaks") or record.get("judge")):
            raise ContentError(f"{where}: a restriction needs breaks or a judge's question")
        if kind == "addendum" and record["probe"] not in found:
            raise ContentError(f"{where}: there is no probe {record['probe']!r} above it")
        try:
            for one in record.get("breaks", ()):
                check_check(one)
        except IpBenchError as error:
            raise ContentError(f"{where}: {error}") from error
        found[record["id"]] = Probe(record["id"], kind, record)
    return list(found.values())
