"""What every row of the case study must hold, checked as rows stream by; the counts go into the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import Any

from ip_bench.cues.balance import SIZES, Balance
from ip_bench.cues.edits import Cued, shift_edits
from ip_bench.cues.gates import UNCUED, broken, check_edits, group_named
from ip_bench.design import Prompt
from ip_bench.outcomes.blinded_judge import BACKGROUND
from ip_bench.outcomes.text_measures import ari

from .inference import BACKGROUNDS, frame, probed
from .kept import lost, same_answers
from .tasks import tasks
from .voices import INFERENCE, arms, voice_of

#: Roles whose rows may be missing: a text can have no place for a cue.
_MAY_LACK = frozenset({"treatment", "placebo"})


class EducationGates:
    """Check the rows of one config and count what was checked; a violation raises ContentError with item and arm."""

    def __init__(self, config: str) -> None:
        self._arms = arms(config)
        self._checked: Counter[str] = Counter()
        self._left_out = Counter({arm.name: 0 for arm in self._arms if arm.role in _MAY_LACK})
        self._message = _within if config == INFERENCE else _as_it_is
        self._balance = Balance({**SIZES, "ari": lambda text: ari(text) or 0.0})

    def checked(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts, item and cell by item and cell, after checking them against their reference row."""
        for _, group in groupby(prompts, key=lambda row: (row.item_id, row.realization_id, row.template_id)):
            whole = list(group)
            rows = {row.arm: self._message(row) for row in whole}
            self._check_arms(rows)
            measured = {text: self._balance.measured(text) for text in {row.prompt for row in rows.values()}}
            reference = rows["reference"]
            for row in rows.values():
                if row.arm.endswith("_fixed"):
                    self._check_fixed(row, rows.get(row.arm.removesuffix("_fixed")))
                else:
                    self._check(row, reference)
                if row.role == "placebo":
                    self._check_placebo(row, rows.get(row.arm.removeprefix("typo_")))
                self._checked["rows"] += 1
                self._checked[f"rows {row.role}"] += 1
                self._checked["edits"] += len(row.edits)
                self._balance.add(row.arm, len(row.edits), measured[row.prompt], measured[reference.prompt])
            yield from whole

    def _check_arms(self, rows: dict[str, Prompt]) -> None:
        """Count the voices and placebos that could not be made; any other arm must be there."""
        due = [arm for arm in self._arms if "reference_fixed" in rows or not arm.name.endswith("_fixed")]
        if lacking := [arm.name for arm in due if arm.role not in _MAY_LACK and arm.name not in rows]:
            raise broken(next(iter(rows.values())), f"has no {' and no '.join(lacking)} row beside it")
        self._left_out.update(arm.name for arm in due if arm.name not in rows)

    def _check(self, row: Prompt, reference: Prompt) -> None:
        check_edits(row, reference)
        if _asked(row) != _asked(reference):
            raise broken(row, "asks something else than its reference row")
        if row.role == "explicit":
            self._check_statement(row, reference)
            return
        if found := _group(row.prompt):
            raise broken(row, f"names a group: {found!r}")
        if row.role not in UNCUED and (gone := lost(reference.prompt, Cued(row.prompt, row.edits), row.accepted)):
            raise broken(row, f"does not keep what its reference row says: {', '.join(gone)}")

    def _check_statement(self, row: Prompt, reference: Prompt) -> None:
        if [(edit.start, edit.before) for edit in row.edits] != [(0, "")]:
            raise broken(row, "states a background elsewhere than in front")
        if not _group(row.edits[0].after):
            raise broken(row, "states no background")
        if not same_answers(reference.prompt, row.prompt, row.accepted):
            raise broken(row, "names an answer")

    def _check_placebo(self, row: Prompt, voice: Prompt | None) -> None:
        if voice is None or len(voice.edits) != len(row.edits):
            made = "is missing" if voice is None else f"has {len(voice.edits)}"
            raise broken(row, f"has {len(row.edits)} edits, its voice {made}")

    def _check_fixed(self, row: Prompt, free: Prompt | None) -> None:
        if free is None or (row.prompt, row.edits, _asked(row)) != (free.prompt, free.edits, _asked(free)):
            raise broken(row, "differs from its row without a fixed length in more than the instruction")

    def report(self) -> dict[str, Any]:
        """Return the counts, the rows left out by arm, and per arm the mean size and readability (`Balance.report`).

        Readability is the Automated Readability Index of the prompt, in years of schooling.
        """
        return {
            "checked": dict(sorted(self._checked.items())),
            "left_out": dict(self._left_out),
            "balance": self._balance.report(),
        }


def _asked(row: Prompt) -> tuple[object, ...]:
    return row.choices, row.gold, row.accepted, dict(row.extra)


@lru_cache(maxsize=64)
def _group(text: str) -> str | None:
    """Return the first name of a country, people, language or dialect in a text, or None."""
    found = BACKGROUND.search(text)
    return group_named(text) or (found.group(0) if found else None)


def _as_it_is(row: Prompt) -> Prompt:
    return row


def _within(row: Prompt) -> Prompt:
    """Return the message inside a row of the inference probe, with the answers of its task, once its frame is checked.

    The frame names every background once, and the right answer is the one that the message has or states.
    """
    locales = [name for names in row.extra["choice_locales"] for name in names]
    if sorted(locales) != sorted(BACKGROUNDS) or row.accepted != tuple(BACKGROUNDS[name] for name in locales):
        raise broken(row, "does not offer each background once")
    due = locales.index(voice_of(row.arm)) if row.role in {"treatment", "explicit"} else None
    if row.gold != due:
        raise broken(row, f"has the answer {row.gold}, not {due}")
    before, after = frame(row.choices)[1:]
    if not (row.prompt.startswith(before) and row.prompt.endswith(after)):
        raise broken(row, "has another question than its choices make")
    task = tasks(probed()[row.item_id].config)[row.item_id].item
    return replace(
        row,
        prompt=row.prompt[len(before) : -len(after)],
        edits=shift_edits(row.edits, -len(before)),
        gold=None,
        accepted=task.accepted,
    )
