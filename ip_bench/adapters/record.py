"""What an adapter hands over: one item of an outside set, with its license and where it is from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from ip_bench.release.hashing import row_digest

Kind = Literal["unsafe", "benign", "utility"]
AnswerKind = Literal["judged", "choice", "number", "text", "code"]
KINDS: tuple[str, ...] = get_args(Kind)
ANSWER_KINDS: tuple[str, ...] = get_args(AnswerKind)
#: Why an item should not be scored as it stands; `docs/adapters.md` counts them by set.
FLAWS = {
    "": "none",
    "repeated": "the same question and answer stand in an earlier row",
    "contradicted": "the same question stands in another row with another answer",
    "same_choice": "the right choice has the same text as another",
    "broken_options": "the right answer is none of the options that are listed",
    "hidden_name": "the tests or their setup need a name that only the reference solution defines",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTests:
    """The tests of a code item, as text; nothing here runs them.

    `function` is the name that the tests call, `setup` runs before them, `challenge` are harder ones, and `solution`
    is the set's own code, which passes.
    """

    function: str
    setup: str
    tests: tuple[str, ...]
    challenge: tuple[str, ...]
    solution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideItem:
    """One item of an outside set.

    `question` never lists its own choices. `accepted[k]` are the forms that count as `choices[k]`; without choices,
    `accepted[0]` are those of the one right answer. `gold` is an index into `accepted`, None where a judge decides.
    `pair` is shared by an unsafe request and its benign twin. What comes last (the id and where the item is from) is
    filled in when the release is known.
    """

    kind: Kind
    topic: str
    question: str
    answer_kind: AnswerKind
    subtopic: str = ""
    choices: tuple[str, ...] = ()
    gold: int | None = None
    accepted: tuple[tuple[str, ...], ...] = ()
    tests: CodeTests | None = None
    pair: str = ""
    flaw: str = ""
    item_id: str = ""
    dataset: str = ""
    release: str = ""
    source: str = ""
    license: str = ""
    citation: str = ""

    def to_row(self) -> dict[str, Any]:
        """Return the item as plain lists, dicts and scalars, fields in the order above."""
        row = asdict(self)
        row["choices"] = list(self.choices)
        row["accepted"] = [list(forms) for forms in self.accepted]
        if self.tests is not None:
            row["tests"] |= {"tests": list(self.tests.tests), "challenge": list(self.tests.challenge)}
        return row


def text_digest(item: OutsideItem) -> bytes:
    """Return blake2b-256 of what is asked: question, choices and tests; the id of an item is made of it."""
    tests = [] if item.tests is None else [item.tests.setup, *item.tests.tests]
    return row_digest({"question": item.question, "choices": item.choices, "tests": tests})


def content_digest(item: OutsideItem) -> bytes:
    """Return blake2b-256 of all that the set says of an item; what an adapter derives from it is left out."""
    tests = item.tests
    return row_digest(
        {
            "kind": item.kind,
            "topic": item.topic,
            "subtopic": item.subtopic,
            "question": item.question,
            "choices": item.choices,
            "gold": item.gold,
            "answer": item.accepted[0][0] if item.accepted and not item.choices else "",
            "tests": None if tests is None else [tests.setup, *tests.tests, "", *tests.challenge, "", tests.solution],
        }
    )


def right_answer(item: OutsideItem) -> tuple[str, ...]:
    """Return the forms of the right answer, none where a judge decides."""
    return () if item.gold is None else item.accepted[item.gold]
