"""From a run's samples to its effects: declared contrasts, placebo-adjusted, adjusted for each other, and the ratio."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ip_bench.bounded import bounded
from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.exclusion import exclusion
from ip_bench.effects.paired import pair
from ip_bench.effects.wald import wald
from ip_bench.errors import SamplesError
from ip_bench.estimation import ALPHA, MARGIN, declared_contrasts, effects_of
from ip_bench.files import read_record, write_json, write_jsonl
from ip_bench.identities import by_identity, groups
from ip_bench.inferred import inferred
from ip_bench.judging.analyzed import effects_with_judge_error
from ip_bench.judging.audit import read_audit
from ip_bench.looks import Stopped, asked_rows, described, stopped_run
from ip_bench.mitigation.asking import condition_in
from ip_bench.mitigation.conditions import Condition
from ip_bench.outcomes.examples import FILE, Chosen, side_by_side
from ip_bench.outcomes.kinds import kinds_by_request
from ip_bench.outcomes.measures import TRADEOFF, AskersMeasure, measure
from ip_bench.outcomes.mentions import mention_effects, mentions_by_arm, thought
from ip_bench.outcomes.outcome import Measured, scored
from ip_bench.outcomes.refusal.judges import judge_by_name
from ip_bench.outcomes.refusal.names import RULES, shown_name
from ip_bench.outcomes.repeats import repeats, without_noise_floor
from ip_bench.outcomes.samples import TaskOutcomes, dataset_of, find_samples, read_outcomes
from ip_bench.outcomes.shared import shared
from ip_bench.own.known import register_written
from ip_bench.progress import Progress
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve, verify


def analyze(
    folder: Path,
    *,
    margin: float = MARGIN,
    alpha: float = ALPHA,
    allow_code: bool = False,
    judge: str = RULES,
    audit: Path | None = None,
    watch: Progress | None = None,
) -> dict[str, Any]:
    """Analyze a folder of samples; writes `analysis.json`, `effects.json` and `pairs.jsonl` and returns the analysis.

    Works on what `ip-bench run` wrote and on what `lm-eval run --log_samples --output_path` wrote. No model is needed.
    Code in responses is run, confined, only with `allow_code`. `judge` names what tells refusals of ip-tradeoff
    (`ip_bench.outcomes.refusal.judge_by_name`); `audit` is a record of its errors (`ip-bench judge-audit --out`),
    which are then carried into effects of refusals beside the plain ones.

    Raises:
        SamplesError: where the samples cannot be analyzed, or are of several datasets; every fault is named with its
            count.
    """
    register_written(folder)
    at, files = watch or Progress(), find_samples(folder)
    dataset = dataset_of(files)
    run = read_record(folder / "run.json") if (folder / "run.json").exists() else {}
    model = str(run.get("model", folder.resolve().name))
    version = recipe(dataset).VERSION
    data = resolve(dataset, version)
    manifest = verify(data, dataset, version)
    stopped = stopped_run(run, margin=margin, alpha=alpha)
    settings: dict[str, Any] = {
        "allow_code": allow_code,
        "condition": condition_in(folder, run),
        "judge": None if judge == RULES else judge_by_name(judge),
    }
    found = [
        read_outcomes(one, asked_rows(expected_rows(data, one.config, mini=one.mini), stopped), **settings)
        for one in at.each("reading samples of tasks", files)
    ]
    found.sort(key=lambda one: one.samples.task)
    pairs = {one.samples.task: _pairs(one, manifest, settings["condition"], len(found)) for one in found}
    tasks = {
        one.samples.task: _task(one, model, manifest, run, margin=margin, alpha=alpha, stopped=stopped)
        | {"pairs": pairs[one.samples.task].counts}
        for one in at.each("computing effects of tasks", found)
    }
    if audit is not None:
        _with_judge_error(tasks, found, manifest, read_audit(audit), model, judge, margin=margin, alpha=alpha)
    analysis = {
        "model": model,
        "run": run,
        "dataset": {
            "name": dataset,
            "version": version,
            "content_hash": {name: entry["content_hash"] for name, entry in manifest["configs"].items()},
        },
        "margin": margin,
        "alpha": alpha,
        "judge": shown_name(judge),
        "tasks": tasks,
        "wald": _ratios(found, margin=margin, alpha=alpha if stopped is None else stopped.level),
        "balance": {
            config: manifest["configs"][config]["gates"]["balance"]
            for config in dict.fromkeys(one.samples.config for one in found)
        },
    }
    if stopped is not None:
        analysis["sequential"] = _sequential(stopped, found, manifest, margin=margin)
    write_jsonl(folder / FILE, (pair for chosen in pairs.values() for pair in chosen.pairs))
    write_json(folder / "effects.json", {task: entry["effects"] for task, entry in tasks.items()})
    write_json(folder / "analysis.json", analysis)
    return analysis


def expected_rows(data: Path, config: str, *, mini: bool) -> dict[str, dict[str, Any]]:
    """Return the rows a task of this config asks, by `row_id`; the mini ones are chosen as the task chooses them."""
    from importlib import import_module

    import pyarrow.parquet as pq

    table = pq.read_table(data / config / "test.parquet")
    if mini:
        keys = table.select(["item_id", "arm"]).to_pylist()
        table = table.take(import_module("ip_bench.tasks.pinned").mini_rows(keys, config))
    rows = (row for batch in table.to_batches(max_chunksize=1_000) for row in batch.to_pylist())
    return {row["row_id"]: row for row in shared(rows)}


def _task(
    found: TaskOutcomes,
    model: str,
    manifest: dict[str, Any],
    run: dict[str, Any],
    *,
    margin: float,
    alpha: float,
    stopped: Stopped | None,
) -> dict[str, Any]:
    config = manifest["configs"][found.samples.config]
    contrasts = declared_contrasts(config, {one.arm for one in found.outcomes})
    if not contrasts:
        raise SamplesError(f"{found.samples.task}: none of the declared contrasts has both of its arms")
    labels = {"model": model, "dataset_hash": config["content_hash"]}
    how = measure(found.samples.config)
    settings: dict[str, Any] = {"margin": margin, "alpha": alpha, "stopped": stopped}
    effects = effects_of(how, found.outcomes, contrasts, **settings)
    noise = repeats(found, run)
    effects = without_noise_floor(effects, noise["note"])
    entry = {
        "config": found.samples.config,
        "measure": "log-likelihood" if found.samples.choice else "generation",
        "effects": [dataclasses.replace(effect, **labels).to_dict() for effect in effects],
        "arms": _arms(found.outcomes, config["arms"], contrasts),
        "noise": noise,
    }
    if not found.samples.choice and any(one.thinking_chars for one in found.outcomes):
        entry["mentions"] = _mentions(found, contrasts, margin=margin, alpha=alpha)
    if found.samples.config in recipe(found.samples.dataset).FIRST_STAGE.values():
        entry["inferred"] = inferred(found, alpha=alpha)
    if isinstance(how, AskersMeasure):
        level = alpha if stopped is None else stopped.level
        if how is TRADEOFF:
            entry["requests"] = kinds_by_request(found.outcomes)
        else:
            entry["bounds"] = bounded(found, config["arms"], alpha=level)
        own = groups(config["arms"], contrasts, {one.arm for one in found.outcomes})
        if len(own.identities) > 1:
            entry["tradeoff"] = by_identity(found.outcomes, own, margin=margin, alpha=level, labels=labels, how=how)
    if found.normalized:
        normalized = effects_of(how, found.normalized, contrasts, **settings)
        entry["effects_normalized"] = [dataclasses.replace(effect, **labels).to_dict() for effect in normalized]
    return entry


def _pairs(found: TaskOutcomes, manifest: Mapping[str, Any], condition: Condition | None, tasks: int) -> Chosen:
    """Return the pairs of a task that a report shows side by side."""
    contrasts = declared_contrasts(manifest["configs"][found.samples.config], {one.arm for one in found.outcomes})
    return side_by_side(found, contrasts, condition=condition, tasks=tasks)


def _with_judge_error(
    tasks: dict[str, Any],
    found: Sequence[TaskOutcomes],
    manifest: Mapping[str, Any],
    audit: Mapping[str, Any],
    model: str,
    judge: str,
    *,
    margin: float,
    alpha: float,
) -> None:
    """Add to the entries of tasks that a judge reads the effects with the judge's error carried."""
    for one in found:
        how = measure(one.samples.config)
        if how is TRADEOFF:
            config = manifest["configs"][one.samples.config]
            effects = effects_with_judge_error(
                one.outcomes, declared_contrasts(config, {row.arm for row in one.outcomes}), audit, how,
                model=model, margin=margin, alpha=alpha, judge=judge,
            )  # fmt: skip
            labeled = (dataclasses.replace(effect, dataset_hash=config["content_hash"]) for effect in effects)
            tasks[one.samples.task]["judge_error"] = [effect.to_dict() for effect in labeled]


def _mentions(found: TaskOutcomes, contrasts: Sequence[Contrast], *, margin: float, alpha: float) -> dict[str, Any]:
    """Return how often, by arm, the thinking names a background: the mediator as it shows, beside the one inferred."""
    rows = [thought(one, found.responses[one.row_id], opened=one.row_id in found.opened) for one in found.outcomes]
    effects = mention_effects(rows, contrasts, margin=margin, alpha=alpha)
    return {"arms": mentions_by_arm(rows, alpha=alpha), "effects": [effect.to_dict() for effect in effects]}


def _sequential(
    stopped: Stopped, found: Sequence[TaskOutcomes], manifest: dict[str, Any], *, margin: float
) -> dict[str, Any]:
    """Return the table of looks, computed again from the samples of the task that decided."""
    one = next((one for one in found if one.samples.task == stopped.looks.task), None)
    if one is None:
        raise SamplesError(f"run.json says that {stopped.looks.task} decided when to stop; its samples are missing")
    config = manifest["configs"][one.samples.config]

    def compute(outcomes: Sequence[Measured], alpha: float) -> list[Effect]:
        contrasts = declared_contrasts(config, {row.arm for row in outcomes})
        return effects_of(measure(one.samples.config), outcomes, contrasts, margin=margin, alpha=alpha)

    return described(stopped.looks, stopped.looks.review(one.outcomes, compute, stopped.place))


def _arms(
    outcomes: Sequence[Measured], arms: Sequence[dict[str, Any]], contrasts: Sequence[Contrast]
) -> list[dict[str, Any]]:
    """Return, per arm, the counts of every kind of response and the mean of each of its outcomes, its first one apart.

    An arm's outcomes are those of the contrasts that start from it; one without takes those of the primary contrast.
    """
    usual = [next((one for one in contrasts if one.primary), contrasts[0]).outcome]
    table = []
    for arm in arms:
        rows = [one for one in outcomes if one.arm == arm["name"]]
        if not rows:
            continue
        named = list(dict.fromkeys(one.outcome for one in contrasts if one.arm == arm["name"])) or usual
        means = {name: _mean([one.value(name) for one in rows]) for name in named}
        thinking = [one.thinking_chars for one in rows if one.thinking_chars]
        table.append(
            {
                "arm": arm["name"],
                "role": arm["role"],
                "rows": len(rows),
                "kinds": dict(sorted(Counter(one.kind for one in rows).items())),
                "outcome": named[0],
                "share": means[named[0]],
                "means": means,
                "thinking_rows": len(thinking),
                "thinking_chars_mean": round(sum(thinking) / len(thinking)) if thinking else 0,
            }
        )
    return table


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _ratios(found: Sequence[TaskOutcomes], *, margin: float, alpha: float) -> list[dict[str, Any]]:
    """Return the Wald ratio of each primary contrast with its Fieller set, where both stages were run the same way.

    With it comes the check of its assumption that the cue acts through the inference alone.
    """
    by_stage = {(one.samples.config, one.samples.choice, one.samples.mini): one for one in found}
    ratios = []
    for (config, choice, mini), reduced in sorted(by_stage.items()):
        made = recipe(reduced.samples.dataset)
        first = by_stage.get((made.FIRST_STAGE.get(config, ""), choice, mini))
        if first is None:
            continue
        stages = []
        for stage in (reduced, first):
            contrast = next(one for one in made.CONTRASTS[stage.samples.config] if one.primary)
            stages.append(pair(scored(stage.outcomes, contrast.outcome), contrast))
        ratio = wald(*stages, alpha=alpha)
        ratios.append(
            dataclasses.asdict(ratio)
            | {"text": ratio.describe(), "task": reduced.samples.task, "first_stage_task": first.samples.task}
            | {"exclusion": exclusion(*stages, margin=margin, alpha=alpha).to_dict()}
        )
    return ratios
