"""Read a run's samples back, and refuse what cannot be analyzed: every fault is named with its count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench import catalog
from ip_bench.errors import SamplesError
from ip_bench.mitigation.conditions import Condition
from ip_bench.outcomes.logged import Rows
from ip_bench.outcomes.measures import measure
from ip_bench.outcomes.outcome import Measured
from ip_bench.outcomes.reading import Reader
from ip_bench.outcomes.refusal.detector import Verdict
from ip_bench.release.recipes import recipe

_LISTED = 8  # arms of one count that are named; of more it says how many
_FILE = re.compile(r"samples_(ip_[a-z_]+?)(?:_\d{4}.*)?\.jsonl")


class TaskSamples(NamedTuple):
    """The samples of one task: where they lie, and what the task's name says of them."""

    task: str
    dataset: str
    config: str
    choice: bool
    mini: bool
    file: Path


class TaskOutcomes(NamedTuple):
    """The outcomes of one task: raw, for multiple choice also length-normalized; by row the response texts.

    `rows` are the dataset's rows, `likelihoods` those of the choices, by row; `opened` are the rows whose request ended
    inside the thinking.
    """

    samples: TaskSamples
    outcomes: list[Measured]
    normalized: list[Measured]
    responses: dict[str, str]
    rows: Mapping[str, Mapping[str, Any]]
    likelihoods: dict[str, list[float]]
    opened: set[str]


def find_samples(folder: Path) -> list[TaskSamples]:
    """Return the samples files below a folder, one per task.

    Raises:
        SamplesError: where there is none, or a task has two.
    """
    if not folder.is_dir():
        raise SamplesError(f"{folder} is not a folder; name one that holds samples_ip_*.jsonl")
    found = named_samples(sorted(folder.rglob("samples_*.jsonl")))
    if not found:
        raise SamplesError(
            f"{folder} has no samples of an ip-bench task (samples_ip_*.jsonl); run with logged samples "
            "(lm-eval: --log_samples)"
        )
    refuse_doubled(found, folder)
    return found


def named_samples(files: Iterable[Path]) -> list[TaskSamples]:
    """Return the files that are samples of a task by their names, in their order."""
    known = catalog.tasks()
    return [
        TaskSamples(*known[name.group(1)], file)
        for file in files
        if (name := _FILE.fullmatch(file.name)) and name.group(1) in known
    ]


def refuse_doubled(found: Sequence[TaskSamples], folder: Path) -> None:
    """Raise SamplesError where a task has two files below a folder: they are of different runs."""
    twice = [task for task, count in Counter(one.task for one in found).items() if count > 1]
    if twice:
        files = [str(one.file.relative_to(folder)) for one in found if one.task in twice]
        raise SamplesError(f"{folder} has several runs of {', '.join(twice)}: {', '.join(files)}; analyze them apart")


def dataset_of(samples: Sequence[TaskSamples]) -> str:
    """Return the dataset that samples are of; raises SamplesError where they are of several."""
    names = sorted({one.dataset for one in samples})
    if len(names) > 1:
        tasks = ", ".join(f"{one.task} ({one.dataset})" for one in samples)
        raise SamplesError(
            f"samples of {len(names)} datasets lie together: {tasks}; analyze each in a folder of its own"
        )
    return names[0]


def governing(samples: Sequence[TaskSamples]) -> TaskSamples:
    """Return the samples whose task speaks for a run: of its first config, generation before log-likelihoods."""
    order = list(catalog.tasks())
    return min(
        samples, key=lambda one: (recipe(one.dataset).TASKS.index(one.config), one.choice, order.index(one.task))
    )


def read_outcomes(
    samples: TaskSamples,
    expected: Mapping[str, Mapping[str, Any]],
    *,
    allow_code: bool = False,
    condition: Condition | None = None,
    judge: Callable[..., Verdict] | None = None,
) -> TaskOutcomes:
    """Return the outcomes of a task's samples, re-scored without the model.

    `expected` holds the rows of the task's dataset by `row_id`. Code in responses is run only with `allow_code`. A
    `condition` is what the run was mitigated by: requests must hold the messages that it makes of the rows, and a row
    for which it has none is undelivered. `judge` tells refusals of ip-tradeoff, by default the shipped detector.

    Raises:
        SamplesError: for rows of another dataset version, missing or duplicated rows, several filters, requests that
            lack the row's system text or prompt, and scores that are NaN; each with its count.
    """
    how, rows = measure(samples.config), Rows(expected)
    reader = Reader(samples.file.name, samples.config, how, samples.choice, allow_code, condition, judge)
    seen, filters, foreign, undelivered, unscored = (Counter[str]() for _ in range(5))
    found = TaskOutcomes(samples, [], [], {}, expected, {}, set())
    for line in rows.logged(samples.file):
        name = line.doc["row_id"]
        filters[str(line.record.get("filter", "none"))] += 1
        seen[name] += 1
        if line.foreign:
            foreign[str(line.doc.get("arm"))] += 1
            continue
        sample = reader.sample(line)
        undelivered[line.doc["arm"]] += sample.told and not sample.delivered
        outcome = reader.outcome(sample)
        found.outcomes.append(outcome)
        if sample.likelihoods is None:
            found.responses[name] = sample.response
        else:
            found.likelihoods[name] = sample.likelihoods
            found.normalized.append(reader.outcome(sample, normalized=True))
            found.responses[name] = outcome.text
            unscored[line.doc["arm"]] += outcome.kind == "no score"
        if sample.opened:
            found.opened.add(name)
    arms = {row_id: row["arm"] for row_id, row in expected.items()}
    doubled = Counter(arms.get(row, "?") for row, count in seen.items() if count > 1)
    missing = Counter(arm for row_id, arm in arms.items() if row_id not in seen)
    said = faults_said(
        len(arms), foreign=foreign, filters=filters, doubled=doubled, missing=missing, undelivered=undelivered,
        unscored=unscored,
    )  # fmt: skip
    if said:
        raise SamplesError(f"{samples.task} ({samples.file.name}) cannot be analyzed: " + "; ".join(said))
    return found


def faults_said(
    asked: int,
    *,
    foreign: Counter[str],
    filters: Counter[str],
    doubled: Counter[str],
    missing: Counter[str],
    undelivered: Counter[str],
    unscored: Counter[str],
) -> list[str]:
    """Return what keeps samples of `asked` rows from being analyzed in words, with counts by arm (or filter)."""
    faults = {
        f"{_counts(foreign)} rows are not of this dataset version": foreign.total(),
        f"several filters are mixed: {_counts(filters)}": len(filters) > 1,
        f"rows occur more than once: {_counts(doubled)}": doubled.total(),
        f"{missing.total():,} of {asked:,} rows are missing: {_counts(missing)} "
        "(a run with --limit, or one that broke off)": missing.total(),
        f"system text or prompt is missing in the request of rows: {_counts(undelivered)} "
        "(does the chat template drop the system role?)": undelivered.total(),
        f"scores are NaN: {_counts(unscored)}": unscored.total(),
    }
    return [text for text, there in faults.items() if there]


def _counts(counter: Counter[str]) -> str:
    """Return counts by name, sorted; of many names that have the same count, that."""
    found = +counter  # without those that were seen and never counted
    if len(found) > _LISTED and len(there := set(found.values())) == 1:
        return f"{there.pop():,} of each of {len(found)} arms"
    return ", ".join(f"{name} {count:,}" for name, count in sorted(found.items()))
