"""Plan a run from a pilot: the variance components of its primary contrast, and its noise floor."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ip_bench.analysis import expected_rows
from ip_bench.design import Contrast
from ip_bench.effects.components import VarianceComponents, variance_components
from ip_bench.effects.exact import ROUNDING
from ip_bench.effects.limits import critical
from ip_bench.effects.noise import NoiseFloor, noise_floor
from ip_bench.effects.paired import pair
from ip_bench.effects.planning import REALIZATIONS, Sizing, plan
from ip_bench.effects.power import Components, Layout, discordant_share
from ip_bench.effects.rates import wilson
from ip_bench.effects.search import MOST_ITEMS
from ip_bench.errors import IpBenchError, SamplesError
from ip_bench.estimation import ALPHA, MARGIN, declared_contrasts
from ip_bench.files import read_record
from ip_bench.looks import asked_rows, stopped_run
from ip_bench.outcomes.outcome import Measured, scored
from ip_bench.outcomes.samples import find_samples, governing, read_outcomes
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Pilot:
    """What a run's samples say about its primary contrast; `noise` is None where no prompt was asked twice.

    `discordant`: the lower 95% limit of the share of items that tell the arms apart. `missing`: the share of rows
    without a complete pair.
    """

    task: str
    contrast: Contrast
    components: VarianceComponents
    noise: NoiseFloor | None
    parts: Components
    rows_per_item: int
    realizations: int
    templates: int | None
    discordant: float
    missing: float

    def describe(self) -> str:
        """Return a sentence each for the terminal."""
        found = self.components
        lines = [
            f"pilot: {self.task}, {self.contrast.arm} against {self.contrast.reference}: {found.rows:,} pairs of "
            f"{found.items:,} items and {found.realizations} realizations" + (f"; {found.note}" if found.note else "")
        ]
        if self.noise is not None:
            low, high = self.noise.sampling_ci
            lines.append(
                f"repeats: sampling is {self.noise.share:.0%} of a response's variance ({self.noise.sampling:.3g}, "
                f"{low:.3g} to {high:.3g}, from {self.noise.prompts:,} prompts); by decoding alone two arms differ by "
                f"up to {100 * self.noise.smallest:.2g} points" + (f"; {self.noise.note}" if self.noise.note else "")
            )
        return "\n".join(lines)


def pilot(folder: Path) -> Pilot:
    """Return the pilot in a folder of samples, of `ip-bench run` (also one that stopped early) or of lm-eval.

    The repeated prompts tell sampling from what a cue does in one item and realization: the pairs alone cannot.

    Raises:
        SamplesError: where the samples cannot be analyzed, or have no primary contrast.
    """
    run = read_record(folder / "run.json") if (folder / "run.json").exists() else {}
    declared = run.get("sequential", {}).get("design", {})
    stopped = stopped_run(run, margin=declared.get("margin", MARGIN), alpha=declared.get("alpha", ALPHA))
    samples = governing(find_samples(folder))
    version = recipe(samples.dataset).VERSION
    data = resolve(samples.dataset, version)
    config = verify(data, samples.dataset, version)["configs"][samples.config]
    rows = asked_rows(expected_rows(data, samples.config, mini=samples.mini), stopped)
    outcomes = read_outcomes(samples, rows).outcomes
    primary = [one for one in declared_contrasts(config, {row.arm for row in outcomes}) if one.primary]
    if not primary:
        raise SamplesError(f"{samples.task} has no primary contrast to plan for")
    pairs = pair(scored(outcomes, primary[0].outcome), primary[0])
    assert pairs.realization is not None, "rows have realizations"  # noqa: S101
    found = variance_components(pairs.difference, pairs.item.codes, pairs.realization.codes)
    noise = _noise(outcomes, primary[0].outcome)
    asked = [row.item_id for row in outcomes if row.arm == primary[0].arm]
    moved = np.bincount(pairs.item.codes, weights=pairs.difference)
    return Pilot(
        task=samples.task, contrast=primary[0], components=found, noise=noise, parts=_split(found, noise),
        rows_per_item=max(1, round(len(asked) / len(set(asked)))), realizations=found.realizations,
        templates=len(pairs.template.names) if pairs.template is not None and len(pairs.factors()) > 2 else None,
        discordant=wilson(float((np.abs(moved) > ROUNDING).mean()), len(moved), critical(2 * ALPHA))[0],
        missing=1 - found.rows / len(asked),
    )  # fmt: skip


def _noise(outcomes: Sequence[Measured], outcome: str) -> NoiseFloor | None:
    """Return the noise floor of the reference prompts that were asked twice."""
    rows = [
        ((one.item_id, one.realization_id, one.template_id), share)
        for one in outcomes
        if one.arm in {"reference", "repeat"} and (share := one.value(outcome)) is not None
    ]
    names = {prompt: place for place, prompt in enumerate(dict.fromkeys(prompt for prompt, _ in rows))}
    if len(rows) < 3 or len(rows) == len(names):
        return None
    return noise_floor([share for _, share in rows], [names[prompt] for prompt, _ in rows])


def _split(found: VarianceComponents, noise: NoiseFloor | None) -> Components:
    """Return the components, with the sampling of two rows taken out of what varies between cells."""
    parts = found.parts()
    if noise is None or not math.isnan(found.cell):
        return parts
    sampling = min(2 * noise.sampling, 2 * parts.row**2)
    return dataclasses.replace(parts, row=(sampling / 2) ** 0.5, cell=(2 * parts.row**2 - sampling) ** 0.5)


class Planned(NamedTuple):
    """A plan as plain values, and in words for the terminal."""

    record: dict[str, Any]
    text: str


def plan_run(
    effect: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    source: Path | None = None,
    stated: Mapping[str, float] | None = None,
    usual: Components | None = None,
    realizations: int | None = None,
    rows_per_item: int | None = None,
    repeats: int | None = None,
    missing: float | None = None,
    discordant: float | None = None,
    most_items: int | None = None,
    cost_ratio: float = 0.0,
    family: int = 1,
    budgets: Sequence[int] = (),
) -> Planned:
    """Return a plan from a pilot's folder or from stated components.

    `stated`: SDs by the name of the component; they win over the pilot's, and over `usual` where there is no pilot.
    Realizations that are not given are chosen, from those of the pilot at most, else from up to 40; repeats, too. Rows
    an item default to the pilot's, else to 2; the share of missing rows to the pilot's, else to none.

    Raises:
        IpBenchError: where neither is given, or a number is out of range.
        SamplesError: where the pilot cannot be analyzed.
    """
    found = pilot(source) if source is not None else None
    base = found.parts if found else usual
    if base is None:
        raise IpBenchError("name a pilot's folder (--from) or state the components (--item-sd, --row-sd...)")
    rows = rows_per_item or (found.rows_per_item if found else 2)
    there: Sequence[int] = REALIZATIONS
    if found:
        there = (*(count for count in REALIZATIONS if count < found.realizations), found.realizations)
    try:
        parts = dataclasses.replace(base, **(stated or {}))
        if discordant is None and found and rows >= found.rows_per_item:
            single = Layout(items=MOST_ITEMS, realizations=None)
            discordant = max(found.discordant, discordant_share(effect, parts, single))
        sizing: Sizing = plan(
            effect, parts, power=power, alpha=alpha, repeats=repeats, cost_ratio=cost_ratio, family=family,
            realizations=realizations or there, rows_per_item=rows,
            templates=found.templates if found else None, budgets=budgets, most_items=most_items or MOST_ITEMS,
            missing=(found.missing if found else 0.0) if missing is None else missing, discordant=discordant,
        )  # fmt: skip
    except ValueError as error:
        raise IpBenchError(str(error)) from error
    record = sizing.to_dict() | {"pilot": dataclasses.asdict(found) if found else None}
    return Planned(record, "\n".join([*([found.describe()] if found else []), sizing.describe()]))
