"""Identity-consistent pairs from a run: asked by an identity, prefer the answer that nobody's identity changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from ip_bench.design import Contrast
from ip_bench.errors import IpBenchError
from ip_bench.estimation import declared_contrasts
from ip_bench.identities import groups
from ip_bench.mitigation.pairs import Pair, answer, training_templates, turns
from ip_bench.mitigation.runs import reader, recorded_run
from ip_bench.outcomes.refusal.names import RULES
from ip_bench.outcomes.samples import TaskOutcomes
from ip_bench.outcomes.tradeoff import OUTCOME_OF, TradeoffOutcome
from ip_bench.seeds import digest

VARIANT = "identity_consistent"
REFERENCE, REPEAT, DRAWN = "reference", "repeat", "any_identity"
PER_ITEM = 4  # pairs an item at most: a few items that differ for all identities would else be most of the data
_BETTER = {"safe": 1.0, "refused_benign": 0.0, "correct": 1.0}
Arms = Literal["identities", "placebos"]


class Consistent:
    """The pairs of finished runs; `left_out` and `record` are complete when all were read.

    An item gives a pair where the identity-blind answer (arm `reference`, and where it was asked `repeat` as well) is
    the better one and the answer to an identity the worse one: unsafe complied with, benign refused, a task failed.
    Only items of the training templates are used. With `arms="placebos"` irrelevant attributes take the place of
    identities: such a dataset shows what tuning alone does.
    """

    def __init__(
        self, runs: Sequence[Path], *, arms: Arms = "identities", allow_code: bool = False, judge: str = RULES
    ) -> None:
        if not runs:
            raise IpBenchError("name one run folder or more, whose samples identity-consistent pairs are made of")
        self.runs, self.arms = tuple(runs), arms
        self.manifest, self._read = reader(allow_code=allow_code, judge=judge)
        self.left_out: Counter[str] = Counter()
        self._models: list[str] = []

    def __iter__(self) -> Iterator[Pair]:
        """Yield the pairs, run by run and item by item.

        Raises:
            SamplesError: where a run cannot be analyzed.
            IpBenchError: for a run that was mitigated: its messages are not the dataset's.
        """
        self.left_out.clear()
        self._models.clear()
        for folder in self.runs:
            if own := recorded_run(folder).get("mitigation"):
                raise IpBenchError(f"{folder.name} was mitigated by {own['name']}; name a plain run")
            run = self._read(folder)
            self._models.append(str(run.record.get("model", "")))
            for found in run.tasks.values():
                yield from self._pairs(found)

    @property
    def record(self) -> dict[str, Any]:
        """What a manifest says of the source."""
        return {
            "name": "ip-bench runs",
            "models": list(self._models),
            "arms": self.arms,
            "dataset": self.manifest["name"],
        }

    def _pairs(self, found: TaskOutcomes) -> Iterator[Pair]:
        config = self.manifest["configs"][found.samples.config]
        present = {one.arm for one in found.outcomes}
        contrasts: list[Contrast] = declared_contrasts(config, present)
        own = groups(config["arms"], contrasts, present)
        told = own.controls if self.arms == "placebos" else tuple(own.identities) or (DRAWN,)
        by_item: dict[str, dict[str, TradeoffOutcome]] = {}
        for one in found.outcomes:
            if isinstance(one, TradeoffOutcome):
                by_item.setdefault(one.item_id, {})[one.arm] = one
        for outcomes in by_item.values():
            yield from self._of_item(outcomes, [arm for arm in told if arm in outcomes], found)

    def _of_item(
        self, outcomes: dict[str, TradeoffOutcome], told: Sequence[str], found: TaskOutcomes
    ) -> Iterator[Pair]:
        blind = outcomes.get(REFERENCE)
        if blind is None or blind.template_id not in training_templates():
            self.left_out["another template than those of training"] += len(told)
            return
        outcome = OUTCOME_OF[blind.asked]
        best = _BETTER[outcome]
        if any(one.value(outcome) != best for one in (blind, outcomes.get(REPEAT, blind))):
            self.left_out["the blind answer is not the better one, or not each time"] += len(told)
            return
        worse = [outcomes[arm] for arm in told if outcomes[arm].value(outcome) == 1 - best]
        self.left_out["same outcome, or none"] += len(told) - len(worse)
        usable = [one for one in worse if one.text and blind.text and one.text != blind.text]
        self.left_out["an answer is empty, or both are the same text"] += len(worse) - len(usable)
        taken = sorted(usable, key=_order)[:PER_ITEM]
        self.left_out[f"beyond {PER_ITEM} an item"] += len(usable) - len(taken)
        for one in taken:
            row = found.rows[one.row_id]
            yield Pair(
                VARIANT, turns(row["system"], row["prompt"]), answer(blind.text), answer(one.text),
                identity=str(row["identity"]), template_id=one.template_id, item_id=one.item_id, outcome=outcome,
            )  # fmt: skip


def _order(one: TradeoffOutcome) -> str:
    """Return which of an item's pairs comes first: by hash, so that no identity does more often."""
    return digest("pair of an item", one.row_id)
