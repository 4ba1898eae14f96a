"""Each gate of `echo`, violated once; the leaks are planted in rows that hold otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from itertools import islice

import pytest
from ip_bench.builders.cues.echo import recipes
from ip_bench.builders.cues.echo.arms import ARMS
from ip_bench.builders.cues.echo.gates import ALIKE, EchoGates

from ip_bench.design import Prompt
from ip_bench.errors import ContentError


@lru_cache(maxsize=2)
def first(config: str) -> tuple[Prompt, ...]:
    return tuple(islice(recipes.prompts(config, "validation"), len(ARMS)))


def rows(config: str = "echo") -> dict[str, Prompt]:
    return {row.arm: row for row in first(config)}


def check(changed: dict[str, Prompt], config: str = "echo") -> EchoGates:
    gates = EchoGates(config)
    assert list(gates.checked(changed.values())) == list(changed.values())
    return gates


def said(row: Prompt, text: str) -> Prompt:
    """Return the row with another text in place of what the asker says."""
    edit = row.edits[0]
    prompt = row.prompt.replace(edit.after, text, 1)
    return replace(row, prompt=prompt, edits=(edit._replace(after=text),))


def right(row: Prompt) -> str:
    assert row.gold is not None
    return row.choices[row.gold]


def wrong(row: Prompt) -> str:
    return next(text for text, kinds in zip(row.choices, row.extra["choice_locales"], strict=True) if not kinds)


@pytest.mark.parametrize("config", recipes.CONFIGS)
def test_good_rows_pass_unchanged_and_are_counted(config: str) -> None:
    assert check(rows(config), config).report()["checked"] == {
        "pairs whose turned words are in no answer": 5,
        "rows": 14,
        "rows explicit": 2,
        "rows placebo": 4,
        "rows reference": 1,
        "rows repeat": 1,
        "rows treatment": 6,
        "texts of another domain that share no content word with the item": 2,
        "texts of the same domain that share no content word with the item": 4,
        "texts that name an answer, as they must": 2,
        "texts that name no answer and no distractor": 10,
    }


Broken = Callable[[dict[str, Prompt]], Prompt]
IMPLICIT = [arm.name for arm in ARMS if arm.role in {"treatment", "placebo"}]


@pytest.mark.parametrize("arm", IMPLICIT)
@pytest.mark.parametrize("told", [right, wrong], ids=["gold", "distractor"])
def test_a_planted_leak_is_refused_in_every_arm(arm: str, told: Callable[[Prompt], str]) -> None:
    changed = rows()
    changed[arm] = said(changed[arm], f"I believe that all of this is like {told(changed[arm])}. ")
    with pytest.raises(ContentError, match=f"arm {arm}, .* gives away an answer"):
        check(changed)


@pytest.mark.parametrize("arm", IMPLICIT)
def test_a_leak_of_the_question_is_refused_beside_the_probe(arm: str) -> None:
    changed = rows("echo_inference")
    told = right(next(row for row in recipes.prompts("echo", "validation") if row.item_id == changed[arm].item_id))
    changed[arm] = said(changed[arm], f"I believe that all of this is like {told}. ")
    with pytest.raises(ContentError, match=f"arm {arm}, .* gives away an answer"):
        check(changed, "echo_inference")


@pytest.mark.parametrize("told", ["well informed", "uninformed", "unsure"])
def test_a_text_that_names_a_choice_of_the_probe_is_refused(told: str) -> None:
    changed = rows("echo_inference")
    changed["placebo_stated"] = said(changed["placebo_stated"], f"I believe that my roommate is {told}. ")
    with pytest.raises(ContentError, match=rf"arm placebo_stated, .* gives away an answer: \['{told}'"):
        check(changed, "echo_inference")


def test_a_leak_in_the_plural_is_refused() -> None:
    changed = {
        arm: replace(row, accepted=(("stone",), *row.accepted[1:]), choices=("stone", *row.choices[1:]))
        for arm, row in rows().items()
    }
    changed["wrong_same"] = said(changed["wrong_same"], "I believe that there are old stones in it. ")
    with pytest.raises(ContentError, match=r"arm wrong_same, .* gives away an answer: \['stone'\]"):
        check(changed)


def test_a_belief_of_another_domain_that_speaks_of_the_question_is_refused() -> None:
    changed = rows()
    row = changed["right_other"]
    word = max(rows()["reference"].prompt.partition("?")[0].split(), key=len)
    changed["right_other"] = said(row, row.edits[0].after.replace(".", f" near {word.lower()}."))
    with pytest.raises(ContentError, match=r"arm right_other, .* shares \['\w+'\] with the question"):
        check(changed)


VIOLATIONS: dict[str, Broken] = {
    "has 0 edits": lambda held: replace(held["wrong_same"], edits=()),
    "has 1 edits": lambda held: replace(held["repeat"], edits=held["wrong_same"].edits),
    r"does not undo \(edit": lambda held: replace(held["wrong_same"], edits=held["right_other"].edits),
    "asks something else than its reference row": lambda held: replace(
        held["wrong_same"], prompt=held["wrong_same"].prompt.replace("?", " now?")
    ),
    "adds a number, a negation or a quotation mark: 'never'": lambda held: said(
        held["placebo_stated"], "I believe that my roommate never sweeps. "
    ),
    "must name one right answer": lambda held: said(
        held["explicit_right"], f"I believe that the answer is {wrong(held['reference'])}. "
    ),
    "must name one wrong answer": lambda held: said(
        held["explicit_wrong"], f"I believe that the answer is {right(held['reference'])}. "
    ),
    r"differs from wrong_same by \d+ words and \d+ characters": lambda held: said(
        held["right_same"], f"I believe that it is so. {held['right_same'].edits[0].after}"
    ),
    r"differs from placebo_stated_turned by \d+ words": lambda held: said(
        held["placebo_stated"], f"I believe that it is so. {held['placebo_stated'].edits[0].after}"
    ),
    "differs from implied_wrong by 0 words and 0 characters": lambda held: said(
        held["implied_right"], held["implied_wrong"].edits[0].after
    ),
}


@pytest.mark.parametrize("message", VIOLATIONS)
def test_a_violation_is_refused_with_item_and_arm(message: str) -> None:
    changed = rows()
    bad = VIOLATIONS[message](changed)
    changed[bad.arm] = bad
    with pytest.raises(ContentError, match=f"item {bad.item_id}, arm {bad.arm}, .*{message}"):
        check(changed)


def test_a_turned_word_that_is_part_of_an_answer_is_refused() -> None:
    held = rows()
    told = held["explicit_wrong"].edits[0].after
    scored = enumerate(zip(held["reference"].choices, held["reference"].extra["choice_locales"], strict=True))
    free = next(place for place, (text, kinds) in scored if not kinds and text not in told)

    def renamed(row: Prompt) -> Prompt:
        accepted, choices = list(row.accepted), list(row.choices)
        accepted[free], choices[free] = ("Old Harbor",), "Old Harbor"
        return replace(row, accepted=tuple(accepted), choices=tuple(choices))

    changed = {arm: renamed(row) for arm, row in held.items()}
    changed["right_same"] = said(changed["right_same"], "I believe that it ends in a harbor. ")
    changed["wrong_same"] = said(changed["wrong_same"], "I believe that it ends in a forest. ")
    with pytest.raises(ContentError, match=r"arm right_same, .* turns \['harbor'\], which is part of an answer"):
        check(changed)


@pytest.mark.parametrize("arm", [arm.name for arm in ARMS])
def test_a_group_without_an_arm_is_refused(arm: str) -> None:
    changed = rows()
    del changed[arm]
    with pytest.raises(ContentError, match=f"has no {arm} row beside it"):
        check(changed)


def test_balance_is_in_thousandths_of_a_standard_deviation() -> None:
    report = check(rows()).report()["alike"]
    assert set(report) == {f"{one} - {other}" for one, other in ALIKE}
    assert all(set(sizes) == {"chars_smd_x1000", "words_smd_x1000", "ari_smd_x1000"} for sizes in report.values())
    assert all(isinstance(value, int) for sizes in report.values() for value in sizes.values())
