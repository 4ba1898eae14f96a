"""The tables of a card or README, read as a page would draw them."""

from __future__ import annotations

import re


def tables(text: str) -> list[list[list[str]]]:
    """Return the cells of each table; fails where a line that is no row stands in one or touches it."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found = []
    for block in re.split(r"\n\s*\n", prose):
        lines = block.strip().splitlines()
        if any(line.startswith("|") for line in lines):
            assert [line for line in lines if not (line.startswith("|") and line.endswith("|"))] == []
            found.append([[cell.strip() for cell in line.strip("|").split("|")] for line in lines])
    return found


def table(card: str, *head: str) -> list[list[str]]:
    """Return the rows of the one table whose head starts with these cells."""
    (found,) = [rows for first, _, *rows in tables(card) if first[: len(head)] == list(head)]
    return found


def coded(cell: str) -> list[str]:
    """Return what stands between backquotes."""
    return re.findall(r"`([^`]+)`", cell)


def whole_tables(card: str) -> int:
    """Return how many tables a card has; fails where a row lacks columns of its head, or a table has none."""
    found = tables(card)
    for head, rule, *rows in found:
        assert {len(row) for row in (rule, *rows)} == {len(head)}, head
        assert all(re.fullmatch(r":?-+:?", cell) for cell in rule), head
        assert rows, head
    return len(found)
