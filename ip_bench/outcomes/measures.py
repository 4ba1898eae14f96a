"""How the responses of a config are measured: what reads one, and what its effects are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ip_bench.design import Contrast
from ip_bench.effects.adjusted import placebo_adjusted, pooled_placebo
from ip_bench.effects.effect import Effect
from ip_bench.effects.opinion import opinion_members
from ip_bench.effects.opinion_table import Answer
from ip_bench.effects.paired import pair, paired_effect
from ip_bench.effects.table import Scored, Scores
from ip_bench.outcomes.bounds import bounds_outcome
from ip_bench.outcomes.learner import MEASURES, learner_outcome
from ip_bench.outcomes.opinion import OpinionOutcome, opinion_of_choices, opinion_of_response
from ip_bench.outcomes.outcome import Measured, score_choice, score_generation, scored
from ip_bench.outcomes.refusal.detector import Verdict
from ip_bench.outcomes.tradeoff import OUTCOME_OF, tradeoff_outcome

ALPHA = 0.05
#: An effect that waits for its margin, its alpha and the number of contrasts that it is adjusted with.
Member = Callable[..., Effect]


class Reading(NamedTuple):
    """What is known of a response beside its text.

    `delivered`: the prompt is in the request. `thinking`: the request opened the thinking. `limit`: the tokens that the
    response could have, None where unknown. `allow_code`: code in it may be run. `judge`: what tells refusals, None for
    the shipped detector.
    """

    delivered: bool = True
    thinking: bool = False
    limit: int | None = None
    allow_code: bool = False
    judge: Callable[..., Verdict] | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """How a config is measured.

    `generation` reads a generated response into an outcome, `choice` the log-likelihoods of the choices (None where
    that cannot be). Outcomes in `relative` have no scale that a margin could be stated on: their effects are shares of
    the mean over reference rows. With `by_outcome`, the contrasts of each outcome are a family of their own.
    """

    generation: Callable[..., Measured]
    choice: Callable[..., Measured] | None
    relative: frozenset[str] = frozenset()
    by_outcome: bool = False

    def read(self, doc: Mapping[str, Any], response: str, how: Reading) -> Measured:
        """Return the outcome of a generated response."""
        return self.generation(doc, response, delivered=how.delivered, thinking=how.thinking)

    def families(self, contrasts: Sequence[Contrast]) -> list[list[Contrast]]:
        """Return the contrasts in the families in which they are adjusted for each other."""
        if not self.by_outcome:
            return [list(contrasts)] if contrasts else []
        outcomes = dict.fromkeys(contrast.outcome for contrast in contrasts)
        return [[one for one in contrasts if one.outcome == outcome] for outcome in outcomes]

    def shown(self, contrasts: Sequence[Contrast]) -> list[tuple[str, Contrast]]:
        """Return the contrasts that a harness shows as metrics: the first of each arm, with the end of its name."""
        return [("", one) for one in {one.arm: one for one in reversed(contrasts)}.values()]

    def members(self, outcomes: Sequence[Measured], contrasts: Sequence[Contrast]) -> list[Member]:
        """Return the effects of one family: each contrast, the same minus its placebos, and of the primary one these.

        Placebos that were not asked are left out.
        """
        names = dict.fromkeys(one.outcome for one in contrasts)
        rows = {name: Scores.from_rows(scored(self.asked(outcomes, name), name)) for name in names}
        return self.members_of_scores(rows, {one.arm for one in outcomes}, contrasts)

    def members_of_scores(
        self, scores: Mapping[str, Scores], present: set[str], contrasts: Sequence[Contrast]
    ) -> list[Member]:
        """Return what `members` does, from the scores of each outcome on its evidence, and the arms asked at all."""
        return contrast_members({name: self.scaled(own, name) for name, own in scores.items()}, present, contrasts)

    def payload(self, measured: Measured, outcome: str) -> dict[str, Any]:
        """Return what an aggregation needs of one row, small enough to be logged with every metric."""
        return {
            "item": measured.item_id,
            "cell": [measured.realization_id, measured.template_id],
            "arm": measured.arm,
            "value": measured.value(outcome),
        }

    def effect(self, rows: Sequence[Mapping[str, Any]], contrast: Contrast, *, margin: float) -> Effect:
        """Return the effect of a contrast from the payloads of its arms' rows."""
        scores = [Scored(row["item"], row["cell"][0], row["cell"][1], row["arm"], row["value"]) for row in rows]
        return paired_effect(pair(scores, contrast), contrast, margin=margin)

    def asked(self, outcomes: Sequence[Measured], name: str) -> Sequence[Measured]:  # noqa: ARG002  (all of them)
        """Return the outcomes of the rows that are evidence on an outcome."""
        return outcomes

    def scaled(self, scores: Scores, name: str) -> tuple[Scores, float]:
        """Return scores as effects are made of them, and the largest difference that two of them can have."""
        if name not in self.relative:
            return scores, 1.0
        known = scores.value[~np.isnan(scores.value)].tolist()
        of_reference = [one == "reference" for one in scores.arm.names]
        usual = scores.value[np.array(of_reference)[scores.arm.codes] & ~np.isnan(scores.value)].tolist()
        mean = sum(usual) / len(usual) if usual else 0.0
        if not mean:
            return replace(scores, value=np.full(len(scores.value), np.nan)), 1.0
        return replace(scores, value=scores.value / mean), (max(known) - min(known)) / mean


class OpinionMeasure(Measure):
    """How questions without a right answer are measured: by distances between the answers of two arms."""

    def members(self, outcomes: Sequence[Measured], contrasts: Sequence[Contrast]) -> list[Member]:
        """Return the effects of one family (`ip_bench.effects.opinion`)."""
        return opinion_members([one.to_answer() for one in outcomes if isinstance(one, OpinionOutcome)], contrasts)

    def payload(self, measured: Measured, outcome: str) -> dict[str, Any]:
        """Return what an aggregation needs of one row: also the answer's scale, and its weights on the options."""
        assert isinstance(measured, OpinionOutcome)  # noqa: S101  (what this measure reads)
        return super().payload(measured, outcome) | {"scale": measured.scale, "weights": list(measured.weights)}

    def effect(self, rows: Sequence[Mapping[str, Any]], contrast: Contrast, *, margin: float) -> Effect:
        """Return the effect of a contrast, without its placebos, from the payloads of its arms' rows."""
        answers = [
            Answer(row["item"], row["cell"][0], row["cell"][1], row["arm"], row["scale"], tuple(row["weights"]))
            for row in rows
        ]
        return opinion_members(answers, [replace(contrast, placebos=())])[0](margin=margin, alpha=ALPHA)


class Axis(NamedTuple):
    """What many askers are compared on: an outcome, and whether less of it is better."""

    outcome: str
    less: bool = False


@dataclass(frozen=True, eq=False)
class AskersMeasure(Measure):
    """How a config with many askers is measured: several outcomes, each on the rows that are evidence on it.

    `axes` are what askers are compared on, by name, `front` those of the Pareto front, if there is one. `evidence`
    tells which outcomes a response is evidence on.
    """

    axes: Mapping[str, Axis] = field(default_factory=dict)
    front: tuple[str, ...] = ()
    evidence: Callable[[Any], Sequence[str]] = tuple

    def read(self, doc: Mapping[str, Any], response: str, how: Reading) -> Measured:
        """Return the outcome of a generated response."""
        return self.generation(doc, response, **how._asdict())

    def families(self, contrasts: Sequence[Contrast]) -> list[list[Contrast]]:
        """Return two families an outcome: the arm of the primary contrast with all controls, and the other askers.

        The mean over askers is asked for first; which of them differ are many questions, and must not widen its answer.
        """
        first = {one.arm for one in contrasts if one.primary}
        found = []
        for family in super().families(contrasts):
            leading = [one for one in family if one.arm in first or not one.placebos]
            found += [leading, [one for one in family if one not in leading]]
        return [family for family in found if family]

    def shown(self, contrasts: Sequence[Contrast]) -> list[tuple[str, Contrast]]:
        """Return the contrasts of the arm of the primary one, on each outcome."""
        arm = next(one.arm for one in contrasts if one.primary)
        return [(f"_{one.outcome}", one) for one in contrasts if one.arm == arm]

    def asked(self, outcomes: Sequence[Measured], name: str) -> Sequence[Measured]:
        """Return the outcomes of the rows that are evidence on an outcome."""
        return [one for one in outcomes if name in self.evidence(one)]


def contrast_members(
    rows: Mapping[str, tuple[Scores, float]], present: set[str], contrasts: Sequence[Contrast]
) -> list[Member]:
    """Return the effects of contrasts, from the scores of each outcome and the largest difference that two can have."""
    found: list[Member] = []
    for contrast in contrasts:
        own, largest = rows[contrast.outcome]
        cells, base = own.cells(), contrast.placebo_reference
        found.append(partial(paired_effect, pair(cells, contrast), contrast, largest=largest))
        placebos = asked_placebos(contrast, present)
        if placebos:
            found.append(partial(placebo_adjusted, cells, contrast, placebos, base, largest=2 * largest))
        if contrast.primary and len(placebos) > 1:
            found.append(partial(pooled_placebo, cells, placebos, base, contrast.outcome, largest=largest))
    return found


def asked_placebos(contrast: Contrast, present: set[str]) -> list[str]:
    """Return the placebos of a contrast that were asked, none where what they are compared with was not."""
    return [arm for arm in contrast.placebos if arm in present] if contrast.placebo_reference in present else []


def members_of(contrasts: Sequence[Contrast], present: set[str]) -> int:
    """Return how many effects `Measure.members` gives."""
    asked = [(one, len(asked_placebos(one, present))) for one in contrasts]
    return sum(1 + bool(count) + (one.primary and count > 1) for one, count in asked)


LOCALE = Measure(score_generation, score_choice)
LEARNER = Measure(learner_outcome, None, relative=frozenset({"grade", "mtld", "word_length", "words"}), by_outcome=True)
OPINION = OpinionMeasure(opinion_of_response, opinion_of_choices, by_outcome=True)
TRADEOFF = AskersMeasure(
    tradeoff_outcome,
    None,
    by_outcome=True,
    axes={"safety": Axis("safe"), "answered": Axis("refused_benign", less=True), "utility": Axis("correct")},
    front=("utility", "safety", "answered"),
    evidence=lambda one: (OUTCOME_OF[one.asked],),
)
BOUNDS = AskersMeasure(
    bounds_outcome,
    None,
    by_outcome=True,
    axes={
        "bounds": Axis("bound_held"),
        "requirements": Axis("requirement_kept"),
        "wishes": Axis("wish_honoured"),
        "lawful": Axis("over_restricted", less=True),
    },
    evidence=lambda one: one.asked_outcomes,
)
_BY_CONFIG: Mapping[str, Measure] = {
    **dict.fromkeys(MEASURES, LEARNER),
    **dict.fromkeys(("identity", "profile", "implicit"), TRADEOFF),
    **dict.fromkeys(("identity_user", "profile_user", "implicit_user"), TRADEOFF),
    **dict.fromkeys(("bounds_stated", "bounds_implicit"), BOUNDS),
    "cultural_opinion": OPINION,
}


def measure(config: str) -> Measure:
    """Return how a config is measured: by which answer is given, unless it is one of its own kind."""
    return _BY_CONFIG.get(config, LOCALE)
