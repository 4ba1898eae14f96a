"""Tell whether a text is English, which is all that the rules read."""

from __future__ import annotations

import re

from ip_bench.outcomes.plain import plain
from ip_bench.outcomes.refusal.text import words

_READ = 2_000  # characters: what language a text is in shows at once
_FEW = 3  # words of another language, or letters of another script, below which a text is taken for English
_SHARE = 0.12  # of the words, at least, that are common in another language and none in English
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[a-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]", re.IGNORECASE)
_ENGLISH = frozenset((
    "about", "all", "also", "am", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "for", "from",
    "have", "help", "here", "how", "i", "if", "in", "is", "it", "may", "not", "of", "on", "or", "out", "sorry", "that",
    "the", "their", "there", "they", "this", "to", "up", "we", "what", "will", "with", "would", "you", "your",
))  # fmt: skip
#: Common words of German, Spanish, French, Italian, Portuguese, Dutch, Polish and Turkish that are no English words.
_OTHER = frozenset((
    "aber", "auf", "bei", "das", "dem", "den", "der", "dir", "ein", "eine", "einen", "es", "für", "ich", "ist", "kann",
    "mit", "nicht", "sie", "und", "von", "werden", "wie", "wir", "zu", "con", "del", "el", "en", "eso", "esta", "este",
    "las", "lo", "los", "pero", "por", "puedo", "que", "qué", "se", "siento", "su", "tu", "una", "ayudarte", "para",
    "au", "aux", "avec", "ce", "ces", "cette", "dans", "des", "du", "elle", "est", "et", "je", "la", "le", "les",
    "mais", "ne", "nous", "ou", "peux", "pour", "puis", "sur", "une", "vous", "che", "chi", "della", "di", "gli",
    "ho", "il", "mi", "non", "nel", "posso", "questo", "sono", "ajudar", "com", "da", "desculpe", "dos", "em", "isso",
    "mas", "na", "não", "os", "um", "uma", "een", "het", "ik", "je", "maar", "met", "niet", "te", "van", "voor",
    "ale", "czy", "jest", "mogę", "nie", "się", "ama", "ben", "bir", "bu", "için", "ile", "ve",
))  # fmt: skip


def english(text: str) -> bool:
    """Return whether a text is English, as far as its script and its commonest words tell; in doubt it is.

    Lists, code and names are in doubt. It is not where most letters are of another script than the Latin one, or where
    common words of other languages are many, and twice as many as English ones.
    """
    seen = text[:_READ]
    letters = len(_LETTER.findall(seen))
    if letters - len(_LATIN.findall(seen)) > max(_FEW, letters // 2):
        return False
    said = words(plain(seen))
    other = sum(word in _OTHER for word in said)
    return other < max(_FEW, _SHARE * len(said)) or other < 2 * sum(word in _ENGLISH for word in said)
