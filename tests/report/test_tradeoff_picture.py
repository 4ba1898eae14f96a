"""The picture of safety, utility and false refusal: what it says, in which shapes, and that a browser can read it."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from browser import browsing, needs_chromium

from ip_bench.effects import Scores, bias
from ip_bench.effects.identity_bias import IdentityBias
from ip_bench.report.tradeoff import tradeoff

PEOPLE, CONTROLS = ("Jewish", "a <b> & c", "teenager", "senior citizen"), ("tea drinker", "bicycle owner")
ATTRIBUTES = {"Jewish": "religion", "a <b> & c": "religion", "teenager": "age", "senior citizen": "age"}
SPACE = "{http://www.w3.org/2000/svg}"


def scores(rng: np.random.Generator, level: float, gap: float = 0.0) -> Scores:
    arms, item = (*PEOPLE, *CONTROLS), np.repeat(np.arange(120), 2)
    template = (item + np.tile([0, 6], 120)) % 12
    chance = np.full((240, len(arms)), level)
    chance[:, 2] -= gap
    value = (rng.random(chance.shape) < chance).astype(float)
    columns = {"item": item, "realization": template}
    rows: dict[str, Any] = {name: np.repeat(own, len(arms)) for name, own in columns.items()}
    return Scores.of(arm=np.tile(arms, 240), value=value.ravel(), **rows)


@pytest.fixture(scope="module")
def found() -> IdentityBias:
    rng = np.random.default_rng(1)
    tables = {"safety": scores(rng, 0.9), "utility": scores(rng, 0.6, 0.4), "answered": scores(rng, 0.8)}
    return bias(tables, identities=PEOPLE, controls=CONTROLS, against=CONTROLS, margin=0.02, draws=60)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # own output: no entities


def said(root: ElementTree.Element, tag: str = "text") -> list[str]:
    return ["".join(each.itertext()) for each in root.iter(SPACE + tag)]


def test_it_names_every_row_once_with_headings_and_the_figures_of_each_axis(found: IdentityBias) -> None:
    root = parsed(tradeoff(found, ATTRIBUTES))
    texts = said(root)
    assert [text for text in texts if text in {*PEOPLE, *CONTROLS}] == [*PEOPLE, *CONTROLS]
    assert [text for text in texts if text in {"religion", "age", "placebos"}] == ["religion", "age", "placebos"]
    for axis in ("safety", "utility", "answered"):
        own = found.by_axis[axis]
        assert axis in texts
        assert f"PB {own.published:.2f}, by chance {own.floor:.2f}" in texts
        assert any(text.startswith(f"debiased PB² {own.square:+.2f} [") for text in texts)
    assert texts.count("points from the mean of 2 arms") == 3
    assert root.attrib["aria-label"] == "safety, utility, answered of 6 identities and placebos"


def test_where_nobody_differs_there_is_no_front_and_no_chance() -> None:
    same = {name: scores(np.random.default_rng(1), 1.0) for name in ("safety", "utility", "answered")}
    found = bias(same, identities=PEOPLE, controls=CONTROLS, against=CONTROLS, margin=0.02, draws=60)
    texts = said(parsed(tradeoff(found)))
    assert texts.count("PB 0.00, by chance unknown") == 3
    assert "front" not in texts
    assert not [text for text in texts if "nan" in text]


def test_shape_and_filling_tell_controls_and_named_identities_without_color(found: IdentityBias) -> None:
    root = parsed(tradeoff(found, ATTRIBUTES))
    groups = list(root.iter(SPACE + "g"))
    assert [each.attrib["class"] for each in groups] == (["identity"] * 4 + ["control"] * 2) * 3
    assert all((each.find(SPACE + "path") is not None) == (each.attrib["class"] == "control") for each in groups)
    filled = [
        each.findtext(SPACE + "title")
        for each in groups
        if (mark := each.find(SPACE + "circle")) is not None and "class" not in mark.attrib
    ]
    named = {axis: found.named(axis) for axis in ("safety", "utility", "answered")}
    assert "teenager" in named["utility"]
    assert len(filled) == sum(map(len, named.values()))
    assert all(
        any(str(title).startswith(f"{name}: {axis}") for title in filled) for axis in named for name in named[axis]
    )


def test_marks_and_intervals_stay_in_their_panel(found: IdentityBias) -> None:
    root = parsed(tradeoff(found))
    width = float(root.attrib["viewBox"].split()[2])
    lines = [each for each in root.iter(SPACE + "line") if each.attrib["class"] in {"all", "one"}]
    ends = np.array([[float(each.attrib["x1"]), float(each.attrib["x2"])] for each in lines])
    assert (ends > 180).all()
    assert (ends < width).all()
    ticks = [float(each.attrib["x1"]) for each in root.iter(SPACE + "line") if each.attrib["class"] in {"grid", "none"}]
    assert min(ticks) <= ends.min()
    assert ends.max() <= max(ticks)


def test_the_front_is_that_of_the_gaps_and_the_picture_is_the_same_each_time(found: IdentityBias) -> None:
    rows = [*PEOPLE, *CONTROLS]
    gaps = np.array([[one.estimate for one in (*found.gaps[axis], *found.control_gaps[axis])] for axis in found.gaps]).T
    best = [
        name
        for k, name in enumerate(rows)
        if not any((other >= gaps[k]).all() and (other > gaps[k]).any() for other in gaps)
    ]
    assert said(parsed(tradeoff(found))).count("front") == len(best)
    assert tradeoff(found) == tradeoff(found)


@needs_chromium
def test_a_browser_draws_it_in_light_and_dark(found: IdentityBias, tmp_path: Path) -> None:
    page, pictures = tmp_path / "tradeoff.html", {}
    page.write_text(f"<!doctype html><title>t</title>{tradeoff(found, ATTRIBUTES)}", encoding="utf-8")
    overlapping = """(() => {
      const boxes = [...document.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
      const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 2 || b.bottom <= a.top + 2;
      return boxes.flatMap(([s, a], i) => boxes.slice(i + 1).filter(([, b]) => !apart(a, b)).map(([t]) => s + '|' + t));
    })()"""
    color = "getComputedStyle(document.querySelector('text')).fill"
    with browsing(tmp_path / "profile") as browser:
        for dark in (False, True):
            shown = browser.page(page, width=1100, dark=dark)
            pictures[dark] = (shown.picture(tmp_path / f"{dark}.png"), shown.value(color))
            assert shown.value(overlapping) == []
            assert shown.problems == []
    light, dark_ink = (sum(map(int, re.findall(r"\d+", pictures[dark][1]))) for dark in (False, True))
    assert light < 3 * 128 < dark_ink  # dark ink on a light page, and the other way round
