"""The fenced blocks of the pages, and the commands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))
_FENCE = re.compile(
    r'^( *)```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^\1```[ ]*$', re.DOTALL | re.MULTILINE
)


class Block(NamedTuple):
    """A fenced block: `title` is the file that a reader saves it as, "" where it is none."""

    page: str
    line: int
    language: str
    title: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


class Command(NamedTuple):
    """A command line of a console block, and what the page shows beneath it."""

    place: str
    text: str
    shown: tuple[str, ...]


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Block(page, text[: found.start()].count("\n") + 1, found["language"], found["title"] or "", found["text"])
        for found in _FENCE.finditer(text)
    ]


def commands(block: Block) -> Iterator[Command]:
    """Yield the commands of a console block; a line that ends in a backslash or a pipe goes on in the next one."""
    lines = block.text.splitlines()
    number = 0
    while number < len(lines):
        assert lines[number].startswith("$ "), f"{block.place}: {lines[number]!r} belongs to no command"
        start, parts = number, [lines[number][2:]]
        while parts[-1].rstrip().endswith(("\\", "|")):
            number += 1
            parts.append(lines[number])
        number += 1
        shown = []
        while number < len(lines) and not lines[number].startswith("$ "):
            shown.append(lines[number].rstrip())
            number += 1
        joined = " ".join(part.strip().removesuffix("\\").strip() for part in parts)
        joined = re.sub(r"\s{2,}# .*$", "", joined)
        yield Command(f"{block.page}:{block.line + 1 + start}", joined, tuple(shown))


def shows(printed: str, shown: tuple[str, ...]) -> bool:
    """Return whether a command printed what the page shows; a line `...` stands for any lines."""
    pieces = "\n".join(shown).split("\n...\n") if "..." in shown else ["\n".join(shown)]
    lines = "\n" + "\n".join(line.rstrip() for line in printed.splitlines()) + "\n"
    at = 0
    for piece in pieces:
        wanted = "\n".join(line for line in piece.splitlines() if line != "...")
        found = lines.find(f"\n{wanted}\n", at) if wanted else at
        if found < 0:
            return False
        at = found + len(wanted)
    return "..." in shown or lines.strip() == "\n".join(shown).strip()
