"""What a run costs, before it starts: prompts, requests, tokens, and how many of them a prefix cache serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any

from ip_bench.errors import IpBenchError
from ip_bench.harness.plan import Plan
from ip_bench.mitigation.conditions import condition as condition_of_name

CHARS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a run will ask of the model: prompts, requests (a choice is a request), and tokens in and out, at most.

    `tokens_shared` are those tokens in that a request has in common, from its start on, with one before it: a backend
    that keeps prefixes reads them once.
    """

    prompts: int
    requests: int
    tokens_in: int
    tokens_out: int
    tokens_shared: int

    def describe(self) -> str:
        """Return one line for the terminal."""
        shared = f" ({self.tokens_shared / self.tokens_in:.0%} in shared prefixes)" if self.tokens_in else ""
        return (
            f"{self.prompts:,} prompts in {self.requests:,} requests, about {self.tokens_in:,} tokens in{shared} "
            f"and at most {self.tokens_out:,} out"
        )

    def time(self, pace: Pace) -> str:
        """Return how long it takes at a measured pace, in words."""
        minutes = self.requests / pace.requests_per_second / 60
        return (
            f"about {minutes:,.0f} minutes" if minutes >= 1 else "less than a minute"
        ) + f" at {pace.requests_per_second:,.2g} requests a second ({pace.source})"

    def money(self, prices: Prices) -> str:
        """Return in words what an API asks for it, if every response is as long as it may be."""
        total = (self.tokens_in * prices.tokens_in + self.tokens_out * prices.tokens_out) / 1e6
        return (
            f"about {total:,.2f} at {prices.tokens_in:g} and {prices.tokens_out:g} a million tokens in and out, "
            "if every response is as long as it may be"
        )


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast requests are answered, and where that figure is from."""

    requests_per_second: float
    source: str


@dataclass(frozen=True, slots=True)
class Prices:
    """What an API asks for a million tokens in and out, in whatever currency."""

    tokens_in: float
    tokens_out: float

    @classmethod
    def parse(cls, text: str) -> Prices:
        """Return `0.15,0.60` as prices; raises IpBenchError for anything but two numbers of 0 or more."""
        parts = text.split(",")
        try:
            found = [float(part) for part in parts]
        except ValueError:
            found = []
        if len(found) != 2 or not all(0 <= value < inf for value in found):
            raise IpBenchError(f"--price is {text!r}; it must be two prices of a million tokens, in and out: 0.15,0.60")
        return cls(*found)


def cost_of(tasks: Mapping[str, Any], plan: Plan) -> Cost:
    """Return the cost of loaded tasks as they are asked; of a rewriting, each row at most twice."""
    prompts = requests = chars_in = tokens_out = chars_shared = 0
    again = 2 if plan.mitigation and condition_of_name(plan.mitigation).mitigation.kind == "rewrite" else 1
    for task in tasks.values():
        texts, choices = _texts(task, plan)
        likelihood = task.config.output_type == "multiple_choice"
        limit = int(plan.generation.get("max_gen_toks") or (task.config.generation_kwargs or {}).get("max_gen_toks", 0))
        prompts += len(texts)
        for text, count in zip(texts, choices, strict=True):
            times = count if likelihood else 1
            requests += again * times
            chars_in += again * times * len(text)
            chars_shared += max(0, times - 1) * len(text)
        chars_shared += shared(texts)
        tokens_out += 0 if likelihood else again * limit * len(texts)
    return Cost(
        prompts=prompts, requests=requests, tokens_in=chars_in // CHARS_PER_TOKEN, tokens_out=tokens_out,
        tokens_shared=chars_shared // CHARS_PER_TOKEN,
    )  # fmt: skip


def shared(texts: Sequence[str]) -> int:
    """Return how many characters of texts need not be read again, if each keeps the longest prefix it shares."""
    ordered = sorted(texts)
    return sum(_common(one, other) for one, other in pairwise(ordered))


def _common(one: str, other: str) -> int:
    """Return the length of the longest common prefix, by bisection."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _texts(task: Any, plan: Plan) -> tuple[list[str], list[int]]:
    """Return what each row says to the model, system text first, and how many choices it has."""
    rows = task.eval_docs
    rows = rows.select(range(min(len(rows), plan.limit))) if plan.limit else rows
    if plan.mitigation:
        told = [task.told(row) or row for row in rows]
        return [row["system"] + row["prompt"] for row in told], [len(row["choices"]) for row in rows]
    columns = rows.select_columns(["system", "prompt", "choices"]).with_format("arrow")[:]
    system, prompt = columns["system"].to_pylist(), columns["prompt"].to_pylist()
    counts = columns["choices"].combine_chunks().value_lengths().to_pylist()
    return [first + second for first, second in zip(system, prompt, strict=True)], counts
