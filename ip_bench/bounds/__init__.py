"""Personalization within bounds: whether it is right, as data."""

from ip_bench.bounds.appraisal import (
    SCHOOLS,
    Appraisal,
    Appraisals,
    Items,
    Judgment,
    appraisal,
    combined,
    load,
    rendered,
    taxonomy,
)

__all__ = [
    "SCHOOLS",
    "Appraisal",
    "Appraisals",
    "Items",
    "Judgment",
    "appraisal",
    "combined",
    "load",
    "rendered",
    "taxonomy",
]
