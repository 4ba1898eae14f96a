"""Calls done by several processes at once.

Each process is `python -m ip_bench.release.workers` and is told a call a line. So the program that builds is not run
again in them, as `multiprocessing` would do: a script without a guard may build, and so may a notebook.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any, cast

from ip_bench.release.calls import Call, Event, Progress, attempt, result

#: How often a call is begun whose process ends.
ATTEMPTS = 2


def available() -> int:
    """Return how many processes can work at once: the cores that this one may use, 1 where none can be started."""
    if not sys.executable:  # an embedded Python
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def results(count: int, calls: Sequence[Call], progress: Progress) -> list[Any]:
    """Return what each call returns, made by `count` processes.

    Arguments are made when a call is given away, the first while the processes start. Every other process takes its
    calls from the end, so that datasets with content of their own are read by few of them. A call whose process ends,
    for want of memory or by a signal, is begun once more by a new one. Where a call fails all processes are ended.

    Raises:
        IpBenchError: of the same kind and words as in one process.
        RuntimeError: with the traceback, for any other error of a process, and where one ends for the second time.
    """
    events: SimpleQueue[tuple[int, Event | None]] = SimpleQueue()
    with ExitStack() as ending:
        started = [ending.enter_context(_process(number, events)) for number in range(count)]
        waiting, busy, made = deque(range(len(calls))), dict[int, int](), dict[int, Any]()
        begun: Counter[int] = Counter()

        def give(number: int, place: int) -> None:
            busy[number] = place
            begun[place] += 1
            with suppress(BrokenPipeError):  # it has ended, which its listener says
                told = {"function": calls[place].function, "arguments": calls[place].arguments()}
                _tell(cast("IO[str]", started[number].stdin), told)

        def more(number: int) -> None:
            if waiting:
                give(number, waiting.pop() if number % 2 else waiting.popleft())

        for number in range(count):
            more(number)
        while len(made) < len(calls):
            number, event = events.get()
            if event is None:
                if number in busy:
                    place, status = busy.pop(number), started[number].wait()
                    if begun[place] == ATTEMPTS:
                        raise RuntimeError(f"a process that builds {calls[place].what} ended with status {status}")
                    started[number] = ending.enter_context(_process(number, events))
                    give(number, place)
            elif "said" in event:
                progress(event["said"])
            else:
                made[busy.pop(number)] = result(event)
                more(number)
    return [made[place] for place in range(len(calls))]


@contextmanager
def _process(number: int, events: SimpleQueue[tuple[int, Event | None]]) -> Iterator[subprocess.Popen[str]]:
    """Yield a process whose events are put into the queue, and at its end None; it is ended with the block."""
    command = [sys.executable, "-m", __name__]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    said, told = cast("IO[str]", process.stdout), cast("IO[str]", process.stdin)

    def listen() -> None:
        try:
            for line in said:
                events.put((number, json.loads(line)))
        except ValueError:  # half a line of one that was killed, or no event: what else it says is not to be trusted
            process.kill()
        finally:
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


def _work() -> None:
    """Do each call that a line of standard input tells, and say what happens, as lines of JSON."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that began this one, and ends it
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints, one in C too, is no event
    sys.stdout = sys.stderr
    gc.disable()  # rows hold no cycles, and looking for some took an eighth of the time
    with suppress(BrokenPipeError):  # nobody listens any more
        for line in sys.stdin:
            told = json.loads(line)
            _tell(out, attempt(told["function"], told["arguments"], lambda text: _tell(out, {"said": text})))


if __name__ == "__main__":
    _work()
