"""Tables of the leaderboard: results read from folders, grouped into what may be compared, and ranked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench.errors import IpBenchError
from ip_bench.leaderboard.headline import Headline, headlines, is_mini
from ip_bench.leaderboard.identity import described
from ip_bench.leaderboard.payload import digest
from ip_bench.leaderboard.ranks import Ends, Rank, in_order, joint_interval, magnitude, ranks
from ip_bench.leaderboard.records import read_valid
from ip_bench.leaderboard.repository import RECORD, place_of
from ip_bench.report.words import contrast_name


class Result(NamedTuple):
    """An analysis and the name under which its model is shown."""

    model: str
    analysis: Mapping[str, Any]
    folder: Path
    submitted: bool

    @property
    def standing(self) -> str:
        """What a reader has to know beside the name: that nobody submitted it, its revision and rounding."""
        return ", ".join(filter(None, ("" if self.submitted else "not a submission", described(self.analysis["run"]))))

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
    contrast: str
    ranked: int
    rows: tuple[Row, ...]
    alpha: float
    margin: float


def read_results(folders: Iterable[Path]) -> tuple[list[Result], list[Withdrawn]]:
    """Return the analyses in and below folders, and the submissions that were withdrawn.

    Raises:
        IpBenchError: for a folder without any; an analysis or record of a submission that is none; a submission that is
            not in its place, was withdrawn and has results, or has files other than its record says.
    """
    found: dict[Path, Result] = {}
    withdrawn = []
    for folder in folders:
        records = sorted(folder.rglob(RECORD)) if folder.is_dir() else []
        analyses = sorted(folder.rglob("analysis.json")) if folder.is_dir() else []
        if not analyses and not records:
            raise IpBenchError(f"{folder} holds no analysis.json; name folders of `ip-bench run` or of submissions")
        submitted = {file.parent: _submission(file) for file in records}
        withdrawn += [
            Withdrawn(*(record[key] for key in ("model_id", "withdrawn", "reason", "suite")))
            for record in submitted.values()
            if record["status"] == "withdrawn"
        ]
        for file in analyses:
            analysis = read_valid(file, "analysis", make="run `ip-bench analyze` on its folder again")
            claimed = submitted.get(file.parent)
            if claimed is not None:
                _check_claim(file, analysis, claimed)
            name = str(analysis["model"] if claimed is None else claimed["model_id"])
            found[file.resolve()] = Result(name, analysis, file.parent, submitted=claimed is not None)
    return _spelled_alike(list(found.values())), sorted(set(withdrawn))


def _submission(file: Path) -> dict[str, Any]:
    """Return the record of a submission that lies in its place and whose files are what it says."""
    record = read_valid(file, "submission", make="take the results repository as it is on the hub")
    if not file.resolve().parent.as_posix().endswith(f"/{place_of(record)}"):
        raise IpBenchError(
            f"{file} is the record of {place_of(record)} and does not lie there; take the results repository as it is"
        )
    if record["status"] == "withdrawn":
        if (file.parent / "analysis.json").exists():
            raise IpBenchError(f"{file.parent} was withdrawn and still has analysis.json; take its files out")
        return record
    for name, promised in sorted(record["files"].items()):
        held = file.parent / name
        if held.is_file() and (there := digest(held)) != promised:
            raise IpBenchError(
                f"{held} has SHA-256 {there}, its record says {promised}; take the results repository as it is"
            )
    return record


def _check_claim(file: Path, analysis: Mapping[str, Any], record: Mapping[str, Any]) -> None:
    """Refuse an analysis that is of another model, suite or dataset than the record of its submission says."""
    dataset = {key: record["dataset"][key] for key in ("name", "version", "content_hash")}
    for what, there, claimed in (
        ("model", analysis["model"] if "/" in analysis["model"] else record["model_id"], record["model_id"]),
        ("suite", analysis["run"].get("suite"), record["suite"]),
        ("dataset", analysis["dataset"], dataset),
    ):
        if there != claimed:
            raise IpBenchError(f"{file}: its {what} is {there!s:.200}, that of its submission {claimed!s:.200}")


def _spelled_alike(results: Sequence[Result]) -> list[Result]:
    """Return the results with one spelling of each hub id; the hub tells no upper from lower case."""
    spellings: dict[str, str] = {}
    for name in sorted({one.model for one in results if "/" in one.model}):
        spellings.setdefault(name.casefold(), name)
    return [one._replace(model=spellings.get(one.model.casefold(), one.model)) for one in results]


def boards(results: Sequence[Result]) -> list[Board]:
    """Return the tables of all results, by family, dataset version and task; each model once in a table.

    Raises:
        IpBenchError: where a model has two results in one table; both folders are named.
    """
    groups: dict[tuple[str, ...], list[tuple[Result, Headline]]] = {}
    for result in results:
        dataset = result.analysis["dataset"]
        for one in _headlines(result):
            content = str(dataset["content_hash"].get(one.config))
            level = f"{result.analysis['alpha']:g} {result.analysis['margin']:g}"
            arm = one.effect["arm"]
            key = (family_of(dataset["name"]), dataset["name"], dataset["version"], one.task, content, level, arm)
            groups.setdefault(key, []).append((result, one))
    return [_board(key, members) for key, members in sorted(groups.items(), key=_order)]


def _headlines(result: Result) -> list[Headline]:
    try:
        return headlines(result.analysis)
    except IpBenchError as error:
        raise IpBenchError(f"{result.folder / 'analysis.json'}: {error}") from error


def family_of(dataset: str) -> str:
    """Return the family of a dataset, which is in its name."""
    return dataset.removeprefix("ip-")


def page_of(model: str) -> str:
    """Return the file name of a model's page; a digest of the name keeps two apart on any file system."""
    readable = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")[:60] or "model"
    return f"{readable}-{hashlib.blake2b(model.encode('utf-8', 'backslashreplace'), digest_size=4).hexdigest()}.html"


def _board(key: tuple[str, ...], members: list[tuple[Result, Headline]]) -> Board:
    family, dataset, version, task, content, *_ = key
    seen: dict[str, Result] = {}
    for result, _ in members:
        if (other := seen.setdefault(result.model, result)) is not result:
            raise IpBenchError(
                f"{result.model} has two results of {task} {version}: {other.folder} and {result.folder}; name one"
            )
    ranked = sum(one.known for _, one in members)
    joint = [joint_interval(_interval_of(result, one), ranked, one.contrasts) for result, one in members]
    found = ranks([None if ends is None else magnitude(ends) for ends in joint])
    rows = [Row(result, one, ends, rank) for (result, one), ends, rank in zip(members, joint, found, strict=True)]
    rows.sort(key=lambda row: (in_order(row.headline.effect["estimate"]), row.result.model))
    first, headline = members[0]
    return Board(
        task, family, dataset, version, content, "mini" if is_mini(task) else "full", headline.measure,
        contrast_name(headline.effect, headline.config), ranked, tuple(rows),
        first.analysis["alpha"], first.analysis["margin"],
    )  # fmt: skip


def _interval_of(result: Result, one: Headline) -> Mapping[str, Any]:
    """Return a headline's effect; of a run that could stop early its repeated interval counts, not its error."""
    return {**one.effect, "se": None} if result.analysis.get("sequential") else one.effect


def _order(group: tuple[tuple[str, ...], Any]) -> tuple[Any, ...]:
    family, dataset, version, task, *rest = group[0]
    return family, dataset, tuple(-int(part) for part in version.split(".")), is_mini(task), task, rest
