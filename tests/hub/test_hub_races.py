"""Many publishers at once: a version is committed once, and versions only rise."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest

from hub.fixtures import Version
from hub.server import Hub
from hub.store import WRITER
from ip_bench.errors import IpBenchError
from ip_bench.hub.publish import Published, send, title
from ip_bench.hub.remote import Remote
from ip_bench.hub.stage import Release, stage

REPO = "some-org/ip-cues"


def staged(folder: Path) -> Release:
    out = folder.with_name("release")
    out.mkdir()
    return stage(folder, "ip-cues", REPO, out)


def race(releases: list[Release]) -> list[Published | IpBenchError]:
    """Publish all at once and return what came of each."""
    start = Barrier(len(releases))

    def run(release: Release) -> Published | IpBenchError:
        start.wait()
        try:
            return send(release, Remote(REPO, WRITER))
        except IpBenchError as error:
            return error

    with ThreadPoolExecutor(len(releases)) as pool:
        return list(pool.map(run, releases))


def test_twenty_publishers_of_one_version_make_one_commit_and_one_tag(hub: Hub, versions: Version) -> None:
    release = staged(versions("1.0.0"))
    came = race([release] * 20)
    repo = hub.dataset(REPO)
    assert [commit.title for commit in repo.history()] == [title(release), "initial"]
    assert repo.tags == {"v1.0.0": repo.heads["main"]}
    assert {one.commit for one in came if isinstance(one, Published)} == {repo.heads["main"]}
    assert [one for one in came if not isinstance(one, Published)] == []
    assert "published" in {one.state for one in came if isinstance(one, Published)}


def test_a_head_that_moved_on_is_not_tagged(hub: Hub, versions: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = staged(versions("1.0.0")), staged(versions("2.0.0", prompt=" Thanks!"))
    remote, commit = Remote(REPO, WRITER), Remote.commit

    def late(self: Remote, *given: Any, **options: Any) -> Any:
        """Commit after others did both versions and no tag: the client has nothing to send, and names the head."""
        monkeypatch.setattr(Remote, "commit", commit)
        for release in (old, new):
            send(release, remote)
        hub.dataset(REPO).tags.clear()
        return SimpleNamespace(oid=hub.dataset(REPO).heads["main"], pr_url=None)

    monkeypatch.setattr(Remote, "commit", late)
    with pytest.raises(IpBenchError, match="main never goes back"):
        send(old, remote)
    assert hub.dataset(REPO).tags == {}


def test_distinct_versions_land_in_increasing_order_or_are_refused_by_name(hub: Hub, versions: Version) -> None:
    names = ["1.0.0", "1.0.1", "1.1.0", "2.0.0", "2.1.0", "10.0.0"]
    releases = [staged(versions(name, prompt=f" Thanks, {name}!")) for name in names]
    came = race([*releases[::-1], *releases])
    repo = hub.dataset(REPO)
    landed = [commit.title for commit in repo.history()][::-1][1:]
    assert landed == [title(release) for release in releases if title(release) in landed]
    assert landed[-1] == title(releases[-1])
    assert {tag: repo.at(tag).title for tag in repo.tags} == {
        release.tag: title(release) for release in releases if title(release) in landed
    }
    for release, one in zip([*releases[::-1], *releases], came, strict=True):
        if title(release) in landed:
            assert isinstance(one, Published), one
        else:
            assert "main never goes back" in str(one)
            assert release.version in str(one)
