"""Loaded lm-eval tasks asked of a model: lm-eval's requests, scores and metrics, and no work done twice.

`lm_eval.evaluate` compiles the template of the system text, reads the row from disk three times and writes it as
indented JSON, for every row. Here each is done once. Requests, metrics and samples are the same, which a test holds to
lm-eval's own. In several processes each asks its share of the rows, and the first one scores them all: lm-eval loses
the metrics of arms of which its first process saw no row.
"""

from __future__ import annotations

import gc
import os
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from typing import Any

from ip_bench.errors import IpBenchError


def evaluate_tasks(
    lm: Any,
    loaded: Mapping[str, Any],
    *,
    seed: int,
    chat_template: bool,
    generation: Mapping[str, Any],
    limit: int | None = None,
) -> Any:
    """Return the results and logged samples of loaded `tasks` and `groups`; None in all processes but the first.

    The tasks keep the settings that they get here, which are the same for every call of a run.
    """
    if limit is not None and limit < lm.world_size:
        raise IpBenchError(f"--limit {limit} leaves {lm.world_size} processes less than a row each")
    seed_draws(seed)
    tasks = loaded["tasks"]
    for task in tasks.values():
        if generation and task.get_config("output_type") == "generate_until":
            task.set_config(key="generation_kwargs", value=dict(generation), update=True)
        if task.get_config("num_fewshot") is None:
            task.set_config(key="num_fewshot", value=0)
        task.set_fewshot_seed(seed=seed)
    with _uncollected():
        rows = {name: _rows(task, limit)[lm.rank :: lm.world_size] for name, task in tasks.items()}
        for name, task in tasks.items():
            _build(task, rows[name], lm, chat_template=chat_template)
    _ask(lm, [request for task in tasks.values() for request in task.instances])
    with _uncollected():
        samples = _gathered(lm, {name: list(_scored(task, rows[name])) for name, task in tasks.items()})
        if samples is None:
            return None
        metrics = {name: _metrics(name, task, samples[name]) for name, task in tasks.items()}
    groups = {name: group.aggregate(metrics) for name, group in loaded["groups"].items()}
    return {"results": metrics | groups, "samples": samples}


def seed_draws(seed: int) -> None:
    """Seed what backends draw from, which is the global state of Python, numpy and, where it is loaded, torch."""
    import numpy as np

    seed %= 2**32  # the largest that numpy takes
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  (as above)
    if "torch" in sys.modules:
        import torch

        torch.manual_seed(seed)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no cycles meanwhile: rows and requests hold none, and looking took half of the time."""
    there = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if there:
            gc.enable()


def _rows(task: Any, limit: int | None) -> list[tuple[int, dict[str, Any]]]:
    docs = task.eval_docs
    docs = docs.select(range(min(limit, len(docs)))) if limit else docs
    return list(enumerate(docs.with_format("arrow")[:].to_pylist()))


def _build(task: Any, rows: Sequence[tuple[int, dict[str, Any]]], lm: Any, *, chat_template: bool) -> None:
    """Make the task's requests, as its `build_all_requests` does."""
    template = lm.apply_chat_template if chat_template else None
    task._instances = []  # what `build_all_requests` sets, and `instances` shows
    with _compiled(task):
        for place, row in rows:
            context = task.fewshot_context(
                row, num_fewshot=task.config.num_fewshot, apply_chat_template=chat_template, fewshot_as_multiturn=True,
                chat_template=template, gen_prefix=task.doc_to_prefix(row),
            )  # fmt: skip
            made = task.construct_requests(
                doc=row, ctx=context, metadata=(task.config.task, place, task.config.repeats),
                apply_chat_template=chat_template, chat_template=template,
            )  # fmt: skip
            task._instances += made if isinstance(made, list) else [made]


@contextmanager
def _compiled(task: Any) -> Iterator[None]:
    """Have a task compile each template of its YAML once, and not once a row."""
    from lm_eval.utils import env

    compiled: Callable[[str], Any] = cache(env.from_string)

    def resolve(row: Mapping[str, Any], field: str | None = None) -> Any:
        if not field:
            return None
        return row[field] if field in row else compiled(field).render(**row)

    task.resolve_field = resolve
    try:
        yield
    finally:
        del task.resolve_field  # the method of its class is there again


def _ask(lm: Any, requests: Sequence[Any]) -> None:
    """Ask all requests, kind by kind, each as often as it repeats."""
    kinds: defaultdict[str, list[Any]] = defaultdict(list)
    for request in requests:
        kinds[request.request_type] += [request] * request.repeats
    for kind, asked in kinds.items():
        padded = [*asked, *[asked[-1]] * short_of(lm, len(asked))]
        for request, response in zip(asked, all_answered(kind, padded, getattr(lm, kind)(padded)), strict=False):
            request.resps.append(response)


def all_answered(kind: str, requests: Sequence[Any], answers: Sequence[Any]) -> Sequence[Any]:
    """Return the answers; raises IpBenchError where there are not as many as requests."""
    if len(answers) != len(requests):
        raise IpBenchError(
            f"{kind}: the backend answered {len(answers):,} of {len(requests):,} requests; start the run again, "
            "it asks the rest"
        )
    return answers


def short_of(lm: Any, count: int) -> int:
    """Return how many requests the process with the most has more: a model in parts waits for all of its processes."""
    if lm.world_size == 1:
        return 0
    import torch

    return int(lm.all_gather(torch.tensor(count, device=lm.device)).max()) - count


def _gathered(lm: Any, samples: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]] | None:
    """Return the samples of all processes in the order of the rows; None in all processes but the first."""
    first = os.environ.get("LOCAL_RANK", "0") == "0"  # where a launcher spreads one model, all processes have rank 0
    if lm.world_size == 1:
        return samples if first else None
    parts = lm.gather_object(samples, dst=0)
    if lm.rank or not first:
        return None
    return {
        name: sorted((row for part in parts for row in part[name]), key=lambda row: row["doc_id"]) for name in samples
    }


def _scored(task: Any, rows: Sequence[tuple[int, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Yield the samples as lm-eval logs them, without its hashes of the row."""
    task.apply_filters()
    by_row: defaultdict[int, list[Any]] = defaultdict(list)
    for request in task.instances:
        by_row[request.doc_id].append(request)
    for name in task.instances[0].filtered_resps:
        for place, row in rows:
            requests = by_row[place]
            filtered = [request.filtered_resps[name] for request in requests]
            metrics = task.process_results(row, filtered)
            text = requests[0].args[0]
            yield {
                "doc_id": place,
                "doc": row,
                "target": task.doc_to_target(row),
                "arguments": [request.args for request in requests],
                "resps": [request.resps for request in requests],
                "filtered_resps": filtered,
                "filter": name,
                "metrics": list(metrics),
                "prompt_hash": sha256(getattr(text, "prompt", text).encode("utf-8", "surrogatepass")).hexdigest(),
                **metrics,
            }


def _metrics(name: str, task: Any, samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a task's metrics, named as lm-eval names them."""
    values: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
    for sample in samples:
        for metric in sample["metrics"]:
            values[metric, sample["filter"]].append(sample[metric])
    aggregate = task.aggregation()
    found: dict[str, Any] = {
        "name": name,
        "alias": task.get_config("task_alias") or name,
        "sample_len": max(map(len, values.values()), default=0),
    }
    for (metric, kind), rows in values.items():
        found[f"{metric},{kind}"] = aggregate[metric](rows)
        found[f"{metric}_stderr,{kind}"] = "N/A"
    return found
