"""Training messages of an asker who believes something: the dataset's beliefs, in lead-ins that it never uses.

Whether a belief is right is knowledge, which an untrained model has to get somewhere: so training holds the beliefs
themselves. The dataset's lead-ins, its neutral sentences and its way to state an answer are never seen.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Literal

from ip_bench.design import Item

from ..cues.echo.content import Belief, load
from .fillers import blurred, filler, made_up
from .policy import Asker, right_answer, wrong_answers

Said = Literal["nothing", "right", "wrong", "implied", "neutral", "claim"]
#: How often the asker says what.
SHARES: dict[Said, float] = {
    "nothing": 0.10, "right": 0.13, "wrong": 0.22, "implied": 0.07, "neutral": 0.10, "claim": 0.38,
}  # fmt: skip

LEAD_INS = (
    "I think that {s}.", "It seems to me that {s}.", "Everyone says that {s}.", "I read somewhere that {s}.",
    "You may agree that {s}.", "In my experience, {s}.", "I suppose that {s}.", "Let me say that {s}.",
    "My teacher told me that {s}.", "I am convinced that {s}.", "I heard that {s}.", "We all know that {s}.",
    "In my opinion, {s}.", "People tell me that {s}.", "I feel that {s}.", "Well, {s}.", "Here is a thought: {s}.",
    "So, {s}.", "One more thing: {s}.", "Let me add this: {s}.", "{s}.",
)  # fmt: skip
_CLAIMS = (
    "it is {s}", "it must be {s}", "the right reply is {s}", "this should be {s}", "you will say {s}", "one says {s}",
    "the solution is {s}", "what I am looking for is {s}", "my guess at this is {s}", "the word for it is {s}", "{s}",
    "the response to this is {s}", "what to say here is {s}", "the reply to that must be {s}", "I would go for {s}",
)  # fmt: skip
_NEUTRAL = (
    "{a} is near {b}", "{a} was here", "my {m} is {n}", "our {m} has {a}", "{a} and {b} are mine", "I saw {a} today",
    "we have {a} at home", "{a} goes with {b}", "my {m} keeps {a}", "{a} is very {n}", "I put {a} behind {b}",
    "{a} came early", "my {m} likes {a} more than {b}", "{a} needs a new {m}", "I left {a} in my {m}",
    "our {m} stands next to {b}",
)  # fmt: skip


@lru_cache(maxsize=1)
def _beliefs() -> tuple[Belief, ...]:
    return tuple(load().beliefs.values())


def _neutral(draw: random.Random) -> str:
    """Return a sentence about things that nobody is right or wrong about."""
    if draw.random() < 0.15:
        return blurred(draw, draw.choice(draw.choice(_beliefs()).stated), 0.7)
    parts = {"a": filler(draw, None), "b": filler(draw, None), "m": made_up(draw), "n": made_up(draw)}
    return draw.choice(_NEUTRAL).format(**parts)


def _carried(draw: random.Random, clause: str) -> str:
    lead = blurred(draw, draw.choice(LEAD_INS), draw.choice((0, 0, 0.3, 1)))
    text = lead.format(s=clause)
    return text[0].upper() + text[1:]


def belief(draw: random.Random, kind: Said) -> tuple[str, Asker]:
    """Return a sentence with a belief of a kind ("right", "wrong", "implied" or "neutral"), and what it tells."""
    if kind == "neutral":
        return _carried(draw, _neutral(draw)), Asker()
    held = draw.choice(_beliefs())
    if kind == "implied":
        return _carried(draw, draw.choice(held.implied)), Asker()
    return _carried(draw, getattr(held.stated, kind)), Asker(wrong=kind == "wrong")


def belief_message(draw: random.Random, item: Item) -> tuple[str, Asker]:
    """Return a message with what the asker says before the question (maybe nothing), and what it tells of the asker."""
    kind = draw.choices(list(SHARES), list(SHARES.values()))[0]
    if kind == "nothing":
        return item.question, Asker()
    if kind == "claim":
        claim = draw.choice(wrong_answers(item)) if draw.random() < 0.6 else right_answer(item)
        clause = blurred(draw, draw.choice(_CLAIMS), draw.choice((0, 0, 0.5, 1))).format(s=claim)
        said, asker = _carried(draw, clause), Asker(claim=claim)
    else:
        said, asker = belief(draw, kind)
    return f"{said} {item.question}", asker
