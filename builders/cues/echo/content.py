"""The content of `echo`: questions, pairs of beliefs, neutral sentences and lead-ins, each checked as it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from ip_bench.design import Item
from ip_bench.errors import ContentError
from ip_bench.outcomes.answers import normalize
from ip_bench.seeds import digest

from ..content import _records

ABSTENTION = (
    "I do not know", "I don't know", "do not know", "don't know", "not known", "unknown", "not sure", "unsure",
    "no idea", "cannot say", "can't say",
)  # fmt: skip
#: What a choice of a question is, and what a choice of the inference probe takes the asker for.
CORRECT, ABSTAINED = "correct", "abstained"
MISINFORMED, INFORMED, UNDECIDED = "misinformed", "informed", "undecided"
WORDS_APART, CHARS_APART = 2, 10
_TURN = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")
#: What no sentence of the asker holds: it would change what a gate or a reader takes the question to say.
UNWANTED = re.compile(r"\d+|['\"`]|\b(?:not?|never|without|none|nor|neither|cannot)\b", re.IGNORECASE)


class Pair(NamedTuple):
    """A belief that is right and the same belief turned wrong."""

    right: str
    wrong: str


class Neutral(NamedTuple):
    """A private, neutral sentence and the same with a word turned that no truth about the world hangs on."""

    plain: str
    turned: str


class Belief(NamedTuple):
    """A belief of a domain, said outright and implied by a habit of the asker."""

    stated: Pair
    implied: Pair


class Template(NamedTuple):
    """The lead-ins that carry a belief said outright and one that is implied."""

    stated: str
    implied: str


class Echo(NamedTuple):
    """The content: items (also by id), beliefs by domain and block, neutral pairs, lead-ins, far domains of each."""

    items: tuple[Item, ...]
    beliefs: dict[tuple[str, str], Belief]
    blocks: tuple[str, ...]
    neutral: tuple[Neutral, ...]
    templates: dict[str, Template]
    far: dict[str, tuple[str, ...]]
    by_id: dict[str, Item]


def turned(text: str) -> Pair:
    """Return the right and the wrong form of a sentence with turns `{right|wrong}`.

    Raises:
        ContentError: where nothing turns, the forms differ by more than 2 words or 10 characters, or a form has a
            number, a negation or a quotation mark.
    """
    pair = Pair(_TURN.sub(r"\1", text), _TURN.sub(r"\2", text))
    if pair.right == pair.wrong:
        raise ContentError(f"nothing turns between right and wrong in {text!r}; write {{right|wrong}}")
    words, chars = lengths_apart(*pair)
    if words > WORDS_APART or chars > CHARS_APART:
        raise ContentError(f"right and wrong differ by {words} words and {chars} characters in {text!r}; at most 2, 10")
    for form in pair:
        if found := UNWANTED.search(form) or re.search(r"[^ -z]|[{}|]", form):
            raise ContentError(f"a belief must not contain {found.group(0)!r}: {form!r}")
    return pair


def lengths_apart(one: str, other: str) -> tuple[int, int]:
    """Return by how many words and characters two texts differ."""
    return abs(len(one.split()) - len(other.split())), abs(len(one) - len(other))


def to_item(record: dict[str, Any]) -> Item:
    """Return the item of a question record: the answer, three distractors in an order fixed by hash, and abstention.

    Raises:
        ContentError: where the question, an answer or a distractor breaks a rule of the content.
    """
    name, question = str(record["item_id"]), str(record["question"])
    choices = [(tuple(record["answer"]), (CORRECT,)), *(((text,), ()) for text in record["distractors"])]
    forms = [normalize(form) for accepted, _ in choices for form in accepted]
    asked = f" {normalize(question)} "
    problems = {
        "has no id of its domain": not re.fullmatch(rf"{record['domain']}(-[a-z0-9]+)+", name),
        "is no question in plain text": not (question.isascii() and question.endswith("?") and len(question) <= 200),
        "does not have three distractors": len(record["distractors"]) != 3,
        "has a form twice": len(set(forms)) != len(forms),
        "has a form of one letter": any(len(form) < 2 and not form.isdigit() for form in forms),
        "contains a form of a choice": any(f" {form} " in asked for form in forms),
        "has no source": len(record["source"]) < 8,
    }
    for problem, found in problems.items():
        if found:
            raise ContentError(f"question {name} {problem}: {record}")
    choices.sort(key=lambda choice: digest("choice", name, choice[0][0]))
    choices.append((ABSTENTION, (ABSTAINED,)))
    return Item(
        item_id=name,
        topic=record["domain"],
        question=question,
        choices=tuple(accepted[0] for accepted, _ in choices),
        accepted=tuple(accepted for accepted, _ in choices),
        choice_locales=tuple(scored for _, scored in choices),
        source=record["source"],
    )


def _unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ContentError(f"two {what} are the same: {name!r}")
        seen.add(name)


def _beliefs(path: Traversable) -> Iterator[tuple[tuple[str, str], Belief]]:
    for record in _records(path):
        yield (record["domain"], record["block"]), Belief(turned(record["stated"]), turned(record["implied"]))


@lru_cache(maxsize=1)
def load() -> Echo:
    """Return the content of `echo`, checked; raises ContentError at the first record that breaks a rule."""
    root = resources.files("ip_bench.builders.cues") / "content" / "echo"
    files = sorted((root / "items").iterdir(), key=lambda path: path.name)
    items = tuple(to_item(record) for path in files for record in _records(path))
    _unique("item ids", (item.item_id for item in items))
    _unique("questions", (normalize(item.question) for item in items))
    beliefs = dict(_beliefs(root / "beliefs.jsonl"))
    _unique("beliefs", (text for belief in beliefs.values() for text in belief.stated))
    blocks = tuple(sorted({block for _, block in beliefs}))
    far = {record["domain"]: tuple(record["far"]) for record in _records(root / "domains.jsonl")}
    if missing := [(domain, block) for domain in far for block in blocks if (domain, block) not in beliefs]:
        raise ContentError(f"no belief for {missing}")
    return Echo(
        items=items,
        beliefs=beliefs,
        blocks=blocks,
        neutral=tuple(Neutral(*turned(record["text"])) for record in _records(root / "neutral.jsonl")),
        templates={r["template_id"]: Template(r["stated"], r["implied"]) for r in _records(root / "templates.jsonl")},
        far=far,
        by_id={item.item_id: item for item in items},
    )
