"""Metric modules for `evaluate.load`: `evaluate.load(str(metric_path("paired_effect")))` needs no network."""

from __future__ import annotations

from pathlib import Path

from ip_bench.errors import UnknownNameError

METRICS = ("paired_effect", "personalization_bias", "refusal_rates")


def metric_path(name: str) -> Path:
    """Return the file of a metric, to give to `evaluate.load`; raises UnknownNameError for another name."""
    if name not in METRICS:
        raise UnknownNameError("metric", name, METRICS)
    return Path(__file__).with_name(f"{name}.py")
