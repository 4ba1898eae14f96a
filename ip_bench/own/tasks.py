"""The lm-eval tasks of a design of one's own: by generation, and by log-likelihoods of the choices."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ip_bench import catalog
from ip_bench.harness.tasks import CueTask
from ip_bench.release.recipes import recipe, registered

_GENERATED = {"until": [], "do_sample": True, "temperature": 0.7, "max_gen_toks": 48}


def loadable(names: Sequence[str]) -> list[Any]:
    """Return names of tasks and groups as lm-eval loads them: those of designs, which no folder has, as tasks."""
    known, own = catalog.tasks(), registered()
    found: list[Any] = []
    for name in names:
        members = catalog.groups().get(name, (name,))
        found += map(own_task, members) if known[members[0]].dataset in own else [name]
    return found


def own_task(name: str) -> CueTask:
    """Return a task of a registered design, set up as tasks/cues/_base.yaml sets up the shipped ones."""
    made = import_module("ip_bench.tasks.pinned")  # which stands on a top-level folder
    asked = catalog.task(name)
    pinned = made.Pinned(asked.dataset, asked.config, recipe(asked.dataset).VERSION, mini=asked.mini)
    how: dict[str, Any] = (
        {"output_type": "multiple_choice", "doc_to_choice": "choices"}
        if asked.choice
        else {"output_type": "generate_until", "generation_kwargs": dict(_GENERATED)}
    )
    return CueTask(
        {
            "task": name,
            "custom_dataset": pinned,
            "test_split": "test",
            "fewshot_split": "validation",
            "fewshot_config": {
                "sampler": "first_n",
                "process_docs": made.reference_rows,
                "doc_to_target": made.example_answer,
            },
            "description": "{{system}}\n\n",
            "doc_to_text": "prompt",
            "doc_to_target": made.target,
            "metadata": {"dataset": asked.dataset, "shared": "system"},
        }
        | how
    )
