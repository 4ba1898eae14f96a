"""The generation tasks as Inspect tasks: the same rows, settings, reading of answers and effects as under lm-eval.

Multiple-choice twins need log-likelihoods, which Inspect does not ask for; they are with lm-eval alone. Each task takes
its rows from `data`: a built folder, or a published dataset such as `my-org/ip-cues`, read at the tag of the version
that this installation knows; by default they are found as for lm-eval (`ip_bench.release.resolve`). Rows are compared
with the locked content hash wherever they come from, which is why they do not come through Inspect's `hf_dataset`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import HeadlineMetric
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig

from ip_bench.harness.export import GENERATION
from ip_bench.hub.load import load as load_published
from ip_bench.inspect.score import DATASET, HEADLINE, effects, outcome
from ip_bench.release import recipes, resolve


@task
def ip_cues_cultural(data: str | None = None) -> Task:
    """Return the task in which the right answer depends on the asker's country, which is not named."""
    return _task("ip_cues_cultural", "cultural", data)


@task
def ip_cues_cultural_mini(data: str | None = None) -> Task:
    """Return `ip_cues_cultural` on the rows of the mini suite."""
    return _task("ip_cues_cultural_mini", "cultural", data, mini=True)


@task
def ip_cues_inference(data: str | None = None) -> Task:
    """Return the task in which the model says which country the writer of the message is from."""
    return _task("ip_cues_inference", "inference", data)


@task
def ip_cues_inference_mini(data: str | None = None) -> Task:
    """Return `ip_cues_inference` on the rows of the mini suite."""
    return _task("ip_cues_inference_mini", "inference", data, mini=True)


def _task(name: str, config: str, data: str | None, *, mini: bool = False) -> Task:
    version = recipes.recipe(DATASET).VERSION
    rows = _rows(config, data, version)
    if mini:
        rows = rows.select(
            import_module("ip_bench.tasks.pinned").mini_rows(rows.select_columns(["item_id", "arm"]), config)
        )
    return Task(
        name=name,
        dataset=MemoryDataset([sample(row) for row in rows], name=f"{DATASET}/{config} {version}"),
        scorer=outcome(),
        metrics=[effects(config)],
        headline_metric=HeadlineMetric(metric=HEADLINE),
        config=GenerateConfig(temperature=GENERATION["temperature"], max_tokens=GENERATION["max_gen_toks"]),
        version=version,
        metadata={"dataset": DATASET, "config": config, "version": version, "suite": "mini" if mini else "full",
                  "content": recipes.locked(DATASET, version)[config]},
    )  # fmt: skip


def _rows(config: str, data: str | None, version: str) -> Any:
    """Return the verified rows of a config's split `test`, as a `datasets.Dataset`."""
    if data is None:
        return resolve.load(DATASET, config, version=version)
    if Path(data).is_dir():
        resolve.verify(Path(data), DATASET, version)
        return load_published(Path(data), config)
    return load_published(data, config, revision=f"v{version}")


def sample(row: Mapping[str, Any]) -> Sample:
    """Return a row as a sample: system and user message, the accepted answers of its outcome, the row as metadata."""
    right = [
        form
        for forms, locales in zip(row["accepted"], row["choice_locales"], strict=True)
        if row["outcome"] in locales
        for form in forms
    ]
    messages = [ChatMessageSystem(content=row["system"]), ChatMessageUser(content=row["prompt"])]
    return Sample(id=row["row_id"], input=messages, target=right, metadata=dict(row))
