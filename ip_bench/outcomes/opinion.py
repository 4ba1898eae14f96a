"""One response to a question without a right answer: a distribution over its options."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ip_bench.effects.opinion_table import Answer, Scale
from ip_bench.outcomes.answers import read_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionOutcome:
    """What one response came to.

    `weights` are shares of the row's options, in their order: 1 for the option named, or what the log-likelihoods say;
    empty where no option was taken. `kind` is "choice" then, and else a counted reason: "several", "other", "refused",
    "empty", "unparsed", "unfinished", "no score" or "undelivered". `choice` is the option of the largest share.
    """

    row_id: str
    item_id: str
    arm: str
    realization_id: str
    template_id: str
    replicate: int
    kind: str
    choice: int | None
    scale: Scale
    weights: tuple[float, ...]
    text: str
    thinking_chars: int

    @property
    def answered(self) -> bool:
        """Whether an option was taken."""
        return self.kind == "choice"

    @property
    def answer(self) -> int | None:
        """The option taken."""
        return self.choice

    def value(self, outcome: str) -> float | None:  # noqa: ARG002 (an answer has one place)
        """Return the mean place of the answer among the options as shown: 0 for the first, 1 for the last, else None.

        A figure of single rows, alike in every outcome; effects are of distances (`ip_bench.effects.opinion`).
        """
        if not self.answered:
            return None
        return sum(place * weight for place, weight in enumerate(self.weights)) / (len(self.weights) - 1)

    def reason(self, outcome: str) -> str:  # noqa: ARG002 (there is one answer, so one reason)
        """Return the kind."""
        return self.kind

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values."""
        return asdict(self) | {"weights": list(self.weights)}

    def to_answer(self) -> Answer:
        """Return the row of the table that effects are made of."""
        return Answer(self.item_id, self.realization_id, self.template_id, self.arm, self.scale, self.weights)


def opinion_of_response(
    doc: Mapping[str, Any], response: str, *, delivered: bool = True, thinking: bool = False
) -> OpinionOutcome:
    """Return the outcome of a generated response: all weight on the option that it names.

    Never raises on model output. `delivered` is False where the prompt did not reach the model, `thinking` is True
    where the request ended with an opened thinking tag. Two options named are no answer, nor is one's own wording.
    """
    answer = read_answer(response, doc["accepted"], thinking=thinking)
    kind = answer.kind if delivered else "undelivered"
    weights = [float(k == answer.choice) for k in range(len(doc["choices"]))]
    return _outcome(doc, kind, weights, answer.text, answer.thinking_chars)


def opinion_of_choices(
    doc: Mapping[str, Any],
    loglikelihoods: Sequence[float],
    *,
    delivered: bool = True,
    normalized: bool = False,
) -> OpinionOutcome:
    """Return the outcome of multiple choice: the options' probabilities given that one of them is said.

    These are the softmax of the log-likelihoods; `normalized` takes them per character first, which is flatter and no
    probability. A NaN, or no finite score, is kind "no score".
    """
    lengths = [len(choice) if normalized else 1 for choice in doc["choices"]]
    scores = [score / length for score, length in zip(loglikelihoods, lengths, strict=True)]
    weights = _softmax(scores)
    kind = "undelivered" if not delivered else "choice" if weights else "no score"
    return _outcome(doc, kind, weights, None, 0)


def _softmax(scores: Sequence[float]) -> list[float]:
    """Return shares proportional to the exponentials, none where a score is NaN or the largest is not finite."""
    if any(math.isnan(score) for score in scores) or math.isinf(max(scores)):
        return []
    raised = [math.exp(score - max(scores)) for score in scores]
    return [one / sum(raised) for one in raised]


def _outcome(
    doc: Mapping[str, Any], kind: str, weights: Sequence[float], text: str | None, thinking_chars: int
) -> OpinionOutcome:
    taken = tuple(weights) if kind == "choice" else ()
    choice = max(range(len(taken)), key=lambda k: (taken[k], -k)) if taken else None
    return OpinionOutcome(
        row_id=doc["row_id"],
        item_id=doc["item_id"],
        arm=doc["arm"],
        realization_id=doc["realization_id"],
        template_id=doc["template_id"],
        replicate=doc["replicate"],
        kind=kind,
        choice=choice,
        scale=doc["scale"],
        weights=taken,
        text=text if text is not None else doc["choices"][choice] if choice is not None else "",
        thinking_chars=thinking_chars,
    )
