"""Which rules apply to a request, which of them win, and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ip_bench.bounds.policy import Policy
from ip_bench.bounds.rules import ANYWHERE, Rule, clash
from ip_bench.bounds.scopes import scope
from ip_bench.errors import IpBenchError

_WISH = re.compile(r"(?P<not>!?)(?P<scope>[a-z_]+(?:\.[a-z_]+)*)(?:(?P<sign>=|<=|>=)(?P<given>\w{1,9}))?")


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for, as rules of the third tier, and the jurisdictions in which they ask."""

    wishes: tuple[Rule, ...]
    jurisdiction: tuple[str, ...] = ANYWHERE


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a rule stands, the rule that set it aside (None where it stands), and why, in a sentence."""

    rule: Rule
    stands: bool
    by: Rule | None
    because: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """The rulings on all rules that hold where the request is made, upper tiers first."""

    rulings: tuple[Ruling, ...]

    def of(self, rule_id: str) -> Ruling | None:
        """Return the ruling on a rule, None where it does not apply."""
        return next((one for one in self.rulings if one.rule.rule_id == rule_id), None)

    @property
    def standing(self) -> tuple[Rule, ...]:
        """The rules that a response has to keep."""
        return tuple(one.rule for one in self.rulings if one.stands)


def resolve(request: Request, policies: Sequence[Policy]) -> Resolution:
    """Return how a request comes out under some policies.

    An upper tier goes before a lower one, unless its rule is overridable by it; no rule allows. Inside a tier the order
    is that of policies and of rules in them, unless one names the other as overriding it. A rule that only a yielding
    one stood against comes first; a bound that is looser than one above it stands, and is idle.

    Raises:
        IpBenchError: for a rule that is there twice.
    """
    rules = [rule for policy in policies for rule in policy.rules] + [*request.wishes]
    if twice := [name for name, count in Counter(rule.rule_id for rule in rules).items() if count > 1]:
        raise IpBenchError(f"rule {twice[0]} is there twice; name each policy once, and call no policy `user`")
    ranked = sorted((one for one in rules if one.holds_in(request.jurisdiction)), key=lambda rule: rule.tier)
    found: dict[str, Ruling] = {}
    for rule in ranked:
        standing = [one.rule for one in found.values() if one.stands]
        clashing = [(earlier, why) for earlier in standing if (why := clash(earlier, rule))]
        firm = next(((earlier, why) for earlier, why in clashing if not earlier.yields_to(rule)), None)
        if firm is not None:
            said = f"{rule.rule_id} {firm[1]}, and {_rank(firm[0], rule)}"
            found[rule.rule_id] = Ruling(rule, False, firm[0], said)
            continue
        found[rule.rule_id] = Ruling(rule, True, None, "nothing above it speaks against it")
        for earlier, why in clashing:
            said = f"{earlier.rule_id} leaves this to {rule.rule_id}, which {why}"
            found[earlier.rule_id] = Ruling(earlier, False, rule, said)
    return Resolution(tuple(found.values()))


def _rank(upper: Rule, lower: Rule) -> str:
    if upper.tier == lower.tier:
        return f"{upper.rule_id} comes first in tier {upper.tier}"
    return f"tier {upper.tier} goes before tier {lower.tier}"


def wished(text: str, number: int = 1) -> Rule:
    """Return the rule of a wish that is written short: SCOPE, SCOPE=VALUE, SCOPE<=N, SCOPE>=N, or !SCOPE[=VALUE].

    `!` wishes it away. The rule is called user.wish-`number`.

    Raises:
        IpBenchError: for a text of another form, and a value that the scope does not have.
        UnknownNameError: for another scope.
    """
    form = _WISH.fullmatch(text.strip())
    if form is None:
        raise IpBenchError(f"wish {text!r}: write SCOPE, SCOPE=VALUE, SCOPE<=N, SCOPE>=N, or !SCOPE")
    about, sign, given = scope(form["scope"]), form["sign"], form["given"]
    if about.unit and (sign not in {"<=", ">="} or not given.isdecimal() or not int(given) or form["not"]):
        raise IpBenchError(f"wish {text!r}: {about.scope} is measured in {about.unit}; write {about.scope}<=N or >=N")
    if about.values and (sign != "=" or given not in about.values):
        raise IpBenchError(f"wish {text!r}: {about.scope} has values; write {about.scope}= and one of {about.values}")
    if about.kind != "manner" and sign:
        raise IpBenchError(
            f"wish {text!r}: {about.scope} is of kind {about.kind} and has no value; write {about.scope}"
        )
    return Rule(
        rule_id=f"user.wish-{number}",
        tier=3,
        actor="user",
        modality="restrict" if form["not"] else "require",
        scope=about.scope,
        text=text,
        value=given if sign == "=" else None,
        at_most=int(given) if sign == "<=" else None,
        at_least=int(given) if sign == ">=" else None,
    )
