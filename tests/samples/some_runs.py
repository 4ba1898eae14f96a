"""Some items of a dataset, and samples of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pytest

from ip_bench.analysis import expected_rows
from ip_bench.files import write_jsonl
from ip_bench.harness.simulated import Simulated
from ip_bench.release.build import build
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve

GENERATED, CHOSEN = "ip_cues_cultural_mini", "ip_cues_cultural_mc_mini"
OPINION, OPINION_CHOSEN = "ip_cues_cultural_opinion_mini", "ip_cues_cultural_opinion_mc_mini"


def some_items(name: str, steps: Mapping[str, int], folder: Path) -> Path:
    """Build a dataset of every n-th item of some configs, and of the first items of the others."""
    made = recipe(name)
    whole = made.prompts

    def prompts(config: str, split: str) -> Iterator[Any]:
        items = groupby(whole(config, split), key=lambda one: one.item_id)
        chosen = islice(items, 0, None, steps[config]) if config in steps else islice(items, 40)
        return (one for _, own in chosen for one in own)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made, "prompts", prompts)
        build(name, folder, check=False)
    return folder


def answered(row: dict[str, Any], model: Simulated, *, choice: bool) -> Any:
    """Return what the simulated model says to a row, as text or as log-likelihoods."""
    said = model.answer(row)
    if choice:
        return [[-1.0 if place == said else -9.0, "False"] for place in range(len(row["choices"]))]
    return row["choices"][said]


def rows_of(config: str) -> list[dict[str, Any]]:
    made = recipe("ip-cues")
    return list(expected_rows(resolve("ip-cues", made.VERSION), config, mini=True).values())


def write_samples(folder: Path, records: list[dict[str, Any]]) -> Path:
    write_jsonl(folder / "one" / f"samples_{GENERATED}.jsonl", records)
    return folder
