"""What a run will do: the backend, the tasks, and how they are asked; nothing is loaded yet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ip_bench import catalog
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.harness.given import GIVEN
from ip_bench.harness.suites import SUITES
from ip_bench.redaction import names_secret
from ip_bench.release.recipes import DATASETS, recipe

SEED = 1234
LOOKS = 20  # at most so many interim looks of a run that may stop early
#: Models whose answers cost nothing, so that none is kept, and those in memory, which nothing tells apart later.
FREE = frozenset({"dummy", GIVEN, "simulated"})
#: Backends besides the chat endpoints that return text and no log-likelihood.
TEXT_ONLY = frozenset({"anthropic-completions", "hf-audiolm-qwen", "hf-multimodal", "vllm-vlm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do: the backend and its arguments, the tasks, and how prompts are rendered."""

    model: str
    model_args: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = "ip-cues"
    suite: str = "full"
    tasks: tuple[str, ...] = ()
    log_likelihood: bool | None = None
    chat_template: bool | None = None
    batch_size: str | int = 1
    device: str | None = None
    generation: Mapping[str, Any] = field(default_factory=dict)
    limit: int | None = None
    seed: int = SEED
    margin: float | None = None
    alpha: float | None = None
    looks: int | None = None  # at most so many interim looks, at which the run may stop; None: ask everything
    mitigation: str | None = None  # the condition under which ip-tradeoff is asked (`ip_bench.mitigation`)
    rewrites: Path | None = None  # a file of rewritten messages, for a mitigation that rewrites


def generation_of(max_gen_toks: int | None = None, temperature: float | None = None) -> dict[str, Any]:
    """Return the generation settings that replace those of the tasks; at temperature 0 nothing is drawn.

    Raises:
        IpBenchError: for fewer tokens than 1, or a temperature that is negative or no number.
    """
    if max_gen_toks is not None and max_gen_toks < 1:
        raise IpBenchError(f"max_gen_toks is {max_gen_toks}; a response needs 1 token or more")
    if temperature is not None and not 0 <= temperature < math.inf:
        raise IpBenchError(f"temperature is {temperature}; it must be 0 (nothing is drawn) or above")
    found: dict[str, Any] = {} if max_gen_toks is None else {"max_gen_toks": max_gen_toks}
    return found if temperature is None else found | {"temperature": temperature, "do_sample": temperature > 0}


def tasks_folder() -> Path:
    """Return the folder to give lm-eval as `--include_path`."""
    from importlib.resources import files

    return Path(str(files("ip_bench.tasks")))


def known_tasks() -> dict[str, str]:
    """Return the names of all tasks and groups, each with the dataset that it asks."""
    tasks = {name: one.dataset for name, one in catalog.tasks().items()}
    return tasks | {name: tasks[members[0]] for name, members in catalog.groups().items()}


def backends() -> tuple[str, ...]:
    """Return the names that `model` may have: lm-eval's backends, the steered model and the simulated one."""
    from lm_eval.models import MODEL_MAPPING

    from ip_bench.steering import register

    register()
    return tuple(sorted({*MODEL_MAPPING, "simulated"}))


def tasks_of(plan: Plan) -> tuple[str, ...]:
    """Return the tasks of a plan: those named, else the suite's generation group and, where it can, its twin.

    Raises:
        UnknownNameError: for a backend, dataset, suite or task that does not exist.
        IpBenchError: for tasks of several datasets: a run, and its analysis, is of one.
    """
    if plan.model not in (*backends(), GIVEN):
        raise UnknownNameError("model backend", plan.model, backends())
    if plan.suite not in SUITES:
        raise UnknownNameError("suite", plan.suite, SUITES)
    recipe(plan.dataset)  # refuses a name that is none
    known = known_tasks()
    if plan.tasks:
        for task in plan.tasks:
            if task not in known:
                raise UnknownNameError("task", task, known)
        if len({known[task] for task in plan.tasks}) > 1:
            said = ", ".join(f"{task} ({known[task]})" for task in plan.tasks)
            raise IpBenchError(f"tasks of several datasets: {said}; run each dataset into a folder of its own")
        return tuple(dict.fromkeys(plan.tasks))
    family, tail = f"ip_{plan.dataset.removeprefix('ip-')}", "_mini" if plan.suite == "mini" else ""
    scores = "chat" not in plan.model and plan.model not in TEXT_ONLY
    likelihood = plan.log_likelihood if plan.log_likelihood is not None else scores
    if not recipe(plan.dataset).TASKS:
        asked = ", ".join(name for name in DATASETS if recipe(name).TASKS)
        raise IpBenchError(f"{plan.dataset} has no tasks of paired effects to run; datasets with them are: {asked}")
    twins = [f"{family}_mc{tail}"] if likelihood and f"{family}_mc{tail}" in known else []
    return (f"{family}{tail}", *twins)


def parse_model_args(text: str) -> dict[str, Any]:
    """Return `a=1,b=x` as a dict, as lm-eval reads it.

    Raises:
        IpBenchError: for a part without `=`, without a name or without a value.
    """
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not equals:
            shown = "(redacted)" if names_secret(part) else repr(part)
            raise IpBenchError(f"model argument {shown} has no '='; write --model-args name=value,name=value")
        if not name.strip() or not value.strip():
            raise IpBenchError(
                f"model argument {name!r} lacks a name or a value; write --model-args name=value,name=value"
            )
    from lm_eval.utils import simple_parse_args_string

    return dict(simple_parse_args_string(text))


def check_looks(plan: Plan) -> None:
    """Raise IpBenchError where a run that may stop early does not say enough, or cannot stop."""
    if plan.looks is None:
        return
    if plan.mitigation is not None:
        raise IpBenchError("--mitigation and --sequential exclude each other: conditions compare on the same items")
    if plan.limit is not None:
        raise IpBenchError("--limit and --sequential exclude each other: looks take the items in their order")
    if plan.looks < 1 or plan.margin is None or plan.alpha is None:
        raise IpBenchError(
            f"a run in looks declares their number, margin and alpha before its first prompt; they are {plan.looks}, "
            f"{plan.margin} and {plan.alpha}"
        )
