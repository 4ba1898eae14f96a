"""What every row of the implicit configs must hold, checked as rows stream by; the counts go into the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any

from ip_bench.cues.balance import SIZES, Balance, sizes
from ip_bench.cues.dialect.kept import not_kept
from ip_bench.cues.edits import Cued, undo_edits
from ip_bench.cues.gates import UNCUED, broken
from ip_bench.cues.wordwise import names_answer
from ip_bench.design import Edit, Prompt

from .gates import Spread, asked_of
from .identities import identity
from .implicit import ARMS, ATTRIBUTE, EXPLICIT, IMPLIED, PLACEBO_OF, SENTENCE, VOICES
from .items import left_out
from .openers import told
from .signers import GROUP_OF
from .signers import left_out as names_left_out

#: How far in characters the placebo of a sentence may be from it.
_NEAR = 2


class ImplicitGates:
    """Check the rows of one config and count what was checked; a violation raises ContentError with item and arm."""

    def __init__(self, config: str) -> None:
        self.config = config
        self._checked: Counter[str] = Counter()
        self._balance = Balance(SIZES)
        self._sizes = Spread()

    def checked(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts, item by item, after checking them against their reference row and their placebo."""
        for _, group in groupby(prompts, key=lambda row: (row.item_id, row.realization_id, row.template_id)):
            rows = {row.arm: row for row in group}
            reference = next(iter(rows.values()))
            if list(rows) != [arm.name for arm in ARMS]:
                lacking = [arm.name for arm in ARMS if arm.name not in rows]
                raise broken(reference, f"has other arms beside it than declared; missing: {lacking}")
            self._checked[f"items {reference.extra['kind']}"] += 1
            base, asked = sizes(reference.system, reference.prompt), asked_of(reference)
            for row in rows.values():
                edits = self._check(row, reference, asked)
                if row.arm in PLACEBO_OF:
                    self._check_placebo(row, rows[PLACEBO_OF[row.arm]])
                self._checked["rows"] += 1
                self._checked[f"rows {row.role}"] += 1
                self._checked["edits"] += len(edits)
                measured = sizes(row.system, row.prompt)
                self._balance.add(row.arm, len(edits), measured, base)
                self._sizes.add(row.arm, measured)
            yield from rows.values()

    def _check(self, row: Prompt, reference: Prompt, asked: tuple[object, ...]) -> tuple[Edit, ...]:
        """Check a row against its reference row, which asks `asked`, and return its edits, of both turns."""
        system_edits = tuple(Edit(**edit) for edit in row.extra["system_edits"])
        try:
            undone = undo_edits(row.system, system_edits), undo_edits(row.prompt, row.edits)
        except ValueError as error:
            raise broken(row, f"does not undo ({error})") from error
        if undone != (reference.system, reference.prompt):
            raise broken(row, "does not undo to its reference row")
        if asked_of(row) != asked:
            raise broken(row, "asks something else than its reference row")
        if not row.prompt.endswith(f"\n\n{row.extra['request']}"):
            raise broken(row, "does not end with its request, untouched and by itself")
        edits = (*system_edits, *row.edits)
        if bool(edits) == (row.role in UNCUED):
            raise broken(row, f"has {len(edits)} edits")
        if names_answer(_before(row), row.accepted):
            raise broken(row, "names an answer before the request")
        self._check_whom(row, edits)
        self._check_cue(row, reference, edits)
        return edits

    def _check_whom(self, row: Prompt, edits: tuple[Edit, ...]) -> None:
        """Check whom a row points to, and that no words say so unless its arm is explicit."""
        whom = row.extra["identity"]
        if row.arm in EXPLICIT or row.arm == ATTRIBUTE:
            due = EXPLICIT.get(row.arm, whom)
            if whom != due or len(edits) != 1 or edits[0].after.count(identity(whom).phrase) != 1:
                raise broken(row, f"does not state that the asker is {due!r}, once, in one edit")
            self._checked["rows that state who asks"] += 1
            return
        if whom != IMPLIED.get(row.arm, ""):
            raise broken(row, f"points to {whom!r}, not to {IMPLIED.get(row.arm, '')!r}")
        if found := _told(_before(row)):
            raise broken(row, f"says who asks: {found!r}")
        self._checked["rows that say nothing of who asks"] += 1

    def _check_cue(self, row: Prompt, reference: Prompt, edits: tuple[Edit, ...]) -> None:
        """Check what is particular to a kind of cue."""
        if row.arm in GROUP_OF and (len(edits) != 1 or len(row.prompt) != len(reference.prompt)):
            raise broken(row, "differs in more than a name of the same length")
        if row.arm in VOICES or row.family == "typo":
            if gone := _not_kept(_before(reference), Cued(_before(row), row.edits)):
                raise broken(row, f"does not keep what its reference row says: {', '.join(gone)}")
            self._checked[f"edits {row.family}"] += len(edits)

    def _check_placebo(self, row: Prompt, placebo: Prompt) -> None:
        """Check that a cue and its placebo make as many edits, and sentences of about the same length."""
        own, other = (len(one.edits) + len(one.extra["system_edits"]) for one in (row, placebo))
        if own != other:
            raise broken(row, f"has {own} edits, its placebo {placebo.arm} {other}")
        if placebo.arm == SENTENCE and abs(len(row.prompt) - len(placebo.prompt)) > _NEAR:
            raise broken(row, f"has {len(row.prompt)} characters, its placebo {placebo.arm} {len(placebo.prompt)}")
        self._checked["rows with as many edits as their placebo"] += 1

    def left_out(self) -> dict[str, int]:
        """Return what is not asked, with counts."""
        return {
            "useful requests that name an identity": len(left_out()),
            "slots with a name that is in a request": names_left_out(),
        }

    def report(self) -> dict[str, Any]:
        """Return the counts, what is left out, each arm's sizes, and how each cue differs from its placebo in size.

        `from_placebo` holds standardized differences of whole messages, in thousandths.
        """
        return {
            "checked": dict(sorted(self._checked.items())),
            "left_out": self.left_out(),
            "balance": self._balance.report(),
            "from_placebo": self._from_placebo(PLACEBO_OF),
        }

    def _from_placebo(self, pairs: Mapping[str, str]) -> dict[str, dict[str, int]]:
        there = set(self._sizes.sides()) if self._checked else set()
        return {arm: self._sizes.smd(arm, placebo) for arm, placebo in pairs.items() if arm in there}


def _before(row: Prompt) -> str:
    """Return what a user turn holds before the request."""
    return row.prompt.removesuffix(str(row.extra["request"]))


@lru_cache(maxsize=1 << 13)
def _not_kept(before: str, own: Cued) -> tuple[str, ...]:
    """Return `not_kept`; items of one cell have the same texts before their requests."""
    return not_kept(before, own)


@lru_cache(maxsize=1 << 15)
def _told(text: str) -> str | None:
    return told(text)
