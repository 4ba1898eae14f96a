"""The white-box check of a model on the cultural config, rendered as the harness renders it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ip_bench.analysis import expected_rows
from ip_bench.errors import UnknownNameError
from ip_bench.estimation import declared_contrasts
from ip_bench.harness.models import load_model, placed
from ip_bench.harness.plan import Plan
from ip_bench.harness.suites import SUITES
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve, verify
from ip_bench.whitebox.probe import Probed, probe
from ip_bench.whitebox.states import OpenModel

DATASET, CONFIG = "ip-cues", "cultural"


def probe_model(
    plan: Plan, *, arm: str, reference: str, margin: float, alpha: float, say: Callable[[str], None]
) -> Probed:
    """Load a plan's model and check it on one declared contrast of the cultural config.

    Raises:
        UnknownNameError: for a suite that is none, or a contrast that is not declared.
        IpBenchError: where the model cannot be loaded or its layers not be found.
        SamplesError: where there are too few rows.
    """
    if plan.suite not in SUITES:
        raise UnknownNameError("suite", plan.suite, SUITES)
    version = recipe(DATASET).VERSION
    data = resolve(DATASET, version)
    manifest = verify(data, DATASET, version)
    rows = list(expected_rows(data, CONFIG, mini=plan.suite == "mini").values())
    declared = declared_contrasts(manifest["configs"][CONFIG], {row["arm"] for row in rows})
    known = {f"{one.arm} against {one.reference}": one for one in declared}
    if (name := f"{arm} against {reference}") not in known:
        raise UnknownNameError("contrast", name, list(known))
    lm = load_model(plan)
    _, template = placed(plan, lm, (f"ip_cues_{CONFIG}",))
    say(f"chat template: {template['text_hash'] or 'none'} ({template['why']})")

    def render(row: Mapping[str, Any]) -> str:
        if not template["applied"]:
            return f"{row['system']}\n\n{row['prompt']}"
        messages = [{"role": "system", "content": row["system"]}, {"role": "user", "content": row["prompt"]}]
        return str(lm.apply_chat_template(messages))

    # After "Answer:" a choice begins with a space; after a template's opening of the reply it does not.
    before = "" if template["applied"] else " "
    opened = OpenModel.of(lm.model, lm.tok_encode, int(plan.batch_size))
    return probe(
        opened, rows, render, contrast=known[name], margin=margin, alpha=alpha,
        answer=lambda choice: f"{before}{choice}", say=say,
    )  # fmt: skip
