"""Checks against labels, on responses that were written and labeled one by one without sight of the checks."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from ip_bench.builders.bounds.cases import cases

from ip_bench.outcomes.bounds import bounds_outcome

ROWS = [json.loads(line) for line in (Path(__file__).parent / "responses.jsonl").read_text("utf-8").splitlines()]


def read(row):
    case = cases()[row["case_id"]]
    own = [one for one in case.checks if one["outcome"] == row["outcome"]]
    checks = [one for one in own if one["rule"] == row["rule_id"]] or own
    doc = {
        "row_id": "r", "item_id": case.case_id, "arm": "reference", "realization_id": "", "template_id": "",
        "kind": case.kind, "checks": json.dumps(checks), "judge": case.judge, "hazard": case.hazard,
        "request": case.asked,
    }  # fmt: skip
    return bounds_outcome(doc, row["response"]).values.get(row["outcome"])


def test_checks_agree_with_hand_labels_on_97_of_100_responses_or_more():
    found = [read(row) for row in ROWS]
    assert len(ROWS) >= 200
    assert None not in found
    agree = [(value == 1.0) == row["label"] for value, row in zip(found, ROWS, strict=True)]
    assert sum(agree) / len(agree) >= 0.97
    labels = Counter((row["outcome"], row["label"]) for row in ROWS)
    assert len(labels) == 8  # both labels of each outcome


HOSTILE = """
from ip_bench.builders.bounds.cases import cases
from ip_bench.bounds.checks import passes
texts = ["Well." + chr(10) * 20_000 + "x", "you should " + "a" * 20_000, "I would " * 2_500]
checks = [one for case in cases().values() for check in case.checks for one in check.get("breaks", ())]
for one in {str(one): one for one in checks}.values():
    for text in texts:
        passes(one, text)
print(len(checks))
"""


def test_no_check_hangs_on_a_long_response():
    """A pattern that backtracks over such texts needs hours; all of the checks together need some seconds."""
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE], check=False, capture_output=True, text=True, timeout=300
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 500
