"""What `ip-bench steer` reads: people's answers, the topics of items, who and what is learned from, the model."""

from __future__ import annotations

import csv
from dataclasses import astuple
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ip_bench.errors import IpBenchError, UnknownNameError

if TYPE_CHECKING:
    from ip_bench.cohorts.answers import Answers
    from ip_bench.steering.parts import Parts


def answers_in(data: Path, form: str) -> Answers:
    """Return the answers in a file or folder, or of the synthetic population that comes with the package."""
    from ip_bench.cohorts.read import read

    if form != "population":
        return read(data, form)
    if not str(data).isdigit():
        raise IpBenchError(f"--data is {str(data)!r}; of --format population it must be how many people, such as 1000")
    found: Answers = import_module("ip_bench.builders.personas.population").population(int(str(data)))
    return found


def topics_in(file: Path | None, form: str) -> dict[str, str]:
    """Return the topic of items by their ids: from a CSV file, or of the synthetic population's statements."""
    if file is None:
        if form != "population":
            return {}
        made = import_module("ip_bench.builders.personas.statements").statements()
        return {each.item_id: each.topic for each in made}
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise IpBenchError(f"--topics {file} is not readable as a CSV file ({type(error).__name__})") from error
    if not rows or not {"item", "topic"} <= set(rows[0]):
        raise IpBenchError(f"--topics {file} has the columns {', '.join(map(str, rows[0] if rows else ()))}; it must "
                           f"have item and topic, and a row an item")  # fmt: skip
    return {row["item"]: row["topic"] for row in rows if row["topic"]}


def parts_asked(answers: Answers, form: str, people: float, items: float, seed: int) -> Parts:
    """Return who and what is learned from; of the synthetic population, as the dataset ip-personas has it."""
    import numpy as np

    from ip_bench.steering.parts import divided, parts_of

    if form != "population":
        return parts_of(answers, people, items, seed)
    splits = import_module("ip_bench.builders.personas.splits")
    width = len(str(import_module("ip_bench.builders.personas.population").PEOPLE))
    new_people = [splits.is_unseen(f"p{number:0{width}d}") for number in range(1, len(answers.people) + 1)]
    new_items = [each.item_id in splits.unseen_items() for each in answers.items]
    return divided(answers, np.array(new_people), np.array(new_items), seed)


def loaded_model(model: str, model_args: str, device: str | None, batch: int) -> tuple[Any, str]:
    """Return an lm-eval hf model and its name."""
    from ip_bench.harness.models import load_model
    from ip_bench.harness.plan import Plan, parse_model_args

    if model != "hf":
        raise UnknownNameError("model backend", model, ("hf",), "ip-bench steer, which needs a model's insides")
    arguments = parse_model_args(model_args)
    if "pretrained" not in arguments:
        raise IpBenchError("--model-args names no model; write --model-args pretrained=ORG/MODEL")
    return load_model(Plan(model="hf", model_args=arguments, device=device, batch_size=batch)), str(
        arguments["pretrained"]
    )


def content_of(answers: Answers) -> str:
    """Return a digest of what was asked and answered, and of the groups that people are in."""
    from ip_bench.seeds import digest

    cells = (each.tolist() for each in (answers.person, answers.item, answers.answer))
    groups = [[each.name, list(each.levels), each.codes.tolist()] for each in answers.groups]
    return digest([astuple(each) for each in answers.items], list(answers.people), groups, *cells)
