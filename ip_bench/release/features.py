"""The column types of a config, as `datasets.Features`; parquet files carry them in their schema."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def features(extra: dict[str, Any] | None = None) -> Any:
    """Return the Features of the core columns, in published order, followed by a family's own."""
    from datasets import Features, List, Value

    text, number = Value("string"), Value("int32")
    core = {
        "row_id": text, "item_id": text, "arm": text, "role": text, "family": text,
        "realization_id": text, "template_id": text, "replicate": number, "stratum": text, "dose": number,
        "system": text, "prompt": text, "choices": List(text), "gold": number, "accepted": List(List(text)),
        "outcome": text,
        "edits": List({"start": number, "end": number, "before": text, "after": text, "rule": text}),
        "topic": text, "source": text, "license": text,
    }  # fmt: skip
    return Features({**core, **(extra or {})})


def encoded(schema: pa.Schema) -> str:
    """Return an Arrow schema as text; a process that reads it needs no `datasets`, which takes a second to import."""
    return base64.b64encode(schema.serialize().to_pybytes()).decode("ascii")


def decoded(text: str) -> pa.Schema:
    """Return the schema that `encoded` wrote."""
    import pyarrow as pa

    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))
