"""A browser draws the report of a real analysis, and nothing leaves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import CHECKS, browsing, needs_chromium
from report.test_page import HOSTILE, analysis

from ip_bench.report.page import render

pytestmark = needs_chromium


@pytest.fixture
def report(tmp_path: Path) -> Path:
    given: dict[str, Any] = analysis(HOSTILE, model=HOSTILE)
    given["run"]["model_args"] = {"pretrained": HOSTILE * 20}
    given["wald"] = [
        {
            "task": "ip_cues_cultural", "first_stage_task": "ip_cues_inference", "reduced_form": 0.3,
            "first_stage": 0.4, "n_rows": 800, "text": "0.75 [0.61, 0.92]",
        }
    ]  # fmt: skip
    file = tmp_path / "report.html"
    file.write_text(render(given, truth={"cultural": {"uk": 0.3}}), encoding="utf-8")
    return file


def test_it_is_drawn_in_light_and_dark_wide_and_narrow(report: Path, tmp_path: Path) -> None:
    pictures = {}
    with browsing(tmp_path / "profile") as browser:
        for width, dark in ((1280, False), (1280, True), (400, False), (400, True)):
            page = browser.page(report, width=width, dark=dark)
            name = f"{width}-{'dark' if dark else 'light'}"
            pictures[name] = page.picture(tmp_path / f"{name}.png")
            assert page.value(CHECKS) == [], name
            assert page.problems == []
            assert page.requests == [report.as_uri()]
    assert len({*pictures.values()}) == 4
    assert browser.asked_of_the_network() == []


def test_the_keyboard_reaches_all_that_scrolls_and_everything_has_a_name(report: Path, tmp_path: Path) -> None:
    with browsing(tmp_path / "profile") as browser:
        page = browser.page(report, width=400)
        names = []
        for _ in range(20):
            page.press("Tab")
            names.append(page.value("document.activeElement.getAttribute('aria-label')"))
            if page.value("document.activeElement.tagName") == "BODY":
                break
        for name in (
            "Plot of the effects of ip_cues_cultural on uk",
            "Effects of ip_cues_cultural on uk",
            "First stage",
        ):
            assert name in names
        nodes = page.spoken()
        assert [node for node in nodes if node[0] in {"region", "image", "table", "columnheader"} and not node[1]] == []
        assert page.problems == []
