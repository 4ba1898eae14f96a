"""What a word cue must never touch: code, addresses, quotations, names and placeholders."""

from __future__ import annotations

import re

_GLUE = frozenset("_@#/\\$%{}<>=|~^&*+[]:")  # next to a word these make it part of a code, address or placeholder
_SENTENCE_END = frozenset(".!?:;\n")
_OPENING = "\"'“‘«([*-–—> "
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_DOUBLE_QUOTE = re.compile(r'"[^"\n]*"|“[^”\n]*”|«[^»\n]*»')
_SINGLE_QUOTE = re.compile(r"(?<![\w'’])'[^'\n]*(?:'(?=\w)[^'\n]*)*'(?!\w)|‘[^’\n]*(?:’(?=\w)[^’\n]*)*’(?!\w)")
_BRACES = re.compile(r"\{[^{}\n]*\}|<[^<>\n]*>|\[[^\[\]\n]*\]\([^()\n]*\)")
_ADDRESS = re.compile(r"\S*(?:://|www\.|@)\S*")


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) spans of code, quotations, placeholders and addresses in `text`, unsorted.

    Each pattern runs only where its first character occurs, so ordinary prose costs a few substring tests.
    """
    patterns = []
    if "`" in text:
        patterns.append(_CODE)
    if '"' in text or "“" in text or "«" in text:
        patterns.append(_DOUBLE_QUOTE)
    if "‘" in text or text[:1] == "'" or " '" in text or "('" in text or "\n'" in text:
        patterns.append(_SINGLE_QUOTE)
    if "{" in text or "<" in text or "](" in text:
        patterns.append(_BRACES)
    if "@" in text or "://" in text or "www." in text:
        patterns.append(_ADDRESS)
    return [found.span() for pattern in patterns for found in pattern.finditer(text)]


def glued(text: str, start: int, end: int) -> bool:
    """Return whether the word at [start, end) is part of an identifier, path, file name or placeholder."""
    if start:
        left = text[start - 1]
        if left in _GLUE and not (left == ":" and text[start - 2 : start - 1].isspace()):
            return True
        # ".color", "a.color" and "--color" are code; "end.Color" is a missing space and is left alone too
        if left in ".-" and (start == 1 or not text[start - 2].isalnum() or left == "."):
            return True
    if end < len(text):
        right = text[end]
        if right in _GLUE:
            return right != ":" or text[end + 1 : end + 2] == ":"
        if right == "(" or (right == "." and text[end + 1 : end + 2].isalnum()):
            return True
    return False


def opens_sentence(text: str, start: int) -> bool:
    """Return whether the word at `start` is the first of a sentence, as far as punctuation tells."""
    at = start - 1
    while at >= 0 and text[at] in _OPENING:
        at -= 1
    return at < 0 or text[at] in _SENTENCE_END


def is_name(text: str, start: int, end: int) -> bool:
    """Return whether a capitalized word looks like (a part of) a name.

    Inside a sentence a capital is a name (Labour Party, Pearl Harbor); at its start only a second capitalized
    word right behind it makes it one.
    """
    if not opens_sentence(text, start):
        return True
    following = text[end + 1 : end + 3]
    return text[end : end + 1] == " " and following[:1].isupper() and following[1:].islower()
