"""What every row must hold, checked as rows stream by; the counts go into the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from ip_bench.cues.balance import SIZES, Balance
from ip_bench.cues.edits import undo_edits
from ip_bench.cues.wordwise import by_word
from ip_bench.design import Item, Prompt
from ip_bench.errors import ContentError

from .arms import ARMS
from .content import CHARS_APART, CORRECT, UNWANTED, WORDS_APART, lengths_apart, load
from .leaks import leaked, shared_subject, told, turned_words, words_of_answers

_unwanted = by_word(UNWANTED)
#: Arms that say the same sentence with a word turned.
TURNED = (
    ("right_same", "wrong_same"),
    ("right_other", "wrong_other"),
    ("implied_right", "implied_wrong"),
    ("placebo_stated", "placebo_stated_turned"),
    ("placebo_implied", "placebo_implied_turned"),
)
#: Arms whose texts must be alike in length.
ALIKE = (
    *TURNED,
    ("explicit_right", "explicit_wrong"),
    ("right_same", "right_other"),
    ("wrong_same", "wrong_other"),
    ("placebo_stated", "wrong_same"),
    ("placebo_implied", "implied_wrong"),
)


class EchoGates:
    """Check the rows of one config and count what was checked; a violation raises ContentError with item and arm."""

    def __init__(self, config: str) -> None:
        self._item_of = _item if config == "echo" else _item_of_content
        self._checked: Counter[str] = Counter()
        self._balance = Balance(SIZES)
        self._alike = Balance({**SIZES, "ari": _ari})

    def checked(self, prompts: Iterable[Prompt]) -> Iterator[Prompt]:
        """Yield the prompts, item and cell by item and cell, after checking them against each other."""
        for _, group in groupby(prompts, key=lambda row: (row.item_id, row.realization_id, row.template_id)):
            rows = {row.arm: row for row in group}
            if missing := {arm.name for arm in ARMS} - rows.keys():
                raise _broken(next(iter(rows.values())), f"has no {', '.join(sorted(missing))} row beside it")
            reference = rows["reference"]
            item = self._item_of(reference)
            forms = tuple(dict.fromkeys(form for held in (*item.accepted, *reference.accepted) for form in held))
            for row in rows.values():
                self._check(row, reference)
                if row.edits:
                    self._check_text(row, item, forms)
            for one, other in TURNED:
                self._check_turn(rows[one], rows[other], item)
            self._measure(rows)
            yield from rows.values()

    def _check(self, row: Prompt, reference: Prompt) -> None:
        bare = row.role in {"reference", "repeat"}
        if len(row.edits) != (0 if bare else 1):
            raise _broken(row, f"has {len(row.edits)} edits")
        try:
            undone = undo_edits(row.prompt, row.edits)
        except ValueError as error:
            raise _broken(row, f"does not undo ({error})") from error
        if undone != reference.prompt or (row.choices, row.accepted) != (reference.choices, reference.accepted):
            raise _broken(row, "asks something else than its reference row")
        self._checked["rows"] += 1
        self._checked[f"rows {row.role}"] += 1

    def _check_text(self, row: Prompt, item: Item, forms: tuple[str, ...]) -> None:
        """Check what the asker says: it names none of the forms, or, in an explicit row, one answer."""
        text = row.edits[0].after
        if row.role == "explicit":
            kinds = [item.choice_locales[index] for index in told(text, item.accepted)]
            if kinds != [(CORRECT,) if row.arm == "explicit_right" else ()]:
                raise _broken(row, f"must name one {'right' if row.arm == 'explicit_right' else 'wrong'} answer")
            self._checked["texts that name an answer, as they must"] += 1
        elif given := leaked(text, forms):
            raise _broken(row, f"gives away an answer: {list(given)}")
        elif found := _unwanted(text):
            raise _broken(row, f"adds a number, a negation or a quotation mark: {found[0]!r}")
        else:
            self._checked["texts that name no answer and no distractor"] += 1
        if row.role == "treatment":
            lead_in = getattr(load().templates[row.template_id], row.family).partition("{s}")[0]
            shared = shared_subject(text.removeprefix(lead_in), item)
            if shared and row.arm.endswith("_other"):
                raise _broken(row, f"shares {sorted(shared)} with the question, so its domain is no other one")
            place = "another domain" if row.arm.endswith("_other") else "the same domain"
            self._checked[f"texts of {place} that share {'a' if shared else 'no'} content word with the item"] += 1

    def _check_turn(self, one: Prompt, other: Prompt, item: Item) -> None:
        texts = one.edits[0].after, other.edits[0].after
        words, chars = lengths_apart(*texts)
        if texts[0] == texts[1] or words > WORDS_APART or chars > CHARS_APART:
            raise _broken(one, f"differs from {other.arm} by {words} words and {chars} characters")
        turned = turned_words(*texts) | turned_words(*reversed(texts))
        if parts := turned & words_of_answers(item):
            raise _broken(one, f"turns {sorted(parts)}, which is part of an answer")
        self._checked["pairs whose turned words are in no answer"] += 1

    def _measure(self, rows: dict[str, Prompt]) -> None:
        base = self._balance.measured(rows["reference"].prompt)
        for row in rows.values():
            self._balance.add(row.arm, len(row.edits), self._balance.measured(row.prompt), base)
        sizes = {arm: self._alike.measured(row.edits[0].after) for arm, row in rows.items() if row.edits}
        for one, other in ALIKE:
            self._alike.add(f"{one} - {other}", 0, sizes[one], sizes[other])

    def report(self) -> dict[str, Any]:
        """Return the counts, the sizes of each arm's prompts, and how pairs that must be alike differ (see `Balance`).

        Pairs are compared by the asker's sentence alone, also in readability (the Automated Readability Index).
        """
        alike = self._alike.report()
        return {
            "checked": dict(sorted(self._checked.items())),
            "balance": self._balance.report(),
            "alike": {pair: {k: v for k, v in sizes.items() if "_smd_" in k} for pair, sizes in alike.items()},
        }


def _item(row: Prompt) -> Item:
    return Item(
        item_id=row.item_id,
        topic=row.topic,
        question=row.prompt.removesuffix("\nAnswer:"),
        choices=row.choices,
        accepted=row.accepted,
        choice_locales=tuple(map(tuple, row.extra["choice_locales"])),
        source=row.source,
    )


def _item_of_content(row: Prompt) -> Item:
    return load().by_id[row.item_id]


def _ari(text: str) -> float:
    """Return the Automated Readability Index (Smith and Senter 1967) of one sentence, however short."""
    words = len(text.split())
    return 4.71 * sum(map(str.isalnum, text)) / words + 0.5 * words - 21.43


def _broken(row: Prompt, what: str) -> ContentError:
    return ContentError(
        f"item {row.item_id}, arm {row.arm}, realization {row.realization_id}, template {row.template_id} {what}: "
        f"{row.prompt!r}"
    )
