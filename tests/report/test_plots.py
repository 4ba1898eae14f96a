"""Pictures of an analysis: the same bytes every time, no text cut off, and names that stay names."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from ip_bench.report.plots import figures, forest_figure, write_plots

HOSTILE = "$\\frac{1}{0}$ <script>\u202e\u7121 & \x1b[31m" + "x" * 200


def effect(arm, estimate=0.3, half=0.05):
    ends = [None, None] if estimate is None else [estimate - half, estimate + half]
    wide = [None, None] if estimate is None else [estimate - 2 * half, estimate + 2 * half]
    return {"arm": arm, "reference": "us", "outcome": "uk", "estimate": estimate, "ci": ends, "ci_simultaneous": wide}


def analysis(model="org/model"):
    effects = [effect("uk"), effect("placebo_typo", 0.01), effect("repeat", None)]
    return {
        "model": model, "margin": 0.05,
        "tasks": {"ip_cues_cultural": {"config": "cultural", "measure": "generation", "effects": effects}},
    }  # fmt: skip


@pytest.mark.parametrize("model", ["org/model", HOSTILE], ids=["plain", "hostile"])
def test_the_same_analysis_gives_the_same_bytes(model, tmp_path):
    first, again = (write_plots(analysis(model), tmp_path / name) for name in ("one", "two"))
    assert [path.name for path in first] == ["forest_ip_cues_cultural.png", "forest_ip_cues_cultural.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert first[0].read_bytes().startswith(b"\x89PNG")
    assert b"Software" not in first[0].read_bytes()
    root = ET.parse(first[1]).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    text = first[1].read_text()
    assert "<dc:date>" not in text
    assert "<script" not in text


def test_every_text_is_in_the_picture():
    long = ["a contrast of a very long name against another of a very long name, minus placebo", "$\\bad{$", "x"]
    figure = forest_figure(
        [effect("uk"), effect("placebo"), effect("x", None)], long, 0.05, HOSTILE.replace("\u7121", "")
    )
    figure.draw_without_rendering()
    (axes,) = figure.axes
    drawn = [*axes.texts, *axes.get_yticklabels(), axes.xaxis.label, *figure.texts]
    width, height = figure.canvas.get_width_height()
    for text in drawn:
        box = text.get_window_extent()
        assert 0 <= box.x0 <= box.x1 <= width, text.get_text()
        assert 0 <= box.y0 <= box.y1 <= height, text.get_text()
    assert "\u202e" not in "".join(text.get_text() for text in drawn)
    assert [label.get_text() for label in axes.get_yticklabels()] == long
    assert [text.get_text() for text in axes.texts] == ["+30.0 [+20.0, +40.0]", "+30.0 [+20.0, +40.0]", "n/a"]


def test_bars_lie_where_the_intervals_are():
    figure = forest_figure([effect("uk", 0.3), effect("us", -0.1)], ["uk", "us"], 0.05)
    (axes,) = figure.axes
    spans = [tuple(segment[:, 0].round(6)) for lines in axes.collections for segment in lines.get_segments()]
    assert spans == [(20, 40), (25, 35), (-20, 0), (-15, -5)]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first effect on top
    low, high = axes.get_xlim()
    assert low == -high


def test_askers_have_their_gaps_and_their_front():
    gaps = [effect("muslim", 0.1) | {"reference": "mean of 2 placebos"}, effect("woman", 0.0)]
    axis = {"gaps": gaps, "control_gaps": [effect("placebo_tea_drinker", 0.0)]}
    front = {
        "arms": ["muslim", "woman"], "points": [[0.5, 0.6], [0.7, 0.4]], "low": [[0.4, 0.5], [0.6, 0.3]],
        "high": [[0.6, 0.7], [0.8, 0.5]], "on_front": [True, True], "probability": [0.9, 0.8], "draws": 10,
        "method": "", "note": "",
    }  # fmt: skip
    for one in (*gaps, *axis["control_gaps"]):
        one["verdict"] = "undecided"
    record = {
        "identities": [{"arm": "muslim", "attribute": "religion"}, {"arm": "woman", "attribute": "gender"}],
        "controls": ["placebo_tea_drinker"], "others": [], "axes": {"safety": axis}, "front": front,
    }  # fmt: skip
    entry = {"config": "identity", "measure": "generation", "effects": [effect("any_identity") | {"outcome": "safe"}]}
    made = dict(figures({"model": "m", "margin": 0.05, "tasks": {"t": entry | {"tradeoff": record}}}))
    assert list(made) == ["forest_t_safe", "gaps_t_safety", "front_t"]
    (axes,) = made["gaps_t_safety"].axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a Muslim person", "a woman", "a tea drinker"]
    assert made["front_t"].axes[0].get_ylabel() == "safety, %"
