"""Write a dataset as a folder that `datasets.load_dataset` reads: parquet, card, manifest and schemas."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ip_bench._version import __version__
from ip_bench.errors import ContentError
from ip_bench.files import replacing_folder, write_json, write_text
from ip_bench.release.card import render_card
from ip_bench.release.cautions import check_warnings
from ip_bench.release.columns import table
from ip_bench.release.features import features
from ip_bench.release.hashing import combine, file_sha256, prompt_digest
from ip_bench.release.provenance import FUNCTIONS
from ip_bench.release.recipes import Gates, Recipe, check_lock, recipe
from ip_bench.release.workers import available, made_by
from ip_bench.schemas import schema

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 2_000

Progress = Callable[[str], None]


def build(
    name: str, out: Path, *, progress: Progress | None = None, check: bool = True, workers: int | None = 1
) -> dict[str, Any]:
    """Build a dataset into folder `out` and return its manifest; an interrupted build leaves the old folder.

    `workers` processes make the configs (None: one for each core, and no more than there are configs). The files are
    the same, to the byte, for any number of them.

    Raises:
        ContentError: where a gate finds a row that must not be published, or the card leaves out a warning.
        UnknownNameError: where the recipe declares a warning that does not exist.
        IntegrityError: where the rows are not the locked ones of this version (unless `check` is False).
    """
    made = recipe(name)
    check_warnings(made.WARNINGS, made.CONFIGS, name)
    say = progress or (lambda text: None)  # noqa: ARG005
    count = min(workers or available(), len(made.CONFIGS))
    with replacing_folder(out) as draft:
        manifest: dict[str, Any] = {
            "name": name,
            "version": made.VERSION,
            "builder_version": __version__,
            "license": made.LICENSE,
            "sources": [dataclasses.asdict(source) for source in made.sources()],
            "seed_functions": FUNCTIONS,
            "configs": _configs(made, name, draft, say, count),
        }
        if check:
            check_lock(name, made.VERSION, content_hashes(manifest), "this build")
        write_json(draft / "manifest.json", manifest)
        write_json(draft / "schemas" / "prompt.json", schema("prompt"))
        write_text(draft / "README.md", render_card(manifest))
    return manifest


def content_hashes(manifest: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return `{config: {split: content hash}}` of a manifest."""
    return {
        config: {split: entry["content_hash"] for split, entry in described["splits"].items()}
        for config, described in manifest["configs"].items()
    }


def _configs(made: Recipe, name: str, draft: Path, progress: Progress, count: int) -> dict[str, Any]:
    def schemas() -> dict[str, Any]:
        return {config: features(made.columns(config)).arrow_schema for config in made.CONFIGS}

    if count > 1:
        return made_by(count, name, draft, schemas, progress)
    return {config: write_config(made, config, draft, schema, progress) for config, schema in schemas().items()}


def write_config(made: Recipe, config: str, draft: Path, schema: pa.Schema, progress: Progress) -> dict[str, Any]:
    """Write the splits of a config into a folder and return its part of the manifest.

    Raises:
        ContentError: where a gate finds a row that must not be published, or a row is there twice.
    """
    gates = made.gates(config)
    splits = {split: _write_split(made, config, split, draft, schema, gates, progress) for split in made.SPLITS}
    return {
        "content_hash": combine({split: bytes.fromhex(entry["content_hash"]) for split, entry in splits.items()}),
        "arms": [dataclasses.asdict(arm) for arm in made.arms(config)],
        "contrasts": [dataclasses.asdict(contrast) for contrast in made.CONTRASTS[config]],
        "gates": gates.report(),
        "seeds": [dataclasses.asdict(seed) for seed in made.SEEDS[config]],
        "warnings": list(made.WARNINGS.get(config, ())),
        "splits": splits,
    }


def _write_split(
    made: Recipe, config: str, split: str, draft: Path, schema: pa.Schema, gates: Gates, progress: Progress
) -> dict[str, Any]:
    import pyarrow.parquet as pq

    file = Path(config) / f"{split}.parquet"
    (draft / file).parent.mkdir(parents=True, exist_ok=True)
    digests: dict[str, bytes] = {}
    items = set()
    with pq.ParquetWriter(draft / file, schema, compression="zstd") as writer:
        for batch in _batches(gates.checked(made.prompts(config, split))):
            for prompt in batch:
                if prompt.row_id in digests:
                    raise ContentError(f"{config}/{split}: item {prompt.item_id} has row_id {prompt.row_id} twice")
                digests[prompt.row_id] = prompt_digest(prompt)
                items.add(prompt.item_id)
            writer.write_table(table(batch, schema))
            progress(f"{config}/{split}: {len(digests):,} rows")
    return {
        "file": file.as_posix(),
        "sha256": file_sha256(draft / file),
        "content_hash": combine(digests),
        "rows": len(digests),
        "items": len(items),
    }


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch
