"""What commands print: one JSON document for machines, or words and tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from typing import Any, TextIO

from ip_bench.files import nan_to_none


def print_json(value: Any, out: TextIO | None = None) -> None:
    """Print a JSON document; NaN and infinities are null, and what is no Unicode text is escaped."""
    text = json.dumps(nan_to_none(value), ensure_ascii=False, indent=2, allow_nan=False, default=str)
    (out or sys.stdout).write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def say_waiting() -> None:
    """Say on a terminal that lines are waited for: a command that reads standard input looks as if it hung."""
    if sys.stdin.isatty():
        sys.stderr.write("reading JSON lines from standard input; Ctrl-D ends it, --help has examples\n")


@contextmanager
def result(*, as_json: bool) -> Iterator[Callable[[Any], None]]:
    """Yield a function that prints a command's JSON document.

    With `as_json`, all else that is printed meanwhile goes to standard error: libraries print what they like.
    """
    out = sys.stdout
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        yield lambda value: print_json(value, out)
