"""What every published row must hold, checked as rows stream by; the counts go into the card."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ip_bench.cues.edits import undo_edits
from ip_bench.design import Prompt
from ip_bench.errors import ContentError
from ip_bench.outcomes.answers import named_choices

GROUP_TERMS = re.compile(
    r"\b(?:americans?|america|usa|united states|british|britain|united kingdom|england|english|scot\w*|welsh|wales|"
    r"australian?s?|aussies?|canadian?s?|canada|irish|ireland|new zealand\w*|kiwis?|indians?|india|"
    r"south african?s?|africa\w*)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATION = re.compile(r"\b(?:not|no|never|without|none|\w+n't)\b", re.IGNORECASE)
_EXPLICIT = frozenset({"explicit"})
_UNCUED = frozenset({"reference", "repeat"})


class Gates:
    """Check the rows of one config and count what was checked.

    A violation raises ContentError with the row's item and arm; nothing is dropped silently.
    """

    def __init__(self, config: str) -> None:
        self.config = config
        self._checked: Counter[str] = Counter()
        self._sums: dict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros(10))
        self._same_as_uk: Counter[str] = Counter()

    def checked(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts, item and cell by item and cell, after checking them against their reference row."""
        for _, group in groupby(prompts, key=lambda row: (row.item_id, row.realization_id, row.template_id)):
            rows = list(group)
            by_arm = {row.arm: row for row in rows}
            if missing := {"reference", "us"} - by_arm.keys():
                raise _broken(rows[0], f"has no {' and no '.join(sorted(missing))} row beside it")
            reference = by_arm["reference"]
            placebo_edits = {len(row.edits) for row in rows if row.role == "placebo"}
            for row in rows:
                self._check(row, reference)
                if row.role == "treatment" and {len(row.edits)} != placebo_edits:
                    raise _broken(row, f"has {len(row.edits)} edits, its placebos have {sorted(placebo_edits)}")
                if row.role == "treatment" and row.arm != "us" and row.prompt == by_arm["us"].prompt:
                    raise _broken(row, "reads the same as the us row, so the pair has no cue")
                self._same_as_uk[row.arm] += row.role == "treatment" and row.prompt == getattr(
                    by_arm.get("uk"), "prompt", None
                )
            yield from rows

    def _check(self, row: Prompt, reference: Prompt) -> None:
        try:
            undone = undo_edits(row.prompt, row.edits)
        except ValueError as error:
            raise _broken(row, f"does not undo ({error})") from error
        if undone != reference.prompt:
            raise _broken(row, "does not undo to its reference row")
        if row.role in _UNCUED and row.edits:
            raise _broken(row, "is a reference or repeat but has edits")
        if row.role not in _UNCUED and not row.edits:
            raise _broken(row, "has a cue but no edit")
        for name, pattern in (("numbers", _NUMBER), ("negation", _NEGATION)):
            if pattern.findall(row.prompt) != pattern.findall(reference.prompt):
                raise _broken(row, f"does not keep the {name} of its reference row")
        if row.role not in _EXPLICIT:
            if named := named_choices(row.prompt, row.accepted):
                raise _broken(row, f"contains an answer: {[row.accepted[index] for index in sorted(named)]}")
            if found := GROUP_TERMS.search(row.prompt):
                raise _broken(row, f"names a group: {found.group(0)!r}")
        self._checked["rows"] += 1
        self._checked[f"rows {row.role}"] += 1
        self._checked["edits"] += len(row.edits)
        own, base = _sizes(row.prompt), _sizes(reference.prompt)
        self._sums[row.arm] += np.array([1, len(row.edits), *own, *(v * v for v in own), *base, *(v * v for v in base)])

    def report(self) -> dict[str, Any]:
        """Return the counts, and per arm the mean size with its standardized difference from its own reference rows.

        Means are in tenths and differences in thousandths of a standard deviation, so that the manifest holds integers.
        """
        return {
            "checked": dict(sorted(self._checked.items())),
            "rows_same_as_uk": {arm: count for arm, count in sorted(self._same_as_uk.items()) if arm != "uk" and count},
            "balance": {arm: _balance(sums) for arm, sums in self._sums.items()},
        }


def _sizes(text: str) -> tuple[int, int]:
    return len(text), len(text.split())


def _balance(sums: NDArray[np.float64]) -> dict[str, int]:
    n = sums[0]
    edits, *means = sums[1:] / n
    found = {"edits_mean_x10": round(10 * edits)}
    for k, unit in enumerate(("chars", "words")):
        own, own2, base, base2 = means[k], means[k + 2], means[k + 4], means[k + 6]
        spread = (((own2 - own**2) + (base2 - base**2)) / 2) ** 0.5
        found[f"{unit}_mean_x10"] = round(10 * own)
        found[f"{unit}_smd_x1000"] = round(1000 * (own - base) / spread) if spread > 0 else 0
    return found


def _broken(row: Prompt, what: str) -> ContentError:
    return ContentError(
        f"item {row.item_id}, arm {row.arm}, realization {row.realization_id}, template {row.template_id} {what}: "
        f"{row.prompt!r}"
    )
