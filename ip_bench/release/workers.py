"""Configs of datasets made by several processes at once.

Each process is `python -m ip_bench.release.workers` and is told a job a line. So the program that builds is not run
again in them, as `multiprocessing` would do: a script without a guard may build, and so may a notebook.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any, NamedTuple, cast

from ip_bench import errors
from ip_bench.errors import IpBenchError

Described = dict[str, Any]
Event = dict[str, Any]


class Job(NamedTuple):
    """A config to make: its dataset, its name, and the folder that gets its files."""

    name: str
    config: str
    draft: Path


def available() -> int:
    """Return how many processes can work at once: the cores that this one may use, 1 where none can be started."""
    if not sys.executable:  # an embedded Python
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def made_by(
    count: int, schemas: Callable[[], Mapping[Job, Any]], progress: Callable[[str], None]
) -> dict[Job, Described]:
    """Return what `ip_bench.release.build.write_config` returns for each job, made by `count` processes.

    `schemas` returns the Arrow schema of each job; it is called while the processes start. Every other process takes
    its jobs from the end, so that datasets with content of their own are read by few of them. Where one of them fails
    all are ended.

    Raises:
        IpBenchError: of the same kind and words as in one process.
        RuntimeError: with the traceback, for any other error of a process.
    """
    events: SimpleQueue[tuple[int, Event | None]] = SimpleQueue()
    with ExitStack() as ending:
        started = [ending.enter_context(_process(number, events)) for number in range(count)]
        held = schemas()
        waiting, busy, made = deque(held), dict[int, Job](), dict[Job, Described]()

        def give(number: int) -> None:
            if waiting:
                job = busy[number] = waiting.pop() if number % 2 else waiting.popleft()
                schema = base64.b64encode(held[job].serialize().to_pybytes()).decode("ascii")
                with suppress(BrokenPipeError):  # it has ended, which its listener says
                    told = {"name": job.name, "config": job.config, "draft": str(job.draft), "schema": schema}
                    _tell(cast("IO[str]", started[number].stdin), told)

        for number in range(count):
            give(number)
        while len(made) < len(held):
            number, event = events.get()
            if event is None:
                if number in busy:
                    status = started[number].wait()
                    raise RuntimeError(f"a process that builds {busy[number].name} ended with status {status}")
            elif "said" in event:
                progress(event["said"])
            elif "failed" in event:
                raise _error(event)
            else:
                made[busy.pop(number)] = event["made"]
                give(number)
    return {job: made[job] for job in held}


@contextmanager
def _process(number: int, events: SimpleQueue[tuple[int, Event | None]]) -> Iterator[subprocess.Popen[str]]:
    """Yield a process whose events are put into the queue, and at its end None; it is ended with the block."""
    command = [sys.executable, "-m", __name__]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    said, told = cast("IO[str]", process.stdout), cast("IO[str]", process.stdin)

    def listen() -> None:
        for line in said:
            events.put((number, json.loads(line)))
        events.put((number, None))

    listener = Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield process
    finally:
        process.kill()  # one that is done waits for another job
        process.wait()
        listener.join()
        said.close()
        with suppress(BrokenPipeError):
            told.close()


def _tell(stream: IO[str], event: Event) -> None:
    stream.write(json.dumps(event) + "\n")
    stream.flush()


def _error(event: Event) -> Exception:
    """Return the error of a process: one of ours in its words, any other with its traceback."""
    kind = getattr(errors, event["failed"] or "", None)
    if kind is None:
        return RuntimeError(event["words"])
    error: IpBenchError = kind.__new__(kind)  # not called: some of ours are made of several values
    error.args = (event["words"],)
    return error


def _work() -> None:
    """Do each job that a line of standard input tells, and say what happens, as lines of JSON."""
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no event
    gc.disable()  # rows hold no cycles, and looking for some took an eighth of the time
    import pyarrow as pa

    from ip_bench.release.build import write_config
    from ip_bench.release.recipes import recipe

    for line in sys.stdin:
        job = json.loads(line)
        schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(job["schema"])))
        try:
            made = write_config(
                recipe(job["name"]), job["config"], Path(job["draft"]), schema, lambda text: _tell(out, {"said": text})
            )
        except IpBenchError as error:
            _tell(out, {"failed": type(error).__name__, "words": str(error)})
        except Exception:  # the process that builds raises it again
            _tell(out, {"failed": None, "words": traceback.format_exc()})
        else:
            _tell(out, {"made": made})


if __name__ == "__main__":
    _work()
