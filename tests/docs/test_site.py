"""The site: built strictly, every link and anchor leads somewhere, nothing is asked of the network, all is drawn."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browser import CHECKS, browsing, needs_chromium

from docs.blocks import PAGES, ROOT, blocks

REPORTS = ("tiny", "null", "simulated")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def site(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site, built as `make docs` does it, with a gallery of one short run."""
    folder = tmp_path_factory.mktemp("docs")
    told = {"IP_BENCH_GALLERY": str(folder / "gallery"), "IP_BENCH_DATA": str(dataset), "NO_MKDOCS_2_WARNING": "1"}
    for command in (
        ["website.gallery", "--quick", str(folder / "gallery")],
        ["mkdocs", "build", "--strict", "--site-dir", str(folder / "site")],
    ):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", *command], cwd=ROOT, env=os.environ | told, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


class _Read(HTMLParser):
    """The ids of a page, where its links lead, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        loaded = given.get("src") or (given.get("href") if tag == "link" and given.get("rel") != "canonical" else None)
        if loaded:
            self.loads.append(loaded)


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, _Read]:
    read = {path: _Read(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    return {path: page for path, page in read.items() if path.name != "404.html" and path.parent.name != "assets"}


def test_every_link_and_anchor_leads_somewhere(pages: dict[Path, _Read]) -> None:
    broken = []
    for path, page in pages.items():
        for link in (*page.links, *page.loads):
            there = urlsplit(link)
            if there.scheme or link.startswith("//"):
                continue
            target = (path.parent / unquote(there.path)).resolve() if there.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                broken.append(f"{path.name} -> {link}")
            elif there.fragment and target in pages and unquote(there.fragment) not in pages[target].ids:
                broken.append(f"{path.name} -> {link}: no such anchor")
    assert broken == []
    assert len(pages) > len(PAGES)


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, _Read]) -> None:
    outside = [
        f"{path.name}: {one}" for path, page in pages.items() for one in page.loads if re.match(r"(\w+:)?//", one)
    ]
    assert outside == []


def test_the_reference_has_every_command_option_and_column(site: Path) -> None:
    from website import columns, commands

    text = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    for name, command in commands.commands():
        assert f'id="{commands.anchor(name)}"' in text
        for parameter in command.params:
            if parameter.param_type_name != "argument" and not parameter.hidden:
                assert all(f"<code>{option}</code>" in text for option in parameter.opts), (name, parameter.opts)
    rows = (site / "reference" / "columns.html").read_text(encoding="utf-8")
    for dataset in columns.DATASETS:
        made = columns.recipe(dataset)
        own = {column for config in made.CONFIGS for column in columns.features(made.columns(config))}
        assert own <= columns.meanings(dataset).keys(), f"the card of {dataset} lacks columns"
        assert all(f"<code>{column}</code>" in rows for column in own)


def test_the_gallery_holds_reports_and_says_what_they_show(site: Path) -> None:
    text = (site / "gallery.html").read_text(encoding="utf-8")
    for name in REPORTS:
        assert f'href="gallery/{name}.html"' in text
        assert "<html" in (site / "gallery" / f"{name}.html").read_text(encoding="utf-8")[:2000]
    assert text.count("<td>true positive</td>") >= 3


@pytest.mark.parametrize(
    ("truth", "verdict", "said"),
    [
        (0.3, "different", "true positive"), (0.3, "undecided", "undecided"), (0.3, "equivalent", "false negative"),
        (0.0, "equivalent", "true negative"), (-0.3, "different", "true positive"),
        (0.0, "different", "false positive"),
        (0.04, "different but negligible", "true negative"),
    ],
)  # fmt: skip
def test_what_a_verdict_is(truth: float, verdict: str, said: str) -> None:
    from website.gallery import reading

    assert reading({"truth": truth, "verdict": verdict}, 0.05) == said


def test_links_of_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for block in blocks("README.md"):
        text = text.replace(block.text, "")
    links = [link for link in LINK.findall(text) if "://" not in link]
    assert len(links) > 20
    for link in links:
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        if anchor:
            heads = re.findall(r"^#+ (.*)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}, link


@needs_chromium
@pytest.mark.parametrize(("width", "dark"), [(1600, False), (390, True)])
def test_pages_are_drawn_wide_and_narrow_light_and_dark(site: Path, width: int, dark: bool, tmp_path: Path) -> None:
    with browsing(tmp_path / "profile") as browser:
        for name in ("index", "method", "gallery", "reference/commands", "reference/columns"):
            page = browser.page(site / f"{name}.html", width=width, dark=dark)
            page.settle()
            assert "the page scrolls sideways" not in page.value(CHECKS), name
            assert page.problems == [], name
            assert page.value("document.body.dataset.mdColorScheme") == ("slate" if dark else "default")
            assert [one for one in page.requests if not one.startswith(("file:", "data:", "blob:"))] == []
    asked = [one for one in browser.asked_of_the_network() if not one.startswith(("file:", "data:", "blob:"))]
    assert asked == []
