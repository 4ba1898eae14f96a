"""`hub:ORG/NAME@COMMIT`: how a command line names a dataset of a hub at a revision that cannot move."""

from __future__ import annotations

import re
from typing import NamedTuple

from ip_bench.errors import IpBenchError

PREFIX = "hub:"
_FORM = re.compile(r"hub:(?P<repo>[\w.-]+/[\w.-]+)@(?P<commit>[0-9a-f]{40})")


class Pinned(NamedTuple):
    """A dataset repository and one of its commits."""

    repo: str
    commit: str


def pinned(where: str) -> Pinned | None:
    """Return the repository and commit that `where` names, or None where it is no `hub:` at all.

    Raises:
        IpBenchError: for a name without a full commit.
    """
    if not where.startswith(PREFIX):
        return None
    if not (found := _FORM.fullmatch(where)):
        raise IpBenchError(f"{where!r}: a branch or tag may move; write hub:ORG/NAME@COMMIT with 40 hex digits")
    return Pinned(found["repo"], found["commit"])
