"""Each gate, violated once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ip_bench.cues.gates import Gates
from ip_bench.design import Edit, Prompt, Role
from ip_bench.errors import ContentError

REFERENCE = "I saw the hue of 2 walls, not one. Which game is played?"


def row(arm: str, role: Role, *edits: Edit, **changes: object) -> Prompt:
    from ip_bench.cues.edits import apply_edits

    made = Prompt(
        row_id=arm, item_id="sport-1", arm=arm, role=role, family="any", realization_id="b01", template_id="t01",
        replicate=0, stratum="sport", dose=len(edits), system="", prompt=apply_edits(REFERENCE, edits),
        choices=("soccer", "football"), gold=None, accepted=(("soccer",), ("football", "footie")), outcome="uk",
        edits=edits, topic="sport", source="a book", license="CC-BY-4.0",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def rows() -> dict[str, Prompt]:
    end = len(REFERENCE)
    made = [
        row("reference", "reference"),
        row("repeat", "repeat", replicate=1),
        row("us", "treatment", Edit(10, 13, "hue", "color", "us")),
        row("uk", "treatment", Edit(10, 13, "hue", "colour", "uk")),
        row("placebo_synonym", "placebo", Edit(10, 13, "hue", "shade", "synonym")),
        row("placebo_signoff", "placebo", Edit(end, end, "", "\nThanks.", "signoff")),
        row("explicit_uk", "explicit", Edit(0, 0, "", "I live in the United Kingdom. ", "explicit")),
    ]
    return {prompt.arm: prompt for prompt in made}


def check(changed: dict[str, Prompt]) -> Gates:
    gates = Gates("cultural")
    assert list(gates.checked(changed.values())) == list(changed.values())
    return gates


def test_good_rows_pass_unchanged_and_are_counted() -> None:
    report = check(rows()).report()
    assert report["checked"] == {
        "edits": 5,
        "rows": 7,
        "rows explicit": 1,
        "rows placebo": 2,
        "rows reference": 1,
        "rows repeat": 1,
        "rows treatment": 2,
    }
    assert report["rows_same_as_uk"] == {}
    assert report["balance"]["uk"]["edits_mean_x10"] == 10
    assert report["balance"]["uk"]["chars_mean_x10"] == 10 * (len(REFERENCE) + 3)


def test_groups_are_items_and_cells() -> None:
    second = {arm: replace(prompt, realization_id="b02") for arm, prompt in rows().items()}
    gates = Gates("cultural")
    both = [*rows().values(), *second.values()]
    assert list(gates.checked(both)) == both
    assert gates.report()["checked"]["rows"] == 14


def test_rows_that_read_like_the_uk_ones_are_counted() -> None:
    changed = rows()
    changed["ie"] = replace(changed["uk"], arm="ie")
    assert check(changed).report()["rows_same_as_uk"] == {"ie": 1}


def edited(arm: str, *edits: Edit) -> Callable[[dict[str, Prompt]], Prompt]:
    return lambda held: row(arm, held[arm].role, *edits)


def worded(arm: str, prompt: str) -> Callable[[dict[str, Prompt]], Prompt]:
    return lambda held: replace(held[arm], prompt=prompt, edits=held[arm].edits)


VIOLATIONS = {
    "does not undo to its reference row": worded("uk", "I saw the colour of 2 walls, not one. Which sport is played?"),
    "is a reference or repeat but has edits": edited("repeat", Edit(10, 13, "hue", "tint", "synonym")),
    "has a cue but no edit": edited("uk"),
    "does not keep the numbers of its reference row": edited("uk", Edit(17, 18, "2", "3", "uk")),
    "does not keep the negation of its reference row": edited("uk", Edit(26, 29, "not", "but", "uk")),
    r"contains an answer: \[\('football', 'footie'\)\]": edited("uk", Edit(10, 13, "hue", "Footie", "uk")),
    "names a group: 'British'": edited("uk", Edit(10, 13, "hue", "British hue", "uk")),
    r"has 2 edits, its placebos have \[1\]": edited(
        "uk", Edit(10, 13, "hue", "colour", "uk"), Edit(19, 24, "walls", "façades", "uk")
    ),
    "reads the same as the us row, so the pair has no cue": edited("uk", Edit(10, 13, "hue", "color", "uk")),
}


@pytest.mark.parametrize("message", VIOLATIONS)
def test_a_violation_is_refused_with_item_arm_and_prompt(message: str) -> None:
    changed = rows()
    bad = VIOLATIONS[message](changed)
    changed[bad.arm] = bad
    with pytest.raises(
        ContentError, match=f"item sport-1, arm {bad.arm}, realization b01, template t01 .*{message}"
    ) as error:
        check(changed)
    assert repr(bad.prompt) in str(error.value)


def test_undoing_in_the_wrong_place_is_refused() -> None:
    changed = rows()
    changed["uk"] = replace(changed["uk"], edits=(Edit(9, 12, "hue", "colour", "uk"),))
    with pytest.raises(ContentError, match=r"arm uk, .* does not undo \(edit"):
        check(changed)


def test_explicit_rows_may_name_a_place_and_no_other_may() -> None:
    check(rows())
    changed = rows()
    changed["explicit_uk"] = replace(changed["explicit_uk"], role="placebo")
    with pytest.raises(ContentError, match="names a group: 'United Kingdom'"):
        check(changed)


@pytest.mark.parametrize("arm", ["reference", "us"])
def test_a_group_without_its_reference_or_us_row_is_refused(arm: str) -> None:
    changed = rows()
    del changed[arm]
    with pytest.raises(ContentError, match=f"item sport-1, .* has no {arm} row"):
        check(changed)
