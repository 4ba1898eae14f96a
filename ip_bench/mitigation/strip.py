"""Take out of the text before a request, by rule, what says who the user is: sentences, clauses, and notes of a memory.

The rule sees the text alone; it knows neither the logged edits of a row nor the identities of the dataset.
"""

from __future__ import annotations

import re

#: Words that may stand between "I am" and what the user is.
_ADVERB = r"(?:(?:also|actually|just|only|currently|really|simply|both|now|proudly|personally|myself|still) )*"
#: Adjectives that say who somebody is, where they follow "I am" without an article.
_TRAITS = (
    "male|female|straight|gay|lesbian|bisexual|asexual|pansexual|queer|trans|transgender|cisgender|non-?binary|"
    "disabled|able-bodied|blind|deaf|autistic|pregnant|retired|divorced|widowed|married|single|middle-aged|elderly|"
    "religious|atheist|agnostic|undocumented|underage|left-handed|vegetarian|vegan|black|white|brown|biracial"
)
#: Nouns behind "a" that say no more than how somebody feels, or how much.
_NOT_A_PERSON = (
    "bit|little|lot|few|tad|couple|touch|while|moment|step|part|result|rule|reminder|matter|whole|"
    "consequence|favou?r|gift|last resort|first|second|third|next|final|start|side|fan of (?:this|that)|"
    r"rush|hurry|loss|crossroads|position|situation|dilemma|bind|mess|state|team|group|way|"
    "good mood|bad mood|note|token|means|guide|example|alternative|aside|addition|supplement|substitute|"
    r"\w+(?:ing|tion|ment|ness|ity|ance|ence)(?= (?:of|to|for|that|in|on|about|and)\b|[,.;:!?]|$)"
)
_QUITE = "(?:very |really |quite |rather )*"
_PERSON = (
    r"(?:some(?:one|body) (?:who|with|from|of)\b|"
    rf"(?:not )?(?:an?|one of the|part of the) (?!{_QUITE}(?:{_NOT_A_PERSON})\b)[\w'-])"
)
_TRAIT = rf"(?i:{_TRAITS})\b"
_NAMED = r"[A-Z][a-z]+(?: [A-Z][a-z]+)*\b(?![-'’]s\b)"
_AGED = r"(?:\d{1,3}|[a-z]+(?:-[a-z]+)?) years? old\b|\d{1,2}(?=[.,;!]|$| and\b)|(?:under|over) (?:the age of )?\d\d\b"
_FROM = rf"(?:originally )?from (?:the )?{_NAMED}|of [A-Z][a-z]+ (?:descent|origin|heritage)"
_ROLE = r"the (?:\w+ )?(?:owner|head|manager|founder|leader|parent|mother|father|son|daughter|member) of|part of an?"
_WHO = rf"(?:{_PERSON}|{_TRAIT}|{_NAMED}|{_AGED}|{_FROM}|(?:{_ROLE})\b)"
_BE = r"(?:I ?['’]?m|I am|I was born|I identify as|I happen to be|I ['’]?ve always been|I have always been)"
_SELF = r"(?:myself|me|I)"
_AS = rf"(?:[Aa]s|[Aa]s being) {_PERSON}"
_SOME = r"[^.!?]{0,200}"  # bounded, so that no text takes more than linear time
_HELLO = "(?:Hi|Hello|Hey|Greetings|Good (?:morning|afternoon|evening))(?: there)?"
_THEM = "(?:them|him|her)sel(?:f|ves)"
_IS = (
    rf"(?:is|was|happens to be|identifies as|(?:would )?describes? {_THEM} as|"
    rf"(?:thinks|would call){_SOME}sel(?:f|ves)(?: as)?)"
)
#: What says of the user, in a sentence that holds it, who they are.
_SAYS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_BE} {_ADVERB}{_WHO}",
        rf"\b(?:describe|call|consider|think of|see|regard|view|identify|introduce) {_SELF} (?:as |to be )?{_WHO}",
        rf"\b[Ss]peaking {_AS}",
        rf"(?:^|, )(?:so |and |but )?{_AS}[^,;:.!?]{{0,120}}, {_SOME}\b(?:I|my|me)\b",
        rf"\bI(?: am|['’]m)? (?:ask|com|speak|talk|turn|writ|reach|say|liv)(?:e|ing)?\b(?: \w+){{0,3}} {_AS}",
        r"\b(?:who|what) I am\b",
        rf"(?:\b[Mm]y name(?: is|['’]s)|^(?:{_HELLO}, )?[Tt]his is|^{_HELLO} from) [A-Z]",
        rf"^(?:{_HELLO}, )?{_NAMED} here[.!]?$",
        rf"\b(?:profile|bio|background) {_SOME}\bthat I am {_WHO}",
        rf"\b(?:(?:[Tt]he )?[Uu]ser|person who is (?:writing|asking|talking){_SOME}?) {_IS} {_WHO}",
        rf"\b[Uu]ser\b{_SOME}\b(?:said|told|mentioned|noted|added|stated|introduced)\b{_SOME}"
        rf"\b(?:they are|he is|she is|being|as|I am|I['’]m) {_WHO}",
        rf"\b(?:(?:about|of|from) the (?:user|customer)|themselves)\b[^.!?:]{{0,40}}: (?:{_PERSON}|{_TRAIT})",
    )
)
#: A heading over what is stored about the user; the notes under it go with it.
_STORED = (
    "saved|stored|known|remembered|noted|recorded|what (?:we|you) know|notes?|facts?|information|details|"
    "memor(?:y|ies)|profile|background|context"
)
_HEADING = re.compile(
    rf"(?i)^\W*(?:(?:{_STORED})\b{_SOME}\b(?:user|customer|person|asker)|"
    r"(?:about )?(?:the )?(?:user|customer)(?:['’]s)?(?: (?:profile|memory|memories|background|facts|notes?))?|"
    r"user[ _-](?:profile|memory|info|information|context)|memor(?:y|ies)|profile)\W*:\W*$"
)
_NOTE = re.compile(r"^\s*(?:[-*•–]|\d+[.)])\s+")
#: A sentence ends at a mark with a space behind it, or at the end of a quotation.
_SENTENCE = re.compile(r"(?<=[.!?])[\"”']?\s+(?=[\"“'A-Z0-9(])")
#: The part of a sentence that describes, where another part may stand alone.
_CLAUSES = (
    re.compile(rf"^(?:[Ss]peaking )?{_AS}[^,;:.!?]{{0,120}}, (?P<rest>.*)$"),
    re.compile(rf"^{_SOME}?\b{_BE} {_ADVERB}{_WHO}[^,;:.!?]{{0,120}}[,;] (?:(?:and|but|so) )?(?P<rest>.*)$"),
)
#: A rest of such words alone asks for help and says nothing; the "hello" of a description goes with it.
_EMPTY = frozenset(
    [
        "a",
        "about",
        "also",
        "an",
        "and",
        "any",
        "anything",
        "are",
        "ask",
        "asking",
        "be",
        "but",
        "can",
        "could",
        "do",
        "for",
        "from",
        "get",
        "give",
        "have",
        "help",
        "here",
        "hello",
        "hi",
        "i",
        "i'd",
        "i'm",
        "if",
        "in",
        "is",
        "it",
        "like",
        "may",
        "me",
        "my",
        "need",
        "of",
        "on",
        "one",
        "please",
        "question",
        "questions",
        "request",
        "so",
        "some",
        "something",
        "thanks",
        "that",
        "the",
        "there",
        "this",
        "to",
        "us",
        "use",
        "want",
        "was",
        "we",
        "what",
        "will",
        "with",
        "wish",
        "worth",
        "would",
        "you",
        "your",
    ]
)
_WORD = re.compile(r"[\w'’]+")
#: What the rule is, for the record of a run.
RULE = "|".join([*(one.pattern for one in (*_SAYS, _HEADING, _NOTE, _SENTENCE, *_CLAUSES)), *sorted(_EMPTY)])


def strip_identity(text: str) -> str:
    """Return a text without what it says of who the user is; what is left keeps its words, lines and order."""
    kept: list[str] = []
    notes = False
    for line in text.split("\n"):
        if _HEADING.match(line):
            notes = True
        elif notes and _NOTE.match(line):
            continue
        else:
            notes = notes and not line.strip()
            found = _stripped(line)
            if found or not line.strip():
                kept.append(found)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def describes(sentence: str) -> bool:
    """Return whether a sentence says who the user is."""
    return any(one.search(sentence) for one in _SAYS)


def _stripped(line: str) -> str:
    """Return a line without the sentences, or parts of them, that describe the user."""
    lead = match[0] if (match := re.match(r"^\s*(?:[-*•–]\s+|\d+[.)]\s+)?", line)) else ""
    said = [_rest(one) if describes(one) else one for one in _SENTENCE.split(line[len(lead) :])]
    kept = " ".join(filter(None, said))
    return f"{lead}{kept}" if kept.strip() else ""


def _rest(sentence: str) -> str:
    """Return what a describing sentence says beside the description, or nothing."""
    for clause in _CLAUSES:
        if found := clause.match(sentence):
            rest = found["rest"].strip()
            if describes(rest):
                return _rest(rest)
            if {word.lower().replace("’", "'") for word in _WORD.findall(rest)} <= _EMPTY:
                return ""
            return rest[:1].upper() + rest[1:]
    return ""
