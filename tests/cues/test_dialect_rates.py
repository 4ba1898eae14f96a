"""Rates of features beside texts that speakers of African American English wrote (ReDial, where it is at hand)."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from ip_bench.cues.dialect.cue import DIALECTS, FIRST_LANGUAGES
from ip_bench.cues.dialect.engine import dialect
from ip_bench.cues.dialect.kept import not_kept
from ip_bench.cues.dialect.parse import parse
from ip_bench.cues.dialect.tokens import tokenize
from ip_bench.cues.dialect.trace import features_fired, rules_fired
from ip_bench.cues.dialect.words import read_words
from ip_bench.cues.protect import protected_spans
from ip_bench.seeds import rng

SHARED = Path(os.environ.get("IP_BENCH_SHARED") or Path(__file__).parents[3] / "shared")
REDIAL = SHARED / "data" / "language" / "redial" / "logic.json"
# What counts as a feature in a text: patterns of the rules' own language, with the place in brackets.
SEEN = {
    "negative concord": (
        {154}, ["ain't|don't|doesn't|didn't|can't|won't|couldn't|isn't|not ... [no|nothing|nobody|none|never|nowhere]"],
    ),
    "ain't": ({155, 156, 157}, ["[ain't]"]),
    "gonna, finna": ({114, 126}, ["[gonna|finna]"]),
    "no be before -ing": (
        {174}, ["!<be|have|modal> <they|person> <middle-adverb>? [<lexical-ing>]",
                "<name> <middle-adverb>? [<lexical-ing>]"],
    ),
    "no be before adjective": (
        {177}, ["!<be|have|modal|do|any-verb|preposition> <they|person> <middle-adverb>? <degree>? [<adjective>] "
                "!<noun|nouns>", "<name> <degree>? [<adjective>] !<noun|nouns>"],
    ),
    "no be before place": (
        {178}, ["!<be|have|modal|do|any-verb|preposition> <they|person> [<place-preposition>] <determiner|name>",
                "<name|noun> [<place-preposition>] <name> $"],
    ),
    "no third-person -s": (
        {170}, ["!<modal|do|any-verb|preposition>|to|let <he> <adverb>? [<lexical>] !to", "<name> [<base-only>]",
                "who|that [<base-only>]"],
    ),
    "don't for doesn't": ({158}, ["<he|name|noun> [don't]"]),
    # Habits only: before -ing, beside an adverb of frequency, and of a kind of things. What else the writers have ("the
    # museum be in the city") is another feature (184), which the atlas calls extremely rare and no rule writes.
    "habitual be": (
        {90}, ["!<modal|do>|to|let|gonna <subject|name|noun|nouns> <adverb>? [be] <adverb>? <lexical-ing>",
               "!<modal|do>|to|let|gonna <subject|name|noun|nouns> <often> [be]",
               "!<determiner|clitic>|them <nouns> <adverb>? [be] <degree>? "
               "<passing|habit-participle|place-preposition> <stop|preposition|coordinator|article>|,"],
    ),
    "got": ({179}, ["<subject|name|nouns> [got] <determiner|number|quantifier|adjective|nouns|noun>"]),
    "done": ({104}, ["<subject|name|noun|nouns> [done] <any-verb|adverb>|been"]),
    "them for those": ({68}, ["[them] <adjective>? <nouns>"]),
}  # fmt: skip
# Invariant be whose clause has an adverb of frequency or names the times, which is what most of our rules ask for.
MARKED = [
    "<subject|name|noun|nouns> <often> [be]",
    "<subject|name|noun|nouns> <adverb>? [be] ... every|each <occasion>",
    "<subject|name|noun|nouns> <adverb>? [be] ... regular|regularly|daily|occasionally|usually",
    "<subject|name|noun|nouns> <adverb>? [be] ... from time to time",
    "<subject|name|noun|nouns> <adverb>? [be] ... all day|night|the",
    "<subject|name|noun|nouns> <adverb>? [be] ... in|during the? <occasion>",
]
TEXTS_A_GROUP = 10


@pytest.fixture(scope="module")
def pairs() -> list[tuple[str, str]]:
    """Return the (standard, African American) pairs; the quotation that some prompts are is opened."""
    if not REDIAL.is_file():
        pytest.skip(f"no ReDial texts at {REDIAL}; set IP_BENCH_SHARED")
    read = json.loads(REDIAL.read_text(encoding="utf-8"))["vanilla"]
    return [(body(one), body(other)) for one, other in zip(read["original"], read["aave"], strict=True)]


def body(record: dict[str, str]) -> str:
    return f"{record['premises']}\n{record['conclusion']}" if "premises" in record else record["prompt"]


def respelled(text: str) -> str:
    """Write what the writers spell by ear (runnin', gon', 'em, aint) as the word lists have it."""
    text = re.sub(r"\b(\w{2,}in)'(?!\w)", r"\1g", text.replace("’", "'"))
    return re.sub(r"\b[Gg]on'?(?!\w)", "gonna", re.sub(r"\baint\b", "ain't", text)).replace("'em ", "them ")


def seen(texts: list[str], features: dict[str, list[str]]) -> list[Counter[str]]:
    """Return how often each feature, given as patterns, occurs in each text."""
    words = read_words()
    patterns = [(name, parse(text, words.classes, name)) for name, found in features.items() for text in found]
    counts = []
    for text in texts:
        tokens = tokenize(respelled(text), words)
        places = {
            (name, match.groups[0])
            for name, pattern in patterns
            for at, token in enumerate(tokens)
            if token.word in pattern.anchor_words and (match := pattern.match(tokens, at))
        }
        counts.append(Counter(name for name, _ in places))
    return counts


def per_100_words(counts: list[Counter[str]], texts: list[str]) -> dict[str, float]:
    size = sum(len(text.split()) for text in texts) / 100
    total = sum(counts, Counter())
    return {name: total[name] / size for name in SEEN}


def test_rates_are_inside_those_of_human_writers(pairs: list[tuple[str, str]]) -> None:
    standard, human = [list(side) for side in zip(*pairs, strict=True)]
    counted = seen(human, {name: patterns for name, (_, patterns) in SEEN.items()})
    groups = len(human) // TEXTS_A_GROUP
    rates = [per_100_words(counted[k::groups], human[k::groups]) for k in range(groups)]
    engine = dialect("aae")
    fired: Counter[str] = Counter()
    for number, text in enumerate(standard):
        edits = engine.apply(text, rng("rates", number)).edits
        features = features_fired(edits)
        fired.update({name: sum(features[f] for f in numbers) for name, (numbers, _) in SEEN.items()})
        fired["gonna, finna"] += rules_fired(edits)["aae:155:aint-gonna"]  # one rule, two features
    size = sum(len(text.split()) for text in standard) / 100
    for name in SEEN:
        low, high = (edge(rate[name] for rate in rates) for edge in (min, max))
        assert low <= fired[name] / size <= high, (name, low, fired[name] / size, high)
        assert fired[name], name


def test_habits_are_as_frequent_as_those_that_writers_mark(pairs: list[tuple[str, str]]) -> None:
    """Some groups of ten texts have no habit, so that their lowest rate is 0 and rules out nothing."""
    standard, human = [list(side) for side in zip(*pairs, strict=True)]
    marked = sum(count["marked"] for count in seen(human, {"marked": MARKED}))
    engine = dialect("aae")
    fired = sum(
        features_fired(engine.apply(text, rng("rates", number)).edits)[90] for number, text in enumerate(standard)
    )
    assert marked
    assert fired / sum(len(text.split()) for text in standard) >= marked / sum(len(text.split()) for text in human)


@pytest.mark.parametrize("level", [*DIALECTS, *FIRST_LANGUAGES])
def test_content_is_kept_in_every_text(pairs: list[tuple[str, str]], level: str) -> None:
    engine = dialect(level, "dialect" if level in DIALECTS else "transfer")
    changed = 0
    for number, (text, _) in enumerate(pairs):
        made = engine.apply(text, rng("kept", number), 1.0)
        assert not_kept(text, made) == ()
        spans = protected_spans(text)
        for edit in made.edits:
            assert not any(char.isdigit() for char in edit.before + edit.after)
            assert not any(start < edit.end and edit.start < end for start, end in spans)
        changed += bool(made.edits)
    assert changed > 25
