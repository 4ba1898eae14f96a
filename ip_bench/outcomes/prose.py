"""A response as paragraphs, list items, table rows and sentences: what the checks and measures of texts count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+(?:['’.,:-][^\W_]+)*")
_ITEM = re.compile(r"(?P<indent>\s*)(?:(?P<bullet>[-*•–])|(?P<number>\(?\d{1,2}[.)]))\s+(?P<text>\S.*)")
_HEADING = re.compile(r"\s*(?:#{1,6}\s+(?P<marked>\S.*)|(?P<bold>\*\*[^*]+\*\*|__[^_]+__):?)\s*")
_RULE = re.compile(r"\s*(?:[-*_]\s*){3,}")
_DIVIDER = re.compile(r"\s*(?=.*\|)\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_MARKUP = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=[\w.,!?])[*_](?!\w)")
_SENTENCE = re.compile(r"(?<=[.!?…])(?:[\"'”’)\]»]*)\s+(?=[\"'“‘(\[«¿¡]*[^\W_a-z])")
_ENDS = re.compile(r"[.!?…][\"'”’)\]»]*\Z")
_ABBREVIATION = re.compile(r"(?:\b(?:[Mm]rs?|[Mm]s|[Dd]r|[Ss]t|vs|e\.g|i\.e|approx|[A-HJ-Z])\.)\Z")
_SHORTEST_PARAGRAPH = 5  # words; a salutation, a name or "Thank you." is not a paragraph


class ListItem(NamedTuple):
    """One item of the outermost list level: "bullets" or "numbered", and its text."""

    style: str
    text: str


class Prose(NamedTuple):
    """A text taken apart.

    `text` is all of it without markup, `lines` its lines that are not empty, `title` the heading it opens with (or
    nothing), `headings` all of its headings, `paragraphs` its blocks of running text with one full sentence or more,
    `items` the items of its lists, `tables` the cells below the header of each table, `sentences` all full sentences
    in running text, and list items.
    """

    text: str
    lines: tuple[str, ...]
    title: str
    headings: tuple[str, ...]
    paragraphs: tuple[str, ...]
    items: tuple[ListItem, ...]
    tables: tuple[tuple[tuple[str, ...], ...], ...]
    sentences: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """Return the words; a number and a word with a hyphen or an apostrophe count once."""
        return words(self.text)


def words(text: str) -> list[str]:
    """Return the words of a text without markup."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """Return the sentences of running text: split behind . ! ? before a capital or a digit, abbreviations kept."""
    found: list[str] = []
    start = 0
    for gap in _SENTENCE.finditer(text):
        if not _ABBREVIATION.search(text, max(start, gap.start() - 8), gap.start()):
            found.append(text[start : gap.end()].strip())
            start = gap.end()
    return [one for one in [*found, text[start:].strip()] if _WORD.search(one)]


def plain(text: str) -> str:
    """Return a line without its emphasis and code marks."""
    return _MARKUP.sub("", text).strip()


@lru_cache(maxsize=512)
def read_prose(text: str) -> Prose:
    """Return a text taken apart; Markdown is understood, and nothing a model writes raises."""
    lines = [line.rstrip() for line in text.splitlines()]
    level = min((len(item["indent"]) for line in lines if (item := _item(line))), default=0)
    headings: list[str] = []
    items: list[ListItem] = []
    tables: list[list[tuple[str, ...]]] = []
    blocks: list[list[str]] = [[]]
    spoken: list[str] = []  # sentences, in the order of the text
    shown: list[str] = []

    def close() -> None:
        if blocks[-1]:
            spoken.extend(one for one in sentences(" ".join(blocks[-1])) if _ENDS.search(one))
            blocks.append([])

    for at, line in enumerate(lines):
        item, heading = _item(line), _HEADING.fullmatch(line)
        if item or heading or not line.strip() or "|" in line or _RULE.fullmatch(line):
            close()
        if not line.strip() or _RULE.fullmatch(line):
            continue
        if _DIVIDER.fullmatch(line):
            if at and "|" in lines[at - 1]:
                tables.append([])
        elif "|" in line.strip().strip("|"):
            cells = tuple(plain(cell) for cell in line.strip().strip("|").split("|"))
            shown.append(" ".join(cells))
            if tables and (at + 1 == len(lines) or not _DIVIDER.fullmatch(lines[at + 1])):
                tables[-1].append(cells)
        elif item:
            said = plain(item["text"])
            shown.append(said)
            spoken += sentences(said)
            if len(item["indent"]) == level:
                items.append(ListItem("bullets" if item["bullet"] else "numbered", said))
        elif heading:
            headings.append(plain(heading["marked"] or heading["bold"]))
            shown.append(headings[-1])
        else:
            shown.append(plain(line.lstrip("> ")))
            blocks[-1].append(shown[-1])
    close()
    paragraphs = [said for block in blocks if _is_paragraph(said := " ".join(block))]
    return Prose(
        "\n".join(shown),
        tuple(shown),
        _title(shown, headings, lines),
        tuple(headings),
        tuple(paragraphs),
        tuple(items),
        tuple(map(tuple, tables)),
        tuple(spoken),
    )


def _item(line: str) -> re.Match[str] | None:
    return None if _RULE.fullmatch(line) else _ITEM.fullmatch(line)


def _is_paragraph(block: str) -> bool:
    return len(words(block)) >= _SHORTEST_PARAGRAPH and any(_ENDS.search(one) for one in sentences(block))


def _title(shown: Sequence[str], headings: Sequence[str], lines: Sequence[str]) -> str:
    """Return the first line where it is a heading, or a short line of its own without a full stop."""
    if len(shown) < 2:
        return ""
    first = next(line for line in lines if line.strip())
    if headings and shown[0] == headings[0] and _HEADING.fullmatch(first):
        return headings[0]
    short = len(words(shown[0])) <= 12 and not _item(first) and "|" not in first
    return shown[0] if short and shown[0][-1:] not in {".", ",", ":", ";"} else ""
