"""Submissions to a hub: what lands there, what is not sent twice, what replaces what, and what a withdrawal leaves."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hub.server import Hub
from hub.store import READER, WRITER
from leaderboard.conftest import FINISHED, TASK, redated

from ip_bench.errors import IntegrityError, IpBenchError
from ip_bench.files import read_json, read_jsonl, write_json
from ip_bench.hub.failures import HubError
from ip_bench.leaderboard.every_eval import validator
from ip_bench.leaderboard.ranks import magnitude
from ip_bench.leaderboard.repository import ENTRIES
from ip_bench.leaderboard.site import leaderboard
from ip_bench.leaderboard.submit import submit
from ip_bench.leaderboard.withdraw import withdraw
from ip_bench.release.recipes import recipe

MODEL, DATA, RESULTS = "some-org/model", "some-org/ip-cues", "some-org/results"
VERSION = recipe("ip-cues").VERSION
TAG = f"v{VERSION}"
PLACE = f"{MODEL}/ip-cues-{VERSION}/mini"
LISTED = {
    "tasks": [{"id": name, "config": "cultural", "split": "test"} for name in ("cultural_uk", "cultural_uk_mini")]
}


@pytest.fixture
def published(hub: Hub, small: Path) -> Hub:
    """Return a hub with the dataset's tag and an empty model repository."""
    api = client(hub)
    for name, kind in ((DATA, "dataset"), (MODEL, "model")):
        api.create_repo(name, repo_type=kind)
    upload(hub, "manifest.json", (small / "manifest.json").read_bytes())
    upload(hub, "eval.yaml", yaml.safe_dump(LISTED).encode())
    api.create_tag(DATA, tag=TAG, repo_type="dataset")
    return hub


def client(hub: Hub, token: str = WRITER) -> Any:
    from huggingface_hub import HfApi

    return HfApi(endpoint=hub.url, token=token)


def upload(hub: Hub, path: str, content: bytes, repo: str = DATA, kind: str = "dataset") -> None:
    client(hub).upload_file(path_or_fileobj=content, path_in_repo=path, repo_id=repo, repo_type=kind)


def send(hub: Hub, folder: Path, token: str = WRITER, **options: Any) -> list[str]:
    given = {"model_id": MODEL, "dataset_repo": DATA, "results_repo": RESULTS, "api": client(hub, token)}
    return submit(folder, **(given | options))


def files(hub: Hub, name: str, kind: str, revision: str = "main") -> dict[str, bytes]:
    held = hub.store.repos[kind, name].at(revision).files
    return {path: blob.data for path, blob in held.items() if path != ".gitattributes"}


def record(hub: Hub) -> dict[str, Any]:
    return dict(json.loads(files(hub, RESULTS, "dataset")[f"{PLACE}/submission.json"]))


def heads(hub: Hub) -> dict[Any, str]:
    return {key: repo.heads["main"] for key, repo in hub.store.repos.items()}


def test_a_submission_lands_whole_and_once(published, results, tmp_path):
    from huggingface_hub import parse_eval_result_entries

    said: list[str] = []
    urls = send(published, results, say=said.append)
    assert [url.split("/commit/")[0] for url in urls] == [
        f"{published.url}/datasets/{RESULTS}", f"{published.url}/{MODEL}",
    ]  # fmt: skip

    (entry,) = parse_eval_result_entries(yaml.safe_load(files(published, MODEL, "model")[ENTRIES]))
    effect = read_json(results / "analysis.json")["tasks"][TASK]["effects"][1]
    assert effect["arm"] == "uk minus placebo"
    assert (entry.dataset_id, entry.task_id, entry.date) == (DATA, "cultural_uk_mini", FINISHED)
    assert entry.value == round(100 * effect["estimate"], 2)
    assert entry.dataset_revision == published.store.repos["dataset", DATA].tags[TAG]
    assert entry.source_url == f"{published.url}/datasets/{RESULTS}/tree/main/{PLACE}"
    low, high = effect["ci_simultaneous"]
    assert f"[{100 * low:+.1f}, {100 * high:+.1f}] (95%, simultaneous over 11 contrasts)" in entry.notes
    assert "mini suite" in entry.notes
    assert "(simulated)" in entry.notes
    assert entry.notes.endswith("Run as: model as stated by who submitted it.")

    sent = {path.removeprefix(f"{PLACE}/"): data for path, data in files(published, RESULTS, "dataset").items()}
    (name,) = [path.removesuffix(".json") for path in sent if path.startswith("data/") and path.endswith(".json")]
    assert name.startswith(f"data/ip-cues/{MODEL}/")
    assert sorted(sent) == [
        "analysis.json", f"{name}.json", f"{name}_samples.jsonl", "effects.json", "run.json", f"samples_{TASK}.jsonl",
        "selfcheck.json", "submission.json",
    ]  # fmt: skip
    assert sent[f"samples_{TASK}.jsonl"] == (results / f"samples_{TASK}.jsonl").read_bytes()

    aggregate = json.loads(sent[f"{name}.json"])
    assert list(validator("aggregate").iter_errors(aggregate)) == []
    (headline,) = [one for one in aggregate["evaluation_results"] if "uk minus placebo" in one["evaluation_name"]]
    found = headline["score_details"]
    assert (found["score"], found["details"]["effect"]) == (abs(effect["estimate"]), str(effect["estimate"]))
    ends = found["uncertainty"]["confidence_interval"]
    assert (ends["lower"], ends["upper"]) == magnitude((low, high))
    assert json.loads(found["details"]["ci_simultaneous"]) == [low, high]
    assert (headline["metric_config"]["min_score"], headline["metric_config"]["max_score"]) == (0, 2)
    assert "size of the effect" in headline["evaluation_name"]
    (tmp_path / "details.jsonl").write_bytes(sent[f"{name}_samples.jsonl"])
    samples = [one for _, one in read_jsonl(tmp_path / "details.jsonl")]
    rows = sum(arm["rows"] for arm in read_json(results / "analysis.json")["tasks"][TASK]["arms"])
    assert len(samples) == aggregate["detailed_evaluation_results"]["total_rows"] == rows
    assert [one for one in samples if list(validator("instance").iter_errors(one))] == []
    assert {one["evaluation_id"] for one in samples} == {aggregate["evaluation_id"]}
    uk = [one for one in samples if one["metadata"]["arm"] == "uk"]
    arms = read_json(results / "analysis.json")["tasks"][TASK]["arms"]
    (share,) = [arm["share"] for arm in arms if arm["arm"] == "uk"]
    assert sum(one["evaluation"]["score"] for one in uk) / len(uk) == pytest.approx(share)

    before = heads(published)
    assert send(published, results, say=said.append) == []
    assert said[-1] == "nothing to send: it is there already"
    assert heads(published) == before

    # What was sent passes the same checks, and is what the page is made from.
    folder = tmp_path / "download"
    for path, data in files(published, RESULTS, "dataset").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    assert send(published, folder / PLACE) == []
    page = leaderboard([folder], tmp_path / "site").read_text()
    assert f">{MODEL}</a>" in page


def test_a_dry_run_says_all_and_sends_nothing(published, results, tmp_path):
    said: list[str] = []
    before = heads(published)
    assert send(published, results, dry_run=True, keep=tmp_path / "kept", say=said.append) == []
    assert heads(published) == before
    assert ("dataset", RESULTS) not in published.store.repos
    text = "\n".join(said)
    for words in (
        f"dataset {RESULTS}: Add {PLACE}", f"model {MODEL}: Evaluation results of ip-cues {VERSION}",
        "task_id: cultural_uk_mini", '"status": "active"', "_samples.jsonl", "a dry run: nothing was sent",
    ):  # fmt: skip
        assert words in text, words
    assert str(Path.home()) not in text
    send(published, results)
    kept = tmp_path / "kept"
    assert (kept / "models" / MODEL / ENTRIES).read_bytes() == files(published, MODEL, "model")[ENTRIES]
    for path, data in files(published, RESULTS, "dataset").items():
        assert (kept / "datasets" / RESULTS / path).read_bytes() == data


def test_a_pull_request_leaves_main_alone(published, results):
    client(published).create_repo(RESULTS, repo_type="dataset")
    before = heads(published)
    urls = send(published, results, pr=True)
    assert urls == [f"{published.url}/datasets/{RESULTS}/discussions/1", f"{published.url}/{MODEL}/discussions/1"]
    assert heads(published) == before
    assert ENTRIES in files(published, MODEL, "model", "refs/pr/1")


def test_proposing_twice_makes_one_pull_request_and_other_results_another(published, results):
    client(published).create_repo(RESULTS, repo_type="dataset")
    urls = send(published, results, pr=True)
    assert send(published, results, pr=True) == urls
    published.store.merge("dataset", RESULTS, 1)
    assert send(published, results, pr=True) == urls[1:]
    redated(results, "2025-04-01T00:00:00+00:00")
    again = send(published, results, pr=True)
    assert [url.rpartition("/")[2] for url in again] == ["2", "2"]


def test_a_proposal_needs_a_repository(published, results):
    with pytest.raises(IpBenchError, match="there is no dataset some-org/results to propose anything to"):
        send(published, results, pr=True)
    assert ("dataset", RESULTS) not in published.store.repos


def test_only_a_newer_run_replaces_and_the_old_one_is_remembered(published, results):
    send(published, results)
    redated(results, "2025-02-01T12:00:00+00:00")
    with pytest.raises(IpBenchError, match=r"ended 2025-03-01.* only a newer run replaces it"):
        send(published, results)
    redated(results, "2025-04-01T14:00:00+02:00")
    send(published, results)
    now = record(published)
    assert (now["status"], now["finished"]) == ("active", "2025-04-01T14:00:00+02:00")
    assert len([path for path in files(published, RESULTS, "dataset") if "/data/" in path]) == 2
    assert [(one["status"], one["finished"]) for one in now["history"]] == [("replaced", FINISHED)]
    assert len(yaml.safe_load(files(published, MODEL, "model")[ENTRIES])) == 1


def test_a_withdrawal_leaves_a_tombstone_and_a_newer_run_may_follow(published, results, tmp_path):
    other = [{"dataset": {"id": "x/y", "task_id": "z"}, "value": 1}]
    upload(published, ENTRIES, yaml.safe_dump(other).encode(), MODEL, "model")
    send(published, results)
    assert len(yaml.safe_load(files(published, MODEL, "model")[ENTRIES])) == 2
    given = {"results_repo": RESULTS, "suite": "mini", "api": client(published)}
    when = datetime(2025, 5, 1, tzinfo=UTC)
    with pytest.raises(IpBenchError, match="needs a reason"):
        withdraw(MODEL, reason=" ", **given)
    withdraw(MODEL, reason="wrong\n  weights", when=when, **given)
    assert list(files(published, RESULTS, "dataset")) == [f"{PLACE}/submission.json"]
    gone = record(published)
    assert (gone["status"], gone["reason"], gone["withdrawn"]) == (
        "withdrawn", "wrong weights", "2025-05-01T00:00:00+00:00",
    )  # fmt: skip
    assert yaml.safe_load(files(published, MODEL, "model")[ENTRIES]) == other
    with pytest.raises(IpBenchError, match=r"was withdrawn on 2025-05-01.*: wrong weights"):
        withdraw(MODEL, reason="again", **given)
    with pytest.raises(IpBenchError, match="unknown suite 'tiny'; suites are: mini, full"):
        withdraw(MODEL, reason="r", **given | {"suite": "tiny"})
    with pytest.raises(IpBenchError, match=r"unknown version '\.\./\.\.' in ip-cues"):
        withdraw(MODEL, reason="r", version="../..", **given)
    with pytest.raises(IpBenchError, match="has no submission some-org/other"):
        withdraw("some-org/other", reason="r", **given)

    (tmp_path / "gone" / PLACE).mkdir(parents=True)
    write_json(tmp_path / "gone" / PLACE / "submission.json", gone)
    assert "wrong weights" in leaderboard([tmp_path / "gone"], tmp_path / "site").read_text()

    with pytest.raises(IpBenchError, match="only a newer run replaces it"):
        send(published, results)
    redated(results, "2025-05-15T00:00:00+00:00")
    send(published, results)
    assert [one["status"] for one in record(published)["history"]] == ["withdrawn"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"files": ["x"]}, r"at \$\.files"),
        (
            {"files": {"analysis.json": "0" * 64, "run.json": "0" * 64, "../../x/submission.json": "0" * 64}},
            "not match",
        ),
        ({"dataset": "x"}, r"at \$\.dataset"),
        ({"headlines": ["x"]}, r"at \$\.headlines\[0\]"),
        ({"history": None}, r"at \$\.history"),
        ({"model_id": "other/model"}, f"the record of other/model/ip-cues-{VERSION}/mini"),
    ],
)
def test_a_record_that_is_none_is_refused_and_left(published, results, more, said):
    send(published, results)
    upload(published, f"{PLACE}/submission.json", json.dumps(record(published) | more).encode(), RESULTS)
    before = heads(published)
    with pytest.raises(IpBenchError, match=f"mini/submission.json of {RESULTS} is .*{said}"):
        withdraw(MODEL, reason="r", suite="mini", results_repo=RESULTS, api=client(published))
    redated(results, "2025-04-01T00:00:00+00:00")
    with pytest.raises(IpBenchError, match=f"mini/submission.json of {RESULTS} is .*{said}"):
        send(published, results)
    assert heads(published) == before


def test_a_record_without_a_time_blames_the_record(published, results):
    send(published, results)
    upload(published, f"{PLACE}/submission.json", json.dumps(record(published) | {"finished": "x"}).encode(), RESULTS)
    redated(results, "2025-04-01T00:00:00+00:00")
    with pytest.raises(IpBenchError, match=f"{PLACE}/submission.json of {RESULTS} does not say when it ended"):
        send(published, results)


def test_the_only_entries_go_with_their_file(published, results):
    send(published, results)
    withdraw(MODEL, reason="r", suite="mini", results_repo=RESULTS, api=client(published))
    assert ENTRIES not in files(published, MODEL, "model")


def test_a_measure_that_the_benchmark_does_not_list_is_no_entry(published, results):
    upload(published, "eval.yaml", yaml.safe_dump({"tasks": LISTED["tasks"][:1]}).encode())
    client(published).delete_tag(DATA, tag=TAG, repo_type="dataset")
    client(published).create_tag(DATA, tag=TAG, repo_type="dataset")
    assert len(send(published, results)) == 1
    assert ENTRIES not in files(published, MODEL, "model")


def test_a_secret_in_a_response_stops_everything(published, results):
    file = results / f"samples_{TASK}.jsonl"
    text = file.read_text().replace('"target": ""', '"target": "hf_AbCdEfGhIjKlMnOpQrStUv"', 1)
    file.unlink()
    file.write_text(text)
    before = heads(published)
    with pytest.raises(IpBenchError, match=rf"a Hugging Face token in {PLACE}/samples_{TASK}\.jsonl, line 1") as caught:
        send(published, results)
    assert "AbCdEf" not in str(caught.value)
    assert heads(published) == before


def test_another_dataset_at_the_tag_is_refused(published, results, small):
    manifest = read_json(small / "manifest.json")
    manifest["configs"]["cultural"]["content_hash"] = "0" * 64
    upload(published, "manifest.json", json.dumps(manifest).encode())
    client(published).delete_tag(DATA, tag=TAG, repo_type="dataset")
    client(published).create_tag(DATA, tag=TAG, repo_type="dataset")
    with pytest.raises(IntegrityError, match=f"some-org/ip-cues {re.escape(TAG)} has content hashes"):
        send(published, results)


def test_what_is_not_on_the_hub_is_named(published, results):
    with pytest.raises(HubError, match=f"reading some-org/nothing at {re.escape(TAG)}"):
        send(published, results, dataset_repo="some-org/nothing")
    with pytest.raises(IpBenchError, match="there is no model some-org/missing"):
        send(published, results, model_id="some-org/missing")
    with pytest.raises(HubError, match="the token has no right") as caught:
        send(published, results, token=READER)
    assert READER not in str(caught.value)


def test_entries_that_cannot_be_read_are_left_alone(published, results):
    upload(published, ENTRIES, b"a: [", MODEL, "model")
    before = heads(published)
    with pytest.raises(IpBenchError, match=r"ip-bench\.yaml of some-org/model cannot be read"):
        send(published, results)
    assert heads(published) == before


def test_a_lost_race_is_said_and_the_next_try_completes(published, results):
    send(published, results)
    redated(results, "2025-04-01T00:00:00+00:00")
    api = client(published)
    create = api.create_commit

    def raced(*args: Any, **options: Any) -> Any:
        published.store.intrude()
        return create(*args, **options)

    api.create_commit = raced
    with pytest.raises(HubError, match=r"if it changed meanwhile, run this again.*HTTP 412"):
        send(published, results, api=api)
    assert len(send(published, results)) == 2
