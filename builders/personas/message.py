"""What a model is asked in the config `steering`: whose answer to predict, and in each arm what is told of them."""

from __future__ import annotations

from typing import NamedTuple

from ip_bench.design import Arm

from .planted import cohorts
from .similar import most_similar
from .statements import statements
from .subjects import Subject, modes

SHOWN = 5  # own answers in a prompt
SOFT = (1, 5, 10, 20)  # answers from which a vector is folded in
NONE, DEMOGRAPHICS, DESCRIPTION, OWN, MISTAKEN = "none", "demographics", "description", "own_answers", "mistaken"
ARMS: tuple[Arm, ...] = (
    Arm(NONE, "reference", "personas"),
    Arm(DEMOGRAPHICS, "treatment", "prompt"),
    Arm(DESCRIPTION, "explicit", "prompt"),
    Arm(OWN, "treatment", "prompt"),
    Arm(MISTAKEN, "treatment", "prompt"),
    *(Arm(f"soft_{count}", "treatment", "soft") for count in SOFT),
)
_LABELS = {"age": "Age", "area": "Lives in", "schooling": "Schooling", "leaning": "Politics", "home": "Home"}
_BEGIN = {
    "person": "In a survey, a person says how far they agree with statements.",
    "cohort": "In a survey, the people of a group say how far they agree with statements.",
}
_ASKED = {
    "person": ("This person was given the statement:", "Which option did this person choose?"),
    "cohort": ("This group was given the statement:", "Which option did this group choose most often?"),
}
_WHO = {"person": "this person", "cohort": "this group"}


class Message(NamedTuple):
    """A prompt, and the statements (codes) whose own answers it, or the vector of its arm, is made from."""

    prompt: str
    used: list[int]


def message(subject: Subject, arm: str, item: int) -> Message:
    """Return what is asked about a subject and a statement in an arm."""
    who, used = _WHO[subject.kind], used_answers(subject, arm, item)
    told = {
        DEMOGRAPHICS: lambda: _demographics(subject),
        DESCRIPTION: lambda: _description(subject),
        OWN: lambda: "\n".join([f"Other answers of {who}:", *(_line(other, subject.given[other]) for other in used)]),
        MISTAKEN: lambda: "\n".join(
            [
                f"Some answers of {who}, where most people answer otherwise:",
                *(
                    f"{_line(other, subject.given[other])} (most people: {_option(other, modes()[other])})"
                    for other in used
                ),
            ]
        ),
    }
    lead, question = _ASKED[subject.kind]
    statement = statements()[item]
    parts = [
        _BEGIN[subject.kind],
        *([told[arm]()] if arm in told else []),
        f'{lead}\n"{statement.text}"',
        f"Options: {'; '.join(statement.options)}.",
        f"{question} Say one of the options and nothing else.",
        "Answer:",
    ]
    return Message("\n\n".join(parts), used)


def used_answers(subject: Subject, arm: str, item: int) -> list[int]:
    """Return the statements whose own answers an arm uses: given ones, so none that is asked for."""
    given = [*subject.given]
    if arm == OWN:
        return most_similar(item, given, SHOWN)
    if arm == MISTAKEN:
        return most_similar(item, [other for other in given if subject.given[other] != modes()[other]], SHOWN)
    counts = {f"soft_{count}": count for count in SOFT}
    return given[: counts.get(arm, 0)]


def _demographics(subject: Subject) -> str:
    head = "What is known of this person:" if subject.kind == "person" else "Most common in this group:"
    return "\n".join([head, *(f"- {_LABELS[name]}: {level}" for name, level in subject.facts.items())])


def _description(subject: Subject) -> str:
    head = "This person belongs to a group of people." if subject.kind == "person" else "About this group:"
    return f"{head} {cohorts()[subject.cohort].description}"


def _option(item: int, answer: int) -> str:
    return statements()[item].options[answer]


def _line(item: int, answer: int) -> str:
    return f'- "{statements()[item].text}" {_option(item, answer)}'
