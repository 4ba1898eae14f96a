"""JSON Schemas (draft 2020-12) of every record that leaves a step, and the validators made from them."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any

from ip_bench.errors import UnknownNameError

NAMES = (
    "analysis", "appraisal", "cohorts", "comparison", "cued", "design", "effect", "item", "judge_audit", "manifest",
    "mitigation", "outcome", "pair", "policy", "prompt", "report", "run", "selfcheck", "slot", "submission",
)  # fmt: skip


def schema(name: str) -> dict[str, Any]:
    """Return a schema by name; raises UnknownNameError for another name."""
    if name not in NAMES:
        raise UnknownNameError("schema", name, NAMES)
    text = (resources.files(__package__) / f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@lru_cache(maxsize=len(NAMES))
def validator(name: str) -> Any:
    """Return a compiled `jsonschema` validator of a schema; schemas name each other by file, as `effect.json`."""
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    registry: Registry[Any] = Registry().with_resources(
        (f"{one}.json", Resource.from_contents(schema(one))) for one in NAMES
    )
    return Draft202012Validator(schema(name), registry=registry)
