"""A submission as a record of Every Eval Ever (schema 0.3.0): all effects with intervals, and every sample."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from ip_bench.analysis import expected_rows
from ip_bench.leaderboard.headline import adjusted_together, is_number
from ip_bench.leaderboard.identity import described
from ip_bench.leaderboard.ranks import magnitude, reach_of
from ip_bench.leaderboard.reference_check import finished
from ip_bench.leaderboard.submission import Submission
from ip_bench.looks import asked_rows, stopped_run
from ip_bench.outcomes.outcome import Measured
from ip_bench.outcomes.samples import TaskSamples, read_outcomes
from ip_bench.release.resolve import resolve

SCHEMA_VERSION = "0.3.0"
LEVELS = ("aggregate", "instance")
LOCAL = ("hf", "simulated", "vllm")  # backends that load the model themselves


def record(submission: Submission, *, dataset_repo: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the aggregate record; `details` describes the file of samples (path, checksum, rows).

    Effects without a number have no place in the format and are counted in the library's details.
    """
    run = submission.run
    when = str(int(finished(run, "run.json").timestamp()))
    results, without = [], 0
    for task, entry in sorted(submission.analysis["tasks"].items()):
        for effect in entry["effects"]:
            if is_number(effect["estimate"]):
                results.append(_result(task, entry, effect, submission, dataset_repo))
            else:
                without += 1
    made = {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": evaluation_id(submission),
        "evaluation_timestamp": when,
        "retrieved_timestamp": when,
        "source_metadata": {
            "source_name": "ip-bench",
            "source_type": "evaluation_run",
            "source_organization_name": dataset_repo.partition("/")[0],
            "evaluator_relationship": "other",
        },
        "eval_library": {
            "name": "lm_eval",
            "version": str(run["versions"].get("lm-eval", "unknown")),
            "additional_details": {"ip_bench": str(run["ip_bench"]), "effects_without_a_number": str(without)},
        },
        "model_info": {
            "name": submission.model_id.partition("/")[2],
            "id": submission.model_id,
            "developer": submission.model_id.partition("/")[0],
            "inference_engine": {
                "name": str(run["backend"]),
                "version": str(run["versions"].get("transformers" if run["backend"] == "hf" else run["backend"], "")),
            },
            "additional_details": {
                "deployment_type": "self_deployed" if run["backend"] in LOCAL else "unknown",
                "model_availability": "unknown",
                "run_as": str(run["model"]),
                "as_run": described(run) or "the id itself",
            },
        },
        "evaluation_results": results,
        "detailed_evaluation_results": {"format": "jsonl", "hash_algorithm": "sha256", **details},
    }
    validator("aggregate").validate(made)
    return made


def file_name(submission: Submission) -> str:
    """Return the path that the format wants, without its end: data/<benchmark>/<org>/<model>/<a version 4 UUID>.

    The UUID is made from the evaluation's id, so that the same run has the same files.
    """
    digest = hashlib.blake2b(evaluation_id(submission).encode(), digest_size=16).digest()
    return f"data/{submission.dataset}/{submission.model_id}/{uuid.UUID(bytes=digest, version=4)}"


def evaluation_id(submission: Submission) -> str:
    """Return the id that the aggregate record and its samples share."""
    when = int(finished(submission.run, "run.json").timestamp())
    return f"{submission.dataset}-{submission.run['suite']}/{submission.model_id.replace('/', '_')}/{when}"


def details(submission: Submission) -> Iterator[dict[str, Any]]:
    """Yield a record per sample: what was asked, what came back, and what it was read as.

    All are made alike, so the first of each task is held to the schema.
    """
    data = resolve(submission.dataset, submission.version)
    check = validator("instance")
    declared = {name: submission.analysis[name] for name in ("margin", "alpha")}
    stopped = stopped_run(dict(submission.run), **declared)  # a run that stopped at a look asked fewer items
    for samples in sorted(submission.samples, key=lambda one: one.task):
        expected = asked_rows(expected_rows(data, samples.config, mini=samples.mini), stopped)
        found = read_outcomes(samples, expected)
        for place, outcome in enumerate(found.outcomes):
            row = expected[outcome.row_id]
            made = _sample(submission, samples, outcome, row, found.responses[outcome.row_id])
            if place == 0:
                check.validate(made)
            yield made


@lru_cache(maxsize=len(LEVELS))
def validator(level: str) -> Any:
    """Return the validator of what this package writes of the format: "aggregate" or "instance" (draft-07)."""
    from jsonschema import Draft7Validator

    text = (resources.files(__package__) / "every_eval_ever.json").read_text(encoding="utf-8")
    return Draft7Validator(json.loads(text)[level])


def _result(
    task: str, entry: Mapping[str, Any], effect: Mapping[str, Any], submission: Submission, dataset_repo: str
) -> dict[str, Any]:
    low, high = magnitude(effect["ci_simultaneous"])
    level = 1 - effect["alpha"]
    uncertainty: dict[str, Any] = {
        "confidence_interval": {
            "lower": low,
            "upper": high,
            "confidence_level": level,
            "method": (
                f"{effect['method']}; simultaneous over {adjusted_together(entry, effect)} contrasts; "
                "size of the effect"
            ),
        },
        "num_samples": effect["n_rows"],
    }
    if is_number(effect["se"]):
        uncertainty["standard_error"] = {"value": effect["se"], "method": f"{effect['method']}; signed effect"}
    generation = submission.run["generation"] if entry["measure"] == "generation" else {}
    own = {key: one.get(task) if isinstance(one, Mapping) else one for key, one in generation.items()}
    arguments = {"temperature": own.get("temperature"), "max_tokens": own.get("max_gen_toks")}
    said = {
        "effect": str(effect["estimate"]),
        "ci_simultaneous": json.dumps(effect["ci_simultaneous"]),
        "ci": json.dumps(effect["ci"]),
        "p_adjusted": str(effect["p_adjusted"]),
        "verdict": effect["verdict"],
        "margin": str(effect["margin"]),
        "n_items": str(effect["n_items"]),
        "n_realizations": str(effect["n_realizations"]),
        "note": effect["note"],
    }
    return {
        "evaluation_name": f"{task}: {effect['arm']} against {effect['reference']}, size of the effect",
        "source_data": {
            "dataset_name": f"{submission.dataset}/{entry['config']}",
            "source_type": "hf_dataset",
            "hf_repo": dataset_repo,
            "hf_split": "test",
            "samples_number": sum(arm["rows"] for arm in entry["arms"]),
            "additional_details": {"version": submission.version, "content_hash": effect["dataset_hash"]},
        },
        "evaluation_timestamp": submission.run["finished"],
        "metric_config": {
            "evaluation_description": f"{effect['estimand']} ({entry['measure']}, suite {submission.run['suite']})",
            "lower_is_better": True,
            "score_type": "continuous",
            "min_score": 0,
            "max_score": reach_of(effect),
            "additional_details": {"direction": "how far the answer moves, either way; details.effect has the sign"},
        },
        "score_details": {
            "score": abs(effect["estimate"]),
            "details": {key: value for key, value in said.items() if value},
            "uncertainty": uncertainty,
        },
        "generation_config": {
            "generation_args": {key: value for key, value in arguments.items() if value is not None},
            "additional_details": {"chat_template": str(submission.run["chat_template"].get("text_hash") or "none")},
        },
    }


def _sample(
    submission: Submission, samples: TaskSamples, outcome: Measured, row: Mapping[str, Any], response: str
) -> dict[str, Any]:
    asked = f"{row['system']}\n\n{row['prompt']}"
    right = [
        form
        for forms, locales in zip(row["accepted"], row.get("choice_locales") or (), strict=False)
        if row["outcome"] in locales
        for form in forms
    ]
    share = outcome.value(row["outcome"])
    return {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": evaluation_id(submission),
        "model_id": submission.model_id,
        "evaluation_name": samples.task,
        "sample_id": row["row_id"],
        "sample_hash": hashlib.sha256((asked + "".join(right)).encode()).hexdigest(),
        "interaction_type": "single_turn",
        "input": {"raw": asked, "reference": right, "choices": list(row["choices"])},
        "output": {"raw": [response]},
        "messages": None,
        "answer_attribution": [
            {
                "turn_idx": 0,
                "source": "output.raw",
                "extracted_value": outcome.text,
                "extraction_method": "highest log-likelihood" if samples.choice else "accepted forms in the first line",
                "is_terminal": True,
            }
        ],
        "evaluation": {"score": share or 0.0, "is_correct": bool(share), "num_turns": 1},
        "error": None if outcome.answered else f"no outcome: {outcome.kind}",
        "metadata": {
            key: str(row[key]) for key in ("item_id", "arm", "role", "realization_id", "template_id", "outcome")
        },
    }
