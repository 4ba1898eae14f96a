"""Read an outside set as items, once its count and content hash are those of a declared release."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ip_bench.adapters.declared import ADAPTERS, Adapter, Release
from ip_bench.adapters.places import Files, Hub, files_at
from ip_bench.adapters.record import OutsideItem, content_digest, right_answer, text_digest
from ip_bench.adapters.tables import Cells, rows
from ip_bench.errors import IntegrityError, IpBenchError, UnknownNameError
from ip_bench.release.hashing import combine


class _Found(NamedTuple):
    """The items that a place holds for a release, the files they are from, and whether they are that release."""

    release: Release
    files: str
    items: Sequence[OutsideItem]
    hash: str

    @property
    def right(self) -> bool:
        return len(self.items) == self.release.rows and self.hash == self.release.content_hash


def read(name: str, where: Path | Hub, release: str | None = None) -> Iterator[OutsideItem]:
    """Return the items of a set in the order of its rows, flawed ones too (`sound` leaves them out).

    Args:
        name: the set, a key of `declared.ADAPTERS`.
        where: a local file or folder, searched with its subfolders, or a hub repository at a commit.
        release: the release that is wanted; needed only where a place holds several.

    All rows are read and checked before the first item is handed out.

    Raises:
        UnknownNameError: for a set or release that is not declared.
        ContentError: for a file or row that is not in the set's layout; the message names it.
        IntegrityError: where count or hash are those of no release; both sides are named.
        IpBenchError: where no file matches, several releases match, or the place is not pinned.
    """
    if name not in ADAPTERS:
        raise UnknownNameError("outside set", name, ADAPTERS)
    adapter = ADAPTERS[name]
    names = [one.name for one in adapter.releases]
    if release is not None and release not in names:
        raise UnknownNameError("release", release, names, where=name)
    files = files_at(adapter, where)
    wanted = [one for one in adapter.releases if release in {None, one.name}]
    found = list(_found(adapter, wanted, files))
    if not found:
        raise IpBenchError(_no_file(adapter, files))
    right = {one.release.name: one for one in found if one.right}
    if not right:
        raise IntegrityError(_mismatch(adapter, wanted, found))
    if len(right) > 1:
        raise IpBenchError(f"{name}: releases {', '.join(sorted(right))} are in the same place; name one")
    (chosen,) = right.values()
    return iter(_identified(adapter, chosen, files.source))


def sound(items: Iterable[OutsideItem]) -> Iterator[OutsideItem]:
    """Return the items that have no flaw (`record.FLAWS`)."""
    return (item for item in items if not item.flaw)


def content_hash(items: Iterable[OutsideItem]) -> str:
    """Return the hex blake2b-256 over the sorted digests of what the set says of each item, repeats counted.

    It depends neither on the order of the rows nor on the format of the file.
    """
    counts = Counter(content_digest(item).hex() for item in items)
    return combine({f"{digest}-{n}": bytes.fromhex(digest) for digest, many in counts.items() for n in range(many)})


def _found(adapter: Adapter, wanted: Iterable[Release], files: Files) -> Iterator[_Found]:
    read_before: dict[str, list[OutsideItem]] = {}
    for release in wanted:
        matching = files.matching(release.files)
        for group in [matching] if adapter.together else [[name] for name in matching]:
            items: list[OutsideItem] = []
            for name in group:
                if name not in read_before:
                    read_before[name] = list(_items(adapter, files.path(name), name))
                items += [item for item in read_before[name] if not release.topics or item.topic in release.topics]
            if group:
                label = f"{len(group)} files" if len(group) > 1 else PurePosixPath(group[0]).name
                yield _Found(release, label, items, content_hash(items))


def _items(adapter: Adapter, path: Path, name: str) -> Iterator[OutsideItem]:
    part = _part(PurePosixPath(name))
    for place, row in rows(path, adapter.columns):
        yield adapter.item(Cells(place, row), part)


def _part(name: PurePosixPath) -> str:
    """Return what a file's name says of its rows; a shard like test-00000-of-00001 is named by its folder."""
    return name.parent.name if "-of-" in name.stem else name.stem


def _identified(adapter: Adapter, found: _Found, source: str) -> Iterator[OutsideItem]:
    answers: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    ids = [f"{adapter.name}-{text_digest(item).hex()[:16]}" for item in found.items]
    for item_id, item in zip(ids, found.items, strict=True):
        answers[item_id].add(right_answer(item))
    seen: Counter[str] = Counter()
    for item_id, item in zip(ids, found.items, strict=True):
        seen[item_id] += 1
        again = seen[item_id] > 1
        flaw = "contradicted" if len(answers[item_id]) > 1 else "repeated" if again else ""
        yield dataclasses.replace(
            item,
            item_id=f"{item_id}-{seen[item_id]}" if again else item_id,
            flaw=flaw or item.flaw,
            dataset=adapter.name,
            release=found.release.name,
            source=source,
            license=adapter.license,
            citation=adapter.citation,
        )


def _no_file(adapter: Adapter, files: Files) -> str:
    patterns = files.only or sorted({pattern for one in adapter.releases for pattern in one.files})
    there = ", ".join(files.names[:8]) + (", ..." if len(files.names) > 8 else "")
    return f"{adapter.name}: no file is named like {', '.join(patterns)}; the place has: {there or '(nothing)'}"


def _mismatch(adapter: Adapter, wanted: Iterable[Release], found: Iterable[_Found]) -> str:
    held = {f"{one.files} has {len(one.items)} rows with content hash {one.hash}" for one in found}
    declared = [f"{one.name} has {one.rows} rows with content hash {one.content_hash}" for one in wanted]
    return f"{adapter.name}: {'; '.join(sorted(held))}; declared: {'; '.join(declared)}"
