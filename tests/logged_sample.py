"""A record of a samples file as the harness writes it."""

from __future__ import annotations

from typing import Any


def sample(row: dict[str, Any], response: Any = "999") -> dict[str, Any]:
    """Return the record of a row's response: a generation, or of a choice task the log-likelihoods of its choices."""
    return {
        "doc_id": 0,
        "doc": row,
        "target": "",
        "arguments": {"gen_args_0": {"arg_0": f"{row['system']}\n\n{row['prompt']}"}},
        "resps": [[response]],
        "filtered_resps": response if isinstance(response, list) else [response],
        "filter": "none",
        "doc_hash": "d",
        "prompt_hash": "p",
    }
