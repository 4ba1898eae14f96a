"""Answers in a dataset of a hub, read by the command at a commit, in a process that knows the hub by its address."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from hub.client import environment
from hub.fixtures import hub
from hub.server import Hub as Server
from hub.store import Blob

__all__ = ["hub"]


def test_a_dataset_is_fitted_at_its_commit(hub: Server, tmp_path: Path) -> None:
    lines = ["user,item,answer"]
    lines += [f"u{n},q{m},{(n % 2 + n * m // 7) % 3}" for n in range(40) for m in range(8)]
    made = hub.store.create("dataset", "some-org/votes")
    commit = made.add("main", {"train.csv": Blob("\n".join(lines).encode())}, "votes", made.heads["main"]).sha
    made.add("main", {"train.csv": Blob(b"user,item,answer\n")}, "emptied", commit)
    command = [sys.executable, "-m", "ip_bench.cli", "cohorts", "fit", f"hub:some-org/votes@{commit}",
               "--format", "long", "--seeds", "1", "--json"]  # fmt: skip
    done = subprocess.run(
        command, env=environment(hub, tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["people"], found["items"]) == (40, 8)
    assert [one["method"] for one in found["methods"]][:2] == ["chance", "item_mode"]
