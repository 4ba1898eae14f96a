"""Heavy packages load where they are used, not on import or help (contract 9)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "torch",
    "transformers",
    "datasets",
    "lm_eval",
    "pandas",
    "polars",
    "scipy",
    "matplotlib",
    "pyarrow",
    "sklearn",
}

HELP = """
import runpy, sys
sys.argv = ["ip-bench", "--help"]
try:
    runpy.run_module("ip_bench.cli", run_name="__main__")
except SystemExit as stopped:
    assert not stopped.code, stopped.code
"""


@pytest.mark.parametrize("program", ["import ip_bench", HELP, "import ip_bench.cues.families, ip_bench.design"])
def test_imports_nothing_heavy(program: str, tmp_path: Path) -> None:
    script = f"{program}\nimport json, sys\nprint()\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "ip_bench" in loaded
    assert not loaded & HEAVY


def test_import_alone_loads_no_numpy(tmp_path: Path) -> None:
    script = "import sys, ip_bench\nprint('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_every_public_name_resolves() -> None:
    import ip_bench

    assert all(getattr(ip_bench, name) is not None for name in ip_bench.__all__)
    assert set(dir(ip_bench)) == set(ip_bench.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'helper'"):
        _ = ip_bench.helper
