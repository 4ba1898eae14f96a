"""Families of problems beside those of the education case: below zero, deduction, truth tables."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations, product

from ...cues.education.logic import NAMES
from ...cues.education.problem import Drawn, Family, Wording, listed

Rule = tuple[str, str, str]  # kind and two names
State = dict[str, bool]
VERDICTS = ("yes", "no", "unknown")
_TRIES = 2_000


def _below_zero(wording: Wording, rng: random.Random) -> Drawn | None:
    """Return a problem whose answer is negative: one that is scored without its minus sign is scored wrong."""
    facts = {
        "start": rng.randint(3, 19), "drop": rng.randint(4, 12), "times": rng.randint(3, 7), "rise": rng.randint(2, 15),
    }  # fmt: skip
    answer = facts["start"] - facts["drop"] * facts["times"] + facts["rise"]
    if answer >= -1 or -answer in facts.values():
        return None
    return Drawn(facts, wording["text"].format(**facts), str(answer))


def holds(state: State, rule: Rule) -> bool:
    """Return whether a state, which says of each name whether it is so, agrees with a rule."""
    kind, a, b = rule
    return {
        "any": state[a] or state[b],
        "one": state[a] != state[b],
        "same": state[a] == state[b],
        "not_both": not (state[a] and state[b]),
        "if": not state[a] or state[b],
        "if_not": state[a] or state[b],
        "if_then_not": not (state[a] and state[b]),
        "is": state[a],
        "is_not": not state[a],
    }[kind]


def agreeing(names: Sequence[str], rules: Sequence[Rule]) -> list[State]:
    """Return all states of the names that agree with all rules."""
    states = (dict(zip(names, row, strict=True)) for row in product((True, False), repeat=len(names)))
    return [state for state in states if all(holds(state, rule) for rule in rules)]


def _said(rules: Sequence[Rule], forms: dict[str, str]) -> str:
    said = [forms[kind].format(a=a, b=b) for kind, a, b in rules]
    return " ".join(one[0].upper() + one[1:] for one in said)


def _rule(kind: str, pair: tuple[str, str], rng: random.Random) -> Rule:
    a, b = rng.sample(pair, 2)
    return kind, a, b


def _truth_table(wording: Wording, rng: random.Random) -> Drawn | None:
    things = list(wording["things"])
    pairs = rng.sample(list(combinations(things, 2)), 3)
    kinds = rng.sample(("any", "one", "same", "not_both", "if"), 3)
    rules = [_rule(kind, pair, rng) for kind, pair in zip(kinds, pairs, strict=True)]
    states = agreeing(things, rules)
    if len({thing for _, *pair in rules for thing in pair}) < 4 or not 2 <= len(states) <= 12:
        return None
    facts = {"things": things, "rules": rules}
    text = wording["text"].format(things=listed(things), rules=_said(rules, wording["rules"]))
    return Drawn(facts, text, str(len(states)))


def _deduction(wording: Wording, rng: random.Random) -> Drawn | None:
    """Return a question whose answer takes two rules or more, or that the rules leave open; each as often."""
    wanted = rng.choice(VERDICTS)
    for _ in range(_TRIES):
        names = rng.sample(NAMES, 5)
        known, asked = names[:2]
        kinds = [rng.choice(("if", "if_not", "if_then_not")) for _ in names]
        pairs = rng.sample([pair for pair in combinations(names, 2) if pair != (known, asked)], 5)
        rules = [_rule(kind, pair, rng) for kind, pair in zip(kinds, pairs, strict=True)]
        fact = (rng.choice(("is", "is_not")), known, known)
        found = {state[asked] for state in agreeing(names, [*rules, fact])}
        open_before = len({state[asked] for state in agreeing(names, rules)}) == 2  # so that the fact is needed
        if not (found and open_before and verdict(found) == wanted):
            continue
        shown = sorted(names)
        said = _said([*rules, fact], wording["rules"])
        text = wording["text"].format(names=listed(shown), rules=said, ask=wording["ask"].format(a=asked))
        return Drawn({"names": shown, "rules": [*rules, fact], "asked": asked}, text, wanted, VERDICTS)
    return None


def verdict(found: set[bool]) -> str:
    """Return what follows of a name that is so in some states, not so in others: "yes", "no" or "unknown"."""
    return VERDICTS[2] if len(found) == 2 else VERDICTS[0] if True in found else VERDICTS[1]


FAMILIES = (
    Family("below_zero", "number", _below_zero),
    Family("truth_table", "number", _truth_table),
    Family("deduction", "choice", _deduction),
)
