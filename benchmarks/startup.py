"""What starting costs: `import ip_bench` beside a bare interpreter, and `ip-bench --help`, as whole processes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from ratios import Result, Row

REPETITIONS = 15
MOST_IMPORT, MOST_HELP = 100, 400  # milliseconds

_BARE = [sys.executable, "-c", "pass"]
_IMPORT = [sys.executable, "-c", "import ip_bench"]
_HELP = [sys.executable, "-m", "ip_bench.cli", "--help"]  # what the ip-bench command runs


def milliseconds(commands: Mapping[str, Sequence[str]], repetitions: int = REPETITIONS) -> dict[str, list[float]]:
    """Return the wall time of each run of each command; they take turns, after one run of each that is not counted."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for repetition in range(repetitions + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            if repetition:
                found[name].append(1000 * (time.perf_counter() - start))
    return found


def result() -> Result:
    """Return the table of this machine, and its rows of the one table."""
    found = milliseconds({"bare": _BARE, "import": _IMPORT, "help": _HELP})
    over = [imported - bare for imported, bare in zip(found["import"], found["bare"], strict=True)]
    rows = {
        "`python -c pass`": (found["bare"], "-"),
        "`import ip_bench`, beyond that": (over, f"< {MOST_IMPORT} ms"),
        "`ip-bench --help`": (found["help"], f"< {MOST_HELP} ms"),
    }
    lines = [f"{REPETITIONS} runs of each, in turn.", "", "| what | median | best | target |", "|---|---:|---:|---:|"]
    lines += [
        f"| {what} | {statistics.median(times):.0f} ms | {min(times):.0f} ms | {target} |"
        for what, (times, target) in rows.items()
    ]
    middle = {name: statistics.median(times) for name, times in found.items()} | {"over": statistics.median(over)}
    bare = f"{middle['bare']:.0f} ms"
    return Result(
        "\n".join(lines),
        [
            Row(
                "`import ip_bench`, beyond the interpreter", f"{middle['over']:.0f} ms", "`python -c pass`", bare, None,
                f"< {MOST_IMPORT} ms", middle["over"] < MOST_IMPORT,
            ),
            Row(
                "`ip-bench --help`", f"{middle['help']:.0f} ms", "`python -c pass`", bare,
                middle["bare"] / middle["help"], f"< {MOST_HELP} ms", middle["help"] < MOST_HELP,
            ),
        ],
    )  # fmt: skip


def report() -> str:
    """Return the table of this machine."""
    return result().text


if __name__ == "__main__":
    print(report())
