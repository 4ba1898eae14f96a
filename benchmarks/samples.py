"""Logged samples of many runs, read and scored again: rows a second and memory, beside reading the files whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ratios import Result, Row

from ip_bench.analysis import expected_rows
from ip_bench.files import write_json, write_jsonl
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve

TASK = "ip_cues_cultural_mini"
FEW, MANY = 5, 20
#: What each way does with the folder in `top`, the number of rows in `rows`.
WAYS = {
    "scan, mean by run and arm": """
from ip_bench.samples.scan import scan_samples
table = scan_samples(top).group_by("run", "arm").agg(pl.len(), pl.col("uk").mean())
rows = table.collect(engine="streaming")["len"].sum()
""",
    "scan, rows by arm, not scored": """
from ip_bench.samples.scan import scan_samples
rows = scan_samples(top).group_by("arm").len().collect(engine="streaming")["len"].sum()
""",
    "effects of every run": """
from ip_bench.samples.effects import effects_by_run
rows = sum(max(effect.n_rows for effect in one.effects) > 0 for one in effects_by_run(top)) * each
""",
    "pandas.read_json, whole, not scored": """
import pandas as pd
files = sorted(top.rglob("samples_*.jsonl"))
rows = len(pd.concat(pd.read_json(file, lines=True) for file in files))
""",
    "datasets.load_dataset, not scored": """
import datasets
datasets.disable_progress_bars()
files = [str(file) for file in sorted(top.rglob("samples_*.jsonl"))]
rows = len(datasets.load_dataset("json", data_files=files, split="train", cache_dir=str(top / "cache")))
""",
}
_PROGRAM = """
import json, resource, sys, time
from pathlib import Path
import polars as pl
top, each = Path(sys.argv[1]), int(sys.argv[2])
start = time.process_time()
{way}
used = time.process_time() - start
print(json.dumps([int(rows), used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


class Cost(NamedTuple):
    """What one way of reading takes: rows, seconds of the processor, and the peak of memory in MiB."""

    rows: int
    seconds: float
    peak: float


def cost(way: str, top: Path, each: int) -> Cost:
    """Return what it costs to read the runs in a folder, `each` of so many rows, in a process of its own."""
    command = [sys.executable, "-c", _PROGRAM.format(way=WAYS[way]), str(top), str(each)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"TQDM_DISABLE": "1"})
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


def result() -> Result:
    """Return the table of this machine, and what it says of speed and memory beside pandas."""
    with tempfile.TemporaryDirectory() as scratch:
        rows = list(expected_rows(resolve("ip-cues", recipe("ip-cues").VERSION), "cultural", mini=True).values())
        few, many = (_runs(Path(scratch) / str(count), rows, count) for count in (FEW, MANY))
        first = {way: cost(way, few, len(rows)) for way in WAYS}
        second = {way: cost(way, many, len(rows)) for way in WAYS}
    scan = next(iter(WAYS))
    lines = [
        f"{FEW} and {MANY} runs of {TASK}, {len(rows):,} samples each. Rows a second of the processor; ratios are to "
        "the first line.", "",
        f"| | rows/s, {MANY} runs | ratio | peak MiB, {FEW} runs | peak MiB, {MANY} runs | ratio |",
        "|---|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    base = second[scan]
    for way in WAYS:
        one, more = first[way], second[way]
        speed = more.rows / more.seconds
        lines.append(
            f"| {way} | {speed:,.0f} | {speed / (base.rows / base.seconds):.2f} | {one.peak:,.0f} | {more.peak:,.0f} | "
            f"{more.peak / base.peak:.1f} |"
        )
    pandas = "pandas.read_json, whole, not scored"
    grown, speed = base.peak / first[scan].peak, {way: one.rows / one.seconds for way, one in second.items()}
    return Result(
        "\n".join(lines),
        [
            Row(
                f"samples of {MANY} runs scanned and scored, of the processor", f"{speed[scan]:,.0f} rows/s",
                "pandas.read_json, not scored", f"{speed[pandas]:,.0f} rows/s", speed[scan] / speed[pandas],
            ),
            Row(
                f"memory of that scan with {MANY // FEW} times the samples", f"{base.peak:,.0f} MiB",
                f"its own with {FEW} runs", f"{first[scan].peak:,.0f} MiB", first[scan].peak / base.peak,
                "constant (at most 1.1 times)", grown <= 1.1,
            ),
            Row(
                "memory of that scan", f"{base.peak:,.0f} MiB", "pandas.read_json",
                f"{second[pandas].peak:,.0f} MiB", second[pandas].peak / base.peak,
            ),
        ],
    )  # fmt: skip


def report() -> str:
    """Return the table of this machine."""
    return result().text


def _runs(top: Path, rows: Sequence[dict[str, Any]], count: int) -> Path:
    """Write runs with the same samples, each of a model of its own name."""
    first = top / "run0" / f"samples_{TASK}.jsonl"
    write_jsonl(first, (_sample(row) for row in rows))
    for place in range(count):
        file = top / f"run{place}" / first.name
        file.parent.mkdir(exist_ok=True)
        if place:
            os.link(first, file)
        write_json(file.parent / "run.json", {"model": f"model-{place}"})
    return top


def _sample(row: dict[str, Any]) -> dict[str, Any]:
    said = row["choices"][int(row["row_id"], 16) % len(row["choices"])]
    return {
        "doc_id": 0, "doc": row, "target": "",
        "arguments": {"gen_args_0": {"arg_0": f"{row['system']}\n\n{row['prompt']}"}},
        "resps": [[said]], "filtered_resps": [said], "filter": "none", "doc_hash": "", "prompt_hash": "",
    }  # fmt: skip


if __name__ == "__main__":
    print(report())
