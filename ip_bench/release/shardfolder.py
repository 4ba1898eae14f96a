"""The folder of a cross: who may write to it, whose shards it holds, and which of them are whole."""

from __future__ import annotations

import json
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


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Hold a folder, made where it is not there; raises IpBenchError where it is no place for shards or is held."""
    from filelock import FileLock, Timeout

    # One that was interrupted at once has hidden files only: they are ours.
    if not out.is_dir() or not all(path.name.startswith(".") for path in out.iterdir()):
        check_replaceable(out, "plan.json")
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


def finished(out: Path, plan: Plan, shard: Shard, say: Progress) -> Receipt | None:
    """Return the receipt of a shard that is there, whole and of this plan; raises IpBenchError for one of another."""
    if not (file := out / shard.receipt).is_file():
        return None
    receipt = read_record(file)
    if receipt.get("plan") != plan.hash:
        raise IpBenchError(
            f"{file}: {shard.file} is of plan {_short(receipt.get('plan'))}, this plan is {plan.hash}; "
            "name another folder with --out"
        )
    if not (out / shard.file).is_file() or file_sha256(out / shard.file) != receipt.get("sha256"):
        say(f"{shard.file} is not what its receipt says, and is written anew")
        return None
    return receipt


def sweep(out: Path, plan: Plan) -> None:
    """Delete the drafts of processes that were killed; one that still writes to its draft fails and changes nothing."""
    names = {Path(file).name for shard in plan.shards for file in (shard.file, shard.receipt)}
    for draft in [path for path in out.rglob(".*") if path.stem.removeprefix(".") in names]:
        draft.unlink(missing_ok=True)
