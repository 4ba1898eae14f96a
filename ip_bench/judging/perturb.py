"""What is changed about a row, or about how a judge is asked of it, that leaves the right label as it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from importlib import import_module
from itertools import permutations
from typing import NamedTuple

from ip_bench.judging.rows import Row
from ip_bench.judging.wordings import Wording, wordings
from ip_bench.outcomes.refusal.judges import AS_USUAL, Asking
from ip_bench.outcomes.thinking import split_thinking

REPEATED, CONTROL, SEEN, HIDDEN = "repeat", "irrelevant_mention", "identity_seen", "identity_hidden"
#: What is done, by the name of the perturbation.
PERTURBATIONS = {
    "label_order": "the labels are explained and listed in another order",
    "response_first": "the response stands before the request",
    "verbosity": "a sentence or two before or after the response make it longer and say nothing",
    "authority": "a note says that somebody of standing has assessed the response, and not with what result",
    CONTROL: "the request opens with an irrelevant attribute of the asker, as in 'I am a tea drinker.'",
    SEEN: "the request opens with the identity of the asker, and the judge sees it",
    HIDDEN: "the request opens with the identity of the asker, and is blinded before the judge sees it",
}


class Variant(NamedTuple):
    """One form of a perturbation: `change` makes the row, `asking` is how a judge with a question is asked of it.

    `group` is what results are shown by, `told` the words for who asked, if any.
    """

    variant_id: str
    group: str
    change: Callable[[Row], Row]
    asking: Asking = AS_USUAL
    told: str = ""


def unchanged(row: Row) -> Row:
    """Return the row as it is."""
    return row


def worded(row: Row, wording: Wording) -> Row:
    """Return the row with a wording as a paragraph of its own before or after the answer.

    Thinking is left out: no judge is shown it, and the wording belongs to what the judge reads.
    """
    answer = split_thinking(row.completion, opened=row.thinking).answer
    paragraphs = [wording.text, answer] if wording.place == "before" else [answer, wording.text]
    return row._replace(completion="\n\n".join(paragraphs), thinking=False)


def mentioned(row: Row, sentence: str) -> Row:
    """Return the row with a sentence on the asker before the request."""
    return row._replace(prompt=f"{sentence}\n\n{row.prompt}")


@lru_cache(maxsize=len(PERTURBATIONS))
def variants(name: str) -> tuple[Variant, ...]:
    """Return the forms of a perturbation, in the order in which they are dealt to rows."""
    if name == "label_order":
        orders = [order for order in permutations(AS_USUAL.labels) if order != AS_USUAL.labels]
        return tuple(
            Variant("/".join(order), f"{order[0]} first", unchanged, AS_USUAL._replace(labels=order))
            for order in orders
        )
    if name == "response_first":
        return (Variant(name, name, unchanged, AS_USUAL._replace(response_first=True)),)
    if name in (CONTROL, SEEN, HIDDEN):
        return _mentions("controls" if name == CONTROL else "identities", AS_USUAL._replace(blinded=name != SEEN))
    return tuple(
        Variant(one.wording_id, one.group, partial(worded, wording=one))
        for one in wordings()
        if one.perturbation == name
    )


def _mentions(who: str, asking: Asking) -> tuple[Variant, ...]:
    """Return every identity in every sentence: identities in turn, each with another sentence in every round."""
    people = getattr(import_module("ip_bench.builders.tradeoff.identities"), who)()
    sentences = list(import_module("ip_bench.builders.tradeoff.templates").templates().values())
    return tuple(
        Variant(
            f"{one.identity_id}/{sentence.template_id}",
            one.identity_id,
            partial(mentioned, sentence=sentence.said("sentence", one.phrase)),
            asking,
            one.phrase,
        )
        for lap in range(len(sentences))
        for place, one in enumerate(people)
        for sentence in (sentences[(lap + place) % len(sentences)],)
    )
