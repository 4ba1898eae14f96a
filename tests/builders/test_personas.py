"""The statements and the population of ip-personas: rules of content, balance, what is planted and what comes back."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from ip_bench.builders.personas.planted import cohorts, demographics, means
from ip_bench.builders.personas.population import LEAST, loadings, population, truth
from ip_bench.builders.personas.similar import most_similar, similarities
from ip_bench.builders.personas.statements import AXES, OPTIONS, Statement, problem, statements

from ip_bench.cohorts import Chance, Cohorts, ItemMode, Ordinal
from ip_bench.errors import IpBenchError

RECORD = {
    "item_id": "work-naps",
    "topic": "work",
    "text": "A nap after lunch belongs in the workday.",
    "scale": "ordinal",
    "loadings": {"change": 2, "public": -1},
}

# --- statements


def test_a_record_that_keeps_the_rules_passes() -> None:
    assert problem(RECORD) is None
    one = Statement(**RECORD)
    assert (one.axis, one.keyed, one.options) == ("change", 1, OPTIONS["ordinal"])
    assert one.item().scale == "ordinal"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("item_id", "naps", "item_id must be"),
        ("item_id", "food-naps", "item_id must be"),
        ("scale", "binary", "scale must be"),
        ("loadings", {}, "one or two of public"),
        ("loadings", {"change": 4}, "one or two of public"),
        ("loadings", {"taste": 1}, "one or two of public"),
        ("loadings", {"change": 1, "public": 2}, "first loading must be the largest"),
        ("text", "Naps belong in the workday. Really.", "one sentence"),
        ("text", "Naps help.", "4 to 18 words"),
        ("text", "Naps and long walks belong in the workday.", "hold one idea"),
        ("text", "Naps should not belong in the workday.", "deny nothing"),
        ("text", "Nobody should nap in the workday.", "deny nothing"),
    ],
)
def test_a_record_that_breaks_a_rule_is_told(field: str, value: object, said: str) -> None:
    assert said in str(problem(RECORD | {field: value}))


def test_a_record_has_its_fields_in_order() -> None:
    assert "in this order" in str(problem(dict(reversed(RECORD.items()))))


def test_there_are_enough_statements_in_enough_topics_of_both_scales() -> None:
    held = statements()
    topics = Counter(one.topic for one in held)
    assert len(held) >= 220
    assert len(topics) >= 14
    assert {Counter(one.scale for one in held if one.topic == topic)["categorical"] for topic in topics} == {4}
    assert len({one.item_id for one in held}) == len(held)


def test_every_topic_has_as_many_statements_for_one_side_as_for_the_other() -> None:
    for topic in {one.topic for one in statements()}:
        sides = Counter(one.keyed for one in statements() if one.topic == topic)
        assert abs(sides[1] - sides[-1]) <= 1, topic
    for axis in AXES:
        sides = Counter(one.keyed for one in statements() if one.axis == axis)
        assert min(sides.values()) >= 0.35 * sides.total(), axis
        assert sides.total() >= 30


def words(text: str) -> set[str]:
    """Return the first letters of the words of content of a text."""
    return {found[:6] for found in re.findall(r"[a-z]{4,}", text.lower())} - {"should", "people", "govern", "that"}


def test_no_two_statements_say_the_same() -> None:
    """No two share more than half of all words of content that either has."""
    held = [(one.item_id, words(one.text)) for one in statements()]
    pairs = combinations(held, 2)
    assert [(one, other) for (one, said), (other, heard) in pairs if 2 * len(said & heard) > len(said | heard)] == []


def test_statements_are_alike_by_their_words_alone() -> None:
    codes = {one.item_id: code for code, one in enumerate(statements())}
    buses = codes["transport-free-buses"]
    near = most_similar(buses, [code for code in codes.values() if code != buses], 3)
    assert all(statements()[code].topic == "transport" or "free" in statements()[code].text for code in near)
    assert np.allclose(similarities().diagonal(), 1)
    assert most_similar(buses, [], 3) == []


# --- what is planted


def test_cohorts_and_demographics_are_whole() -> None:
    assert len(cohorts()) == 6
    assert means().shape == (6, len(AXES))
    gaps = [np.linalg.norm(one - other) for one, other in combinations(means(), 2)]
    assert min(gaps) > 1.5
    said = " ".join(one.description.lower() for one in cohorts())
    assert "agree" not in said
    assert not any(one.text.lower().rstrip(".") in said for one in statements())
    assert [one.name for one in demographics()] == ["age", "area", "schooling", "leaning", "home"]


# --- the population


def test_it_is_as_large_as_asked_and_answers_are_in_range() -> None:
    answers = population()
    assert len(answers.people) == 5_000
    assert len(answers.items) == len(statements())
    assert (answers.answer < answers.options[answers.item]).all()
    assert truth().place.shape == (5_000, len(AXES))
    assert loadings().shape == (len(answers.items), len(AXES))


def test_the_first_people_are_the_same_however_many_are_drawn() -> None:
    few, more = population(40), population(90).of_people(np.arange(40))
    assert np.array_equal(few.person, more.person)
    assert np.array_equal(few.item, more.item)
    assert np.array_equal(few.answer, more.answer)
    assert [np.array_equal(one.codes, other.codes) for one, other in zip(few.groups, more.groups, strict=True)] == [
        True
    ] * 5
    assert np.array_equal(truth(40).place, truth(90).place[:40])
    assert not np.array_equal(population(40, "another").answer[:100], few.answer[:100])


@pytest.mark.parametrize("people", [0, -3])
def test_no_people_are_refused(people: int) -> None:
    with pytest.raises(IpBenchError, match=f"a population has {people} people"):
        population(people)


def test_what_is_missing_is_realistic() -> None:
    """People differ in how much they answer, by topic, and answer more where their place is far out."""
    answers, planted = population(), truth()
    each = np.bincount(answers.person, minlength=5_000)
    assert each.min() == LEAST
    assert 25 <= np.median(each) <= 40
    assert np.quantile(each, 0.95) > 2 * np.median(each)
    assert np.bincount(answers.item).min() > 300
    axis = np.array([list(AXES).index(one.axis) for one in statements()])
    technology = np.abs(planted.place[:, list(AXES).index("technology")])
    share = np.bincount(answers.person[axis[answers.item] == 2], minlength=5_000) / each
    assert np.corrcoef(technology, share)[0, 1] > 0.1


def test_demographics_go_with_cohorts_but_do_not_tell_them() -> None:
    planted = truth().cohort
    for one in population().groups:
        known = one.codes >= 0
        assert 0.005 < 1 - known.mean() < 0.12
        table = np.zeros((6, len(one.levels)))
        np.add.at(table, (planted[known], one.codes[known]), 1)
        right = table.max(0).sum() / table.sum()
        assert 0.2 < right < 0.45, one.name


def test_every_option_is_used_and_the_most_given_answer_is_no_better_than_in_real_votes() -> None:
    answers = population()
    counts = answers.counts()
    for size in (5, 3):
        used = counts[answers.options == size][:, :size]
        assert used.sum(0).min() / used.sum() > 0.1
    kept, out = answers.split(0.1, "test")
    right = {}
    for model in (Chance(), ItemMode(), Ordinal()):
        found = model.fit(kept).predict_proba(out.person, out.item)
        right[type(model).__name__] = (found.argmax(1) == out.answer).mean()
    assert 0.3 < right["ItemMode"] < 0.45
    assert right["Ordinal"] > right["ItemMode"] + 0.15


def test_the_planted_cohorts_come_back() -> None:
    from sklearn.metrics import adjusted_rand_score

    answers = population()
    found = Cohorts(count=6, model=Ordinal().fit(answers)).fit(answers)
    assert adjusted_rand_score(truth().cohort, found.labels_) >= 0.9


def test_their_number_is_found() -> None:
    answers = population(1_500)
    assert Cohorts(most=7, refits=0, model=Ordinal().fit(answers)).fit(answers).count_ == 6
