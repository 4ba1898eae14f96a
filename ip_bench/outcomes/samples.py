"""Read a run's samples back, and refuse what cannot be analyzed: every fault is named with its count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench import catalog
from ip_bench.errors import SamplesError
from ip_bench.files import read_jsonl
from ip_bench.mitigation.conditions import Condition
from ip_bench.outcomes.measures import Reading, measure
from ip_bench.outcomes.outcome import Measured, reached, request_text
from ip_bench.outcomes.refusal.detector import Verdict
from ip_bench.outcomes.thinking import opens_thinking
from ip_bench.release.hashing import row_digest
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
    known = catalog.tasks()
    found = [
        TaskSamples(*known[name.group(1)], file)
        for file in sorted(folder.rglob("samples_*.jsonl"))
        if (name := _FILE.fullmatch(file.name)) and name.group(1) in known
    ]
    if not found:
        raise SamplesError(
            f"{folder} has no samples of an ip-bench task (samples_ip_*.jsonl); run with logged samples "
            "(lm-eval: --log_samples)"
        )
    twice = [task for task, count in Counter(one.task for one in found).items() if count > 1]
    if twice:
        files = [str(one.file.relative_to(folder)) for one in found if one.task in twice]
        raise SamplesError(f"{folder} has several runs of {', '.join(twice)}: {', '.join(files)}; analyze them apart")
    return found


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
    how, faults = measure(samples.config), _Faults(expected)
    digests = {row_id: row_digest(row) for row_id, row in expected.items()}
    found = TaskOutcomes(samples, [], [], {}, expected, {}, set())
    for line, record in _records(samples.file):
        doc = record["doc"]
        name = doc["row_id"]
        faults.filters[str(record.get("filter", "none"))] += 1
        faults.seen[name] += 1
        if name not in digests or not _same(doc, digests[name]):
            faults.foreign[str(doc.get("arm"))] += 1
            continue
        request = _context(record)
        told = doc if condition is None else condition.told(doc, samples.config)
        if told is not None and not reached(told, request):
            faults.undelivered[doc["arm"]] += 1
        if samples.choice and how.choice:
            found.likelihoods[name] = _likelihoods(record, samples.file, line)
            found.outcomes.append(how.choice(doc, found.likelihoods[name]))
            found.normalized.append(how.choice(doc, found.likelihoods[name], normalized=True))
            faults.unscored[doc["arm"]] += found.outcomes[-1].kind == "no score"
            found.responses[name] = found.outcomes[-1].text
        else:
            found.responses[name] = _generation(record)
            if thinking := opens_thinking(request_text(request)):
                found.opened.add(name)
            reading = Reading(told is not None, thinking, _limit(record), allow_code, judge)
            found.outcomes.append(how.read(doc, found.responses[name], reading))
    if said := faults.said():
        raise SamplesError(f"{samples.task} ({samples.file.name}) cannot be analyzed: " + "; ".join(said))
    return found


class _Faults:
    """What keeps samples from being analyzed, counted as they are read."""

    def __init__(self, expected: Mapping[str, Mapping[str, Any]]) -> None:
        self.expected = expected
        self.seen, self.filters, self.foreign, self.undelivered, self.unscored = (Counter[str]() for _ in range(5))

    def said(self) -> list[str]:
        """Return every fault in words, with its counts."""
        arms = {row_id: row["arm"] for row_id, row in self.expected.items()}
        doubled = Counter(arms.get(row, "?") for row, count in self.seen.items() if count > 1)
        missing = Counter(arm for row_id, arm in arms.items() if row_id not in self.seen)
        faults = {
            f"{_counts(self.foreign)} rows are not of this dataset version": self.foreign,
            f"several filters are mixed: {_counts(self.filters)}": len(self.filters) > 1,
            f"rows occur more than once: {_counts(doubled)}": doubled,
            f"{missing.total():,} of {len(arms):,} rows are missing: {_counts(missing)} "
            "(a run with --limit, or one that broke off)": missing,
            f"system text or prompt is missing in the request of rows: {_counts(self.undelivered)} "
            "(does the chat template drop the system role?)": self.undelivered,
            f"scores are NaN: {_counts(self.unscored)}": self.unscored.total(),
        }
        return [text for text, there in faults.items() if there]


def _same(doc: Mapping[str, Any], digest: bytes) -> bool:
    """Return whether a logged row is the dataset's; a row with a float in it is nobody's."""
    try:
        return row_digest(doc) == digest
    except TypeError:
        return False


def _records(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    read = 0
    try:
        for line, record in read_jsonl(file):
            doc = record.get("doc") if isinstance(record, dict) else None
            if not isinstance(doc, dict) or not isinstance(doc.get("row_id"), str):
                raise SamplesError(f"{file.name}:{line}: not a logged sample of an ip-bench task")
            yield line, record
            read = line
    except (ValueError, RecursionError) as error:
        raise SamplesError(f"{file.name} is not JSON lines: {error}, after line {read}") from error


def _context(record: Mapping[str, Any]) -> Any:
    """Return the request's text: lm-eval logs arguments as a list, or in files as {gen_args_0: {arg_0: ...}}."""
    return next(iter(_arguments(record)), "")


def _arguments(record: Mapping[str, Any]) -> list[Any]:
    """Return the arguments of the first request, none where the record has not any."""
    arguments = record.get("arguments")
    first = next(iter(arguments.values() if isinstance(arguments, Mapping) else arguments or ()), ())
    if isinstance(first, Mapping):
        return list(first.values())
    return list(first) if isinstance(first, list | tuple) else []


def _limit(record: Mapping[str, Any]) -> int | None:
    """Return the tokens that the response could have, None where that is not logged."""
    settings = next(iter(_arguments(record)[1:]), None)
    limit = settings.get("max_gen_toks") if isinstance(settings, Mapping) else None
    return limit if isinstance(limit, int) else None


def _generation(record: Mapping[str, Any]) -> str:
    response = record.get("filtered_resps")
    while isinstance(response, list | tuple):
        response = response[0] if response else ""
    return str(response) if response is not None else ""


def _likelihoods(record: Mapping[str, Any], file: Path, line: int) -> list[float]:
    try:
        found = [float(pair[0]) for pair in record["filtered_resps"]]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise SamplesError(f"{file.name}:{line}: no log-likelihoods in filtered_resps ({error!r})") from error
    if len(found) != len(choices := record["doc"]["choices"]):
        raise SamplesError(f"{file.name}:{line}: {len(found)} log-likelihoods for {len(choices)} choices")
    return found


def _counts(counter: Counter[str]) -> str:
    """Return counts by name, sorted; of many names that have the same count, that."""
    there = {count for count in counter.values() if count}
    if len(counter) > _LISTED and len(there) == 1:
        return f"{there.pop():,} of each of {len(counter)} arms"
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counter.items()) if count)
