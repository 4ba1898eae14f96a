"""Does this installation recover planted effects? Run the reference model and compare with its truth."""

from __future__ import annotations

import dataclasses
import math
from importlib import resources
from pathlib import Path
from typing import Any

from ip_bench.analysis import analyze
from ip_bench.errors import UnknownNameError
from ip_bench.files import read_json
from ip_bench.harness.runner import Plan, run

MODELS = ("tiny", "null", "simulated")


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
    for config in ("cultural", "inference"):
        mean = record[config]["p_uk"]
        placebos = [value for arm, value in mean.items() if arm.startswith("placebo_")]
        effects = {"uk": mean["uk"] - mean["us"], "us": mean["us"] - mean["reference"], "repeat": 0.0}
        effects |= {arm: value - mean["reference"] for arm, value in mean.items() if arm.startswith("placebo_")}
        if placebos:
            effects["placebo"] = sum(placebos) / len(placebos) - mean["reference"]
            effects["uk minus placebo"] = effects["uk"] - effects["placebo"]
        if "explicit_us" in mean:
            effects["explicit_uk"] = mean["explicit_uk"] - mean["explicit_us"]
            effects["explicit_us"] = mean["explicit_us"] - mean["reference"]
        found[config] = effects
    return found


def simulated_truths(planted: dict[str, float]) -> dict[str, dict[str, float]]:
    """Return the true effects of the simulated model, which are its arguments."""
    placebo = planted["placebo"]
    arms = ("typo", "spacing", "synonym", "signoff")
    found = {}
    for config, words in (("cultural", planted["effect"]), ("inference", planted["first_stage"])):
        found[config] = {
            "uk": words, "us": 0.0, "repeat": 0.0, "explicit_uk": planted["explicit"], "explicit_us": 0.0,
            "placebo": placebo, "uk minus placebo": words - placebo,
            **{f"placebo_{arm}": placebo for arm in arms},
        }  # fmt: skip
    return found


def compare(analysis: dict[str, Any], truth: dict[str, dict[str, float]]) -> list[Check]:
    """Return a check for every generation effect whose truth is known."""
    checks = []
    for task, entry in analysis["tasks"].items():
        if entry["measure"] != "generation":
            continue
        for effect in entry["effects"]:
            known = truth[entry["config"]]
            unknown = effect["estimate"] is None or math.isnan(effect["estimate"])
            if effect["arm"] == "repeat" and unknown:
                continue  # greedy decoding has no noise to recover
            if effect["arm"] in known:
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
) -> list[Check]:
    """Run a reference model into folder `out` through a backend, analyze it, and return the checks.

    `plan` names the backend and its settings; its `pretrained` is the shipped checkpoint unless it names a model (an
    endpoint that serves the checkpoint, say).
    """
    if reference not in MODELS:
        raise UnknownNameError("reference model", reference, MODELS)
    if reference == "simulated":
        from ip_bench.harness.simulated import Simulated

        chosen = dataclasses.replace(plan or Plan(model="simulated"), model="simulated")
        truth = simulated_truths(Simulated(**dict(chosen.model_args)).planted)
    else:
        chosen = plan or Plan(model="hf", suite="mini", batch_size=128, log_likelihood=False)
        if not {"pretrained", "model"} & set(chosen.model_args):
            arguments = {**chosen.model_args, "pretrained": str(checkpoint(reference))}
            chosen = dataclasses.replace(chosen, model_args=arguments)
        truth = truths(reference)
    run(chosen, out, announce=announce, progress=progress)
    return compare(analyze(out), truth)
