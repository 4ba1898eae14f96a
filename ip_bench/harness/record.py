"""What a finished run leaves: how it was made, lm-eval's metrics, and samples to analyze it again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ip_bench.files import replacing_folder, write_json, write_jsonl
from ip_bench.harness.plan import Plan
from ip_bench.mitigation.conditions import Condition
from ip_bench.mitigation.rewriting import FILE as REWRITES
from ip_bench.mitigation.rewriting import write_rewrites
from ip_bench.own.known import write_design
from ip_bench.redaction import scrubbed


def write_run(
    out: Path,
    record: Mapping[str, Any],
    results: Mapping[str, Any],
    samples: Mapping[str, Sequence[Mapping[str, Any]]],
    condition: Condition | None,
) -> None:
    """Write a run's folder, which appears when it is complete: run.json, results.json, a file of samples a task."""
    with replacing_folder(out) as draft:
        if condition is not None and condition.rewrites:
            write_rewrites(draft / REWRITES, condition.rewrites)
        write_design(record["dataset"]["name"], draft)
        for task, rows in samples.items():
            write_jsonl(draft / f"samples_{task}.jsonl", map(logged, rows))
        write_json(draft / "results.json", json.loads(scrubbed(json.dumps(_plain(results)))))
        write_json(draft / "run.json", json.loads(scrubbed(json.dumps(record))))


def generation_of(tasks: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Return how responses are generated; a setting in which the tasks differ is given by task."""
    used = {
        name: {**(task.config.generation_kwargs or {}), **plan.generation}
        for name, task in sorted(tasks.items())
        if task.config.output_type == "generate_until"
    }
    settings: dict[str, Any] = dict(plan.generation)
    for key in dict.fromkeys(key for own in used.values() for key in own):
        by_task = {name: own.get(key) for name, own in used.items()}
        first, *others = by_task.values()
        settings[key] = first if all(other == first for other in others) else by_task
    return settings


def logged(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Return a logged sample in the shape of lm-eval's own files, without what repeats the row."""
    return {
        "doc_id": sample["doc_id"],
        "doc": sample["doc"],
        "target": str(sample["target"]),
        "arguments": {
            f"gen_args_{k}": {
                f"arg_{n}": one for n, one in enumerate(arguments[:2]) if not n or isinstance(one, Mapping)
            }
            for k, arguments in enumerate(sample["arguments"][:1])
        },
        "resps": sample["resps"],
        "filtered_resps": sample["filtered_resps"],
        "filter": sample["filter"],
        "prompt_hash": sample["prompt_hash"],
    }


def _plain(value: Any) -> Any:
    """Return JSON values only; anything else as its text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a result depends on."""
    found = {"python": platform.python_version()}
    for package in ("lm-eval", "transformers", "torch", "datasets", "vllm", "numpy", "scipy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
