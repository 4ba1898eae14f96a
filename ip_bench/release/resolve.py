"""Find a dataset of one version, verified: named folder, cache, local build, or (only if named) a hub namespace."""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ip_bench.errors import IntegrityError, IpBenchError, UnknownNameError
from ip_bench.files import read_json
from ip_bench.release.declared import check_declared
from ip_bench.release.folder import file_in
from ip_bench.release.hashing import combine, file_sha256, table_hash
from ip_bench.release.recipes import check_lock, recipe, registered
from ip_bench.schemas import validator

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)


def cache_root() -> Path:
    """Return the folder of built datasets: `$XDG_CACHE_HOME/ip-bench`, else `~/.cache/ip-bench`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ip-bench"


def verify(folder: Path, name: str, version: str, *, deep: bool = False) -> dict[str, Any]:
    """Return the manifest of a folder after checking it; `deep` also hashes every row anew.

    Its splits are those of the lock, no more and no fewer. Of the installed version, what the manifest declares is
    compared with the recipe too.

    Raises:
        IntegrityError: where the version, a file's SHA-256, a count or a content hash is not the promised one, or a
            file has no such rows; both values are named.
    """
    state = None if deep else _state(folder)
    if state is None:
        return _verified(folder, name, version, deep=deep)
    return copy.deepcopy(_verified_once(folder, name, version, state))


@lru_cache(maxsize=32)
def _verified_once(folder: Path, name: str, version: str, state: object) -> dict[str, Any]:  # noqa: ARG001 (the key)
    """Verify a folder once, as long as no file of it changes: a run asks for its dataset many times."""
    return _verified(folder, name, version, deep=False)


def _state(folder: Path) -> tuple[tuple[int, ...], ...] | None:
    """Return what changes when the manifest or a file that it names does; None where they cannot be found."""
    try:
        manifest = read_json(folder / "manifest.json")
        named = [entry["file"] for config in manifest["configs"].values() for entry in config["splits"].values()]
        found = [(folder / file).stat() for file in ("manifest.json", *named)]
    except (AttributeError, LookupError, OSError, TypeError, ValueError):  # what is wrong is said by who verifies it
        return None
    return tuple((one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns) for one in found)


def _verified(folder: Path, name: str, version: str, *, deep: bool) -> dict[str, Any]:
    try:
        manifest = read_json(folder / "manifest.json")
    except (OSError, ValueError) as error:
        raise IntegrityError(f"{folder} holds no readable manifest.json of {name} ({error!r})") from error
    if problem := next(validator("manifest").iter_errors(manifest), None):
        raise IntegrityError(f"{folder}/manifest.json is none of {name}: {problem.json_path}: {problem.message:.200}")
    found = (manifest["name"], manifest["version"])
    if found != (name, version):
        raise IntegrityError(f"{folder} holds {found[0]} {found[1]}, asked for is {name} {version}")
    hashes: dict[str, dict[str, str]] = {}
    for config, described in manifest["configs"].items():
        for entry in described["splits"].values():
            _check_file(folder, entry, deep=deep)
        hashes[config] = {split: entry["content_hash"] for split, entry in described["splits"].items()}
    check_lock(name, version, hashes, str(folder))
    for config, described in manifest["configs"].items():
        whole = combine({split: bytes.fromhex(one) for split, one in hashes[config].items()})
        if described["content_hash"] != whole:
            raise IntegrityError(
                f"{folder}: {config} has content hash {whole}, its manifest says {described['content_hash']}"
            )
    check_declared(manifest, str(folder))
    return dict(manifest)


def _check_file(folder: Path, entry: Mapping[str, Any], *, deep: bool) -> None:
    import pyarrow.parquet as pq

    if (file := file_in(folder, entry["file"])) is None:
        raise IntegrityError(f"{folder}: {entry['file']} is missing")
    if (sha := file_sha256(file)) != entry["sha256"]:
        raise IntegrityError(f"{file} has SHA-256 {sha}, its manifest says {entry['sha256']}")
    items: set[str] = set()

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in pq.ParquetFile(file).iter_batches():
            items.update(batch["item_id"].unique().to_pylist())
            yield batch

    with reading_rows(file):
        counts = {"rows": pq.read_metadata(file).num_rows}
        found = table_hash(batches()) if deep else entry["content_hash"]
    if found != entry["content_hash"]:
        raise IntegrityError(f"{file} has content hash {found}, its manifest says {entry['content_hash']}")
    for what, count in (counts | ({"items": len(items)} if deep else {})).items():
        if count != entry[what]:
            raise IntegrityError(f"{file} has {count} {what}, its manifest says {entry[what]}")


@contextmanager
def reading_rows(where: object, *more: type[Exception]) -> Iterator[None]:
    """Raise as an IntegrityError whatever says in this block that a file is no parquet, or has no such rows.

    `more` are errors of the library that reads, beside those of Arrow and Python.
    """
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, LookupError, OSError, TypeError, ValueError, *more) as error:
        raise IntegrityError(f"{where} has no rows of a dataset: {type(error).__name__}: {error!s:.200}") from error


def resolve(name: str, version: str) -> Path:
    """Return a verified folder of a dataset's version.

    Order: the folder in `IP_BENCH_DATA` (it, or a folder of that name in it; refused when it does not verify; of a
    registered recipe only the latter), the cache (a bad entry is named and built anew), a local build from the
    installed content, and the tag `v<version>` of `$IP_BENCH_NAMESPACE/<name>` on the hub,
    only where that variable is set.

    Raises:
        UnknownNameError: for a dataset that does not exist.
        IntegrityError: where the named folder or the hub's files do not verify.
        IpBenchError: where the version is nowhere; a HubError where the hub refuses or does not answer.
    """
    named = os.environ.get("IP_BENCH_DATA")
    if named and ((Path(named) / name).is_dir() or name not in registered()):
        folder = Path(named)
        folder = folder / name if (folder / name).is_dir() else folder
        verify(folder, name, version)
        return folder
    cached = cache_root() / f"{name}-{version}"
    if _fault(cached, name, version) is None:
        return cached
    made = recipe(name)
    if version == made.VERSION:
        from filelock import FileLock

        from ip_bench.release.build import build

        cached.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{cached}.lock"):  # of processes that start together on a cold cache, one builds
            if fault := _fault(cached, name, version):
                if cached.exists():
                    log.warning("cached dataset is not usable and is made anew: %s", fault)
                build(name, cached, workers=None)
        return cached
    if namespace := os.environ.get("IP_BENCH_NAMESPACE"):
        from huggingface_hub import snapshot_download

        from ip_bench.hub.failures import hub_errors

        with hub_errors(f"reading {namespace}/{name} v{version}"):
            folder = Path(snapshot_download(f"{namespace}/{name}", repo_type="dataset", revision=f"v{version}"))
        verify(folder, name, version)
        return folder
    raise IpBenchError(
        f"{name} {version} is not here: this installation builds {made.VERSION}; set IP_BENCH_DATA to a folder that "
        "holds it, or IP_BENCH_NAMESPACE to the hub organization that publishes it"
    )


def _fault(folder: Path, name: str, version: str) -> IntegrityError | None:
    try:
        verify(folder, name, version)
    except IntegrityError as error:
        return error
    return None


def load(name: str, config: str, split: str = "test", *, version: str | None = None) -> Any:
    """Return a verified config and split as a `datasets.Dataset`.

    Raises:
        UnknownNameError: for a dataset, config or split that does not exist.
        IntegrityError: where the data are not the locked ones.
    """
    from datasets import load_dataset

    made = recipe(name)
    if config not in made.CONFIGS:
        raise UnknownNameError("config", config, made.CONFIGS, where=name)
    if split not in made.SPLITS:
        raise UnknownNameError("split", split, made.SPLITS, where=f"{name}/{config}")
    folder = resolve(name, version or made.VERSION)
    return load_dataset("parquet", data_files={split: str(folder / config / f"{split}.parquet")}, split=split)
