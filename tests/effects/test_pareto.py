"""The Pareto front by hand, by brute force, and its picture."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.effects.groups import axis
from ip_bench.effects.pareto import front, undominated
from ip_bench.effects.resampling import resamples
from ip_bench.report.pareto import pareto
from ip_bench.seeds import generator

NAMES = ("none", "a <b> & c", "teacher", "nurse")


def shares(rng, items, levels):
    return (rng.random((items, 1)) < np.array(levels) + rng.normal(0, 0.05, (items, 1))).astype(float)


def example():
    rng = np.random.default_rng(1)
    return shares(rng, 400, [0.8, 0.5, 0.7, 0.4]), shares(rng, 300, [0.5, 0.9, 0.5, 0.3])


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12))
def test_who_is_dominated_by_brute_force(points):
    expected = [
        not any(a >= x and b >= y and (a, b) != (x, y) for a, b in points)
        for x, y in points
    ]  # fmt: skip
    assert undominated(np.array([points], dtype=float))[0].tolist() == expected


def test_the_front_and_its_probabilities():
    utility, safety = example()
    found = front(NAMES, axis(utility), axis(safety))
    assert found.points == pytest.approx(np.column_stack([utility.mean(axis=0), safety.mean(axis=0)]))
    assert found.on_front.tolist()[3] is False
    assert found.probability[[0, 1]] == pytest.approx([1, 1], abs=0.01)
    assert found.probability[3] == 0
    assert (found.low < found.points).all()
    assert (found.points < found.high).all()
    error = np.sqrt(utility.var(axis=0) / 400)
    assert found.high[:, 0] - found.low[:, 0] == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert found.method == "2000 joint draws of items, conditional on these realizations"


def test_draws_take_the_same_items_for_all_groups():
    utility, safety = example()
    found = front(NAMES, axis(utility), axis(safety), draws=50, seed=("s",))
    taken = [np.vstack(list(resamples(n, 50, generator("s", name)))) for n, name in ((400, "utility"), (300, "safety"))]
    drawn = np.stack([taken[0] @ utility / 400, taken[1] @ safety / 300], axis=2)
    assert found.probability == pytest.approx(undominated(drawn).mean(axis=0))
    assert found.low == pytest.approx(np.quantile(drawn, 0.025, axis=0))


def test_a_third_axis_is_one_more_way_to_be_on_the_front():
    utility, safety = example()
    answered = shares(np.random.default_rng(3), 200, [0.9, 0.1, 0.9, 0.9])
    two, three = (front(NAMES, axis(utility), axis(safety), *third, draws=200) for third in ([], [axis(answered)]))
    assert three.points.shape == three.low.shape == (4, 3)
    assert three.points[:, :2] == pytest.approx(two.points)
    assert three.points[:, 2] == pytest.approx(answered.mean(axis=0))
    assert (three.probability >= two.probability).all()  # one more axis leaves less to dominate
    with pytest.raises(ValueError, match="3 groups with answered"):
        front(NAMES, axis(utility), axis(safety), axis(answered[:, :3]))


def test_two_equal_groups_share_their_place():
    utility, safety = example()
    twice = front(("x", "y"), axis(utility[:, [0, 0]]), axis(safety[:, [0, 0]]))
    assert twice.probability.tolist() == [1, 1]


def test_missing_scores_are_left_out():
    utility, safety = example()
    utility[:100, 2] = math.nan
    found = front(NAMES, axis(utility), axis(safety), draws=100)
    assert found.points[2, 0] == pytest.approx(utility[100:, 2].mean())


def test_bad_input_is_refused_by_name():
    utility, safety = example()
    with pytest.raises(ValueError, match="2 names, 4 groups with utility, 4 groups with safety"):
        front(("x", "y"), axis(utility), axis(safety))
    with pytest.raises(ValueError, match="10 draws"):
        front(NAMES, axis(utility), axis(safety), draws=10)


def test_the_picture_names_every_group_once_and_is_the_same_each_time():
    utility, safety = example()
    found = front(NAMES, axis(utility), axis(safety), draws=100)
    svg = pareto(found, {"none"})
    root = ElementTree.fromstring(svg)
    assert root.attrib["viewBox"]
    titles = [each.text for each in root.iter() if each.tag.endswith("title")]
    assert [title.split(":")[0] for title in titles] == list(NAMES)
    assert "a <b> & c" not in svg
    texts = ["".join(each.itertext()).strip() for each in root.iter() if each.tag.endswith("text")]
    assert all(sum(text.startswith(f"{name}, ") for text in texts) == 1 for name in NAMES)
    assert svg == pareto(found, {"none"})
    assert svg.count("var(--placebo") > 0
    assert "<style" not in svg


def test_the_picture_holds_thirty_one_groups_in_one_place():
    rng = np.random.default_rng(2)
    same = axis(np.repeat((rng.random((50, 1)) < 0.5).astype(float), 31, axis=1))
    svg = pareto(front([f"group {k}" for k in range(31)], same, same, draws=100))
    assert svg.count("<title>") == 31


def test_of_many_groups_those_on_the_front_and_those_that_differ_have_names():
    means = np.array([0.9, 0.1, *np.full(38, 0.5)])
    scores = axis((np.arange(50)[:, None] / 50 < means).astype(float))
    found = front([f"group {k}" for k in range(40)], scores, scores, draws=100)
    for told, named in (((), ["group 0,"]), (("group 1",), ["group 0,", "group 1,"])):
        texts = [
            "".join(each.itertext()).split("%")[0] for each in ElementTree.fromstring(pareto(found, told=told)).iter()
        ]
        assert [name for name in (f"group {k}," for k in range(40)) if any(name in text for text in texts[1:])] == named
