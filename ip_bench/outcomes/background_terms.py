"""The terms by which a text names a background, as data: builders/cues/content/mentions.csv."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from ip_bench.errors import ContentError

#: Talk of the one who asks; no background itself.
ASKER = "asker"
_COLUMNS = ["term", "labels", "case", "note"]
_SPACE = re.compile(r"[\s\x00-\x1f\x7f\-‐‑–—]+")
_CAPITALS = re.compile(r"(?:\A| )([A-Z]{2,}) \Z")  # a word in capitals right before


class Hit(NamedTuple):
    """A term at [start, end) of the normalized text, and the labels it names."""

    start: int
    end: int
    labels: frozenset[str]


class _Lexicon(NamedTuple):
    find: AhoCorasick
    terms: tuple[str, ...]
    labels: tuple[frozenset[str], ...]
    exact: tuple[bool, ...]


def hits(text: str) -> Iterator[Hit]:
    """Yield the terms that a text holds: whole words, leftmost and longest, each in the case that its row asks for.

    Runs in time linear in the text. Line breaks, hyphens and control characters count as one space.
    """
    lexicon = _lexicon()
    plain = _normal(text)
    lower = _lower(plain)
    framed = f" {lower} "
    ends_at = -1
    every = sorted(
        (start, -end, index)
        for index, start, end in lexicon.find.find_matches_as_indexes(lower, overlapping=True)
        if not framed[start].isalnum() and not framed[end + 1].isalnum()
    )
    for start, minus_end, index in every:
        end = -minus_end
        if start < ends_at or (lexicon.exact[index] and not _said_so(plain, start, end, lexicon.terms[index])):
            continue
        if start and plain[start - 1] == "." and plain[start - 2 : start - 1].isalnum():
            continue  # the end of an address: shop.co.uk
        ends_at = end
        if lexicon.labels[index]:
            yield Hit(start, end, lexicon.labels[index])


def label_of(arm: str) -> str | None:
    """Return the background that an arm points to, by its name (uk, explicit_uk, typo_aae, wrong_same), if any.

    A placebo's name may hold one, too: it is made to match that arm.
    """
    framed = f"_{arm.replace('-', '_')}_"
    found = [label for label in labels() if f"_{label.replace('-', '_')}_" in framed]
    return max(found, key=lambda label: (len(label), label), default=None)


@lru_cache(maxsize=1)
def labels() -> tuple[str, ...]:
    """Return every label of the lexicon, sorted."""
    return tuple(sorted(frozenset().union(*_lexicon().labels) - {ASKER}))


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    path = resources.files("ip_bench.builders.cues") / "content" / "mentions.csv"
    return _read(path.read_text(encoding="utf-8").splitlines(), path.name)


def _read(lines: Sequence[str], where: str) -> _Lexicon:
    """Return the terms of a table; raises ContentError for a row that breaks the format, with file and line."""
    reader = csv.DictReader(lines, strict=True)
    if list(reader.fieldnames or ()) != _COLUMNS:
        raise ContentError(f"{where}:1: columns are {reader.fieldnames}; they must be {', '.join(_COLUMNS)}")
    terms: dict[str, frozenset[str]] = {}
    exact = []
    for row in reader:
        if None in row or None in row.values() or not row["term"].strip() or row["case"] not in {"any", "exact"}:
            raise ContentError(f"{where}:{reader.line_num}: needs a term, and any or exact as its case: {row}")
        term = _normal(row["term"])
        if term in terms:
            raise ContentError(f"{where}:{reader.line_num}: {row['term']!r} is there twice; keep one")
        terms[term] = frozenset(row["labels"].split())
        exact.append(row["case"] == "exact")
    return _Lexicon(AhoCorasick([_lower(term) for term in terms]), tuple(terms), tuple(terms.values()), tuple(exact))


def _normal(text: str) -> str:
    whole = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate has no UTF-8
    return _SPACE.sub(" ", whole.replace("’", "'")).strip()


def _lower(text: str) -> str:
    """Lower-case without changing the length (a few letters, such as the dotted capital I, would grow)."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _said_so(plain: str, start: int, end: int, term: str) -> bool:
    """Return whether the text has the term in its own case, and not because all is in capitals ("TELL US")."""
    return plain[start:end] == term and _CAPITALS.search(plain, max(0, start - 20), start) is None
