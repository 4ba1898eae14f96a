"""Lexicons: one row a concept, one column a level, directed into a matcher for one target level."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources.abc import Traversable

from ip_bench.cues.contexts import by_part_of_speech
from ip_bench.cues.declared import NOTES, Lexicon, shipped
from ip_bench.cues.inflect import inflections
from ip_bench.cues.matcher import Matcher
from ip_bench.errors import ContentError, UnknownNameError

LOCALES = ("us", "uk", "au", "ca", "ie", "nz", "in", "za")
#: The families that the package declares (builders/cues/content/lexicons/*.yaml).
LEXICONS = tuple(shipped())
EXCEPTIONS = ("name", "phrase")


@dataclass(frozen=True, slots=True)
class Concept:
    """One row: its forms in each column, lined up, its parts of speech, and where it is also another word."""

    forms: dict[str, tuple[str, ...]]
    ambiguous: frozenset[str]
    pos: str


def lexicon_named(name: str) -> Lexicon:
    """Return the declaration of a shipped lexicon; raises UnknownNameError for another name."""
    if name not in LEXICONS:
        raise UnknownNameError("lexicon", name, LEXICONS)
    return shipped()[name]


def read_lexicon(lexicon: str | Lexicon) -> list[Concept]:
    """Return the concepts of a lexicon: a shipped one by name, or any one as declared.

    Raises:
        UnknownNameError: for a name that is not shipped.
        ContentError: for a row that breaks the format, with file and line.
    """
    own = lexicon_named(lexicon) if isinstance(lexicon, str) else lexicon
    return list(_parse(_lines(own.table), own))


def read_exceptions(path: Traversable) -> dict[str, frozenset[str]]:
    """Return the forms that a lexicon never turns, by kind: a "name" where it has a capital, a "phrase" as a whole.

    Raises:
        ContentError: for a row that breaks the format, with file and line.
    """
    kinds: dict[str, set[str]] = {kind: set() for kind in EXCEPTIONS}
    for number, row in _rows(_lines(path), path.name, ("form", "kind"), ("note",)):
        if row["kind"] not in kinds or not row["form"] or row["form"] != row["form"].lower().strip():
            raise ContentError(
                f"{path.name}:{number}: form must be lower-case and kind one of {', '.join(kinds)}: {row}"
            )
        kinds[row["kind"]].add(row["form"])
    return {kind: frozenset(forms) for kind, forms in kinds.items()}


@lru_cache(maxsize=64)
def matcher(name: str, level: str, source: str | None = None) -> Matcher:
    """Return the matcher of a shipped lexicon; see `directed`."""
    return directed(lexicon_named(name), level, source)


def directed(lexicon: Lexicon, level: str, source: str | None = None) -> Matcher:
    """Return the matcher that turns words of any level (or of `source` alone) into those of `level`.

    Into the neutral column only words of the lexicon's source are turned. A source form is left out where the target
    level writes it, too, where it is another word in its own level, or where two concepts would turn it into different
    words.

    Raises:
        UnknownNameError: for a level or source that the lexicon does not have.
        ContentError: for a table that breaks the format, with file and line.
    """
    for kind, allowed in ((level, lexicon.targets), (source, lexicon.levels)):
        if kind is not None and kind not in allowed:
            raise UnknownNameError("level", kind, allowed, where=f"cue family {lexicon.family}")
    if source is None and level == lexicon.neutral:
        source = lexicon.source
    concepts = read_lexicon(lexicon)
    written_there = {form for concept in concepts for form in concept.forms[level]}
    targets: dict[str, set[str]] = {}
    contexts = {}
    for concept in concepts:
        for written in lexicon.levels if source is None else (source,):
            for form, target in zip(concept.forms[written], concept.forms[level], strict=True):
                key = form.lower()
                if form == target:
                    continue
                context = by_part_of_speech(key, target) if lexicon.contexts else None
                if context is None and (form in written_there or written in concept.ambiguous):
                    continue
                if context is not None:
                    contexts[key] = context
                targets.setdefault(key, set()).add(target)
    # A form that any level flags as another word is unsafe whatever level it is read as.
    flagged = {
        form.lower()
        for concept in concepts
        for written in (concept.ambiguous if source is None else concept.ambiguous & {source})
        for form in concept.forms[written]
        if form.lower() not in contexts
    }
    turned = {form: next(iter(found)) for form, found in targets.items() if len(found) == 1 and form not in flagged}
    # A phrase that the target level writes guards the words in it: "real estate agent" stays as it is.
    # So does one that every level writes: "rigor mortis".
    left_alone = read_exceptions(lexicon.exceptions) if lexicon.exceptions else dict.fromkeys(EXCEPTIONS, frozenset())
    guards = {phrase: phrase for form in written_there if not (phrase := form.lower()).isalnum()}
    guards |= {phrase: phrase for phrase in left_alone["phrase"] | lexicon.phrases}
    names = left_alone["name"] | lexicon.names
    return Matcher(guards | turned, rule=f"{lexicon.rule}:{level}", contexts=contexts, names=names)


def _lines(path: Traversable) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as error:
        raise ContentError(f"{path.name}: is not UTF-8 ({error.reason} at byte {error.start})") from error


def _rows(
    lines: Iterable[str], where: str, needed: tuple[str, ...], optional: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row) of a table that has all columns of `needed` and any of `optional`, in any order."""
    reader = csv.DictReader(lines, strict=True)
    try:
        columns = list(reader.fieldnames or ())
        if not set(needed) <= set(columns) <= {*needed, *optional} or len(set(columns)) < len(columns):
            raise ContentError(
                f"{where}:1: columns are {columns}; they must be {', '.join(needed)} (and may be {', '.join(optional)})"
            )
        for row in reader:
            if None in row or None in row.values():
                raise ContentError(f"{where}:{reader.line_num}: must have {len(columns)} cells: {row}")
            yield reader.line_num, row
    except csv.Error as error:
        raise ContentError(f"{where}:{reader.reader.line_num}: is not CSV ({error})") from error


def _parse(lines: Iterable[str], lexicon: Lexicon) -> Iterator[Concept]:
    source, fallback, neutral = lexicon.source, lexicon.fallback, lexicon.neutral
    filled = tuple(dict.fromkeys(column for column in (source, fallback, neutral) if column is not None))
    for number, row in _rows(lines, lexicon.table.name, lexicon.targets, NOTES):
        where = f"{lexicon.table.name}:{number}"
        pos = row.get("pos", "x")
        if not all(row[column] for column in filled) or not set(pos) <= set("nvax") or not pos:
            raise ContentError(f"{where}: {', '.join(filled)} and pos (letters of n, v, a, x) must be filled: {row}")
        lemma = {column: row[column] or row[fallback] for column in lexicon.targets}
        if odd := next((word for word in lemma.values() if word != word.strip() or not word.isprintable()), None):
            raise ContentError(f"{where}: {odd!r} must have no space around it and no line break in it")
        ambiguous = frozenset(row.get("ambiguous", "").split())
        if not ambiguous <= set(lexicon.levels):
            raise ContentError(f"{where}: ambiguous {row['ambiguous']!r}; levels are {', '.join(lexicon.levels)}")
        forms = {column: inflections(word, pos) for column, word in lemma.items()}
        for listed in filter(None, row.get("forms", "").split(";")):
            given = _given(lexicon, lemma, [form.strip() for form in listed.split("=")])
            if given is None:
                raise ContentError(f"{where}: forms must be {_wanted(lexicon)} joined by ';': {row['forms']!r}")
            _add_form(forms, given, lexicon)
        yield Concept({column: tuple(found) for column, found in forms.items()}, ambiguous, pos)


def _given(lexicon: Lexicon, lemma: dict[str, str], listed: list[str]) -> dict[str, str] | None:
    """Return a listed form by column; None where the list does not say each column's."""
    if not all(listed):
        return None
    if len(listed) == len(lexicon.targets):
        return dict(zip(lexicon.targets, listed, strict=True))
    of_source, of_fallback = lemma[lexicon.source], lemma[lexicon.fallback]
    if len(listed) != 2 or not set(lemma.values()) <= {of_source, of_fallback}:
        return None
    told = of_source != of_fallback
    return {
        column: listed[0] if column == lexicon.source or (told and word == of_source) else listed[1]
        for column, word in lemma.items()
    }


def _wanted(lexicon: Lexicon) -> str:
    if lexicon.source != lexicon.fallback and lexicon.neutral is None:
        return f"{lexicon.source}={lexicon.fallback} pairs"
    return f"{'='.join(lexicon.targets)}, a form for each,"


def _add_form(forms: dict[str, list[str]], given: dict[str, str], lexicon: Lexicon) -> None:
    """Put a listed form in the place of the regular one it corrects, or at the end."""
    telling = lexicon.targets if lexicon.source == lexicon.fallback else (lexicon.source, lexicon.fallback)
    own = forms[lexicon.source]
    place = next((k for k in range(len(own)) if any(forms[one][k] == given[one] for one in telling)), len(own))
    for column, form in given.items():
        forms[column][place : place + 1] = [form]
