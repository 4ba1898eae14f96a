"""Read a run's samples back, and refuse what cannot be analyzed: every fault is named with its count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench.errors import SamplesError
from ip_bench.files import read_jsonl
from ip_bench.outcomes.outcome import Outcome, reached, request_text, score_choice, score_generation
from ip_bench.outcomes.thinking import opens_thinking
from ip_bench.release.hashing import row_digest

_FILE = re.compile(r"samples_(ip_cues_(?P<config>cultural|inference)(?P<mc>_mc)?(?P<mini>_mini)?)(?:_\d{4}.*)?\.jsonl")


class TaskSamples(NamedTuple):
    """The samples of one task: where they lie, and what the task's name says of them."""

    task: str
    config: str
    choice: bool
    mini: bool
    file: Path


class TaskOutcomes(NamedTuple):
    """The outcomes of one task: raw, for multiple choice also length-normalized, and the response texts by row."""

    samples: TaskSamples
    outcomes: list[Outcome]
    normalized: list[Outcome]
    responses: dict[str, str]


def find_samples(folder: Path) -> list[TaskSamples]:
    """Return the samples files below a folder, one per task.

    Raises:
        SamplesError: where there is none, or a task has two.
    """
    if not folder.is_dir():
        raise SamplesError(f"{folder} is not a folder; name one that holds samples_ip_cues_*.jsonl")
    found = [
        TaskSamples(name.group(1), name.group("config"), bool(name.group("mc")), bool(name.group("mini")), file)
        for file in sorted(folder.rglob("samples_*.jsonl"))
        if (name := _FILE.fullmatch(file.name))
    ]
    if not found:
        raise SamplesError(f"{folder} has no samples_ip_cues_*.jsonl; run with logged samples (lm-eval: --log_samples)")
    twice = [task for task, count in Counter(one.task for one in found).items() if count > 1]
    if twice:
        files = [str(one.file.relative_to(folder)) for one in found if one.task in twice]
        raise SamplesError(f"{folder} has several runs of {', '.join(twice)}: {', '.join(files)}; analyze them apart")
    return found


def read_outcomes(samples: TaskSamples, expected: Mapping[str, Mapping[str, Any]]) -> TaskOutcomes:
    """Return the outcomes of a task's samples, re-scored without the model.

    `expected` holds the rows of the task's dataset by `row_id`.

    Raises:
        SamplesError: for rows of another dataset version, missing or duplicated rows, several filters, requests that
            lack the row's system text or prompt, and scores that are NaN; each with its count.
    """
    digests = {row_id: row_digest(row) for row_id, row in expected.items()}
    seen: Counter[str] = Counter()
    filters: Counter[str] = Counter()
    foreign: Counter[str] = Counter()
    undelivered: Counter[str] = Counter()
    unscored: Counter[str] = Counter()
    outcomes, normalized, responses = [], [], {}
    for line, record in _records(samples.file):
        doc = record["doc"]
        filters[str(record.get("filter", "none"))] += 1
        seen[doc["row_id"]] += 1
        if doc["row_id"] not in digests or not _same(doc, digests[doc["row_id"]]):
            foreign[str(doc.get("arm"))] += 1
            continue
        request = _context(record)
        if not reached(doc, request):
            undelivered[doc["arm"]] += 1
        if samples.choice:
            likelihoods = _likelihoods(record, samples.file, line)
            outcomes.append(score_choice(doc, likelihoods))
            normalized.append(score_choice(doc, likelihoods, normalized=True))
            unscored[doc["arm"]] += outcomes[-1].kind == "no score"
            responses[doc["row_id"]] = outcomes[-1].text
        else:
            response = _generation(record)
            outcomes.append(score_generation(doc, response, thinking=opens_thinking(request_text(request))))
            responses[doc["row_id"]] = response
    faults = []
    if foreign:
        faults.append(f"{_counts(foreign)} rows are not of this dataset version")
    if len(filters) > 1:
        faults.append(f"several filters are mixed: {_counts(filters)}")
    doubled = Counter(expected[row]["arm"] if row in expected else "?" for row, count in seen.items() if count > 1)
    if doubled:
        faults.append(f"rows occur more than once: {_counts(doubled)}")
    missing = Counter(row["arm"] for row_id, row in expected.items() if row_id not in seen)
    if missing:
        faults.append(
            f"{missing.total():,} of {len(expected):,} rows are missing: {_counts(missing)} "
            "(a run with --limit, or one that broke off)"
        )
    if undelivered:
        faults.append(
            f"system text or prompt is missing in the request of rows: {_counts(undelivered)} "
            "(does the chat template drop the system role?)"
        )
    if unscored.total():
        faults.append(f"scores are NaN: {_counts(unscored)}")
    if faults:
        raise SamplesError(f"{samples.task} ({samples.file.name}) cannot be analyzed: " + "; ".join(faults))
    return TaskOutcomes(samples, outcomes, normalized, responses)


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
    arguments = record.get("arguments")
    if isinstance(arguments, Mapping):
        arguments = [list(one.values()) if isinstance(one, Mapping) else one for one in arguments.values()]
    try:
        return arguments[0][0]  # type: ignore[index]
    except (TypeError, IndexError, KeyError):
        return ""


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
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counter.items()) if count)
