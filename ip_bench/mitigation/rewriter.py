"""Rewrite the messages of tasks beforehand, with any model; the file is given to runs of that or another model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ip_bench import catalog
from ip_bench.analysis import expected_rows
from ip_bench.errors import IpBenchError
from ip_bench.harness.models import chosen_template, load_model
from ip_bench.harness.plan import Plan, tasks_of
from ip_bench.mitigation.asking import condition_of
from ip_bench.mitigation.rewriting import Wanted, counts, rewrite, wanted, write_rewrites
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve


def rewrite_messages(plan: Plan, out: Path, *, announce: Callable[[str], None] | None = None) -> dict[str, int]:
    """Write what a plan's model makes of the messages of its tasks, under its mitigation, and return counts of rows.

    Messages that `plan.rewrites` holds are kept and not asked again.

    Raises:
        IpBenchError: for a mitigation that does not rewrite, or a model that cannot be loaded.
    """
    say = announce or (lambda text: None)  # noqa: ARG005
    condition = condition_of(str(plan.mitigation), plan.dataset, plan.rewrites)
    if condition.mitigation.kind != "rewrite":
        raise IpBenchError(f"{plan.mitigation} rewrites nothing; name rewrite_identity")
    data = resolve(plan.dataset, recipe(plan.dataset).VERSION)
    names = [task for name in tasks_of(plan) for task in catalog.groups().get(name, (name,))]
    asked = [catalog.task(name) for name in names]
    rows = {one.task: list(expected_rows(data, one.config, mini=one.mini).values()) for one in asked}
    needed: dict[str, Wanted] = {}
    for one in asked:
        needed |= wanted(condition, rows[one.task], one.config)
    say(f"messages to rewrite: {len(needed):,}; rewritten before: {len(condition.rewrites):,}")
    lm = load_model(plan)
    made = rewrite(lm, needed, chat_template=bool(chosen_template(plan, lm)["applied"]))
    full = replace(condition, rewrites={**condition.rewrites, **made})
    write_rewrites(out, full.rewrites)
    total: Counter[str] = Counter()
    for one in asked:
        total += counts(full, rows[one.task], one.config)
    return dict(sorted(total.items()))
