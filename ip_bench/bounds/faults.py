"""What is wrong with a policy: every fault with its line and what would be right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

from ip_bench.bounds.checks import check_check, passes
from ip_bench.bounds.rules import ACTORS, ACTORS_OF, Rule, clash, looser
from ip_bench.bounds.scopes import scopes
from ip_bench.bounds.taxonomy import entries
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.yamls import Located


def of_words(found: Located) -> Iterator[str]:
    """Yield every name that a rule uses and nobody knows, and every setting that its scope does not have."""
    policy, seen = found.value["policy"], set[str]()
    yield from _places(found, found.value["jurisdiction"], ())
    for number, record in enumerate(found.value["rules"]):

        def at(key: str, number: int = number) -> str:
            return found.at("rules", number, key)

        rule_id = record["id"]
        if rule_id in seen:
            yield f"{at('id')}: rule {rule_id} is there twice; give one of them another id"
        if not rule_id.startswith(f"{policy}."):
            yield f"{at('id')}: rule {rule_id} does not begin with its policy; call it {policy}.{rule_id.split('.')[1]}"
        seen.add(rule_id)
        if record["actor"] not in ACTORS_OF[record["tier"]]:
            allowed = " or ".join(ACTORS_OF[record["tier"]])
            yield f"{at('actor')}: {record['actor']} sets no rules of tier {record['tier']}; its actor is {allowed}"
        if record["tier"] == 1 and record["modality"] == "prefer":
            yield f"{at('modality')}: tier 1 is law and prefers nothing; use restrict or require"
        if record["tier"] == 2 and record["modality"] == "prefer" and "user" not in record.get("overridable_by", ()):
            fix = "add overridable_by: [user], or require it"
            yield f"{at('modality')}: a preference of tier 2 gives way to users; {fix}"
        if record["tier"] == 1 and record.get("overridable_by"):
            yield f"{at('overridable_by')}: a rule of tier 1 is overridable by nobody; leave overridable_by out"
        if unknown := [one for one in record["serves"] if one not in entries()]:
            yield f"{at('serves')}: {UnknownNameError('taxonomy item', unknown[0], entries())}"
        yield from _places(found, record.get("jurisdiction", "any"), ("rules", number, "jurisdiction"))
        yield from (f"{at(key)}: {said}" for key, said in _settings(record))
        for key in ("keeps", "breaks"):
            for check in record.get(key, ()):
                try:
                    check_check(check)
                except IpBenchError as error:
                    yield f"{at(key)}: {error}"


@lru_cache(maxsize=1)
def known_places() -> frozenset[str]:
    """Return the codes that a jurisdiction can be: those of ISO 3166, and EU."""
    from babel import Locale

    codes = {str(code) for code in Locale("en").territories if len(str(code)) == 2 and str(code).isalpha()}
    return frozenset(codes - {"EZ", "QO", "UN", "XA", "XB", "ZZ"})


def _places(found: Located, codes: Any, place: tuple[str | int, ...]) -> Iterator[str]:
    at = found.at(*(place or ("jurisdiction",)))
    for code in codes if codes != "any" else ():
        if code not in known_places():
            yield f"{at}: unknown jurisdiction {code!r}; use any, EU, or codes of ISO 3166 such as GB"


def _settings(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a rule says of its scope that the scope cannot have, by key."""
    name = record["scope"]
    if name not in scopes():
        near = [one for one in scopes() if one.split(".")[0] == name.split(".")[0]] or list(scopes())
        yield "scope", str(UnknownNameError("scope", name, near))
        return
    about = scopes()[name]
    bounds = [key for key in ("at_most", "at_least") if key in record]
    if about.kind != "manner":
        for key in ("value", *bounds):
            if key in record:
                yield key, f"{name} is of kind {about.kind} and has no {key}; leave it out"
    elif about.unit:
        if "value" in record:
            yield "value", f"{name} is measured in {about.unit}; use at_most or at_least"
        elif not bounds:
            yield "scope", f"{name} needs at_most or at_least, in {about.unit}"
        elif record["modality"] == "restrict":
            yield "modality", f"bounds of {name} are required or preferred; use require or prefer"
        elif record.get("at_least", 1) > record.get("at_most", record.get("at_least", 1)):
            yield "at_least", f"at_least {record['at_least']} is more than at_most {record['at_most']}"
    else:
        for key in bounds:
            yield key, f"{name} has values and no unit; use value: {', '.join(about.values)}"
        if record.get("value") not in about.values and not bounds:
            yield (
                ("value" if "value" in record else "scope"),
                str(UnknownNameError("value", record.get("value"), about.values, where=name)),
            )


def of_references(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield what `overridable_by` names and is not there, or stands above, and every circle of rules."""
    ids = {one.rule_id: one for one in rules}
    for rule in rules:
        for name in rule.overridable_by:
            if name not in ids and name not in ACTORS:
                actors = ", ".join(ACTORS)
                yield f"{rule.place}: {rule.rule_id} is overridable by {name!r}; name an actor ({actors}) or a rule"
            elif name in ACTORS and all(name not in ACTORS_OF[tier] for tier in range(rule.tier + 1, 4)):
                lower = " or ".join(one for tier in range(rule.tier + 1, 4) for one in ACTORS_OF[tier])
                said = f"{rule.rule_id} is of tier {rule.tier} and {name} of none below it"
                yield f"{rule.place}: {said}; name {lower or 'a rule'}"
    for rule in rules:
        if circle := _circle(rule, ids):
            said = " -> ".join(circle)
            yield f"{rule.place}: rules that set each other aside in a circle: {said}; take one out of overridable_by"
            return


def _circle(start: Rule, ids: dict[str, Rule]) -> list[str]:
    """Return the way from a rule over `overridable_by` back to it, [] where there is none."""
    ways = [[start.rule_id]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for name in ids[way[-1]].overridable_by:
            if name == start.rule_id:
                return [*way, name]
            if name in ids and name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def of_rules(above: Sequence[Rule], rules: Sequence[Rule]) -> Iterator[str]:
    """Yield every pair that cannot both be kept, and every lower rule that widens what an upper one allows."""
    pairs = [(upper, lower) for upper in above for lower in rules]
    for one, other in [*pairs, *combinations(rules, 2)]:
        upper, lower = (one, other) if one.tier <= other.tier else (other, one)
        if upper.yields_to(lower) or lower.yields_to(upper) or not upper.meets(lower):
            continue
        why = clash(upper, lower)
        if upper.tier == lower.tier:
            if why:
                fix = f"drop one, or name one in the other's overridable_by ({upper.rule_id} is at {upper.place})"
                yield f"{lower.place}: {lower.rule_id} {why}, both in tier {lower.tier}; {fix}"
        elif why := why or looser(upper, lower):
            word = "undoes" if lower.modality == "restrict" else "widens"
            fix = f"a rule of tier {lower.tier} may only narrow; drop it, or let {upper.rule_id} be overridable"
            fix += f" ({upper.place})"
            yield f"{lower.place}: {lower.rule_id} {word} tier {upper.tier}: it {why}; {fix}"
    for tier in sorted({one.tier for one in rules}):
        for name, about in scopes().items():
            out = {one.value for one in rules if (one.tier, one.scope, one.modality) == (tier, name, "restrict")}
            if about.values and out >= {*about.values}:
                last = [one for one in rules if (one.scope, one.modality) == (name, "restrict")][-1]
                yield f"{last.place}: rules of tier {tier} forbid every value of {name}; leave one of them"


def misread(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield every example of a rule that its own checks do not tell for what it is."""
    for rule in rules:
        if rule.kept and not _held(rule, rule.kept):
            yield f"{rule.place}: {rule.rule_id}: its checks call the example `kept` broken; mend one of them"
        if rule.broken and (rule.keeps or rule.breaks) and _held(rule, rule.broken):
            yield f"{rule.place}: {rule.rule_id}: its checks call the example `broken` kept; mend one of them"


def _held(rule: Rule, text: str) -> bool:
    return all(passes(one, text) for one in rule.keeps) and not any(passes(one, text) for one in rule.breaks)
