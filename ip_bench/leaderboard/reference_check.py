"""The record of a selfcheck, and whether it vouches for a run."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ip_bench import catalog
from ip_bench.errors import IpBenchError
from ip_bench.leaderboard.records import read_valid
from ip_bench.selfcheck import Check, simulated_truths, truths

FILE = "selfcheck.json"
#: Reference models with planted effects; one without any (null) cannot show that effects come back.
PLANTED = ("tiny", "simulated")
#: The packages whose change can change what reaches the model or how it is read.
SAME = ("lm-eval", "transformers", "torch", "vllm", "datasets")
#: A contrast that needs no check: a model that decodes greedily has no noise to recover.
NOISE = frozenset({"repeat"})
#: Half of an interval may be this, divided by the root of the number of items: five standard errors of an effect whose
#: standard deviation over items is 1, the most there is. A made-up interval that would hold anything is wider.
WIDEST = 5.0
FRESH = timedelta(days=90)


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


def read_selfcheck(file: Path, run: Mapping[str, Any], items: Mapping[str, int]) -> dict[str, Any]:
    """Return a selfcheck record that vouches for a run; `items` are the items that the run counted, by config.

    The record is compared with the effects that are really planted in the reference model, not with those it states.

    Raises:
        IpBenchError: where a planted effect was not recovered or not looked at, an interval is so wide that it would
            hold anything, or the selfcheck is of another backend, dataset, version of a package or time.
    """
    record = read_valid(file, "selfcheck", make="run `ip-bench selfcheck` again")
    if record["reference"] not in PLANTED:
        raise IpBenchError(
            f"{file.name} is of the reference model {record['reference']!r}, which has no planted effects; "
            f"needed is one of {', '.join(PLANTED)}"
        )
    planted = _planted(record["reference"])
    checks = {_key(check, file): check for check in record["checks"]}
    known = truths("tiny")
    for config, counted in sorted((config, counted) for config, counted in items.items() if config in known):
        if missing := sorted(set(known[config]) - NOISE - {arm for where, arm in checks if where == config}):
            raise IpBenchError(
                f"{file.name} has no check of {config}: {', '.join(missing)}; run `ip-bench selfcheck` again"
            )
        widest = WIDEST / math.sqrt(max(counted, 1))
        if wide := [arm for (where, arm), one in checks.items() if where == config and _half(one) > widest]:
            raise IpBenchError(
                f"{file.name}: the intervals of {config} {', '.join(wide)} are wider than {counted} items give "
                f"(half of one is at most {widest:.2f}); run `ip-bench selfcheck` again"
            )
    for (config, arm), check in checks.items():
        truth = planted.get(config, {}).get(arm)
        if truth is None or not math.isclose(truth, check["truth"], abs_tol=1e-9):
            raise IpBenchError(
                f"{file.name} states a true effect of {check['truth']:g} for {config} {arm}; that of "
                f"{record['reference']!r} is {'unknown' if truth is None else f'{truth:g}'}"
            )
    missed = [" ".join(where) for where, one in checks.items() if not one["low"] <= one["truth"] <= one["high"]]
    if missed or record["recovered"] is not True:
        raise IpBenchError(f"the selfcheck failed: {', '.join(missed) or 'it says so itself'} not recovered")
    _check_same(record, run)
    apart = abs(finished(run, "run.json") - finished(record, file.name))
    if apart > FRESH:
        raise IpBenchError(
            f"the selfcheck ended {record['finished']} and the run {run['finished']}, {apart.days} days apart; at most "
            f"{FRESH.days} are allowed, because an installation changes: run `ip-bench selfcheck` again"
        )
    return record


def finished(record: Mapping[str, Any], where: str) -> datetime:
    """Return when what a record tells of ended; raises IpBenchError where it says no time with a time zone."""
    try:
        when = datetime.fromisoformat(record["finished"])
    except (KeyError, TypeError, ValueError) as error:
        raise IpBenchError(
            f"{where} does not say when it ended: finished is {record.get('finished')!r:.60}; it must be a time as "
            "2026-03-01T12:00:00+00:00"
        ) from error
    if when.tzinfo is None:
        raise IpBenchError(f"{where} ended {record['finished']}, without a time zone; write it as ...+00:00")
    return when


def _planted(reference: str) -> dict[str, dict[str, float]]:
    if reference == "simulated":
        from ip_bench.harness.simulated import Simulated

        return simulated_truths(Simulated().planted)
    return truths(reference)


def _key(check: Mapping[str, Any], file: Path) -> tuple[str, str]:
    """Return the config and contrast of a check, which the name of its generation task gives."""
    asked = catalog.tasks().get(str(check["task"]))
    if asked is None or asked.choice:
        raise IpBenchError(f"{file.name} has a check of {check['task']!r:.80}, which no selfcheck asks; run it again")
    return asked.config, str(check["contrast"])


def _half(check: Mapping[str, Any]) -> float:
    return float(check["high"] - check["low"]) / 2


def _check_same(record: Mapping[str, Any], run: Mapping[str, Any]) -> None:
    """Refuse a selfcheck of another installation than the run's."""
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


def _version(record: Mapping[str, Any], package: str) -> Any:
    versions = record.get("versions")
    return versions.get(package) if isinstance(versions, Mapping) else None


def _short(value: Any) -> str:
    return f"{value}"[:160]
