"""Run code that nobody has read: in a process of its own, confined and limited, which reports plain values."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench import sandboxed
from ip_bench.errors import IpBenchError

_SLACK = 10.0  # seconds over the time limit, after which the processes themselves are ended
_READABLE = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo")


@dataclass(frozen=True, slots=True)
class Limits:
    """What code may use: seconds of CPU and of the clock, memory (MiB), and what it may report (KiB).

    Processes, threads and files that are written are always none.
    """

    cpu_seconds: int = 5
    wall_seconds: float = 60.0
    memory_mib: int = 512
    report_kib: int = 256


class Ran(NamedTuple):
    """What came of some code.

    `ended`: "finished"; "time", "killed" or "output", where a limit ended it; "load", where the code itself raised,
    with the error's name in `error`. `values` has an entry for each expression: ("value", what it came to), ("error",
    the name of what it raised) or ("none", "") where the code ended before it. `held` says what confined the code.
    """

    ended: str
    error: str
    values: tuple[tuple[str, Any], ...]
    held: tuple[str, ...]


def run_code(code: str, expressions: Sequence[str], limits: Limits | None = None, *, guard: bool = True) -> Ran:
    """Return what Python expressions come to after some code; the code never runs in this process.

    `guard=False` leaves out the hook inside the interpreter, so that what the kernel holds can be tested alone.

    Raises:
        IpBenchError: where code cannot be run here: on a system without limits, or where the process cannot start.
    """
    if os.name != "posix":
        raise IpBenchError("code can be run on Linux and macOS only; leave allow_code off here")
    limits = limits or Limits()
    task = {
        **asdict(limits),
        "code": code,
        "expressions": list(expressions),
        "readable": [str(Path(os.__file__).parent), *_READABLE],
        "guard": guard,
    }
    with tempfile.TemporaryDirectory(prefix="ip-bench-code-") as folder:
        Path(folder, "task.json").write_text(json.dumps(task), encoding="utf-8")
        status, report, over = _started(folder, limits)
    lines = report.split(b"\n")
    held = _line(lines[0])
    if not isinstance(held, dict) or "held" not in held:
        raise IpBenchError(f"the process that runs code did not start (exit {status}); leave allow_code off here")
    ended = {0: "finished", sandboxed.TIME: "time"}.get(status, "killed")
    return _read(lines[1:], len(expressions), "output" if over else ended, tuple(held["held"]))


def _started(folder: str, limits: Limits) -> tuple[int, bytes, bool]:
    """Start the program and return how it exited, what it reported, and whether that was too much."""
    program = [sys.executable, "-I", "-S", "-B", str(Path(sandboxed.__file__).resolve())]
    process = subprocess.Popen(
        program, cwd=folder, env={}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True, bufsize=0,
    )  # fmt: skip
    most, deadline = limits.report_kib * 1024, time.monotonic() + limits.wall_seconds + _SLACK
    report = bytearray()
    assert process.stdout is not None  # noqa: S101  (for the type checker: it is a pipe)
    with process, selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        try:
            while len(report) <= most and selector.select(deadline - time.monotonic()):
                chunk = os.read(process.stdout.fileno(), 65_536)
                if not chunk:
                    break
                report += chunk
            if len(report) <= most:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, deadline - time.monotonic()))
        finally:
            with suppress(ProcessLookupError):  # all have ended
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode, bytes(report[:most]), len(report) > most


def _line(line: bytes) -> Any:
    """Return a line of a report, None where it is no JSON: whoever runs there may write anything."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _read(lines: Sequence[bytes], n: int, ended: str, held: tuple[str, ...]) -> Ran:
    values: list[tuple[str, Any]] = [("none", "")] * n
    error = ""
    for said in map(_line, lines):
        if not isinstance(said, dict):
            continue
        number = said.get("test")
        if isinstance(said.get("load"), str):
            ended, error = "load", said["load"][:80]
        elif isinstance(number, int) and 0 <= number < n and values[number][0] == "none":
            values[number] = _value(said)
    return Ran(ended, error, tuple(values), held)


def _value(said: dict[str, Any]) -> tuple[str, Any]:
    try:
        return ("value", decoded(said["value"])) if "value" in said else ("error", str(said["error"])[:80])
    except (KeyError, TypeError, ValueError, RecursionError):
        return "error", "unreadable report"


def decoded(value: Any) -> Any:
    """Return the plain value that `sandboxed.encoded` wrote; raises ValueError for anything else."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    kind, inner = value
    if kind == "dict":
        return {decoded(key): decoded(member) for key, member in inner}
    if kind == "bytes":
        return bytes.fromhex(inner)
    makers = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
    if kind not in makers:
        raise ValueError(f"no plain value but a {kind}")
    return makers[kind](decoded(member) for member in inner)
