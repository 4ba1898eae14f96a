"""The lm-eval tasks: they register, pin their data, emit paired effects, and give nan where there is no evidence."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lm_eval import simple_evaluate
from lm_eval.tasks import TaskManager

from ip_bench import catalog
from ip_bench.analysis import expected_rows
from ip_bench.harness.plan import known_tasks, tasks_folder
from ip_bench.harness.simulated import Simulated
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve
from ip_bench.selfcheck import checkpoint

pytestmark = pytest.mark.usefixtures("dataset")

GENERATION = tuple(one for one in catalog.tasks().values() if one.dataset == "ip-cues" and not one.choice)
LOCALE = tuple(f"ip_cues_{config}{tail}" for config in ("cultural", "names", "places") for tail in ("_mini", "_mc"))


def manager(**metadata: object) -> TaskManager:
    return TaskManager(include_path=str(tasks_folder()), include_defaults=False, metadata=metadata or None)


def evaluate(model: Simulated, task: str = "ip_cues_cultural_mini", **settings: object) -> dict:
    return simple_evaluate(model=model, tasks=[task], task_manager=manager(), bootstrap_iters=0, **settings)


class DropsSystem(Simulated):
    """A model whose chat template loses the system role, as some real ones do."""

    def apply_chat_template(self, chat_history, add_generation_prompt=True):
        return "\n".join(turn["content"] for turn in chat_history if turn["role"] != "system")


def test_every_task_and_group_registers():
    names = set(catalog.tasks()) | set(catalog.groups())
    assert set(known_tasks()) == names
    assert set(manager().all_tasks) >= names


@pytest.mark.parametrize("task", LOCALE)
def test_task_loads_its_pinned_rows(task):
    loaded = manager().load([task])["tasks"][task]
    asked = catalog.task(task)
    assert loaded.VERSION == recipe(asked.dataset).VERSION
    arms = set(loaded.eval_docs["arm"])
    assert {"us", "uk", "reference", "repeat", "placebo_typo", "explicit_uk"} <= arms
    assert ("au" in arms) == (task == "ip_cues_cultural_mc")
    assert {"effect_uk", "effect_uk_ci_low", "effect_uk_ci_high", "n_pairs", "mean_uk", "mean_us"} <= set(
        loaded.aggregation()
    )


@pytest.mark.parametrize("asked", GENERATION, ids=lambda one: one.task)
def test_mini_rows_are_whole_items_of_the_full_task(asked):
    rows = expected_rows(resolve(asked.dataset, recipe(asked.dataset).VERSION), asked.config, mini=asked.mini).values()
    held: dict[str, set[str]] = {}
    for row in rows:
        held.setdefault(row["item_id"], set()).add(row["arm"])
    primary = next(one for one in recipe(asked.dataset).CONTRASTS[asked.config] if one.primary)
    needed = {primary.arm, primary.reference, primary.placebo_reference, *primary.placebos}
    assert sum(needed <= arms for arms in held.values()) > 0.5 * len(held)


def test_model_arguments_cannot_move_the_pin():
    plain = manager().load(["ip_cues_cultural_mini"])["tasks"]["ip_cues_cultural_mini"]
    moved = manager(version="9.9.9", config="other", revision="x", mini=False).load(["ip_cues_cultural_mini"])
    task = moved["tasks"]["ip_cues_cultural_mini"]
    assert task.eval_docs["row_id"] == plain.eval_docs["row_id"]
    assert task.VERSION == plain.VERSION == recipe("ip-cues").VERSION
    assert set(task.aggregation()) == set(plain.aggregation())


def test_few_shot_examples_are_reference_rows_of_other_items_and_the_same_for_every_arm():
    task = manager().load(["ip_cues_cultural_mini"])["tasks"]["ip_cues_cultural_mini"]
    docs = task.fewshot_docs()
    assert set(docs["arm"]) == {"reference"}
    assert not set(docs["item_id"]) & set(task.eval_docs["item_id"])
    task.set_fewshot_seed(1)
    rows = [doc for doc in task.eval_docs if doc["item_id"] == task.eval_docs[0]["item_id"]]
    starts = {task.fewshot_context(doc, 2).split(doc["prompt"])[0] for doc in rows}
    assert len(starts) == 1


def test_metrics_are_the_paired_effects(dataset: Path):
    results = evaluate(Simulated(effect=0.35))["results"]["ip_cues_cultural_mini"]
    low, effect, high = (results[f"effect_uk{end},none"] for end in ("_ci_low", "", "_ci_high"))
    assert low < 0.35 < high
    assert low < effect < high
    rows = expected_rows(dataset, "cultural", mini=True).values()
    assert results["n_pairs,none"] == sum(row["arm"] == "uk" for row in rows)
    assert effect == pytest.approx(results["mean_uk,none"] - results["mean_us,none"])
    assert results["effect_uk_stderr,none"] == "N/A"
    assert results["answered,none"] == 1


def test_log_likelihood_twin_has_the_normalized_score_beside_the_raw_one():
    results = evaluate(Simulated(), "ip_cues_cultural_mc_mini")["results"]["ip_cues_cultural_mc_mini"]
    assert math.isfinite(results["effect_uk,none"])
    assert math.isfinite(results["effect_uk_norm,none"])


def test_limit_gives_no_effect():
    results = evaluate(Simulated(), limit=7)["results"]["ip_cues_cultural_mini"]
    effects = {name: value for name, value in results.items() if name.startswith("effect_") and "stderr" not in name}
    assert all(math.isnan(value) for value in effects.values())


def test_dropped_system_role_gives_no_effect():
    results = evaluate(DropsSystem(), apply_chat_template=True)["results"]["ip_cues_cultural_mini"]
    assert results["answered,none"] == 0
    assert math.isnan(results["effect_uk,none"])
    assert math.isnan(results["mean_uk,none"])


def test_empty_responses_are_no_outcomes():
    results = evaluate(Simulated(empty=1.0))["results"]["ip_cues_cultural_mini"]
    assert results["answered,none"] == 0
    assert math.isnan(results["effect_uk,none"])


def test_plain_harness_command(tmp_path: Path, dataset: Path):
    """What a harness user types, with none of our command line: the real CLI, the real hf backend."""
    where = str(tasks_folder())
    command = [
        sys.executable, "-m", "lm_eval", "run", "--tasks", "ip_cues_cultural_mini", "--include_path", where,
        "--model", "hf", "--model_args", f"pretrained={checkpoint('tiny')}", "--metadata", '{"version": "9.9"}',
        "--device", "cpu", "--batch_size", "64",
        "--limit", "120", "--log_samples", "--output_path", str(tmp_path),
    ]  # fmt: skip
    environment = {**os.environ, "IP_BENCH_DATA": str(dataset), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    results = json.loads(next(tmp_path.rglob("results_*.json")).read_text())["results"]["ip_cues_cultural_mini"]
    assert results["n_pairs,none"] == 12
    assert math.isfinite(results["effect_uk,none"])
