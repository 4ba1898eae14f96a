"""The looks of a run that may stop early: what is declared before it, and what its samples license."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.interim import alpha_at, repeated
from ip_bench.effects.sequential import Decision, Design, Interim, levels_of, look
from ip_bench.errors import SamplesError
from ip_bench.outcomes.outcome import Measured

Compute = Callable[[Sequence[Measured], float], list[Effect]]  # outcomes and alpha to the effects of one family


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What a sequential run declares before its first prompt.

    The run stops when the contrast (`arm` minus `reference` on `outcome`) of `task` is decided. `items`: how many items
    are asked up to each look, always the first ones of the published order, every arm of each.
    """

    task: str
    arm: str
    reference: str
    outcome: str
    items: tuple[int, ...]
    design: Design

    @classmethod
    def of(cls, task: str, contrast: Contrast, items: Sequence[int], design: Design) -> Looks:
        """Return the declaration for a contrast of a task."""
        return cls(
            task=task, arm=contrast.arm, reference=contrast.reference, outcome=contrast.outcome, items=tuple(items),
            design=design,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return the declaration as plain values, as `run.json` has it."""
        return dataclasses.asdict(self) | {"items": list(self.items)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Looks:
        """Return the declaration that `to_dict` wrote.

        Raises:
            SamplesError: where it is none.
        """
        try:
            design = dict(record["design"])
            for name in ("looks", "information"):
                design[name] = tuple(design[name]) if design.get(name) is not None else None
            fields = {name: str(record[name]) for name in ("task", "arm", "reference", "outcome")}
            return cls(**fields, items=tuple(map(int, record["items"])), design=Design(**design))
        except (KeyError, TypeError, ValueError) as error:
            raise SamplesError(f"run.json declares no looks that can be read ({error!r})") from error

    def effects(self, outcomes: Sequence[Measured], compute: Compute, place: int) -> list[Effect]:
        """Return a family's effects with the intervals and p-values of look `place` (from 0)."""
        return repeated(compute(outcomes, alpha_at(self.design, place)), self.design, place)

    def decide(self, effects: Sequence[Effect], history: Sequence[Interim]) -> Decision:
        """Return what the last look of the history licenses for the declared contrast.

        `effects` are those of that look. Where the contrast has exact limits and no standard error, they decide.

        Raises:
            SamplesError: where the effects lack the contrast.
        """
        decision = look(self.design, history)
        mine = self.contrast(effects)
        if math.isnan(mine.estimate) or not math.isnan(mine.se):
            return decision
        verdict = decision.verdict if mine.verdict == "undecided" else mine.verdict
        return dataclasses.replace(decision, verdict=verdict, interval=mine.ci_simultaneous, note=mine.note)

    def contrast(self, effects: Sequence[Effect]) -> Effect:
        """Return the effect of the declared contrast."""
        for effect in effects:
            if (effect.arm, effect.reference, effect.outcome) == (self.arm, self.reference, self.outcome):
                return effect
        raise SamplesError(f"{self.task} has no contrast of {self.arm} with {self.reference} on {self.outcome}")

    def review(self, outcomes: Sequence[Measured], compute: Compute, place: int) -> list[Decision]:
        """Return the decisions of all looks up to `place`, from the outcomes of the task."""
        order = list(dict.fromkeys(one.item_id for one in outcomes))
        decisions, history = [], []
        for now, count in enumerate(self.items[: place + 1]):
            asked = set(order[:count])
            effects = self.effects([one for one in outcomes if one.item_id in asked], compute, now)
            mine = self.contrast(effects)
            history.append(Interim(mine.estimate, mine.se, mine.df))
            decisions.append(self.decide(effects, history))
        return decisions


def described(looks: Looks, decisions: Sequence[Decision]) -> dict[str, Any]:
    """Return the table of looks as plain values, with one sentence."""
    last, asked, most = decisions[-1], looks.items[len(decisions) - 1], looks.items[-1]
    low, high = (f"{100 * end:+.1f}" for end in last.interval)
    text = (
        f"{looks.arm} against {looks.reference}: {last.verdict} at look {last.look} of {len(looks.items)}, after "
        f"{asked:,} of {most:,} items; the interval that holds at all looks is {low} to {high} points"
    )
    table = [
        {"items": count}
        | dataclasses.asdict(decision)
        | {"interval": list(decision.interval), "inner": list(decision.inner)}
        for count, decision in zip(looks.items, decisions, strict=False)
    ]
    return {"asked": asked, "of": most, "verdict": last.verdict, "text": text, "looks": table}


@dataclass(frozen=True, slots=True)
class Stopped:
    """A run that could stop early, as `run.json` has it: the declaration, and the look (from 0) at which it stopped."""

    looks: Looks
    place: int

    @property
    def level(self) -> float:
        """The two-sided level of that look for a single contrast, by which other intervals hold at all looks."""
        alone = dataclasses.replace(self.looks.design, family=1)
        return levels_of(alone, alone.fractions()).difference[self.place]

    def adjusted(self, compute: Callable[[float], list[Effect]], family: int) -> list[Effect]:
        """Return a family's effects with the intervals and p-values of that look."""
        design = dataclasses.replace(self.looks.design, family=family)
        return repeated(compute(alpha_at(design, self.place)), design, self.place)


def stopped_run(run: Mapping[str, Any], *, margin: float, alpha: float) -> Stopped | None:
    """Return the looks that a run's record declares, None where it has none.

    Raises:
        SamplesError: where they cannot be read, the items asked are those of no look, or `margin` and `alpha` are not
            the declared ones: boundaries hold for what was declared before the run.
    """
    record = run.get("sequential")
    if record is None:
        return None
    looks = Looks.from_dict(record)
    declared = (looks.design.margin, looks.design.alpha)
    if declared != (margin, alpha):
        raise SamplesError(
            f"the run declared margin {declared[0]} and alpha {declared[1]} before its looks; analyze it with "
            f"--margin {declared[0]} --alpha {declared[1]}, not {margin} and {alpha}"
        )
    if record.get("asked") not in looks.items:
        raise SamplesError(f"run.json says that {record.get('asked')} items were asked; looks are at {looks.items}")
    return Stopped(looks, looks.items.index(record["asked"]))


def asked_rows(rows: Mapping[str, Mapping[str, Any]], stopped: Stopped | None) -> dict[str, dict[str, Any]]:
    """Return the rows that were asked: those of the first items, up to the look at which the run stopped."""
    if stopped is None:
        return {key: dict(row) for key, row in rows.items()}
    order = list(dict.fromkeys(row["item_id"] for row in rows.values()))
    if len(order) != stopped.looks.items[-1]:
        raise SamplesError(f"run.json declares looks at up to {stopped.looks.items[-1]} items; there are {len(order)}")
    asked = set(order[: stopped.looks.items[stopped.place]])
    return {key: dict(row) for key, row in rows.items() if row["item_id"] in asked}
