"""A browser draws the report and works it by mouse and keyboard, on paper and without its script; nothing leaves it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHECKS, Browser, Page, browsing, needs_chromium
from report.everything import bounds, cues, tradeoff
from report.test_page import pairs

from ip_bench.report.page import render

pytestmark = needs_chromium

UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
#: What a keyboard must reach: a group of radio buttons is one stop.
REACHABLE = """[...document.querySelectorAll("a[href], button, select, input, summary, [tabindex='0']")]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled)
  .filter(one => one.type !== "radio" || one.checked)
  .filter(one => !(one.matches(".contents summary") && getComputedStyle(one).pointerEvents === "none"))"""
COUNT = "document.getElementById('count').textContent"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return a browser for all tests here; when it has ended, nothing must have been asked of the network."""
    with browsing(tmp_path_factory.mktemp("browser") / "profile") as found:
        yield found
    assert found.asked_of_the_network() == []


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {"cues": cues(), "tradeoff": tradeoff(), "bounds": bounds()}
    for name, (given, read) in made.items():
        truth = {"cultural": {"uk": 0.3}} if name == "cues" else None
        (folder / f"{name}.html").write_text(render(given, truth=truth, pairs_read=read), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page with 24 pairs of two contrasts: of one 18, a third of which did not move, of the other 6."""
    given, _ = cues()
    counts = given["tasks"]["ip_cues_cultural"]["pairs"]
    counts.append({"arm": "placebo_typo", "reference": "reference", "pairs": 30, "moved": 4, "chosen": 6})
    read: list[dict[str, Any]] = []
    for k in range(18):
        read += pairs(f"answer number {k}", item_id=f"i{k}", moved=k % 3 > 0)
    for k in range(6):
        read += pairs("unclear", arm="placebo_typo", reference="reference", item_id=f"p{k}")
        read[-1]["sides"][0]["kind"] = "unparsed"
    file = tmp_path_factory.mktemp("many") / "many.html"
    file.write_text(render(given, pairs_read=read), encoding="utf-8")
    return file


@pytest.mark.parametrize("name", ["cues", "tradeoff", "bounds"])
def test_it_is_drawn_in_light_and_dark_wide_and_narrow(
    browser: Browser, files: dict[str, Path], name: str, tmp_path: Path
) -> None:
    pictures = {}
    for width, dark in ((1600, False), (1600, True), (390, False), (390, True)):
        page = browser.page(files[name], width=width, dark=dark)
        page.value(UNFOLD)
        if name == "cues":  # the others differ in what they hold, and not in their colors
            pictures[width, dark] = page.picture(tmp_path / f"{width}-{dark}.png")
        assert page.value(CHECKS) == [], (width, dark)
        assert page.problems == []
        assert page.requests == [files[name].as_uri()]
        seen = "[...document.querySelectorAll('figure svg.narrow')].some(one => one.checkVisibility())"
        assert page.value(seen) == (width == 390)
    assert len({*pictures.values()}) == len(pictures)
    nodes = page.spoken()
    named = {"region", "image", "table", "columnheader", "link", "button", "combobox", "searchbox", "radio"}
    assert [node for node in nodes if node[0] in named and not node[1]] == []


@pytest.mark.parametrize("width", [390, 1600])
def test_the_keyboard_reaches_every_interactive_part_and_shows_where_it_is(
    browser: Browser, files: dict[str, Path], width: int
) -> None:
    page = browser.page(files["bounds"], width=width)
    count = page.value(f"{REACHABLE}.forEach((one, k) => {{ one.dataset.stop = k; }}), {REACHABLE}.length")
    assert count > 40
    met, seen = [], []
    for _ in range(count + 5):
        page.press("Tab")
        stop, outline = page.value(
            "[document.activeElement.dataset.stop ?? '', getComputedStyle(document.activeElement).outlineStyle]"
        )
        met.append(stop)
        seen += [outline] if stop else []
        if page.value("document.activeElement === document.body"):
            break
    assert {*map(str, range(count))} <= {*met}
    assert "none" not in seen


def test_filters_show_what_they_say_and_pages_turn(browser: Browser, many: Path) -> None:
    page = browser.page(many)
    assert page.value(COUNT) == "Pairs 1 to 10 of 24"
    page.click("#next")
    assert page.value(COUNT) == "Pairs 11 to 20 of 24"
    page.click("#next")
    assert page.value("[document.getElementById('next').disabled, document.querySelectorAll('article').length]") == [
        True, 4,
    ]  # fmt: skip
    page.value("document.querySelector('[name=moved]').focus()")
    page.press("ArrowDown")
    assert page.value(COUNT) == "Pairs 1 to 10 of 18"
    page.press("ArrowDown")
    assert page.value(COUNT) == "Pairs 1 to 6 of 6"
    assert page.value("document.getElementById('pages').hidden")
    page.press("ArrowUp")
    page.press("ArrowUp")
    page.value("document.querySelector('[name=kind]').focus()")
    page.press("ArrowDown")
    page.press("ArrowDown")
    assert page.value("document.querySelector('[name=kind]').value") == "unparsed"
    assert page.value(COUNT) == "Pairs 1 to 6 of 6"
    page.press("ArrowUp")
    page.press("ArrowUp")
    page.click("[name=words]")
    page.call("Input.insertText", text="Number 1")
    page.settle()
    assert page.value(COUNT) == "Pairs 1 to 9 of 9"  # 1 and 10 to 17
    page.call("Input.insertText", text=" <b>")
    page.settle()
    assert page.value(COUNT) == "No pair is like that."
    assert page.problems == []


def test_a_number_of_pairs_leads_to_these_pairs(browser: Browser, many: Path) -> None:
    page = browser.page(many)
    page.click("a[href='#pairs-0-1']")
    assert page.value(COUNT) == "Pairs 1 to 6 of 6"
    chosen = "[...document.querySelectorAll('#filters select')].map(one => one.selectedOptions[0].text)"
    assert page.value(chosen) == ["ip_cues_cultural", "placebo: typo", "either", "any kind"]
    assert page.value("document.getElementById('pairs').getBoundingClientRect().top") < 50
    page = browser.page(many, "#pairs-0-0")
    assert page.value(COUNT) == "Pairs 1 to 10 of 18"
    page.value("document.querySelector('[name=task]').focus()")
    page.press("ArrowUp")
    assert page.value(COUNT) == "Pairs 1 to 10 of 24"
    assert page.value(chosen)[1] == "all"


def test_the_differing_words_of_both_sides_are_marked(browser: Browser, many: Path) -> None:
    page = browser.page(many)
    marks = "[...document.querySelectorAll('article:first-of-type mark')].map(one => one.textContent)"
    assert page.value(marks) == ["favourite", "answer number 1", "favorite", "the 911"]


def test_a_verdict_unfolds_the_section_that_it_leads_to(browser: Browser, files: dict[str, Path]) -> None:
    page = browser.page(files["cues"])
    page.value("document.querySelectorAll('#task-0').forEach(one => { one.open = false; })")
    page.click("a.chip")
    assert page.value("document.getElementById('task-0').open")
    assert page.value("document.querySelector('tr:target').checkVisibility()")


def test_colors_follow_the_system_until_the_reader_chooses(browser: Browser, files: dict[str, Path]) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light = browser.page(files["cues"])
    white = light.value(paper)
    light.click("#scheme-dark")
    black = light.value(paper)
    assert light.value(CHECKS) == []
    light.press("ArrowUp")
    light.press("ArrowUp")
    assert light.value("document.getElementById('scheme-auto').checked")
    assert light.value(paper) == white == "rgb(255, 255, 255)"
    dark = browser.page(files["cues"], dark=True)
    assert dark.value(paper) == black != white
    dark.click("#scheme-light")
    assert dark.value(paper) == white
    assert dark.value(CHECKS) == light.problems == dark.problems == []


def printed(page: Page) -> dict[str, Any]:
    """Return what is seen of a page on paper."""
    page.call("Emulation.setEmulatedMedia", media="print", features=[])
    page.settle()
    return dict(
        page.value("""({
      buttons: [...document.querySelectorAll("button, select, input, nav")].filter(one => one.checkVisibility()).length,
      folded: [...document.querySelectorAll("main details > :not(summary)")].filter(one => !one.checkVisibility()
        && !one.closest(".narrow, .roomy, .long")).map(one => one.outerHTML.slice(0, 80)),
      paper: getComputedStyle(document.body).backgroundColor,
    })""")
    )


def test_on_paper_everything_is_unfolded_and_nothing_can_be_pressed(browser: Browser, files: dict[str, Path]) -> None:
    page = browser.page(files["tradeoff"], dark=True)
    assert printed(page) == {"buttons": 0, "folded": [], "paper": "rgb(255, 255, 255)"}
    page.call("Emulation.setEmulatedMedia", media="", features=[])
    open_ = "[...document.querySelectorAll('details')].map(one => one.open)"
    before = page.value(open_)
    page.value("dispatchEvent(new Event('beforeprint'))")
    assert all(page.value("[...document.querySelectorAll('details:not(.long)')].map(one => one.open)"))
    page.value("dispatchEvent(new Event('afterprint'))")
    assert page.value(open_) == before
    assert len(page.call("Page.printToPDF")["data"]) > 10_000


def test_without_its_script_the_page_shows_every_pair(browser: Browser, many: Path, tmp_path: Path) -> None:
    file = tmp_path / "still.html"
    file.write_text(
        re.sub(r"<script>.*</script>", "", many.read_text(encoding="utf-8"), flags=re.DOTALL), encoding="utf-8"
    )
    page = browser.page(file)
    assert page.value("document.querySelectorAll('details.group article').length") == 24
    assert page.value("document.getElementById('filters').checkVisibility()") is False
    assert page.value("document.getElementById('pages').checkVisibility()") is False
    page.click("details.group summary")
    assert page.value("document.querySelector('details.group article').checkVisibility()")
    assert printed(page)["folded"] == []


def test_nothing_is_wider_than_the_sheet(browser: Browser, files: dict[str, Path]) -> None:
    for file in files.values():
        page = browser.page(file, width=720)
        printed(page)
        assert page.value("document.documentElement.scrollWidth") <= 720


def test_a_script_that_is_not_the_pages_own_does_not_run(browser: Browser, many: Path, tmp_path: Path) -> None:
    file = tmp_path / "added.html"
    text = many.read_text(encoding="utf-8")
    file.write_text(text.replace("</main>", "<script>document.title = 'ran'</script></main>"), encoding="utf-8")
    page = browser.page(file)
    assert page.value("document.title") == "ip-bench report: org/model"
    assert any("Content Security Policy" in problem for problem in page.problems)
    assert json.loads(page.value("JSON.stringify({local: localStorage.length, cookies: document.cookie})")) == {
        "local": 0, "cookies": "",
    }  # fmt: skip
