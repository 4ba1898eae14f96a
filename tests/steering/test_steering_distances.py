"""Distances of distributions against scipy, and what they say of groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from ip_bench.cohorts import Answers, Item
from ip_bench.cohorts.shares import item_shares
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.steering.aligned import alignment, consistent
from ip_bench.steering.distances import (
    consistency,
    distances,
    jensen_shannon,
    representativeness,
    steerability,
    total_variation,
    wasserstein,
)
from ip_bench.steering.verbalized import elicited, parse

WAYS = ("disagree", "unsure", "agree")


def shares(draw: np.random.Generator, *shape: int) -> np.ndarray:
    return draw.dirichlet(np.ones(shape[-1]), shape[:-1])


@pytest.mark.parametrize("seed", range(5))
def test_distances_are_those_of_scipy(seed: int) -> None:
    draw = np.random.default_rng(seed)
    p, q = shares(draw, 7, 5), shares(draw, 7, 5)
    values = np.cumsum(draw.uniform(0.1, 2, 5))
    mine = wasserstein(p, q, values)
    assert mine == pytest.approx([
        wasserstein_distance(values, values, one, other) / (values[-1] - values[0])
        for one, other in zip(p, q, strict=True)
    ])  # fmt: skip
    assert jensen_shannon(p, q) == pytest.approx(
        [jensenshannon(one, other, base=2) ** 2 for one, other in zip(p, q, strict=True)]
    )
    assert total_variation(p, q) == pytest.approx([
        max(abs((one - other)[list(part)].sum()) for part in subsets(5)) for one, other in zip(p, q, strict=True)
    ])  # fmt: skip


def subsets(size: int) -> list[tuple[int, ...]]:
    return [tuple(at for at in range(size) if code >> at & 1) for code in range(2**size)]


def test_the_extremes_are_one_apart_and_a_distribution_is_zero_from_itself() -> None:
    low, high = np.array([[1.0, 0, 0]]), np.array([[0, 0, 1.0]])
    item = [Item("a", "A", WAYS)]
    for measure in ("wasserstein", "total variation", "jensen-shannon"):
        assert distances(low, high, item, measure) == pytest.approx([1.0])
        assert distances(low, low, item, measure) == pytest.approx([0.0])
    middle = np.array([[0, 1.0, 0]])
    assert distances(low, middle, item) == pytest.approx([0.5])
    assert distances(low, middle, item, values={"a": (0, 3, 4)}) == pytest.approx([0.75])


def test_items_have_their_own_options_and_order() -> None:
    items = [Item("two", "", ("no", "yes"), "binary"), Item("three", "", WAYS, "categorical"), Item("none", "", WAYS)]
    p = np.array([[0.2, 0.8, 0], [1, 0, 0], [np.nan] * 3])
    q = np.array([[0.5, 0.5, 0], [0, 1, 0], [1, 0, 0]])
    found = distances(p, q, items)
    assert found[:2] == pytest.approx([0.3, 1.0])  # without an order, next to is as far as any
    assert np.isnan(found[2])
    assert representativeness(found) == pytest.approx(0.35)
    with pytest.raises(UnknownNameError, match="measures are"):
        distances(p, q, items, "euclid")
    for values in ((0, 1), (0, 2, 1)):
        with pytest.raises(IpBenchError, match="increasing order"):
            distances(q, q, items, values={"none": values})


def test_steerability_is_the_best_way_of_stating_a_group() -> None:
    found = steerability(
        {"named": np.array([0.4, 0.2]), "described": np.array([0.1, np.nan]), "empty": np.full(2, np.nan)}
    )
    assert found == ("described", pytest.approx(0.9))
    with pytest.raises(IpBenchError, match="there is none"):
        steerability({})


def test_consistency_is_the_share_of_topics_with_the_overall_best_group() -> None:
    apart = np.array([[0.1, 0.1, 0.5, 0.3], [0.3, 0.3, 0.2, 0.4]])
    topic = np.array([0, 0, 1, 2])
    assert consistency(apart, topic) == pytest.approx(2 / 3)
    unknown = np.array([[np.nan] * 4, [0.3, 0.3, np.nan, 0.4], [0.1, 0.1, np.nan, 0.9]])
    assert consistency(unknown, topic) == pytest.approx(1 / 2)  # nobody is known on topic 1
    assert np.isnan(consistency(np.full((2, 4), np.nan), topic))


def test_consistency_names_the_nearest_group_of_each_topic() -> None:
    items = [Item(name, "", WAYS) for name in "abcd"]
    apart = np.array([[0.1, 0.1, 0.5, 0.3], [0.3, 0.3, 0.2, 0.4]])
    found = consistent(apart, ["one", "two"], items, {"a": "x", "b": "x", "c": "y"})
    assert (found.nearest, found.topics) == ("one", {"x": "one", "y": "two"})
    assert found.share.estimate == 0.5
    assert 0 < found.share.low < 0.1 < 0.9 < found.share.high < 1
    for names, topics in ((["one", "two"], {"z": "x"}), ([], {"a": "x"})):
        nothing = consistent(apart[: len(names)], names, items, topics)
        assert nothing.topics == {}
        assert np.isnan(nothing.share.estimate)


def test_a_model_is_nearest_to_the_group_whose_answers_it_gives() -> None:
    draw = np.random.default_rng(0)
    items = [Item(str(at), f"Statement {at}", WAYS) for at in range(40)]
    group = np.arange(300) % 3
    likes = shares(draw, 3, 40, 3)
    person, item = np.nonzero(draw.random((300, 40)) < 0.8)
    answer = (draw.random(len(person))[:, None] > likes[group[person], item].cumsum(1)[:, :-1]).sum(1)
    answers = Answers.of(person, item, answer, items, 300)
    rows = alignment(likes[1], answers, np.eye(3)[group], ["a", "b", "c"])
    assert [rows[0].group, rows[0].behind, rows[0].items] == ["b", None, 40]
    assert {each.group for each in rows} == {"a", "b", "c", "everyone"}
    assert rows[0].representativeness.low > max(each.representativeness.high for each in rows[1:])
    assert all(each.behind.low > 0 for each in rows[1:] if each.behind)
    everyone = alignment(item_shares(answers), answers, np.eye(3)[group], ["a", "b", "c"])
    assert everyone[0].group == "everyone"
    few = alignment(likes[1], answers.where(answers.person < 12), np.eye(3)[group], ["a", "b", "c"])
    assert all(not each.items for each in few)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("disagree: 10%, unsure: 20%, agree: 70%", (0.1, 0.2, 0.7)),
        ("AGREE: 70 %\nUnsure - 20 percent\nDisagree — 10 per cent", (0.1, 0.2, 0.7)),
        ("10% disagree, 20% unsure and 70% agree.", (0.1, 0.2, 0.7)),
        ('{"disagree": 0.1, "unsure": 0.2, "agree": 0.7}', (0.1, 0.2, 0.7)),
        ("1. **disagree**: 10\n2. **unsure**: 20\n3. **agree**: 70", (0.1, 0.2, 0.7)),
        ("| agree | 100% |\n| disagree | 0% |", (0, 0, 1)),
        ("Of 100 people I think:\nagree: 70%\ndisagree: 30%", (0.3, 0, 0.7)),
        ("<think>agree: 1%, disagree: 99%</think>agree: 99%, disagree: 1%", (0.01, 0, 0.99)),
        ("Most would agree. disagree: 25.5%, unsure: 0%, agree: 74.5%", (0.255, 0, 0.745)),
        ("agree: 33%, unsure: 33%, disagree: 33%", (1 / 3, 1 / 3, 1 / 3)),
    ],
)
def test_stated_distributions_are_read(text: str, expected: tuple[float, ...]) -> None:
    assert parse(text, WAYS).shares == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no shares"),
        ("I cannot say.", "no shares"),
        ("agree", "no shares"),
        ("100%", "no shares"),
        ("agree: 70%", "incomplete"),
        ("disagree: 50%, unsure: 50%, agree: 50%", "no sum"),
        ("disagree: -10%, unsure: 40%, agree: 70%", "no sum"),
        ("agree: 60%, disagree: 40%. Or rather agree: 50%, disagree: 50%", "several"),
        ("disagreeable: 10%, agreement: 90%", "no shares"),
        ("<think>agree: 70%, disagree: 30%", "no shares"),
    ],
)
def test_what_states_no_distribution_is_counted_by_reason(text: str, why: str) -> None:
    assert parse(text, WAYS) == (None, why)


def test_a_longer_option_is_not_taken_for_a_shorter_one() -> None:
    options = ("Strongly disagree", "Disagree", "Agree", "Strongly agree")
    text = "Strongly  agree: 40%\nAgree: 30%\nDisagree: 20%\nStrongly disagree: 10%"
    assert parse(text, options).shares == pytest.approx((0.1, 0.2, 0.3, 0.4))


@given(
    st.text(max_size=200) | st.lists(st.sampled_from([*WAYS, "ſ", "%", "10", "90", "-", "1.", "\n", " "])).map("".join)
)
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = parse(text, WAYS)
    assert (found.shares is None) == bool(found.why)
    assert found.shares is None or sum(found.shares) == pytest.approx(1)


def test_a_long_text_is_read_in_time() -> None:
    assert parse("agree " * 100_000 + "1" * 100_000, WAYS).shares is None


class Stating:
    """A model that states the same distribution of every second item."""

    def generate_until(self, requests: list, disable_tqdm: bool = False) -> list[str]:
        assert all("Give a percentage" in each.args[0] for each in requests)
        return ["agree: 75%, disagree: 25%" if at % 2 == 0 else "It depends." for at in range(len(requests))]


def test_unparsed_statements_are_counted() -> None:
    items = [Item(str(at), f"Statement {at}", WAYS) for at in range(4)]
    found = elicited(Stating(), items)
    assert found.shares[0] == pytest.approx([0.25, 0, 0.75])
    assert np.isnan(found.shares[1]).all()
    assert found.unparsed == {"no shares": 2}
