"""The dataset `ip-bounds`: policies of organizations, wishes against and inside them, and in each arm another asker."""

from __future__ import annotations

from typing import Any

from ip_bench.design import Contrast
from ip_bench.errors import UnknownNameError
from ip_bench.release.recipes import Gates

from .arms import CONFIGS, IMPLICIT, STATED, arms, contrasts
from .gates import HintedGates, StatedGates
from .provenance import DATASET, LICENSE, SEEDS, sources
from .rows import SPLITS, prompts

__all__ = [
    "CHOICES", "CONFIGS", "CONTRASTS", "DATASET", "FIRST_STAGE", "LICENSE", "SEEDS", "SPLITS", "TASKS", "VERSION",
    "WARNINGS", "arms", "columns", "gates", "prompts", "sources",
]  # fmt: skip

VERSION = "1.0.0"
TASKS = CONFIGS
#: What a rule forbids or asks for has no log-likelihood.
CHOICES: tuple[str, ...] = ()
FIRST_STAGE: dict[str, str] = {}
CONTRASTS: dict[str, tuple[Contrast, ...]] = {config: contrasts(config) for config in CONFIGS}
WARNINGS: dict[str, tuple[str, ...]] = {
    STATED: ("unsafe_requests", "identity"),
    IMPLICIT: ("unsafe_requests", "identity", "dialect"),
}


def columns(config: str) -> dict[str, Any]:
    """Return the types of a config's own columns; the configs have the same ones.

    `kind` is what a case is about, `conflict` which tiers stand against each other ("3-2", "3-1", "2-1", or nothing),
    `rule` the rule at stake, `wish` the wish or exception, `serves` the benefits and risks behind the rule, `checks`
    how a response is read, as JSON, `judge` a question where words do not tell. `request` is what is asked, without a
    word on the asker; `identity` who that is said or hinted to be.
    """
    from datasets import List, Value

    if config not in CONFIGS:
        raise UnknownNameError("config", config, CONFIGS, where=DATASET)
    text, number = Value("string"), Value("int32")
    edit = {"start": number, "end": number, "before": text, "after": text, "rule": text}
    before = dict.fromkeys(("kind", "policy", "conflict", "rule", "wish"), text)
    behind = dict.fromkeys(("checks", "judge", "hazard", "request", "identity"), text)
    return {**before, "serves": List(text), **behind, "system_edits": List(edit)}


def gates(config: str) -> Gates:
    """Return the gates of a config, which have seen no row yet."""
    return HintedGates(config) if config == IMPLICIT else StatedGates(config)
