"""The headline measures of an analysis, and their entries for the hub's community evaluations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ip_bench.errors import UnknownNameError
from ip_bench.hub.evalfile import measure_id
from ip_bench.leaderboard.identity import described
from ip_bench.outcomes.measures import measure
from ip_bench.release.recipes import recipe
from ip_bench.report.words import contrast_name, interval, points

if TYPE_CHECKING:
    from huggingface_hub import EvalResultEntry


class Headline(NamedTuple):
    """A headline effect of one task."""

    task: str
    config: str
    measure: str
    effect: Mapping[str, Any]
    contrasts: int

    @property
    def id(self) -> str:
        """The id of the measure, as the dataset's `eval.yaml` lists it; twins and the mini suite have their own."""
        arm = self.effect["arm"].partition(" ")[0]
        return measure_id(self.config, arm, choice=self.measure != "generation", mini=is_mini(self.task))

    @property
    def known(self) -> bool:
        """Whether there is a number."""
        return is_number(self.effect["estimate"])


def headline_arms(dataset: str, config: str) -> tuple[str, ...]:
    """Return the names of a config's headline effects: each primary contrast, over its placebos.

    Raises:
        UnknownNameError: for a dataset or config that does not exist.
    """
    contrasts = recipe(dataset).CONTRASTS
    if config not in contrasts:
        raise UnknownNameError("config", config, contrasts, where=dataset)
    return tuple(f"{one.arm} minus placebo" if one.placebos else one.arm for one in contrasts[config] if one.primary)


def headlines(analysis: Mapping[str, Any]) -> list[Headline]:
    """Return the headline effects of each task, by task name.

    Raises:
        UnknownNameError: for a dataset or config that does not exist.
    """
    contrasts = recipe(analysis["dataset"]["name"]).CONTRASTS
    found = []
    for task, entry in sorted(analysis["tasks"].items()):
        config = entry["config"]
        arms = headline_arms(analysis["dataset"]["name"], config)
        outcomes = [one.outcome for one in contrasts[config] if one.primary]
        for wanted in zip(arms, outcomes, strict=True):
            found += [
                Headline(task, config, entry["measure"], effect, adjusted_together(entry, effect))
                for effect in entry["effects"]
                if (effect["arm"], effect["outcome"]) == wanted
            ]
    return found


def adjusted_together(entry: Mapping[str, Any], effect: Mapping[str, Any]) -> int:
    """Return how many effects of a task's entry share the simultaneous interval of one of them."""
    apart = measure(entry["config"]).by_outcome
    return sum(one["outcome"] == effect["outcome"] or not apart for one in entry["effects"])


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number."""
    return isinstance(value, int | float) and math.isfinite(value)


def is_mini(task: str) -> bool:
    """Return whether a task is of the mini suite, which its name says."""
    return task.endswith("_mini")


def entries(
    found: Sequence[Headline], *, dataset_repo: str, revision: str, run: Mapping[str, Any], source_url: str
) -> list[EvalResultEntry]:
    """Return an entry per headline measure, each of which has a number: value in points, interval in the notes.

    `revision` is the commit of the dataset's tag; the hub takes no tag names there.
    """
    from huggingface_hub import EvalResultEntry

    return [
        EvalResultEntry(
            dataset_id=dataset_repo,
            task_id=one.id,
            value=round(100 * one.effect["estimate"], 2),
            dataset_revision=revision,
            date=run["finished"],
            source_url=source_url,
            source_name="ip-bench results",
            notes=notes(one, run),
        )
        for one in found
    ]


def notes(one: Headline, run: Mapping[str, Any]) -> str:
    """Return what a reader of the bare number has to know: unit, interval, verdict, size, suite and model as run."""
    effect = one.effect
    model = f" Run as: {said}." if (said := described(run)) else ""
    unchecked = "" if one.measure == "generation" else " The selfcheck is of generation, not of this measure."
    level = f"{100 * (1 - effect['alpha']):g}%"
    return (
        f"{contrast_name(effect, one.config)}: {points(effect['estimate'])} percentage points, "
        f"{interval(effect['ci_simultaneous'])} ({level}, simultaneous over {one.contrasts} contrasts); "
        f"{effect['verdict']} (margin {100 * effect['margin']:g}); {one.measure} ({run['backend']}), "
        f"{effect['n_items']} items, "
        f"{'mini' if is_mini(one.task) else 'full'} suite{_stopped(run)}, "
        f"{run['dataset']['name']} {run['dataset']['version']}, "
        f"ip-bench {run['ip_bench']}. An effect, not a score: larger is not better.{model}{unchecked}"
    )


def _stopped(run: Mapping[str, Any]) -> str:
    """Return that a run stopped before its last look, which makes a full suite a part of it."""
    looks = run.get("sequential")
    if not looks or looks["asked"] == looks["items"][-1]:
        return ""
    return f", stopped after {looks['asked']} of {looks['items'][-1]} items"
