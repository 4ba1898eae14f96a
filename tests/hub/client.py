"""A process of its own that knows the hub by HF_ENDPOINT alone: ip-bench's commands and the libraries, on request.

Reads calls `[function, arguments]` as lines of JSON and answers each with a line of JSON. Packages are imported once,
and what they print does not get between the answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from hub.server import Hub
from hub.store import WRITER

TESTS = Path(__file__).resolve().parent.parent
USER = "quentin-lowe77"  # who runs the process, by its account's name


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    text: str
    code: int


class Client:
    """Such a process; every method is a call to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, *arguments: object) -> Said:
        """Run a command of ip-bench."""
        return Said(*self._call("command", *map(str, arguments)))

    def content_hash(self, repo: str, config: str, split: str, revision: str) -> str:
        """Return the content hash of what `datasets.load_dataset` reads at a revision."""
        return str(self._call("content_hash", repo, config, split, revision))

    def fetch(self, repo: str, kind: str, revision: str, folder: Path) -> None:
        """Download a repository at a revision into a folder."""
        self._call("fetch", repo, kind, revision, str(folder))

    def upload(self, folder: Path, repo: str) -> None:
        """Make a model repository of a folder."""
        self._call("upload", str(folder), repo)

    def _call(self, function: str, *arguments: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([function, arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"{function} ended the client; its log is among the test's files"
        said = json.loads(answer)
        assert "error" not in said, said["error"]
        return said["answer"]


def environment(hub: Hub, home: Path) -> dict[str, str]:
    """Return the environment of a user of this hub whose caches are below `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "IP_BENCH"))}
    return kept | {
        "HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": WRITER, "HF_HOME": str(home / "hf"),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "TQDM_DISABLE": "1",
        "XDG_CACHE_HOME": str(home / "cache"), "COLUMNS": "200",
        "LOGNAME": USER, "USER": USER,
    }  # fmt: skip


@contextmanager
def client(hub: Hub, home: Path, dataset: Path, locked: Path) -> Iterator[Client]:
    """Yield a client whose `IP_BENCH_DATA` is `dataset`, and whose locked content is that of the folder `locked`."""
    home.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    with (home / "client.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub.client", str(locked)],
            cwd=home, env=environment(hub, home) | {"PYTHONPATH": path, "IP_BENCH_DATA": str(dataset)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        try:
            yield Client(process)
        finally:
            process.communicate()  # its input ends, and so does it


# --- in the process


def _command(*arguments: str) -> tuple[str, int]:
    from typer.testing import CliRunner

    from ip_bench.cli.app import app
    from ip_bench.errors import IpBenchError

    done = CliRunner().invoke(app, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit | IpBenchError):
        raise done.exception
    said = f"{done.exception}" if isinstance(done.exception, IpBenchError) else ""
    return done.output + said, done.exit_code


def _content_hash(repo: str, config: str, split: str, revision: str) -> str:
    from datasets import load_dataset

    from ip_bench.release.hashing import content_hash

    return content_hash(load_dataset(repo, config, split=split, revision=revision))


def _fetch(repo: str, kind: str, revision: str, folder: str) -> None:
    from huggingface_hub import snapshot_download

    snapshot_download(repo, repo_type=kind, revision=revision, local_dir=folder)


def _upload(folder: str, repo: str) -> None:
    from huggingface_hub import HfApi

    api = HfApi()
    api.create_repo(repo)
    api.upload_folder(repo_id=repo, folder_path=folder)


def _serve(locked: Path) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    import pytest
    from leaderboard.conftest import use

    data = os.environ["IP_BENCH_DATA"]
    use(locked, pytest.MonkeyPatch())
    os.environ["IP_BENCH_DATA"] = data
    known = {"command": _command, "content_hash": _content_hash, "fetch": _fetch, "upload": _upload}
    for line in sys.stdin:
        function, arguments = json.loads(line)
        try:
            said = {"answer": known[function](*arguments)}
        except Exception:  # the caller raises it
            said = {"error": traceback.format_exc()}
        answers.write(json.dumps(said) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
