"""Which studies can be reproduced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.reproduce.jin2024 import Reproduction, jin2024

STUDIES: Mapping[str, Callable[[Path], Reproduction]] = {"jin2024": jin2024}


def reproduce(study: str, folder: Path) -> Reproduction:
    """Return a study's published statistics from the responses in `folder`, with ours beside them.

    Raises:
        UnknownNameError: for a study that is not there.
        IpBenchError: for a folder that is not there or breaks the study's layout.
    """
    if study not in STUDIES:
        raise UnknownNameError("reproduction", study, STUDIES)
    if not folder.is_dir():
        raise IpBenchError(f"{folder} is not a folder; name the one with the responses of {study} with --data")
    return STUDIES[study](folder)
