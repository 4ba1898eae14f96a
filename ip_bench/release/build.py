"""Write a dataset as a folder that `datasets.load_dataset` reads: parquet, card, manifest and schemas."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ip_bench._version import __version__
from ip_bench.errors import ContentError
from ip_bench.files import replacing_folder, write_json, write_text
from ip_bench.release.calls import Call, Progress
from ip_bench.release.card import render_card
from ip_bench.release.cautions import check_warnings
from ip_bench.release.columns import table
from ip_bench.release.engines import check_engine, results
from ip_bench.release.features import decoded, encoded, features
from ip_bench.release.hashing import combine, file_sha256, prompt_digests
from ip_bench.release.provenance import functions_of
from ip_bench.release.recipes import Gates, Recipe, check_lock, recipe
from ip_bench.schemas import schema

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 2_000

Described = dict[str, Any]


def build(
    name: str, out: Path, *, progress: Progress | None = None, check: bool = True, workers: int | None = 1
) -> dict[str, Any]:
    """Build a dataset into folder `out` and return its manifest; see `build_all`."""
    return build_all({name: out}, progress=progress, check=check, workers=workers)[name]


def build_all(
    folders: Mapping[str, Path],
    *,
    progress: Progress | None = None,
    check: bool = True,
    workers: int | None = 1,
    engine: str = "local",
    address: str | None = None,
) -> dict[str, dict[str, Any]]:
    """Build datasets, each into its folder, and return their manifests; an interrupted build leaves all old folders.

    `workers` processes make the configs of all datasets (None: one for each core, and no more than there are configs),
    on this machine or as tasks of a Ray cluster (`ip_bench.release.engines`). The files are the same, to the byte, for
    any number of them and any engine.

    Raises:
        ContentError: where a gate finds a row that must not be published, or the card leaves out a warning.
        UnknownNameError: for an unknown dataset, or where a recipe declares a warning that does not exist.
        IntegrityError: where the rows are not the locked ones of this version (unless `check` is False).
    """
    check_engine(engine, workers, address)
    recipes = {name: recipe(name) for name in folders}
    for name, made in recipes.items():
        check_warnings(made.WARNINGS, made.CONFIGS, name)
    say = progress or (lambda text: None)  # noqa: ARG005
    with ExitStack() as replacing:
        drafts = {name: replacing.enter_context(replacing_folder(out)) for name, out in folders.items()}
        jobs = [(name, config) for name, made in recipes.items() for config in made.CONFIGS]
        calls = [_call(name, config, drafts[name]) for name, config in jobs]
        made_of = dict(
            zip(jobs, results(calls, engine=engine, count=workers, address=address, progress=say), strict=True)
        )
        return {
            name: _finished(
                made, name, {config: made_of[name, config] for config in made.CONFIGS}, drafts[name], check=check
            )
            for name, made in recipes.items()
        }


def _finished(made: Recipe, name: str, configs: dict[str, Described], draft: Path, *, check: bool) -> dict[str, Any]:
    """Write what stands beside a dataset's rows, and return its manifest."""
    manifest: dict[str, Any] = {
        "name": name,
        "version": made.VERSION,
        "builder_version": __version__,
        "license": made.LICENSE,
        "sources": [dataclasses.asdict(source) for source in made.sources()],
        "seed_functions": functions_of(made.SEEDS),
        "configs": configs,
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


def _call(name: str, config: str, draft: Path) -> Call:
    """Return the call of `write`."""

    def arguments() -> dict[str, Any]:
        schema = encoded(features(recipe(name).columns(config)).arrow_schema)
        return {"name": name, "config": config, "draft": str(draft), "schema": schema}

    return Call(name, f"{__name__}:write", arguments)


def write(say: Progress, *, name: str, config: str, draft: str, schema: str) -> Described:
    """Call `write_config`, asked by another process; `schema` is encoded (`features.encoded`)."""
    return write_config(recipe(name), config, Path(draft), decoded(schema), say)


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
            for prompt, digest in zip(batch, prompt_digests(batch), strict=True):
                if prompt.row_id in digests:
                    raise ContentError(f"{config}/{split}: item {prompt.item_id} has row_id {prompt.row_id} twice")
                digests[prompt.row_id] = digest
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
