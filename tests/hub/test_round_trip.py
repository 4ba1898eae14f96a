"""The whole way over HTTP: publish, load at the tag, lm-eval on exported tasks, our own run, submit, leaderboard.

The clients are real and in processes of their own. Each step asserts that it used what the one before it made.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.client import USER, Client, client, environment
from hub.fixtures import built
from hub.server import Hub, running
from hub.store import WRITER
from ip_bench.files import read_json
from ip_bench.leaderboard.private import user_names
from ip_bench.release.recipes import recipe
from ip_bench.selfcheck import checkpoint

DATA, RESULTS, TINY, NULL = (f"some-org/{name}" for name in ("ip-cues", "results", "tiny", "null"))
VERSION = recipe("ip-cues").VERSION
TAG = f"v{VERSION}"
TASKS = ("ip_cues_cultural", "ip_cues_cultural_mc")


@pytest.fixture(scope="module")
def server() -> Iterator[Hub]:
    with running() as hub:
        yield hub


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trip")


@pytest.fixture(scope="module")
def few(home: Path) -> Path:
    return built(home / "ip-cues", slice(10, 18))  # seven of them in test, one in validation


@pytest.fixture(scope="module")
def user(server: Hub, home: Path, few: Path) -> Iterator[Client]:
    """Yield a client that has nothing yet; its dataset is what it will have fetched at the tag."""
    with client(server, home / "user", dataset=home / "fetched", locked=few) as process:
        yield process


def done(user: Client, *arguments: object) -> str:
    said = user.run(*arguments)
    assert said.code == 0, said.text
    return said.text


def effects(folder: Path, task: str) -> list[dict[str, Any]]:
    found = read_json(folder / "analysis.json")["tasks"][task]["effects"]
    return [{key: value for key, value in one.items() if key != "model"} for one in found]


def headline(folder: Path, task: str) -> dict[str, Any]:
    return next(one for one in effects(folder, task) if one["arm"] == "uk minus placebo")


def heads(hub: Hub) -> dict[Any, str]:
    return {key: repo.heads["main"] for key, repo in hub.store.repos.items()}


def entries(hub: Hub, model: str, revision: str = "main") -> list[dict[str, Any]]:
    text = hub.store.repos["model", model].at(revision).files[".eval_results/ip-bench.yaml"].data
    return list(yaml.safe_load(text))


def lm_eval(hub: Hub, home: Path, tasks: Path) -> subprocess.Popen[str]:
    """Start lm-eval's own command on the exported multiple-choice task and the published model."""
    arguments = [
        "run", "--model", "hf", "--model_args", f"pretrained={TINY}", "--tasks", TASKS[1], "--include_path", str(tasks),
        "--batch_size", "128", "--device", "cpu", "--apply_chat_template", "--log_samples",
        "--output_path", str(home / "lm-eval"),
    ]  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "lm_eval", *arguments], cwd=home, env=environment(hub, home / "other"), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_the_round_trip(server: Hub, user: Client, home: Path, few: Path) -> None:
    manifest = read_json(few / "manifest.json")["configs"]["cultural"]

    # Publish, and let main move on to a state in which nothing can be read: whatever is read below is at the tag.
    assert f"{DATA} {VERSION}: published, tag {TAG} set" in done(
        user, "publish", "ip-cues", "--namespace", "some-org", "--folder", few
    )
    data = server.dataset(DATA)
    commit = data.tags[TAG]
    assert commit == data.heads["main"]
    data.add("main", {}, "everything deleted", commit)
    for model, name in ((TINY, "tiny"), (NULL, "null")):
        user.upload(checkpoint(name), model)

    # Consume at the tag.
    for split, promised in manifest["splits"].items():
        assert user.content_hash(DATA, "cultural", split, TAG) == promised["content_hash"]
    user.fetch(DATA, "dataset", TAG, home / "fetched")
    fetched = read_json(home / "fetched" / "manifest.json")
    assert fetched["configs"]["cultural"]["content_hash"] == manifest["content_hash"]

    # Export, and give the tasks to lm-eval, which fetches data and model itself while the selfcheck goes on.
    done(user, "tasks", "export", "--namespace", "some-org", "--out", home / "tasks")
    shared = yaml.safe_load((home / "tasks" / "ip_cues" / "_choose_yaml").read_text())
    assert (shared["dataset_path"], shared["dataset_kwargs"]) == (DATA, {"revision": TAG})
    server.faults.plan(None)
    options = ("--model", "hf", "--batch-size", 128, "--device", "cpu")
    with lm_eval(server, home, home / "tasks") as theirs:
        assert "ip_cues_cultural_mini" in done(user, "selfcheck", *options, "--out", home / "selfcheck")
        printed, _ = theirs.communicate()
    assert theirs.returncode == 0, printed
    asked = [request for request in server.faults.log if request.startswith(f"GET /datasets/{DATA}/resolve/")]
    assert f"GET /datasets/{DATA}/resolve/{commit}/cultural/test.parquet" in asked
    assert {request.split("/resolve/")[1].partition("/")[0] for request in asked} <= {commit, TAG}
    done(user, "analyze", home / "lm-eval")

    # Our own run of the published model on the fetched data: by log-likelihood, the same effects to the digit.
    tasks = ("--task", TASKS[0], "--task", TASKS[1])
    done(user, "run", *options, *tasks, "--model-args", f"pretrained={TINY}", "--out", home / "tiny")
    run = read_json(home / "tiny" / "run.json")
    assert (run["model"], run["suite"], run["tasks"]) == (TINY, "full", sorted(TASKS))
    assert run["dataset"]["content_hash"]["cultural"] == manifest["content_hash"]
    assert effects(home / "tiny", TASKS[1]) == effects(home / "lm-eval", TASKS[1])

    # Submit: said, then done.
    to = ("--results-repo", RESULTS, "--dataset-repo", DATA)
    before = heads(server)
    said = done(user, "submit", "--results", home / "tiny", "--model-id", TINY, *to, "--dry-run")
    assert "a dry run: nothing was sent" in said
    assert (heads(server), ("dataset", RESULTS) in server.store.repos) == (before, False)
    done(user, "submit", "--results", home / "tiny", "--model-id", TINY, *to)
    listed = yaml.safe_load(data.at(TAG).files["eval.yaml"].data)["tasks"]
    sent = {one["dataset"]["task_id"]: one for one in entries(server, TINY)}
    assert list(sent) == ["cultural_uk"]  # the multiple-choice twin is among the results, and no listed measure
    assert sent.keys() <= {one["id"] for one in listed}
    place = f"{TINY}/ip-cues-{VERSION}/full"
    assert {f"{place}/samples_{task}.jsonl" for task in TASKS} <= {*server.dataset(RESULTS).at("main").files}
    entry = sent["cultural_uk"]
    assert entry["dataset"] == {"id": DATA, "task_id": "cultural_uk", "revision": commit}
    assert entry["value"] == round(100 * headline(home / "tiny", TASKS[0])["estimate"], 2)
    assert entry["source"]["url"] == f"{server.url}/datasets/{RESULTS}/tree/main/{place}"

    # Propose the other model's mini run, which the maintainers of both repositories merge.
    tasks = ("--suite", "mini", "--task", f"{TASKS[0]}_mini")
    done(user, "run", *options, *tasks, "--model-args", f"pretrained={NULL}", "--out", home / "null")
    before = heads(server)
    said = done(user, "submit", "--results", home / "null", "--model-id", NULL, *to, "--pr")
    assert heads(server) == before
    for kind, repo in (("dataset", RESULTS), ("model", NULL)):
        page = f"{server.url}/{'datasets/' if kind == 'dataset' else ''}{repo}"
        assert f"{page}/discussions/1" in said
        server.store.merge(kind, repo, 1)
    assert [one["dataset"]["task_id"] for one in entries(server, NULL)] == ["cultural_uk_mini"]

    # Fetch what was submitted: it passes the checks anew, and the page is made of it.
    user.fetch(RESULTS, "dataset", "main", home / "results")
    for model, suite in ((TINY, "full"), (NULL, "mini")):
        place = home / "results" / model / f"ip-cues-{VERSION}" / suite
        record = read_json(place / "submission.json")
        assert record["dataset"] == run["dataset"] | {"repo": DATA}
        assert (record["suite"], record["status"]) == (suite, "active")
        said = done(user, "submit", "--results", place, "--model-id", model, *to, "--dry-run")
        assert "nothing to send: it is there already" in said
    done(user, "leaderboard", home / "results", "--out", home / "site")
    shown = {
        (board["task"], row["model"]): row["estimate"]
        for board in read_json(home / "site" / "leaderboard.json")["boards"]
        for row in board["rows"]
    }
    assert shown == {
        (TASKS[0], TINY): headline(home / "tiny", TASKS[0])["estimate"],
        (TASKS[1], TINY): headline(home / "tiny", TASKS[1])["estimate"],
        (f"{TASKS[0]}_mini", NULL): headline(home / "null", f"{TASKS[0]}_mini")["estimate"],
    }
    page = (home / "site" / "index.html").read_text(encoding="utf-8")
    assert all(f">{model}</a>" in page for model in (TINY, NULL))

    private = {WRITER, str(home), str(Path.home()), USER, *user_names()}
    for repo in server.store.repos.values():  # nothing of this machine or its user is on the hub
        for made in repo.commits.values():
            assert not [one for one in private if one in made.title]
            for path, blob in made.files.items():
                assert not [one for one in private if one.encode() in blob.data], (repo.name, path)
