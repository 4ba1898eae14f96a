"""Send a run to the hub: its entries to the model's repository, its results to a results dataset."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ip_bench.errors import IpBenchError
from ip_bench.files import write_jsonl
from ip_bench.leaderboard import every_eval
from ip_bench.leaderboard.headline import entries
from ip_bench.leaderboard.payload import Commit, Say, as_json, deliver, digest
from ip_bench.leaderboard.reference_check import finished
from ip_bench.leaderboard.repository import (
    ENTRIES,
    RECORD,
    head,
    measures,
    merged,
    parse_entries,
    read_submitted,
    read_text,
    tagged,
)
from ip_bench.leaderboard.submission import Submission, read_submission

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def submit(
    results: Path,
    *,
    model_id: str,
    dataset_repo: str,
    results_repo: str,
    pr: bool = False,
    dry_run: bool = False,
    selfcheck: Path | None = None,
    keep: Path | None = None,
    api: HfApi | None = None,
    say: Say | None = None,
) -> list[str]:
    """Send a run's entries to its model's repository and its results to a results dataset; returns the addresses.

    Both are read first, so that a submission that is there already is not sent again, and a replaced one is older.
    `dry_run` says every file that would be sent and sends nothing; `keep` names a folder to write these files to.

    Raises:
        IpBenchError: where the run may not be submitted (see `read_submission`), holds something private, is not newer
            than what it would replace, or the hub refuses.
    """
    found = read_submission(results, model_id, selfcheck=selfcheck)
    return deliver(
        lambda hub, scratch: _submission(hub, found, dataset_repo, results_repo, scratch),
        (model_id, dataset_repo, results_repo), pr=pr, dry_run=dry_run, keep=keep, api=api, say=say,
    )  # fmt: skip


def _submission(hub: HfApi, found: Submission, dataset_repo: str, results_repo: str, scratch: Path) -> list[Commit]:
    revision = tagged(hub, dataset_repo, found.run["dataset"])
    model_head = head(hub, found.model_id, "model")
    if model_head is None:
        raise IpBenchError(f"there is no model {found.model_id} on {hub.endpoint}; name the id it is published under")
    results_head = head(hub, results_repo, "dataset")
    old = read_submitted(hub, results_repo, found.place, results_head)
    files = _files(found, dataset_repo, scratch)
    record = _record(found, dataset_repo, files, old)
    commits = []
    if old is None or old.get("status") != "active" or old.get("files") != record["files"]:
        _check_replaces(found, old, results_repo)
        gone = sorted(set(old.get("files", {})) - set(record["files"])) if old and old.get("status") == "active" else []
        commits.append(
            Commit(
                repo_id=results_repo,
                repo_type="dataset",
                message=f"{'Replace' if old else 'Add'} {found.place}",
                files={
                    f"{found.place}/{name}": content for name, content in (*files.items(), (RECORD, as_json(record)))
                },
                deleted=tuple(f"{found.place}/{name}" for name in gone),
                parent=results_head,
            )
        )
    text = read_text(hub, found.model_id, "model", ENTRIES, model_head)
    listable = measures(hub, dataset_repo, revision)
    listed = merged(
        parse_entries(text, found.model_id),
        entries(
            [one for one in found.headlines if one.known and one.id in listable],
            dataset_repo=dataset_repo, revision=revision, run=found.run,
            source_url=f"{hub.endpoint}/datasets/{results_repo}/tree/main/{found.place}",
        ),
    )  # fmt: skip
    if listed != (text or merged([], [])):
        commits.append(
            Commit(
                repo_id=found.model_id,
                repo_type="model",
                message=f"Evaluation results of {found.dataset} {found.version}",
                files={ENTRIES: listed.encode()},
                parent=model_head,
            )
        )
    return commits


def _check_replaces(found: Submission, old: Mapping[str, Any] | None, results_repo: str) -> None:
    """Refuse to replace a submission of the same time or later."""
    if old is None:
        return
    if finished(found.run, "run.json") <= finished(old, f"{found.place}/{RECORD} of {results_repo}"):
        raise IpBenchError(
            f"{found.model_id} has a submission of a run that ended {old['finished']}; this one ended "
            f"{found.run['finished']}, and only a newer run replaces it"
        )


def _files(found: Submission, dataset_repo: str, scratch: Path) -> dict[str, bytes | Path]:
    samples = scratch / "samples.jsonl"
    name = every_eval.file_name(found)
    write_jsonl(samples, every_eval.details(found))
    with samples.open("rb") as lines:
        rows = sum(1 for _ in lines)
    described = {"file_path": f"{name}_samples.jsonl", "checksum": digest(samples), "total_rows": rows}
    made: dict[str, bytes | Path] = {
        f"{name}_samples.jsonl": samples,
        f"{name}.json": as_json(every_eval.record(found, dataset_repo=dataset_repo, details=described)),
        "selfcheck.json": as_json(found.selfcheck),
        "run.json": as_json(found.run),
        "analysis.json": as_json(found.analysis),
        "effects.json": as_json({task: entry["effects"] for task, entry in found.analysis["tasks"].items()}),
    }
    return made | {f"samples_{one.task}.jsonl": one.file for one in found.samples}


def _record(
    found: Submission, dataset_repo: str, files: Mapping[str, bytes | Path], old: Mapping[str, Any] | None
) -> dict[str, Any]:
    return {
        "model_id": found.model_id,
        "status": "active",
        "finished": found.run["finished"],
        "suite": found.run["suite"],
        "dataset": {**found.run["dataset"], "repo": dataset_repo},
        "ip_bench": found.run["ip_bench"],
        "headlines": [
            {
                "task": one.task,
                "id": one.id,
                "estimate": one.effect["estimate"],
                "interval": one.effect["ci_simultaneous"],
                "verdict": one.effect["verdict"],
            }
            for one in found.headlines
        ],
        "files": {name: digest(content) for name, content in sorted(files.items())},
        "history": _history(old),
    }


def _history(old: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return what was there before: a line for each replaced or withdrawn submission."""
    if old is None:
        return []
    kept = ("status", "finished", "ip_bench", "headlines", "reason", "withdrawn")
    before = {key: old[key] for key in kept if key in old}
    if before.get("status") == "active":
        before["status"] = "replaced"
    return [*old.get("history", []), before]
