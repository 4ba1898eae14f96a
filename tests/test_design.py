"""Designs are balanced, keys are stable, and rows come out in the published columns."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.design import CORE_COLUMNS, ROLES, Edit, Item, Prompt, full_cross, interleave, rotate, row_id
from ip_bench.seeds import digest, generator, rng, unit


def item(topic: str, number: int) -> Item:
    return Item(
        item_id=f"{topic}-{number}",
        topic=topic,
        question="Which one?",
        choices=("soccer", "football"),
        accepted=(("soccer",), ("football",)),
        choice_locales=(("us",), ("uk", "ie")),
        source="a book",
    )


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number:02}" for number in range(count)]


def test_gold_is_the_choice_of_a_locale() -> None:
    one = item("sport", 1)
    assert (one.gold("us"), one.gold("uk"), one.gold("ie"), one.gold("za")) == (0, 1, 1, None)


def test_roles_and_columns_are_the_published_ones() -> None:
    assert ROLES == ("reference", "treatment", "placebo", "repeat", "explicit")
    assert CORE_COLUMNS == (
        "row_id", "item_id", "arm", "role", "family", "realization_id", "template_id", "replicate", "stratum", "dose",
        "system", "prompt", "choices", "gold", "accepted", "outcome", "edits", "topic", "source", "license",
    )  # fmt: skip


def test_a_prompt_becomes_plain_values() -> None:
    prompt = Prompt(
        row_id="0" * 32, item_id="sport-1", arm="uk", role="treatment", family="locale", realization_id="b01",
        template_id="t01", replicate=0, stratum="sport", dose=1, system="Be short.", prompt="A colour?",
        choices=("soccer", "football"), gold=1, accepted=(("soccer",), ("football",)), outcome="uk",
        edits=(Edit(2, 7, "color", "colour", "spelling:uk"),), topic="sport", source="a book", license="CC-BY-4.0",
        extra={"choice_locales": [["us"], ["uk"]]},
    )  # fmt: skip
    assert prompt.to_row() == {
        "row_id": "00000000000000000000000000000000",
        "item_id": "sport-1",
        "arm": "uk",
        "role": "treatment",
        "family": "locale",
        "realization_id": "b01",
        "template_id": "t01",
        "replicate": 0,
        "stratum": "sport",
        "dose": 1,
        "system": "Be short.",
        "prompt": "A colour?",
        "choices": ["soccer", "football"],
        "gold": 1,
        "accepted": [["soccer"], ["football"]],
        "outcome": "uk",
        "edits": [{"start": 2, "end": 7, "before": "color", "after": "colour", "rule": "spelling:uk"}],
        "topic": "sport",
        "source": "a book",
        "license": "CC-BY-4.0",
        "choice_locales": [["us"], ["uk"]],
    }


def test_row_id_is_golden_and_hashes_every_field() -> None:
    fields = ("ip-cues", "cultural", "sport-1", "uk", "b01", "t01", 0)
    assert row_id(*fields) == "cddb2b15ddb4aaf1f36ced128235a484"
    others = {row_id(*fields[:k], f"{fields[k]}x", *fields[k + 1 :]) for k in range(6)} | {row_id(*fields[:6], 1)}  # type: ignore[arg-type]
    assert len(others | {row_id(*fields)}) == 8


def test_parts_of_a_key_do_not_run_together() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("1") != digest(1)


def test_randomness_depends_on_names_alone() -> None:
    assert digest("ip-cues", "é", 1) == "b05827a551cee28878a05d75c9a185fd"
    assert rng("ip-cues", 1).random() == rng("ip-cues", 1).random() != rng("ip-cues", 2).random()
    assert generator("ip-cues").integers(1 << 60) == generator("ip-cues").integers(1 << 60)
    assert unit("split", "sport-1") == 0.8797649101686111


@given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 9), min_size=1))
def test_every_prefix_is_balanced_over_topics(sizes: dict[str, int]) -> None:
    order = interleave(item(topic, number) for topic, size in sizes.items() for number in range(size))
    assert len({one.item_id for one in order}) == sum(sizes.values())
    for end in range(1, len(order) + 1):
        met = Counter(one.topic for one in order[:end])
        most = max(met.values())
        assert all(met[topic] >= min(most - 1, size) for topic, size in sizes.items())


@given(st.randoms(use_true_random=False))
def test_interleaving_does_not_depend_on_the_order_given(draw: object) -> None:
    items = [item(topic, number) for topic in ("a", "b", "c") for number in range(6)]
    mixed = items[:]
    draw.shuffle(mixed)  # type: ignore[attr-defined]
    assert interleave(mixed) == interleave(items)


def test_adding_an_item_keeps_the_order_of_the_others_in_their_topic() -> None:
    few = [item("a", number) for number in range(20)]
    more = interleave([*few, item("a", 99)])
    assert [one for one in more if one.item_id != "a-99"] == interleave(few)


@given(st.integers(2, 40), st.integers(1, 20), st.integers(1, 4), st.integers(1, 120))
def test_rotation_meets_each_realization_equally_often(count: int, carriers: int, per_item: int, items: int) -> None:
    per_item = min(per_item, count)
    realizations, templates = names("b", count), names("t", carriers)
    met = Counter(dict.fromkeys(realizations, 0))
    for position in range(items):
        cells = rotate(position, realizations, templates, per_item)
        assert len({cell.realization_id for cell in cells}) == len(cells) == per_item
        met.update(cell.realization_id for cell in cells)
    if items % count == 0:
        assert set(met.values()) == {per_item * items // count}
    assert max(met.values()) - min(met.values()) <= per_item


@given(st.integers(2, 24), st.integers(1, 16))
def test_rotation_brings_each_realization_on_each_template(count: int, carriers: int) -> None:
    realizations, templates = names("b", count), names("t", carriers)
    met = {rotate(position, realizations, templates, 1)[0] for position in range(count * carriers)}
    assert met == set(full_cross(realizations, templates))


def test_no_two_realizations_are_always_met_together() -> None:
    realizations, templates = names("b", 16), names("t", 12)
    pairs = {
        frozenset(cell.realization_id for cell in rotate(position, realizations, templates, 2))
        for position in range(16 * 15)
    }
    assert len(pairs) == 16 * 15 / 2


@pytest.mark.parametrize("per_item", [0, 4])
def test_more_cells_than_realizations_are_refused(per_item: int) -> None:
    with pytest.raises(ValueError, match=f"per_item is {per_item}; with 3 realizations it must be in 1..3"):
        rotate(0, ["b01", "b02", "b03"], ["t01"], per_item)


def test_full_cross_has_every_cell_once() -> None:
    assert list(full_cross(["b1", "b2"], ["t1", "t2"])) == [("b1", "t1"), ("b1", "t2"), ("b2", "t1"), ("b2", "t2")]
