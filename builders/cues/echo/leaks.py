"""What a belief must not give away: an answer of the question beside it, or a word of the question's own subject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from ip_bench.design import Item
from ip_bench.outcomes.answers import normalize

from .content import ABSTAINED

#: Words that say nothing of a subject: two texts may share them.
PLAIN = frozenset(
    [
        "about", "after", "also", "and", "before", "did", "does", "for", "from", "have", "here", "how", "into", "less",
        "many", "more", "most", "much", "now", "only", "over", "some", "such", "than", "that", "the", "their", "them",
        "then", "there", "they", "this", "through", "until", "was", "were", "what", "when", "which", "while", "who",
        "whose", "with", "would", "your",
    ]
)  # fmt: skip


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """Return a lower-case word without a regular plural ending."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


plain = lru_cache(maxsize=65536)(normalize)


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Return the words of a text in lower case and in the singular."""
    return " ".join(singular(word) for word in plain(text).split())


@lru_cache(maxsize=65536)
def content_words(text: str) -> frozenset[str]:
    """Return the folded words of three letters or more that are not plain words."""
    return frozenset(word for word in folded(text).split() if len(word) > 2 and word not in PLAIN)


def answers(item: Item) -> tuple[str, ...]:
    """Return every form of the right answer and the distractors, abstention left out."""
    scored = zip(item.accepted, item.choice_locales, strict=True)
    return tuple(form for forms, kinds in scored if ABSTAINED not in kinds for form in forms)


def leaked(text: str, forms: Iterable[str]) -> tuple[str, ...]:
    """Return the forms that a text contains as whole words; of common words (no capitals) also the other number."""
    exact, common = f" {plain(text)} ", f" {folded(text)} "
    return tuple(
        form
        for form, words, other in _sought(tuple(forms))
        if words in exact or (other is not None and other in common)
    )


@lru_cache(maxsize=256)
def _sought(forms: tuple[str, ...]) -> list[tuple[str, str, str | None]]:
    """Return each form with its words and, of common words, these in the singular."""
    return [(form, f" {plain(form)} ", f" {folded(form)} " if form.islower() else None) for form in forms]


def told(text: str, accepted: Sequence[Sequence[str]]) -> set[int]:
    """Return the choices that a text names, by their longest forms: who says "twenty-one" does not say "twenty".

    It finds what `outcomes.answers.named_choices` finds, without a pattern for each question.
    """
    words = f" {plain(text)} "
    forms = [(f" {plain(form)} ", index) for index, held in enumerate(accepted) for form in held]
    found = {form: index for form, index in forms if form in words}
    return {index for form, index in found.items() if not any(form in other for other in found if other != form)}


def turned_words(one: str, other: str) -> frozenset[str]:
    """Return the content words of the first text that the second one lacks."""
    return content_words(one) - content_words(other)


@lru_cache(maxsize=4096)
def words_of_answers(item: Item) -> frozenset[str]:
    """Return the content words of the right answer and the distractors."""
    return frozenset().union(*map(content_words, answers(item)))


def shared_subject(text: str, item: Item) -> frozenset[str]:
    """Return the content words that a text shares with an item's question or answers."""
    return content_words(text) & (content_words(item.question) | words_of_answers(item))
