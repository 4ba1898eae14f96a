"""Read the content of the generated tasks; every error names the file, the line and the fix."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any

from ip_bench.errors import ContentError

_KEYS = {
    "below_zero": {"wording_id", "text"},
    "deduction": {"wording_id", "text", "ask", "rules"},
    "knowledge": {"fact_id", "field", "answer", "wrong", "wordings", "source"},
    "truth_table": {"wording_id", "text", "things", "rules"},
}


@lru_cache(maxsize=8)
def records(name: str) -> tuple[dict[str, Any], ...]:
    """Return the records of a content file, in its order; raises ContentError for one without the keys of its kind."""
    path = resources.files("ip_bench.builders.tradeoff") / "content" / "utility" / f"{name}.jsonl"
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise ContentError(f"{path.name}:{number}: not JSON ({error.msg}): {line[:80]!r}") from error
        if not isinstance(record, dict) or record.keys() != _KEYS[name]:
            raise ContentError(
                f"{path.name}:{number}: a record has the keys {', '.join(sorted(_KEYS[name]))}: {line[:80]!r}"
            )
        found.append(record)
    return tuple(found)
