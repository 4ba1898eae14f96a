"""Find and replace the words of a lexicon: word-bounded, longest first, case kept, every edit logged."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ahocorasick_rs import AhoCorasick, MatchKind

from ip_bench.cues.articles import repaired_article
from ip_bench.cues.edits import Cued
from ip_bench.cues.protect import glued, is_name, protected_spans
from ip_bench.design import Edit

Context = Callable[[str, int, int], bool]

_WORD = re.compile(r"\w", re.UNICODE)


class Matcher:
    """Turn the words of `replacements` (lower-case source form -> target form) wherever a text has them.

    `contexts` holds, for source forms that are also another word, a test `(text, start, end) -> bool` that decides
    from the neighboring words; without one a source form is always turned. `rule` names the lexicon in the log.
    Undoing the edits gives the text back (`ip_bench.cues.edits.undo_edits`).
    """

    def __init__(
        self, replacements: Mapping[str, str], *, rule: str, contexts: Mapping[str, Context] | None = None
    ) -> None:
        self.rule = rule
        self._sources = sorted(replacements)
        for source in self._sources:
            if source != _lower(source) or not source.strip() or source != source.strip():
                raise ValueError(f"source form {source!r} in {rule} must be lower-case and not padded")
        self._targets = [replacements[source] for source in self._sources]
        self._contexts = [(contexts or {}).get(source) for source in self._sources]
        # A multiword form whose end is not a word end can hide a shorter form inside it, so those lexicons take
        # the exact search; single words cannot hide one another.
        kind = MatchKind.LeftmostLongest
        self._find = AhoCorasick(self._sources, matchkind=kind).find_matches_as_indexes if self._sources else None
        self._overlapping = AhoCorasick(self._sources) if any(" " in source for source in self._sources) else None

    def apply(self, text: str) -> Cued:
        """Return the text with every match turned, and the edits."""
        if self._find is None:
            return Cued(text, ())
        lower = _lower(text)
        found = self._find(lower)
        if not found:
            return Cued(text, ())
        size = len(text)
        spans: list[tuple[int, int]] | None = None
        edits: list[Edit] = []
        for index, start, end in self._bounded(lower, found, size):
            word = text[start:end]
            if spans is None:
                spans = protected_spans(text)
            if spans and any(first < end and start < last for first, last in spans):
                continue
            if glued(text, start, end):
                continue
            target = self._targets[index]
            if not word.islower():
                cased = _cased(word, target)
                if cased is None or (not word.isupper() and is_name(text, start, end)):
                    continue
                target = cased
            context = self._contexts[index]
            if context is not None and not context(lower, start, end):
                continue
            article = repaired_article(text, start, word, target)
            if article is not None and (not edits or edits[-1].end <= article[0]):
                at, old, new = article
                edits.append(Edit(at, at + len(old), old, new, "article"))
            edits.append(Edit(start, end, word, target, self.rule))
        if not edits:
            return Cued(text, ())
        pieces, at = [], 0
        for edit in edits:
            pieces.append(text[at : edit[0]])
            pieces.append(edit[3])
            at = edit[1]
        pieces.append(text[at:])
        return Cued("".join(pieces), tuple(edits))

    def _bounded(self, lower: str, found: list[tuple[int, int, int]], size: int) -> list[tuple[int, int, int]]:
        """Keep the matches that are whole words; search again, overlapping, where a long one hid a short one."""
        whole = [
            (index, start, end)
            for index, start, end in found
            if (not start or not _is_word(lower[start - 1])) and (end == size or not _is_word(lower[end]))
        ]
        if self._overlapping is None or len(whole) == len(found):
            return whole
        every = sorted(
            (start, -end, index)
            for index, start, end in self._overlapping.find_matches_as_indexes(lower, overlapping=True)
            if (not start or not _is_word(lower[start - 1])) and (end == size or not _is_word(lower[end]))
        )
        kept, at = [], 0
        for start, minus_end, index in every:
            if start >= at:
                kept.append((index, start, -minus_end))
                at = -minus_end
        return kept


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_" or (char > "\x7f" and _WORD.match(char) is not None)


def _lower(text: str) -> str:
    """Lower-case without changing the length (a few letters, such as the dotted capital I, would grow)."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _cased(word: str, target: str) -> str | None:
    """Return `target` in the case of `word`, or None where that case is neither lower, Title nor UPPER."""
    if word.isupper() and len(word) > 1:
        return target.upper()
    if word[0].isupper() and word[1:].islower():
        return target[0].upper() + target[1:]
    if word[0].isupper() and all(part.istitle() or not part.isalpha() for part in re.split(r"[\s-]", word)):
        return re.sub(r"(^|[\s-])(\w)", lambda found: found.group(1) + found.group(2).upper(), target)
    return None
