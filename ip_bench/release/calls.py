"""Work that is told by name, so that another process or machine can do it: a function, and arguments that are JSON."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from ip_bench import errors
from ip_bench.errors import IpBenchError, disk_words

Progress = Callable[[str], None]
Event = dict[str, Any]


class Call(NamedTuple):
    """A function "module:name" to call with `say`, which takes words of progress, and with arguments by name.

    `arguments` makes the arguments, JSON as the result is, when the call is given away. `what` is made by the call.
    """

    what: str
    function: str
    arguments: Callable[[], dict[str, Any]]


def perform(function: str, arguments: dict[str, Any], say: Progress) -> Any:
    """Return what the function returns."""
    module, _, name = function.partition(":")
    return getattr(import_module(module), name)(say, **arguments)


def attempt(function: str, arguments: dict[str, Any], say: Progress) -> Event:
    """Return what came of a call as a record that `result` reads elsewhere."""
    try:
        return {"made": perform(function, arguments, say)}
    except IpBenchError as error:
        return {"failed": type(error).__name__, "words": str(error)}
    except Exception as error:  # the process that asked for it raises it again
        if isinstance(error, OSError) and error.strerror:
            return {"failed": IpBenchError.__name__, "words": disk_words(error)}
        return {"failed": None, "words": traceback.format_exc()}


def result(event: Event) -> Any:
    """Return what a call returned; raises an error of ours in its words, and any other as RuntimeError."""
    if "failed" not in event:
        return event["made"]
    kind = getattr(errors, event["failed"] or "", None)
    if kind is None:
        raise RuntimeError(event["words"])
    error: IpBenchError = kind.__new__(kind)  # not called: some of ours are made of several values
    error.args = (event["words"],)
    raise error
