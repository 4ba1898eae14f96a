"""The record of a selfcheck, and whether it vouches for a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ip_bench.errors import IpBenchError
from ip_bench.files import read_record

if TYPE_CHECKING:
    from ip_bench.selfcheck import Check

FILE = "selfcheck.json"
#: Reference models with planted effects; one without any (null) cannot show that effects come back.
PLANTED = ("tiny", "simulated")
#: The packages whose change can change what reaches the model or how it is read.
SAME = ("lm-eval", "transformers", "torch", "vllm", "datasets")
HEADLINE = "uk minus placebo"


def selfcheck_record(run: Mapping[str, Any], reference: str, checks: Sequence[Check]) -> dict[str, Any]:
    """Return what `selfcheck.json` holds: which installation was checked, and every planted effect beside its estimate.

    `run` is the record of the selfcheck's own run (its `run.json`).
    """
    keys = ("ip_bench", "backend", "suite", "dataset", "chat_template", "batch_size", "device", "versions", "finished")
    return {
        "reference": reference,
        **{key: run.get(key) for key in keys},
        "checks": [dataclasses.asdict(check) | {"recovered": check.recovered} for check in checks],
        "recovered": bool(checks) and all(check.recovered for check in checks),
    }


def find_selfcheck(results: Path, named: Path | None = None) -> Path:
    """Return the selfcheck record of a run: the one named, or one in its folder, or in `selfcheck/` beside it.

    Raises:
        IpBenchError: where there is none.
    """
    places = [named] if named is not None else [results, results.resolve().parent / "selfcheck"]
    files = [place / FILE if place.is_dir() else place for place in places]
    for file in files:
        if file.is_file():
            return file
    raise IpBenchError(
        f"no {FILE} for this run; run `ip-bench selfcheck` with the same backend, then name its folder (--selfcheck)"
    )


def read_selfcheck(file: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return a selfcheck record that vouches for a run.

    Raises:
        IpBenchError: where a planted effect was not recovered, none was looked at, or the selfcheck is of another
            backend, dataset or version of a package.
    """
    record = read_record(file)
    checks = record.get("checks")
    if not isinstance(checks, list) or not any(_is_headline(check) for check in checks):
        raise IpBenchError(f"{file.name} has no check of {HEADLINE!r}; run `ip-bench selfcheck` again")
    if record.get("reference") not in PLANTED:
        raise IpBenchError(
            f"{file.name} is of the reference model {record.get('reference')!r}, which has no planted effects; "
            f"needed is one of {', '.join(PLANTED)}"
        )
    missed = [f"{check.get('task')} {check.get('contrast')}" for check in checks if not _recovered(check)]
    if missed or record.get("recovered") is not True:
        raise IpBenchError(f"the selfcheck failed: {', '.join(missed) or 'it says so itself'} not recovered")
    for what, ours, theirs in (
        ("backend", run.get("backend"), record.get("backend")),
        ("ip-bench version", run.get("ip_bench"), record.get("ip_bench")),
        ("dataset", run.get("dataset"), record.get("dataset")),
        *((one, _version(run, one), _version(record, one)) for one in SAME),
    ):
        if ours != theirs:
            raise IpBenchError(
                f"the selfcheck is of another installation: its {what} is {_short(theirs)}, the run's is "
                f"{_short(ours)}; run `ip-bench selfcheck` where the model was run"
            )
    return record


def _is_headline(check: object) -> bool:
    return isinstance(check, Mapping) and check.get("contrast") == HEADLINE and "cultural" in str(check.get("task"))


def _recovered(check: Mapping[str, Any]) -> bool:
    """Return whether the interval in the record holds the truth in the record, whatever it says of itself."""
    low, truth, high = (check.get(key) for key in ("low", "truth", "high"))
    numbers = isinstance(low, int | float) and isinstance(truth, int | float) and isinstance(high, int | float)
    return numbers and low <= truth <= high  # type: ignore[operator]


def _version(record: Mapping[str, Any], package: str) -> Any:
    versions = record.get("versions")
    return versions.get(package) if isinstance(versions, Mapping) else None


def _short(value: Any) -> str:
    return f"{value}"[:160]
