"""Run the tasks on a model through lm-eval, and keep what is needed to analyze the run again without it."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ip_bench._version import __version__
from ip_bench.errors import IpBenchError
from ip_bench.files import check_replaceable
from ip_bench.harness.cost import Cost, Pace, cost_of
from ip_bench.harness.evaluation import evaluate_tasks, seed_draws
from ip_bench.harness.kept import Tally, check_answers, keeping, kept_beside, scope_of
from ip_bench.harness.models import load_model, model_name, placed, revision_of
from ip_bench.harness.plan import FREE, Plan, check_looks, known_tasks, tasks_folder, tasks_of
from ip_bench.harness.record import generation_of, logged, versions, write_run
from ip_bench.mitigation.asking import apply, condition_of
from ip_bench.mitigation.conditions import condition as condition_of_name
from ip_bench.own.known import design_file
from ip_bench.own.tasks import loadable
from ip_bench.progress import Progress
from ip_bench.redaction import redacted
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve, verify
from ip_bench.seeds import digest

#: Backends that tell no answer before they have all, and how many requests they are given at once.
SILENT, AT_ONCE = ("vllm", "sglang"), 4_096


def run(
    plan: Plan,
    out: Path,
    *,
    answers: Path | None = None,
    fresh: bool = False,
    announce: Callable[[str], None] | None = None,
    progress: bool = True,
    watch: Progress | None = None,
    lm: Any = None,
) -> dict[str, Any]:
    """Run a plan and write `run.json`, `results.json` and one `samples_<task>.jsonl` per task into folder `out`.

    The folder appears when the run is complete; an interrupted run leaves what was there. Answers are kept as they
    come in the file `answers` (default: beside `out`), and what was answered before is not asked again, unless
    `fresh`. `watch` is told what is done, and how many requests are answered. `lm` is a
    model of lm-eval in place of the one that the plan names. Returns the run record.

    Raises:
        IpBenchError: where `out` holds other files, a name is unknown, the model cannot be loaded, or the chat template
            drops the system role.
    """
    say = announce or (lambda text: None)  # noqa: ARG005
    check_replaceable(out, "run.json")
    check_looks(plan)
    names = tasks_of(plan)
    name = known_tasks()[names[0]]
    condition = condition_of(plan.mitigation, name, plan.rewrites) if plan.mitigation else None
    made = recipe(name)
    data = resolve(name, made.VERSION)
    manifest = verify(data, name, made.VERSION)
    file = answers or kept_beside(out)
    if plan.model not in FREE:
        check_answers(file)
    at = watch or Progress()
    _quiet(progress=progress)
    say(f"{plan.model}: {', '.join(names)}")
    at.step("loading the model")
    lm = load_model(plan) if lm is None else lm
    asked, template = placed(plan, lm, names)
    if asked != names:
        names, plan = asked, replace(plan, tasks=asked)
    loaded = _loaded(plan)
    tasks = loaded["tasks"]
    cost = cost_of(tasks, plan)
    say(cost.describe())
    say(f"chat template: {template['text_hash'] or 'none'} ({template['why']})")
    if not template["system_role"]:
        say(f"the chat template has no system role, so all is said in the user turn: {', '.join(names)}")
    mitigated: dict[str, Any] = {}
    looked: dict[str, Any] | None = None
    at.step(f"asking {plan.model}", cost.requests if plan.model not in FREE else None)
    with _keeping(plan, lm, manifest, file, fresh=fresh, told=_counting(at, cost.requests)) as tally:
        if condition is not None:
            condition, mitigated = apply(
                condition, tasks, lm, chat_template=template["applied"], limit=plan.limit, say=say
            )
        try:
            if plan.looks is None:
                results = _ask_all(plan, lm, loaded, template["applied"])
            else:
                results, looked = _ask_in_looks(plan, lm, tasks, data, manifest, template["applied"], say)
        except NotImplementedError as error:  # log-likelihoods, of a backend that has none
            raise IpBenchError(
                f"{plan.model} cannot do what {', '.join(names)} ask: {error}; see --log-likelihood"
            ) from error
    if results is None:  # another process of the same run writes
        return {}
    if tally.kept:
        say(f"{tally.kept:,} requests were answered before (in {file.name}; --fresh asks anew), {tally.asked:,} asked")
    samples = results.pop("samples")
    record = {
        "ip_bench": __version__,
        "model": model_name(plan),
        "backend": plan.model,
        "model_args": redacted(plan.model_args),
        "suite": plan.suite,
        "tasks": sorted(samples),
        "dataset": {"name": name, "version": manifest["version"], "content_hash": _hashes(manifest)}
        | design_file(name),
        "chat_template": template,
        "generation": generation_of(tasks, plan),
        "seeds": {"all": plan.seed},
        "limit": plan.limit,
        "declared": {"margin": plan.margin, "alpha": plan.alpha},
        "batch_size": str(plan.batch_size),
        "device": str(getattr(lm, "device", None) or plan.device or ""),
        "cost": asdict(cost),
        "answers": asdict(tally),
        "versions": versions(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    } | ({"sequential": looked} if looked else {}) | ({"mitigation": mitigated} if mitigated else {})  # fmt: skip
    write_run(out, record, results["results"], samples, condition)
    return record


def estimate(plan: Plan) -> tuple[list[str], Cost]:
    """Return the tasks of a plan and what they would cost, without loading the model."""
    check_looks(plan)
    _quiet(progress=False)
    tasks = _loaded(plan)["tasks"]
    return sorted(tasks), cost_of(tasks, plan)


def measured_pace(plan: Plan, rows: int, answers: Path) -> Pace:
    """Return how fast the model of a plan answers, measured on the first `rows` of each task.

    Their answers are kept in the file `answers`, so that the run that follows does not ask for them again.

    Raises:
        IpBenchError: where all is answered already, answers cost nothing, or messages are to be rewritten first.
    """
    if plan.model in FREE:
        raise IpBenchError(f"--probe times a model; answers of {plan.model} cost nothing")
    if plan.mitigation and condition_of_name(plan.mitigation).mitigation.kind == "rewrite":
        raise IpBenchError(f"--probe cannot time {plan.mitigation}, which asks for rewritten messages first")
    check_answers(answers)
    _quiet(progress=False)
    lm = load_model(plan)
    asked, template = placed(plan, lm, tasks_of(plan))
    plan = replace(plan, tasks=asked, limit=min(rows, plan.limit or rows))
    name = known_tasks()[asked[0]]
    manifest = verify(resolve(name, recipe(name).VERSION), name, recipe(name).VERSION)
    loaded = _loaded(plan)
    with _keeping(plan, lm, manifest, answers, fresh=False) as tally:
        start = time.perf_counter()
        _ask_all(plan, lm, loaded, template["applied"])
        seconds = time.perf_counter() - start
    if not tally.asked:
        raise IpBenchError(f"all {tally.kept:,} requests of the probe are answered in {answers}; probe more rows")
    return Pace(tally.asked / seconds, f"measured on {tally.asked:,}")


def _counting(at: Progress, requests: int) -> Callable[[int], None]:
    """Return what tells of answered requests, and of what follows when there are as many as `requests`."""
    left = requests

    def told(count: int) -> None:
        nonlocal left
        left -= count
        at.advance(count)
        if count and not left:
            at.step("scoring the responses")

    return told


@contextmanager
def _keeping(
    plan: Plan,
    lm: Any,
    manifest: Mapping[str, Any],
    file: Path,
    *,
    fresh: bool,
    told: Callable[[int], None] = lambda _: None,
) -> Iterator[Tally]:
    """Have the model keep its answers, where they cost something."""
    if plan.model in FREE:
        yield Tally()
        return
    scope = scope_of(
        backend=plan.model, arguments=plan.model_args, revision=revision_of(lm), content=digest(_hashes(manifest)),
        seed=plan.seed,
    )  # fmt: skip

    def reseed(count: int) -> None:
        seed_draws(int(digest("resumed", plan.seed, count, size=4), 16))

    at_once = AT_ONCE if plan.model.startswith(SILENT) else None
    with keeping(lm, file, scope, fresh=fresh, at_once=at_once, reseed=reseed, told=told) as tally:
        yield tally


def _hashes(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {config: entry["content_hash"] for config, entry in manifest["configs"].items()}


def _ask_all(plan: Plan, lm: Any, loaded: Mapping[str, Any], chat_template: bool) -> Any:
    """Return lm-eval's results of every row of the tasks."""
    return evaluate_tasks(
        lm, loaded, seed=plan.seed, chat_template=chat_template, generation=plan.generation, limit=plan.limit
    )


def _ask_in_looks(
    plan: Plan,
    lm: Any,
    loaded: Mapping[str, Any],
    data: Path,
    manifest: Mapping[str, Any],
    chat_template: bool,
    say: Callable[[str], None],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return results in lm-eval's shape, of the rows asked until the run was decided, and the record of the looks."""
    from ip_bench.harness.sequential import ask_in_looks

    assert plan.looks is not None and plan.margin is not None and plan.alpha is not None  # noqa: PT018, S101
    asked = ask_in_looks(
        lm, loaded, data=data, manifest=manifest, looks=plan.looks, margin=plan.margin, alpha=plan.alpha,
        seed=plan.seed, chat_template=chat_template, generation=plan.generation, logged=logged, say=say,
    )  # fmt: skip
    return {"samples": asked.samples, "results": asked.results}, asked.record


def _loaded(plan: Plan) -> dict[str, Any]:
    """Return a plan's tasks and their groups; of a run in looks that names none, the tasks that can be asked so."""
    loaded = _load(tasks_of(plan))
    if plan.looks is not None and not plan.tasks:
        from ip_bench.harness.sequential import asked_together

        loaded["tasks"] = asked_together(loaded["tasks"])
    if plan.mitigation is not None:
        condition = condition_of(plan.mitigation, known_tasks()[next(iter(loaded["tasks"]))], plan.rewrites)
        for task in loaded["tasks"].values():
            task.mitigate(condition)
    return loaded


def _load(names: tuple[str, ...]) -> dict[str, Any]:
    """Return what lm-eval's task manager loads from our folder alone (its own index takes seconds).

    Tasks of a design of one's own, which are in no folder, are made here.
    """
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=str(tasks_folder()), include_defaults=False)
    try:
        return dict(manager.load(loadable(names)))
    except ValueError as error:  # lm-eval's word for a task that is asked for twice
        raise IpBenchError(f"{', '.join(names)} cannot be run together: {error}") from error


def _quiet(*, progress: bool) -> None:
    """Keep third-party chatter off the terminal; progress bars stay where wanted."""
    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    for name in ("httpx", "datasets", "transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import datasets

    datasets.disable_progress_bars()
    if not progress:
        os.environ["TQDM_DISABLE"] = "1"
