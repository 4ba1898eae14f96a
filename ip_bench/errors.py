"""The exceptions of ip-bench; each says what was found, where, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class IpBenchError(Exception):
    """Base of every error that a user can cause; the command line prints it and exits with 2."""


class UnknownNameError(IpBenchError):
    """A task, arm, version, model, config or level that does not exist."""

    def __init__(self, kind: str, name: object, allowed: Iterable[str], where: str = "") -> None:
        self.kind, self.name, self.allowed = kind, name, tuple(allowed)
        place = f" in {where}" if where else ""
        many = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
        near = get_close_matches(str(name), map(str, self.allowed), 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        super().__init__(f"unknown {kind} {name!r}{place}; {many} are: {', '.join(self.allowed)}{meant}")


class ContentError(IpBenchError):
    """A content file that breaks its rules; the message names the file, the line and the fix."""


class IntegrityError(IpBenchError):
    """Data whose hash is not the one that was promised; both hashes are in the message."""


class SamplesError(IpBenchError):
    """A samples folder that cannot be analyzed; the message counts what is wrong with it."""


def disk_words(error: OSError) -> str:
    """Return an error of the operating system in one line, with the file that it is about where it names one."""
    file = error.filename2 or error.filename
    return f"{error.strerror}: {file}" if file else str(error.strerror)
