"""The full cross of ip-tradeoff as files: rows per second of a core, peak memory, and how time grows with rows.

Beside it what a user would pick instead, on the same rows of one config: `datasets` from a generator of rows, mapped
row by row, and mapped in batches whose columns are looked up. Each is timed in a process of its own, by the seconds of
the processor, start and imports left out.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ratios import Result, Row

#: Eleven intersections beside all single identities: 10,106,880 rows in all configs, splits and templates.
INTERSECT = ("woman+race", "woman+religion")
TARGET, TARGET_GIB = 200_000, 1
CONFIG = "identity_user"
#: All items of the validation split, which all ways make in 1,800 cells each.
ITEMS = 130
REPETITIONS = 2
#: Columns of a row that its cell alone decides.
OF_CELL = (
    "arm", "role", "family", "realization_id", "template_id", "replicate", "dose", "identity", "edits", "system_edits",
)  # fmt: skip


class Cost(NamedTuple):
    """What a process made: rows, the seconds of its processor and of the clock, and its peak memory in GiB."""

    rows: int
    processor: float
    clock: float
    peak: float


def whole(out: Path) -> int:
    """Write the whole cross, and return its rows."""
    from ip_bench.release.shards import cross

    return int(cross("ip-tradeoff", out, intersect=INTERSECT)["rows"])


def half(out: Path) -> int:
    """Write the cross in half of the templates, so that it has half of the rows of each kind."""
    from ip_bench.builders.tradeoff.templates import templates

    from ip_bench.release.shards import cross

    names = list(templates())
    return int(cross("ip-tradeoff", out, intersect=INTERSECT, templates=names[: len(names) // 2])["rows"])


def one_config(out: Path) -> int:
    """Write the rows that the peers make."""
    from ip_bench.release.shards import cross

    return int(cross("ip-tradeoff", out, [CONFIG], splits=["validation"])["rows"])


def from_generator(out: Path) -> int:
    """Write the same rows from a generator of them; here as below with the library's own compression, snappy."""
    from datasets import Dataset

    made = Dataset.from_generator(_rows, features=_features(), cache_dir=str(out / "cache"))
    made.to_parquet(out / "rows.parquet")
    return len(made)


def map_rows(out: Path) -> int:
    """Write the same rows by a map from the numbers of item and cell to a row."""
    items, cells, row = _design()

    def one(record: dict[str, int]) -> dict[str, Any]:
        return dict(row(items[record["item"]], cells[record["cell"]]).to_row())

    made = _numbers(out).map(one, features=_features(), remove_columns=["item", "cell"], new_fingerprint="rows")
    made.to_parquet(out / "rows.parquet")
    return len(made)


def map_batches(out: Path) -> int:
    """Write the same rows by a batched map that looks up what items and cells say, and joins prompts and keys."""
    from ip_bench.design import row_id

    items, cells, row = _design()
    slotted = _slotted(items[0])
    told = [row(slotted, cell).to_row() for cell in cells]
    own = [row(item, cells[0]).to_row() for item in items]
    before = [record["prompt"].partition("\x00")[0] for record in told]

    def many(batch: dict[str, list[int]]) -> dict[str, list[Any]]:
        pairs = list(zip(batch["item"], batch["cell"], strict=True))
        made = {name: [own[item][name] for item, _ in pairs] for name in own[0]}
        made |= {name: [told[cell][name] for _, cell in pairs] for name in OF_CELL}
        made["prompt"] = [before[cell] + own[item]["request"] for item, cell in pairs]
        made["row_id"] = [
            row_id(
                "ip-tradeoff", CONFIG, own[item]["item_id"], told[cell]["arm"], told[cell]["realization_id"],
                told[cell]["template_id"], 0,
            )
            for item, cell in pairs
        ]  # fmt: skip
        return made

    made = _numbers(out).map(
        many, batched=True, features=_features(), remove_columns=["item", "cell"], new_fingerprint="batches"
    )
    made.to_parquet(out / "rows.parquet")
    return len(made)


WAYS: dict[str, Callable[[Path], int]] = {
    one.__name__: one for one in (whole, half, one_config, from_generator, map_rows, map_batches)
}
PEERS = {
    "map_batches": "`Dataset.map`, batched, columns looked up",
    "from_generator": "`Dataset.from_generator`",
    "map_rows": "`Dataset.map`, row by row",
}


def _design() -> tuple[Any, Any, Any]:
    from ip_bench.builders.tradeoff.cross import cross

    made = cross(CONFIG)
    return made.items["validation"][:ITEMS], made.cells, made.row


def _slotted(item: Any) -> Any:
    from ip_bench.builders.tradeoff.cross import cross

    return cross(CONFIG).posed(item, "\x00")


def _rows() -> Iterator[dict[str, Any]]:
    items, cells, row = _design()
    return (row(item, cell).to_row() for item in items for cell in cells)


def _numbers(out: Path) -> Any:
    """Return the pairs of item and cell as a dataset on disk, as `map` takes it."""
    from datasets import Dataset

    pairs = {"item": [item for item in range(ITEMS) for _ in range(1_800)], "cell": [*range(1_800)] * ITEMS}
    Dataset.from_dict(pairs).save_to_disk(out / "numbers")
    return Dataset.load_from_disk(str(out / "numbers"))


def _features() -> Any:
    from ip_bench.builders.tradeoff.recipes import columns

    from ip_bench.release.features import features

    return features(columns(CONFIG))


def measure(way: str) -> None:
    """Do it and print its cost; what every way imports and reads is there before the clock starts."""
    _features(), _design()
    with tempfile.TemporaryDirectory() as scratch:
        start, before = time.perf_counter(), time.process_time()
        rows = WAYS[way](Path(scratch))
        processor, clock = time.process_time() - before, time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
    print(json.dumps(Cost(rows, processor, clock, peak)))


def cost(way: str) -> Cost:
    """Return the cost of a way, in a process of its own on one core."""
    quiet = {"HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, __file__, way], env=os.environ | quiet, capture_output=True, text=True, check=True
    )
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


def _best(way: str) -> Cost:
    return min((cost(way) for _ in range(REPETITIONS)), key=lambda one: one.processor)


def result() -> Result:
    """Return the tables of this machine, and the comparisons."""
    small, large, own = _best("half"), _best("whole"), _best("one_config")
    peers = {way: _best(way) for way in PEERS}
    growth = large.processor / small.processor / (large.rows / small.rows)
    lines = [
        f"Best of {REPETITIONS} runs of each, one process; zstd, row keys, SHA-256 and content hash of every file "
        "included.",
        "",
        "| rows | seconds of the processor | seconds | rows/s | peak memory, GiB |",
        "|---:|---:|---:|---:|---:|",
        *(
            f"| {one.rows:,} | {one.processor:.1f} | {one.clock:.1f} | {one.rows / one.processor:,.0f} | "
            f"{one.peak:.2f} |"
            for one in (small, large)
        ),
        "",
        f"{large.rows / small.rows:.2f} times the rows take {large.processor / small.processor:.2f} times the time.",
        "",
        f"The {own.rows:,} rows of the validation split of `{CONFIG}`, by other ways, too:",
        "",
        "| way | seconds of the processor | rows/s | peak memory, GiB | cross is |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {said} | {one.processor:.2f} | {one.rows / one.processor:,.0f} | {one.peak:.2f} | "
            f"{one.processor / own.processor:.1f}x |"
            for said, one in {"`ip-bench cross`": own, **{PEERS[way]: one for way, one in peers.items()}}.items()
        ),
    ]
    rate = large.rows / large.processor
    rows = [
        Row(
            f"full cross, {large.rows:,} rows, one core", f"{rate:,.0f} rows/s",
            target=f"at least {TARGET:,} rows/s", met=rate >= TARGET,
        ),
        Row(
            "full cross, peak memory", f"{large.peak:.2f} GiB", target=f"under {TARGET_GIB} GiB",
            met=large.peak < TARGET_GIB,
        ),
        Row(
            f"full cross, time of {large.rows / small.rows:.0f} times the rows", f"{growth:.2f} of that many times",
            target="within 10%", met=abs(growth - 1) <= 0.1,
        ),
        *(
            Row(
                f"full cross, {own.rows:,} rows", f"{own.rows / own.processor:,.0f} rows/s", PEERS[way],
                f"{one.rows / one.processor:,.0f} rows/s", one.processor / own.processor,
            )
            for way, one in peers.items()
        ),
    ]  # fmt: skip
    return Result("\n".join(lines), rows)


def report() -> str:
    """Return the tables of this machine."""
    return result().text


if __name__ == "__main__":
    if sys.argv[1:]:
        measure(sys.argv[1])
    else:
        print(report())
