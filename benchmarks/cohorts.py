"""How well are held-out votes of real people predicted, and are there cohorts? Writes docs/cohorts.md.

    python benchmarks/cohorts.py               # every set with 300 people or more, and the runs without cohorts
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
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ip_bench.cohorts import Answers, Categorical, Cohorts, Item, read, survey
from ip_bench.cohorts.compare import Mean
from ip_bench.cohorts.survey import Method, Survey
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
NULLS = {"normal": 100, "skewed": 40, "uniform": 40}  # places of continuous populations, and runs
CORES = 2


class Set(NamedTuple):
    name: str
    answers: Answers


class Found(NamedTuple):
    """What the page says of a set."""

    name: str
    table: str
    methods: dict[str, Method]
    cohorts: list[str]


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


def continuum(people: int, items: int, dims: int, share: float, places: str, *seed: object) -> Answers:
    """Return three-way answers of people with normal, skewed or uniform places: low rank, and no cohorts."""
    draw = generator("continuum", people, items, *seed)
    size = draw.binomial(items, share, people)
    person = np.repeat(np.arange(people), size)
    cell = np.unique(person * items + draw.integers(0, items, len(person)))
    person, item = cell // items, cell % items
    drawn = {"normal": draw.standard_normal, "skewed": draw.standard_exponential, "uniform": draw.random}
    place = drawn[places]((people, dims))
    place = (place - place.mean(0)) / place.std(0)
    loadings = draw.standard_normal((items, dims))
    score = np.einsum("cd,cd->c", place[person], loadings[item]) + draw.logistic(size=len(cell))
    answer = (score > -0.7).astype(np.int64) + (score > 0.7)
    named = [Item(f"i{number}", "", ("disagree", "pass", "agree")) for number in range(items)]
    return Answers.of(person, item, answer, named, people)


def timed(answers: Answers) -> str:
    wall, cpu = time.perf_counter(), time.process_time()
    Categorical().fit(answers)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return (
        f"{len(answers.people):,} people x {len(answers.items):,} items, {len(answers):,} answers: {wall:.1f} s, of "
        f"which {cpu:.1f} s on the processor"
    )


def large() -> str:
    said = timed(continuum(1_000_000, 1_000, 4, 0.02, "normal"))
    return f"{said}, and at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB"


def shown(mean: Mean | None, scale: float = 1.0, digits: int = 3) -> str:
    if mean is None or np.isnan(mean.estimate):
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
    lines += ["", f"{record['answer'].capitalize()}{sizes}{stability}. Places are of the {record['places']} model.", ""]
    lines += ["| division | groups | gain, nats an answer | cohorts gain more |", "|---|---|---|---|"]
    for gain in found.coherence:
        more = "" if gain.less is None else shown(gain.less, 1, 4)
        lines.append(f"| {gain.division} | {gain.groups} | {shown(gain.gain, 1, 4)} | {more} |")
    return "\n".join(lines)


def measured(one: Set, seeds: int) -> Found:
    found = survey(one.answers, seeds=seeds)
    against = {gain.division: gain for gain in found.coherence}
    known = max((against[group.name] for group in one.answers.groups), key=lambda gain: gain.gain.estimate)
    null = against["k-means on a fitted continuum"]
    return Found(
        one.name, table(one.name, found), {each.method: each for each in found.methods},
        [str(found.cohorts.count_ or "none"), known.division, *(shown(each.less, 1, 4) for each in (known, null))],
    )  # fmt: skip


def none_found(places: str, run: int) -> bool:
    return Cohorts(most=5).fit(continuum(300, 25, 3, 0.7, places, run)).count_ == 0


def summary(found: list[Found]) -> str:
    """Return the table of likelihood (categorical) against its rivals, and say where it does not win."""
    lines = ["| set | item mode | squared error | Polis | categorical | figure to beat |", "|---|---|---|---|---|---|"]
    losses = ["| set | item mode | Polis | categorical |", "|---|---|---|---|"]
    lost = []
    for each in found:
        by = each.methods
        cells = [f"{100 * by[method].accuracy.estimate:.1f}" for method in RIVALS]
        lines.append(
            f"| {each.name} | {' | '.join(cells)} | {shown(by['categorical'].accuracy, 100, 1)} | "
            f"{f'{100 * EARLIER[each.name]:.1f}' if each.name in EARLIER else ''} |"
        )
        cells = [shown(by[method].log_loss) for method in ("item_mode", "polis", "categorical")]
        losses.append(f"| {each.name} | {' | '.join(cells)} |")
        best = by["categorical"]
        for method in RIVALS:
            if by[method].accuracy.estimate >= best.accuracy.estimate:
                lost.append(f"{each.name}: {method} in accuracy")
            if by[method].log_loss.estimate <= best.log_loss.estimate:
                lost.append(f"{each.name}: {method} in log-loss")
    verdict = (
        f"Not beaten: {'; '.join(lost)}." if lost else "Categorical beats all of them on every set, in both measures."
    )
    return "\n".join(["Accuracy in %:", "", *lines, "", "Log-loss in nats:", "", *losses, "", verdict])


def page(found: list[Found], nulls: dict[str, int], speed: str) -> str:
    rates = [f"| {places} | {NULLS[places]} | {none} |" for places, none in nulls.items()]
    cohorts = [f"| {' | '.join([each.name, *each.cohorts])} |" for each in found]
    return "\n\n".join([
        "# Cohorts in real votes",
        "Written by `benchmarks/cohorts.py`; [personas_cohorts.md](personas_cohorts.md) says what is done and what the "
        "words mean. A tenth of the answers is held out, five times; intervals are over people (95%). The sets are "
        "public and not in the project. The number of cohorts is chosen in the first training part. A gain is held-out "
        "log-likelihood over the item's own shares; where there are no stable cohorts, the coherence table is of two "
        "forced ones.",
        "The figure to beat is of an untuned categorical filtering with four dimensions. Others are known of a Polis "
        "conversation on land use (73.1) and a voting-advice survey (54.1), neither of which is at hand.",
        "## Likelihood beside its rivals",
        summary(found),
        "## Cohorts beside other divisions",
        "How much more the cohorts gain on held-out answers than other divisions, in nats an answer (two forced ones "
        "where there are none): than the known division of the same people that gains most, brought to as many groups, "
        "and than k-means on a fitted continuum. With all of their levels, known divisions are in the tables below. "
        "The Polis groups of an export were formed with the held-out votes, too.",
        "\n".join([
            "| set | cohorts | known division | gained more than it | more than the continuum's k-means |",
            "|---|---|---|---|---|", *cohorts,
        ]),
        "## No cohorts where there are none",
        "Continuous populations of 300 people and 25 three-way items in three dimensions, about half of the cells "
        "observed. Skewed and uniform places are no normal, yet no cohorts either.",
        "\n".join(["| places | runs | none found |", "|---|---|---|", *rates]),
        "## Speed",
        f"One categorical fit of the largest set: {speed}. `benchmarks/cohorts.py --large` times 1,000,000 people.",
        "## Every method",
        *(each.table for each in found),
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
    with ProcessPoolExecutor(CORES) as pool:
        chosen = list(sets(args.only))
        asked_sets = [pool.submit(measured, one, args.seeds) for one in chosen]
        runs = {} if args.only else {
            places: [pool.submit(none_found, places, run) for run in range(count)] for places, count in NULLS.items()
        }  # fmt: skip
        found = []
        for each in asked_sets:
            found.append(each.result())
            print(found[-1].table, flush=True)
        if args.only:
            return
        nulls = {places: sum(one.result() for one in each) for places, each in runs.items()}
    speed = timed(max((one.answers for one in chosen), key=len))
    write_text(ROOT / "docs" / "cohorts.md", page(found, nulls, speed))


if __name__ == "__main__":
    main()
