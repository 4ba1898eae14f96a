"""Distributions that a model puts into words: "agree: 40%, disagree: 60%", out of whatever it writes around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ip_bench.cohorts.answers import Floats, Item
from ip_bench.outcomes.thinking import split_thinking

LONGEST = 20_000  # characters of a response that are read
NEAR = 2.0  # percentage points by which shares may miss 100
_NUMBER = r"(?<![\w.,])[-−]?\d{1,12}(?:\.\d{1,12})?(?![\w]|[.,]\d)"
_SIGN = r"%|percent\b|per cent\b"
_LISTED = re.compile(r"(?m)^[ \t>*]{0,8}\d{1,3}[.)](?=[ \t*])")


class Parsed(NamedTuple):
    """Shares of the options in their order, or None and why: "no shares", "several", "incomplete" or "no sum"."""

    shares: tuple[float, ...] | None
    why: str = ""


class Verbalized(NamedTuple):
    """Distributions (items, most options), nan where there is none, and how often for which reason."""

    shares: Floats
    unparsed: dict[str, int]


def request(item: Item) -> str:
    """Return the prompt that asks for a distribution."""
    options = "\n".join(f"{option}: ...%" for option in item.options)
    return (
        f"Statement: {item.text or item.item_id}\nOut of 100 people who answer as you would, how many choose each "
        f"option? Give a percentage for every option; they sum to 100%.\n{options}\n\nAnswer:\n"
    )


def parse(text: str, options: Sequence[str]) -> Parsed:
    """Return the shares that a text gives to options; never raises on what a model wrote.

    Each option must be named with one number, before or after it throughout; an option left out has 0 where the others
    make 100%. Shares are percentages, or parts of 1 where no percent sign is there and they sum to 1.
    """
    text = _LISTED.sub(" ", split_thinking(text[:LONGEST]).answer).casefold()
    names = {_plain(option): at for at, option in enumerate(options)}
    longest = "|".join(re.escape(name).replace(r"\ ", r"\s{1,3}") for name in sorted(names, key=len, reverse=True))
    found = list(re.finditer(rf"(?P<name>(?<!\w)(?:{longest})(?!\w))|(?P<number>{_NUMBER})\s?(?P<sign>{_SIGN})?", text))
    signed = any(each["sign"] for each in found)
    marks: list[int | float] = [
        names[_plain(each["name"])] if each["name"] else float(each["number"].replace("−", "-"))
        for each in found
        if each["name"] or each["sign"] or not signed
    ]
    after = _summed(_paired(marks), len(options), signed=signed)
    before = _summed(_paired(marks[::-1]), len(options), signed=signed)
    return max(after, before, key=lambda each: (each.named, each.parsed.shares is not None)).parsed


class _Read(NamedTuple):
    parsed: Parsed
    named: int


def _paired(marks: list[int | float]) -> dict[int, float] | None:
    """Return the number that stands next after each option; None where an option has several."""
    shares: dict[int, float] = {}
    for name, number in pairwise(marks):
        if isinstance(name, int) and isinstance(number, float) and shares.setdefault(name, number) != number:
            return None
    return shares


def _summed(shares: dict[int, float] | None, count: int, *, signed: bool) -> _Read:
    if shares is None:
        return _Read(Parsed(None, "several"), count)
    if not shares:
        return _Read(Parsed(None, "no shares"), 0)
    total = sum(shares.values())
    whole = 1.0 if not signed and abs(total - 1) <= NEAR / 100 else 100.0
    if min(shares.values()) < 0 or abs(total / whole - 1) > NEAR / 100:
        return _Read(Parsed(None, "no sum" if len(shares) == count else "incomplete"), len(shares))
    return _Read(Parsed(tuple(shares.get(at, 0.0) / total for at in range(count))), len(shares))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def elicited(lm: Any, items: Sequence[Item], *, tokens: int = 128) -> Verbalized:
    """Return the distributions that an lm-eval model states for items."""
    from lm_eval.api.instance import Instance

    settings = {"until": ["\n\n"], "max_gen_toks": tokens, "do_sample": False}
    asked = [
        Instance("generate_until", {"item_id": item.item_id}, (request(item), dict(settings)), at)
        for at, item in enumerate(items)
    ]
    said = lm.generate_until(asked, disable_tqdm=True)
    shares = np.full((len(items), max(len(item.options) for item in items)), np.nan)
    unparsed: dict[str, int] = {}
    for at, (item, text) in enumerate(zip(items, said, strict=True)):
        read = parse(str(text), item.options)
        if read.shares is None:
            unparsed[read.why] = unparsed.get(read.why, 0) + 1
        else:
            shares[at] = 0.0
            shares[at, : len(item.options)] = read.shares
    return Verbalized(shares, dict(sorted(unparsed.items())))
