"""One item in every arm, beside prompts and rows written out in full (cues_prompts.jsonl, cues_rows.jsonl)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ip_bench.builders.cues import content, recipes, words
from ip_bench.builders.cues.message import ARMS

from ip_bench.cues.edits import undo_edits
from ip_bench.design import Item, Prompt

CHOICES = ("hockey", "netball", "footy", "curling", "camogie", "rugby", "kabaddi", "jukskei", "pesapallo")
LITERAL_ITEM = Item(
    item_id="sport-games-literal",
    topic="sport-games",
    question="Which team game do most schools play in winter?",
    choices=CHOICES,
    accepted=tuple((name,) for name in CHOICES),
    choice_locales=(("us",), ("uk",), ("au",), ("ca",), ("ie",), ("nz",), ("in",), ("za",), ()),
    source="nobody: made for the tests",
)


def written(name: str) -> list[dict[str, Any]]:
    """Return the records of a file beside this one."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def literal_rows(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Prompt]]:
    held = content.load()._replace(items=(LITERAL_ITEM,))
    monkeypatch.setattr(words, "load", lambda: held)
    return {config: list(recipes.prompts(config, "test")) for config in ("cultural", "inference")}


def test_one_item_in_every_arm_reads_as_written(literal_rows: dict[str, list[Prompt]]) -> None:
    names = ("realization_id", "template_id", "arm", "prompt")
    made = [{name: getattr(row, name) for name in names} for row in literal_rows["cultural"]]
    assert made == written("cues_prompts.jsonl")
    assert len(made) == 2 * len(ARMS)
    assert list(recipes.prompts("cultural", "validation")) == []


@pytest.mark.parametrize("record", written("cues_rows.jsonl"), ids=lambda record: record["config"])
def test_a_row_in_full(literal_rows: dict[str, list[Prompt]], record: dict[str, Any]) -> None:
    made = next(row for row in literal_rows[record["config"]] if row.arm == "uk").to_row()
    assert made == record["row"]
    assert list(made) == list(record["row"])


def test_gold_follows_the_arm_and_is_null_without_a_country(literal_rows: dict[str, list[Prompt]]) -> None:
    gold = {row.arm: row.gold for row in literal_rows["cultural"]}
    assert (gold["us"], gold["uk"], gold["explicit_za"]) == (0, 1, 7)
    assert {gold[arm.name] for arm in ARMS if arm.locale is None} == {None}
    outcome = {row.arm: row.outcome for row in literal_rows["cultural"]}
    assert (outcome["reference"], outcome["us"], outcome["au"], outcome["explicit_us"]) == ("uk", "uk", "au", "uk")
    assert [row.arm for row in literal_rows["cultural"] if row.replicate == 1] == ["repeat", "repeat"]


def test_every_arm_undoes_to_the_reference(literal_rows: dict[str, list[Prompt]]) -> None:
    for rows in literal_rows.values():
        reference = {row.realization_id: row.prompt for row in rows if row.arm == "reference"}
        for row in rows:
            assert undo_edits(row.prompt, row.edits) == reference[row.realization_id]
