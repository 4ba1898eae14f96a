"""Answers kept on disk as they come, so that a run which was killed asks nothing twice.

An answer is found again by what it is the answer to: the model with its revision and arguments, the dataset's content
hash, the row, its replicate, the request's text, the settings of the generation and the run's seed. Two rows, two
choices of a row and two repeats of a request never share one.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ip_bench.errors import IpBenchError
from ip_bench.harness.evaluation import all_answered, short_of
from ip_bench.seeds import digest

METHODS = ("generate_until", "loglikelihood")
#: Arguments of a backend that say how it is asked, and not whom; and those that are secrets.
_HOW = frozenset(
    {
        "batch_size", "cache_dir", "data_parallel_size", "device", "download_dir", "gpu_memory_utilization",
        "max_batch_size", "max_retries", "num_concurrent", "offload_folder", "parallelize", "tensor_parallel_size",
        "timeout",
    }
)  # fmt: skip
_SECRET = frozenset({"api_key", "auth_token", "hf_token", "password", "token", "use_auth_token"})
_END = 1 << 16  # bytes of a file's two ends that tell it from another of the same size and time
_WAIT = 60  # seconds that a process waits for another one of the same run to write
_OURS = 0x69704B70  # SQLite's `application_id` of such a file
_TABLES = """
CREATE TABLE IF NOT EXISTS rounds (scope TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (scope TEXT, round INTEGER, key TEXT, answer TEXT, PRIMARY KEY (scope, round, key))
WITHOUT ROWID;
"""


@dataclass(slots=True)
class Tally:
    """How many answers were there before, and how many the model was asked for."""

    kept: int = 0
    asked: int = 0


@contextmanager
def keeping(
    lm: Any,
    file: Path,
    scope: str,
    *,
    fresh: bool = False,
    at_once: int | None = None,
    reseed: Callable[[int], None] = lambda _: None,
    told: Callable[[int], None] = lambda _: None,
) -> Iterator[Tally]:
    """Have an lm-eval model answer from `file` what it answered before, and keep there what it answers now.

    `scope` says whose answers they are (`scope_of`). `fresh` begins a new round: earlier answers stay in the file, and
    neither this nor a later run looks at them. A backend that tells nothing before it has all answers is asked
    `at_once` requests. Where a part of the requests was answered before, `reseed` is called with their number before
    the others are asked: what is left must not be drawn with the numbers that went into the first part. `told` is
    called with how many more requests have an answer, as they come.

    Raises:
        IpBenchError: where the file is not one of these or cannot be written.
    """
    tally = Tally()
    with closing(_opened(file)) as answers:
        try:
            store = _Store(answers, scope, _round(answers, scope, lm, fresh=fresh))
            whole, hook = {name: getattr(lm, name) for name in METHODS}, lm.cache_hook
            try:
                for name, ask in whole.items():
                    setattr(lm, name, _answering(lm, name, ask, store, tally, at_once, reseed, told))
                yield tally
            finally:
                for name in whole:
                    delattr(lm, name)  # the method of its class is there again
                lm.cache_hook = hook
        except (_UnwrittenError, sqlite3.Error) as error:
            raise _refusal(file, error) from error


def check_answers(file: Path) -> None:
    """Raise IpBenchError where answers cannot be kept in a file; asked before a model is loaded."""
    _opened(file).close()


def holds_answers(file: Path) -> bool:
    """Return whether a file keeps any answer."""
    if not file.exists():
        return False
    with closing(_opened(file)) as answers:
        return answers.execute("SELECT 1 FROM answers LIMIT 1").fetchone() is not None


def scope_of(*, backend: str, arguments: Mapping[str, Any], revision: str, content: str, seed: int) -> str:
    """Return whose answers are kept: the model as it was loaded, the content hash of what it is asked, and the seed.

    Of a file or folder among the arguments counts what is in it, by name, size, time of change and the ends of each
    file, so that a checkpoint trained on in its place is another model. How requests are sent, and secrets, make no
    difference.
    """
    told = {name: _state(value) for name, value in arguments.items() if name not in _HOW | _SECRET}
    return digest("answers", backend, json.dumps(told, sort_keys=True, default=str), revision, content, seed)


def kept_beside(out: Path) -> Path:
    """Return the file beside a run's folder that keeps its answers."""
    out = out.resolve()
    return out.with_name(f"{out.name}.answers.sqlite")


class _UnwrittenError(BaseException):
    """An answer could not be put on disk. No `Exception`: a backend would take that for its own, and ask again."""


class _Store:
    """The answers of one scope and round; an answer is on disk when it is put, whatever becomes of the process."""

    def __init__(self, answers: sqlite3.Connection, scope: str, number: int) -> None:
        self._answers, self._whose = answers, (scope, number)

    def get(self, key: str) -> Any:
        row = self._answers.execute(
            "SELECT answer FROM answers WHERE scope = ? AND round = ? AND key = ?", (*self._whose, key)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, answers: Mapping[str, Any]) -> None:
        rows = [(*self._whose, key, json.dumps(answer)) for key, answer in answers.items()]
        try:
            with self._answers:
                self._answers.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise _UnwrittenError(str(error)) from error


class _Hook:
    """What a backend tells each answer as soon as it has it; equal requests take the answers in turn."""

    def __init__(
        self,
        store: _Store,
        method: str,
        requests: Sequence[Any],
        keys: Sequence[str],
        told: Callable[[int], None],
    ) -> None:
        self._store, self._told, self.count = store, told, 0
        self._waiting: defaultdict[str, deque[str]] = defaultdict(deque)
        self._settings: defaultdict[str, set[str]] = defaultdict(set)
        for request, key in zip(requests, keys, strict=True):
            asked = _asked(method, request.args)
            self._waiting[asked].append(key)
            self._settings[_asked(method, request.args[:1])].add(asked)

    def add_partial(self, method: str, arguments: Sequence[Any], answer: Any) -> None:
        """Keep the answer to the next request that asks this.

        Some backends tell other settings than they were asked with. Then the text alone says which request it was, if
        all that ask this text ask it the same way; else the answer is kept at the end of the call.
        """
        asked = _asked(method, arguments)
        if asked not in self._waiting:
            same = self._settings.get(_asked(method, arguments[:1]), set())
            asked = next(iter(same)) if len(same) == 1 else asked
        if keys := self._waiting.get(asked):
            self._store.put({keys.popleft(): answer})
            self.count += 1
            self._told(1)


def _answering(
    lm: Any,
    method: str,
    ask: Callable[..., Any],
    store: _Store,
    tally: Tally,
    at_once: int | None,
    reseed: Callable[[int], None],
    told: Callable[[int], None],
) -> Callable[..., list[Any]]:
    """Return the method of a model as one that asks only what has no answer yet."""

    def answer(requests: Sequence[Any], *arguments: Any, **settings: Any) -> list[Any]:
        keys = _keys(method, requests)
        found = {key: kept for key in keys if (kept := store.get(key)) is not None}
        left = [place for place, key in enumerate(keys) if key not in found]
        tally.kept, tally.asked = tally.kept + len(found), tally.asked + len(left)
        told(len(keys) - len(left))
        if found and left:
            reseed(len(found))
        # Processes that wait for one another ask equally often, also where one of them has all of its answers.
        size = len(left) + short_of(lm, len(left))
        step = at_once or max(1, size)
        for start in range(0, size, step):
            some = left[start : start + step]
            own = [requests[place] for place in some]
            padding = [requests[-1]] * (min(step, size - start) - len(some))
            lm.cache_hook = hook = _Hook(store, method, own, [keys[place] for place in some], told)
            answers = all_answered(method, [*own, *padding], ask([*own, *padding], *arguments, **settings))
            made = {keys[place]: one for place, one in zip(some, answers, strict=False)}
            store.put(made)
            told(len(some) - hook.count)
            found |= made
        return [tuple(found[key]) if method == "loglikelihood" else found[key] for key in keys]

    return answer


def _keys(method: str, requests: Sequence[Any]) -> list[str]:
    """Return the key of each request; the n-th request for the same has a key of its own."""
    times: Counter[str] = Counter()
    keys = []
    for request in requests:
        doc = request.doc if isinstance(request.doc, Mapping) else {}
        asked = _asked(method, request.args)
        key = digest(str(doc.get("row_id", "")), str(doc.get("replicate", "")), request.idx, asked)
        times[key] += 1
        keys.append(f"{key}{times[key]}")
    return keys


def _asked(method: str, arguments: Sequence[Any]) -> str:
    """Return a digest of what a backend is asked: the text, and the continuation or the settings."""
    text, *more = arguments
    return digest(json.dumps([method, getattr(text, "prompt", text), more], sort_keys=True, default=str))


def _state(value: Any) -> Any:
    """Return a value, and of a path that is there what tells its files from others."""
    path = Path(value) if isinstance(value, str) and value else None
    try:
        if path is None or not path.exists():
            return value
        files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
        return [(str(one.relative_to(path)), *_told_apart(one)) for one in files]
    except OSError:  # longer than a path can be
        return value


def _told_apart(file: Path) -> tuple[int, int, str]:
    size = file.stat().st_size
    with file.open("rb") as handle:
        ends = hashlib.blake2b(handle.read(_END))
        if size > _END:
            handle.seek(max(_END, size - _END))
            ends.update(handle.read(_END))
    return size, file.stat().st_mtime_ns, ends.hexdigest()


def _round(answers: sqlite3.Connection, scope: str, lm: Any, *, fresh: bool) -> int:
    """Return the round of a scope, a new one where `fresh`; the first process begins it for all."""
    if fresh and lm.rank == 0:
        with answers:
            answers.execute(
                "INSERT INTO rounds VALUES (?, 1) ON CONFLICT (scope) DO UPDATE SET number = number + 1", (scope,)
            )
    if fresh and lm.world_size > 1:
        lm.barrier()
    row = answers.execute("SELECT number FROM rounds WHERE scope = ?", (scope,)).fetchone()
    return int(row[0]) if row else 0


def _opened(file: Path) -> sqlite3.Connection:
    """Return a connection to a file of answers, made where it is not there.

    Raises:
        IpBenchError: for a file that is something else, or that cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        answers = sqlite3.connect(file, timeout=_WAIT, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise _refusal(file, error) from error
    try:
        _prepare(answers, file)
    except BaseException as error:
        answers.close()
        if isinstance(error, sqlite3.Error):
            raise _refusal(file, error) from error
        raise
    return answers


def _prepare(answers: sqlite3.Connection, file: Path) -> None:
    """Make the tables, where the file is ours or new."""
    (mark,) = answers.execute("PRAGMA application_id").fetchone()
    (held,) = answers.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if held and mark != _OURS:
        raise _refusal(file, "it is a database of something else")
    answers.execute(f"PRAGMA application_id = {_OURS}")
    answers.execute("PRAGMA journal_mode = WAL")
    answers.execute("PRAGMA synchronous = NORMAL")  # kept when the process dies; a power cut may cost the last ones
    answers.executescript(_TABLES)


def _refusal(file: Path, why: object) -> IpBenchError:
    return IpBenchError(
        f"answers cannot be kept in {file} ({why}); name another file with --answers, or move that one away"
    )
