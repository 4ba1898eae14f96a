"""lm-eval's tasks asked of a steered model, each row under the persona that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ip_bench.errors import UnknownNameError
from ip_bench.steering import NAME, register


def ask(
    arguments: Mapping[str, Any], tasks: Sequence[str], *, batch: int = 32, device: str | None = None,
    limit: int | None = None,
) -> dict[str, dict[str, float]]:  # fmt: skip
    """Return the metrics of tasks by name; `arguments` are those of `ip-steered`.

    Raises:
        UnknownNameError: for a task that does not exist.
        IpBenchError: where the model or its map cannot be loaded, or a row says nothing of its persona.
    """
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    from ip_bench.harness.models import load_model
    from ip_bench.harness.plan import Plan, tasks_folder

    manager = TaskManager(include_path=str(tasks_folder()), include_defaults=False)
    for task in tasks:
        if task not in manager.all_tasks:
            raise UnknownNameError("task", task, sorted(manager.all_tasks))
    register()
    lm = load_model(Plan(model=NAME, model_args=arguments, batch_size=batch, device=device))
    found = simple_evaluate(
        model=lm, tasks=list(tasks), task_manager=manager, limit=limit, log_samples=False, bootstrap_iters=0
    )
    return {
        task: {
            name.removesuffix(",none"): float(value)
            for name, value in figures.items()
            if isinstance(value, int | float)
        }
        for task, figures in found["results"].items()
    }
