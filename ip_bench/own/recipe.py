"""The recipe of a design of one's own: what a builder module offers, made of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ip_bench.design import Arm, Contrast, Prompt
from ip_bench.own import rows
from ip_bench.own.design import Design
from ip_bench.own.gates import OwnGates
from ip_bench.release.provenance import Seed, Source

_CELL = ("{item_id}", "{realization_id}", "{template_id}")


class DesignRecipe:
    """A recipe (`ip_bench.release.recipes.OwnRecipe`) whose one config has the design's name."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.DATASET, self.VERSION, self.LICENSE = design.name, design.version, design.license
        self.CONFIGS: tuple[str, ...] = (design.name,)
        self.TASKS: tuple[str, ...] = self.CONFIGS
        self.CHOICES: tuple[str, ...] = self.CONFIGS
        self.SPLITS: tuple[str, ...] = rows.SPLITS
        self.CONTRASTS: dict[str, tuple[Contrast, ...]] = {design.name: rows.contrasts(design)}
        self.WARNINGS: dict[str, tuple[str, ...]] = {}
        self.FIRST_STAGE: dict[str, str] = {}
        self.SEEDS: dict[str, tuple[Seed, ...]] = {
            design.name: (
                Seed("the split of an item: validation is the lowest tenth", "unit", ("split", "{item_id}")),
                Seed("the order of a topic's items, and with it their cells", "digest", ("order", "{item_id}")),
                Seed("what a cue leaves to chance", "rng", ("own cue", design.name, *_CELL, "{arm}")),
                Seed(
                    "the key of a row", "digest",
                    (design.name, design.name, "{item_id}", "{arm}", *_CELL[1:], "{replicate}"),
                ),
            )
        }  # fmt: skip

    def words(self) -> tuple[str, str, str]:
        """Return what is asked, what a model does that has the outcome, and when the first treatment holds."""
        return self.design.about, self.design.does, self.design.when

    def arms(self, config: str) -> tuple[Arm, ...]:  # noqa: ARG002 (there is one config)
        """Return the arms."""
        return rows.arms(self.design)

    def columns(self, config: str) -> dict[str, Any]:  # noqa: ARG002 (as above)
        """Return the types of the columns beside those of every row: what each choice counts as."""
        from datasets import List, Value

        return {"choice_locales": List(List(Value("string")))}

    def gates(self, config: str) -> OwnGates:  # noqa: ARG002 (as above)
        """Return the gates, which have seen no row yet."""
        return OwnGates()

    def prompts(self, config: str, split: str) -> Iterator[Prompt]:  # noqa: ARG002 (as above)
        """Yield the rows of a split."""
        return rows.prompts(self.design, split)

    def sources(self) -> tuple[Source, ...]:
        """Return what the rows are taken from: the design's files."""
        revision = self.VERSION.partition("+")[2]
        return (
            Source(
                name=", ".join(self.design.files), taken="items, arms and cues", license=self.LICENSE,
                configs=self.CONFIGS, revision=f"blake2b:{revision}",
            ),
        )  # fmt: skip
