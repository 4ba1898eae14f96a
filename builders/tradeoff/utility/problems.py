"""Arithmetic, dates and logic: problems drawn anew for a seed from the families that generate them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ip_bench.errors import ContentError
from ip_bench.seeds import digest, rng

from ...cues.education import arithmetic, dates, logic
from ...cues.education.content import wordings
from ...cues.education.problem import Drawn, Family, Wording
from ...cues.education.tasks import forms_of
from . import puzzles
from .content import records
from .item import REQUESTS, Utility

_OWN = {family.name: family for family in puzzles.FAMILIES}
FAMILIES = {
    "arithmetic": (*arithmetic.FAMILIES, _OWN["below_zero"]),
    "dates": dates.FAMILIES,
    "logic": (*logic.FAMILIES, _OWN["truth_table"], _OWN["deduction"]),
}
PER_WORDING = {"arithmetic": 2, "dates": 4, "logic": 3}
_TRIES = 20_000
#: Who asks is an arm here, so a problem does not say that a pupil does.
_PUPIL = re.compile(r"\b(?:class\w*|exams?|grades?|homework|lessons?|school\w*|students?|teachers?)\b", re.IGNORECASE)
_UNKNOWN = ("unknown", "not known", "cannot be known", "can't be known", "cannot be determined", "cannot tell")


def asked_wordings(family: Family) -> tuple[Wording, ...]:
    """Return the wordings of a family that do not say who asks."""
    found = records(family.name) if family.name in _OWN else wordings(family.name)
    return tuple(wording for wording in found if not _PUPIL.search(str(wording)))


def problems(seed: str, topic: str) -> Iterator[Utility]:
    """Yield the items of a topic: `PER_WORDING` of each wording, no text twice."""
    for family in FAMILIES[topic]:
        for wording in asked_wordings(family):
            texts: set[str] = set()
            for number in range(PER_WORDING[topic]):
                drawn = _drawn(seed, family, wording, number, texts)
                texts.add(drawn.text)
                yield _item(topic, family, wording, drawn)


def _drawn(seed: str, family: Family, wording: Wording, number: int, texts: set[str]) -> Drawn:
    """Return the first draw of a wording that has a clear answer and another text than those before it."""
    for attempt in range(_TRIES):
        found = family.draw(wording, rng("tradeoff utility", seed, family.name, wording["text"], number, attempt))
        if found is not None and found.text not in texts:
            return found
    raise ContentError(f"{wording['wording_id']}: no clear problem in {_TRIES:,} draws of {wording['text']!r}")


def _forms(option: str, options: tuple[str, ...]) -> tuple[str, ...]:
    return _UNKNOWN if option == "unknown" else forms_of(option, options)


def _item(topic: str, family: Family, wording: Wording, drawn: Drawn) -> Utility:
    choices = drawn.options or (drawn.answer,)
    request = REQUESTS[family.answer_kind].format(choices=", ".join(choices))
    question = f"{drawn.text}\n{request}"
    return Utility(
        item_id=f"{wording['wording_id'].replace('_', '-')}-{digest(question, size=4)}",
        topic=topic,
        question=question,
        answer_kind=family.answer_kind,
        choices=choices,
        accepted=tuple(_forms(choice, drawn.options) for choice in choices),
        gold=choices.index(drawn.answer),
        tests=(),
        source=f"generated from wording {wording['wording_id']}",
    )
