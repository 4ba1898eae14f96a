"""Read preference pairs (a question, a better and a worse answer) from a folder or a pinned commit of a hub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench.adapters.tables import Cells, rows
from ip_bench.errors import IntegrityError, IpBenchError
from ip_bench.hub.pinned import PREFIX, pinned
from ip_bench.release.hashing import combine
from ip_bench.seeds import digest

#: The columns of Intel/orca_dpo_pairs; other names can be given.
COLUMNS = ("system", "question", "chosen", "rejected")
_FORMATS = (".jsonl", ".parquet")


class Preference(NamedTuple):
    """A question under a system message (which may be empty), with the answer that is preferred and one that is not."""

    system: str
    question: str
    chosen: str
    rejected: str

    @property
    def digest(self) -> str:
        """The hash of its content."""
        return digest("preference", *self, size=32)


class Preferences:
    """The preference pairs of a place, one at a time; `left_out` and `record` are complete when all were read.

    `where` is a JSONL or Parquet file, a folder with such files, or `hub:ORG/NAME@COMMIT`. `columns` names the columns
    that hold system, question, chosen and rejected; the first may be missing.
    """

    def __init__(self, where: str, columns: tuple[str, ...] = COLUMNS, *, content_hash: str | None = None) -> None:
        if len(columns) != len(COLUMNS):
            raise IpBenchError(f"columns are {', '.join(columns)}; name four: those of {', '.join(COLUMNS)}")
        self.where, self.columns, self.promised = where, columns, content_hash
        self.source, self.files = _files(where)
        self.left_out: Counter[str] = Counter()
        self._digests: dict[str, bytes] = {}

    def __iter__(self) -> Iterator[Preference]:
        """Yield the sound pairs in their order.

        Raises:
            ContentError: for a file or row that cannot be read; the message names it.
            IntegrityError: after the last pair, where the content is not the promised one.
        """
        self.left_out.clear()
        self._digests.clear()
        for file in self.files:
            for place, row in rows(file):
                found = self._preference(Cells(place, row), row)
                self._digests[f"{found.digest}-{len(self._digests)}"] = bytes.fromhex(found.digest)
                if flaw := _flaw(found):
                    self.left_out[flaw] += 1
                else:
                    yield found
        if self.promised and self.promised != self.content_hash:
            raise IntegrityError(
                f"{self.source} has {len(self._digests):,} pairs with content hash {self.content_hash}, promised is "
                f"{self.promised}"
            )

    @property
    def content_hash(self) -> str:
        """The hash of all pairs read, flawed ones too, whatever the order of rows and the format of files."""
        return combine(self._digests)

    @property
    def record(self) -> dict[str, Any]:
        """What a manifest says of the source."""
        return {"name": self.source, "rows": len(self._digests), "content_hash": self.content_hash}

    def _preference(self, cells: Cells, row: Mapping[str, Any]) -> Preference:
        system, *others = self.columns
        said = cells.text(system, empty=True) if system in row else ""
        return Preference(said, *(cells.text(name, empty=True) for name in others))


def _flaw(found: Preference) -> str:
    """Return why a pair cannot be learned from, nothing where it can."""
    empty = [name for name, text in zip(COLUMNS[1:], found[1:], strict=True) if not text]
    return f"{empty[0]} is empty" if empty else "chosen is rejected" if found.chosen == found.rejected else ""


def _files(where: str) -> tuple[str, list[Path]]:
    """Return the name of a place and its files, sorted by name."""
    if found := pinned(where):
        from ip_bench.hub.remote import Remote

        remote, commit = Remote(found.repo), found.commit
        names = [name for name in sorted(remote.files(commit)) if name.endswith(_FORMATS)]
        files = [file for name in names if (file := remote.download(name, commit)) is not None]
        source = where.removeprefix(PREFIX)
    else:
        path = Path(where)
        files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.suffix in _FORMATS)
        source = path.name
    if not files:
        raise IpBenchError(f"{where} has no file that ends in {' or '.join(_FORMATS)}")
    return source, files
