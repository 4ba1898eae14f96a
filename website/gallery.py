"""Reports of the reference models, each with what is known to be true beside what was found."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

#: For each report, its heading and the arguments of `ip-bench selfcheck`.
REPORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "tiny": (
        "`tiny`, a transformer with planted effects",
        ("--reference", "tiny", "--device", "cpu", "--task", "ip_cues_cultural_mini", "--task", "ip_cues_names_mini"),
    ),
    "null": (
        "`null`, the same transformer without any",
        ("--reference", "null", "--device", "cpu", "--task", "ip_cues_cultural_mini", "--task", "ip_cues_names_mini"),
    ),
    "simulated": (
        "The simulated model, whose answers are noisy",
        ("--reference", "simulated", "--model", "simulated", "--task", "ip_cues_cultural_mini"),
    ),
}
#: What the tests' build asks in place of the above: the simulated model, which needs seconds.
QUICK = ("--reference", "simulated", "--model", "simulated", "--task", "ip_cues_names_mini")
_READINGS = {
    (True, "different"): "true positive",
    (True, "different but negligible"): "false negative",
    (True, "equivalent"): "false negative",
    (False, "different"): "false positive",
    (False, "different but negligible"): "true negative",
    (False, "equivalent"): "true negative",
}


def make(folder: Path, *, quick: bool = False) -> None:
    """Run `ip-bench selfcheck` for each report that `folder` does not hold yet; with `quick`, one run serves all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (_, arguments) in REPORTS.items():
        run = folder / name
        if report(folder, name).exists():
            continue
        first = folder / next(iter(REPORTS))
        if quick and run != first:
            shutil.copytree(first, run)
            continue
        command = [sys.executable, "-m", "ip_bench.cli", "selfcheck", *(QUICK if quick else arguments)]
        subprocess.run([*command, "--out", str(run)], check=True)


def report(folder: Path, name: str) -> Path:
    """Return the report page of a run of the gallery."""
    return folder / name / "report.html"


def tables(folder: Path) -> str:
    """Return, as Markdown, how many effects of each report were read how, and all of them."""
    head = ("true positive", "true negative", "undecided", "false positive", "false negative")
    counted, listed = [], []
    for name, (title, _) in REPORTS.items():
        checks = json.loads((folder / name / "selfcheck.json").read_text(encoding="utf-8"))["checks"]
        effects = json.loads((folder / name / "effects.json").read_text(encoding="utf-8"))
        margin = next(iter(effects.values()))[0]["margin"]
        read = [reading(check, margin) for check in checks]
        counts = Counter(read)
        cells = " | ".join(str(counts[one]) for one in head)
        counted.append(f"| [{title}](gallery/{name}.html) | {cells} |")
        rows = "\n".join(f"    {_row(check, said)}" for check, said in zip(checks, read, strict=True))
        listed.append(
            f'??? note "Every effect of: {title.replace("`", "")}"\n'
            "    | task | arm | against | truth | found | simultaneous interval | verdict | so it is a |\n"
            f"    |---|---|---|---:|---:|---|---|---|\n{rows}"
        )
    return "\n".join([f"| report | {' | '.join(head)} |", "|---|---:|---:|---:|---:|---:|", *counted, "", *listed])


def reading(check: dict[str, Any], margin: float) -> str:
    """Return what a verdict is, by what is true: an effect counts as one where it is larger than the margin."""
    return _READINGS.get((abs(check["truth"]) > margin, check["verdict"]), "undecided")


def _row(check: dict[str, Any], said: str) -> str:
    truth, found, low, high = (f"{100 * check[name]:+.1f}" for name in ("truth", "estimate", "low", "high"))
    return (
        f"| `{check['task']}` | {check['contrast']} | {check['reference']} | {truth} | {found} | [{low}, {high}] "
        f"| {check['verdict']} | {said} |"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true", help="one short run in place of all")
    asked = parser.parse_args()
    make(asked.folder, quick=asked.quick)
