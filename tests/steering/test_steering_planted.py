"""A frozen model that reads prompts about people is steered better by their places than by its prompts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ip_bench.steering.evaluate import Row, evaluate
from ip_bench.steering.parts import on_items
from ip_bench.steering.persona import cohorts_of

TOLD = ("demographics in the prompt", "cohort described in the prompt", "5 own answers in the prompt")
Table = dict[tuple[str, str], Row]


@pytest.fixture(scope="module", params=["prefix", "prompt"])
def table(request: pytest.FixtureRequest, lm: Any, planted: Any, steered: Callable[[str], Any]) -> Table:
    made = steered(request.param)
    learn = on_items(planted.answers, planted.parts.seen).of_people(planted.parts.learn)
    cohorts = cohorts_of(made.trained.filter, learn, 4)
    rows = evaluate(lm, planted.answers, planted.parts, made.trained, cohorts, most=15)
    return {(each.method, each.items): each for each in rows}


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
