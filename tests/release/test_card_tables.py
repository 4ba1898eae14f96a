"""The tables of cards and of the exported README are drawn as tables: whole, apart from the text, a cell a column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from card_tables import tables
from hub.fixtures import small

from ip_bench.files import read_json
from ip_bench.harness.export import export
from ip_bench.release.card import render_card
from ip_bench.release.recipes import recipe

__all__ = ["small"]


@pytest.fixture(scope="module")
def card(small: Path) -> str:
    return render_card(read_json(small / "manifest.json"), "some-org/ip-cues")


def test_every_row_has_the_columns_of_its_head_and_one_thing_a_cell(card: str) -> None:
    found = tables(card)
    assert len(found) >= 9
    for head, rule, *rows in found:
        assert {len(row) for row in (rule, *rows)} == {len(head)}, head
        assert all(re.fullmatch(r":?-+:?", cell) for cell in rule), head
        assert rows, head
        assert not [cell for row in rows for cell in row if re.fullmatch(r"[\d,]+, [\d,]+", cell)], head


def test_the_split_is_told_in_numbers_and_the_headline_as_it_is_computed(card: str, small: Path) -> None:
    splits = read_json(small / "manifest.json")["configs"]["cultural"]["splits"]
    held, all_items = splits["validation"]["items"], sum(split["items"] for split in splits.values())
    assert f"{held} of {all_items} items, {100 * held / all_items:.1f}%" in card
    assert "**minus placebo**" in card
    assert all(contrast.arm == "uk" for contrast in recipe("ip-cues").CONTRASTS["cultural"] if contrast.primary)


def test_card_and_exported_readme_cite_the_same(card: str, tmp_path: Path) -> None:
    export("some-org", tmp_path)
    readme = (tmp_path / "ip_cues" / "README.md").read_text(encoding="utf-8")
    assert tables(readme) == []
    (ours,), (theirs,) = (re.findall(r"```bibtex\n(.*?)```", text, re.DOTALL) for text in (card, readme))
    for line in theirs.rstrip("}\n").splitlines():
        assert line.rstrip(",") in ours
