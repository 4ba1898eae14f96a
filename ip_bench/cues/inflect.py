"""Regular English inflection, so that a lexicon lists lemmas and exceptions only."""

from __future__ import annotations

import re

_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)$")
_CONSONANT_Y = re.compile(r"[^aeiou]y$")


def plural(noun: str) -> str:
    """Return the regular plural of a noun, or the third person of a verb."""
    if _CONSONANT_Y.search(noun):
        return noun[:-1] + "ies"
    return noun + ("es" if _SIBILANT.search(noun) else "s")


def past(verb: str) -> str:
    """Return the regular past of a verb; final consonants are not doubled."""
    if _CONSONANT_Y.search(verb):
        return verb[:-1] + "ied"
    return verb + ("d" if verb.endswith("e") else "ed")


def gerund(verb: str) -> str:
    """Return the -ing form of a verb; final consonants are not doubled."""
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    return verb + "ing"


def inflections(lemma: str, pos: str) -> list[str]:
    """Return the forms of a lemma in a fixed order for its parts of speech (letters n, v, a, x).

    Forms of two lemmas with the same `pos` line up, so that zipping two locales' lists pairs them. Of a term of
    several words the last one is inflected.
    """
    forms = [lemma]
    if "n" in pos or "v" in pos:
        forms.append(plural(lemma))
    if "v" in pos:
        forms += [past(lemma), gerund(lemma)]
    return forms
