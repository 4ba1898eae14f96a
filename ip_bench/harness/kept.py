"""Answers kept on disk as they come, so that a run which was killed asks nothing twice.

An answer is found again by what it is the answer to: the model with its revision and arguments, the dataset's content
hash, the row, its replicate, the request's text, the settings of the generation and the run's seed. Two rows, two
choices of a row and two repeats of a request never share one.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ip_bench.errors import IpBenchError
from ip_bench.redaction import REDACTED, redacted
from ip_bench.seeds import digest

METHODS = ("generate_until", "loglikelihood")
#: Arguments of a backend that say how it is asked, and not whom.
_HOW = frozenset(
    {
        "batch_size", "data_parallel_size", "device", "gpu_memory_utilization", "max_batch_size",
        "max_retries", "num_concurrent", "parallelize", "tensor_parallel_size", "timeout",
    }
)  # fmt: skip
_WAIT = 60  # seconds that a process waits for another one of the same run to write
_TABLE = (
    "CREATE TABLE IF NOT EXISTS answers (scope TEXT, key TEXT, answer TEXT, PRIMARY KEY (scope, key)) WITHOUT ROWID"
)
_INSERT = "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)"


@dataclass(slots=True)
class Tally:
    """How many answers were there before, and how many the model was asked for."""

    kept: int = 0
    asked: int = 0


@contextmanager
def keeping(
    lm: Any, file: Path, scope: str, *, fresh: bool = False, reseed: Callable[[int], None] = lambda _: None
) -> Iterator[Tally]:
    """Have an lm-eval model answer from `file` what it answered before, and keep there what it answers now.

    `scope` says whose answers they are (`scope_of`). With `fresh`, those of this scope are dropped first. Where a
    part of the requests was answered before, `reseed` is called with their number before the others are asked: what
    is left must not be drawn with the numbers that went into the first part.

    Raises:
        IpBenchError: where the file is not one of these or cannot be written.
    """
    tally = Tally()
    try:
        with closing(_opened(file)) as answers:
            if fresh:
                with answers:
                    answers.execute("DELETE FROM answers WHERE scope = ?", (scope,))
            whole, hook = {name: getattr(lm, name) for name in METHODS}, lm.cache_hook
            try:
                for name, ask in whole.items():
                    setattr(lm, name, _answering(lm, name, ask, _Store(answers, scope), tally, reseed))
                yield tally
            finally:
                for name in whole:
                    delattr(lm, name)  # the method of its class is there again
                lm.cache_hook = hook
    except sqlite3.Error as error:
        raise IpBenchError(
            f"answers cannot be kept in {file.name} ({error}); name another file with --answers, or move that one away"
        ) from error


def scope_of(*, backend: str, arguments: Mapping[str, Any], revision: str, content: str, seed: int) -> str:
    """Return whose answers are kept: the model as it was loaded, the content hash of what it is asked, and the seed.

    Of a file or folder among the arguments counts what is in it by name, size and time of change, so that a checkpoint
    trained on in its place is another model. How requests are sent, and secrets, make no difference.
    """
    told = {
        name: _state(value)
        for name, value in arguments.items()
        if name not in _HOW and redacted({name: value})[name] != REDACTED
    }
    return digest("answers", backend, json.dumps(told, sort_keys=True, default=str), revision, content, seed)


def kept_beside(out: Path) -> Path:
    """Return the file beside a run's folder that keeps its answers."""
    return out.with_name(f"{out.resolve().name}.answers.sqlite")


class _Store:
    """The answers of one scope; an answer is on disk when it is put, whatever becomes of the process."""

    def __init__(self, answers: sqlite3.Connection, scope: str) -> None:
        self._answers, self._scope = answers, scope

    def get(self, key: str) -> Any:
        row = self._answers.execute(
            "SELECT answer FROM answers WHERE scope = ? AND key = ?", (self._scope, key)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, answers: Mapping[str, Any]) -> None:
        with self._answers:
            self._answers.executemany(
                _INSERT, [(self._scope, key, json.dumps(answer)) for key, answer in answers.items()]
            )


class _Hook:
    """What a backend tells each answer as soon as it has it; equal requests take the answers in turn."""

    def __init__(self, store: _Store, waiting: dict[str, deque[str]]) -> None:
        self._store, self._waiting = store, waiting

    def add_partial(self, method: str, arguments: Sequence[Any], answer: Any) -> None:
        """Keep the answer to the next request that asks this."""
        keys = self._waiting.get(_asked(method, arguments))
        if keys:  # else the backend has changed the request, and its answer is kept at the end of the call
            self._store.put({keys.popleft(): answer})


def _answering(
    lm: Any, method: str, ask: Callable[..., Any], store: _Store, tally: Tally, reseed: Callable[[int], None]
) -> Callable[..., list[Any]]:
    """Return the method of a model as one that asks only what has no answer yet."""

    def answer(requests: Sequence[Any], *arguments: Any, **settings: Any) -> list[Any]:
        asked = [_asked(method, request.args) for request in requests]
        keys = _keys(requests, asked)
        found = {key: kept for key in keys if (kept := store.get(key)) is not None}
        left = [place for place, key in enumerate(keys) if key not in found]
        tally.kept, tally.asked = tally.kept + len(found), tally.asked + len(left)
        if left:
            if found:
                reseed(len(found))
            waiting: defaultdict[str, deque[str]] = defaultdict(deque)
            for place in left:
                waiting[asked[place]].append(keys[place])
            lm.cache_hook = _Hook(store, waiting)
            answers = ask([requests[place] for place in left], *arguments, **settings)
            made = {keys[place]: one for place, one in zip(left, answers, strict=True)}
            store.put(made)
            found |= made
        return [tuple(found[key]) if method == "loglikelihood" else found[key] for key in keys]

    return answer


def _keys(requests: Sequence[Any], asked: Sequence[str]) -> list[str]:
    """Return the key of each request; the n-th request for the same has a key of its own."""
    times: Counter[str] = Counter()
    keys = []
    for request, what in zip(requests, asked, strict=True):
        doc = request.doc if isinstance(request.doc, Mapping) else {}
        key = digest(str(doc.get("row_id", "")), str(doc.get("replicate", "")), request.idx, what)
        times[key] += 1
        keys.append(f"{key}{times[key]}")
    return keys


def _asked(method: str, arguments: Sequence[Any]) -> str:
    """Return a digest of what a backend is asked: the text, and the continuation or the settings."""
    text, *more = arguments
    return digest(method, str(getattr(text, "prompt", text)), json.dumps(more, sort_keys=True, default=str))


def _state(value: Any) -> Any:
    path = Path(value) if isinstance(value, str) and value else None
    try:
        if path is None or not path.exists():
            return value
        files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
        return [(one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in files]
    except OSError:  # longer than a path can be
        return value


def _opened(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    answers = sqlite3.connect(file, timeout=_WAIT, check_same_thread=False)
    try:
        answers.execute("PRAGMA journal_mode = WAL")
        answers.execute("PRAGMA synchronous = NORMAL")  # kept when the process dies; a power cut may cost the last ones
        answers.execute(_TABLE)
        answers.commit()
    except sqlite3.Error:
        answers.close()
        raise
    return answers
