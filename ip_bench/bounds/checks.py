"""Does a response keep a rule, honour a wish, do what is forbidden? Checks as data, none of which needs a judge.

A check is a record with a `kind` and its settings. Beside the kinds of requirements (`ip_bench.outcomes.requirements`)
there are those of this module, which read what a response does rather than how it is laid out.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ip_bench.bounds.advice import clauses, declines, recommends
from ip_bench.bounds.scopes import scopes
from ip_bench.errors import ContentError, UnknownNameError
from ip_bench.outcomes.prose import read_prose
from ip_bench.outcomes.requirement_checks import CHECKS as REQUIREMENTS
from ip_bench.outcomes.requirements import check_requirement, met

#: Pictures by default, and characters that a variation selector makes one.
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001faff\u231a\u231b\u23e9-\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa"
    "\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e"
    "\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55]|[#*0-9\u00a9\u00ae\u2139-\u3299]\ufe0f"
)
_RUN = re.compile(r"(\W{20})\W+")  # what no response needs, and what a search could hang on
_LONGEST = 20_000  # characters read of a response: what it does shows long before
_READ = 4_000  # characters of it, to tell its language
_MOST = 0.7  # of the letters, at least, that stand in lines of one language
_CLAUSE = 1_000  # characters read of one clause
_FEW = 20  # letters; what language a shorter text is in cannot be told
Check = Mapping[str, Any]


def _recommends(text: str, of: Sequence[str]) -> bool:
    """Some clause recommends one of the forms (any thing, where none is named)."""
    return recommends(text, tuple(of))


def _states(text: str, patterns: Sequence[str]) -> bool:
    """Some clause matches one of the patterns and is neither a refusal nor a question."""
    searched = [_compiled(one) for one in patterns]
    return any(
        not one.question and not declines(one.text) and any(pattern.search(one.text[:_CLAUSE]) for pattern in searched)
        for one in clauses(text)
    )


def _matches(text: str, patterns: Sequence[str]) -> bool:
    """One of the patterns occurs."""
    return any(_compiled(one).search(text) for one in patterns)


def _language(text: str, value: str) -> bool:
    """The text is in a language."""
    return language_of(text) == value


def _spelling(text: str, value: str) -> bool:
    """No word is spelled as only the other side of the Atlantic does."""
    return not _respelled(text, "uk" if value == "british" else "us")


def _emoji(text: str, min: int | None = None, max: int | None = None) -> bool:  # noqa: A002  (settings)
    """The number of emoji."""
    found = len(_EMOJI.findall(text))
    return (min is None or found >= min) and (max is None or found <= max)


def _any(text: str, of: Sequence[Check]) -> bool:
    """One check or more is passed."""
    return any(passes(one, text) for one in of)


def _all(text: str, of: Sequence[Check]) -> bool:
    """Every check is passed."""
    return all(passes(one, text) for one in of)


def _none(text: str, of: Sequence[Check]) -> bool:
    """No check is passed."""
    return not _any(text, of)


#: The kinds of this module: the text of a response and the kind's settings in, whether it is so out.
CHECKS: dict[str, Callable[..., bool]] = {
    "all": _all,
    "any": _any,
    "emoji": _emoji,
    "language": _language,
    "matches": _matches,
    "none": _none,
    "recommends": _recommends,
    "spelling": _spelling,
    "states": _states,
}
_VALUES = {"spelling": ("american", "british"), "language": scopes()["manner.language"].values}


def check_check(record: Check) -> None:
    """Raise for a check that cannot be made.

    Raises:
        UnknownNameError: for another kind, language or side.
        ContentError: for settings that the kind does not have or lacks, and a pattern that is none.
    """
    if not isinstance(record, Mapping) or not isinstance(record.get("kind"), str):
        raise ContentError(f"check {record!r}: a check is a record with a kind, such as {{kind: words, max: 60}}")
    settings = dict(record)
    kind = settings.pop("kind")
    _check_types(record, kind)
    if kind in REQUIREMENTS:
        check_requirement(record)
        return
    if kind not in CHECKS:
        raise UnknownNameError("check kind", kind, sorted({*CHECKS, *REQUIREMENTS}))
    try:
        inspect.signature(CHECKS[kind]).bind(None, **settings)
    except TypeError as error:
        allowed = [name for name in inspect.signature(CHECKS[kind]).parameters if name != "text"]
        raise ContentError(f"check {dict(record)}: {error}; {kind} has the settings {allowed}") from error
    if kind in _VALUES and settings["value"] not in _VALUES[kind]:
        raise UnknownNameError("value", settings["value"], _VALUES[kind], where=f"the check {kind}")
    if kind in {"all", "any", "none"}:
        for one in settings["of"]:
            check_check(one)
    for pattern in settings.get("patterns", ()):
        try:
            _compiled(pattern)
        except re.error as error:
            raise ContentError(f"check {dict(record)}: {pattern!r} is no pattern ({error})") from error


def _check_types(record: Check, kind: str) -> None:
    """Raise ContentError for a setting that is of another type than its name says."""
    for name in ("patterns", "terms", "of", "groups"):
        given = record.get(name)
        empty = (kind, name) == ("recommends", "of")
        if name in record and not (isinstance(given, list) and (given or empty)):
            raise ContentError(f"check {dict(record)}: {name} is a list of one or more")
        texts = isinstance(given, list) and (name in {"patterns", "terms"} or empty)
        if texts and (strange := [one for one in given or () if not isinstance(one, str)]):
            raise ContentError(f"check {dict(record)}: {strange[0]!r} is no text; put it in quotation marks")
    low, high = (record.get(name) for name in ("min", "max"))
    for bound in (low, high):
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int)):
            raise ContentError(f"check {dict(record)}: {bound!r} is no whole number")
    if kind == "emoji" and low is None and high is None:
        raise ContentError(f"check {dict(record)}: emoji needs min or max")
    if low is not None and high is not None and low > high:
        raise ContentError(f"check {dict(record)}: min {low} is more than max {high}")


def passes(check: Check, text: str) -> bool:
    """Return whether a response passes a check; an empty one passes none, and nothing that a model writes raises."""
    seen = _RUN.sub(r"\1", text[:_LONGEST])
    if not re.search(r"\w", seen):
        return False
    if check["kind"] in REQUIREMENTS:
        return met([check], seen)[0]
    return CHECKS[check["kind"]](seen, **{name: value for name, value in check.items() if name != "kind"})


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """Return a language identifier over the languages of the vocabulary."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE)
    found.set_languages([*scopes()["manner.language"].values])
    return found


def language_of(text: str) -> str | None:
    """Return the language of a text, one of the vocabulary's, line by line; None for too short or too mixed a text."""
    found: Counter[str] = Counter()
    for line in read_prose(text).text[:_READ].splitlines():
        if letters := sum(map(str.isalpha, line)):
            found[str(_identifier().classify(line)[0])] += letters
    if found.total() < _FEW:
        return None
    language, letters = found.most_common(1)[0]
    return language if letters >= _MOST * found.total() else None


@lru_cache(maxsize=1 << 10)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _respelled(text: str, side: str) -> int:
    """Return how many words a side of the Atlantic would spell otherwise."""
    from ip_bench.cues.families import cue
    from ip_bench.seeds import rng

    return len(cue("spelling", side)(text, rng("check", "spelling")).edits)
