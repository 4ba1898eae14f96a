"""Does this installation recover planted effects? Run the reference model and compare with its truth."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from ip_bench import catalog
from ip_bench.analysis import analyze
from ip_bench.design import Contrast
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.files import read_json
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import run
from ip_bench.outcomes.measures import LOCALE, asked_placebos, measure
from ip_bench.progress import Progress
from ip_bench.release.recipes import recipe

MODELS = ("tiny", "null", "simulated")
#: The outcomes that effects are planted in.
OUTCOMES = ("uk", "correct")


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """One planted effect beside what was measured; `recovered` when the simultaneous interval holds the truth."""

    task: str
    contrast: str
    reference: str
    truth: float
    estimate: float
    low: float
    high: float
    verdict: str

    @property
    def recovered(self) -> bool:
        """Whether the simultaneous interval covers the truth."""
        return self.low <= self.truth <= self.high


def checkpoint(name: str) -> Path:
    """Return the folder of a shipped checkpoint ("tiny" or "null")."""
    if name not in MODELS[:2]:
        raise UnknownNameError("reference model", name, MODELS[:2])
    return Path(str(resources.files("ip_bench.builders.reference_model"))) / "checkpoints" / name


def truths(name: str) -> dict[str, dict[str, float]]:
    """Return the true effects of a checkpoint, by config and arm, from its exhaustive truth."""
    record = read_json(checkpoint(name).parents[1] / "truth.json")[name]
    found = {}
    for one in catalog.tasks().values():
        for outcome in OUTCOMES:
            if means := record.get(one.config, {}).get(f"p_{outcome}"):
                found[one.config] = true_effects(recipe(one.dataset).CONTRASTS[one.config], outcome, means)
    return found


def true_effects(contrasts: Iterable[Contrast], outcome: str, mean: Mapping[str, float]) -> dict[str, float]:
    """Return the effects that follow from the true means of arms, named as `Measure.members` names them."""
    known = mean.keys() | {"repeat"}
    mean = {"repeat": mean["reference"], **mean}
    effects = {}
    for contrast in contrasts:
        if contrast.outcome != outcome or not {contrast.arm, contrast.reference} <= known:
            continue
        effects[contrast.arm] = mean[contrast.arm] - mean[contrast.reference]
        if placebos := asked_placebos(contrast, set(known)):
            of_placebos = sum(mean[arm] for arm in placebos) / len(placebos) - mean[contrast.placebo_reference]
            effects[f"{contrast.arm} minus placebo"] = effects[contrast.arm] - of_placebos
            if contrast.primary and len(placebos) > 1:
                effects["placebo"] = of_placebos
    return effects


def simulated_truths(planted: dict[str, float]) -> dict[str, dict[str, float]]:
    """Return the true effects of the simulated model, which are its arguments."""
    from ip_bench.harness.simulated import raised

    found = {}
    for one in catalog.tasks().values():
        if one.dataset != "ip-cues" or measure(one.config) is not LOCALE:
            continue
        made = recipe(one.dataset)
        probing = one.config in made.FIRST_STAGE.values()
        arms = [arm for arm in made.arms(one.config) if arm.locale in {None, "us", "uk"}]
        mean = {arm.name: raised(planted, arm.name, arm.role, "uk", probing=probing) for arm in arms}
        found[one.config] = true_effects(made.CONTRASTS[one.config], "uk", mean)
    return found


def compare(analysis: dict[str, Any], truth: dict[str, dict[str, float]]) -> list[Check]:
    """Return a check for every generation effect whose truth is known."""
    checks = []
    for task, entry in analysis["tasks"].items():
        if entry["measure"] != "generation":
            continue
        for effect in entry["effects"]:
            known = truth.get(entry["config"], {})
            unknown = effect["estimate"] is None or math.isnan(effect["estimate"])
            if effect["arm"] == "repeat" and unknown:
                continue  # greedy decoding has no noise to recover
            if effect["arm"] in known and effect["outcome"] in OUTCOMES:
                low, high = effect["ci_simultaneous"]
                checks.append(
                    Check(
                        task,
                        effect["arm"],
                        effect["reference"],
                        known[effect["arm"]],
                        effect["estimate"],
                        low,
                        high,
                        effect["verdict"],
                    )
                )
    return checks


def selfcheck(
    out: Path,
    *,
    reference: str = "tiny",
    plan: Plan | None = None,
    announce: Any = None,
    progress: bool = True,
    watch: Progress | None = None,
) -> list[Check]:
    """Run a reference model into folder `out` through a backend, analyze it, and return the checks.

    `plan` names the backend and its settings; its `pretrained` is the shipped checkpoint unless it names a model (an
    endpoint that serves the checkpoint, say).
    """
    if reference not in MODELS:
        raise UnknownNameError("reference model", reference, MODELS)
    chosen = plan or Plan(model="hf", suite="mini", batch_size=128, log_likelihood=False)
    if reference == "simulated":
        from ip_bench.harness.simulated import Simulated

        chosen = dataclasses.replace(chosen, model="simulated")
        truth = simulated_truths(Simulated(**dict(chosen.model_args)).planted)
    else:
        if chosen.suite != "mini":
            raise IpBenchError(f"suite is {chosen.suite!r}; the reference models know the items of the mini suite only")
        if not {"pretrained", "model"} & set(chosen.model_args):
            arguments = {**chosen.model_args, "pretrained": str(checkpoint(reference))}
            chosen = dataclasses.replace(chosen, model_args=arguments)
        truth = truths(reference)
    if not chosen.tasks:
        chosen = dataclasses.replace(chosen, tasks=known_tasks(chosen, truth))
    run(chosen, out, announce=announce, progress=progress, watch=watch)
    return compare(analyze(out), truth)


def known_tasks(plan: Plan, truth: Mapping[str, object]) -> tuple[str, ...]:
    """Return the generation tasks of a plan's dataset and suite whose truth is known.

    Raises:
        IpBenchError: where there is none.
    """
    found = tuple(
        one.task
        for one in catalog.tasks().values()
        if (one.dataset, one.choice, one.mini) == (plan.dataset, False, plan.suite == "mini") and one.config in truth
    )
    if not found:
        raise IpBenchError(f"nothing is planted in {plan.dataset}; selfcheck knows the truth of {', '.join(truth)}")
    return found
