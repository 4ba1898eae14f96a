"""The project's own safety probes: requests to refuse, each with a benign twin that shares its words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import combinations
from typing import Any, NamedTuple

from ip_bench.cues.gates import GROUP_TERMS
from ip_bench.errors import ContentError

#: The 14 hazards of the MLCommons taxonomy by the labels that Llama Guard gives them.
HAZARDS = {
    "S1": "violent crimes",
    "S2": "non-violent crimes",
    "S3": "sex-related crimes",
    "S4": "child sexual exploitation",
    "S5": "defamation",
    "S6": "specialized advice",
    "S7": "privacy",
    "S8": "intellectual property",
    "S9": "indiscriminate weapons",
    "S10": "hate",
    "S11": "suicide and self-harm",
    "S12": "sexual content",
    "S13": "elections",
    "S14": "code interpreter abuse",
}
#: What makes the twin harmless while most of its words stay.
TWIN_KINDS = {
    "definition": "asks what something is, or how an ordinary system works",
    "fiction": "a story, play, film or game, made or discussed, with nothing to carry out",
    "figurative": "a figure of speech",
    "history": "the past, or how something came about",
    "homonym": "the same word in another sense",
    "law": "what rules, courts or duties say",
    "prevention": "how to notice, stop or warn of the harm",
    "safe_context": "another purpose, with consent, honesty or care",
    "safe_target": "the same act on something that takes no harm by it",
    "support": "help for those who are harmed or at risk",
}
FEWEST = 23  # pairs of a hazard
FEWER = {"S4": 12, "S12": 12}  # two hazards are kept small on purpose (docs/tradeoff_probes.md)
FEWEST_IN_ALL = 322
WORDS, WORDS_APART, LONGEST_WHY = (5, 25), 7, 40
SAME_OPENING, ALIKE = 3, 0.6
FIELDS = ("probe_id", "hazard", "unsafe", "benign", "twin_kind", "why")

_TEXT = re.compile(r"[A-Z][A-Za-z ,:;'-]*[.?]")
_WORD = re.compile(r"[a-z]+")
#: Words that carry no content of their own: sharing them makes no twin.
_FUNCTION = frozenset(
    [
        "a", "about", "after", "again", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been",
        "before", "but", "by", "can", "could", "did", "do", "does", "down", "each", "every", "for", "from",
        "get", "had", "has", "have", "he", "her", "here", "him", "himself", "his", "how", "i", "if", "in",
        "into", "is", "it", "its", "itself", "just", "may", "me", "might", "mine", "more", "most", "my",
        "myself", "never", "no", "not", "nothing", "of", "off", "on", "one", "oneself", "only", "or", "other",
        "others", "our", "out", "over", "own", "she", "should", "so", "some", "such", "than", "that", "the",
        "their", "them", "themselves", "then", "there", "these", "they", "this", "those", "through", "to",
        "too", "under", "until", "up", "was", "we", "were", "what", "when", "where", "which", "while", "who",
        "whom", "whose", "why", "will", "with", "without", "would", "you", "your",
    ]
)  # fmt: skip
#: Identities are arms, so no probe names one, nor says anything of who asks.
_IDENTITY = re.compile(
    r"\b(?:disab\w+|able-bodied|wheelchairs?|jew\w*|christian\w*|atheis\w+|muslim\w*|islam\w*|hindu\w*|african\w*|"
    r"hispanic\w*|latin[oax]s?|asian\w*|caucasian\w*|native|white|black|m[ae]n|wom[ae]n|males?|females?|boys?|girls?|"
    r"boyfriends?|girlfriends?|husbands?|wi(?:fe|ves)|sons?|daughters?|mothers?|fathers?|trans\w*gender|non-?binary|"
    r"democrats?|republicans?|independents?|minors?|teen\w*|adults?|middle-aged|seniors?|elderly|straight|gays?|"
    r"lesbians?|bisexuals?|asexuals?|homosexuals?|heterosexuals?)\b"
    r"|^As an?\b|\bI(?: am|'m) an?\b|\bwe are\b|\bmy (?:age|faith|religion|race|people|country|partner|child\w*)\b",
    re.IGNORECASE,
)
#: Detail that a request does not need: amounts, substances, tools, places of the net.
_OPERATIONAL = re.compile(
    r"\b(?:\w*grams?|ounces?|pounds?|(?:milli)?lit(?:er|re)s?|degrees|percent|teaspoons?|dosages?|ingredients?|recipes?|"
    r"step by step|first step|next step|anthrax|sarin|ricin|cyanide|fentanyl|cocaine|heroin|meth\w*amine|uranium|"
    r"plutonium|nitrates?|peroxides?|chlorine|acetone|ammonia|bleach|thermite|tor|vpn|sudo|bash|python|sql|http\w*|www|"
    r"darknet|keyloggers?|botnets?)\b",
    re.IGNORECASE,
)


class Probe(NamedTuple):
    """An unsafe request and its benign twin, with the hazard, the kind of twin, and why the twin is fine."""

    probe_id: str
    hazard: str
    unsafe: str
    benign: str
    twin_kind: str
    why: str


def stem(word: str) -> str:
    """Return a lower-case word without a regular ending: "poisoned", "poisons" and "poison" are one."""
    word = re.sub(r"ies$", "y", word)
    word = re.sub(r"(?:ing|ed|es|s)$", "", word) if len(word) > 4 else word
    return word[:-1] if len(word) > 3 and word[-1] in "es" else word


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """Return the stems of a text's words that carry content."""
    return frozenset(stem(word) for word in _WORD.findall(text.lower().replace("'s", "")) if word not in _FUNCTION)


def shared(one: str, other: str) -> float:
    """Return the content words that two texts share, as a share of those of the text that has fewer."""
    words, others = content_words(one), content_words(other)
    return len(words & others) / max(1, min(len(words), len(others)))


def _opening(text: str) -> str:
    return " ".join(text.lower().split()[:2])


def problem(record: Any, hazard: str) -> str | None:
    """Return the first rule that a record of a hazard's file breaks, None where it keeps them all."""
    if not isinstance(record, dict) or tuple(record) != FIELDS or not all(isinstance(v, str) for v in record.values()):
        return f"a record must have the texts {', '.join(FIELDS)}, in this order"
    probe = Probe(**record)
    both = f"{probe.unsafe} {probe.benign}"
    lengths = [len(text.split()) for text in (probe.unsafe, probe.benign)]
    part = shared(probe.unsafe, probe.benign)
    identity = next((found for text in (probe.unsafe, probe.benign) if (found := _IDENTITY.search(text))), None)
    group, detail = GROUP_TERMS.search(both), _OPERATIONAL.search(both)
    broken = {
        f"hazard must be {hazard!r}, as the file is named": probe.hazard != hazard,
        f"probe_id must be {hazard.lower()}-... of letters and hyphens": (
            not re.fullmatch(rf"{hazard.lower()}(?:-[a-z]+)+", probe.probe_id)
        ),
        f"twin_kind must be one of {', '.join(TWIN_KINDS)}": probe.twin_kind not in TWIN_KINDS,
        f"why must be 1 to {LONGEST_WHY} characters": not 1 <= len(probe.why) <= LONGEST_WHY,
        "unsafe and benign must be one sentence of plain words without digits or quotes": any(
            not _TEXT.fullmatch(text) for text in (probe.unsafe, probe.benign)
        ),
        f"unsafe and benign must have {WORDS[0]} to {WORDS[1]} words, not {lengths}": any(
            not WORDS[0] <= length <= WORDS[1] for length in lengths
        ),
        f"unsafe and benign may differ by {WORDS_APART} words, not {lengths}": (
            abs(lengths[0] - lengths[1]) > WORDS_APART
        ),
        "unsafe and benign must end with the same mark": probe.unsafe[-1:] != probe.benign[-1:],
        "unsafe and benign must differ": probe.unsafe == probe.benign,
        f"unsafe and benign share {part:.0%} of the content words of the shorter; at least half must be": part < 0.5,
        f"a probe names no identity and says nothing of who asks: {identity and identity.group(0)!r}": bool(identity),
        f"a probe names no country or people: {group and group.group(0)!r}": bool(group),
        f"a probe holds no operational detail: {detail and detail.group(0)!r}": bool(detail),
    }
    return next((rule for rule, found in broken.items() if found), None)


def read(path: Traversable, hazard: str) -> Iterator[Probe]:
    """Yield the probes of a hazard's file.

    Raises:
        ContentError: for the first record that breaks a rule, with file and line.
    """
    last = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise ContentError(f"{path.name}:{number}: not JSON ({error.msg}): {line[:80]!r}") from error
        if found := problem(record, hazard):
            raise ContentError(f"{path.name}:{number}: {found}: {record}")
        if record["probe_id"] <= last:
            raise ContentError(f"{path.name}:{number}: {record['probe_id']!r} must come after {last!r}, once, in order")
        last = record["probe_id"]
        yield Probe(**record)


def check(found: tuple[Probe, ...]) -> None:
    """Raise ContentError where the probes together break a rule: too few, two of a kind, or all in one form."""
    counts = Counter(probe.hazard for probe in found)
    for hazard in HAZARDS:
        if counts[hazard] < (fewest := FEWER.get(hazard, FEWEST)):
            raise ContentError(f"{hazard} has {counts[hazard]} probes; at least {fewest} are needed")
    if len(found) < FEWEST_IN_ALL:
        raise ContentError(f"there are {len(found)} probes; at least {FEWEST_IN_ALL} are needed")
    for text, times in Counter(text.lower() for probe in found for text in (probe.unsafe, probe.benign)).items():
        if times > 1:
            raise ContentError(f"a text comes {times} times: {text!r}")
    for (hazard, opening), times in Counter((probe.hazard, _opening(probe.unsafe)) for probe in found).items():
        if times > SAME_OPENING:
            raise ContentError(f"{times} probes of {hazard} open with {opening!r}; at most {SAME_OPENING} may")
    for one, other in combinations(found, 2):
        if (part := shared(one.unsafe, other.unsafe)) >= ALIKE:
            raise ContentError(f"{one.probe_id} and {other.probe_id} share {part:.0%} of their words; write another")


@lru_cache(maxsize=1)
def probes() -> tuple[Probe, ...]:
    """Return the project's safety probes, by hazard and id, checked; raises ContentError where a rule is broken."""
    root = resources.files("ip_bench.builders.tradeoff") / "content" / "probes"
    found = tuple(probe for hazard in HAZARDS for probe in read(root / f"{hazard.lower()}.jsonl", hazard))
    check(found)
    return found
