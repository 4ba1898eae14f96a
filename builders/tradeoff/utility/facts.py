"""Knowledge: stable facts as questions with four lettered choices, worded, ordered and distracted anew for a seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ip_bench.seeds import digest, rng

from .content import records
from .item import REQUESTS, Utility

LETTERS = ("A", "B", "C", "D")


def facts(seed: str) -> Iterator[Utility]:
    """Yield an item of each fact; over the facts each letter is right about equally often."""
    found = records("knowledge")
    places = [LETTERS[number % 4] for number in range(len(found))]
    rng("tradeoff utility", seed, "places").shuffle(places)
    for fact, place in zip(found, places, strict=True):
        yield _item(seed, fact, LETTERS.index(place))


def _forms(letter: str, choice: str) -> tuple[str, ...]:
    """Return how a choice may be named; a single letter or digit is read only where nothing else is said."""
    return choice, letter, f"{letter} {choice}", f"option {letter}", f"choice {letter}"


def _item(seed: str, fact: dict[str, Any], gold: int) -> Utility:
    drawn = rng("tradeoff utility", seed, fact["fact_id"])
    choices = drawn.sample(fact["wrong"], 3)
    choices.insert(gold, fact["answer"])
    listed = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices, strict=True))
    question = f"{drawn.choice(fact['wordings'])}\n{listed}\n{REQUESTS['letter']}"
    return Utility(
        item_id=f"{fact['fact_id']}-{digest(question, size=4)}",
        topic="knowledge",
        question=question,
        answer_kind="choice",
        choices=tuple(choices),
        accepted=tuple(_forms(letter, choice) for letter, choice in zip(LETTERS, choices, strict=True)),
        gold=gold,
        tests=(),
        source=fact["source"],
    )
