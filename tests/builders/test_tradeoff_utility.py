"""Each utility item is worked out again, from its text alone and by another method than the one that made it."""

from __future__ import annotations

import ast
import inspect
import itertools
import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import test_education_problems as solved
from ip_bench.builders.cues.education.logic import NAMES
from ip_bench.builders.cues.education.problem import Problem
from ip_bench.builders.tradeoff.utility import functions as made
from ip_bench.builders.tradeoff.utility.content import records
from ip_bench.builders.tradeoff.utility.facts import LETTERS
from ip_bench.builders.tradeoff.utility.item import TOPICS, Utility
from ip_bench.builders.tradeoff.utility.problems import FAMILIES, PER_WORDING, asked_wordings
from ip_bench.builders.tradeoff.utility.puzzles import verdict
from ip_bench.builders.tradeoff.utility.tasks import tasks

from ip_bench.cues.gates import GROUP_TERMS
from ip_bench.errors import ContentError, IpBenchError
from ip_bench.outcomes.answers import named_choices
from ip_bench.outcomes.code import CodeTest, read_task_answer, same

SEED, OTHER = "one", "two"
ITEMS = tasks(SEED)
BOTH = (*ITEMS, *tasks(OTHER))
LITERAL = Utility(
    item_id="below-zero-04-ed35cd93",
    topic="arithmetic",
    question=(
        "A robot stands on a number line at 13. It makes 7 jumps of 6 to the left and then one jump of 7 to the right. "
        'At which number does it stand now?\nEnd with a line that says "Answer:" and the number in digits.'
    ),
    answer_kind="number",
    choices=("-22",),
    accepted=(("-22",),),
    gold=0,
    tests=(),
    source="generated from wording below_zero-04",
)


def of(wording: str) -> list[Utility]:
    return [item for item in BOTH if item.source.startswith(f"generated from wording {wording}-")]


def asked(item: Utility) -> str:
    return item.question.split("\n")[0]


def right(item: Utility) -> str:
    assert item.gold is not None
    return item.choices[item.gold]


# --- the set


def test_there_are_sixty_items_or_more_of_each_topic() -> None:
    counts = Counter(item.topic for item in ITEMS)
    assert tuple(counts) == TOPICS
    assert min(counts.values()) >= 60, counts
    assert len({item.item_id for item in ITEMS}) == len({item.question for item in ITEMS}) == len(ITEMS)


def test_the_items_of_a_seed_are_the_same_in_another_process_with_another_hash_seed() -> None:
    program = (
        "from ip_bench.builders.tradeoff.utility.tasks import tasks\n"
        "from ip_bench.seeds import digest\n"
        f"print(digest(tasks({SEED!r})))\n"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_another_seed_gives_other_items() -> None:
    for topic in TOPICS:
        one, two = ({item.question for item in tasks(seed) if item.topic == topic} for seed in (SEED, OTHER))
        assert len(one & two) <= len(one) // 10, topic
    questions: dict[str, set[str]] = {}
    for item in BOTH:
        questions.setdefault(item.item_id, set()).add(item.question)
    assert {len(texts) for texts in questions.values()} == {1}


def test_an_empty_seed_is_refused() -> None:
    with pytest.raises(IpBenchError, match="seed of the utility items is empty"):
        tasks("")


def test_an_item_in_full() -> None:
    assert next(item for item in ITEMS if item.source == LITERAL.source) == LITERAL


def test_no_item_says_who_asks_or_names_a_group() -> None:
    pupil = re.compile(r"\b(?:homework|teachers?|school|my class|our class|students?)\b", re.IGNORECASE)
    asks = [item.question for item in ITEMS if pupil.search(item.question)]
    groups = [item.question for item in ITEMS if item.topic != "knowledge" and GROUP_TERMS.search(item.question)]
    assert (asks, groups) == ([], [])
    for topic, families in FAMILIES.items():
        for family in families:
            assert len(asked_wordings(family)) * PER_WORDING[topic] >= 8, family.name


def test_the_right_answer_and_no_other_reads_as_right() -> None:
    for item in ITEMS:
        if item.answer_kind == "code":
            continue
        for index, choice in enumerate(item.choices):
            said = f"Let me think.\nSo it follows.\n\nAnswer: {choice}"
            found = read_task_answer(said, item.answer_kind, item.accepted, item.gold)
            assert (found.kind, found.right) == ("answer", index == item.gold), (item, choice)


# --- arithmetic, dates and logic of the education families, by the solvers of their own tests


@pytest.mark.parametrize(
    "solve", [name for name in vars(solved) if re.match(r"test_(days_[^o]|days_of_the_week|times)", name)]
)
def test_dates_agree_with_the_calendar(solve: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solved, "PROBLEMS", [as_problem(item) for item in BOTH if item.topic == "dates"])
    vars(solved)[solve]()


@pytest.mark.parametrize(
    "solve",
    [
        solved.test_measures_agree_with_a_library_of_units,
        solved.test_orders_have_one_solution,
        solved.test_assignments_have_one_solution,
        solved.test_exactly_one_suspect_agrees_with_the_number_of_true_statements,
    ],
)
def test_units_and_puzzles_agree_with_the_solvers(solve: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    mine = [as_problem(item) for item in BOTH if item.topic in {"arithmetic", "logic"}]
    monkeypatch.setattr(solved, "PROBLEMS", mine)
    solve()


@pytest.mark.parametrize("name", ["change", "packing", "shares", "rate", "average", "scaling", "overlap"])
def test_doing_what_the_text_says_gives_the_answer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solved, "PROBLEMS", [as_problem(item) for item in of(name)])
    solved.test_doing_what_the_text_says_gives_the_answer(name, vars(solved)[f"simulate_{name}"])


def as_problem(item: Utility) -> Problem:
    """Return an item as the problem that it was made from."""
    wording = item.source.rpartition(" ")[2]
    options = item.choices if item.answer_kind == "choice" else ()
    return Problem(
        item.item_id, wording.rpartition("-")[0], wording, item.answer_kind, asked(item), right(item), options, {}
    )


# --- own families


def test_answers_below_zero_by_steps() -> None:
    items = of("below_zero")
    assert len(items) == 20
    for item in items:
        text = re.sub(r"floor 0.*?so on\. ", "", asked(item))
        start, first, second, rise = map(int, re.findall(r"\d+", text))
        at = start
        for _ in range(first):  # the product is what counts, whichever of the two is named first
            at -= second
        assert int(right(item)) == at + rise < 0, item


def said_rules(item: Utility) -> list[tuple[str, dict[str, str]]]:
    """Return the rules of a puzzle, read from its sentences."""
    wording = next(
        record
        for name in ("truth_table", "deduction")
        for record in records(name)
        if item.source.endswith(record["wording_id"])
    )
    names = "|".join(wording.get("things", NAMES))
    forms = {
        kind: re.compile(re.sub(r"\\\{(\w)\\\}", rf"(?P<\1>{names})", re.escape(form)), re.IGNORECASE)
        for kind, form in wording["rules"].items()
    }
    before, _, after = wording["text"].partition("{rules}")
    ask = re.escape(wording.get("ask", "")).replace(r"\{a\}", r"(?P<asked>\w+)")
    tail = re.escape(after.strip()).replace(r"\{ask\}", ask)
    head = re.sub(r"\\\{(?:names|things)\\\}", ".+?", re.escape(before.strip()))
    found = re.fullmatch(rf"{head} (?P<rules>.+) {tail}", asked(item))
    assert found, asked(item)
    rules: list[tuple[str, dict[str, str]]] = [("asked", {"a": found["asked"]})] if "ask" in wording else []
    for sentence in re.split(r"(?<=\.) ", found["rules"]):
        fits = [(kind, match.groupdict()) for kind, form in forms.items() if (match := form.fullmatch(sentence))]
        assert len(fits) == 1, (sentence, fits)
        rules += fits
    return rules


def test_truth_tables_counted_by_numbers_of_two_digits() -> None:
    assert len(of("truth_table")) == 24
    for item in of("truth_table"):
        rules = said_rules(item)
        things = sorted({name.lower() for _, pair in rules for name in pair.values()})
        assert len(things) == 4, things
        count = 0
        for setting in range(16):
            on = {thing for place, thing in enumerate(things) if setting >> place & 1}
            true = 0
            for kind, pair in rules:
                held = len({name.lower() for name in pair.values()} & on)
                implied = pair["b"].lower() in on or pair["a"].lower() not in on
                true += {"any": held > 0, "one": held == 1, "same": held != 1, "not_both": held < 2, "if": implied}[
                    kind
                ]
            count += true == len(rules)
        assert str(count) == right(item), item


def test_deductions_by_following_the_rules_to_a_contradiction() -> None:
    assert len(of("deduction")) == 24
    for item in of("deduction"):
        (_, question), *rules = said_rules(item)
        clauses = []  # each rule as two literals of which one is true; a fact as one
        for kind, pair in rules:
            a, b = pair["a"], pair.get("b", pair["a"])
            first = kind in {"if_not", "is"}
            second = {"if": True, "if_not": True, "if_then_not": False}.get(kind, first)
            clauses.append({(a, first), (b, second)})
        possible = {value for value in (True, False) if consistent([*clauses, {(question["a"], value)}])}
        assert verdict(possible) == right(item), item
    counts = Counter(right(item) for item in of("deduction"))
    assert set(counts) == {"yes", "no", "unknown"}
    assert min(counts.values()) >= 3, counts


def consistent(clauses: list[set[tuple[str, bool]]]) -> bool:
    """Return whether clauses can all be true, by resolution on one name after the other."""
    for name in {name for clause in clauses for name, _ in clause}:
        held = [clause for clause in clauses if not {(name, True), (name, False)} <= clause]
        yes = [clause - {(name, True)} for clause in held if (name, True) in clause]
        no = [clause - {(name, False)} for clause in held if (name, False) in clause]
        rest = [clause for clause in held if not {(name, True), (name, False)} & clause]
        clauses = rest + [one | other for one in yes for other in no]
        if set() in clauses:
            return False
    return True


# --- code: every specification written again, in another way


def digits(n: int, base: int) -> list[int]:
    return [] if n == 0 else [*digits(n // base, base), n % base]


def steps(n: int, d: int) -> int:
    return 0 if n <= 1 else 1 + steps(n // d if n % d == 0 else n - 1, d)


def runs(text: str) -> list[str]:
    return ["".join(group) for _, group in itertools.groupby(text)]


def every_other(first: list[int], second: list[int], k: int) -> list[int]:
    return first[:k] + second[:k] + every_other(first[k:], second[k:], k) if first or second else []


def far(numbers: list[int], k: int) -> list[int]:
    found = numbers[:1]
    for n in numbers[1:]:
        found += [n] * (n not in range(found[-1] - k + 1, found[-1] + k))
    return found


def fibonacci(n: int, a: int, b: int, c: int) -> int:
    terms = [a, b]
    while len(terms) < n:
        terms.append(sum(terms[-2:]) + c)
    return terms[n - 1]


AGAIN: dict[str, Callable[..., Any]] = {
    "digit_sum": lambda n, base: sum(digits(n, base)),
    "steps_to_one": steps,
    "count_divisible": lambda low, high, a, b: len(
        {n for n in range(low, high + 1) if not n % a} - {n for n in range(low, high + 1) if not n % b}
    ),
    "power_remainder": lambda n, p, m: math.prod([n] * p) % m,
    "sequence_term": fibonacci,
    "nearest_multiple": lambda n, k: max(
        (m for m in range(-200, 200) if m % k == 0), key=lambda m: (-abs(m - n), m)
    ),
    "scaled_and_bounded": lambda n, a, b, low, high: sorted([low, a * n + b, high])[1],
    "without_digit": lambda n, d: int("0" + "".join(char for char in str(n) if char != str(d))),
    "largest_power": lambda n, b: max(b**e for e in range(20) if b**e <= n),
    "divisors_from": lambda n, k: sorted({x for d in range(1, n + 1) if n % d == 0 for x in (d, n // d) if x >= k}),
    "clock_after": lambda hour, minute, m: f"{(hour + (minute + m) // 60) % 24:0>2}:{(minute + m) % 60:0>2}",
    "order_price": lambda count, a, n, c: sum([a] * count) - (count >= n) * c,
    "count_above": lambda numbers, k: len([n for n in numbers if n >= k + 1]),
    "sum_of_every": lambda numbers, k: sum(n for at, n in enumerate(numbers, 1) if at % k == 0),
    "moved_left": lambda items, k: items[k % len(items) :] + items[: k % len(items)] if items else [],
    "piece_sums": lambda numbers, k: [
        sum(n for at, n in enumerate(numbers) if at // k == piece) for piece in range(math.ceil(len(numbers) / k))
    ],
    "largest_different": lambda numbers, k: list(dict.fromkeys(sorted(numbers)[::-1]))[:k],
    "far_from_last": far,
    "longest_run_above": lambda numbers, k: max(
        map(len, "".join("x" if n > k else " " for n in numbers).split()), default=0
    ),
    "window_maxima": lambda numbers, k: [max(row) for row in zip(*(numbers[at:] for at in range(k)), strict=False)],
    "pairs_with_sum": lambda numbers, k: (
        sum(a + b == k for a in numbers for b in numbers) - sum(2 * a == k for a in numbers)
    )
    // 2,
    "remainder_counts": lambda numbers, k: {r: t for r in range(k) if (t := [n % k for n in numbers].count(r))},
    "split_by_size": lambda numbers, k: (list(filter(k.__gt__, numbers)), list(filter(k.__le__, numbers))),
    "added_until": lambda numbers, k: sum(total <= k for total in itertools.accumulate(numbers)),
    "alternating_sum": lambda numbers, a, b: a * sum(numbers[::2]) + b * sum(numbers[1::2]),
    "last_divisible": lambda numbers, k: len(numbers) - 1 - [n % k for n in numbers[::-1]].index(0)
    if 0 in [n % k for n in numbers]
    else -1,
    "taken_in_turns": every_other,
    "frequent_words": lambda words, k: [word for word in sorted(set(words)) if words.count(word) >= k],
    "words_with_letter": lambda text, c, k: len([w for w in text.split(" ") if len(w) - len(w.replace(c, "")) >= k]),
    "shifted_letters": lambda text, k: re.sub("[a-z]", lambda found: chr((ord(found[0]) - 97 + k) % 26 + 97), text),
    "every_upper": lambda text, k: re.sub(
        f"(.{{{k - 1}}})(.)", lambda found: found[1] + found[2].upper(), text
    ),
    "long_words": lambda words, k: sorted(
        dict.fromkeys(word for word in words if not re.fullmatch(f".{{0,{k}}}", word))
    ),
    "shortened_runs": lambda text, k: "".join(run[:k] for run in runs(text)),
    "masked": lambda text, k, c: re.sub(f".(?=.{{{k}}})", lambda _: c, text),
    "padded": lambda words, k, c: "".join(word + c * (k - len(word)) for word in words),
    "letter_score": lambda text, a, b: (
        a * len(re.findall("[aeiou]", text)) + b * len(re.findall("[b-df-hj-np-tv-z]", text))
    ),
}  # fmt: skip


def given(item: Utility) -> dict[str, Any]:
    """Return the parameters of a code item, read from its text."""
    spec = next(spec for spec in made.SPECS if spec.name == item.function)
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>\\S+?)", re.escape(spec.text))
    pattern = re.sub(r"\(\?P<(\w+)>", lambda found, seen=set(): _once(found[1], seen), pattern)
    pattern = pattern.replace(r"\S+?)", r"-?\w+|[^\w\s])")
    found = re.search(pattern, asked(item))
    assert found, (pattern, asked(item))
    drawn = {name: int(v) if re.fullmatch(r"-?\d+", v) else v for name, v in found.groupdict().items()}
    return {name: value for name, value in drawn.items() if not name.endswith("_")}


def _once(name: str, seen: set[str]) -> str:
    """Return the opening of a group: a name that comes again is given a name of its own."""
    while name in seen:
        name += "_"
    seen.add(name)
    return f"(?P<{name}>"


def test_a_specification_written_again_passes_the_tests_and_the_example() -> None:
    assert {spec.name for spec in made.SPECS} == set(AGAIN)
    assert len(made.SPECS) >= 30
    for item in (item for item in BOTH if item.topic == "code"):
        parameters = given(item)
        example = re.search(r"For example, `(.+)` returns `(.+)`\.", asked(item))
        assert example, item
        assert len({test.expression for test in item.tests}) == made.TESTS
        for expression, expected in (*item.tests, CodeTest(*example.groups())):
            call = ast.parse(expression, mode="eval").body
            assert isinstance(call, ast.Call)
            arguments = [ast.literal_eval(argument) for argument in call.args]
            result = AGAIN[item.function](*arguments, **parameters)
            assert type(result) is type(ast.literal_eval(expected)), item
            assert same(result, ast.literal_eval(expected)), (expression, expected, result)
        assert example[1] not in {test.expression for test in item.tests}


def test_no_constant_no_argument_and_no_other_parameter_passes_all_tests() -> None:
    for item in (item for item in ITEMS if item.topic == "code"):
        spec = next(spec for spec in made.SPECS if spec.name == item.function)
        cases = [
            made.Case(tuple(ast.literal_eval(f"{test.expression.removeprefix(spec.name)[:-1]},)")), *test)
            for test in item.tests
        ]
        assert made.telling(spec, given(item), cases), item
        assert len({case.result for case in cases}) >= 3


def test_a_reference_implementation_run_in_the_sandbox_is_right_and_a_changed_one_wrong() -> None:
    for item in [item for item in ITEMS if item.topic == "code"][::20]:
        spec = next(spec for spec in made.SPECS if spec.name == item.function)
        lines = inspect.getsource(spec.reference).splitlines()
        start = next(at for at, line in enumerate(lines) if line.startswith("def "))
        source = "\n".join(lines[start:]).replace(f"def {spec.name}(", "def reference(")
        for values, is_right in ((given(item), True), (other_values(spec, given(item)), False)):
            code = (
                f"from collections import Counter\nfrom itertools import combinations\n"
                f"_LETTERS = 'abcdefghijklmnopqrstuvwxyz'\n{source}\n\n"
                f"def {spec.name}({spec.arguments}):\n    return reference({spec.arguments}, **{values})\n"
            )
            found = read_task_answer(
                f"Here it is.\n```python\n{code}```", "code", function=item.function, tests=item.tests, allow_code=True
            )
            assert (found.kind, found.right) == ("answer", is_right), (item, found)


def other_values(spec: Any, values: dict[str, Any]) -> dict[str, Any]:
    name, options = next(iter(spec.parameters.items()))
    return {**values, name: next(option for option in options if option != values[name])}


# --- knowledge


def test_there_are_eighty_facts_or_more_with_four_wrong_answers_two_wordings_and_a_source() -> None:
    facts = records("knowledge")
    assert len(facts) >= 80
    assert [fact["fact_id"] for fact in facts] == sorted({fact["fact_id"] for fact in facts})
    for fact in facts:
        assert len(set(fact["wrong"])) == len(fact["wrong"]) >= 4, fact
        assert fact["answer"] not in fact["wrong"]
        assert len(set(fact["wordings"])) == len(fact["wordings"]) >= 2
        assert all(
            wording[-1] == "?" and fact["answer"].lower() not in wording.lower().split() for wording in fact["wordings"]
        )
        assert re.fullmatch(r"[A-Z].{5,}", fact["source"]) or fact["source"] == "mathematics, checked by hand"
        choices = [(choice,) for choice in (fact["answer"], *fact["wrong"])]
        assert [named_choices(one[0], choices) for one in choices] == [{at} for at in range(len(choices))], fact


def test_each_letter_is_right_about_equally_often() -> None:
    counts = Counter(item.gold for item in ITEMS if item.topic == "knowledge")
    assert max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize(
    "form", ["{letter}", "{letter}.", "({letter})", "{letter}) {choice}", "{choice}", "Option {letter}"]
)
def test_a_choice_is_read_by_letter_by_text_and_by_both(form: str) -> None:
    for item in (item for item in ITEMS if item.topic == "knowledge"):
        for index, choice in enumerate(item.choices):
            said = f"Answer: {form.format(letter=LETTERS[index], choice=choice)}"
            assert read_task_answer(said, "choice", item.accepted, item.gold).right == (index == item.gold), said


def test_a_content_record_without_its_keys_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from ip_bench.builders.tradeoff.utility import content

    monkeypatch.setitem(content._KEYS, "deduction", {"wording_id", "nothing"})
    content.records.cache_clear()
    with pytest.raises(ContentError, match=r"deduction\.jsonl:1: a record has the keys nothing, wording_id"):
        content.records("deduction")
