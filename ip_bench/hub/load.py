"""Load a config's split, checked against its manifest: by dataset name, from a folder, or from a hub at a revision."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ip_bench.errors import IntegrityError, IpBenchError, UnknownNameError
from ip_bench.hub.promise import check_file, read_manifest
from ip_bench.hub.remote import Remote
from ip_bench.release import recipes
from ip_bench.release.build import content_hashes
from ip_bench.release.folder import file_in
from ip_bench.release.hashing import table_hash
from ip_bench.release.resolve import load as load_local
from ip_bench.release.resolve import reading_rows

_REPO = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


def load(
    name: str | Path,
    config: str,
    split: str = "test",
    *,
    revision: str | None = None,
    version: str | None = None,
    token: str | None = None,
) -> Any:
    """Return a config's split as a `datasets.Dataset` whose rows are those that its manifest promises.

    Args:
        name: a dataset (`ip-cues`, `ip-education`: from `IP_BENCH_DATA`, the cache, a local build or the named hub), a
            built folder as a `Path`, or a hub repository (`my-org/ip-cues`).
        config: the config.
        split: the split.
        revision: of a repository, the tag or commit to load; it must be named, so that a result says what it is of.
            Of a dataset, another way to name the version (`v1.0.0`).
        version: of a dataset, the version; default: the installed one.
        token: of a repository, the token; default: the user's own.

    The file's SHA-256 and the content hash of its rows are computed anew and compared with the manifest, and with the
    lock where this installation knows the version.

    Raises:
        UnknownNameError: for a dataset, config, split or revision that does not exist.
        IntegrityError: where a hash is not the promised one (both are named), or a file has no rows of a dataset.
        IpBenchError: for a repository without a revision, a folder that is not a `Path`, or a version that is named
            twice or where there is none to choose; a HubError where the hub refuses or does not answer.
    """
    if isinstance(name, Path):
        _refuse_given({"revision": revision, "version": version}, f"the folder {name}")
        return _checked(name, str(name), config, split)
    if name in recipes.DATASETS:
        if revision is not None and version is not None:
            raise IpBenchError(f"revision {revision!r} and version {version!r} of {name} both name a version; name one")
        named = version if revision is None else revision.removeprefix("v")
        if named is not None and not _VERSION.fullmatch(named):
            raise IpBenchError(f"{named!r} is no version of {name}; name one like 1.0.0")
        return load_local(name, config, split, version=named)
    if not _REPO.fullmatch(name):
        if "/" in name or "\\" in name:
            raise IpBenchError(f"{name!r} is no hub repository NAMESPACE/NAME; give a folder as a Path: Path({name!r})")
        raise UnknownNameError("dataset", name, [*recipes.DATASETS, "NAMESPACE/NAME on the hub"])
    _refuse_given({"version": version}, f"{name}, a hub repository (name its revision)")
    remote = Remote(name, token)
    return _checked(remote, f"{name}@{revision}", config, split, remote.resolve(revision))


def _refuse_given(named: Mapping[str, str | None], where: str) -> None:
    for option, value in named.items():
        if value is not None:
            raise IpBenchError(f"{option}={value!r} chooses nothing in {where}; leave it out")


def _checked(source: Path | Remote, where: str, config: str, split: str, commit: str = "") -> Any:
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    def file(name: str) -> Path | None:
        return file_in(source, name) if isinstance(source, Path) else source.download(name, commit)

    if (found := file("manifest.json")) is None:
        raise IntegrityError(f"{where} has no manifest.json")
    manifest = read_manifest(found, where)
    configs = manifest["configs"]
    if config not in configs:
        raise UnknownNameError("config", config, configs, where=where)
    if split not in configs[config]["splits"]:
        raise UnknownNameError("split", split, configs[config]["splits"], where=f"{where}/{config}")
    entry = configs[config]["splits"][split]
    path = check_file(file(entry["file"]), entry["file"], entry["sha256"], where)
    with reading_rows(f"{where}: {entry['file']}", DatasetsError):
        rows = load_dataset("parquet", data_files={split: str(path)}, split=split)
        rows_hash = table_hash(rows.data.to_batches())
    if rows_hash != entry["content_hash"]:
        raise IntegrityError(
            f"{where}: {config}/{split} has content hash {rows_hash}, its manifest says {entry['content_hash']}"
        )
    _check_lock(manifest, where, config, split)
    return rows


def _check_lock(manifest: dict[str, Any], where: str, config: str, split: str) -> None:
    """Compare with the lock where there is one: of a version that came after this installation, none is known."""
    if manifest["name"] not in recipes.DATASETS:
        return
    try:
        promised = recipes.locked(manifest["name"], manifest["version"])
    except UnknownNameError:
        return
    found, expected = content_hashes(manifest)[config][split], promised.get(config, {}).get(split)
    if found != expected:
        raise IntegrityError(f"{where}: {config}/{split} has content hash {found}, locked is {expected}")
