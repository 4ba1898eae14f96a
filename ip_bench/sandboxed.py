"""The program in which a model's code runs: started by `ip_bench.sandbox`, it gives up what it can and reports values.

It imports nothing of this package, and its first line of output says what confines it. Three processes: the first
leaves the namespaces of its parent and waits; the second is the first of the new process namespace and ends the
third in time; the third gives up its rights and runs the code.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any

TIME, KILLED = 20, 21  # how this program exits where the code was ended: by a time limit, by another signal
#: Loaded before root becomes nobody, to whom the folder of the interpreter may be closed. `_socket` is there so that
#: what keeps code from the network can be tested where this happens, too.
PRELOADED = (
    "_socket", "array", "bisect", "calendar", "cmath", "collections", "contextlib", "copy", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "math", "numbers", "operator",
    "queue", "random", "re", "statistics", "string", "textwrap", "threading", "time", "traceback", "types",
    "typing", "unicodedata",
)  # fmt: skip
NOBODY = 65_534
_NEW_IPC, _NEW_USER, _NEW_PID, _NEW_NET = 0x08000000, 0x10000000, 0x20000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CAPABILITIES_V3 = 0x20080522
_LANDLOCK_CREATE, _LANDLOCK_RULE, _LANDLOCK_SELF = 444, 445, 446  # the same on every architecture
_READ_FILE_AND_FOLDER = 0b1100
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_REFUSED = (
    "ctypes.", "glob.", "os.chflags", "os.chmod", "os.chown", "os.exec", "os.fork", "os.kill", "os.link", "os.listdir",
    "os.lockf", "os.mkdir", "os.posix_spawn", "os.remove", "os.rename", "os.rmdir", "os.scandir", "os.spawn",
    "os.symlink", "os.system", "os.truncate", "os.utime", "pty.", "shutil.", "signal.pthread_kill", "socket.",
    "subprocess.", "syslog.", "tempfile.",
)  # fmt: skip


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _leave_namespaces() -> list[str]:
    """Leave the namespaces of network, processes and shared memory; return what was left."""
    if sys.platform != "linux":
        return []
    flags = _NEW_NET | _NEW_PID | _NEW_IPC | (_NEW_USER if os.geteuid() else 0)
    return ["network namespace", "process namespace"] if _libc().unshare(flags) == 0 else []


def _end_with_parent() -> None:
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _give_up_rights() -> list[str]:
    """Become nobody (from root), drop all capabilities, and bar new ones."""
    given: list[str] = []
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        given.append("user nobody")
    if sys.platform == "linux":
        libc = _libc()
        libc.capset(struct.pack("Ii", _CAPABILITIES_V3, 0), bytes(24))
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            given.append("no new privileges")
    return given


def _limit(task: dict[str, Any]) -> list[str]:
    """Set the limits of this process."""
    import resource  # Windows, where code is read and never run, has none

    memory = task["memory_mib"] * 2**20
    limits = {
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_FSIZE": (0, 0),
        "RLIMIT_NOFILE": (64, 64),
        "RLIMIT_NPROC": (0, 0),
        "RLIMIT_CPU": (task["cpu_seconds"], task["cpu_seconds"] + 1),
        "RLIMIT_AS": (memory, memory),
    }
    for name, limit in limits.items():
        if sys.platform == "linux" or name != "RLIMIT_AS":  # macOS refuses to limit the address space
            resource.setrlimit(getattr(resource, name), limit)
    return ["limits"]


def _close_files(readable: Iterable[str]) -> list[str]:
    """Close the file system but for reading below some folders, and TCP, by Landlock; return what was closed."""
    if sys.platform != "linux":
        return []
    libc = _libc()
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return []
    rights = 13 + sum(version >= needed for needed in (2, 3, 5))
    tcp, scopes = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    rules = struct.pack("QQQ", 2**rights - 1, tcp, scopes)[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = libc.syscall(_LANDLOCK_CREATE, rules, len(rules), 0)
    if ruleset < 0:
        return []
    for folder in readable:
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:  # closed to nobody already
            continue
        libc.syscall(_LANDLOCK_RULE, ruleset, 1, struct.pack("=Qi", _READ_FILE_AND_FOLDER, handle), 0)
        os.close(handle)
    closed = libc.syscall(_LANDLOCK_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return ["files closed by Landlock"] if closed else []


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    """Refuse what a solution of a problem never does; an audit hook, which Python code cannot take off."""
    if event == "open":
        if isinstance(args[2], int) and args[2] & _WRITES:
            raise PermissionError("code that is scored writes no files")
    elif event.startswith(_REFUSED):
        raise PermissionError(f"code that is scored may not use {event}")


def encoded(value: Any) -> Any:
    """Return a plain value as JSON that keeps its type; one of any other type becomes its type's name."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    for kind in (list, tuple, set, frozenset):
        if isinstance(value, kind):
            return [kind.__name__, [encoded(member) for member in value]]
    if isinstance(value, dict):
        return ["dict", [[encoded(key), encoded(member)] for key, member in value.items()]]
    return ["bytes", value.hex()] if isinstance(value, bytes) else ["other", type(value).__name__]


def _run(task: dict[str, Any], report: int) -> None:
    """Run the code, then evaluate each expression in its names; report a value or the name of an error for each."""

    def say(**said: Any) -> None:
        line = (json.dumps(said) + "\n").encode()
        while line:
            line = line[os.write(report, line) :]

    names: dict[str, Any] = {"__name__": "response"}
    try:
        exec(compile(task["code"], "<response>", "exec"), names)  # noqa: S102  (the purpose of this program)
    except BaseException as error:
        say(load=type(error).__name__)
        return
    for number, expression in enumerate(task["expressions"]):
        try:
            say(test=number, value=encoded(eval(expression, names)))  # noqa: S307  (as above)
        except BaseException as error:
            say(test=number, error=type(error).__name__)


def _confined(task: dict[str, Any], report: int, held: list[str]) -> None:
    """Give up all rights, say so, and run the code."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    held = [*held, *_limit(task), *_give_up_rights(), *_close_files(task["readable"])]
    _end_with_parent()
    if task["guard"]:
        sys.addaudithook(_refuse)
        held = [*held, "guard"]
    os.write(report, (json.dumps({"held": held}) + "\n").encode())
    _run(task, report)
    os._exit(0)


def _watched(task: dict[str, Any], report: int, held: list[str]) -> int:
    """Return how this program is to exit, after the code ran in a child that is ended in time."""
    child = os.fork()
    if child == 0:
        try:
            _confined(task, report, held)
        finally:
            os._exit(1)
    os.close(report)
    late = False

    def end(_signal: int, _frame: FrameType | None) -> None:
        nonlocal late
        late = True
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, task["wall_seconds"])
    _, status, used = os.wait4(child, 0)
    if not os.WIFSIGNALED(status):
        return 0
    spent = used.ru_utime + used.ru_stime >= task["cpu_seconds"] or os.WTERMSIG(status) == signal.SIGXCPU
    return TIME if late or spent else KILLED


def main() -> int:
    """Read the task, leave the namespaces, and return how to exit."""
    task = json.loads(Path("task.json").read_bytes())
    report, nothing = os.dup(1), os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    for name in PRELOADED if os.geteuid() == 0 else ():
        importlib.import_module(name)
    _end_with_parent()
    held = _leave_namespaces()
    child = os.fork()
    if child == 0:
        try:
            _end_with_parent()
            os._exit(_watched(task, report, held))
        finally:
            os._exit(1)
    os.close(report)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
