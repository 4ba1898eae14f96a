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
