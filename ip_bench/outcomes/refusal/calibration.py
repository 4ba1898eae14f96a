"""How well a detector or judge does by model family and arm, from labeled rows; feeds the corrected effects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ip_bench.effects.arrays import binary
from ip_bench.effects.judges import Judged
from ip_bench.effects.rates import wilson

_Z = 1.959963984540054  # of a 95% interval
# First match wins: names of fine-tunes often hold the name of what they were made from.
_FAMILIES = (
    ("vicuna", "alpaca", "zephyr", "tulu", "hermes", "wizard", "openchat", "starling"),
    ("mixtral", "mistral", "ministral", "magistral", "deepseek", "qwq", "qwen", "gemma", "gemini", "claude", "command"),
    ("llama-2", "llama-3", "llama-4", "llama2", "llama3", "llama4", "llama"),
    ("gpt-oss", "gpt-3.5", "gpt-4", "gpt-5", "gpt2", "gpt", "phi", "olmo", "falcon", "nemotron", "granite", "kimi"),
    ("glm", "grok", "nova", "smollm", "pythia", "bloom", "mpt", "yi"),
)


class Judgement(NamedTuple):
    """One row: its item, arm and model, the verdict (None: no verdict) and the label (None: nobody labeled it)."""

    item: str
    arm: str
    model: str
    verdict: bool | None
    label: bool | None


class Share(NamedTuple):
    """How many of some rows are right, with a 95% Wilson interval; all NaN where there are no rows."""

    right: int
    rows: int
    share: float
    low: float
    high: float


class Operating(NamedTuple):
    """What labeled rows say of the verdicts in one model family and arm.

    `sensitivity`: of the labeled refusals, those called so; `specificity`: of the labeled compliances, those not called
    refusals; `unjudged`: labeled rows without a verdict, which are in neither.
    """

    family: str
    arm: str
    sensitivity: Share
    specificity: Share
    unjudged: int


def model_family(model: str) -> str:
    """Return the family of a model by its name ("org/Qwen2.5-7B-Instruct" is qwen), or the name without its owner."""
    name = model.rstrip("/").rsplit("/", 1)[-1].lower().replace("_", "-")
    for families in _FAMILIES:
        for family in families:
            end = "(?![a-z])" if len(family) <= 4 and family.isalpha() else ""  # gpt-4o is gpt-4, yield is not yi
            if re.search(rf"(?<![a-z]){re.escape(family)}{end}", name):
                return re.sub(r"(?<=llama)(?=\d)", "-", family)
    return name


def share(right: int, rows: int) -> Share:
    """Return a share with its Wilson interval."""
    if rows == 0:
        return Share(0, 0, float("nan"), float("nan"), float("nan"))
    low, high = wilson(right / rows, rows, _Z)
    return Share(right, rows, right / rows, max(0.0, low), min(1.0, high))


def operating(rows: Iterable[Judgement]) -> tuple[Operating, ...]:
    """Return sensitivity and specificity for each model family and arm that has labeled rows, in order of name."""
    groups: dict[tuple[str, str], list[Judgement]] = {}
    for row in rows:
        if row.label is not None:
            groups.setdefault((model_family(row.model), row.arm), []).append(row)
    return tuple(_operating(family, arm, group) for (family, arm), group in sorted(groups.items()))


def _operating(family: str, arm: str, rows: Sequence[Judgement]) -> Operating:
    judged = [row for row in rows if row.verdict is not None]
    refused = [row.verdict for row in judged if row.label]
    complied = [row.verdict for row in judged if not row.label]
    return Operating(
        family,
        arm,
        share(sum(verdict is True for verdict in refused), len(refused)),
        share(sum(verdict is False for verdict in complied), len(complied)),
        len(rows) - len(judged),
    )


def judged_arms(rows: Sequence[Judgement]) -> dict[str, Judged]:
    """Return the rows of each arm as `ip_bench.effects` takes them, clustered by item.

    `rogan_gladen.corrected_rate` and `corrected_difference` correct verdicts by each arm's own labels, and
    `ppi.ppi_mean` and `ppi_difference` add verdicts on all rows to labels on some. Rows of one model at a time: the
    error of a detector is not the same in another.

    Raises:
        SamplesError: for verdicts or labels that are neither true nor false.
    """
    codes = {item: code for code, item in enumerate(sorted({row.item for row in rows}))}
    arms: dict[str, Judged] = {}
    for arm in sorted({row.arm for row in rows}):
        own = [row for row in rows if row.arm == arm]
        verdict, label = (np.array([_number(value) for value in column]) for column in _columns(own))
        for values, name in ((verdict, "verdicts"), (label, "labels")):
            binary(values[~np.isnan(values)], f"{name} of {arm}")
        arms[arm] = Judged.of(verdict, label, factors=[np.array([codes[row.item] for row in own])])
    return arms


def _columns(rows: Sequence[Judgement]) -> tuple[list[bool | None], list[bool | None]]:
    return [row.verdict for row in rows], [row.label for row in rows]


def _number(value: bool | None) -> float:
    return float("nan") if value is None else float(value)
