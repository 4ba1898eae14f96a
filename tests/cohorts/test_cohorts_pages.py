from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from populations import planted

from ip_bench.cohorts import Answers, Item, survey
from ip_bench.cohorts.factor import Places
from ip_bench.cohorts.survey import Survey
from ip_bench.report.cohort_pictures import heat_map, people_map, telling_rows
from ip_bench.report.cohorts import render_cohorts, write_cohorts

HOSTILE = '<script>alert("x")</script> & \u202e'


class Tags(HTMLParser):
    """The tags of a page, and whether each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in {"meta", "br", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def surveyed(cohorts: int) -> Survey:
    answers = planted(people=300, items=36, cohorts=cohorts).answers
    items = [replace(answers.items[0], text=HOSTILE), *answers.items[1:]]
    answers = replace(answers, items=tuple(items), set_aside={f"columns ({HOSTILE})": 1})
    return survey(answers, seeds=1, methods=("item_mode", "categorical", "cohorts"), most=5, continua=1)


@pytest.mark.parametrize("cohorts", [3, 0])
def test_pages_are_drawn_with_cohorts_or_without(cohorts: int, tmp_path: Path) -> None:
    found = surveyed(cohorts)
    assert found.cohorts.count_ == cohorts
    write_cohorts(tmp_path / "page.html", found, HOSTILE)
    page = (tmp_path / "page.html").read_text()
    assert page == render_cohorts(found, HOSTILE)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert "\u202e" not in page
    assert not re.search(r"https?:|src=|href=(?!\"#)", page)
    assert tags.seen.count("svg") == (2 if cohorts else 1)
    assert ("No stable cohorts here" in page) == (not cohorts)
    colors = set(re.findall(r'r="3" (class="person"|fill="rgb)', page))
    assert colors == ({'fill="rgb'} if cohorts else {'class="person"'})


def test_dots_show_membership_and_certainty() -> None:
    places = Places(np.array([[1.0], [-1.0], [0.0]]), np.array([0.1, 0.1, 1.0]).reshape(3, 1, 1))
    drawn = people_map(places, np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]))
    dots = re.findall(
        r'<circle cx="([\d.]+)" cy="([\d.]+)" r="3" fill="rgb\(([\d,]+)\)" fill-opacity="([\d.]+)"/>', drawn
    )
    assert [color for _, _, color, _ in dots] == ["0,114,178", "213,94,0", "106,104,89"]
    assert float(dots[0][0]) > float(dots[2][0]) > float(dots[1][0])
    assert float(dots[0][3]) > float(dots[2][3])
    assert "cohort 1: 2, 75% sure" in drawn


def test_many_people_are_a_sample() -> None:
    places = Places(np.zeros((3000, 2)), np.broadcast_to(np.eye(2), (3000, 2, 2)))
    assert people_map(places, np.ones((3000, 1))).count('r="3"') == 2000


def test_cells_of_the_heat_map_are_means_or_shares() -> None:
    items = [Item("scale", "", ("no", "so", "yes")), Item("word", "", ("a", "b", "c"), "categorical")]
    people = np.repeat(np.arange(20), 2)
    item = np.tile([0, 1], 20)
    answer = np.where(people < 10, np.where(item == 0, 2, 0), np.where(item == 0, 0, 1))
    answers = Answers.of(people, item, answer, items, 20)
    membership = np.repeat(np.eye(2), 10, axis=0)
    rows = telling_rows(answers, membership)
    assert sorted(rows.item) == [0, 1]
    by = {int(item): value for item, value in zip(rows.item, rows.value, strict=True)}
    assert by[0] == pytest.approx([0.5, 1, 0])
    assert by[1].tolist() in ([0.5, 1, 0], [0.5, 0, 1])
    assert heat_map(answers, membership).count("<rect") == 6
    few = answers.where((people < 10) | (people > 16))
    assert heat_map(few, membership).count(">few<") == 2
