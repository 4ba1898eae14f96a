"""A version reaches the hub in one commit and one tag; what the hub holds decides what is sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from hub.server import Hub
from hub.store import READER, STRANGER, WRITER, Blob
from ip_bench.errors import IntegrityError, IpBenchError, UnknownNameError
from ip_bench.hub.canary import canary
from ip_bench.hub.failures import HubError
from ip_bench.hub.publish import Published, publish
from ip_bench.hub.stage import COMPANIONS
from ip_bench.release.recipes import recipe

CONFIGS = recipe("ip-cues").CONFIGS

REPO = "some-org/ip-cues"
HASH = "[0-9a-f]{64}"


def send(folder: Path, **options: object) -> Published:
    given = {"namespace": "some-org", "token": WRITER, **options}
    return publish("ip-cues", folder=folder, **given)  # type: ignore[arg-type]


def titles(hub: Hub) -> list[str]:
    return [re.sub(r" \(.*", "", commit.title) for commit in hub.dataset(REPO).history()]


# --- what is published


def test_a_version_is_one_commit_with_every_file_and_one_tag(hub: Hub, versions) -> None:
    folder = versions("1.0.0")
    done = send(folder)
    repo = hub.dataset(REPO)
    assert (done.state, done.tag, done.commit) == ("published", "v1.0.0", repo.heads["main"])
    assert done.url == f"{hub.url}/datasets/{REPO}/tree/v1.0.0"
    assert titles(hub) == ["ip-cues 1.0.0", "initial"]
    assert repo.tags == {"v1.0.0": repo.heads["main"]}
    parquet = [f"{config}/{split}.parquet" for config in CONFIGS for split in ("test", "validation")]
    files = repo.at("v1.0.0").files
    assert sorted(files) == sorted([".gitattributes", "eval.yaml", *COMPANIONS, *parquet])
    assert all(files[path].lfs and files[path].data == (folder / path).read_bytes() for path in parquet)


def test_the_card_passes_the_hubs_checks_and_names_the_canaries(hub: Hub, versions) -> None:
    from huggingface_hub import DatasetCard

    send(versions("1.0.0"))
    files = hub.dataset(REPO).at("main").files
    text = files["README.md"].data.decode()
    card = DatasetCard(text, ignore_metadata_errors=False)  # the commit also passed validate-yaml without a warning
    assert card.data.license == "cc-by-4.0"
    assert card.data.language == ["en"]
    assert [config["config_name"] for config in card.data.configs] == [*CONFIGS]
    manifest = json.loads(files["manifest.json"].data)
    for config, described in manifest["configs"].items():
        assert described["canary"] == canary("ip-cues", config, described["content_hash"])
        assert described["canary"] in text


def test_the_benchmark_file_names_every_measure_by_generation(hub: Hub, versions) -> None:
    send(versions("1.0.0"))
    said = yaml.safe_load(hub.dataset(REPO).at("main").files["eval.yaml"].data)
    assert list(said) == ["name", "description", "evaluation_framework", "tasks"]
    assert said["evaluation_framework"] == "inspect-ai"
    assert "`inspect eval hf/...` ends with an error" in said["description"]
    assert said["tasks"] == [
        {"id": f"{config}_uk{suite}", "config": config, "split": "test"}
        for config in CONFIGS
        for suite in ("", "_mini")
    ]


def test_croissant_describes_every_file_and_column(hub: Hub, versions) -> None:
    send(versions("1.0.0"))
    files = hub.dataset(REPO).at("main").files
    said = json.loads(files["croissant.json"].data)
    assert said["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    promised = {
        entry["contentUrl"].rpartition("/resolve/v1.0.0/")[2]: entry["sha256"] for entry in said["distribution"]
    }
    assert promised == {path: blob.sha256 for path, blob in files.items() if blob.lfs}
    fields = [field["name"].partition("/")[2] for field in said["recordSet"][0]["field"]]
    assert fields[:3] == ["row_id", "item_id", "arm"]
    assert {"prompt", "accepted", "edits", "choice_locales"} <= {*fields}


def test_nothing_of_this_machine_is_published(hub: Hub, versions, tmp_path: Path) -> None:
    folder = versions("1.0.0")
    (folder / "notes.txt").write_text(f"token {WRITER}", encoding="utf-8")
    (folder / ".env").write_text(f"HF_TOKEN={WRITER}", encoding="utf-8")
    send(folder)
    for path, blob in hub.dataset(REPO).at("main").files.items():
        for secret in (WRITER, str(tmp_path), str(Path.home()), hub.url):
            assert secret.encode() not in blob.data, path


# --- what is not sent


def test_the_same_content_twice_makes_no_commit(hub: Hub, versions) -> None:
    folder = versions("1.0.0")
    first = send(folder)
    hub.faults.plan(None)
    again = send(folder)
    assert (again.state, again.commit) == ("unchanged", first.commit)
    assert [request for request in hub.faults.log if not request.startswith(("GET", "HEAD"))] == []
    assert titles(hub) == ["ip-cues 1.0.0", "initial"]


@pytest.mark.parametrize("tagged", [True, False])
def test_changed_content_under_a_published_version_is_refused_before_anything_is_sent(
    hub: Hub, versions, tagged: bool
) -> None:
    send(versions("1.0.0"))
    if not tagged:
        hub.dataset(REPO).tags.clear()
    changed = versions("1.0.0", prompt=" Thanks!")
    hub.faults.plan(None)
    with pytest.raises(IntegrityError, match=f"cultural/validation with content hash {HASH}, this build has {HASH}"):
        send(changed)
    assert [request for request in hub.faults.log if not request.startswith(("GET", "HEAD"))] == []


def test_a_folder_that_is_not_the_locked_content_is_refused_before_the_hub_is_asked(hub: Hub, versions) -> None:
    versions("1.0.0")
    changed = versions("1.0.0", prompt=" Thanks!", lock=False)
    with pytest.raises(IntegrityError, match=f"has content hash {HASH}, locked is {HASH}"):
        send(changed)
    assert hub.faults.log == []


def test_gates_that_have_not_seen_every_row_are_refused(hub: Hub, versions) -> None:
    folder = versions("1.0.0")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["configs"]["cultural"]["gates"]["checked"]["rows"] -= 1
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(IntegrityError, match=r"ip-cues/cultural has [\d,]+ rows and its gates checked"):
        send(folder)


def test_main_never_goes_back(hub: Hub, versions) -> None:
    old, new = versions("1.0.0"), versions("2.0.0", prompt=" Thanks!")
    send(new)
    with pytest.raises(IpBenchError, match=r"has ip-cues 2\.0\.0, which is newer than 1\.0\.0; main never goes back"):
        send(old)
    assert titles(hub) == ["ip-cues 2.0.0", "initial"]


def test_an_older_version_that_is_there_stays_unchanged(hub: Hub, versions) -> None:
    old = versions("1.0.0")
    first = send(old)
    send(versions("2.0.0", prompt=" Thanks!"))
    assert send(old) == Published(**{**_fields(first), "state": "unchanged"})


def _fields(done: Published) -> dict[str, object]:
    return {name: getattr(done, name) for name in ("repo", "version", "state", "commit", "url")}


def test_another_dataset_is_not_overwritten(hub: Hub, versions) -> None:
    send(versions("1.0.0"))
    repo = hub.dataset(REPO)
    head = repo.at("main")
    other = json.loads(head.files["manifest.json"].data) | {"name": "ip-personas"}
    repo.tags.clear()
    repo.add("main", {**head.files, "manifest.json": Blob(json.dumps(other).encode())}, "other", head.sha)
    with pytest.raises(IntegrityError, match="holds ip-personas, not ip-cues"):
        send(versions("1.1.0"))


# --- what is completed


def test_a_whole_main_without_its_tag_is_only_tagged(hub: Hub, versions) -> None:
    folder = versions("1.0.0")
    first = send(folder)
    hub.dataset(REPO).tags.clear()
    again = send(folder)
    assert (again.state, again.commit) == ("tagged", first.commit)
    assert titles(hub) == ["ip-cues 1.0.0", "initial"]
    assert hub.dataset(REPO).tags == {"v1.0.0": first.commit}


def test_a_main_that_lost_a_file_is_made_whole(hub: Hub, versions) -> None:
    folder = versions("1.0.0")
    send(folder)
    repo = hub.dataset(REPO)
    repo.tags.clear()
    files = {path: blob for path, blob in repo.at("main").files.items() if path != "inference/test.parquet"}
    repo.add("main", files, "oops", repo.heads["main"])
    assert send(folder).state == "published"
    assert "inference/test.parquet" in repo.at("v1.0.0").files


def test_a_pending_version_is_tagged_before_the_next_one_replaces_it(hub: Hub, versions) -> None:
    first = send(versions("1.0.0"))
    hub.dataset(REPO).tags.clear()
    second = send(versions("1.1.0"))
    assert hub.dataset(REPO).tags == {"v1.0.0": first.commit, "v1.1.0": second.commit}


def test_files_of_the_old_version_go_and_others_stay(hub: Hub, versions) -> None:
    send(versions("1.0.0"))
    repo = hub.dataset(REPO)
    head = repo.at("main")
    manifest = json.loads(head.files["manifest.json"].data)
    manifest["configs"]["old"] = manifest["configs"]["cultural"] | {
        "splits": {"test": manifest["configs"]["cultural"]["splits"]["test"] | {"file": "old/test.parquet"}}
    }
    more = {"old/test.parquet": Blob(b"old", lfs=True), "picture.png": Blob(b"picture")}
    files = {**head.files, **more, "manifest.json": Blob(json.dumps(manifest).encode())}
    repo.add("main", files, "more", head.sha)
    send(versions("1.1.0"))
    assert "picture.png" in repo.at("main").files
    assert "old/test.parquet" not in repo.at("main").files


def test_a_private_dataset_is_seen_by_its_namespace_only(hub: Hub, versions) -> None:
    folder = versions("1.0.0")
    send(folder, private=True)
    assert hub.dataset(REPO).private
    assert send(folder).state == "unchanged"
    with pytest.raises(HubError, match="no right to do this"):
        send(folder, token=STRANGER)


# --- pull requests


def test_a_proposal_is_made_once_and_tagged_after_the_merge(hub: Hub, versions) -> None:
    send(versions("1.0.0"))
    folder = versions("1.1.0", prompt=" Thanks!")
    head = hub.dataset(REPO).heads["main"]
    for _ in range(2):
        done = send(folder, pr=True)
        assert (done.state, done.commit) == ("proposed", None)
        assert done.url == f"{hub.url}/datasets/{REPO}/discussions/1"
    repo = hub.dataset(REPO)
    assert (repo.heads["main"], list(repo.pulls), list(repo.tags)) == (head, [1], ["v1.0.0"])
    merged = hub.store.merge("dataset", REPO, 1)
    assert (send(folder).state, repo.tags["v1.1.0"]) == ("tagged", merged.sha)


def test_a_reader_may_propose(hub: Hub, versions) -> None:
    send(versions("1.0.0"))
    assert send(versions("1.1.0"), pr=True, token=READER).state == "proposed"


def test_a_proposal_needs_a_dataset_to_go_to(hub: Hub, versions) -> None:
    with pytest.raises(IpBenchError, match="does not exist or is hidden; a pull request needs a dataset"):
        send(versions("1.0.0"), pr=True)
    assert hub.store.repos == {}


# --- who may not


@pytest.mark.parametrize(
    ("token", "message"),
    [
        (None, r"making the dataset some-org/ip-cues: no such repository, or no valid token.*HTTP 401"),
        ("hf_nobodynobody", r"no valid token for it.*HTTP 401"),
        (READER, r"needs write access to the namespace.*HTTP 403"),
        (STRANGER, r"needs write access to the namespace.*'some-org'.*HTTP 403"),
    ],
)
def test_the_hubs_refusals_are_one_clear_error_without_the_token(hub: Hub, versions, token, message: str) -> None:
    folder = versions("1.0.0")
    with pytest.raises(HubError, match=message) as raised:
        send(folder, token=token)
    assert hub.store.repos == {}
    assert token is None or token not in str(raised.value)


def test_the_token_is_not_in_an_error_that_quotes_it(hub: Hub, versions, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub import routes

    said = routes.Reply({"error": f"cannot serve Bearer {WRITER} or hf_someothertoken"}, 400)
    monkeypatch.setattr("hub.server.answer", lambda store, call: said)
    with pytest.raises(HubError, match=r"cannot serve Bearer \(redacted\) or \(redacted\) \(HTTP 400\)"):
        send(versions("1.0.0"))


@pytest.mark.parametrize("namespace", ["", "a/b", "../x", "-x"])
def test_a_namespace_must_be_one(hub: Hub, versions, namespace: str) -> None:
    with pytest.raises(IpBenchError, match="is no namespace; name the user or organization"):
        send(versions("1.0.0"), namespace=namespace)
    assert hub.faults.log == []


def test_an_unknown_dataset_is_refused(hub: Hub) -> None:
    with pytest.raises(UnknownNameError, match="unknown dataset 'ip-x'; datasets are: ip-cues"):
        publish("ip-x", namespace="some-org")
