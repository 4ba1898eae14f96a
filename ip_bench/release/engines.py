"""Where calls are done: in this process, in several on this machine, or on a Ray cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.release import on_ray, workers
from ip_bench.release.calls import Call, Progress, perform

ENGINES = ("local", "ray")


def check_engine(engine: str, workers: int | None, address: str | None) -> None:
    """Raise an error for an engine that does not exist or is not installed, or that does not take what is said."""
    if engine not in ENGINES:
        raise UnknownNameError("engine", engine, ENGINES)
    if workers is not None and workers < 1:
        raise IpBenchError(f"workers is {workers}; it must be 1 or more")
    if engine == "ray":
        on_ray.library()
    elif address is not None:
        raise IpBenchError(f"address {address!r} is for the engine ray; the engine is {engine}")


def results(
    calls: Sequence[Call],
    *,
    engine: str = "local",
    count: int | None = 1,
    address: str | None = None,
    progress: Progress,
) -> list[Any]:
    """Return what each call returns, in the order of the calls; which engine does them makes no difference to it.

    Args:
        calls: What is to be done.
        engine: "local": `count` processes, and this one alone where that is 1; "ray": tasks of a Ray cluster.
        count: How many calls are under way at once; None: as many as there are cores.
        address: Of a Ray cluster that runs; None starts one on this machine and ends it.
        progress: Called with words on how far it is.

    Raises:
        UnknownNameError: for an engine that does not exist.
        IpBenchError: where Ray is not installed or no cluster answers; and of the same words as in one process.
        RuntimeError: for any other error of another process, with its traceback, and where one ends again and again.
    """
    check_engine(engine, count, address)
    if engine == "ray":
        return on_ray.results(calls, progress, count=count, address=address)
    several = min(count or workers.available(), len(calls))
    if several > 1:
        return workers.results(several, calls, progress)
    return [perform(call.function, call.arguments(), progress) for call in calls]
