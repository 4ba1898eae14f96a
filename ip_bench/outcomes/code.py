"""Read the answer of a task with one right answer: a number, a time, a choice, or code that has to pass tests."""

from __future__ import annotations

import ast
import math
import os
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ip_bench.errors import ContentError, UnknownNameError
from ip_bench.outcomes.answers import normalize
from ip_bench.outcomes.final_answer import ANSWER_KINDS, REFUSAL, read_final_answer
from ip_bench.outcomes.thinking import split_thinking
from ip_bench.sandbox import Limits, Ran, run_code

TASK_KINDS = (*ANSWER_KINDS, "code")
#: Why there is no outcome: each is counted apart and is never taken for a wrong answer.
NO_OUTCOME = ("code not run", "empty", "refused", "truncated", "unfinished", "unparsed")
LONGEST_CODE = 50_000  # characters
_FENCE = re.compile(
    r"^[ \t]*(?:```|~~~)[^\n`]*\n(?P<code>.*?)(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)


class CodeTest(NamedTuple):
    """A Python expression that calls the asked function, and its right value, written as a Python literal."""

    expression: str
    expected: str


class TaskAnswer(NamedTuple):
    """What a response to a task comes to.

    `kind` is "answer", "several" or "other", which are right or wrong, or one of `NO_OUTCOME`, where `right` is None.
    `text` is what was read. Of code, `passed` counts the tests it passed, `detail` says what came in the way ("time",
    "killed" or "output" where a limit ended it, else the name of an error), and `held` is what confined it.
    """

    kind: str
    right: bool | None
    text: str
    passed: int = 0
    detail: str = ""
    held: tuple[str, ...] = ()


def read_task_answer(
    response: str,
    answer_kind: str,
    accepted: Sequence[Sequence[str]] = (),
    gold: int | None = None,
    *,
    function: str = "",
    tests: Sequence[CodeTest] = (),
    allow_code: bool = False,
    truncated: bool = False,
    thinking: bool = False,
    limits: Limits | None = None,
) -> TaskAnswer:
    """Return the answer of a response to a task, and whether it is right; never raises on model output.

    A response that was cut at the token limit (`truncated`) has no outcome: a long one would look like a wrong one.
    Code runs only with `allow_code`; it is right where it passes all `tests` of the named `function`.

    Raises:
        UnknownNameError: for another `answer_kind`.
        IpBenchError: where code is to be run and cannot be run here.
    """
    if answer_kind not in TASK_KINDS:
        raise UnknownNameError("answer kind", answer_kind, TASK_KINDS)
    if truncated:
        return TaskAnswer("truncated", None, "")
    if answer_kind == "code":
        return _read_code(response, function, tests, allow_code=allow_code, thinking=thinking, limits=limits)
    if gold is None:
        raise ContentError(f"a task whose answer is a {answer_kind} needs the index of the right answer")
    found = read_final_answer(response, answer_kind, accepted, gold, thinking=thinking)
    return TaskAnswer(found.kind, found.right, found.text)


def code_allowed() -> bool:
    """Return whether the user's environment allows code to be run: `HF_ALLOW_CODE_EVAL=1`, as for other harnesses."""
    return os.environ.get("HF_ALLOW_CODE_EVAL") == "1"


def extract_code(text: str, function: str) -> tuple[str, bool]:
    """Return the code of a response, and whether it stood in a fenced block.

    The last block that defines the function; else the last block; without any, the whole text.
    """
    blocks = [found["code"] for found in _FENCE.finditer(text)]
    defining = [block for block in blocks if _defines(block, function)]
    found = (defining or blocks)[-1:]
    return (found[0], True) if found else (text, False)


def _defines(code: str, function: str) -> bool:
    name = re.escape(function)
    return (
        re.search(rf"^[ \t]*(?:async[ \t]+)?def[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]*)?=", code, re.MULTILINE)
        is not None
    )


def _read_code(
    response: str, function: str, tests: Sequence[CodeTest], *, allow_code: bool, thinking: bool, limits: Limits | None
) -> TaskAnswer:
    if not tests:
        raise ContentError(f"the task that asks for the function {function!r} has no tests; code is scored by tests")
    body, _, finished = split_thinking(response, opened=thinking)
    if not body:
        return TaskAnswer("empty" if finished else "unfinished", None, "")
    code, fenced = extract_code(body, function)
    if not fenced and not _defines(code, function):
        return TaskAnswer("refused" if REFUSAL.search(normalize(body)) else "unparsed", None, body[:LONGEST_CODE])
    if len(code) > LONGEST_CODE:
        return TaskAnswer("unparsed", None, code[:LONGEST_CODE])
    if not allow_code:
        return TaskAnswer("code not run", None, code)
    ran = run_code(code, [test.expression for test in tests], limits)
    if not fenced and ran.error in {"SyntaxError", "IndentationError", "TabError"}:
        return TaskAnswer("unparsed", None, code, held=ran.held)  # prose around code that nothing marks
    return score_code(code, ran, tests)


def score_code(code: str, ran: Ran, tests: Sequence[CodeTest]) -> TaskAnswer:
    """Return the score of code that has run: right where every test has its expected value.

    The values are compared here: the process of the code never learns what is expected, so that nothing which it
    prints or exits with can pass a test.
    """
    passed = sum(
        kind == "value" and same(value, ast.literal_eval(test.expected))
        for (kind, value), test in zip(ran.values, tests, strict=True)
    )
    errors = [str(value) for kind, value in ran.values if kind == "error"]
    detail = ran.error or (ran.ended if ran.ended != "finished" else "") or next(iter(errors), "")
    return TaskAnswer("answer", passed == len(tests), code, passed, detail, ran.held)


def same(value: Any, expected: Any) -> bool:
    """Return whether a value is the expected one, as `==` has it, but for floats: those may differ by 1e-9 of it."""
    if isinstance(value, float) or isinstance(expected, float):
        if not (isinstance(value, int | float) and isinstance(expected, int | float)):
            return False
        return (value != value and expected != expected) or _close(value, expected)  # noqa: PLR0124  (both are nan)
    if isinstance(value, list | tuple) and type(value) is type(expected):
        return len(value) == len(expected) and all(map(same, value, expected))
    if isinstance(value, dict) and isinstance(expected, dict):
        return value.keys() == expected.keys() and all(same(member, expected[key]) for key, member in value.items())
    return bool(value == expected)


def _close(value: float, expected: float) -> bool:
    try:
        return math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-9)
    except OverflowError:  # an int that no float holds
        return False


def assertion(text: str) -> CodeTest:
    """Return the test that an assertion "assert <expression> == <literal>" makes, as published test sets write them.

    Raises:
        ContentError: for an assertion of another form.
    """
    wrong = ContentError(f"a test must be 'assert <expression> == <literal>', not {text[:80]!r}")
    try:
        match ast.parse(text.strip()).body:
            case [ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]))]:
                return CodeTest(ast.unparse(left), repr(ast.literal_eval(right)))
    except (SyntaxError, ValueError) as error:
        raise wrong from error
    raise wrong
