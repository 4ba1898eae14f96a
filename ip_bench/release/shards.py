"""A full cross as files: each shard written whole or not at all, kept by a later start, and the same by any engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from ip_bench.errors import IpBenchError
from ip_bench.files import replacing_file, write_json, write_text
from ip_bench.progress import Progress as Watch
from ip_bench.release.calls import Call, Progress
from ip_bench.release.crosscard import cross_card, cross_manifest
from ip_bench.release.crossing import Blocks
from ip_bench.release.engines import check_engine, results
from ip_bench.release.features import decoded, encoded, features
from ip_bench.release.hashing import file_sha256
from ip_bench.release.plan import SHARD_ROWS, Plan, Shard, cross_of, planned
from ip_bench.release.recipes import recipe
from ip_bench.release.rowshash import RowsHash, leaves
from ip_bench.release.shardfolder import Receipt, alone, check_plan, finished, sweep

#: What a call of a shard names; it is imported where the call is done.
WORK = f"{__name__}:write"


def cross(
    dataset: str,
    out: Path,
    configs: Sequence[str] | None = None,
    *,
    splits: Sequence[str] | None = None,
    templates: Sequence[str] | None = None,
    intersect: Sequence[str] = (),
    shard_rows: int = SHARD_ROWS,
    engine: str = "local",
    workers: int | None = 1,
    address: str | None = None,
    progress: Progress | None = None,
    warn: Progress | None = None,
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Write the full cross of a dataset into a folder, and return its manifest.

    The folder gets `plan.json`, the shards with a receipt each, and at the end `manifest.json` and `README.md`. Started
    again after an interruption, it checks the shards that are there and writes the others. The files are the same, to
    the byte, for any engine and number of workers.

    Args:
        dataset: One of which there is a cross (`ip_bench.release.recipes.CROSSED`).
        out: The folder; new, empty, or with shards of the same plan.
        configs: Default: all that have a cross.
        splits: Default: all.
        templates: Default: all.
        intersect: Pairs that are told beside single identities, such as "woman+muslim" or "woman+race".
        shard_rows: About how many rows a file has.
        engine: "local" or "ray" (`ip_bench.release.engines`), with `workers` and, of a Ray cluster, `address`.
        workers: How many shards are written at once; None: one a core.
        address: Of a Ray cluster; every machine of it must see the folder under the same path.
        progress: Called with words on how far it is.
        warn: Called with a sentence on each shard that is damaged; default: `progress`.
        watch: Told how many shards there are, and are done.

    Raises:
        IpBenchError: for an empty list of configs, splits or templates, and for a folder with shards of another plan,
            which are named, or that another process writes to.
        UnknownNameError: for a dataset, config, split, template, identity or engine that does not exist.
        ContentError: where a row is not the one that the dataset's recipe makes.
    """
    check_engine(engine, workers, address)
    plan = planned(
        dataset, configs, splits=splits, templates=templates, intersect=intersect, shard_rows=shard_rows
    )  # fmt: skip
    out, say = out.resolve(), progress or (lambda text: None)  # noqa: ARG005
    with alone(out):
        check_plan(out, plan)
        write_json(out / "plan.json", plan.to_dict())
        sweep(out, plan)
        kept = {shard: receipt for shard in plan.shards if (receipt := finished(out, plan, shard, warn or say))}
        if kept:
            say(f"{len(kept)} of {len(plan.shards)} shards are there")
        missing = [shard for shard in plan.shards if shard not in kept]
        if missing:  # a folder that has a manifest is whole
            (out / "manifest.json").unlink(missing_ok=True)
        calls = [Call(shard.file, WORK, partial(_arguments, plan, shard, out)) for shard in missing]
        at = watch or Watch()
        at.step(f"crossing {dataset}, shards", len(plan.shards))
        at.advance(len(kept))

        def done(text: str) -> None:  # a shard says one line, at its end
            at.advance()
            say(text)

        written = results(calls, engine=engine, count=workers, address=address, progress=done)
        sweep(out, plan)
        manifest = cross_manifest(plan, kept | dict(zip(missing, written, strict=True)))
        write_text(out / "README.md", cross_card(manifest))
        write_json(out / "manifest.json", manifest)
    return manifest


def write(
    say: Progress,
    *,
    out: str,
    plan: str,
    dataset: str,
    shard: dict[str, Any],
    arguments: str,
    content: str,
    schema: str,
) -> Receipt:
    """Write a shard and its receipt, and return the receipt: what is in the file, and the hash of its plan.

    `arguments` are those of the cross as JSON, `schema` is encoded.

    Raises:
        IpBenchError: where the content that is installed here is not that of the plan.
    """
    import pyarrow.parquet as pq

    one = Shard(**shard)
    blocks, found = _blocks(dataset, one.config, arguments, schema)
    if found != content:
        raise IpBenchError(
            f"{one.file}: {dataset} here has content {found}, the plan is of {content}; install the same"
        )
    items = blocks.cross.items[one.split][one.start : one.stop]
    rows, said = 0, RowsHash(blocks.schema)
    dictionaries = [leaf for leaf, column in leaves(blocks.schema).items() if column not in blocks.plain]
    with replacing_file(Path(out) / one.file) as draft:
        with pq.ParquetWriter(draft, blocks.schema, compression="zstd", use_dictionary=dictionaries) as writer:
            for table in blocks.tables(items):
                said.update(table)
                writer.write_table(table)
                rows += table.num_rows
        receipt = {
            "file": one.file, "plan": plan, "rows": rows, "items": len(items), "sha256": file_sha256(draft),
            "content_hash": said.hexdigest(),
        }  # fmt: skip
    write_json(Path(out) / one.receipt, receipt)
    say(f"{one.file}: {rows:,} rows")
    return receipt


def _arguments(plan: Plan, shard: Shard, out: Path) -> dict[str, Any]:
    """Return the arguments of `write`."""
    return {
        "out": str(out),
        "plan": plan.hash,
        "dataset": plan.dataset,
        "shard": shard._asdict(),
        "arguments": json.dumps(plan.arguments),
        "content": plan.content[shard.config],
        "schema": encoded(features(recipe(plan.dataset).columns(shard.config)).arrow_schema),
    }


@lru_cache(maxsize=2)
def _blocks(dataset: str, config: str, arguments: str, schema: str) -> tuple[Blocks[Any, Any], str]:
    """Return what makes the tables of a config, and its fingerprint; once for all shards that a process writes."""
    cross, fingerprint = cross_of(dataset, config, arguments)
    return Blocks(cross, decoded(schema)), fingerprint
