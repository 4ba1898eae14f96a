"""A run that may be submitted: read from its folder, and refused by name where it may not."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from ip_bench.analysis import ALPHA, DATASET, MARGIN, analyze
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.files import nan_to_none, read_record
from ip_bench.harness.suites import SUITES
from ip_bench.leaderboard.headline import Headline, headlines, is_mini
from ip_bench.leaderboard.reference_check import find_selfcheck, read_selfcheck
from ip_bench.outcomes.samples import TaskSamples, find_samples
from ip_bench.release.hashing import combine
from ip_bench.release.recipes import locked, recipe
from ip_bench.schemas import validator

_MODEL_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A run that passed every check: its records, the selfcheck that vouches for it, and its samples."""

    folder: Path
    model_id: str
    run: Mapping[str, Any]
    analysis: Mapping[str, Any]
    selfcheck: Mapping[str, Any]
    samples: tuple[TaskSamples, ...]
    headlines: tuple[Headline, ...]

    @property
    def version(self) -> str:
        """The dataset's version."""
        return str(self.run["dataset"]["version"])

    @property
    def place(self) -> str:
        """The folder of the submission in a results repository; one per model, dataset version and suite."""
        return f"{self.model_id}/{DATASET}-{self.version}/{self.run['suite']}"


def checked_model_id(model_id: str) -> str:
    """Return a model id that is ORG/MODEL; raises IpBenchError for any other text."""
    if not _MODEL_ID.fullmatch(model_id) or ".." in model_id:
        raise IpBenchError(f"model id {model_id!r} is not ORG/MODEL (letters, digits, '.', '_' and '-')")
    return model_id


def read_submission(results: Path, model_id: str, *, selfcheck: Path | None = None) -> Submission:
    """Return the submission of a folder of `ip-bench run`, with its samples analyzed anew.

    Raises:
        IpBenchError: for another dataset version or hash, a run with --limit, a suite that its tasks contradict,
            missing arms or rows, a margin other than the declared one, an analysis that the samples do not give, and
            a selfcheck that failed, is missing or is of another installation.
    """
    checked_model_id(model_id)
    run, analysis = (_record(results, name, made_by) for name, made_by in (("run", "run"), ("analysis", "analyze")))
    if problem := next(validator("run").iter_errors(run), None):
        raise IpBenchError(f"run.json is no record of a run: {problem.json_path}: {problem.message:.200}")
    check_run(run, model_id)
    check_analysis(analysis, run)
    samples = find_samples(results)
    logged = sorted(one.task for one in samples)
    if not logged == sorted(run["tasks"]) == sorted(analysis["tasks"]):
        raise IpBenchError(
            f"tasks differ: run.json has {', '.join(sorted(run['tasks']))}; analysis.json "
            f"{', '.join(sorted(analysis['tasks']))}; samples {', '.join(logged)}; run and analyze again"
        )
    check_arms(analysis)
    vouching = read_selfcheck(find_selfcheck(results, selfcheck), run)
    _check_reanalysis(samples, results, analysis)
    found = headlines(analysis)
    if not any(one.known for one in found):
        raise IpBenchError(
            "no headline measure has a number, so there is nothing to submit; see the notes in the report"
        )
    return Submission(
        folder=results, model_id=model_id, run=run, analysis=analysis, selfcheck=vouching, samples=tuple(samples),
        headlines=tuple(found),
    )  # fmt: skip


def check_run(run: Mapping[str, Any], model_id: str) -> None:
    """Refuse a run that is partial, mislabeled, undated, of another model, or of another dataset.

    Raises:
        IpBenchError: with what was found and what would be right.
    """
    if run["limit"] is not None:
        raise IpBenchError(f"this is a run with --limit {run['limit']:g}, which lacks rows; run it without --limit")
    if run["suite"] not in SUITES:
        raise UnknownNameError("suite", run["suite"], SUITES)
    small = [task for task in run["tasks"] if is_mini(task)]
    if len(small) != (len(run["tasks"]) if run["suite"] == "mini" else 0):
        others = small if run["suite"] == "full" else [task for task in run["tasks"] if task not in small]
        raise IpBenchError(
            f"the run is labeled {run['suite']!r} and has other tasks: {', '.join(others)}; run them with the suite "
            "that they belong to (--suite)"
        )
    finished(run)
    if "/" in run["model"] and run["model"] != model_id:
        raise IpBenchError(f"the run is of {run['model']}, not of {model_id}")
    version = recipe(DATASET).VERSION
    promised = {
        "name": DATASET,
        "version": version,
        "content_hash": {
            config: combine({split: bytes.fromhex(digest) for split, digest in splits.items()})
            for config, splits in locked(DATASET, version).items()
        },
    }
    for key, expected in promised.items():
        if (found := run["dataset"].get(key)) != expected:
            raise IpBenchError(
                f"the run is of another dataset: its {key} is {found}, that of {DATASET} {version} is {expected}"
            )


def finished(run: Mapping[str, Any]) -> datetime:
    """Return when a run ended; raises IpBenchError where its record does not say so with a time zone."""
    try:
        when = datetime.fromisoformat(run["finished"])
    except (KeyError, TypeError, ValueError) as error:
        raise IpBenchError(
            "run.json does not say when the run ended (finished); run again with this version"
        ) from error
    if when.tzinfo is None:
        raise IpBenchError(f"run.json ended {run['finished']}, without a time zone; write it as ...+00:00")
    return when


def check_analysis(analysis: Mapping[str, Any], run: Mapping[str, Any]) -> None:
    """Refuse an analysis of another run, or with a margin or error level other than the declared ones.

    Raises:
        IpBenchError: with both values.
    """
    if analysis.get("run") != run or analysis.get("dataset") != run["dataset"]:
        raise IpBenchError("analysis.json is of another run; run `ip-bench analyze` on this folder")
    declared = run.get("declared") or {}
    for name, usual in (("margin", MARGIN), ("alpha", ALPHA)):
        stated = declared.get(name)
        expected = usual if stated is None else stated
        if analysis.get(name) != expected:
            raise IpBenchError(
                f"the analysis uses {name} {analysis.get(name)}, declared before the run was {expected}; "
                f"analyze again with --{name} {expected}"
            )


def check_arms(analysis: Mapping[str, Any]) -> None:
    """Refuse an analysis in which an arm of a declared contrast is missing.

    Raises:
        IpBenchError: with the task and the arms.
    """
    mini_arms = import_module("ip_bench.tasks.cues").MINI_ARMS
    contrasts = recipe(DATASET).CONTRASTS
    for task, entry in sorted(analysis["tasks"].items()):
        asked = {arm for one in contrasts[entry["config"]] for arm in (one.arm, one.reference)}
        expected = asked & mini_arms if is_mini(task) else asked
        if missing := expected - {one["arm"] for one in entry["arms"]}:
            raise IpBenchError(f"{task} lacks the arms {', '.join(sorted(missing))}; run the whole task")


def _check_reanalysis(samples: list[TaskSamples], results: Path, analysis: Mapping[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for name in (Path("run.json"), *(one.file.relative_to(results) for one in samples)):
            link = Path(scratch) / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to((results / name).resolve())
        anew = nan_to_none(analyze(Path(scratch), margin=analysis["margin"], alpha=analysis["alpha"]))
    if place := next(differences(nan_to_none(analysis), anew), None):
        raise IpBenchError(f"analysis.json is not what the samples give, at {place}; run `ip-bench analyze` again")


def differences(found: Any, expected: Any, place: str = "$") -> Iterator[str]:
    """Yield where two JSON values differ; numbers may differ in the last digits, as between machines."""
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        for key in sorted({*found, *expected}):
            if key not in found or key not in expected:
                yield f"{place}.{key}"
            else:
                yield from differences(found[key], expected[key], f"{place}.{key}")
    elif isinstance(found, list | tuple) and isinstance(expected, list | tuple):
        if len(found) != len(expected):
            yield f"{place} (length)"
        for number, (one, other) in enumerate(zip(found, expected, strict=False)):
            yield from differences(one, other, f"{place}[{number}]")
    elif isinstance(found, float) and isinstance(expected, float):
        if not math.isclose(found, expected, rel_tol=1e-6, abs_tol=1e-9):
            yield place
    elif found != expected:
        yield place


def _record(results: Path, name: str, made_by: str) -> dict[str, Any]:
    file = results / f"{name}.json"
    if not file.is_file():
        raise IpBenchError(f"{results.name} has no {name}.json; it is written by `ip-bench {made_by}`")
    return read_record(file)
