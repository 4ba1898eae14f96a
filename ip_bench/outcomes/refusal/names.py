"""Names of judges: what forms there are, told before a run, and how a name is shown after it."""

from __future__ import annotations

from pathlib import Path

from ip_bench.errors import UnknownNameError
from ip_bench.outcomes.refusal.judges import KINDS
from ip_bench.redaction import redacted, scrubbed

RULES = "rules"


def checked_name(name: str) -> str:
    """Return a judge's name as it came; raises UnknownNameError for one of no known form. Nothing is loaded."""
    kind, _, rest = name.partition(":")
    known = rest and (kind in {"file", "classifier", "causal"} or (kind in {"http", "https"} and "#" in rest))
    if name != RULES and not known:
        raise UnknownNameError("refusal judge", name, KINDS)
    return name


def shown_name(name: str) -> str:
    """Return a judge's name without folders of this machine, users in addresses, or secrets."""
    kind, colon, rest = name.partition(":")
    if kind in {"http", "https"}:
        return scrubbed(str(redacted({"base_url": name})["base_url"]))
    path = Path(rest)
    return scrubbed(f"{kind}{colon}{path.name if path.is_absolute() or path.exists() else rest}")
