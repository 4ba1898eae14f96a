"""Calls as tasks of a Ray cluster."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ip_bench.errors import IpBenchError
from ip_bench.release.calls import Call, Event, Progress, attempt, result
from ip_bench.release.workers import available

#: How often Ray does a call again whose process ended.
RETRIES = 3
#: Bytes of memory that a cluster started here keeps for results, which are small.
STORE = 80 * 2**20


def library() -> Any:
    """Return the module ray; raises IpBenchError where it is not installed."""
    try:
        import ray
    except ImportError as error:
        raise IpBenchError("the engine ray needs Ray; pip install 'ip-bench[ray]'") from error
    return ray


def results(calls: Sequence[Call], progress: Progress, *, count: int | None, address: str | None) -> list[Any]:
    """Return what each call returns; see `ip_bench.release.engines.results`.

    Files that calls write must lie where every machine of the cluster sees them.
    """
    with cluster(count, address) as ray:
        task = ray.remote(num_cpus=1, max_retries=RETRIES)(_task)
        places = count or max(1, int(ray.cluster_resources().get("CPU", 1)))
        waiting, running, made = list(reversed(range(len(calls)))), dict[Any, int](), dict[int, Any]()
        while waiting or running:
            while waiting and len(running) < places:
                place = waiting.pop()
                running[task.remote(calls[place].function, calls[place].arguments())] = place
            [done], _ = ray.wait(list(running), num_returns=1)
            place = running.pop(done)
            try:
                said, event = ray.get(done)
            except (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError) as error:
                words = f"a process that makes {calls[place].what} ended {RETRIES + 1} times: {error}"
                raise RuntimeError(words) from error
            for text in said:
                progress(text)
            made[place] = result(event)
    return [made[place] for place in range(len(calls))]


@contextmanager
def cluster(count: int | None = None, address: str | None = None, folder: Path | None = None) -> Iterator[Any]:
    """Yield the module ray, connected: to the cluster of this process, to one at `address`, or to one started here.

    One that is started here has `count` cores (None: all), keeps its files in `folder`, and ends with the block.

    Raises:
        IpBenchError: where Ray is not installed, or no cluster answers at the address.
    """
    ray = library()
    if ray.is_initialized():
        yield ray
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a build calls nobody
    asked: dict[str, Any] = {"address": address}
    if address is not None:
        _knock(address)
    if address is None:
        kept = {"_temp_dir": str(folder)} if folder else {}
        asked = {"address": "local", "num_cpus": count or available(), "object_store_memory": STORE, **kept}
        asked["include_dashboard"] = False
    try:
        ray.init(log_to_driver=False, logging_level="ERROR", **asked)
    except (ConnectionError, ValueError, ray.exceptions.RayError) as error:
        raise IpBenchError(f"no Ray cluster answers at {address!r} ({error})") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Raise IpBenchError where nothing listens at an address; Ray would try for a quarter of an hour."""
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if colon and port.isdecimal():
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
        except (OSError, OverflowError) as error:
            raise IpBenchError(f"no Ray cluster answers at {address!r} ({error})") from error


def _task(function: str, arguments: dict[str, Any]) -> tuple[list[str], Event]:
    said: list[str] = []
    gc.disable()  # as in `workers`; the process goes on to tasks that may need it
    try:
        return said, attempt(function, arguments, said.append)
    finally:
        gc.enable()
