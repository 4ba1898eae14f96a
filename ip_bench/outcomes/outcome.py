"""One response, scored: the Outcome record, made alike inside the harness and from its logged samples."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from ip_bench.effects.table import Scored
from ip_bench.outcomes.answers import ANSWERED, pick_choice, read_answer


class Measured(Protocol):
    """What every kind of outcome has: the row, how its response was read, and a value for each outcome asked for."""

    @property
    def row_id(self) -> str:
        """The row."""
        ...

    @property
    def item_id(self) -> str:
        """The item."""
        ...

    @property
    def arm(self) -> str:
        """The arm."""
        ...

    @property
    def realization_id(self) -> str:
        """The realization."""
        ...

    @property
    def template_id(self) -> str:
        """The template that carries it."""
        ...

    @property
    def kind(self) -> str:
        """How the response was read."""
        ...

    @property
    def text(self) -> str:
        """What was read."""
        ...

    @property
    def thinking_chars(self) -> int:
        """The length of the thinking that was split off."""
        ...

    @property
    def answered(self) -> bool:
        """Whether there is an outcome."""
        ...

    @property
    def answer(self) -> object:
        """What two responses have in common that came to the same."""
        ...

    def value(self, outcome: str) -> float | None:
        """Return the value of an outcome, None where there is none."""
        ...

    def reason(self, outcome: str) -> str:
        """Return why there is no value of an outcome, or how it was read."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one response came to.

    `kind` is how it was read ("choice", "several", "other" are answers; every other kind is a counted reason why there
    is no outcome), `choice` the index of the answer given, `locales` those whose right answer it is.
    """

    row_id: str
    item_id: str
    arm: str
    realization_id: str
    template_id: str
    replicate: int
    kind: str
    choice: int | None
    locales: tuple[str, ...]
    text: str
    thinking_chars: int

    @property
    def answered(self) -> bool:
        """Whether there is an outcome."""
        return self.kind in ANSWERED

    @property
    def answer(self) -> tuple[str, ...]:
        """The locales whose right answer was given."""
        return self.locales

    def value(self, outcome: str) -> float | None:
        """Return 1 where the answer given is the right one in locale `outcome`, 0 for any other answer, else None."""
        return float(outcome in self.locales) if self.answered else None

    def reason(self, outcome: str) -> str:  # noqa: ARG002 (there is one answer, so one reason)
        """Return the kind."""
        return self.kind

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values."""
        return asdict(self) | {"locales": list(self.locales)}


def score_generation(
    doc: Mapping[str, Any], response: str, *, delivered: bool = True, thinking: bool = False
) -> Outcome:
    """Return the outcome of a generated response.

    `delivered` is False where the prompt did not reach the model, `thinking` is True where the request ended with an
    opened thinking tag, so that the response starts inside the thinking.
    """
    answer = read_answer(response, doc["accepted"], thinking=thinking)
    kind = answer.kind if delivered else "undelivered"
    return _outcome(doc, kind, answer.choice, answer.text, answer.thinking_chars)


def score_choice(
    doc: Mapping[str, Any],
    loglikelihoods: Sequence[float],
    *,
    delivered: bool = True,
    normalized: bool = False,
) -> Outcome:
    """Return the outcome of multiple choice: the choice of highest log-likelihood, or (normalized) per character."""
    lengths = [len(choice) for choice in doc["choices"]] if normalized else None
    choice = pick_choice(loglikelihoods, lengths)
    kind = "undelivered" if not delivered else "no score" if choice is None else "choice"
    return _outcome(doc, kind, choice, doc["choices"][choice] if choice is not None else "", 0)


def _outcome(doc: Mapping[str, Any], kind: str, choice: int | None, text: str, thinking_chars: int) -> Outcome:
    return Outcome(
        row_id=doc["row_id"],
        item_id=doc["item_id"],
        arm=doc["arm"],
        realization_id=doc["realization_id"],
        template_id=doc["template_id"],
        replicate=doc["replicate"],
        kind=kind,
        choice=choice if kind == "choice" else None,
        locales=tuple(doc["choice_locales"][choice]) if kind == "choice" and choice is not None else (),
        text=text,
        thinking_chars=thinking_chars,
    )


def scored(outcomes: Iterable[Measured], outcome: str) -> list[Scored]:
    """Return every row scored on one outcome, with the reason where it has none."""
    return [
        Scored(o.item_id, o.realization_id, o.template_id, o.arm, o.value(outcome), o.reason(outcome)) for o in outcomes
    ]


def reached(doc: Mapping[str, Any], context: object) -> bool:
    """Return whether the row's system text and prompt are in the request that was sent.

    A template that drops the system role, or rewrites the cue, makes arms equal or changes the task; such a row is
    no evidence. `context` is what the harness logged: a string, or a chat as JSON (also wrapped in a tuple).
    """
    text = request_text(context)
    return doc["system"].strip() in text and doc["prompt"].strip() in text


def request_text(context: object) -> str:
    """Return the text of a request as the harness logged it; of a chat, the contents of its turns."""
    if isinstance(context, list) and context and isinstance(context[0], Mapping):  # turns, for a remote tokenizer
        return "\n".join(_content(turn.get("content", "")) for turn in context)
    if not isinstance(context, str):
        first = context[0] if isinstance(context, list | tuple) and context else ""
        context = str(getattr(context, "prompt", None) or first)
    if context[:2] != "[{":
        return context
    try:
        turns = json.loads(context)
        return "\n".join(_content(turn["content"]) for turn in turns)
    except (ValueError, TypeError, KeyError, AttributeError):
        return context


def _content(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content)
    return str(content)
