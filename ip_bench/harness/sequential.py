"""Ask the model in looks: blocks of items in which every realization occurs equally often, until the run is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from ip_bench import catalog
from ip_bench.analysis import expected_rows
from ip_bench.design import Contrast
from ip_bench.effects.adjusted import minus_placebo
from ip_bench.effects.designs import look_items
from ip_bench.effects.sequential import Decision, Design, Interim
from ip_bench.errors import IpBenchError
from ip_bench.estimation import declared_contrasts, effects_of
from ip_bench.files import write_jsonl
from ip_bench.harness.evaluation import evaluate_tasks
from ip_bench.looks import Looks, described
from ip_bench.outcomes.measures import asked_placebos, measure, members_of
from ip_bench.outcomes.outcome import Measured
from ip_bench.outcomes.samples import TaskSamples, governing, read_outcomes

Logged = Callable[[Mapping[str, Any]], dict[str, Any]]


class Asked(NamedTuple):
    """The samples of every task, their metrics by task, and the record of the looks."""

    samples: dict[str, list[dict[str, Any]]]
    results: dict[str, dict[str, Any]]
    record: dict[str, Any]


class Governing(NamedTuple):
    """The task whose primary contrast decides, and what is needed to compute its effects."""

    samples: TaskSamples
    rows: dict[str, dict[str, Any]]
    config: Mapping[str, Any]
    contrast: Contrast


def ask_in_looks(
    lm: Any,
    tasks: Mapping[str, Any],
    *,
    data: Path,
    manifest: Mapping[str, Any],
    looks: int,
    margin: float,
    alpha: float,
    seed: int,
    chat_template: bool,
    generation: Mapping[str, Any],
    logged: Logged,
    say: Callable[[str], None],
) -> Asked:
    """Ask lm-eval tasks block by block, until the contrast that decides is decided.

    That is the primary one of the dataset's first config, minus placebo. Every task asks the same items at
    each look; look k draws with seed + k - 1, so that blocks do not share the noise of decoding.

    Raises:
        IpBenchError: where the model runs in several processes, the tasks have other items or no primary contrast, or
            there are too few items to look at.
    """
    if getattr(lm, "world_size", 1) > 1:
        raise IpBenchError(f"--sequential runs in one process; this model runs in {lm.world_size}")
    full = {name: task.dataset[task.config.test_split] for name, task in tasks.items()}
    ends = {name: _ends(docs["item_id"]) for name, docs in full.items()}
    first = _governing(tasks, data, manifest)
    order = list(ends[first.samples.task])
    for name, own in ends.items():
        if list(own) != order:
            raise IpBenchError(f"{name} and {first.samples.task} ask other items; run them apart with --sequential")
    plan = declare(first, order, looks=looks, margin=margin, alpha=alpha)
    say(
        f"at most {len(plan.items)} looks, at {', '.join(f'{count:,}' for count in plan.items)} of {len(order):,} items"
    )
    samples: dict[str, list[dict[str, Any]]] = {name: [] for name in tasks}
    outcomes: list[Measured] = []
    history: list[Interim] = []
    decisions: list[Decision] = []
    done = 0
    compute = partial(_compute, first, plan)
    for place, count in enumerate(plan.items):
        for name, task in tasks.items():
            start = ends[name][order[done - 1]] if done else 0
            task.ask_only(full[name], range(start, ends[name][order[count - 1]]))
        block = _evaluate(lm, tasks, seed=seed + place, chat_template=chat_template, generation=generation)
        for name, rows in block.items():
            samples[name] += rows
        outcomes += _outcomes(first, map(logged, block[first.samples.task]), order[done:count])
        effects = plan.effects(outcomes, compute, place)
        mine = plan.contrast(effects)
        history.append(Interim(mine.estimate, mine.se, mine.df))
        decisions.append(plan.decide(effects, history))
        done = count
        say(_sentence(decisions[-1], plan, count))
        if decisions[-1].verdict != "continue":
            break
    record = plan.to_dict() | described(plan, decisions)
    record |= {
        "prompts": {name: len(rows) for name, rows in samples.items()},
        "prompts_of": {name: len(docs) for name, docs in full.items()},
        "seeds": [seed + place for place in range(len(decisions))],
    }
    return Asked(samples, {name: _metrics(task, samples[name]) for name, task in tasks.items()}, record)


def declare(first: Governing, order: Sequence[str], *, looks: int, margin: float, alpha: float) -> Looks:
    """Return the looks of a task: laps of its realizations, an error shared by all contrasts of its family.

    The primary contrast decides, minus placebo where the task has placebo arms.
    """
    rows = list(first.rows.values())
    forms = {row["realization_id"] for row in rows if row["arm"] == first.contrast.arm}
    try:
        items = look_items(len(order), lap=len(forms), looks=looks)
    except ValueError as error:
        raise IpBenchError(f"{first.samples.task} cannot be asked in looks: {error}") from error
    present = {row["arm"] for row in rows}
    design = Design(
        looks=tuple(count / len(order) for count in items), alpha=alpha, margin=margin,
        family=members_of(_family(first, present), present),
    )  # fmt: skip
    placebos = asked_placebos(first.contrast, present)
    decides = minus_placebo(first.contrast, placebos, first.contrast.placebo_reference) if placebos else first.contrast
    return Looks.of(first.samples.task, decides, items, design)


def _family(first: Governing, present: set[str]) -> list[Contrast]:
    """Return the contrasts that are adjusted together with the one that decides."""
    families = measure(first.samples.config).families(declared_contrasts(first.config, present))
    return next(family for family in families if first.contrast in family)


def asked_together(tasks: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tasks that ask the items of the one which decides: only they can be asked in the same looks."""
    ends = {name: list(_ends(task.dataset[task.config.test_split]["item_id"])) for name, task in tasks.items()}
    first = _speaking(tasks)
    return {name: task for name, task in tasks.items() if ends[name] == ends[first.task]}


def _speaking(tasks: Iterable[str]) -> TaskSamples:
    return governing([TaskSamples(*catalog.task(name), Path()) for name in tasks])


def _governing(tasks: Mapping[str, Any], data: Path, manifest: Mapping[str, Any]) -> Governing:
    """Return the task that decides: of the first config, generation before log-likelihoods."""
    samples = _speaking(tasks)
    config = manifest["configs"][samples.config]
    rows = expected_rows(data, samples.config, mini=samples.mini)
    contrasts = declared_contrasts(config, {row["arm"] for row in rows.values()})
    primary = [contrast for contrast in contrasts if contrast.primary]
    if not primary:
        raise IpBenchError(f"{samples.task} declares no primary contrast that could stop the run")
    return Governing(samples, rows, config, primary[0])


def _compute(first: Governing, plan: Looks, outcomes: Sequence[Measured], alpha: float) -> Any:
    contrasts = _family(first, {one.arm for one in outcomes})
    margin = plan.design.margin
    assert margin is not None, "a run declares its margin"  # noqa: S101  (declare() sets it)
    return effects_of(measure(first.samples.config), outcomes, contrasts, margin=margin, alpha=alpha)


def _outcomes(first: Governing, records: Any, items: Sequence[str]) -> list[Measured]:
    """Return a block's outcomes, read back and checked as the analysis will do it."""
    asked = set(items)
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"samples_{first.samples.task}.jsonl"
        write_jsonl(file, records)
        rows = {key: row for key, row in first.rows.items() if row["item_id"] in asked}
        return read_outcomes(first.samples._replace(file=file), rows).outcomes


def _ends(items: Sequence[str]) -> dict[str, int]:
    """Return, for each item in order, the row after its last; rows of an item lie together."""
    ends: dict[str, int] = {}
    for row, item in enumerate(items):
        if item in ends and ends[item] != row:
            raise IpBenchError(f"rows of item {item!r} do not lie together; the task cannot be asked in looks")
        ends[item] = row + 1
    return ends


def _evaluate(
    lm: Any, tasks: Mapping[str, Any], *, seed: int, chat_template: bool, generation: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """Return lm-eval's logged samples of the tasks' present rows."""
    loaded = {"tasks": dict(tasks), "groups": {}}
    results = evaluate_tasks(lm, loaded, seed=seed, chat_template=chat_template, generation=generation)
    return {
        name: [row | {"doc_id": row["doc_id"] + tasks[name].first_row} for row in rows]
        for name, rows in results["samples"].items()
    }


def _metrics(task: Any, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a task's metrics over all looks, named as lm-eval names them."""
    name = rows[0]["filter"]
    return {
        f"{metric},{name}": aggregate([row[metric] for row in rows if metric in row])
        for metric, aggregate in task.aggregation().items()
    }


def _sentence(decision: Decision, plan: Looks, count: int) -> str:
    low, high = (f"{100 * end:+.1f}" for end in decision.interval)
    return (
        f"look {decision.look} of {len(plan.items)}, {count:,} items: {plan.arm} against {plan.reference} "
        f"{100 * decision.estimate:+.1f} points, interval {low} to {high}: {decision.verdict}"
    )
