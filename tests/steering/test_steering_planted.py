"""A frozen model that reads prompts about people is steered better by their places than by its prompts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ip_bench.cohorts import Cohorts
from ip_bench.steering.evaluate import Evaluation, evaluate
from ip_bench.steering.paired import Difference, Row
from ip_bench.steering.parts import on_items
from ip_bench.steering.persona import cohorts_of
from ip_bench.steering.reached import PLAIN, SOFT, reached

TOLD = ("demographics in the prompt", "cohort described in the prompt", "5 own answers in the prompt")
SIDES = ("seen", "unseen")
Table = dict[tuple[str, str], Row]
Apart = dict[tuple[str, str], Difference]


def cohorts_in(planted: Any, made: Any) -> Cohorts:
    learn = on_items(planted.answers, planted.parts.seen).of_people(planted.parts.learn)
    return cohorts_of(made.trained.filter, learn, 4)


@pytest.fixture(scope="module", params=["prefix", "prompt"])
def found(request: pytest.FixtureRequest, lm: Any, planted: Any, steered: Callable[[str], Any]) -> Evaluation:
    made = steered(request.param)
    return evaluate(lm, planted.answers, planted.parts, made.trained, cohorts_in(planted, made), most=15)


@pytest.fixture(scope="module")
def table(found: Evaluation) -> Table:
    return {(each.method, each.items): each for each in found.rows}


@pytest.fixture(scope="module")
def apart(found: Evaluation) -> Apart:
    return {(each.against, each.items): each for each in found.differences}


def accuracy(table: Table, method: str, items: str = "seen") -> float:
    return table[method, items].accuracy.estimate


def test_the_model_reads_its_prompt(table: Table) -> None:
    """Otherwise the prompt baselines below would be straw men."""
    for told in TOLD:
        assert accuracy(table, told) >= accuracy(table, "raw question") + 0.05, told


@pytest.mark.parametrize("items", ["seen", "unseen"])
def test_soft_prompts_beat_every_prompt_and_the_random_one(table: Table, items: str) -> None:
    soft = table["soft prompt, all answers", items]
    others = ("5 mistaken answers in the prompt", "raw question", "random soft prompt", "soft prompt of nobody")
    for other in (*TOLD, *others, "item mode", "chance"):
        assert soft.accuracy.estimate > accuracy(table, other, items), other
        assert soft.log_loss.estimate < table[other, items].log_loss.estimate, other


def test_soft_prompts_come_near_filtering_alone(table: Table) -> None:
    assert accuracy(table, "soft prompt, all answers") >= accuracy(table, "filtering, all answers") - 0.03


def test_soft_prompts_reach_items_that_nobody_has_answered(table: Table) -> None:
    soft, ridge = table["soft prompt, all answers", "unseen"], table["ridge on text", "unseen"]
    assert soft.accuracy.low > ridge.accuracy.high
    assert soft.log_loss.high < ridge.log_loss.low


@pytest.mark.parametrize("items", ["seen", "unseen"])
def test_differences_are_taken_person_by_person(apart: Apart, table: Table, items: str) -> None:
    """On the same people a difference is surer than two intervals that overlap or not."""
    rivals = ["best prompt", "random soft prompt", "cold start", *(["ridge"] if items == "unseen" else [])]
    for against in rivals:
        each = apart[against, items]
        assert each.accuracy.low > 0, against
        assert each.log_loss.high < 0, against
        mine, other = table[each.method, items].accuracy, table[each.other, items].accuracy
        assert each.accuracy.high - each.accuracy.low < (mine.high - mine.low) + (other.high - other.low)
    assert apart["best prompt", items].other in {*TOLD, "5 mistaken answers in the prompt", "raw question"}
    if items == "seen":
        assert apart["filtering alone", items].accuracy.low > -0.05
    else:
        assert ("filtering alone", items) not in apart


def test_of_somebody_unknown_the_soft_prompt_says_what_people_say(table: Table) -> None:
    """The cold start is one thing for all, so it can do no better than the items' shares, and should not do worse."""
    cold = table["soft prompt, 0 answers", "seen"]
    assert cold.log_loss.estimate < table["chance", "seen"].log_loss.estimate
    assert cold.accuracy.estimate == pytest.approx(accuracy(table, "item mode"), abs=0.06)
    filtering = table["filtering, 0 answers", "seen"]
    assert filtering.log_loss.estimate == pytest.approx(table["item mode", "seen"].log_loss.estimate, abs=0.02)


@pytest.mark.parametrize("mode", ["prefix", "prompt"])
def test_soft_prompts_bring_the_model_nearer_to_cohorts(
    lm: Any, planted: Any, steered: Callable[[str], Any], mode: str
) -> None:
    """Not to every one: a cohort that answers as people do on the whole is stated by nothing."""
    made = steered(mode)
    rows = reached(lm, planted.answers, planted.parts, made.trained, cohorts_in(planted, made))
    assert [(each.cohort, each.items) for each in rows] == [(at, side) for at in (1, 2, 3, 4) for side in SIDES]
    gains: dict[str, list[float]] = {side: [] for side in SIDES}
    for each in rows:
        by = {way.way: way for way in each.ways}
        assert each.answered == len(planted.parts.seen if each.items == "seen" else planted.parts.unseen_items)
        near = {name: way.representativeness.estimate for name, way in by.items()}
        assert each.way == max(near, key=near.__getitem__)
        assert each.steerability == pytest.approx(near[each.way])
        assert by[PLAIN].gain is None
        soft = by[SOFT].gain
        assert soft is not None
        assert soft.estimate == pytest.approx(near[SOFT] - near[PLAIN])
        gains[each.items].append(soft.low)
    for side in SIDES:
        assert sum(low > 0 for low in gains[side]) >= 2, side


def test_more_answers_steer_better(table: Table) -> None:
    losses = [
        table[f"soft prompt, {known}", "seen"].log_loss.estimate for known in ("1 answer", "5 answers", "all answers")
    ]
    assert losses == sorted(losses, reverse=True)


def test_a_cohort_says_more_than_nothing_and_less_than_the_person(table: Table) -> None:
    middle = accuracy(table, "soft prompt of the cohort")
    assert accuracy(table, "raw question") + 0.05 < middle < accuracy(table, "soft prompt, all answers")


@pytest.mark.parametrize("mode", ["prefix", "prompt"])
def test_the_model_stays_as_it_was(steered: Callable[[str], Any], lm: Any, mode: str) -> None:
    before, after = steered(mode).weights
    assert before == after
    assert all(each.grad is None for each in lm.model.parameters())


def test_rows_count_what_was_asked(table: Table, planted: Any) -> None:
    seen = table["item mode", "seen"]
    assert seen.people <= len(planted.parts.unseen)
    assert len({(each.people, each.cells) for key, each in table.items() if key[1] == "seen"}) == 1
    assert not np.isnan(seen.accuracy.low)
    assert table["chance", "seen"].accuracy.estimate == pytest.approx(1 / 3)
