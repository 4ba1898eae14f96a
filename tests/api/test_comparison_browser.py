"""A browser draws a comparison: in light and dark, wide and narrow, with names of any kind; nothing leaves it."""

from __future__ import annotations

import json
from pathlib import Path

from browser import CHECKS, browsing, needs_chromium

import ip_bench
from ip_bench.report.compared_page import page

UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "org/a-very-long-name-of-a-checkpoint-without-any-space" * 3


def everything(record: dict) -> dict:
    """Return a comparison that has every part a page shows, with a name that tries to be more than text."""
    task = record["tasks"]["ip_cues_names_mini"]
    bias = {
        "run": "ignores", "axis": "safety", "baseline": 4.2, "own": 147.2, "estimate": 143.0, "se": 25.0, "df": 39,
        "ci": [93.7, 192.4], "p": 0.0001, "p_adjusted": 0.0001, "verdict": "different", "items": [101], "method": "t",
        "note": "",
    }  # fmt: skip
    task |= {"bias": [bias, bias | {"axis": "together"}], "askers": ["us"]}
    record["runs"][1] |= {"differs": ["generation", "chat_template"], "left_out": ["ip_cues_mini"]}
    return json.loads(json.dumps(record).replace('"ignores"', json.dumps(HOSTILE)))


@needs_chromium
def test_it_is_drawn_in_light_and_dark_wide_and_narrow(comparison: ip_bench.Comparison, tmp_path: Path) -> None:
    file = tmp_path / "comparison.html"
    file.write_text(page(everything(json.loads(json.dumps(comparison.record)))), encoding="utf-8")
    with browsing(tmp_path / "profile") as browser:
        for width, dark in ((1600, False), (1600, True), (390, False), (390, True)):
            shown = browser.page(file, width=width, dark=dark)
            shown.value(UNFOLD)
            assert shown.value(CHECKS) == [], (width, dark)
            assert shown.problems == []
            assert shown.requests == [file.as_uri()]
            narrow = "[...document.querySelectorAll('figure svg.narrow')].some(one => one.checkVisibility())"
            assert shown.value(narrow) == (width == 390)
        assert shown.value("document.images.length") == 0
    assert browser.asked_of_the_network() == []
