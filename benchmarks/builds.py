"""What a build costs: seconds and processor seconds of `ip-bench build`, of datasets together and of each alone."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ratios import Result, Row

from ip_bench.release.recipes import DATASETS

REPETITIONS = 3
ALONE = 1  # runs of each dataset alone
#: The datasets of the case studies, which the target is about.
CASES = ("ip-cues", "ip-echo", "ip-education")
TARGET, TARGET_ALL = 20, 30  # seconds: of these, and of all shipped datasets


class Cost(NamedTuple):
    """The rows that one run of the command writes, its wall time, and the time of all its processes, in seconds."""

    rows: int
    wall: float
    processors: float


def cost(names: Sequence[str]) -> Cost:
    """Return what it costs to build datasets by one command, into a new folder."""
    with tempfile.TemporaryDirectory() as scratch:
        start, before = time.perf_counter(), _processors()
        command = [sys.executable, "-m", "ip_bench.cli", "build", *names]
        subprocess.run(command, check=True, cwd=scratch, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wall, processors = time.perf_counter() - start, _processors() - before
        manifests = [
            json.loads(file.read_text(encoding="utf-8")) for file in Path(scratch).glob("data/*/manifest.json")
        ]
    configs = [config for manifest in manifests for config in manifest["configs"].values()]
    return Cost(sum(split["rows"] for config in configs for split in config["splits"].values()), wall, processors)


def _processors() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def result() -> Result:
    """Return the table of this machine, and its rows of the one table."""
    lines = [
        f"{REPETITIONS} runs of several datasets together, {ALONE} of each alone.", "",
        "| `ip-bench build` | rows | seconds (median) | best | seconds of the processors | target |",
        "|---|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    rows = []
    together = {"all": (("all",), TARGET_ALL), " ".join(CASES): (CASES, TARGET)}
    for said, (names, most) in (together | {name: ((name,), None) for name in DATASETS}).items():
        costs = [cost(names) for _ in range(REPETITIONS if most else ALONE)]
        walls = [one.wall for one in costs]
        target = f"< {most}" if most else "-"
        if most:
            what = "all shipped datasets" if names == ("all",) else "datasets of the case studies"
            wall = statistics.median(walls)
            rows.append(Row(f"`ip-bench build` of {what}", f"{wall:.1f} s", target=f"< {most} s", met=wall < most))
        lines.append(
            f"| {said} | {costs[0].rows:,} | {statistics.median(walls):.1f} | {min(walls):.1f} | "
            f"{statistics.median(one.processors for one in costs):.1f} | {target} |"
        )
    return Result("\n".join(lines), rows)


def report() -> str:
    """Return the table of this machine."""
    return result().text


if __name__ == "__main__":
    print(report())
