"""What running costs beyond the model: `ip-bench run` beside the plain lm-eval command, as whole processes.

Both ask lm-eval's dummy model, which answers at once and always the same, the same documents of the same task, and
write the same results and samples. What they take beyond the model's own time is overhead: starting, finding the task,
making the requests, scoring the answers, writing.
"""

from __future__ import annotations

import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from ratios import Result, Row

from ip_bench.files import read_json, read_jsonl

DATASET, TASK, DOCUMENTS = "ip-cues", "ip_cues_cultural", 20_000
REPETITIONS = 2
TIMES = 5  # how many times smaller our overhead is to be
#: Of a sample, what says which document was asked what, with which answer.
SAME = ("doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter")


class Cost(NamedTuple):
    """Seconds of a process and its children: on the clock, and of the processors."""

    wall: float
    processors: float


class Written(NamedTuple):
    """What a run wrote: its metrics, NaN as None, and its samples by document."""

    metrics: dict[str, Any]
    samples: dict[int, dict[str, Any]]


def cost(command: Sequence[str], folder: Path, data: Path) -> Cost:
    """Return what a command costs that runs in `folder` and reads datasets from `data`."""
    environment = {**os.environ, "IP_BENCH_DATA": str(data), "HF_HUB_OFFLINE": "1"}
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr[-2000:]
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def ours(documents: int, out: str) -> list[str]:
    """Return the command of ours that asks so many documents and writes into folder `out`."""
    return [
        sys.executable, "-m", "ip_bench.cli", "run", "--model", "dummy", "--dataset", DATASET, "--task", TASK,
        "--limit", str(documents), "--no-chat-template", "--out", out,
    ]  # fmt: skip


def plain(documents: int, out: str) -> list[str]:
    """Return the same of lm-eval."""
    from ip_bench.harness.plan import tasks_folder

    return [
        sys.executable, "-m", "lm_eval", "run", "--model", "dummy", "--tasks", TASK, "--include_path",
        str(tasks_folder()), "--limit", str(documents), "--log_samples", "--output_path", out,
    ]  # fmt: skip


def model_seconds(documents: int) -> float:
    """Return what the model itself takes for so many documents."""
    from lm_eval.models.dummy import DummyLM

    requests = [SimpleNamespace(arguments=("asked", {}))] * documents
    start = time.perf_counter()
    DummyLM().generate_until(requests, disable_tqdm=True)
    return time.perf_counter() - start


def written(folder: Path) -> Written:
    """Return what a run wrote into a folder, ours or lm-eval's."""
    file = next(iter(folder.rglob("results*.json")))
    found = read_json(file)
    metrics = found.get("results", found)[TASK]
    samples = next(iter(folder.rglob(f"samples_{TASK}*.jsonl")))
    return Written(
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in metrics.items()},
        {row["doc_id"]: {key: row[key] for key in SAME} for _, row in read_jsonl(samples)},
    )


def result(documents: int = DOCUMENTS, repetitions: int = REPETITIONS, data: Path | None = None) -> Result:
    """Return the table of this machine, and its row of the one table, which says whether both gave the same results.

    `data` is a folder with the dataset; without one it is built.
    """
    costs: dict[str, list[Cost]] = {"ours": [], "plain": []}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if data is None:
            data = folder / "data"
            cost([sys.executable, "-m", "ip_bench.cli", "build", DATASET], folder, data)
        for repetition in range(repetitions):
            for name, command in {"ours": ours, "plain": plain}.items():
                costs[name].append(cost(command(documents, f"{name}-{repetition}"), folder, data))
        first, second = written(folder / "ours-0"), written(folder / "plain-0")
    assert len(first.samples) == documents, f"{len(first.samples)} documents were asked, not {documents}"
    metrics, samples = first.metrics == second.metrics, first.samples == second.samples
    model = model_seconds(documents)
    names = {"ours": "`ip-bench run`", "plain": f"`lm-eval run` {version('lm-eval')}"}
    lines = [
        f"{documents:,} documents of `{TASK}`, {repetitions} runs of each, in turn; the model itself takes "
        f"{model:.2f} s. Metrics are {_word(metrics)}, samples are {_word(samples)}.",
        "",
        "| command | seconds (median) | best | seconds of the processors, best | overhead, microseconds a document |",
        "|---|---:|---:|---:|---:|",
    ]
    overhead, said = {}, {}
    for name, own in costs.items():
        walls = [one.wall for one in own]
        overhead[name] = min(walls) - model  # the best: whatever else the machine does only adds
        processors = min(one.processors for one in own)
        said[name] = f"{overhead[name]:.1f} s ({processors:.1f} s of the processor)"
        lines.append(
            f"| {names[name]} | {statistics.median(walls):.1f} | {min(walls):.1f} | {processors:.1f} "
            f"| {1e6 * overhead[name] / documents:,.0f} |"
        )
    ratio = overhead["plain"] / overhead["ours"]
    row = Row(
        f"runner overhead, {documents:,} documents of the dummy model, results {_word(metrics and samples)}",
        said["ours"], "plain lm-eval command", said["plain"], ratio,
        f"same results, a fifth or less (>= {TIMES}x)", metrics and samples and ratio >= TIMES,
    )  # fmt: skip
    return Result("\n".join(lines), [row])


def _word(same: bool) -> str:
    return "the same" if same else "**not the same**"


def report() -> str:
    """Return the table of this machine."""
    return result().text


if __name__ == "__main__":
    print(report())
