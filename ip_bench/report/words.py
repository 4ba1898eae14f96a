"""Contrasts, shares and hostile text in words that a reader sees."""

from __future__ import annotations

import math
from typing import Any

NAMES = {
    "uk": "UK words",
    "us": "US words",
    "au": "Australian words",
    "ca": "Canadian words",
    "ie": "Irish words",
    "nz": "New Zealand words",
    "in": "Indian words",
    "za": "South African words",
    "placebo": "all placebos",
    "repeat": "the same prompt again",
}


def contrast_name(effect: dict[str, Any]) -> str:
    """Return a contrast in words."""
    arm, against = effect["arm"], effect["reference"]
    if arm.endswith(" minus placebo"):
        return f"{NAMES.get(arm.split()[0], arm)} against {NAMES.get(against, against)}, minus placebo"
    if arm.startswith("placebo_"):
        return f"placebo: {arm.removeprefix('placebo_')}"
    if arm.startswith("explicit_"):
        country, other = arm.removeprefix("explicit_").upper(), against.removeprefix("explicit_")
        return f"stated: lives in {country} (against {'nothing stated' if other == 'reference' else other.upper()})"
    return f"{NAMES.get(arm, arm)} against {NAMES.get(against, 'neutral words' if against == 'reference' else against)}"


def points(value: float | None) -> str:
    """Return a share as percentage points with its sign."""
    return "n/a" if value is None or math.isnan(value) else f"{100 * value:+.1f}"


def interval(ends: list[float | None]) -> str:
    """Return an interval in points."""
    return f"[{points(ends[0])}, {points(ends[1])}]"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number, or n/a; a positive one that would round to 0 is shown as below the smallest shown."""
    if value is None or math.isnan(value):
        return "n/a"
    return f"<{10**-digits:.{digits}f}" if 0 < value < 0.5 * 10**-digits else f"{value:.{digits}f}"


def visible(text: str) -> str:
    """Return text with control and direction characters shown as escapes, so that output cannot hide or reorder."""
    return "".join(char if char in "\n\t" or char.isprintable() else f"\\u{ord(char):04x}" for char in text)
