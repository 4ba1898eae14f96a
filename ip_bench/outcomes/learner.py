"""What help a learner got: right or not, requirements met, and how the text reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ip_bench.outcomes.answers import normalize
from ip_bench.outcomes.final_answer import REFUSAL, read_final_answer
from ip_bench.outcomes.prose import words
from ip_bench.outcomes.requirements import met, read_requirements
from ip_bench.outcomes.text_measures import text_measures
from ip_bench.outcomes.thinking import split_thinking
from ip_bench.outcomes.valued import ValuedOutcome

#: The outcomes of each config; the first is the one that a row's `outcome` column names.
MEASURES: dict[str, tuple[str, ...]] = {
    "education_reasoning": ("exact", "grade", "mtld", "word_length", "words"),
    "education_requests": ("requirements", "all_requirements", "grade", "mtld", "word_length", "words"),
}
_LONGEST_REFUSAL = 60  # words; a longer text does something of what was asked
_OPENING = 100  # characters; a refusal comes first
_OF_TEXT = ("grade", "mtld", "word_length", "words")
_NO_TEXT = frozenset({"empty", "refused", "undelivered", "unfinished"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerOutcome(ValuedOutcome):
    """What one response came to.

    `kind` is how it was read ("answer", "several", "other", "text", or a counted reason why there is no outcome).
    `values` holds each measure that the response has: "exact" (0 or 1), "requirements" (the share met),
    "all_requirements" (0 or 1), and those of `TextMeasures`, for a problem those of what stands before the answer.
    `missed` names the requirements that were not met.
    """

    NAMES = tuple(sorted({name for names in MEASURES.values() for name in names}))
    NAMED = "measure"

    missed: tuple[str, ...]

    def reason(self, outcome: str) -> str:
        """Return why there is no value: the kind, or "short" for too short a text; nothing where there is one."""
        if outcome in self.values:
            return ""
        return "short" if self.values else self.kind


def learner_outcome(
    doc: Mapping[str, Any], response: str, *, delivered: bool = True, thinking: bool = False
) -> LearnerOutcome:
    """Return the outcome of a response to a row of an education config; never raises on model output.

    `delivered` is False where the prompt did not reach the model, `thinking` True where the request opened the
    thinking.
    """
    values: dict[str, float] = {}
    missed: tuple[str, ...] = ()
    if not delivered:
        kind, said = "undelivered", ""
    elif doc["answer_kind"] == "text":
        kind, said = _text(response, thinking=thinking)
        if kind == "text":
            requirements = read_requirements(doc["requirements"])
            kept = met(requirements, said)
            values = {"requirements": sum(kept) / len(kept), "all_requirements": float(all(kept))}
            missed = tuple(one["kind"] for one, done in zip(requirements, kept, strict=True) if not done)
    else:
        answer = read_final_answer(response, doc["answer_kind"], doc["accepted"], doc["gold"], thinking=thinking)
        kind, said = answer.kind, answer.explanation
        if answer.right is not None:
            values = {"exact": float(answer.right)}
    if kind not in _NO_TEXT:
        measured = text_measures(said)._asdict()
        values |= {name: float(measured[name]) for name in _OF_TEXT if measured[name] is not None}
    return LearnerOutcome(
        row_id=doc["row_id"],
        item_id=doc["item_id"],
        arm=doc["arm"],
        realization_id=doc["realization_id"],
        template_id=doc["template_id"],
        kind=kind,
        values=values,
        missed=missed,
        text=said,
        thinking_chars=len(split_thinking(response, opened=thinking)[1]),
    )


def _text(response: str, *, thinking: bool) -> tuple[str, str]:
    body, _, finished = split_thinking(response, opened=thinking)
    if not re.search(r"\w", body):
        return ("empty" if finished else "unfinished"), ""
    refused = len(words(body)) <= _LONGEST_REFUSAL and REFUSAL.search(normalize(body)[:_OPENING])
    return ("refused" if refused else "text"), body
