"""The folder of a cross: who may write to it, whose shards it holds, and which of them are whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ip_bench.errors import IpBenchError
from ip_bench.files import check_replaceable, read_record
from ip_bench.release.calls import Progress
from ip_bench.release.hashing import file_sha256
from ip_bench.release.plan import Plan, Shard

#: What is in a shard's file: its name, rows, items, SHA-256 and content hash, and the hash of its plan.
Receipt = dict[str, Any]
#: How `ip_bench.files.replacing_file` names what will take the place of a file.
DRAFT = re.compile(r"\.(?P<name>.+)\.[a-z0-9_]{8}")


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Hold a folder, made where it is not there; raises IpBenchError where it is no place for shards or is held."""
    from filelock import FileLock, Timeout

    if not out.is_dir():
        check_replaceable(out, "plan.json")
    # One that was interrupted at once has hidden files only: they are ours.
    elif not (out / "plan.json").is_file() and not all(path.name.startswith(".") for path in out.iterdir()):
        raise IpBenchError(f"{out} has other files and no plan.json; name a new or empty folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(out / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise IpBenchError(
            f"{out} is being written to by another process; wait for it, or name another --out"
        ) from error


def check_plan(out: Path, plan: Plan) -> None:
    """Raise IpBenchError where the folder holds the plan or a shard of another cross."""
    if (file := out / "plan.json").is_file():
        held, own = read_record(file), plan.to_dict()
        if held.get("hash") != plan.hash:
            differs = [
                f"{name} is {_short(held.get(name))} there, {_short(own[name])} here"
                for name in own
                if name not in {"hash", "shards"} and held.get(name) != own[name]
            ]
            raise IpBenchError(f"{file} is another plan ({'; '.join(differs)}); name another folder with --out")
    files = {shard.file for shard in plan.shards}
    for path in sorted(out.rglob("*.parquet")):
        if (name := path.relative_to(out).as_posix()) not in files:
            raise IpBenchError(
                f"{path} is no shard of this plan ({plan.hash[:16]}); move {name} away, or name another --out"
            )


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 100 else f"{text[:100]}..."


def finished(out: Path, plan: Plan, shard: Shard, warn: Progress) -> Receipt | None:
    """Return the receipt of a shard that is there, whole and of this plan; None, with a warning where one is damaged.

    Raises:
        IpBenchError: for the receipt of another plan.
    """
    if not (file := out / shard.receipt).is_file():
        return None
    try:
        receipt = read_record(file)
    except IpBenchError:
        receipt = {}
    if isinstance(of := receipt.get("plan"), str) and of != plan.hash:
        raise IpBenchError(
            f"{file}: {shard.file} is of plan {_short(of)}, this plan is {plan.hash}; name another folder with --out"
        )
    hashes = {name: receipt.get(name) for name in ("sha256", "content_hash")}
    items = shard.stop - shard.start
    expected = {"file": shard.file, "plan": plan.hash, "rows": shard.rows, "items": items, **hashes}
    if receipt != expected or not all(isinstance(one, str) for one in hashes.values()):
        warn(f"{shard.receipt} is no receipt of {shard.file}, which is written anew")
        return None
    if not (out / shard.file).is_file() or file_sha256(out / shard.file) != receipt["sha256"]:
        warn(f"{shard.file} is not what its receipt says, and is written anew")
        return None
    return receipt


def sweep(out: Path, plan: Plan) -> None:
    """Delete the drafts of processes that were killed; one that still writes to its draft fails and changes nothing."""
    files = {"plan.json", "manifest.json", "README.md"}
    files |= {file for shard in plan.shards for file in (shard.file, shard.receipt)}
    for path in list(out.rglob(".*")):
        draft = DRAFT.fullmatch(path.name)
        if draft and (path.parent / draft["name"]).relative_to(out).as_posix() in files:
            path.unlink(missing_ok=True)
