"""The recipe crosses the content the same way on any machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from ip_bench.builders.cues import content, recipes, words
from ip_bench.builders.cues.asked import SPLITS
from ip_bench.builders.cues.message import ARMS, message

from ip_bench.cues.lexicon import LOCALES
from ip_bench.design import Cell
from ip_bench.release.hashing import row_digest
from ip_bench.schemas import validator

ITEMS = content.load().items


@pytest.mark.parametrize("split", SPLITS)
def test_each_realization_meets_equally_many_items_in_each_complete_arm(split: str) -> None:
    items = words.asked_items(split)
    met: dict[str, Counter[str]] = defaultdict(Counter)
    for row in recipes.prompts("cultural", split):
        met[row.arm][row.realization_id] += 1
    everywhere = [arm.name for arm in ARMS if sum(met[arm.name].values()) == words.PER_ITEM["cultural"] * len(items)]
    assert {"reference", "us", "uk", "placebo_typo", "explicit_uk"} <= set(everywhere)
    blocks = list(content.load().blocks)
    for arm in everywhere:
        counts = [met[arm][block] for block in blocks]
        assert max(counts) - min(counts) <= 2, (arm, counts)  # so each is within one of the middle


def test_each_realization_meets_each_template_in_the_test_split() -> None:
    held = content.load()
    met = {Cell(row.realization_id, row.template_id) for row in recipes.prompts("cultural", "test") if row.arm == "uk"}
    assert met == {Cell(block, template) for block in held.blocks for template in held.templates}


def test_every_prefix_is_balanced_over_topics() -> None:
    items = words.asked_items("test")
    sizes = Counter(item.topic for item in items)
    met: Counter[str] = Counter()
    for item in items:
        met[item.topic] += 1
        most = max(met.values())
        assert all(met[topic] >= min(most - 1, size) for topic, size in sizes.items())


def test_splits_are_disjoint_and_cover_the_items() -> None:
    ids = {split: {item.item_id for item in words.asked_items(split)} for split in SPLITS}
    assert not ids["test"] & ids["validation"]
    assert ids["test"] | ids["validation"] == {item.item_id for item in ITEMS}
    assert 0.05 < len(ids["validation"]) / len(ITEMS) < 0.15


def test_rows_are_item_major_and_each_item_uses_the_same_cells_in_every_arm() -> None:
    rows = list(recipes.prompts("cultural", "validation"))
    order = list(dict.fromkeys(row.item_id for row in rows))
    assert order == [item.item_id for item in words.asked_items("validation")]
    assert [row.item_id for row in rows] == sorted((row.item_id for row in rows), key=order.index)
    cells: dict[str, dict[str, set[Cell]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        cells[row.item_id][row.arm].add(Cell(row.realization_id, row.template_id))
    for arms in cells.values():
        assert all(met == arms["reference"] and len(met) == words.PER_ITEM["cultural"] for met in arms.values())
    assert len({row.row_id for row in rows}) == len(rows)


def test_an_arm_is_asked_only_where_its_locale_has_an_answer_of_its_own() -> None:
    for item in ITEMS:
        for arm in words.arms_of(item):
            if arm.locale not in {None, "us"}:
                assert item.gold(str(arm.locale)) not in {None, item.gold("us")}


@pytest.mark.parametrize("config", recipes.CONFIGS)
def test_contrasts_are_between_arms_that_exist_with_one_primary(config: str) -> None:
    roles = {arm.name: arm.role for arm in recipes.arms(config)}
    contrasts = recipes.CONTRASTS[config]
    assert [(c.arm, c.reference) for c in contrasts if c.primary] == [("uk", "us")]
    assert all({c.arm, c.reference, c.placebo_reference} <= roles.keys() for c in contrasts)
    assert {roles[arm] for c in contrasts for arm in c.placebos} == {"placebo"}
    assert all(c.placebos for c in contrasts if c.primary)
    assert len({(c.arm, c.reference, c.outcome) for c in contrasts}) == len(contrasts)
    held = {locale for arm in recipes.arms(config) if (locale := arm.locale)}
    assert held <= set(LOCALES)


def test_rows_fit_their_schema() -> None:
    check = validator("prompt")
    for config in recipes.CONFIGS:
        for row in list(recipes.prompts(config, "validation"))[:200]:
            check.validate(row.to_row())


ROWS_IN_ANY_ORDER = """
import json, random, sys
from ip_bench.builders.cues import recipes
from ip_bench.release.hashing import row_digest
worker, workers = map(int, sys.argv[1:])
rows = list(recipes.prompts("inference", "validation"))
random.Random(worker).shuffle(rows)
print(json.dumps({row.row_id: row_digest(row.to_row()).hex() for row in rows[worker::workers]}))
"""

MESSAGES_IN_ANY_ORDER = """
import json, random, sys
from ip_bench.builders.cues import words
from ip_bench.builders.cues.message import ARMS, message
from ip_bench.design import Cell
worker, workers = map(int, sys.argv[1:])
items = words.asked_items("validation")[worker::workers]
random.Random(worker).shuffle(items)
print(json.dumps({f"{i.item_id} {a.name}": message(i, a, Cell("b03", "t02")) for i in items for a in reversed(ARMS)}))
"""


def spread(script: str, workers: int, tmp_path: Path) -> dict[str, object]:
    """Run the script in `workers` processes at once, each with its own PYTHONHASHSEED, and join what they print."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(worker), str(workers)],
            cwd=tmp_path,
            env=os.environ | {"PYTHONHASHSEED": str(worker + workers)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for worker in range(workers)
    ]
    joined: dict[str, object] = {}
    for process in processes:
        out, _ = process.communicate()
        assert process.returncode == 0
        joined |= json.loads(out)
    return joined


def test_messages_do_not_depend_on_order_process_count_or_hash_seed(tmp_path: Path) -> None:
    here = {
        f"{item.item_id} {arm.name}": message(item, arm, Cell("b03", "t02"))
        for item in words.asked_items("validation")
        for arm in ARMS
    }
    made = json.loads(json.dumps(here))
    assert spread(MESSAGES_IN_ANY_ORDER, 1, tmp_path) == made
    assert spread(MESSAGES_IN_ANY_ORDER, 3, tmp_path) == made


def test_row_hashes_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    here = {row.row_id: row_digest(row.to_row()).hex() for row in recipes.prompts("inference", "validation")}
    script = ROWS_IN_ANY_ORDER
    # Each worker shuffles with its own seed before it takes its share, so one worker a run sees every row.
    assert spread(script, 1, tmp_path) == here


def test_a_row_can_be_made_alone() -> None:
    rows = list(recipes.prompts("cultural", "validation"))
    for row in rows[:: len(rows) // 50]:
        item = next(item for item in ITEMS if item.item_id == row.item_id)
        arm = next(arm for arm in ARMS if arm.name == row.arm)
        text, edits = message(item, arm, Cell(row.realization_id, row.template_id))
        assert (f"{text}\nAnswer:", edits) == (row.prompt, row.edits)
