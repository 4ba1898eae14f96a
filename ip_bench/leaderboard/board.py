"""Tables of the leaderboard: results read from folders, grouped into what may be compared, and ranked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench.errors import IpBenchError
from ip_bench.files import read_record
from ip_bench.leaderboard.headline import Headline, headlines, is_mini
from ip_bench.leaderboard.ranks import Ends, Rank, in_order, joint_interval, magnitude, ranks
from ip_bench.leaderboard.repository import RECORD

_NEEDED = ("model", "run", "dataset", "margin", "alpha", "tasks")


class Result(NamedTuple):
    """An analysis and the name under which its model is shown."""

    model: str
    analysis: Mapping[str, Any]
    folder: Path

    @property
    def page(self) -> str:
        """The file name of the model's page: readable, and different for different models."""
        return page_of(self.model)


class Withdrawn(NamedTuple):
    """A submission that was taken back."""

    model: str
    date: str
    reason: str
    suite: str


class Row(NamedTuple):
    """A model in a table: its headline effect, its joint interval and its ranks."""

    result: Result
    headline: Headline
    joint: Ends | None
    rank: Rank | None


class Board(NamedTuple):
    """A table: models whose results may be compared (one task, one dataset version and content)."""

    task: str
    family: str
    dataset: str
    version: str
    content: str
    suite: str
    measure: str
    rows: tuple[Row, ...]
    alpha: float
    margin: float


def read_results(folders: Iterable[Path]) -> tuple[list[Result], list[Withdrawn]]:
    """Return the analyses in and below folders, and the submissions that were withdrawn.

    Raises:
        IpBenchError: for a folder without any, or an analysis that cannot be read.
    """
    found: dict[Path, Result] = {}
    withdrawn = []
    for folder in folders:
        records = sorted(folder.rglob(RECORD)) if folder.is_dir() else []
        analyses = sorted(folder.rglob("analysis.json")) if folder.is_dir() else []
        if not analyses and not records:
            raise IpBenchError(f"{folder} holds no analysis.json; name folders of `ip-bench run` or of submissions")
        names = {}
        for file in records:
            record = read_record(file)
            names[file.parent] = str(record.get("model_id"))
            if record.get("status") == "withdrawn":
                keys = ("model_id", "withdrawn", "reason", "suite")
                withdrawn.append(Withdrawn(*(str(record.get(key, "")) for key in keys)))
        for file in analyses:
            analysis = read_record(file)
            if missing := [key for key in _NEEDED if key not in analysis]:
                raise IpBenchError(f"{file} lacks {', '.join(missing)}; run `ip-bench analyze {file.parent}`")
            found[file.resolve()] = Result(names.get(file.parent, str(analysis["model"])), analysis, file.parent)
    return list(found.values()), sorted(set(withdrawn))


def boards(results: Sequence[Result]) -> list[Board]:
    """Return the tables of all results, by family, dataset version and task; each model once in a table.

    Raises:
        IpBenchError: where a model has two results in one table; both folders are named.
    """
    groups: dict[tuple[str, ...], list[tuple[Result, Headline]]] = {}
    for result in results:
        dataset = result.analysis["dataset"]
        for one in headlines(result.analysis):
            content = str(dataset["content_hash"].get(one.config))
            level = f"{result.analysis['alpha']:g} {result.analysis['margin']:g}"
            key = (family_of(dataset["name"]), dataset["name"], dataset["version"], one.task, content, level)
            groups.setdefault(key, []).append((result, one))
    return [_board(key, members) for key, members in sorted(groups.items(), key=_order)]


def family_of(dataset: str) -> str:
    """Return the family of a dataset, which is in its name."""
    return dataset.removeprefix("ip-")


def page_of(model: str) -> str:
    """Return the file name of a model's page; a digest of the name keeps two apart on any file system."""
    readable = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")[:60] or "model"
    return f"{readable}-{hashlib.blake2b(model.encode('utf-8', 'backslashreplace'), digest_size=4).hexdigest()}.html"


def _board(key: tuple[str, ...], members: list[tuple[Result, Headline]]) -> Board:
    family, dataset, version, task, content, _ = key
    seen: dict[str, Result] = {}
    for result, _ in members:
        if (other := seen.setdefault(result.model, result)) is not result:
            raise IpBenchError(
                f"{result.model} has two results of {task} {version}: {other.folder} and {result.folder}; name one"
            )
    joint = [joint_interval(_interval_of(result, one), len(members), one.contrasts) for result, one in members]
    found = ranks([None if ends is None else magnitude(ends) for ends in joint])
    rows = [Row(result, one, ends, rank) for (result, one), ends, rank in zip(members, joint, found, strict=True)]
    rows.sort(key=lambda row: (in_order(row.headline.effect["estimate"]), row.result.model))
    first, headline = members[0]
    return Board(
        task, family, dataset, version, content, "mini" if is_mini(task) else "full", headline.measure, tuple(rows),
        first.analysis["alpha"], first.analysis["margin"],
    )  # fmt: skip


def _interval_of(result: Result, one: Headline) -> Mapping[str, Any]:
    """Return a headline's effect; of a run that could stop early its repeated interval counts, not its error."""
    return {**one.effect, "se": None} if result.analysis.get("sequential") else one.effect


def _order(group: tuple[tuple[str, ...], Any]) -> tuple[Any, ...]:
    family, dataset, version, task, *rest = group[0]
    return family, dataset, tuple(-int(part) for part in version.split(".")), is_mini(task), task, rest
