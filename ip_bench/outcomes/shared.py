"""Rows whose equal values are one object: the arms of an item say mostly the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def shared(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield rows of texts, numbers and lists, in which what is equal is held once; lists are not to be changed."""
    texts: dict[str, str] = {}
    lists: dict[str, list[Any]] = {}
    for row in rows:
        yield {
            name: texts.setdefault(value, value)
            if type(value) is str
            else lists.setdefault(repr(value), value)
            if type(value) is list
            else value
            for name, value in row.items()
        }
