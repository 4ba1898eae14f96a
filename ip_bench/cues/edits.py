"""Edits: apply them to a text, undo them, and move them along when text is put in front."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ip_bench.design import Edit


class Cued(NamedTuple):
    """A text after a cue, and the edits that made it, sorted by `start` and not overlapping."""

    text: str
    edits: tuple[Edit, ...]


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Return `text` with every edit made; raises ValueError where an edit does not fit the text."""
    pieces, at = [], 0
    for edit in edits:
        if edit.start < at or text[edit.start : edit.end] != edit.before:
            raise ValueError(f"edit {edit} does not fit: found {text[edit.start : edit.end]!r} at {edit.start}")
        pieces += [text[at : edit.start], edit.after]
        at = edit.end
    return "".join([*pieces, text[at:]])


def undo_edits(text: str, edits: Sequence[Edit]) -> str:
    """Return the input that `edits` turned into `text`; raises ValueError where they cannot have made it."""
    pieces, at, grown = [], 0, 0
    for edit in edits:
        start = edit.start + grown
        end = start + len(edit.after)
        if start < at or text[start:end] != edit.after:
            raise ValueError(f"edit {edit} cannot be undone: found {text[start:end]!r} at {start}")
        pieces += [text[at:start], edit.before]
        at = end
        grown += len(edit.after) - len(edit.before)
    return "".join([*pieces, text[at:]])


def shift_edits(edits: Iterable[Edit], by: int) -> tuple[Edit, ...]:
    """Return the edits of a text to which `by` characters were prepended."""
    return tuple(Edit(start + by, end + by, before, after, rule) for start, end, before, after, rule in edits)
