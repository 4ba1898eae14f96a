"""Pairs to read are chosen by a rule: of every contrast, over many items, mostly moved, the same each time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ip_bench.design import Contrast
from ip_bench.outcomes import examples
from ip_bench.outcomes.examples import side_by_side
from ip_bench.outcomes.outcome import Outcome
from ip_bench.outcomes.samples import TaskOutcomes, TaskSamples
from ip_bench.schemas import validator

CONTRASTS = [
    Contrast("uk", "us", "uk", "", primary=True),
    Contrast("us", "reference", "uk", ""),
    Contrast("uk", "us", "au", ""),
]


def outcome(item: int, cell: int, arm: str, locale: str) -> Outcome:
    return Outcome(
        row_id=f"{item}-{cell}-{arm}", item_id=f"i{item}", arm=arm, realization_id=f"b{cell}", template_id="t1",
        replicate=0, kind="choice", choice=0, locales=(locale,), text="999", thinking_chars=0,
    )  # fmt: skip


def task(items: int = 40, cells: int = 3, response: str = "It is 999.") -> TaskOutcomes:
    """A task in which the arm uk moved in two cells of three, on every item but the first ten; and us never."""
    outcomes = [
        outcome(item, cell, arm, "uk" if arm == "uk" and item >= 10 and cell else "us")
        for item in range(items)
        for cell in range(cells)
        for arm in ("reference", "us", "uk")
    ]
    rows = {one.row_id: {"system": "Be brief.", "prompt": f"{one.arm} words"} for one in outcomes}
    samples = TaskSamples("ip_cues_cultural_mini", "ip-cues", "cultural", False, True, Path("x"))
    return TaskOutcomes(samples, outcomes, [], dict.fromkeys(rows, response), rows, {}, set())


def test_pairs_of_every_contrast_are_of_schema_pair() -> None:
    found = side_by_side(task(), CONTRASTS)
    for pair in found.pairs:
        assert list(validator("pair").iter_errors(pair)) == []
    assert found.counts == [
        {"arm": "uk", "reference": "us", "pairs": 120, "moved": 60, "chosen": 120},
        {"arm": "us", "reference": "reference", "pairs": 120, "moved": 0, "chosen": 120},
    ]
    first = found.pairs[0]
    assert (first["arm"], first["moved"]) == ("uk", True)
    assert [side["prompt"] for side in first["sides"]] == ["uk words", "us words"]
    assert first["sides"][0]["values"] == {"uk": 1.0, "au": 0.0}
    assert (first["sides"][0]["kind"], first["sides"][0]["read"], first["sides"][0]["chars"]) == ("choice", "999", 10)


def test_any_first_part_is_mostly_moved_and_of_many_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "PAIRS", 80)
    pairs = side_by_side(task(), CONTRASTS).pairs
    assert len(pairs) == 80
    own = [pair for pair in pairs if pair["arm"] == "uk"]
    assert Counter(pair["arm"] for pair in pairs) == {"uk": 40, "us": 40}
    assert Counter(pair["moved"] for pair in own) == {True: 30, False: 10}
    assert max(Counter(pair["item_id"] for pair in own if pair["moved"]).values()) == 1


def test_the_choice_depends_on_neither_order_nor_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "PAIRS", 30)
    found = task()
    turned = found._replace(outcomes=found.outcomes[::-1])
    assert side_by_side(found, CONTRASTS) == side_by_side(turned, CONTRASTS)


def test_tasks_share_what_a_run_may_keep_and_long_texts_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = side_by_side(task(), CONTRASTS, tasks=10).pairs
    assert len(whole) == examples.PAIRS // 10
    monkeypatch.setattr(examples, "BYTES", 60_000)
    found = side_by_side(task(response="z" * 1_000_000), CONTRASTS, tasks=2)
    assert 0 < len(found.pairs) <= 8
    assert {len(side["response"]) for pair in found.pairs for side in pair["sides"]} == {2_000}
    assert {side["chars"] for pair in found.pairs for side in pair["sides"]} == {1_000_000}
    assert sum(one["chosen"] for one in found.counts) == len(found.pairs)
    assert found.counts[0]["pairs"] == 120


@dataclass(frozen=True)
class Told:
    """A condition that tells the model something else of every row."""

    seen: list[str] = field(default_factory=list)

    def told(self, row: Any, config: str) -> dict[str, Any] | None:
        self.seen.append(config)
        return {**row, "prompt": "rewritten"}


def test_prompts_are_those_that_the_model_got() -> None:
    (pair, *_) = side_by_side(task(), CONTRASTS, condition=Told()).pairs  # type: ignore[arg-type]
    assert {side["prompt"] for side in pair["sides"]} == {"rewritten"}
