"""lm-eval's `evaluate` on loaded tasks, with the settings that its `simple_evaluate` makes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any


def evaluate_tasks(
    lm: Any,
    loaded: Mapping[str, Any],
    *,
    seed: int,
    chat_template: bool,
    generation: Mapping[str, Any],
    limit: int | None = None,
) -> Any:
    """Return lm-eval's results and logged samples of loaded `tasks` and `groups`; None in all processes but the first.

    The tasks keep the settings that they get here, which are the same for every call of a run.
    """
    from lm_eval.evaluator import evaluate

    seed_draws(seed)
    for task in loaded["tasks"].values():
        if generation and task.get_config("output_type") == "generate_until":
            task.set_config(key="generation_kwargs", value=dict(generation), update=True)
        if task.get_config("num_fewshot") is None:
            task.set_config(key="num_fewshot", value=0)
        task.set_fewshot_seed(seed=seed)
    return evaluate(
        lm=lm,
        task_dict=dict(loaded),
        limit=limit,
        apply_chat_template=chat_template,
        fewshot_as_multiturn=True,
        bootstrap_iters=0,
        log_samples=True,
    )


def seed_draws(seed: int) -> None:
    """Seed what backends draw from, which is the global state of Python, numpy and torch."""
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  (as above)
    torch.manual_seed(seed)
