"""Every code block of README and docs does what the page says: run, or read by what reads it."""

from __future__ import annotations

import ast
import csv
import doctest
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from chat_server import chat_server

from docs import declared, shell
from docs.blocks import PAGES, ROOT, Block, blocks, commands, shows

LANGUAGES = {"bash", "console", "csv", "json", "pycon", "python", "text", "yaml"}


@pytest.fixture(scope="module")
def instead() -> Iterator[Callable[[str], str]]:
    """Yield what puts a model and an endpoint of the test's own in the place of those of a page."""
    from ip_bench.selfcheck import checkpoint

    with chat_server(lambda body, number: (200, "Cancer Research UK")) as (endpoint, _):
        known = {"model": str(checkpoint("null")), "endpoint": endpoint}

        def replaced(text: str) -> str:
            for named, ours in declared.INSTEAD:
                text = text.replace(named, ours.format(**known))
            more = declared.reason(declared.SMALLER, text)
            return f"{text} {more}" if more else text

        yield replaced


@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_of_a_page(
    page: str, instead: Callable[[str], str], dataset: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ip-cues").symlink_to(dataset)
    for before in filter(None, [declared.AFTER.get(page)]):
        for block in blocks(before):
            _save(block)
    names: dict[str, Any] = {"__name__": "page"}
    counts: Counter[str] = Counter()
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{block.place}: a block is one of {sorted(LANGUAGES)}"
        _save(block)
        if block.language == "console":
            counts += _commands(block, instead)
        else:
            counts[_other(block, names)] += 1
    record_property("blocks", dict(counts))


def _save(block: Block) -> None:
    if block.title:
        Path(block.title).write_text(block.text, encoding="utf-8")


def _commands(block: Block, instead: Callable[[str], str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for command in commands(block):
        if declared.reason(declared.LEFT, command.text):
            target = re.fullmatch(r"make ([\w-]+).*", command.text)
            assert target is None or f"\n{target[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8"), command.place
            counts["left"] += 1
        elif declared.reason(declared.PARSED, command.text):
            shell.parsed(instead(command.text))
            counts["parsed"] += 1
        else:
            status, printed = shell.run(instead(command.text))
            assert status in {0, 1, 2} if command.shown else status == 0, f"{command.place}: {printed}"
            assert not command.shown or shows(printed, command.shown), f"{command.place} printed:\n{printed}"
            counts["run"] += 1
    return counts


def _other(block: Block, names: dict[str, Any]) -> str:
    """Run or read a block that is no console; returns how it was taken."""
    if block.language == "python" and not block.title:
        named, ours = declared.INSTEAD_IN_PYTHON.get(block.page, ("", ""))
        text = block.text.replace(named, ours.format(root=ROOT)) if named else block.text
        tree = ast.parse(text, block.place)
        if block.page in declared.IMPORTED:
            tree.body = [one for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom)]
        exec(compile(tree, block.place, "exec"), names)
        return "parsed" if block.page in declared.IMPORTED else "run"
    if block.language == "pycon":
        test = doctest.DocTestParser().get_doctest(block.text, names, block.place, block.page, block.line)
        assert doctest.DocTestRunner(verbose=False).run(test).failed == 0, block.place
        return "run"
    if block.language == "python":
        ast.parse(block.text, block.place)  # a file, which a command of the page runs
    elif block.language == "yaml":
        assert yaml.safe_load(block.text)
    elif block.language == "json":
        assert all(json.loads(line) for line in block.text.splitlines())
    elif block.language == "csv":
        head, *rows = csv.reader(io.StringIO(block.text))
        assert {len(row) for row in rows} == {len(head)}, block.place
    elif block.language == "bash":
        assert shell.run(f"bash -n <<'END'\n{block.text}END") == (0, ""), block.place
    else:
        return "text"
    return "read"


def test_a_saved_file_is_used() -> None:
    """A file that a page has its reader save is named by a command or another file of that page, or a later one."""
    for page in PAGES:
        later = [after for after, before in declared.AFTER.items() if before == page]
        text = "".join((ROOT / one).read_text(encoding="utf-8") for one in (page, *later))
        for block in blocks(page):
            name = block.title.removesuffix(".yaml")  # a task of lm-eval is named without its suffix
            assert not name or text.count(name) > 1, f"{block.place}: nothing uses {block.title}"


def test_what_is_declared_is_needed() -> None:
    """Each row of the tables still stands for some command of some page."""
    lines = [
        command.text for page in PAGES for one in blocks(page) if one.language == "console" for command in commands(one)
    ]
    for table in (declared.PARSED, declared.LEFT, declared.SMALLER):
        for pattern, _ in table:
            assert any(re.search(pattern, line) for line in lines), pattern
    for named, _ in declared.INSTEAD:
        assert any(named in line for line in lines), named
    for page, (named, _) in declared.INSTEAD_IN_PYTHON.items():
        assert named in (ROOT / page).read_text(encoding="utf-8")
    pages = {block.page for page in PAGES for block in blocks(page) if block.language == "python"}
    assert declared.IMPORTED.keys() <= pages


@pytest.mark.parametrize(
    ("printed", "shown", "good"),
    [
        ("a\nb\n", ("a", "b"), True),
        ("a\nb\n", ("a",), False),
        ("a\nb\nc\n", ("...", "b", "..."), True),
        ("a\nb\nc\n", ("a", "...", "c"), True),
        ("a\nb\nc\n", ("c", "...", "a"), False),
        ("a\nbb\n", ("...", "b", "..."), False),
    ],
)
def test_what_is_shown_is_what_was_printed(printed: str, shown: tuple[str, ...], good: bool) -> None:
    assert shows(printed, shown) is good


def test_an_option_that_does_not_exist_is_seen() -> None:
    with pytest.raises(Exception, match="No such option"):
        shell.parsed("ip-bench run --model vllm --modle x")
    with pytest.raises(AssertionError, match="no command"):
        shell.parsed("ip-bench ruin")
