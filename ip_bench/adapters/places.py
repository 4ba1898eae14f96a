"""Where the files of an outside set are: a local file or folder, or a hub repository at one commit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from glob import escape
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ip_bench.adapters.declared import Adapter
from ip_bench.errors import IpBenchError

_COMMIT = re.compile(r"[0-9a-f]{40}")


class Hub(NamedTuple):
    """A set's hub repository at a commit.

    Each field left out is the declared one. `files` are patterns of file names, for a repository that keeps the set
    in other files than the declared ones; the rows are held to the same count and hash.
    """

    commit: str | None = None
    repo: str | None = None
    files: tuple[str, ...] = ()


class Files(NamedTuple):
    """The files of a place, by their names in it, and the place as a source says it.

    `only` are patterns that take the place of the declared ones, where the user named files.
    """

    source: str
    names: tuple[str, ...]
    at: Path | Hub
    only: tuple[str, ...] = ()

    def matching(self, patterns: Iterable[str]) -> list[str]:
        """Return the names that match a pattern, sorted."""
        wanted = self.only or tuple(patterns)
        return [name for name in self.names if any(PurePosixPath(name).match(pattern) for pattern in wanted)]

    def path(self, name: str) -> Path:
        """Return the local path of a file; from the hub it is downloaded into the client's cache.

        Raises:
            HubError: where the hub refuses or does not answer.
        """
        if isinstance(self.at, Path):
            return self.at / name
        from ip_bench.hub.remote import Remote

        repo, commit = str(self.at.repo), str(self.at.commit)
        if (path := Remote(repo).download(name, commit)) is None:
            raise IpBenchError(f"{repo}@{commit} lists {name} and has no such file")
        return path


def files_at(adapter: Adapter, where: Path | Hub) -> Files:
    """Return the files of a place.

    Raises:
        IpBenchError: for a path where nothing is, a revision that is no commit, or a set without a pinned one.
        HubError: where the hub refuses or does not answer.
    """
    if isinstance(where, Path):
        return _local(adapter, where)
    repo, commit = where.repo or adapter.repo, where.commit or adapter.commit
    folder = f"read it from a local copy: read({adapter.name!r}, Path(FOLDER))"
    if commit is None:
        raise IpBenchError(
            f"no commit of {repo} is pinned for {adapter.name}; {folder}, or name the commit: Hub(commit=...)"
        )
    if not _COMMIT.fullmatch(commit):
        raise IpBenchError(f"{commit!r} is no commit of {repo}, and a branch or tag may move; name 40 hex digits")
    from ip_bench.hub.remote import Remote

    names = tuple(sorted(Remote(repo).files(commit)))
    return Files(f"{repo}@{commit}", names, Hub(commit, repo), where.files)


def _local(adapter: Adapter, where: Path) -> Files:
    if where.is_file():
        return Files(adapter.repo, (where.name,), where.parent, (escape(where.name),))
    if not where.is_dir():
        raise IpBenchError(f"{where} is neither a file nor a folder; name the local copy of {adapter.title}")
    names = sorted(path.relative_to(where).as_posix() for path in where.rglob("*") if path.is_file())
    return Files(adapter.repo, tuple(names), where)
