"""Content with a warning is behind a gate before any of it is on the hub, whatever goes wrong."""

from __future__ import annotations

import contextlib
import json
import shutil
from itertools import count
from pathlib import Path

import pytest
import yaml

from hub.cards import problems
from hub.faults import ALWAYS, Fault
from hub.fixtures import Version, kept, reset
from hub.server import Hub
from hub.store import READER, STRANGER, WRITER, Repo
from ip_bench.errors import IpBenchError
from ip_bench.hub.failures import HubError
from ip_bench.hub.load import load
from ip_bench.hub.publish import Published, publish
from ip_bench.hub.publish import send as send_release
from ip_bench.hub.remote import Remote
from ip_bench.hub.stage import stage
from ip_bench.release import recipes
from ip_bench.release.build import content_hashes
from ip_bench.release.cautions import CAUTIONS
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve

REPO = "some-org/ip-cues"
UNSAFE = ["unsafe_requests", "dialect"]


def send(folder: Path, **options: object) -> Published:
    given = {"namespace": "some-org", "token": WRITER, **options}
    return publish("ip-cues", folder=folder, **given)  # type: ignore[arg-type]


def holds_warned_content(repo: Repo) -> bool:
    """Return whether any commit of a repository, proposals included, has content with a warning."""
    manifests = [
        commit.files["manifest.json"].data for commit in repo.commits.values() if "manifest.json" in commit.files
    ]
    return any(config["warnings"] for data in manifests for config in json.loads(data)["configs"].values())


def settings(hub: Hub) -> list[str]:
    return [request for request in hub.faults.log if request.startswith("PUT") and request.endswith("/settings")]


def test_the_gate_is_shut_before_the_first_file_is_sent(hub: Hub, versions: Version) -> None:
    assert send(versions("1.0.0", warnings=UNSAFE)).state == "published"
    assert hub.dataset(REPO).gated == "auto"
    order = [request.rpartition("/")[2] for request in hub.faults.log if not request.startswith(("GET", "HEAD"))]
    assert order.index("settings") == order.index("create") + 1
    assert settings(hub) == [f"PUT /api/datasets/{REPO}/settings"]


def test_the_dialect_dataset_is_published_behind_a_gate(hub: Hub, education_dataset: Path) -> None:
    done = publish("ip-education", namespace="some-org", folder=education_dataset, token=WRITER)
    repo = hub.dataset("some-org/ip-education")
    assert (done.state, repo.gated) == ("published", "auto")
    tag = f"v{recipe('ip-education').VERSION}"
    files = repo.at(tag).files
    listed = yaml.safe_load(files["eval.yaml"].data)["tasks"]
    assert {one["config"] for one in listed} == set(recipe("ip-education").TASKS)
    assert f'load_dataset("some-org/ip-education", "education_requests", split="test", revision="{tag}")' in (
        files["README.md"].data.decode()
    )
    with pytest.raises(HubError, match="gated"):
        load("some-org/ip-education", "education_requests", "validation", revision=tag, token=STRANGER)
    rows = load("some-org/ip-education", "education_requests", "validation", revision=tag, token=WRITER)
    assert {*rows["outcome"]} == {"requirements"}
    again = publish("ip-education", namespace="some-org", folder=education_dataset, token=WRITER)
    assert again.state == "unchanged"


def test_the_dataset_with_unsafe_requests_is_published_behind_a_gate(
    hub: Hub, small_tradeoff: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = json.loads((small_tradeoff / "manifest.json").read_text(encoding="utf-8"))
    monkeypatch.setattr(recipes, "locked", lambda name, version: content_hashes(manifest))
    done = publish("ip-tradeoff", namespace="some-org", folder=small_tradeoff, token=WRITER)
    repo, tag = hub.dataset("some-org/ip-tradeoff"), f"v{recipe('ip-tradeoff').VERSION}"
    assert (done.state, repo.gated) == ("published", "auto")
    files = repo.at(tag).files
    listed = yaml.safe_load(files["eval.yaml"].data)["tasks"]
    assert {one["config"] for one in listed} == set(recipe("ip-tradeoff").TASKS)
    card = files["README.md"].data.decode()
    assert problems(card, "dataset") == ([], [])
    assert f'load_dataset("some-org/ip-tradeoff", "identity", split="test", revision="{tag}")' in card
    with pytest.raises(HubError, match="gated"):
        load("some-org/ip-tradeoff", "identity", "validation", revision=tag, token=STRANGER)
    rows = load("some-org/ip-tradeoff", "identity", "validation", revision=tag, token=WRITER)
    assert {*rows["outcome"]} == {"safe", "refused_benign", "correct"}


def test_content_without_a_warning_is_open(hub: Hub, versions: Version) -> None:
    for number, warnings in enumerate([[], ["identity"]]):
        send(versions(f"1.0.{number}", warnings=warnings))
    assert hub.dataset(REPO).gated is False
    assert settings(hub) == []


def test_a_later_version_with_a_warning_gates_the_dataset_for_good(hub: Hub, versions: Version) -> None:
    send(versions("1.0.0"))
    send(versions("1.1.0", warnings=["dialect"]))
    assert hub.dataset(REPO).gated == "auto"
    hub.faults.plan(None)
    send(versions("1.2.0"))
    assert hub.dataset(REPO).gated == "auto"  # the tag v1.1.0 is still there
    assert settings(hub) == []


def test_a_stricter_gate_of_the_owner_stays(hub: Hub, versions: Version) -> None:
    send(versions("1.0.0"))
    hub.dataset(REPO).gated = "manual"
    hub.faults.plan(None)
    send(versions("1.1.0", warnings=UNSAFE))
    assert hub.dataset(REPO).gated == "manual"
    assert settings(hub) == []


def test_a_gate_that_was_lifted_is_shut_again(hub: Hub, versions: Version) -> None:
    folder = versions("1.0.0", warnings=UNSAFE)
    send(folder)
    for tags in (True, False):
        hub.dataset(REPO).gated = False
        if not tags:
            hub.dataset(REPO).tags.clear()
        assert send(folder).state == ("unchanged" if tags else "tagged")
        assert hub.dataset(REPO).gated == "auto"


def test_a_version_that_is_refused_changes_no_settings(hub: Hub, versions: Version) -> None:
    send(versions("2.0.0"))
    hub.faults.plan(None)
    with pytest.raises(IpBenchError, match="main never goes back"):
        send(versions("1.0.0", warnings=UNSAFE))
    assert (hub.dataset(REPO).gated, settings(hub)) == (False, [])


def test_it_is_proposed_only_to_a_gated_dataset(hub: Hub, versions: Version) -> None:
    send(versions("1.0.0"))
    folder = versions("1.1.0", warnings=UNSAFE)
    said = r"is open to everybody, and ip-cues 1\.1\.0 has content with warnings \(dialect, unsafe_requests\)"
    for token in (READER, WRITER):
        with pytest.raises(IpBenchError, match=said):
            send(folder, pr=True, token=token)
    assert not holds_warned_content(hub.dataset(REPO))
    hub.dataset(REPO).gated = "auto"
    assert send(folder, pr=True, token=READER).state == "proposed"


def test_a_hub_that_does_not_gate_gets_nothing(hub: Hub, versions: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub import routes

    monkeypatch.setattr(routes, "_settings", lambda repo, call: routes.Reply({}))
    with pytest.raises(
        HubError, match="some-org/ip-cues cannot be gated: the hub took the setting and does not show it"
    ):
        send(versions("1.0.0", warnings=UNSAFE))
    assert not holds_warned_content(hub.dataset(REPO))


@pytest.mark.parametrize(
    ("kind", "times"), [("reset", 1), ("lost", 1), ("lost", ALWAYS), ("503", ALWAYS), ("truncated", 1)]
)
def test_warned_content_is_never_open_whichever_request_fails(
    hub: Hub, versions: Version, kind: str, times: int
) -> None:
    from huggingface_hub import constants

    folder = versions("1.0.0", warnings=UNSAFE)
    out = folder.with_name("release")
    out.mkdir()
    release = stage(folder, "ip-cues", REPO, out)
    before = kept(hub)
    for index in count():
        reset(hub, *before)
        shutil.rmtree(constants.HF_HUB_CACHE, ignore_errors=True)
        hub.faults.plan(Fault(kind, index, times))
        with contextlib.suppress(HubError):
            send_release(release, Remote(REPO, WRITER))
        assert all(repo.gated == "auto" for repo in hub.store.repos.values() if holds_warned_content(repo))
        if index >= len(hub.faults.log):  # publishing was done before this request
            assert index > 12, "so few requests cannot have been a gated publication"
            return
        hub.faults.plan(None)
        send_release(release, Remote(REPO, WRITER))
        assert (hub.dataset(REPO).gated, holds_warned_content(hub.dataset(REPO))) == ("auto", True)


# --- what a reader meets


def test_a_reader_agrees_first(hub: Hub, versions: Version) -> None:
    send(versions("1.0.0", warnings=UNSAFE))
    with pytest.raises(HubError, match="the dataset is gated; accept its terms on its page and log in"):
        load(REPO, "cultural", "validation", revision="v1.0.0", token=STRANGER)
    hub.dataset(REPO).allowed.add("stranger")
    assert len(load(REPO, "cultural", "validation", revision="v1.0.0", token=STRANGER)) > 0


def test_a_task_that_asks_a_gated_hub_says_what_to_do(
    hub: Hub, versions: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IP_BENCH_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("IP_BENCH_NAMESPACE", "some-org")
    send(versions("0.9.0", warnings=UNSAFE))
    with pytest.raises(HubError, match=r"reading some-org/ip-cues v0\.9\.0: the dataset is gated; accept its terms"):
        resolve("ip-cues", "0.9.0")
    hub.dataset(REPO).allowed.add("stranger")
    monkeypatch.setenv("HF_TOKEN", STRANGER)
    assert (resolve("ip-cues", "0.9.0") / "cultural" / "test.parquet").is_file()
    with pytest.raises(HubError, match=r"reading some-org/ip-cues v0\.8\.0: .*404"):
        resolve("ip-cues", "0.8.0")


def test_the_published_card_asks_for_what_the_warnings_say(hub: Hub, versions: Version) -> None:
    from huggingface_hub import DatasetCard

    send(versions("1.0.0", warnings=UNSAFE))
    text = hub.dataset(REPO).at("v1.0.0").files["README.md"].data.decode()
    card = DatasetCard(text, ignore_metadata_errors=False)
    card.validate(repo_type="dataset")  # the client asks the hub
    assert "not-for-all-audiences" in card.data.tags
    assert all(CAUTIONS[name].content in card.data.to_dict()["extra_gated_prompt"] for name in UNSAFE)
    assert "## Content warning" in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("{a: checkbox, b: {type: select, options: [x]}}", []),
        ("{a: tickbox}", ["\"extra_gated_fields\" must not hold 'tickbox'"]),
        ("{a: {type: select}}", ["\"extra_gated_fields\" must not hold {'type': 'select'}"]),
        ("[text]", ["\"extra_gated_fields\" must not hold ['text']"]),
    ],
)
def test_the_form_of_a_gate_is_checked(fields: str, said: list[str]) -> None:
    assert problems(f"---\nextra_gated_fields: {fields}\n---\n# Card\n", "dataset") == (said, [])
    assert problems("---\nextra_gated_prompt: [a]\n---\n", "dataset")[0] == ['"extra_gated_prompt" must be text']
