"""Make the shipped weights of the project's own rows: python -m ip_bench.outcomes.refusal.train ROWS."""

from __future__ import annotations

import sys
from pathlib import Path

from ip_bench.files import read_jsonl
from ip_bench.outcomes.refusal.detector import Detector, Labeled

WEIGHTS = Path(__file__).with_name("weights.json")


def own_rows(path: Path) -> list[Labeled]:
    """Return the labeled completions of a JSONL file with prompt, completion and label."""
    return [Labeled(row["prompt"], row["completion"], row["label"]) for _, row in read_jsonl(path)]


if __name__ == "__main__":
    Detector.fit_anew(own_rows(Path(sys.argv[1]))).save(WEIGHTS)
