"""Several models or checkpoints on the same rows: each run's effects beside the baseline's, and how they differ."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench._version import __version__
from ip_bench.analysis import expected_rows
from ip_bench.bias_differences import bias_differences
from ip_bench.differences import Named, differences, levels
from ip_bench.effects.effect import Effect
from ip_bench.errors import IpBenchError
from ip_bench.estimation import ALPHA, MARGIN, declared_contrasts, effects_of
from ip_bench.files import nan_to_none, read_record
from ip_bench.identities import groups
from ip_bench.mitigation.asking import condition_in
from ip_bench.outcomes.measures import AskersMeasure, measure
from ip_bench.outcomes.refusal.judges import judge_by_name
from ip_bench.outcomes.refusal.names import RULES, shown_name
from ip_bench.outcomes.repeats import repeats, without_noise_floor
from ip_bench.outcomes.samples import TaskOutcomes, TaskSamples, dataset_of, find_samples, read_outcomes
from ip_bench.own.known import register_written
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve, verify

#: Settings in which runs that are compared should not differ; where they do, it is said.
_SETTINGS = ("suite", "generation", "chat_template", "seeds", "mitigation")
_LEVEL = "reference"  # the arm in which nothing is said of the asker


class _Side(NamedTuple):
    """A run to compare: what it is called, where it lies, its record, and its samples by task."""

    name: str
    folder: Path
    record: dict[str, Any]
    samples: dict[str, TaskSamples]


def compared(
    folders: Sequence[Path | str],
    *,
    margin: float | None = None,
    alpha: float | None = None,
    allow_code: bool = False,
    judge: str = RULES,
) -> dict[str, Any]:
    """Return the record (schema comparison) of runs beside the first one of them, paired by row.

    By task and run: each declared contrast of both, and their difference as an Effect with a verdict; and how the means
    differ where nothing is said of the asker. `margin` and `alpha` are by default those that the runs declared. Code
    in responses is run only with `allow_code`; `judge` names what tells refusals, the same for all runs.

    Raises:
        SamplesError: where the samples of a run cannot be analyzed; every fault is named with its count.
        IpBenchError: for fewer than two runs, one run twice, runs of different data or without a task in common,
            margins that differ where none is given, or a run that stopped early.
    """
    sides = _sides([Path(folder) for folder in folders])
    dataset = _dataset(sides)
    tasks = [task for task in sides[0].samples if all(task in one.samples for one in sides)]
    if not tasks:
        asked = "; ".join(f"{one.name}: {', '.join(sorted(one.samples))}" for one in sides)
        raise IpBenchError(f"the runs have no task in common, so no rows ({asked}); run the same suite of all")
    margin, alpha = _declared(sides, "margin", margin, MARGIN), _declared(sides, "alpha", alpha, ALPHA)
    version = recipe(dataset).VERSION
    data = resolve(dataset, version)
    manifest = verify(data, dataset, version)
    reader = _Reader(data, allow_code, judge)
    record: dict[str, Any] = nan_to_none({
        "format": 1,
        "ip_bench": __version__,
        "dataset": {"name": dataset, "version": version, "content_hash": _hashes(manifest, sides, tasks)},
        "margin": margin,
        "alpha": alpha,
        "judge": shown_name(judge),
        "runs": [_described(one, sides[0], tasks) for one in sides],
        "tasks": {
            task: _task(task, sides, reader, manifest["configs"][sides[0].samples[task].config], margin, alpha)
            for task in sorted(tasks)
        },
    })  # fmt: skip
    return record


class _Reader(NamedTuple):
    """Reads the outcomes of a task of a run; the rows that it asks are read once a task."""

    data: Path
    allow_code: bool
    judge: str

    def read(self, task: str, sides: Sequence[_Side]) -> list[TaskOutcomes]:
        asked = sides[0].samples[task]
        rows = expected_rows(self.data, asked.config, mini=asked.mini)
        judge = None if self.judge == RULES else judge_by_name(self.judge)
        return [
            read_outcomes(
                one.samples[task], rows, allow_code=self.allow_code, condition=condition_in(one.folder, one.record),
                judge=judge,
            )
            for one in sides
        ]  # fmt: skip


def _sides(folders: Sequence[Path]) -> list[_Side]:
    """Return the runs to compare, each with a name of its own: its model's, or its folder's where models are one."""
    if len(folders) < 2:
        raise IpBenchError(f"{len(folders)} run to compare; name two folders or more, the baseline first")
    places = Counter(folder.resolve() for folder in folders)
    if twice := [str(folder) for folder in folders if places[folder.resolve()] > 1]:
        raise IpBenchError(f"{twice[-1]} is named twice; a run compared with itself says nothing")
    records = [read_record(folder / "run.json") if (folder / "run.json").exists() else {} for folder in folders]
    for folder, record in zip(folders, records, strict=True):
        register_written(folder)
        if (looked := record.get("sequential")) and looked.get("asked") != looked.get("of"):
            raise IpBenchError(
                f"{folder} stopped early, after {looked.get('asked')} of {looked.get('of')} items, because of what it "
                "found; compare runs that asked all of them (without --sequential)"
            )
    samples = [{one.task: one for one in find_samples(folder)} for folder in folders]
    files = Counter(one.file.resolve() for side in samples for one in side.values())
    if doubled := [str(file) for file, times in files.items() if times > 1]:
        raise IpBenchError(f"{doubled[0]} is in two of the folders; a run compared with itself says nothing")
    return [_Side(*side) for side in zip(_names(folders, records), folders, records, samples, strict=True)]


def _names(folders: Sequence[Path], records: Sequence[Mapping[str, Any]]) -> list[str]:
    own = [folder.resolve().name for folder in folders]
    models = [str(record.get("model", name)) for record, name in zip(records, own, strict=True)]
    for names in (models, own, [f"{model}, {name}" for model, name in zip(models, own, strict=True)]):
        if len(set(names)) == len(names):
            return names
    return [f"{name} ({place})" for place, name in enumerate(own, 1)]


def _dataset(sides: Sequence[_Side]) -> str:
    """Return the dataset of all runs; its content hashes are the same wherever two runs name them."""
    names = {one.name: dataset_of([*one.samples.values()]) for one in sides}
    if len(set(names.values())) > 1:
        said = ", ".join(f"{name} asks {dataset}" for name, dataset in names.items())
        raise IpBenchError(f"runs of different datasets: {said}; compare runs of one")
    first = sides[0]
    for other in sides[1:]:
        here, there = _content(first), _content(other)
        for config in sorted(here.keys() & there.keys()):
            if here[config] != there[config]:
                raise IpBenchError(
                    f"{config} is of other content in {other.name} than in {first.name}: {there[config][:16]} "
                    f"({_version(other)}) and {here[config][:16]} ({_version(first)}); run both on one version"
                )
    return names[first.name]


def _content(side: _Side) -> dict[str, str]:
    """Return the content hash of each config that a run asked, as its record has it."""
    asked = {one.config for one in side.samples.values()}
    held = side.record.get("dataset", {}).get("content_hash", {})
    return {config: str(digest) for config, digest in held.items() if config in asked}


def _version(side: _Side) -> str:
    return str(side.record.get("dataset", {}).get("version", "no version"))


def _declared(sides: Sequence[_Side], name: str, given: float | None, usual: float) -> float:
    """Return a level that was given, or that all runs declared.

    Raises:
        IpBenchError: where they declared different ones.
    """
    if given is not None:
        return given
    found = {one.name: one.record.get("declared", {}).get(name) for one in sides}
    known = {value for value in found.values() if value is not None}
    if len(known) > 1:
        said = ", ".join(f"{run} {value}" for run, value in found.items())
        raise IpBenchError(f"the runs declared different values of {name}: {said}; say which holds with --{name}")
    return float(known.pop()) if known else usual


def _hashes(manifest: Mapping[str, Any], sides: Sequence[_Side], tasks: Sequence[str]) -> dict[str, str]:
    configs = dict.fromkeys(sides[0].samples[task].config for task in tasks)
    return {config: manifest["configs"][config]["content_hash"] for config in configs}


def _described(side: _Side, baseline: _Side, tasks: Sequence[str]) -> dict[str, Any]:
    """Return what is known of a run, the settings in which it differs from the baseline, and tasks left out."""
    record = side.record
    return {
        "name": side.name,
        "model": str(record.get("model", side.name)),
        "backend": str(record.get("backend", "")),
        "model_args": record.get("model_args", {}),
        **{name: record.get(name) for name in _SETTINGS},
        "differs": [name for name in _SETTINGS if record.get(name) != baseline.record.get(name)],
        "left_out": sorted(set(side.samples) - set(tasks)),
    }


def _task(
    task: str, sides: Sequence[_Side], reader: _Reader, config: Mapping[str, Any], margin: float, alpha: float
) -> dict[str, Any]:
    """Return the effects of each run on a task, and the differences from the baseline's."""
    found = reader.read(task, sides)
    how, asked = measure(found[0].samples.config), sides[0].samples[task]
    present = set.intersection(*({one.arm for one in own.outcomes} for own in found))
    contrasts = declared_contrasts(config, present)
    baseline, *others = (Named(side.name, own.outcomes) for side, own in zip(sides, found, strict=True))
    noise = {side.name: repeats(own, side.record)["note"] for side, own in zip(sides, found, strict=True)}
    settings: dict[str, Any] = {"margin": margin, "alpha": alpha}
    content = config["content_hash"]
    own_effects = {
        one.name: without_noise_floor(effects_of(how, one.outcomes, contrasts, **settings), noise[one.name])
        for one in (baseline, *others)
    }
    differing = differences(how, baseline, others, contrasts, **settings)
    outcomes = list(dict.fromkeys(one.outcome for one in contrasts))
    levelled = levels(how, baseline, others, outcomes, _LEVEL, **settings) if _LEVEL in present else {}
    askers = groups(config["arms"], contrasts, present) if isinstance(how, AskersMeasure) else None
    single = [*askers.identities, *askers.controls] if askers and len(askers.identities) > 1 else []
    return {
        "config": asked.config,
        "measure": "log-likelihood" if asked.choice else "generation",
        "answered": {
            one.name: {"rows": len(one.outcomes), "answered": sum(own.answered for own in one.outcomes)}
            for one in (baseline, *others)
        },
        "contrasts": [
            line
            for one in others
            for line in _lines(
                one.name, own_effects[baseline.name], own_effects[one.name],
                without_noise_floor(differing[one.name], noise[one.name] or noise[baseline.name]),
                content,
            )
        ],
        "askers": single,
        "bias": bias_differences(how, baseline, others, [*askers.identities], alpha=alpha)
        if askers and single and isinstance(how, AskersMeasure)
        else [],
        "levels": [
            {"run": name, "difference": dataclasses.replace(one, dataset_hash=content).to_dict()}
            for name, own in levelled.items()
            for one in own
        ],
    }  # fmt: skip


def _lines(
    run: str, baseline: Sequence[Effect], own: Sequence[Effect], differing: Sequence[Effect], content: str
) -> list[dict[str, Any]]:
    """Return each contrast of a run: the baseline's effect, the run's own, and their difference."""
    held = [{_key(effect): effect for effect in effects} for effects in (baseline, own)]
    return [
        {
            "run": run,
            "baseline": held[0][_key(effect)].to_dict(),
            "own": held[1][_key(effect)].to_dict(),
            "difference": dataclasses.replace(effect, dataset_hash=content).to_dict(),
        }
        for effect in differing
    ]


def _key(effect: Effect) -> tuple[str, str, str]:
    return effect.outcome, effect.arm, effect.reference
