"""Personalization within bounds: whether it is right, as data."""

from ip_bench.bounds.appraisal import (
    SCHOOLS,
    Appraisal,
    Appraisals,
    Items,
    Judgment,
    appraisal,
    combined,
    items_of,
    load,
    rendered,
)

__all__ = [
    "SCHOOLS",
    "Appraisal",
    "Appraisals",
    "Items",
    "Judgment",
    "appraisal",
    "combined",
    "items_of",
    "load",
    "rendered",
]
