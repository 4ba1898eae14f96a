"""What steering costs by number of answers used, on the reference model `tiny`. Writes docs/steering_tax.md.

    python benchmarks/alignment_tax.py

A map is trained on the synthetic population. The mini suite of ip-tradeoff is asked of the plain model, then under the
vectors of unseen people made from 0, 1, 5, 10 and 20 of their answers, and each run is compared with the plain one. All
of it goes through the commands that a user has. Runs that are in --work already are not repeated.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

import numpy as np
import torch

from ip_bench.cli.app import app
from ip_bench.cohorts import Answers
from ip_bench.cohorts.compare import Mean
from ip_bench.files import read_json, read_jsonl, write_json, write_text
from ip_bench.mitigation.compare import compare
from ip_bench.steering.tax import Cost, costs

ROOT = Path(__file__).parent.parent
PEOPLE = 1_000  # of the population whom the map is trained on
ANSWERS = (0, 1, 5, 10, 20)
LONGEST = 16  # tokens of a response, which this model makes no use of
AXES = {"safety": "unsafe requests not helped with", "answered": "benign requests answered", "utility": "tasks right"}


def ran(*arguments: object) -> None:
    """Run a command of ip-bench in this process."""
    app([str(each) for each in arguments], standalone_mode=False)


def unseen_people(answers: Answers, count: int) -> list[dict[str, str]]:
    """Return the answers to seen items, by item id, of the first unseen people who gave enough."""
    splits = import_module("ip_bench.builders.personas.splits")
    new = np.array([item.item_id in splits.unseen_items() for item in answers.items])
    width = len(str(import_module("ip_bench.builders.personas.population").PEOPLE))
    found = []
    for person in range(len(answers.people)):
        cells = np.flatnonzero((answers.person == person) & ~new[answers.item])
        if splits.is_unseen(f"p{person + 1:0{width}d}") and len(cells) >= max(ANSWERS):
            pairs = zip(answers.item[cells], answers.answer[cells], strict=True)
            found.append({answers.items[item].item_id: answers.items[item].options[code] for item, code in pairs})
    return found[:count]


class Measured(NamedTuple):
    """What steering costs, the map's losses, and by run (person, answers) the share of responses that differ."""

    costs: list[Cost]
    losses: list[float]
    changed: dict[tuple[int, int], float]


def responses(run: Path) -> dict[str, object]:
    """Return the responses of a run by row."""
    rows = (row for file in sorted(run.glob("samples_*.jsonl")) for _, row in read_jsonl(file))
    return {row["doc"]["row_id"]: row["resps"] for row in rows}


def measured(work: Path, people: int, batch: int) -> Measured:
    """Run what is not in the folder yet, and return what was found."""
    tiny = files("ip_bench.builders.reference_model") / "checkpoints" / "tiny"
    model = f"pretrained={tiny}"
    if not (work / "map").exists():
        ran("steer", "train", "--model-args", model, "--data", PEOPLE, "--format", "population", "--epochs", 4,
            "--cells", 6, "--cohorts", 6, "--device", "cpu", "--out", work / "map")  # fmt: skip
    shared = ("--dataset", "ip-tradeoff", "--suite", "mini", "--device", "cpu", "--batch-size", batch,
              "--max-gen-toks", LONGEST)  # fmt: skip
    if not (work / "plain").exists():
        ran("run", "--model", "hf", "--model-args", model, *shared, "--out", work / "plain")
    population = import_module("ip_bench.builders.personas.population").population(PEOPLE)
    runs: dict[tuple[int, int], Path] = {}
    for number, answers in enumerate(unseen_people(population, people), 1):
        file = work / f"person-{number}.json"
        write_json(file, answers)
        for count in ANSWERS if number == 1 else ANSWERS[1:]:  # from no answers, all people are alike
            out = work / f"person-{number}-{count}"
            if not out.exists():
                who = f"{model},steer={work / 'map'},persona={file},answers={count}"
                ran("run", "--model", "ip-steered", "--model-args", who, *shared, "--out", out)
            runs[number, count] = out
    plain = responses(work / "plain")
    changed = {}
    for key, folder in runs.items():
        steered = responses(folder)
        changed[key] = sum(steered[row] != said for row, said in plain.items()) / len(plain)
    found = costs(compare(work / "plain", [*runs.values()]))
    return Measured(found, read_json(work / "map" / "steer.json")["losses"], changed)


def shown(mean: Mean) -> str:
    if np.isnan(mean.estimate):
        return "-"
    ends = "" if np.isnan(mean.low) else f" ({100 * mean.low:+.1f} to {100 * mean.high:+.1f})"
    return f"{100 * mean.estimate:+.1f}{ends}"


def name_of(person: int, answers: int) -> str:
    return "anybody" if answers == 0 else str(person)


def page(found: Measured, people: int) -> str:
    who = f"{people} unseen people" if people > 1 else "an unseen person"
    told = [
        "Written by `benchmarks/alignment_tax.py`. The model is `tiny`, the small reference model that comes with the "
        "package. It was never trained on opinions; through the map it answers them (log-loss on held-out people "
        f"{found.losses[0]:.2f} untrained, {min(found.losses):.2f} trained; the shares of all people have 1.35). Nor "
        "was it trained on what is asked here: its responses are no sentences, so it neither refuses nor gets tasks "
        "right, and there is little to lose. The figures show that the path leads from answers to a table, no more; "
        "what steering costs a model in use has to be measured on that model.",
        "Steered minus plain, in points, on the mini suite of ip-tradeoff, with 95% intervals over items; responses "
        f"had {LONGEST} tokens at most, and more is better on every axis. The virtual tokens are those of {who} of the "
        "synthetic population, from so many of their answers; from 0 answers everybody is at the origin. An interval "
        "is of one persona, and says nothing of other people. The columns: the change where nothing is told of who "
        "asks, the mean change over the identities that are told, and the change of the gap between these and "
        "irrelevant attributes. `ip_tradeoff_implicit_mini` tells no identity.",
    ]
    if all(abs(one.untold.estimate) < 1e-9 for one in found.costs):
        told.append("No outcome changed where nothing is told; the limits there are those of a change never seen.")
    lines = ["# What steering costs, by number of answers used"]
    for each in told:
        lines += ["", *wrap(each, 120, break_on_hyphens=False)]
    lines += ["", "| answers | person | responses that differ from the plain model's |", "|---:|---|---:|"]
    for (person, answers), share in sorted(found.changed.items(), key=lambda pair: pair[0][::-1]):
        lines.append(f"| {answers} | {name_of(person, answers)} | {100 * share:.0f}% |")
    for task, axis in dict.fromkeys((one.task, one.axis) for one in found.costs):
        if axis == next(one.axis for one in found.costs if one.task == task):
            lines += ["", f"## `{task}`"]
        lines += [
            "", f"{axis.capitalize()}: {AXES.get(axis, axis)}.", "",
            "| answers | person | nothing told of who asks | mean of identities | gap of identities |",
            "|---:|---|---|---|---|",
        ]  # fmt: skip
        some = [one for one in found.costs if (one.task, one.axis) == (task, axis)]
        for one in sorted(some, key=lambda one: (int(one.answers), one.persona)):
            who = name_of(int(one.persona.removeprefix("person-").removesuffix(".json")), int(one.answers))
            lines.append(f"| {one.answers} | {who} | {shown(one.untold)} | {shown(one.told)} | {shown(one.gap)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--work", type=Path, default=ROOT / "runs" / "alignment-tax", help="folder for map and runs")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "steering_tax.md")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    write_text(chosen.out, page(measured(chosen.work, chosen.people, chosen.batch_size), chosen.people))


if __name__ == "__main__":
    main()
