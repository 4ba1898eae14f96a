"""What mkdocs adds to the pages of `docs/`: reference pages from the code, formulas as MathML, and the gallery."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from website import columns, commands, gallery

ROOT = Path(__file__).resolve().parent.parent
#: Where `make gallery` writes; the tests' build names another folder.
GALLERY = Path(os.environ.get("IP_BENCH_GALLERY", ROOT / "build" / "gallery"))
_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def on_files(files: Files, config: MkDocsConfig, **_: Any) -> Files:
    """Add the pages that are made from the code, and the reports of the gallery."""
    made = {
        "reference/commands.md": commands.page(),
        "reference/columns.md": columns.datasets_page(),
        "reference/records.md": columns.records_page(),
        "reference/changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("](docs/", "](../"),
    }
    for place, text in made.items():
        files.append(File.generated(config, place, content=text))
    for name in gallery.REPORTS:
        report = gallery.report(GALLERY, name)
        files.append(File.generated(config, f"gallery/{name}.html", abs_src_path=str(report)))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Put the gallery's tables where the page asks for them."""
    if page.file.src_uri == "gallery.md":
        return markdown.replace("<!-- gallery -->", gallery.tables(GALLERY))
    return markdown


def on_post_build(config: MkDocsConfig, **_: Any) -> None:
    """Write the search index as a script, too: a page that is opened from a folder reads no JSON."""
    index = Path(config.site_dir) / "search" / "search_index.json"
    index.with_suffix(".js").write_text(f"var __index = {index.read_text(encoding='utf-8')}", encoding="utf-8")


def on_page_content(content: str, **_: Any) -> str:
    """Draw formulas as MathML, which browsers show without a script; say that heads of tables are of columns."""
    return _FORMULA.sub(_mathml, re.sub(r"<th\b", '<th scope="col"', content))


def _mathml(found: re.Match[str]) -> str:
    display = "block" if found[1] == "div" else "inline"
    return convert(html.unescape(found[3].strip()), display=display)
