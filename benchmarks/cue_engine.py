"""Rows per second of the cue engine, beside a regex of the HELM kind and a dictionary on words, on one core.

All three turn the same words in the same prompts. The two peers do less: the regex consumes the character on each
side of a word, so the first, the last and every second neighboring word stay; the dictionary knows no protected
spans and no articles; neither logs its edits.
"""

from __future__ import annotations

import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ip_bench.builders.cues.content import load
from ratios import Result, Row

from ip_bench.cues.lexicon import matcher
from ip_bench.cues.matcher import Matcher
from ip_bench.seeds import rng

FAMILY, LEVEL = "spelling", "uk"
PROMPTS = 200_000
REGEX_PROMPTS = 2_000  # the regex would take minutes for all of them
SIZE = 280  # characters, about
REPETITIONS = 5
LEAST, LEAST_TIMES = 100_000, 50  # rows per second, and times the regex
ENGINE, REGEX, WORDS = (
    "cue engine (edit log, protected spans)",
    "alternation regex of the HELM kind",
    "dictionary on `\\w+`",
)

Turn = Callable[[str], object]

# What surrounds cue words in real prompts: plain prose mostly, then capitals, contractions, and text to leave alone.
_SENTENCES = (
    (0.50, "I'm not sure it's relevant, but someone said we'd need {w} as well."),
    (0.15, "{W} is what they called it, isn't it?"),
    (0.10, 'The label says "{w} and more", whatever that\'s supposed to mean.'),
    (0.10, "There's something on https://example.org/{w}/page?id=12 about it."),
    (0.05, "A note (by ana@{w}.example) mentions `{w}_id` and {{{w}}}."),
    (0.10, "The café’s “{w}” sign – new since May – doesn’t help."),
)


class Timing(NamedTuple):
    """Rows per second of one way: the median of several passes, their extremes, and what it ran on."""

    name: str
    rows_per_second: float
    slowest: float
    fastest: float
    rows: int


def prompts(count: int = PROMPTS) -> list[str]:
    """Return `count` prompts: a lead-in sentence with three phrases, one more sentence in half of them, questions."""
    content = load()
    draw = rng("benchmarks", "cue engine")
    words = list(cue_words(matcher(FAMILY, LEVEL)))
    neutral = sorted({slot.phrase.replace("{w}", slot.neutral) for slots in content.blocks.values() for slot in slots})
    templates = list(content.templates.values())
    questions = [item.question for item in content.items]
    weights, sentences = zip(*_SENTENCES, strict=True)
    made = []
    for _ in range(count):
        phrases = [
            f"the {draw.choice(words)} question" if draw.random() < 0.7 else draw.choice(neutral) for _ in range(3)
        ]
        parts = [re.sub(r"\{([123])\}", lambda found, own=phrases: own[int(found[1]) - 1], draw.choice(templates))]
        if draw.random() < 0.5:
            word = draw.choice(words)
            parts.append(draw.choices(sentences, weights)[0].format(w=word, W=word.capitalize()))
        while sum(map(len, parts)) + len(parts) < SIZE - 40:
            parts.append(draw.choice(questions))
        made.append(" ".join(parts))
    return made


def cue_words(engine: Matcher) -> dict[str, str]:
    """Return the words that the engine turns; a form that is its own target only guards the words inside it."""
    return {source: target for source, target in engine.replacements.items() if source != target}


def regex_of_the_helm_kind(words: Mapping[str, str]) -> Turn:
    """Return HELM's way: one alternation of all the words with a character that is not a word's on each side."""
    pattern = re.compile(rf"(\W|^)({'|'.join(map(re.escape, words))})(\W|$)", re.IGNORECASE)

    def turned(found: re.Match[str]) -> str:
        return found[1] + _cased(found[2], words[found[2].lower()]) + found[3]

    return lambda text: pattern.sub(turned, text)


def dictionary_on_words(words: Mapping[str, str]) -> Turn:
    r"""Return the usual way of a script: a dictionary look-up for each `\w+`."""
    pattern = re.compile(r"\w+")

    def turned(found: re.Match[str]) -> str:
        word = found[0]
        target = words.get(word.lower())
        return word if target is None else _cased(word, target)

    return lambda text: pattern.sub(turned, text)


def _cased(word: str, target: str) -> str:
    if word.islower():
        return target
    return target.upper() if word.isupper() else target.capitalize()


def timed(ways: Mapping[str, tuple[Turn, Sequence[str]]], repetitions: int = REPETITIONS) -> list[Timing]:
    """Return a timing of each way; they take turns, so that a busy moment of the machine hits none of them alone."""
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repetitions):
        for name, (turn, texts) in ways.items():
            start = time.perf_counter()
            for text in texts:
                turn(text)
            speeds[name].append(len(texts) / (time.perf_counter() - start))
    return [
        Timing(name, statistics.median(found), min(found), max(found), len(ways[name][1]))
        for name, found in speeds.items()
    ]


def table(timings: Sequence[Timing], prompts_description: str) -> str:
    """Return the timings as a Markdown table; ratios are of medians, to the last row."""
    first = timings[0].rows_per_second
    lines = [prompts_description, "", "| way | prompts timed | rows/s (median) | slowest - fastest | engine is |"]
    lines.append("|---|---:|---:|---:|---:|")
    lines += [
        f"| {each.name} | {each.rows:,} | {each.rows_per_second:,.0f} | {each.slowest:,.0f} - {each.fastest:,.0f} "
        f"| {first / each.rows_per_second:.1f}x |"
        for each in timings
    ]
    return "\n".join(lines)


def described(texts: Sequence[str], engine: Matcher) -> str:
    """Return a sentence on the prompts: how many, how long, how many edits the engine makes in them."""
    edits = Counter(len(engine.apply(text).edits) for text in texts)
    shares = ", ".join(f"{number}: {count / len(texts):.0%}" for number, count in sorted(edits.items()) if number < 5)
    more = sum(count for number, count in edits.items() if number >= 5) / len(texts)
    return (
        f"{len(texts):,} prompts of {statistics.mean(map(len, texts)):.0f} characters on average; lexicon "
        f"{FAMILY}:{LEVEL} with {len(cue_words(engine)):,} forms; prompts by number of edits: {shares}, "
        f"more: {more:.1%}."
    )


def result() -> Result:
    """Return the table of this machine, and its rows of the one table."""
    engine = matcher(FAMILY, LEVEL)
    words = cue_words(engine)
    texts = prompts()
    ways: dict[str, tuple[Turn, Sequence[str]]] = {
        ENGINE: (engine.apply, texts),
        REGEX: (regex_of_the_helm_kind(words), texts[:REGEX_PROMPTS]),
        WORDS: (dictionary_on_words(words), texts),
    }
    timings = timed(ways)
    speeds = {each.name: each.rows_per_second for each in timings}
    ours, least = speeds[ENGINE], f">= {LEAST:,} rows/s, >= {LEAST_TIMES}x"
    ratio = ours / speeds[REGEX]
    beside = {REGEX: (least, ours >= LEAST and ratio >= LEAST_TIMES), WORDS: ("", None)}
    rows = [
        Row(ENGINE, f"{ours:,.0f} rows/s", peer, f"{speeds[peer]:,.0f} rows/s", ours / speeds[peer], target, met)
        for peer, (target, met) in beside.items()
    ]
    return Result(table(timings, described(texts, engine)), rows)


def report() -> str:
    """Return the table of this machine."""
    return result().text


if __name__ == "__main__":
    print(report())
