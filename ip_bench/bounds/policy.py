"""Policies as data: a YAML file of rules in tiers, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from ip_bench.bounds.faults import known_places, of_references, of_rules, of_words
from ip_bench.bounds.rules import ANYWHERE, Rule
from ip_bench.errors import ContentError, UnknownNameError
from ip_bench.yamls import of_shape, read_yaml

__all__ = ["Policy", "base", "known_places", "load", "shipped"]

POLICIES = "ip_bench.builders.bounds"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one organization (or of the state, or a user), and the setting that opens its system prompt."""

    policy_id: str
    organization: str
    setting: str
    rules: tuple[Rule, ...]

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by id; raises UnknownNameError for another."""
        for one in self.rules:
            if one.rule_id == rule_id:
                return one
        raise UnknownNameError("rule", rule_id, [one.rule_id for one in self.rules], where=self.policy_id)


def load(path: Traversable, above: Sequence[Policy] = ()) -> Policy:
    """Return the policy of a YAML file (schema policy); it is checked against itself and against policies `above` it.

    Raises:
        ContentError: with all faults, one a line, each with file, line and what would be right.
    """
    found = read_yaml(path)
    if wrong := [*of_shape(found, "policy")] or [*of_words(found)]:
        raise ContentError("\n".join(wrong))
    record = found.value
    own = tuple(record["jurisdiction"]) if record["jurisdiction"] != "any" else ANYWHERE
    rules = tuple(_rule(one, own, found.at("rules", number)) for number, one in enumerate(record["rules"]))
    if wrong := [*of_references(rules), *of_rules([rule for one in above for rule in one.rules], rules)]:
        raise ContentError("\n".join(wrong))
    return Policy(record["policy"], record["organization"], record["setting"].strip(), rules)


@lru_cache(maxsize=1)
def base() -> Policy:
    """Return the shipped rules of the first tier."""
    return load(resources.files(POLICIES) / "content" / "policies" / "base.yaml")


@lru_cache(maxsize=1)
def shipped() -> dict[str, Policy]:
    """Return the shipped policies of organizations by id, each checked against the first tier."""
    folder = resources.files(POLICIES) / "content" / "policies"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    found = [load(one, (base(),)) for one in files if one.name != "base.yaml"]
    return {one.policy_id: one for one in found}


def _rule(record: dict[str, Any], own: tuple[str, ...], place: str) -> Rule:
    where = record.get("jurisdiction", own)
    kept = {name: record[name] for name in ("value", "at_most", "at_least", "kept", "broken") if name in record}
    return Rule(
        rule_id=record["id"],
        tier=int(record["tier"]),
        actor=record["actor"],
        modality=record["modality"],
        scope=record["scope"],
        text=record["text"].strip(),
        serves=tuple(record["serves"]),
        jurisdiction=ANYWHERE if where == "any" else tuple(where),
        overridable_by=tuple(record.get("overridable_by", ())),
        keeps=tuple(record.get("keeps", ())),
        breaks=tuple(record.get("breaks", ())),
        place=place,
        **kept,
    )
