"""The utility sets with one layout each: a row of GSM8K, MMLU or MBPP as an item with an exact answer."""

from __future__ import annotations

import ast
import re
import string
import warnings
from collections.abc import Sequence
from decimal import Decimal

from ip_bench.adapters.record import CodeTests, OutsideItem
from ip_bench.adapters.tables import Cells

MMLU_COLUMNS = ("question", "choice0", "choice1", "choice2", "choice3", "answer")
_LAYOUTS = (MMLU_COLUMNS[1:5], ("A", "B", "C", "D"))
_FILE = re.compile(r"_(?:dev|test|val)\Z")
_NUMBER = re.compile(r"(?<![\w./])-?\d+(?:\.\d+)?(?!\.?\d|/)")


def gsm8k(cells: Cells, _: str) -> OutsideItem:
    """Return a word problem; its answer is the number behind "####", without commas, currency and unit."""
    worked = cells.text("answer")
    _, mark, final = worked.rpartition("####")
    numbers = _NUMBER.findall(re.sub(r"[,$€£]", "", final.replace("−", "-")))
    if not mark or len(numbers) != 1:
        raise cells.wrong("answer", worked[-60:], 'a text that ends in "####" and one number')
    return OutsideItem(
        kind="utility",
        topic="arithmetic",
        question=cells.text("question"),
        answer_kind="number",
        gold=0,
        accepted=((plain_number(numbers[0]),),),
    )


def plain_number(text: str) -> str:
    """Return a number in its shortest plain form: "0.50" is "0.5", "007" is "7", "-0" is "0"."""
    shortest = format(Decimal(text).normalize(), "f")
    return "0" if shortest == "-0" else shortest


def mmlu(cells: Cells, part: str) -> OutsideItem:
    """Return a question with four choices; the right one comes as a letter or as an index from 0."""
    choices = _mmlu_choices(cells)
    answer = str(cells.raw("answer")).strip()
    gold = "ABCD".find(answer) if answer in {*"ABCD"} else "0123".find(answer) if answer in {*"0123"} else -1
    if gold < 0:
        raise cells.wrong("answer", answer, "one of A, B, C, D or 0, 1, 2, 3")
    return OutsideItem(
        kind="utility",
        topic=cells.text("subject") if "subject" in cells.row else _FILE.sub("", part),
        question=cells.text("question"),
        answer_kind="choice",
        choices=choices,
        gold=gold,
        accepted=choice_forms(choices),
        flaw="same_choice" if choices.count(choices[gold]) > 1 else "",
    )


def _mmlu_choices(cells: Cells) -> tuple[str, ...]:
    if "choices" in cells.row:
        choices = cells.texts("choices")
    else:
        names = next((names for names in _LAYOUTS if names[0] in cells.row), _LAYOUTS[0])
        choices = tuple(cells.text(name) for name in names)
    if len(choices) != 4:
        raise cells.wrong("choices", choices, "four texts")
    return choices


def choice_forms(choices: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return what counts as each choice: its letter, and its text unless that is another's letter or text."""
    letters = string.ascii_uppercase[: len(choices)]
    bare = [choice.strip("().").upper() for choice in choices]
    return tuple(
        (letter, f"({letter})")
        + ((choice,) if choices.count(choice) == 1 and not (word in {*letters} and word != letter) else ())
        for letter, choice, word in zip(letters, choices, bare, strict=True)
    )


def mbpp(cells: Cells, _: str) -> OutsideItem:
    """Return a programming problem with its tests as data; the tests, not the question, name the function."""
    solution, setup = cells.text("code"), cells.text("test_setup_code", empty=True)
    tests = cells.texts("test_list")
    if not tests:
        raise cells.wrong("test_list", [], "a list with a test")
    defined = _defined(_parsed(cells, "code", solution))
    called = [_names(_parsed(cells, "test_list", test)) for test in tests]
    functions = sorted(name for name in defined if defined[name] and all(name in names for names in called))
    if len(functions) != 1:
        raise cells.wrong("code", functions, "code of which all tests call one and the same function")
    own_setup = _defined(_parsed(cells, "test_setup_code", setup))
    needed = set().union(_names(_parsed(cells, "test_setup_code", setup)), *called) - {functions[0], *own_setup}
    return OutsideItem(
        kind="utility",
        topic="python",
        question=cells.text("text"),
        answer_kind="code",
        tests=CodeTests(
            function=functions[0],
            setup=setup,
            tests=tests,
            challenge=cells.texts("challenge_test_list"),
            solution=solution,
        ),
        flaw="hidden_name" if needed & defined.keys() else "",
    )


def _parsed(cells: Cells, name: str, code: str) -> ast.Module:
    try:
        with warnings.catch_warnings():  # old code has escapes that Python warns of
            warnings.simplefilter("ignore", category=SyntaxWarning)
            warnings.simplefilter("ignore", category=DeprecationWarning)
            return ast.parse(code)
    except (SyntaxError, ValueError):
        raise cells.wrong(name, code, "Python") from None


def _defined(tree: ast.Module) -> dict[str, bool]:
    """Return the names that code defines at its top level, and whether each is a function."""
    defined = {node.name: isinstance(node, ast.FunctionDef) for node in tree.body if hasattr(node, "name")}
    for node in tree.body:
        for target in node.targets if isinstance(node, ast.Assign) else ():
            defined |= {name.id: False for name in ast.walk(target) if isinstance(name, ast.Name)}
    return defined


def _names(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
