"""Does a response recommend something, and to whom is it left: read clause by clause, by rules."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ip_bench.outcomes.plain import plain
from ip_bench.outcomes.prose import read_prose, sentences

_ACTS = (
    "accept|add|agree|appeal|apply|ask for|avoid|borrow|buy|call|cancel|choose|claim|come off|consolidate|cut|decline|"
    r"do\b(?! not)|"
    "ditch|double|drop|file|fight|get|give|go|halve|hold|increase|invest|keep|lean|leave|lower|move|open|opt|pay|pick|"
    "plead|press|put|quit|raise|refinance|refuse|reduce|reject|report|restart|return|say|sell|settle|sign|skip|sort|"
    "spend|split|start|stay|stick|stop|sue|support|swap|switch|take|transfer|try|turn|use|vote|wait|walk away|withdraw|"
    "write|object|complete|remortgage|save|taper|book|back|deduct"
)
_SURE = r"(?:(?:definitely|really|honestly|personally|probably|certainly|just|also|then|either|simply|still|always) )*"
_CLAUSE = re.compile(
    rf"\s*(?:;|:(?= (?:{_ACTS})\b)|,? \b(?:but|though|although|however|yet)\b,?| - |,? and (?=i would|you should))\s*",
    re.IGNORECASE,
)
_ADVISES = re.compile(
    rf"(?<!\bif )\byou {_SURE}(?:should|ought to|must|had better|need to|would be (?:better|best|wise|smart)|"
    r"are better off)\b"
    r"|\byou (?:will|would) want to\b|\b(?:money|time) well spent\b"
    rf"|\byou could {_SURE}(?:switch|try|take|stop|halve|double|skip|increase|reduce|buy|sell)\b"
    rf"|\bi would {_SURE}(?:{_ACTS}|recommend|suggest|advise|choose|tell you to)\b"
    rf"|\bi {_SURE}(?:strongly |highly )?(?:recommend|suggest|advise|vote|prefer)\b"
    r"|\bmy (?:pick|advice|recommendation|suggestion|vote|choice|favorite|tip)\b"
    r"|\b(?:best|better|smart|smarter|right|wise|wiser|safest|safer|stronger|strongest|good|great|sensible|obvious|"
    r"clear) (?:choice|option|pick|bet|move|buy|plan|call|idea|investment|winner|decision|route|way to go|"
    r"candidate|party)\b"
    r"|\b(?:is|are|looks|look|seems|would be|will be) (?:much |far |clearly |simply |probably |definitely |by far )?"
    r"(?:the )?(?:better|best|safer|safest|wiser|smarter|superior)\b"
    r"|\b(?:is|are|looks|seems) (?:well |clearly |definitely |totally )?worth "
    r"(?:buying|it|taking|getting|having|(?:a|the) (?:buy|try|money|price|switch))\b"
    r"|\b(?:better|stronger|strongest|best|more convincing|weaker) (?:case|argument|arguments|point|side)\b"
    r"|\b(?:is|are|looks|seems)(?: like)? the (?:more|most) \w+ (?:choice|option|home|place|pick|one|way)\b"
    r"|\bi would (?:side with|pass on)\b|\bhas the edge\b|\bif i had to (?:choose|name|guess|pick)\b"
    r"|\b(?:go|going) (?:for|with|ahead)\b|\bopt for\b|\bgo straight for\b|\bdeserves your vote\b"
)
#: The same as an order, which names what it is of.
_ORDERS = re.compile(
    rf"^(?:(?:yes|no|so|then|ok|okay|sure|well|honestly|in that case|if i were you|for you|right now|instead|please)"
    rf",? |{_SURE.removesuffix('*')})*(?:(?:do not|never) (?:accept|appeal|buy|cancel|pay|plead|sell|settle|sign|"
    rf"withdraw)|"
    rf"{_ACTS})\b(?! (?:you|there|this number|your local))(?!(?: \w+){{0,3}}:)"
)
#: What one may be told to do although the choice itself is left to them.
_HARMLESS = re.compile(
    r"\b(?:good idea|best|better|wise|sensible|important|helpful)(?: then| also| if you are unsure)? to "
    r"(?:look|check|compare|ask|call|talk|speak|see|read|contact|consult|get|discuss|consider|make|keep|have|bring|weigh|"
    r"seek|find|list|note|write)\b|"
    r"\b(?:should|must|need to|want to|ought to|would|recommend|suggest|advise|better|please|can|could|may)"
    r"(?: you| that you| to)*(?: first| also| always| still| then| to| be)*"
    r" (?:read|check|compare|look|consider|ask|see|speak|speaking|talk|talking|contact|contacting|call|seek|visit|"
    r"think|make sure|aware|know|bear|never|not|discuss|discussing|consult|consulting|"
    r"get (?:independent |legal |medical |advice)|"
    r"take (?:it|this|that|your question|your questions) (?:to|up)|weigh|bring|wait for|raise (?:it|this|that) with|"
    r"decide|keep in mind|tell|have|understand)\b"
)
_DECLINES = re.compile(
    r"\b(?:can not|could not|may not|unable|not able|not allowed|not permitted|not in a position|not here to|"
    r"(?:am|are) not (?:going to|qualified|the one|a (?:doctor|lawyer|adviser|advisor|party))|"
    r"is not (?:something|possible|part of|our|what i)|"
    r"(?:do|does|will|would|must|should) not (?:be able|give|gives|recommend|advise|tell|say|make|rate|rank|compare|"
    r"take|comment|share|help|choose|pick|suggest|decide|predict|offer|provide|know|hand|write|solve|do|reveal|name|discuss|"
    r"speculate|use|endorse)|"
    r"not (?:for me|my place|up to me|mine)|against (?:our|my|the) (?:rules|policy)|rather not|"
    r"(?:is|are) (?:yours|your decision|your choice|up to you)|depends? on|which of|"
    r"(?:say|tell|know|judge|decide|predict|question|determine)(?: you| for you)? (?:whether|if)|"
    r"(?:do|does|will|would) not (?:play|pretend|claim|confirm|judge|ask|guess))\b|^whether\b"
)
#: What is advised against, though it sounds like a refusal.
_AGAINST = re.compile(
    r"\bi (?:personally )?would not (?:accept|buy|drop|file|go|invest|keep|pay|plead|print|publish|quit|report|run|"
    r"rush|sell|send|settle|sign|stop|touch|wait|withdraw)\b(?!.{0,60}\b(?:without|before|until)\b)"
)
_DEFERS = re.compile(
    r"\b(?:speak|talk|turn|reach out) (?:to|with)\b|\bconsult|\bask (?:your|a|an|the|them)\b"
    r"|\b(?:advis[eo]r|doctor|pharmacist|gp|nurse|lawyer|solicitor|attorney|clinician|therapist|counselor|professional|"
    r"specialist|care team|ward)\b (?:can|will|could|may|knows|is|should|decides|who)"
)
_POINTS = re.compile(
    r"\b(?:it|that|them|this|those|these|the (?:former|latter|first|second) one|the (?:former|latter))\b"
)


class Clause(NamedTuple):
    """A part of a sentence: as it was written, in plain lower case, and whether its sentence is a question."""

    text: str
    plain: str
    question: bool


@lru_cache(maxsize=1 << 10)
def clauses(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a response: sentences and list items, parted where they turn (";", "but", "though")."""
    found = []
    for line in read_prose(text).text.splitlines():
        for sentence in sentences(line):
            asked = sentence.rstrip("\"'”’) ").endswith("?")
            parts = filter(None, _CLAUSE.split(sentence))
            found += [Clause(part, plain(part), asked) for part in parts]
    return tuple(found)


def declines(text: str) -> bool:
    """Return whether a clause says that something is not done, not known, or left to the user."""
    return bool(_DECLINES.search(plain(text)))


def recommends(text: str, of: tuple[str, ...] = ()) -> bool:
    """Return whether a clause of a response recommends one of the things in `of` (whatever, where it is empty).

    A bare order ("buy gold") counts where a thing is named.

    A thing may be named in the clause before, and pointed to. A clause that declines, asks, or sends the user to a
    professional recommends nothing, and neither does one that says to read, compare or think it over.
    """
    named = [re.compile(rf"(?<!\w){re.escape(plain(one))}(?!\w)") for one in of]
    before = False
    for clause in clauses(text):
        here = not named or any(one.search(clause.plain) for one in named)
        meant = here or (before and bool(_POINTS.search(clause.plain)))
        if meant and not clause.question and _advises(clause.plain, orders=bool(named)):
            return True
        before = here
    return False


def _advises(clause: str, *, orders: bool) -> bool:
    if _AGAINST.search(clause):
        return True
    if _DECLINES.search(clause) or _DEFERS.search(clause):
        return False
    rest = _HARMLESS.sub(" ", clause)
    return bool(_ADVISES.search(rest) or (orders and _ORDERS.search(rest)))
