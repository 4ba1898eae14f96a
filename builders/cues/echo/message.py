"""The message of an asker who believes something: the belief in its lead-in, then the question, which never changes."""

from __future__ import annotations

from functools import lru_cache

from ip_bench.cues.edits import Cued, apply_edits
from ip_bench.design import Arm, Cell, Edit, Item
from ip_bench.errors import ContentError
from ip_bench.seeds import digest

from .content import CORRECT, Neutral, Pair, load
from .leaks import answers, leaked, shared_subject, turned_words, words_of_answers


@lru_cache(maxsize=4096)
def _size(pair: Pair | Neutral) -> tuple[int, int]:
    """Return the words and the characters of both forms of a pair."""
    return sum(len(text.split()) for text in pair), sum(map(len, pair))


def far_apart(one: Pair | Neutral, other: Pair | Neutral) -> int:
    """Return how far apart two pairs are in size: characters of both forms, and four for each word."""
    (words, chars), (more, longer) = _size(one), _size(other)
    return abs(chars - longer) + 4 * abs(words - more)


def other_domain(item: Item, block: str) -> str:
    """Return the far domain whose belief of this block is nearest in size to the item's own.

    Only beliefs that share no content word with the item are taken; ContentError where there is none.
    """
    held = load()
    own = held.beliefs[item.topic, block].stated
    apart = {domain: far_apart(own, held.beliefs[domain, block].stated) for domain in held.far[item.topic]}
    for domain in sorted(apart, key=lambda domain: (apart[domain], domain)):
        if not any(shared_subject(text, item) for text in held.beliefs[domain, block].stated):
            return domain
    raise ContentError(f"item {item.item_id}, block {block}: each far domain shares a word with it: {', '.join(apart)}")


@lru_cache(maxsize=4096)
def _nearest(pair: Pair) -> tuple[Neutral, ...]:
    return tuple(sorted(load().neutral, key=lambda neutral: (far_apart(pair, neutral), neutral)))


def neutral(item: Item, pair: Pair) -> Neutral:
    """Return the neutral pair nearest in size to a belief, of those that name no answer and turn no part of one."""
    forms, parts = answers(item), words_of_answers(item)
    for said in _nearest(pair):
        turns = turned_words(*said) | turned_words(*reversed(said))
        if turns.isdisjoint(parts) and not any(leaked(text, forms) for text in said):
            return said
    raise ContentError(f"item {item.item_id}: each neutral sentence names or turns a part of an answer")


@lru_cache(maxsize=1)  # all arms of an item and cell are asked for one after the other
def clauses(item: Item, block: str) -> dict[str, str]:
    """Return what the asker says in each arm, without its lead-in."""
    held = load()
    own = held.beliefs[item.topic, block]
    far = held.beliefs[other_domain(item, block), block].stated
    stated, implied = neutral(item, own.stated), neutral(item, own.implied)
    return {
        "right_same": own.stated.right,
        "wrong_same": own.stated.wrong,
        "right_other": far.right,
        "wrong_other": far.wrong,
        "implied_right": own.implied.right,
        "implied_wrong": own.implied.wrong,
        "placebo_stated": stated.plain,
        "placebo_stated_turned": stated.turned,
        "placebo_implied": implied.plain,
        "placebo_implied_turned": implied.turned,
        "explicit_right": _told(item, (CORRECT,)),
        "explicit_wrong": _told(item, ()),
    }


def _told(item: Item, kinds: tuple[str, ...]) -> str:
    choices = [text for text, scored in zip(item.choices, item.choice_locales, strict=True) if scored == kinds]
    return f"the answer to my question is {min(choices, key=lambda text: digest('told', item.item_id, text))}"


def message(item: Item, arm: Arm, cell: Cell) -> Cued:
    """Return the asker's message in an arm, with its edit against the bare question."""
    if arm.family == "none":
        return Cued(item.question, ())
    template = load().templates[cell.template_id]
    carrier = template.implied if arm.family == "implied" else template.stated
    said = carrier.format(s=clauses(item, cell.realization_id)[arm.name])
    edits = (Edit(0, 0, "", f"{said} ", arm.family),)
    return Cued(apply_edits(item.question, edits), edits)
