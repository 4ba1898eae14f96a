"""A run that may be submitted: read from its folder, and refused by name where it may not."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from ip_bench.analysis import analyze
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.estimation import ALPHA, MARGIN
from ip_bench.files import nan_to_none
from ip_bench.harness.suites import SUITES
from ip_bench.leaderboard.headline import Headline, headlines, is_mini
from ip_bench.leaderboard.identity import check_model
from ip_bench.leaderboard.records import read_valid
from ip_bench.leaderboard.reference_check import find_selfcheck, finished, read_selfcheck
from ip_bench.outcomes.samples import TaskSamples, find_samples
from ip_bench.release.hashing import combine
from ip_bench.release.recipes import DATASETS, locked, recipe

#: A clock may be wrong by this much; a run that "ended" later could never be replaced.
_CLOCKS = timedelta(days=1)
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
    def dataset(self) -> str:
        """The dataset's name."""
        return str(self.run["dataset"]["name"])

    @property
    def version(self) -> str:
        """The dataset's version."""
        return str(self.run["dataset"]["version"])

    @property
    def place(self) -> str:
        """The folder of the submission in a results repository; one per model, dataset version and suite."""
        return f"{self.model_id}/{self.dataset}-{self.version}/{self.run['suite']}"


def checked_model_id(model_id: str) -> str:
    """Return a model id that is ORG/MODEL; raises IpBenchError for any other text."""
    if not _MODEL_ID.fullmatch(model_id) or ".." in model_id:
        raise IpBenchError(f"model id {model_id!r} is not ORG/MODEL (letters, digits, '.', '_' and '-')")
    return model_id


def read_submission(
    results: Path, model_id: str, *, selfcheck: Path | None = None, now: datetime | None = None
) -> Submission:
    """Return the submission of a folder of `ip-bench run`, with its samples analyzed anew.

    Raises:
        IpBenchError: for another model, dataset version or hash, a run with --limit, a suite that its tasks contradict,
            a date in the future, missing arms or rows, a margin other than the declared one, an analysis that the
            samples do not give, and a selfcheck that failed, is missing or does not vouch for the run.
    """
    checked_model_id(model_id)
    run, analysis = (_record(results, name, made_by) for name, made_by in (("run", "run"), ("analysis", "analyze")))
    check_run(run, model_id, now=now)
    check_analysis(analysis, run)
    samples = find_samples(results)
    logged = sorted(one.task for one in samples)
    if not logged == sorted(run["tasks"]) == sorted(analysis["tasks"]):
        raise IpBenchError(
            f"tasks differ: run.json has {', '.join(sorted(run['tasks']))}; analysis.json "
            f"{', '.join(sorted(analysis['tasks']))}; samples {', '.join(logged)}; run and analyze again"
        )
    check_arms(analysis)
    found = headlines(analysis)
    items = {one.config: int(one.effect["n_items"]) for one in found}
    vouching = read_selfcheck(find_selfcheck(results, selfcheck), run, items)
    _check_reanalysis(samples, results, analysis)
    if not any(one.known for one in found):
        raise IpBenchError(
            "no headline measure has a number, so there is nothing to submit; see the notes in the report"
        )
    return Submission(
        folder=results, model_id=model_id, run=run, analysis=analysis, selfcheck=vouching, samples=tuple(samples),
        headlines=tuple(found),
    )  # fmt: skip


def check_run(run: Mapping[str, Any], model_id: str, *, now: datetime | None = None) -> None:
    """Refuse a run that is partial, mitigated, mislabeled, undated, of another model or dataset; `now` is the time.

    Raises:
        IpBenchError: with what was found and what would be right.
    """
    if run["limit"] is not None:
        raise IpBenchError(f"this is a run with --limit {run['limit']:g}, which lacks rows; run it without --limit")
    if design := run["dataset"].get("design"):
        raise IpBenchError(f"this run asked a design of its own ({design}); a leaderboard shows shipped datasets only")
    if mitigation := run.get("mitigation"):
        raise IpBenchError(f"this run was mitigated by {mitigation['name']}; submit one without --mitigation")
    if run["suite"] not in SUITES:
        raise UnknownNameError("suite", run["suite"], SUITES)
    small = [task for task in run["tasks"] if is_mini(task)]
    if len(small) != (len(run["tasks"]) if run["suite"] == "mini" else 0):
        others = small if run["suite"] == "full" else [task for task in run["tasks"] if task not in small]
        raise IpBenchError(
            f"the run is labeled {run['suite']!r} and has other tasks: {', '.join(others)}; run them with the suite "
            "that they belong to (--suite)"
        )
    if finished(run, "run.json") > (now or datetime.now(UTC)) + _CLOCKS:
        raise IpBenchError(f"run.json ended {run['finished']}, which is in the future; no later run could replace it")
    check_model(run, model_id)
    dataset = run["dataset"].get("name")
    if dataset not in DATASETS:
        raise UnknownNameError("dataset", str(dataset), DATASETS, where="run.json")
    version = recipe(dataset).VERSION
    promised = {
        "version": version,
        "content_hash": {
            config: combine({split: bytes.fromhex(digest) for split, digest in splits.items()})
            for config, splits in locked(dataset, version).items()
        },
    }
    for key, expected in promised.items():
        if (found := run["dataset"].get(key)) != expected:
            raise IpBenchError(
                f"the run is of another dataset: its {key} is {found}, that of {dataset} {version} is {expected}"
            )


def check_analysis(analysis: Mapping[str, Any], run: Mapping[str, Any]) -> None:
    """Refuse an analysis of another run, or with a margin or error level other than the declared ones.

    Raises:
        IpBenchError: with both values.
    """
    if analysis.get("run") != run or analysis.get("dataset") != run["dataset"]:
        raise IpBenchError("analysis.json is of another run; run `ip-bench analyze` on this folder")
    declared = run.get("declared") or {}
    if not isinstance(declared, Mapping):
        raise IpBenchError(f"run.json declares {declared!r:.60}; it must be an object with margin and alpha")
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
    mini_arms = import_module("ip_bench.tasks.pinned").MINI_ARMS
    contrasts = recipe(analysis["dataset"]["name"]).CONTRASTS
    for task, entry in sorted(analysis["tasks"].items()):
        if entry["config"] not in contrasts:
            raise UnknownNameError("config", entry["config"], contrasts, where=f"analysis.json, {task}")
        asked = {arm for one in contrasts[entry["config"]] for arm in (one.arm, one.reference)}
        expected = asked & mini_arms.get(entry["config"], asked) if is_mini(task) else asked
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
    return read_valid(file, name, make=f"run `ip-bench {made_by}` again")
