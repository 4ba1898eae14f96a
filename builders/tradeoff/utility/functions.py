"""Code: functions to write, with tests from a reference implementation, drawn anew for a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from ip_bench.errors import ContentError
from ip_bench.outcomes.code import CodeTest
from ip_bench.seeds import digest, rng

from . import lists, numbers, strings
from .item import Utility
from .spec import Spec

SPECS = (*numbers.SPECS, *lists.SPECS, *strings.SPECS)
PER_SPEC, TESTS = 2, 10
_POOL, _TRIES = 80, 200
_REQUEST = (
    "Use nothing but the standard library of Python, read no input and print nothing. "
    "Give the whole function in one fenced code block."
)


class Case(NamedTuple):
    """The arguments of a call, and its right result, written as Python literals, too."""

    arguments: tuple[Any, ...]
    call: str
    result: str


def functions(seed: str) -> Iterator[Utility]:
    """Yield the code items: `PER_SPEC` of each specification, each with other parameters."""
    for spec in SPECS:
        used: list[dict[str, Any]] = []
        for number in range(PER_SPEC):
            values, cases = _drawn(seed, spec, number, used)
            used.append(values)
            yield _item(spec, values, cases)


def _drawn(seed: str, spec: Spec, number: int, used: list[dict[str, Any]]) -> tuple[dict[str, Any], list[Case]]:
    """Return parameters that no item before has, and an example with tests that tell them from all others."""
    for attempt in range(_TRIES):
        drawn = rng("tradeoff utility", seed, spec.name, spec.text, number, attempt)
        values = {name: drawn.choice(options) for name, options in spec.parameters.items()}
        cases = spread(_pool(spec, values, drawn))
        if values not in used and len(cases) == TESTS + 1 and telling(spec, values, cases[1:]):
            return values, cases
    raise ContentError(f"{spec.name}: no {TESTS} tests that tell its parameters apart in {_TRIES} draws")


def case(spec: Spec, values: Mapping[str, Any], arguments: tuple[Any, ...]) -> Case:
    """Return a case of a specification, worked out by its reference implementation."""
    call = f"{spec.name}({', '.join(map(repr, arguments))})"
    return Case(arguments, call, repr(spec.reference(*deepcopy(arguments), **values)))


def _pool(spec: Spec, values: Mapping[str, Any], drawn: random.Random) -> list[Case]:
    made = [case(spec, values, spec.inputs(drawn)) for _ in range(_POOL)]
    return list({one.call: one for one in made}.values())


def spread(pool: list[Case]) -> list[Case]:
    """Return an example, then up to `TESTS` tests: of each result the first case, of each the second, and so on."""
    example = next(filter(_shows, pool), pool[0])
    by_result: dict[str, list[Case]] = {}
    for one in pool:
        if one != example:
            by_result.setdefault(one.result, []).append(one)
    ranked = sorted((rank, at, one) for at, group in enumerate(by_result.values()) for rank, one in enumerate(group))
    return [example, *(one for _, _, one in ranked[:TESTS])]


def _shows(one: Case) -> bool:
    """Return whether a case shows something: its result is not empty, not 0 and no argument."""
    return one.result not in {"0", "''", "[]", "{}", "([], [])", *map(repr, one.arguments)}


def telling(spec: Spec, values: Mapping[str, Any], tests: list[Case]) -> bool:
    """Return whether the tests refute a constant, an argument given back, and each other value of each parameter."""
    if len({one.result for one in tests}) < 3:
        return False
    if any(all(repr(one.arguments[at]) == one.result for one in tests) for at in range(len(tests[0].arguments))):
        return False
    others = [
        {**values, name: option}
        for name, options in spec.parameters.items()
        for option in options
        if option != values[name]
    ]
    return all(any(case(spec, other, one.arguments).result != one.result for one in tests) for other in others)


def _item(spec: Spec, values: Mapping[str, Any], cases: list[Case]) -> Utility:
    example, *tests = cases
    question = (
        f"Write a Python function `{spec.name}({spec.arguments})`. {spec.text.format(**values)} "
        f"For example, `{example.call}` returns `{example.result}`.\n{_REQUEST}"
    )
    return Utility(
        item_id=f"{spec.name.replace('_', '-')}-{digest(question, size=4)}",
        topic="code",
        question=question,
        answer_kind="code",
        choices=(),
        accepted=(),
        gold=None,
        tests=tuple(CodeTest(one.call, one.result) for one in tests),
        source=f"generated from specification {spec.name}",
        function=spec.name,
    )
