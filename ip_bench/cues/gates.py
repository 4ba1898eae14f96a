"""What every published row must hold, checked as rows stream by; the counts go into the card."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Any

from ip_bench.cues.balance import SIZES, Balance
from ip_bench.cues.edits import undo_edits
from ip_bench.cues.wordwise import by_word, names_answer
from ip_bench.design import Prompt
from ip_bench.errors import ContentError
from ip_bench.outcomes.answers import named_choices

GROUP_TERMS = re.compile(
    r"\b(?:americans?|america|usa|united states|british|britain|united kingdom|england|english|scot\w*|welsh|wales|"
    r"australian?s?|aussies?|canadian?s?|canada|irish|ireland|new zealand\w*|kiwis?|indians?|india|"
    r"south african?s?|africa\w*)\b",
    re.IGNORECASE,
)
#: One of these is in every text in which the pattern finds something; telling that takes no pattern.
_STEMS = (
    "america", "usa", "united", "brit", "engl", "scot", "welsh", "wales", "austr", "aussie", "canad", "irish",
    "ireland", "zealand", "kiwi", "india", "africa",
)  # fmt: skip
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATION = re.compile(r"\b(?:not|no|never|without|none|\w+n't)\b", re.IGNORECASE)
#: What a row keeps of its reference row, by name.
_KEPT: dict[str, Callable[[str], list[str]]] = {"numbers": _NUMBER.findall, "negation": by_word(_NEGATION)}
_EXPLICIT = frozenset({"explicit"})
#: Roles whose rows carry no cue.
UNCUED = frozenset({"reference", "repeat"})


class Gates:
    """Check the rows of one config and count what was checked.

    A violation raises ContentError with the row's item and arm; nothing is dropped silently.
    """

    def __init__(self, config: str) -> None:
        self.config = config
        self._checked: Counter[str] = Counter()
        self._balance = Balance(SIZES)
        self._same_as_uk: Counter[str] = Counter()

    def checked(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts, item and cell by item and cell, after checking them against their reference row."""
        for _, group in groupby(prompts, key=lambda row: (row.item_id, row.realization_id, row.template_id)):
            rows = list(group)
            by_arm = {row.arm: row for row in rows}
            if missing := {"reference", "us"} - by_arm.keys():
                raise broken(rows[0], f"has no {' and no '.join(sorted(missing))} row beside it")
            reference = by_arm["reference"]
            said = {name: of(reference.prompt) for name, of in _KEPT.items()}
            base = self._balance.measured(reference.prompt)
            placebo_edits = {len(row.edits) for row in rows if row.role == "placebo"}
            for row in rows:
                self._check(row, reference, said)
                self._balance.add(row.arm, len(row.edits), self._balance.measured(row.prompt), base)
                if row.role == "treatment" and {len(row.edits)} != placebo_edits:
                    raise broken(row, f"has {len(row.edits)} edits, its placebos have {sorted(placebo_edits)}")
                if row.role == "treatment" and row.arm != "us" and row.prompt == by_arm["us"].prompt:
                    raise broken(row, "reads the same as the us row, so the pair has no cue")
                self._same_as_uk[row.arm] += row.role == "treatment" and row.prompt == getattr(
                    by_arm.get("uk"), "prompt", None
                )
            yield from rows

    def _check(self, row: Prompt, reference: Prompt, said: dict[str, list[str]]) -> None:
        check_edits(row, reference)
        for name, of in _KEPT.items():
            if row.prompt != reference.prompt and of(row.prompt) != said[name]:
                raise broken(row, f"does not keep the {name} of its reference row")
        if row.role not in _EXPLICIT:
            if names_answer(row.prompt, row.accepted):
                named = named_choices(row.prompt, row.accepted)
                raise broken(row, f"contains an answer: {[row.accepted[index] for index in sorted(named)]}")
            if found := group_named(row.prompt):
                raise broken(row, f"names a group: {found!r}")
        self._checked["rows"] += 1
        self._checked[f"rows {row.role}"] += 1
        self._checked["edits"] += len(row.edits)

    def report(self) -> dict[str, Any]:
        """Return the counts, and per arm the mean size with its standardized difference (`Balance.report`)."""
        return {
            "checked": dict(sorted(self._checked.items())),
            "rows_same_as_uk": {arm: count for arm, count in sorted(self._same_as_uk.items()) if arm != "uk" and count},
            "balance": self._balance.report(),
        }


@lru_cache(maxsize=64)
def group_named(text: str) -> str | None:
    """Return the first term of a country or people in a text, as `GROUP_TERMS` finds it, or None."""
    if text.isascii():
        lower = text.lower()
        if not any(map(lower.__contains__, _STEMS)):
            return None
    found = GROUP_TERMS.search(text)
    return found.group(0) if found else None


def check_edits(row: Prompt, reference: Prompt) -> None:
    """Raise ContentError where a row's edits do not undo to its reference row, or a cue has none, or the reverse."""
    try:
        undone = undo_edits(row.prompt, row.edits)
    except ValueError as error:
        raise broken(row, f"does not undo ({error})") from error
    if undone != reference.prompt:
        raise broken(row, "does not undo to its reference row")
    if row.role in UNCUED and row.edits:
        raise broken(row, "is a reference or repeat but has edits")
    if row.role not in UNCUED and not row.edits:
        raise broken(row, "has a cue but no edit")


def broken(row: Prompt, what: str) -> ContentError:
    """Return the error for a row that breaks a gate, with its item, arm, cell and prompt."""
    return ContentError(
        f"item {row.item_id}, arm {row.arm}, realization {row.realization_id}, template {row.template_id} {what}: "
        f"{row.prompt!r}"
    )
