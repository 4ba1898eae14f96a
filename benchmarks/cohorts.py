"""How well are held-out votes of real people predicted, and are there cohorts? Writes docs/cohorts.md.

    python benchmarks/cohorts.py               # every set with 300 people or more, the runs without cohorts, the speed
    python benchmarks/cohorts.py --only bfi    # print the table of sets whose name holds this; nothing is written
    python benchmarks/cohorts.py --large       # time the fit of 1,000,000 people x 1,000 items at 2% density

The sets are public (shared/data/SOURCES.md); none is in the project.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ip_bench.cohorts import Answers, Categorical, Cohorts, Item, read, survey
from ip_bench.cohorts.compare import Mean
from ip_bench.cohorts.survey import Survey
from ip_bench.files import write_text
from ip_bench.seeds import generator

ROOT = Path(__file__).parent.parent
OPINIONS = Path(os.environ.get("IP_BENCH_SHARED") or ROOT.parent / "shared") / "data" / "opinions"
BFI = [f"{letter}{number}" for letter in "ACENO" for number in range(1, 6)]
GSS = [
    "natspac",
    "natenvir",
    "natheal",
    "natcity",
    "natcrime",
    "natdrug",
    "nateduc",
    "natrace",
    "natarms",
    "nataid",
    "natfare",
    "natroad",
    "natsoc",
    "natmass",
    "natpark",
    "natchld",
    "natsci",
    "natenrgy",
]
LEAST_PEOPLE = 300
EARLIER = {"bfi": 0.404}  # accuracy of an untuned categorical filtering, d = 4, on the sets that are at hand
RIVALS = ("item_mode", "squared_error", "polis")
RUNS = 100


class Set(NamedTuple):
    name: str
    answers: Answers


def sets(only: str = "") -> Iterator[Set]:
    folders = sorted(path for path in (OPINIONS / "polis").iterdir() if path.is_dir())
    tables = [(folder.name, folder, "polis", []) for folder in folders]
    tables += [("bfi", OPINIONS / "bfi" / "psych_bfi.csv", "wide", BFI)]
    tables += [("gss", OPINIONS / "gss" / "gss_spending.csv", "wide", GSS)]
    for name, path, form, items in tables:
        if only in name:
            answers = read(path, form, items)
            if len(answers.people) >= LEAST_PEOPLE:
                yield Set(name, answers)


def continuum(people: int, items: int, dims: int, share: float, *seed: object) -> Answers:
    """Return three-way answers of people with standard normal places: low rank, and no cohorts."""
    draw = generator("continuum", people, items, *seed)
    size = draw.binomial(items, share, people)
    person = np.repeat(np.arange(people), size)
    cell = np.unique(person * items + draw.integers(0, items, len(person)))
    person, item = cell // items, cell % items
    place, loadings = draw.standard_normal((people, dims)), draw.standard_normal((items, dims))
    score = np.einsum("cd,cd->c", place[person], loadings[item]) + draw.logistic(size=len(cell))
    answer = (score > -0.7).astype(np.int64) + (score > 0.7)
    named = [Item(f"i{number}", "", ("disagree", "pass", "agree")) for number in range(items)]
    return Answers.of(person, item, answer, named, people)


def large() -> str:
    answers = continuum(1_000_000, 1_000, 4, 0.02)
    begun = time.perf_counter()
    Categorical().fit(answers)
    wall = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return f"1,000,000 people x 1,000 items, {len(answers):,} answers: {wall:.0f} s, at most {peak:.1f} GiB"


def speed(answers: Answers) -> str:
    begun = time.perf_counter()
    Categorical().fit(answers)
    return f"{len(answers.people):,} people x {len(answers.items)} items, {len(answers):,} answers: " + (
        f"{time.perf_counter() - begun:.1f} s"
    )


def shown(mean: Mean, scale: float = 1.0, digits: int = 3) -> str:
    if np.isnan(mean.estimate):
        return "-"
    low, high = (f"{scale * end:.{digits}f}" for end in mean[1:])
    return f"{scale * mean.estimate:.{digits}f} ({low} to {high})"


def table(name: str, found: Survey) -> str:
    answers = found.answers
    lines = [
        f"### {name}",
        "",
        f"{len(answers.people):,} people, {len(answers.items)} items, {len(answers):,} answers.",
        "",
        "| method | accuracy, % | log-loss |",
        "|---|---|---|",
    ]
    lines += [f"| {each.method} | {shown(each.accuracy, 100, 1)} | {shown(each.log_loss)} |" for each in found.methods]
    record = found.to_dict()["cohorts"]
    sizes = f": {', '.join(map(str, record['sizes']))} people" if record["sizes"] else ""
    stability = f"; mean adjusted Rand index of refits {found.to_dict()['stability']:.2f}" if record["sizes"] else ""
    lines += ["", f"{record['answer'].capitalize()}{sizes}{stability}.", ""]
    lines += ["| division | groups | gain, nats an answer | cohorts gain more |", "|---|---|---|---|"]
    for gain in found.coherence:
        more = "" if gain.less is None else shown(gain.less, 1, 4)
        lines.append(f"| {gain.division} | {gain.groups} | {shown(gain.gain, 1, 4)} | {more} |")
    return "\n".join(lines)


def summary(found: dict[str, Survey]) -> str:
    """Return the table of likelihood (categorical) against its rivals, and say where it does not win."""
    lines = ["| set | item mode | squared error | Polis | categorical | figure to beat |", "|---|---|---|---|---|---|"]
    lost = []
    for name, each in found.items():
        by = {method.method: method for method in each.methods}
        cells = [f"{100 * by[method].accuracy.estimate:.1f}" for method in RIVALS]
        lines.append(
            f"| {name} | {' | '.join(cells)} | {shown(by['categorical'].accuracy, 100, 1)} | "
            f"{100 * EARLIER[name] if name in EARLIER else ''} |"
        )
        best = by["categorical"]
        for method in RIVALS:
            if by[method].accuracy.estimate >= best.accuracy.estimate:
                lost.append(f"{name}: {method} in accuracy")
            if by[method].log_loss.estimate <= best.log_loss.estimate:
                lost.append(f"{name}: {method} in log-loss")
    verdict = (
        f"Not beaten: {'; '.join(lost)}." if lost else "Categorical beats all three on every set, in both measures."
    )
    return "\n".join([*lines, "", verdict])


def none_rate() -> str:
    found = [Cohorts(most=5).fit(continuum(300, 25, 3, 0.7, run)).count_ for run in range(RUNS)]
    return (
        f"No cohorts in {sum(count == 0 for count in found)} of {RUNS} continuous populations (300 people, 25 items)."
    )


def page(found: dict[str, Survey], extra: list[str]) -> str:
    return "\n\n".join([
        "# Cohorts in real votes",
        "Written by `benchmarks/cohorts.py`. A tenth of the answers is held out, five times; intervals are over people "
        "(95%). The sets are public and not in the project. The number of cohorts is chosen in the first training "
        "part. A gain is held-out log-likelihood over the item's own shares; where there are no stable cohorts, the "
        "coherence table is of two forced ones.",
        "## Likelihood beside its rivals, accuracy in %",
        summary(found),
        *extra,
        "## Every method",
        *(table(name, each) for name, each in found.items()),
    ]) + "\n"  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--only", default="", help="sets whose name holds this")
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--large", action="store_true", help="time a large synthetic table only")
    args = asked.parse_args()
    if args.large:
        print(large())
        return
    if not OPINIONS.is_dir():
        sys.exit(f"no opinions at {OPINIONS}; set IP_BENCH_SHARED")
    found = {}
    for name, answers in sets(args.only):
        found[name] = survey(answers, seeds=args.seeds)
        print(table(name, found[name]), flush=True)
    if args.only:
        return
    biggest = max((each.answers for each in found.values()), key=len)
    extra = ["## No cohorts where there are none, and speed", none_rate(), f"One categorical fit, {speed(biggest)}."]
    write_text(ROOT / "docs" / "cohorts.md", page(found, extra))


if __name__ == "__main__":
    main()
