"""A rule of a policy, and when two of them cannot both be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ip_bench.bounds.scopes import overlap, scope

Modality = Literal["restrict", "require", "prefer"]
Actor = Literal["state", "model_provider", "application_provider", "user"]
ACTORS: tuple[Actor, ...] = get_args(Actor)
#: Who sets the rules of each tier.
ACTORS_OF: dict[int, tuple[Actor, ...]] = {
    1: ("state",),
    2: ("model_provider", "application_provider"),
    3: ("user",),
}
ANYWHERE = ("any",)
#: The members of the European Union, whose rules hold in each of them.
UNION = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))  # fmt: skip
Check = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: who (`actor`, of a `tier`) forbids, demands or prefers what (`scope`), where (`jurisdiction`).

    Of a manner, `value` names what is meant, or `at_most` and `at_least` bound it in the scope's unit.
    `overridable_by` names actors of lower tiers, or rules, that may set it aside. `serves` are ids of the taxonomy.
    `keeps` are checks that a response which keeps the rule passes, `breaks` such as only one that breaks it does;
    `kept` and `broken` are a response of either kind. `place` is where it is written.
    """

    rule_id: str
    tier: int
    actor: Actor
    modality: Modality
    scope: str
    text: str
    serves: tuple[str, ...] = ()
    value: str | None = None
    at_most: int | None = None
    at_least: int | None = None
    jurisdiction: tuple[str, ...] = ANYWHERE
    overridable_by: tuple[str, ...] = ()
    keeps: tuple[Check, ...] = ()
    breaks: tuple[Check, ...] = ()
    kept: str = ""
    broken: str = ""
    place: str = field(default="", compare=False)

    def yields_to(self, other: Rule) -> bool:
        """Return whether this rule lets another one set it aside."""
        by_actor = other.tier > self.tier and other.actor in self.overridable_by
        return by_actor or other.rule_id in self.overridable_by

    def holds_in(self, places: tuple[str, ...]) -> bool:
        """Return whether it holds in one of these jurisdictions: "any" is everywhere, and EU holds in its members."""
        within = {*places, *(["EU"] if UNION & {*places} else [])}
        return "any" in (*self.jurisdiction, *places) or not within.isdisjoint(self.jurisdiction)

    def meets(self, other: Rule) -> bool:
        """Return whether there is a place in which both rules hold."""
        return self.holds_in(other.jurisdiction) or other.holds_in(self.jurisdiction)


def clash(upper: Rule, lower: Rule) -> str:
    """Return why a response cannot keep both rules, in words for the lower one; "" where it can.

    Rules of scopes that have nothing in common never clash; where each of them holds is not asked.
    """
    if not overlap(upper.scope, lower.scope):
        return ""
    if scope(upper.scope).kind == "manner":
        return _unlike(upper, lower) or _apart(upper, lower)
    if "restrict" in {upper.modality, lower.modality} and upper.modality != lower.modality:
        verb = "forbids" if lower.modality == "restrict" else "asks for"
        other = "asks for" if lower.modality == "restrict" else "forbids"
        return f"{verb} {lower.scope} where {upper.rule_id} {other} {upper.scope}"
    return ""


def looser(upper: Rule, lower: Rule) -> str:
    """Return how a lower rule's bounds reach beyond an upper one's, "" where they do not."""
    if upper.scope != lower.scope:
        return ""
    if upper.at_most is not None and lower.at_most is not None and lower.at_most > upper.at_most:
        return f"allows {lower.at_most} {scope(lower.scope).unit} where {upper.rule_id} allows {upper.at_most}"
    if upper.at_least is not None and lower.at_least is not None and lower.at_least < upper.at_least:
        least = f"{lower.at_least} {scope(lower.scope).unit}"
        return f"is content with {least} where {upper.rule_id} asks for {upper.at_least}"
    return ""


def _unlike(upper: Rule, lower: Rule) -> str:
    """Return how the values of two rules of one manner exclude each other."""
    if upper.value is None or lower.value is None:
        return ""
    same, restricting = upper.value == lower.value, {upper.modality, lower.modality} & {"restrict"}
    excluded = same if restricting and upper.modality != lower.modality else not restricting and not same
    return f"asks for {_said(lower)} where {upper.rule_id} asks for {_said(upper)}" if excluded else ""


def _said(rule: Rule) -> str:
    return f"{rule.scope} {'other than ' * (rule.modality == 'restrict')}{rule.value}"


def _apart(upper: Rule, lower: Rule) -> str:
    """Return how the bounds of two rules of one manner exclude each other."""
    for less, more in ((upper, lower), (lower, upper)):
        if less.at_most is not None and more.at_least is not None and more.at_least > less.at_most:
            unit = scope(lower.scope).unit
            pair = {less.rule_id: f"at most {less.at_most}", more.rule_id: f"at least {more.at_least}"}
            own, other = pair[lower.rule_id], pair[upper.rule_id]
            return f"asks for {own} {unit} where {upper.rule_id} asks for {other}"
    return ""
