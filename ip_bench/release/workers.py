"""Configs made by several processes at once.

Each process is `python -m ip_bench.release.workers` and is told a config a line. So the program that builds is not run
again in them, as `multiprocessing` would do: a script without a guard may build, and so may a notebook.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any, cast

from ip_bench import errors
from ip_bench.errors import IpBenchError

Described = dict[str, Any]
Event = dict[str, Any]


def available() -> int:
    """Return how many processes can work at once: the cores that this one may use, 1 where none can be started."""
    if not sys.executable:  # an embedded Python
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def made_by(
    count: int, name: str, draft: Path, schemas: Callable[[], Mapping[str, Any]], progress: Callable[[str], None]
) -> dict[str, Described]:
    """Return what `ip_bench.release.build.write_config` returns for each config, made by `count` processes.

    `schemas` returns the Arrow schema of each config; it is called while the processes start. Where one of them fails
    all are ended.

    Raises:
        IpBenchError: of the same kind and words as in one process.
        RuntimeError: with the traceback, for any other error of a process.
    """
    events: SimpleQueue[tuple[int, Event | None]] = SimpleQueue()
    with ExitStack() as ending:
        started = [ending.enter_context(_process(number, [name, str(draft)], events)) for number in range(count)]
        held = schemas()
        waiting, busy, made = deque(held), set[int](), dict[str, Described]()

        def give(number: int) -> None:
            if waiting:
                config = waiting.popleft()
                schema = base64.b64encode(held[config].serialize().to_pybytes()).decode("ascii")
                busy.add(number)
                with suppress(BrokenPipeError):  # it has ended, which its listener says
                    _tell(cast("IO[str]", started[number].stdin), {"config": config, "schema": schema})

        for number in range(count):
            give(number)
        while len(made) < len(held):
            number, event = events.get()
            if event is None:
                if number in busy:
                    raise RuntimeError(f"a process that builds {name} ended with status {started[number].wait()}")
            elif "said" in event:
                progress(event["said"])
            elif "failed" in event:
                raise _error(event)
            else:
                made[event["config"]] = event["made"]
                busy.discard(number)
                give(number)
    return {config: made[config] for config in held}


@contextmanager
def _process(
    number: int, arguments: Sequence[str], events: SimpleQueue[tuple[int, Event | None]]
) -> Iterator[subprocess.Popen[str]]:
    """Yield a process whose events are put into the queue, and at its end None; it is ended with the block."""
    command = [sys.executable, "-m", __name__, *arguments]
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
        process.kill()  # one that is done waits for another config
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


def _work(name: str, draft: Path) -> None:
    """Make each config that a line of standard input names, and say what happens, as lines of JSON."""
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no event
    import pyarrow as pa

    from ip_bench.release.build import write_config
    from ip_bench.release.recipes import recipe

    made = recipe(name)
    for line in sys.stdin:
        job = json.loads(line)
        config, schema = job["config"], pa.ipc.read_schema(pa.py_buffer(base64.b64decode(job["schema"])))
        try:
            found = write_config(made, config, draft, schema, lambda text: _tell(out, {"said": text}))
        except IpBenchError as error:
            _tell(out, {"failed": type(error).__name__, "words": str(error)})
        except Exception:  # the process that builds raises it again
            _tell(out, {"failed": None, "words": traceback.format_exc()})
        else:
            _tell(out, {"config": config, "made": found})


if __name__ == "__main__":
    _work(sys.argv[1], Path(sys.argv[2]))
