"""How a command ends: the exit codes, and what an error says to people and to machines."""

from __future__ import annotations

import json
import sys
import traceback
from typing import NamedTuple

from ip_bench.errors import IpBenchError, disk_words


class Exit(NamedTuple):
    """An exit code: its number, its name, and when a command ends with it."""

    code: int
    name: str
    means: str


DONE = Exit(0, "done", "The command did what it was asked.")
NO = Exit(
    1,
    "the answer is no",
    "The command ran to its end, and its answer is no: planted effects that did not come back (selfcheck), a check "
    "that failed (doctor), a policy with faults (bounds check). Also where whoever read the output went away.",
)
BAD_INPUT = Exit(
    2,
    "bad input",
    "An option, file, model or service is not as it must be; the message says what, where, and what would be right.",
)
FAULT = Exit(
    70, "a fault of ip-bench", "ip-bench itself failed; the traceback is on standard error, and worth reporting."
)
INTERRUPTED = Exit(130, "interrupted", "Stopped by Ctrl-C; what was written before is whole.")
#: All of them, in order; the reference is made from this.
EXITS = (DONE, NO, BAD_INPUT, FAULT, INTERRUPTED)
#: Commands that go on where they were, and by what.
GOES_ON = {
    "run": "kept answers are not asked again",
    "cross": "shards that are there are kept",
}
_EXTRAS = {
    "accelerate": "eval", "torch": "eval", "transformers": "eval", "inspect_ai": "inspect", "peft": "mitigate",
    "trl": "mitigate", "ray": "ray", "vllm": "vllm",
}  # fmt: skip


def ended(error: BaseException, *, as_json: bool) -> int:
    """Say on standard error what an error was, and return the exit code.

    With `as_json` the last line there is `{"error": {"code": ..., "name": ..., "message": ...}}`.
    """
    how, message = _read(error)
    message = _clean(message)
    if how is FAULT:
        sys.stderr.write(_clean("".join(traceback.format_exception(error))))
    if as_json:
        record = {"error": {"code": how.code, "name": how.name, "message": message}}
        sys.stderr.write(json.dumps(record) + "\n")
    else:
        from ip_bench.report.words import visible

        sys.stderr.write(f"ip-bench: {visible(message)}\n")
    return how.code


def interrupted(command: str, *, as_json: bool) -> int:
    """Say that a command was stopped, and whether the same one goes on from there; returns the exit code."""
    more = (
        f"the same command goes on where it was ({GOES_ON[command]})" if command in GOES_ON else "nothing is half done"
    )
    return ended(KeyboardInterrupt(f"interrupted; {more}"), as_json=as_json)


def extra_of(module: str | None) -> str | None:
    """Return which extra of ip-bench brings a module, None for one that no extra does."""
    return _EXTRAS.get((module or "").partition(".")[0])


def _read(error: BaseException) -> tuple[Exit, str]:
    """Return how an error ends a command, and its words."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, str(error)
    if words := _bad_input(error):
        return BAD_INPUT, words
    return FAULT, f"this is a fault of ip-bench ({type(error).__name__}); please report it with the lines above"


def _bad_input(error: BaseException) -> str | None:
    """Return the words of an error that a user can mend, None of another."""
    if words := getattr(error, "format_message", None):  # typer's, of what was typed
        return str(words())
    if isinstance(error, IpBenchError):
        extra = _lacking(error.__cause__)
        return f"{error}; pip install 'ip-bench[{extra}]'" if extra else str(error)
    if extra := _lacking(error):
        return f"{getattr(error, 'name', '')} is not installed; pip install 'ip-bench[{extra}]'"
    if _of_service(error):
        said = " ".join(str(error).split())[:300] or type(error).__name__
        return f"the endpoint failed: {said}; what was answered is kept; ip-bench doctor --model ... looks"
    # A full disk, a folder that is not ours; of a library's own, which tells no more, the traceback is needed.
    return disk_words(error) if isinstance(error, OSError) and error.strerror else None


def _of_service(error: BaseException) -> bool:
    """Return whether an error is of a connection or a service, by the library that raised it."""
    return type(error).__module__.partition(".")[0] in {"aiohttp", "httpx", "requests", "tenacity"}


def _lacking(error: BaseException | None) -> str | None:
    return extra_of(error.name) if isinstance(error, ModuleNotFoundError) else None


def _clean(text: str) -> str:
    """Return a text without the secrets of the environment and of the command line."""
    from ip_bench.redaction import scrubbed, typed_secrets, without_users

    return without_users(scrubbed(text, *typed_secrets(sys.argv)))
