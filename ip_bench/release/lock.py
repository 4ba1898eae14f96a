"""Lock the content hashes of the present version: `python -m ip_bench.release.lock`, run by `make lock`."""

from __future__ import annotations

import json
import sys
import tempfile
from importlib import resources
from pathlib import Path

from ip_bench.files import write_json
from ip_bench.release.build import build, content_hashes
from ip_bench.release.recipes import DATASETS, recipe


def lock(name: str) -> str:
    """Build a dataset and write its hashes into its lock file; returns the version that was locked."""
    file = Path(str(resources.files("ip_bench.dataset_cards") / name / "lock.json"))
    versions = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    with tempfile.TemporaryDirectory() as scratch:
        versions[recipe(name).VERSION] = content_hashes(build(name, Path(scratch) / name, check=False, workers=None))
    write_json(file, versions)
    return recipe(name).VERSION


if __name__ == "__main__":
    for dataset in DATASETS:
        sys.stdout.write(f"{dataset} {lock(dataset)} locked\n")
