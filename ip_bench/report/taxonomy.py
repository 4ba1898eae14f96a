"""Which benefits and risks of personalization a run bears on, and of which it says nothing: a line for each of 19."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ip_bench.bounds.appraisal import Appraisals
from ip_bench.bounds.taxonomy import entries
from ip_bench.report.bounds import OUTCOMES, share


class Line(NamedTuple):
    """A benefit or risk in a run.

    `kind` is such as "individual benefit"; `configs` are those of the run that bear on it, none where it was not
    measured; `shares` say, by task with bounds, how often the rules and wishes that serve it were kept.
    """

    item: str
    name: str
    kind: str
    meaning: str
    configs: tuple[str, ...]
    shares: tuple[str, ...]

    @property
    def measured(self) -> str:
        """Return what the run has of it, in words."""
        return f"measured by {', '.join(self.configs)}" if self.configs else "not measured by this run"


def sheet(analysis: Mapping[str, Any], appraisals: Appraisals) -> list[Line]:
    """Return all benefits and risks in the order of their source, with what a run (`analysis.json`) has of each.

    A config bears on the items that the appraisals file lists for it, and on those of which bounds were read.

    Raises:
        UnknownNameError: where the file has no items for a config of the run.
    """
    dataset, tasks = analysis["dataset"]["name"], analysis["tasks"]
    listed = {entry["config"]: appraisals.items_of(dataset, entry["config"]) for entry in tasks.values()}
    lines = []
    for item, one in entries().items():
        shares = {task: text for task, entry in tasks.items() if (text := _shares(entry, item))}
        read = {tasks[task]["config"] for task in shares}
        configs = tuple(name for name, its in listed.items() if name in read or item in (*its.benefits, *its.risks))
        said = tuple(f"{task}: {text}" for task, text in shares.items())
        lines.append(Line(item, one.name, f"{one.level} {one.side}", one.meaning, configs, said))
    return lines


def summary(lines: Sequence[Line]) -> str:
    """Return how many benefits and risks a run bears on, in a sentence."""
    counts = []
    for side in ("benefit", "risk"):
        own = [line for line in lines if line.kind.endswith(side)]
        counts.append(f"{sum(bool(line.configs) for line in own)} of {len(own)} {side}s")
    return f"This run bears on {' and '.join(counts)}. Of the others it says nothing."


def _shares(entry: Mapping[str, Any], item: str) -> str:
    """Return the outcomes of a task's rules and wishes that serve an item, each with its cases; "" where none does."""
    found = [one for one in entry.get("bounds", {}).get("items", ()) if one["of"] == item]
    return "; ".join(f"{OUTCOMES[one['outcome']]} {share(one)}, cases: {one['items']}" for one in found)
