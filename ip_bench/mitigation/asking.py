"""A run under a condition: its tasks ask under it, after rewriting messages where it needs that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ip_bench.errors import IpBenchError
from ip_bench.mitigation.conditions import Condition, condition, recorded
from ip_bench.mitigation.rewriting import FILE, Wanted, counts, read_rewrites, rewrite, wanted


def condition_of(name: str, dataset: str, rewrites: Path | None) -> Condition:
    """Return the condition of a run before it starts.

    Raises:
        UnknownNameError: for a mitigation that does not exist.
        IpBenchError: for another dataset than ip-tradeoff, or rewrites for a condition that takes none.
    """
    found = condition(name)
    if dataset != "ip-tradeoff":
        raise IpBenchError(
            f"--mitigation is for ip-tradeoff, whose rows say where the request starts; not for {dataset}"
        )
    if rewrites is None:
        return found
    if found.mitigation.kind != "rewrite":
        raise IpBenchError(f"--rewrites is for the mitigations that rewrite; {name} does not")
    return replace(found, rewrites=read_rewrites(rewrites))


def apply(
    found: Condition,
    tasks: Mapping[str, Any],
    lm: Any,
    *,
    chat_template: bool,
    limit: int | None,
    say: Callable[[str], None],
) -> tuple[Condition, dict[str, Any]]:
    """Have lm-eval tasks ask under a condition; return it, with the rewrites that it needed, and the record of it."""
    record = found.to_dict()
    if found.mitigation.kind == "rewrite":
        rows = {name: _rows(task, limit) for name, task in tasks.items()}
        asked: dict[str, Wanted] = {}
        for name, task in tasks.items():
            asked |= wanted(found, rows[name], task.config_name)
        say(f"messages to rewrite first: {len(asked):,}; rewritten before: {len(found.rewrites):,}")
        made = rewrite(lm, asked, chat_template=chat_template)
        found = replace(found, rewrites={**found.rewrites, **made})
        total: Counter[str] = Counter()
        for name, task in tasks.items():
            total += counts(found, rows[name], task.config_name)
        record["rows"] = dict(sorted(total.items()))
        say("rows by rewriting: " + ", ".join(f"{what} {count:,}" for what, count in record["rows"].items()))
    for task in tasks.values():
        task.mitigate(found)
    return found, record


def condition_in(folder: Path, run: Mapping[str, Any]) -> Condition | None:
    """Return the condition of a finished run, None where it had none; raises IpBenchError for a broken record."""
    if (record := run.get("mitigation")) is None:
        return None
    if not isinstance(record, Mapping):
        raise IpBenchError(f"run.json does not say how the run was mitigated (mitigation: {record!r})")
    return recorded(record, read_rewrites(folder / FILE) if record.get("kind") == "rewrite" else {})


def _rows(task: Any, limit: int | None) -> list[Mapping[str, Any]]:
    docs = task.eval_docs
    return list(docs.select(range(min(len(docs), limit))) if limit else docs)
