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

from ip_bench.release.recipes import DATASETS

REPETITIONS = 3
#: The datasets of the case studies, which the target is about.
CASES = ("ip-cues", "ip-echo", "ip-education")
TARGET = 20


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


def report() -> str:
    """Return the table of this machine."""
    lines = [
        f"{REPETITIONS} runs of each.", "",
        "| `ip-bench build` | rows | seconds (median) | best | seconds of the processors | target |",
        "|---|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    for names in (CASES, *((name,) for name in DATASETS)):
        costs = [cost(names) for _ in range(REPETITIONS)]
        walls = [one.wall for one in costs]
        target = f"< {TARGET}" if names == CASES else "-"
        lines.append(
            f"| {' '.join(names)} | {costs[0].rows:,} | {statistics.median(walls):.1f} | {min(walls):.1f} | "
            f"{statistics.median(one.processors for one in costs):.1f} | {target} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
