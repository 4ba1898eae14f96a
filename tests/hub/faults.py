"""What goes wrong at which request: the hub counts its requests from 0 and misbehaves where it is told to."""

from __future__ import annotations

import threading
from typing import NamedTuple

#: `reset`: the connection is reset while the body is read, and nothing is done. `lost`: the request is done, the answer
#: is not sent. `truncated`: the request is done, half of the answer is sent. `500`, `503`, `429`: refused, nothing is
#: done. `stale`: somebody else's commit lands first, then the request is done.
KINDS = ("reset", "lost", "truncated", "500", "503", "429", "stale")
ALWAYS = 1_000_000  # as `times`: from there on


class Fault(NamedTuple):
    """A kind of fault at a request, and at as many after it as `times` says."""

    kind: str
    at: int
    times: int = 1


class Faults:
    """The count of requests, their log, and the fault that is planned."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fault: Fault | None = None
        self.log: list[str] = []

    def plan(self, fault: Fault | None) -> None:
        """Count from 0 again, and let this fault happen; None: let all go well."""
        if fault is not None and fault.kind not in KINDS:
            raise ValueError(f"unknown fault {fault.kind!r}; faults are: {', '.join(KINDS)}")
        with self._lock:
            self._fault, self.log = fault, []

    def next(self, request: str) -> str | None:
        """Count a request and return the kind of fault that it meets."""
        with self._lock:
            index, fault = len(self.log), self._fault
            self.log.append(request)
        return fault.kind if fault is not None and fault.at <= index < fault.at + fault.times else None
