"""Take a submission back: its files and entries go, a tombstone stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.harness.suites import SUITES
from ip_bench.leaderboard.payload import Commit, Say, as_json, deliver
from ip_bench.leaderboard.repository import ENTRIES, RECORD, head, merged, parse_entries, read_submitted, read_text
from ip_bench.leaderboard.submission import checked_model_id
from ip_bench.release.recipes import locked, recipe

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def withdraw(
    model_id: str,
    *,
    results_repo: str,
    reason: str,
    dataset: str = "ip-cues",
    suite: str = "full",
    version: str | None = None,
    pr: bool = False,
    dry_run: bool = False,
    when: datetime | None = None,
    api: HfApi | None = None,
    say: Say | None = None,
) -> list[str]:
    """Take a submission back: its files and entries go, and a record stays that says so; returns the addresses.

    Raises:
        IpBenchError: where there is no such submission, it is withdrawn already, or no reason is given.
        UnknownNameError: for a suite or dataset version that does not exist.
    """
    checked_model_id(model_id)
    said = " ".join(reason.split())
    if not said or not said.isprintable():
        raise IpBenchError("a withdrawal needs a reason in plain text, which stays public (--reason)")
    if suite not in SUITES:
        raise UnknownNameError("suite", suite, SUITES)
    known = version or recipe(dataset).VERSION
    locked(dataset, known)
    place = f"{model_id}/{dataset}-{known}/{suite}"
    stamp = (when or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    return deliver(
        lambda hub, _: _withdrawal(hub, model_id, results_repo, place, said, stamp),
        (model_id, results_repo), pr=pr, dry_run=dry_run, keep=None, api=api, say=say,
    )  # fmt: skip


def _withdrawal(hub: HfApi, model_id: str, results_repo: str, place: str, reason: str, stamp: str) -> list[Commit]:
    results_head = head(hub, results_repo, "dataset")
    old = read_submitted(hub, results_repo, place, results_head)
    if old is None:
        raise IpBenchError(f"{results_repo} has no submission {place}; nothing was withdrawn")
    kept = ("model_id", "finished", "suite", "dataset", "ip_bench", "headlines", "history")
    tombstone = {key: old[key] for key in kept if key in old}
    tombstone |= {"status": "withdrawn", "withdrawn": stamp, "reason": reason}
    commits = []
    if old["status"] != "withdrawn":
        commits.append(
            Commit(
                repo_id=results_repo,
                repo_type="dataset",
                message=f"Withdraw {model_id}: {reason}"[:200],
                files={f"{place}/{RECORD}": as_json(tombstone)},
                deleted=tuple(f"{place}/{name}" for name in sorted(old["files"])),
                parent=results_head,
            )
        )
    model_head = head(hub, model_id, "model")
    text = read_text(hub, model_id, "model", ENTRIES, model_head)
    listed = parse_entries(text, model_id)
    ids = {one["id"] for one in old["headlines"]}
    left = [one for one in listed if one.dataset_id != old["dataset"]["repo"] or one.task_id not in ids]
    if len(left) != len(listed):
        commits.append(
            Commit(
                repo_id=model_id,
                repo_type="model",
                message=f"Withdraw evaluation results of {old['dataset']['name']}",
                files={ENTRIES: merged(left, []).encode()} if left else {},
                deleted=() if left else (ENTRIES,),
                parent=model_head,
            )
        )
    if not commits:
        raise IpBenchError(f"{place} was withdrawn on {old.get('withdrawn')}: {old.get('reason')}")
    return commits
