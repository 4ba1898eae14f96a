"""A build of each dataset, for the tests that hold for all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ip_bench.release.recipes import DATASETS

BUILDS = {
    "ip-cues": "dataset", "ip-education": "education_dataset", "ip-echo": "echo_dataset",
    "ip-tradeoff": "tradeoff_dataset", "ip-bounds": "bounds_dataset", "ip-personas": "personas_dataset",
}  # fmt: skip


@pytest.fixture(scope="module", params=DATASETS)
def folder(request: pytest.FixtureRequest) -> Path:
    """Return a fresh build of each dataset in turn."""
    return Path(request.getfixturevalue(BUILDS[request.param]))


@pytest.fixture(scope="module")
def described(folder: Path) -> dict[str, Any]:
    """Return the manifest of `folder`."""
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
