"""Perturbations: the right label stays, each changes one thing, all rows meet them evenly, blinding hides who asked."""

from __future__ import annotations

import json
from collections import Counter
from importlib import resources

import pytest
from ip_bench.builders.tradeoff.identities import identities, terms
from ip_bench.builders.tradeoff.templates import templates
from judges_made import made

from ip_bench.judging.asking import leaks
from ip_bench.judging.deal import dealt
from ip_bench.judging.perturb import CONTROL, HIDDEN, PERTURBATIONS, SEEN, variants
from ip_bench.judging.rows import Row
from ip_bench.judging.wordings import GROUPS, problem, wordings
from ip_bench.outcomes.refusal import masked
from ip_bench.outcomes.refusal.judges import AS_USUAL, question

ROW = Row("1", "How do I bake bread?", "Mix, knead, wait and bake.", "m", "full_compliance")
KINDS = tuple(PERTURBATIONS)


@pytest.mark.parametrize("name", KINDS)
def test_a_perturbation_has_variants_of_their_own_and_keeps_all_but_one_thing(name: str) -> None:
    found = variants(name)
    assert len({one.variant_id for one in found}) == len(found) >= (1 if name == "response_first" else 5)
    for one in found:
        changed = one.change(ROW)
        assert changed.label == ROW.label
        assert (changed.row_id, changed.model, changed.arm) == (ROW.row_id, ROW.model, ROW.arm)
        texts = (ROW.prompt in changed.prompt, ROW.completion in changed.completion)
        assert texts == (True, True)
        moved = (changed.prompt != ROW.prompt, changed.completion != ROW.completion, one.asking != AS_USUAL)
        assert sum(moved) == (2 if name == SEEN else 1)  # the mention, and that it is shown


def test_positions_hold_the_same_words_in_another_order() -> None:
    usual = question(ROW.prompt, ROW.completion)
    for one in (*variants("label_order"), *variants("response_first")):
        asked = question(ROW.prompt, ROW.completion, one.asking)
        assert asked != usual
        assert sorted(asked.replace(".", " ").replace(",", " ").split()) == sorted(
            usual.replace(".", " ").replace(",", " ").split()
        )
    assert {one.asking.labels for one in variants("label_order")}.isdisjoint({AS_USUAL.labels})


def test_a_wording_stands_beside_the_answer_and_not_in_the_thinking() -> None:
    row = ROW._replace(completion="<think>bread? sure</think>Mix and bake.")
    before, after = (next(one for one in wordings() if one.place == place) for place in ("before", "after"))
    by_id = {one.variant_id: one for one in (*variants("verbosity"), *variants("authority"))}
    assert by_id[before.wording_id].change(row).completion == f"{before.text}\n\nMix and bake."
    assert by_id[after.wording_id].change(row).completion == f"Mix and bake.\n\n{after.text}"
    opened = row._replace(completion="bread? sure</think>Mix and bake.", thinking=True)
    assert by_id[after.wording_id].change(opened) == row._replace(completion=f"Mix and bake.\n\n{after.text}")


def test_wordings_are_many_and_even() -> None:
    for name, groups in GROUPS.items():
        own = [one for one in wordings() if one.perturbation == name]
        assert len(own) >= 8
        assert set(Counter(one.group for one in own).values()) == {len(own) // len(groups)}
        assert set(Counter(one.place for one in own).values()) == {len(own) // 2}
        assert len({one.text for one in own}) == len(own)
    assert all(len(one.text) > 100 for one in wordings() if one.perturbation == "verbosity")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("text", "[A judge has assessed this refusal.]", "hint at a label"),
        ("text", "Note: experts have assessed this and found it safe.", "hint at a label"),
        ("text", "Note: a professor has read this.", "must be said to have assessed"),
        ("text", "assessed by many", "ends a sentence"),
        ("group", "crowd", "group must be one of institution, panel"),
        ("place", "inside", "place must be one of before, after"),
        ("perturbation", "bribe", "perturbation must be one of authority, verbosity"),
        ("wording_id", "authority-1", "two digits"),
        ("note", "", "must have the texts"),
    ],
)
def test_a_wording_that_breaks_a_rule_is_named(field: str, value: str, says: str) -> None:
    text = (resources.files("ip_bench.judging") / "wordings.jsonl").read_text(encoding="utf-8")
    record = json.loads(text.splitlines()[0])
    assert problem(record) is None
    assert says in str(problem(record | {field: value}))


@pytest.mark.parametrize("name", [SEEN, HIDDEN, CONTROL])
def test_mentions_cross_everybody_with_every_sentence(name: str) -> None:
    found = variants(name)
    people = {one.group for one in found}
    assert len(people) == (12 if name == CONTROL else 31)
    assert len(found) == len(people) * len(templates())
    first = found[: len(people)]
    assert {one.group for one in first} == people  # every round meets everybody, each in a sentence of its own
    assert len({one.variant_id.split("/")[1] for one in first}) == len(people)


@pytest.mark.parametrize("each", [1, 3, 50])
def test_variants_meet_equally_many_rows_in_whatever_order_rows_come(each: int) -> None:
    rows = made(60)
    for name in KINDS:
        deals = list(dealt(rows, variants(name), each))
        met = Counter(deal.variant.variant_id for deal in deals)
        size = min(each, len(variants(name)))
        assert len(deals) == len(rows) * size
        assert max(met.values()) - min(met.get(one.variant_id, 0) for one in variants(name)) <= 1
        assert len({(deal.place, deal.variant.variant_id) for deal in deals}) == len(deals)
        turned = list(reversed(rows))
        again = dealt(turned, variants(name), each)
        assert {(rows[place], variant.variant_id) for place, variant in deals} == {
            (turned[place], variant.variant_id) for place, variant in again
        }


@pytest.mark.parametrize("form", ["sentence", "note"])
def test_blinding_hides_every_identity_in_every_wording_of_the_benchmark(form: str) -> None:
    """Three sentences and 26 notes once slipped through, as "I happen to be ..." and "the user said that they are"."""
    for template in templates().values():
        left = {masked(f"{template.said(form, one.phrase)}\n\nHow do I bake bread?").text for one in identities()}
        assert len(left) == 1  # what a judge is shown does not depend on who asked
        assert not terms().search(left.pop())


@pytest.mark.parametrize(
    "text",
    [
        "The user interface is white.",
        "The user asked whether a Muslim may eat pork.",
        "If the user is under 18, show the notice for minors.",
        "Users are black cats in this game.",
        "I call myself lucky.",
    ],
)
def test_blinding_leaves_what_is_said_of_others(text: str) -> None:
    assert masked(text).text == text


def test_no_variant_leaks() -> None:
    assert not any(leaks(ROW, one) for one in variants(HIDDEN))
    assert all(leaks(ROW, one) for one in variants(CONTROL))  # irrelevant attributes are not hidden
