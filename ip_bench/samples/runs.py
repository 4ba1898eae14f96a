"""The runs below folders: the samples of each task, and what the run's record says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench import catalog
from ip_bench.errors import SamplesError
from ip_bench.files import read_record
from ip_bench.outcomes.samples import TaskSamples, named_samples, refuse_doubled
from ip_bench.own.known import FOLDER, register_written
from ip_bench.release.recipes import recipe

#: What all samples of one file have in common, in the order of the table's columns.
RUN_COLUMNS = ("run", "model", "task", "dataset", "version", "config", "measure")


class RunSamples(NamedTuple):
    """The samples of one task of one run: the run's name, and its record (empty where plain lm-eval wrote it)."""

    run: str
    record: Mapping[str, Any]
    samples: TaskSamples

    def described(self) -> dict[str, str]:
        """Return the values of `RUN_COLUMNS`."""
        asked = self.samples
        held = self.record.get("dataset")
        version = held.get("version") if isinstance(held, Mapping) else None
        return {
            "run": self.run,
            "model": str(self.record.get("model", self.samples.file.parent.resolve().name)),
            "task": asked.task,
            "dataset": asked.dataset,
            "version": str(version or recipe(asked.dataset).VERSION),
            "config": asked.config,
            "measure": "log-likelihood" if asked.choice else "generation",
        }


def find_runs(folders: Path | str | Iterable[Path | str]) -> list[RunSamples]:
    """Return the samples of all runs in and below folders, task by task, and of each task run by run.

    A run is a folder with files `samples_ip_*.jsonl`, as `ip-bench run` and `lm-eval --log_samples` write them. It is
    named by the way to it: `b/run1` below a named folder `a`, and `run1` where that was named itself.

    Raises:
        SamplesError: for a folder that is none, where there is no run, two runs have one name, or a task two files.
    """
    named = [Path(one) for one in ([folders] if isinstance(folders, Path | str) else folders)]
    held: dict[str, Path] = {}
    found: list[RunSamples] = []
    for run, folder, samples in _below(named):
        if (other := held.setdefault(run, folder)) != folder:
            raise SamplesError(f"two runs are named {run}: {other} and {folder}; name a folder above both")
        record = read_record(folder / "run.json") if (folder / "run.json").exists() else {}
        found += [RunSamples(run, record, one) for one in samples]
    if not found:
        raise SamplesError(
            f"no samples of an ip-bench task (samples_ip_*.jsonl) in or below {', '.join(map(str, named)) or 'nothing'}"
        )
    order = {name: place for place, name in enumerate(_by_rows())}
    return sorted(found, key=lambda one: (order[one.samples.task], one.run))


def outcome_names(found: Iterable[RunSamples]) -> dict[str, tuple[str, ...]]:
    """Return the outcomes of each task: those of the declared contrasts of its config, in their order."""
    configs = {one.samples.task: (one.samples.dataset, one.samples.config) for one in found}
    return {
        task: tuple(dict.fromkeys(one.outcome for one in recipe(dataset).CONTRASTS[config]))
        for task, (dataset, config) in configs.items()
    }


def _by_rows() -> list[str]:
    """Return all tasks, those that ask the same rows one after the other: so these are held once at a time."""
    known = catalog.tasks()
    configs = {(one.dataset, one.config): place for place, one in enumerate(known.values())}
    return sorted(known, key=lambda name: (configs[known[name].dataset, known[name].config], known[name].mini))


def _below(folders: Sequence[Path]) -> Iterator[tuple[str, Path, list[TaskSamples]]]:
    """Yield each run's name, folder and samples, a folder once."""
    seen: set[Path] = set()
    for top in folders:
        if not top.is_dir():
            raise SamplesError(f"{top} is not a folder; name one that holds runs")
        for design in sorted(top.rglob(f"{FOLDER}/")):
            register_written(design.parent)
        files = named_samples(sorted(top.rglob("samples_*.jsonl")))
        for folder in sorted({one.file.parent for one in files}):
            if (place := folder.resolve()) in seen:
                continue
            seen.add(place)
            samples = [one for one in files if one.file.parent == folder]
            refuse_doubled(samples, folder)
            yield (folder.relative_to(top).as_posix() if folder != top else place.name), folder, samples
